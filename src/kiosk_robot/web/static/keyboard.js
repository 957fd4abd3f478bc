// Keys on the screen, as a kiosk has no others.
import { h, icon } from "./dom.js";
import { typed } from "./telex.js";

const ROWS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm:@"];

// `field` is what is typed into; `changed` is told after each key.
export function keyboard(field, words, changed = () => {}) {
  const strike = (change) => () => {
    if (field.maxLength < 0 || field.value.length < field.maxLength) field.value = change(field.value);
    field.scrollLeft = field.scrollWidth;
    changed();
  };
  const erase = () => {
    field.value = [...field.value].slice(0, -1).join("");
    changed();
  };
  const key = (sign) => h("button", { type: "button", class: "key", onclick: strike((text) => typed(text, sign)) }, sign);
  const rows = ROWS.map((row) => h("div", { class: "keys-row" }, [...row].map(key)));
  rows.push(h("div", { class: "keys-row" },
    h("button", { type: "button", class: "key key--wide", onclick: erase, "aria-label": words.erase }, icon("erase")),
    h("button", { type: "button", class: "key key--space", onclick: strike((text) => `${text} `), "aria-label": words.space }, words.space),
    h("button", { type: "submit", class: "key key--wide key--send" }, icon("check"), words.send)));
  return h("div", { class: "keys", role: "group", "aria-label": words.keys }, rows);
}
