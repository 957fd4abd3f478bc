// What lies on the screen beside the buttons: the card of a procedure, the ticket, the form.
import { h, icon } from "./dom.js";
import { fact, ticketFacts } from "./tickets.js";

// `ticks` has what the citizen says to have, by case; it lives as long as the visit.
export function procedureCard(card, words, ticks, askCase, ticked) {
  const chosen = ticks.get(`${card.code} ${card.case}`) ?? new Set();
  ticks.set(`${card.code} ${card.case}`, chosen);
  const left = h("p", { class: "chip", role: "status" });
  const count = () => {
    const open = card.papers.length - chosen.size;
    left.replaceChildren(icon(open ? "form" : "check"), open ? words.missing(open) : words.allHave);
  };
  const paper = (text, place) => {
    const state = h("span", { class: "tick-state" });
    const row = h("button", { type: "button", class: "tick", role: "checkbox" }, h("span", { class: "box" }, icon("check")), h("span", { class: "tick-text" }, text), state);
    const show = () => {
      row.setAttribute("aria-checked", String(chosen.has(place)));
      state.textContent = chosen.has(place) ? words.have : words.haveNot;
    };
    row.addEventListener("click", () => {
      if (!chosen.delete(place)) chosen.add(place);
      show();
      count();
      ticked();
    });
    show();
    return h("li", {}, row);
  };
  const cases = card.cases.map(([id, label]) =>
    h("button", { type: "button", class: "case", "aria-pressed": String(id === card.case), onclick: () => askCase(id) }, label));
  count();
  return h("article", { class: "card procedure" },
    h("h2", {}, card.title),
    h("dl", { class: "facts" },
      fact("money", words.fee, card.fee), fact("clock", words.time, card.duration), fact("way", words.whereTo, `${card.counter}, ${card.place}`)),
    cases.length > 0 && h("div", { class: "cases", role: "group", "aria-label": words.cases }, h("h3", {}, words.cases), h("div", { class: "case-list" }, cases)),
    h("div", { class: "papers-head" }, h("h3", {}, words.papers), card.papers.length > 0 && left),
    card.papers.length ? h("ul", { class: "papers" }, card.papers.map(paper)) : h("p", {}, words.papersUnknown),
    h("dl", { class: "facts" },
      card.forms.length > 0 && fact("form", words.form, card.forms.join("; ")),
      card.online && fact("phone", words.online, card.online)),
    card.papers_note && h("p", { class: "quiet" }, card.papers_note),
    h("p", { class: "source quiet" }, card.source_line));
}

export function ticketCard(state, ticket, words) {
  return h("article", { class: "card ticket" },
    h("div", { class: "ticket-number" },
      h("h2", {}, words.yourNumber), h("p", { class: "number" }, state.ticket_number),
      h("p", { class: state.ticket_on_paper ? "chip" : "notice" }, icon(state.ticket_on_paper ? "printer" : "warning"), state.ticket_on_paper ? words.onPaper : words.onScreen)),
    ticket && ticketFacts(ticket, words),
    state.ticket_follow_url && h("figure", { class: "qr" },
      h("img", { src: `/api/ticket_qr.svg?${encodeURIComponent(state.ticket_number)}`, alt: words.qr, width: 200, height: 200 }),
      h("figcaption", {}, words.scanMe)));
}

// `press` is told which field is to be corrected; without it, the lines only show.
export function formCard(form, words, press) {
  const line = ({ name, label, value }) => {
    const asked = name === form.asked;
    const text = [h("span", { class: "line-label" }, label), h("span", { class: "line-value" }, value || words.empty)];
    if (!press) return h("li", { class: asked ? "line asked" : "line" }, text, asked && h("span", { class: "chip" }, words.asked));
    return h("li", {}, h("button", { type: "button", class: "line", "data-choice": `field:${name}`, onclick: () => press(`field:${name}`) }, text, h("span", { class: "line-edit" }, icon("pencil"), words.edit)));
  };
  return h("article", { class: "card form" }, h("h2", {}, form.title), h("ul", { class: "lines" }, form.lines.map(line)));
}

// One to five, drawn: the mouth turns from a frown to a smile.
const MOUTHS = ["M7 17c2.5-4 7.5-4 10 0", "M8 16.500c2-2 6-2 8 0", "M8 15.500h8", "M8 14.500c2 2.5 6 2.5 8 0", "M7 13.500c1.5 5 8.5 5 10 0z"];

export function face(level) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("class", "level-face");
  drawn.setAttribute("aria-hidden", "true");
  for (const path of ["M12 2.500a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19z", "M8.5 9.500v.6M15.5 9.500v.6", MOUTHS[level - 1]]) {
    const part = document.createElementNS("http://www.w3.org/2000/svg", "path");
    part.setAttribute("d", path);
    drawn.append(part);
  }
  return drawn;
}
