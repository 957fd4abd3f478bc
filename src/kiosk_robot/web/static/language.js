// The language of the pages behind the sign-in: each browser remembers its own.
import { WORDS } from "./console_words.js";

export let language = localStorage.getItem("language") === "en" ? "en" : "vi";
export let words = WORDS[language];
let draw = () => {};

/** A text that the server gives in both languages, or in one; "" for what is no text. */
export const said = (text) => (typeof text === "string" ? text : text?.[language] ?? "");

function showWords() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-words]")) one.textContent = words[one.dataset.words];
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", words[one.dataset.label]);
  document.getElementById("language").lang = language === "vi" ? "en" : "vi";
  draw();
}

/** Show the page's words now and whenever the language is changed; `drawAll` does the rest of them. */
export function speak(drawAll) {
  draw = drawAll;
  showWords();
}

document.getElementById("language").addEventListener("click", () => {
  language = language === "vi" ? "en" : "vi";
  words = WORDS[language];
  localStorage.setItem("language", language);
  showWords();
});
