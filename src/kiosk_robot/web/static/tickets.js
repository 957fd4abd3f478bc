// How a ticket is shown, on the robot's screen and on a phone.
import { h, icon } from "./dom.js";

export function waitText(ticket, words) {
  const [low, high] = ticket.wait;
  if (!high) return words.waitUnknown;
  return low ? words.waitBetween(low, high) : words.waitWithin(high);
}

export function turnText(ticket, words) {
  if (ticket.status === "waiting") return ticket.people_ahead ? words.ahead(ticket.people_ahead) : words.nobodyAhead;
  return words.status[ticket.status];
}

export function fact(name, label, text) {
  return h("div", { class: "fact" }, h("dt", {}, icon(name), label), h("dd", {}, text));
}

export function ticketFacts(ticket, words) {
  const waits = ticket.status === "waiting";
  return h("dl", { class: "facts" },
    fact("way", words.where, `${words.counter(ticket.counter)}, ${ticket.place}`),
    fact("people", words.turn, turnText(ticket, words)),
    waits && fact("clock", words.wait, waitText(ticket, words)));
}
