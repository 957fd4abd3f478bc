// The staff console: shows the view of my counter, sends wishes. Each press has an id of its own, which is
// kept until the robot has answered: pressing again after a lost answer does nothing twice.
import { ask, element, fill, make, open, take } from "./console.js";
import { said, words } from "./language.js";

const PARKED_FOR = ["form", "copies", "papers", "relative"]; // reasons are sent as keys: colleagues read their own language
const PAUSED_FOR = ["rest", "meeting", "machine"];
const OUT_OF_ORDER = ["urgent", "appointment", "order"];
const HELPED = "đã giúp tại chỗ"; // goes into the ward's records
let view = null;
let unanswered = null; // the wish whose answer was lost, as text, and its id
const ticked = new Map(); // ticket id -> papers seen: a help for the eye, kept nowhere

async function wish(what) {
  const same = JSON.stringify(what);
  const id = unanswered?.same === same ? unanswered.id : crypto.randomUUID();
  unanswered = { same, id };
  const answer = await ask("POST", "/api/desk/actions", { request_id: id, ...what });
  if (answer && answer.refused !== 504) unanswered = null;
  if (answer && !answer.refused) take(answer);
}
const about = (verb, ticket, more) => wish({ do: verb, ticket_id: ticket.id, ...more });

function button(label, key, action, kind = "") {
  return make("button", { type: "button", class: `button ${kind}`, "aria-keyshortcuts": key, "data-key": key, onclick: action },
    label, key && make("kbd", { "aria-hidden": "true" }, key));
}

function choose(title, options, then) {
  const dialog = element("dialog");
  dialog.replaceChildren(make("form", { method: "dialog" },
    make("h2", { id: "dialog-title" }, title),
    options.map(([label, value], at) => make("button", { class: "button", type: "submit", "data-key": String(at + 1), onclick: () => then(value) },
      make("kbd", { "aria-hidden": "true" }, String(at + 1)), label)),
    make("button", { class: "button", type: "submit", "data-key": "0" }, make("kbd", { "aria-hidden": "true" }, "Esc"), words.never)));
  dialog.showModal();
}
const reason = (key) => words.reasons[key] ?? key;
const reasons = (keys) => keys.map((key) => [reason(key), key]);
const className = (key) => words.priority(said(view.classes[key]) || key);
const procedure = (ticket) => said(ticket.procedure) || words.noProcedure;

function transfer(ticket) {
  const others = view.series.filter((one) => one.series !== ticket.line);
  const ways = others.flatMap(({ series, counters }) => [
    [words.toSeries(counters.join(", "), series), { series }],
    [words.andBack(words.toSeries(counters.join(", "), series)), { series, come_back: true }],
  ]);
  choose(words.transferTo(ticket.number), ways, (to) => about("transfer", ticket, to));
}

function showPresent() {
  const ticket = view.now;
  const mine = view.counters.find((one) => one.counter === view.counter);
  const next = button(words.next, "N", () => wish({ do: "next" }), "button--main");
  if (!ticket) {
    const text = mine.state === "paused" ? words.onBreak(reason(mine.reason)) : words.nobodyHere;
    return fill("present", make("h2", {}, text), make("div", { class: "actions" }, next,
      mine.state === "paused" ? button(words.reopen, "M", () => wish({ do: "open" }))
        : button(words.pause, "P", () => choose(words.pauseFor, reasons(PAUSED_FOR), (why) => wish({ do: "pause", reason: why })))));
  }
  const arrived = ticket.status === "serving";
  const finish = button(words.finish, "F", () => choose(words.resultOf(ticket.number),
    Object.entries(view.results).map(([key, name]) => [said(name), key]), (result) => about("finish", ticket, { reason: result })), arrived ? "button--main" : "");
  const actions = arrived ? [finish, next] : [
    button(words.arrived, "S", () => about("start", ticket), "button--main"),
    button(words.recall(ticket.calls, ticket.recalls + 1), "R", () => about("recall", ticket)),
    button(words.noShow, "V", () => about("no_show", ticket)), finish];
  if (arrived) next.classList.remove("button--main");
  actions.push(
    button(words.park, "D", () => choose(words.parkFor(ticket.number), reasons(PARKED_FOR), (why) => about("park", ticket, { reason: why }))),
    button(words.transfer, "T", () => transfer(ticket)));
  if (!arrived) { next.classList.remove("button--main"); actions.push(next); }
  fill("present",
    make("div", { class: "called" },
      make("p", { class: "number" }, ticket.number),
      make("h2", {}, procedure(ticket)),
      make("p", { class: "facts" },
        make("span", { class: "chip" }, arrived ? words.inService : words.calledTimes(ticket.calls)),
        ticket.priority && make("span", { class: "chip" }, className(ticket.priority)),
        ticket.proof && make("span", { class: "quiet" }, words.see(said(ticket.proof))),
        make("span", { class: "quiet" }, words.came(ticket.minutes)),
        ticket.later.length > 0 && make("span", { class: "quiet" }, words.then(ticket.later.join(", "))),
        ticket.code && make("span", { class: "quiet" }, ticket.code))),
    make("div", { class: "actions" }, actions),
    papers(ticket));
}

function papers(ticket) {
  const seen = ticked.get(ticket.id) ?? new Set();
  ticked.clear();
  ticked.set(ticket.id, seen);
  if (!ticket.cases.length) return make("p", { class: "papers quiet" }, words.noPapers);
  const told = (one, place) => one.have && (one.have.includes(place) ? make("span", { class: "told-have" }, words.toldHave) : make("span", { class: "told-missing" }, words.toldMissing));
  const list = (one) => make("ul", {}, one.papers.map((paper, place) => {
    const key = `${one.label.vi}/${paper.vi}`;
    const box = make("input", { type: "checkbox", checked: seen.has(key), onchange: () => { if (box.checked) seen.add(key); else seen.delete(key); } });
    return make("li", {}, make("label", {}, box, make("span", {}, said(paper)), told(one, place)));
  }));
  const [first, ...others] = [...ticket.cases].sort((one, other) => Boolean(other.have) - Boolean(one.have)); // what was ticked at the robot comes first
  const missing = first.have && first.papers.length - first.have.length;
  return make("div", { class: "papers" }, make("h2", {}, words.papers,
    first.have && make("span", { class: "chip" }, words.toldCount(missing))),
    make("h3", {}, said(first.label)), list(first),
    others.map((one) => make("details", { "data-case": one.label.vi }, make("summary", {}, said(one.label)), list(one))));
}

function person(ticket, ...buttons) {
  return make("li", {}, make("b", {}, ticket.number),
    make("span", {}, procedure(ticket), ticket.reason && make("span", { class: "quiet" }, ` – ${reason(ticket.reason)}`)),
    make("span", { class: "quiet" }, `${ticket.minutes}′`), make("span", {}, buttons));
}
const small = (label, name, action) => make("button", { type: "button", class: "button", "aria-label": name, onclick: action }, label);

function showWaiting() {
  const groups = Map.groupBy ? Map.groupBy(view.waiting, (one) => one.priority) : new Map([["", view.waiting]]);
  const ways = (ticket) => small("…", words.otherWith(ticket.number), () => choose(words.ticket(ticket.number), [
    [words.callNow, () => setTimeout(() => choose(words.whyFirst(ticket.number), reasons(OUT_OF_ORDER), (why) => about("call", ticket, { reason: why })))],
    [words.noLongerWaits, () => about("withdraw", ticket, { reason: "gone" })],
    ...Object.keys(view.classes).filter((key) => key !== ticket.priority).map((key) => [className(key), () => about("set_priority", ticket, { priority: key })]),
    ...(ticket.priority ? [[words.noPriority, () => about("set_priority", ticket, { priority: "" })]] : []),
  ], (run) => run()));
  fill("waiting", make("h2", {}, words.waiting, make("span", { class: "count" }, words.people(view.people))),
    view.waiting.length ? [...groups].map(([key, people]) => [
      groups.size > 1 || key ? make("p", { class: "class-name" }, key ? className(key) : words.ordinary) : null,
      make("ul", { class: "people" }, people.map((one) => person(one, ways(one))))]).flat()
      : make("p", { class: "empty" }, words.nobodyWaits));
}

function showAside() {
  const { parked, missed } = view;
  element("aside").hidden = !parked.length && !missed.length;
  fill("aside",
    parked.length && [make("h2", {}, words.aside), make("ul", { class: "people" }, parked.map((one) => person(one, small(words.waitAgain, words.waitAgainOf(one.number), () => about("unpark", one)))))],
    missed.length && [make("h2", {}, words.missed), make("ul", { class: "people" }, missed.map((one) => person(one, small(words.here, words.hereOf(one.number), () => about("return_late", one)))))]);
}

function showMessages() {
  const answer = async (message, done) => {
    const now = await ask("POST", `/api/desk/messages/${message.id}`, { done });
    if (now && !now.refused) take(now);
  };
  element("messages").hidden = !view.messages.length;
  fill("messages", make("h2", {}, words.robotSays), view.messages.map((message) => make("div", { class: "message" },
    make("p", {}, said(message.text)),
    make("p", { class: "facts" }, make("span", { class: "quiet" }, words.minutesAgo(message.minutes)),
      message.by ? make("span", { class: "chip" }, words.going(message.by)) : small(words.iGo, words.iGoTo(said(message.text)), () => answer(message, "")),
      small(words.helped, words.helpedWith(said(message.text)), () => answer(message, HELPED))))));
}

function showChoice() {
  fill("counters", view.counters.map((one) => make("button", { type: "button", class: "button", "data-key": one.counter, onclick: async () => {
    const now = await ask("PUT", "/api/desk/counter", { counter: one.counter });
    if (now && !now.refused) take(now);
  } }, words.counter(one.counter), make("span", { class: "quiet" }, [words.states[one.state], one.who].filter(Boolean).join(", ")))));
}

function show(next) {
  view = next;
  const focused = document.activeElement?.getAttribute("data-key") || document.activeElement?.getAttribute("aria-label");
  const open = [...document.querySelectorAll("details[open]")].map((one) => one.dataset.case);
  element("choose").hidden = Boolean(view.counter);
  element("desk").hidden = !view.counter;
  element("title").textContent = view.counter ? words.counterTitle(view.counter) : words.staff;
  document.title = view.counter ? `${view.now?.number ?? "–"} · ${words.counter(view.counter)}` : `${words.staff} – ${words.robot}`;
  fill("seat-controls", view.counter && !view.now && make("button", { type: "button", class: "button", onclick: () => wish({ do: "close" }) }, words.closeCounter));
  if (!view.counter) return showChoice();
  showPresent(); showMessages(); showWaiting(); showAside();
  for (const one of document.querySelectorAll("details")) one.open = open.includes(one.dataset.case);
  if (focused) document.querySelector(`[data-key="${CSS.escape(focused)}"], [aria-label="${CSS.escape(focused)}"]`)?.focus();
}

// Each action has a letter, as on its button; digits choose in a dialog and at the choice of a counter.
// A key that is held down counts once: it must not call one citizen after the other.
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
  const where = element("dialog").open ? element("dialog") : document.querySelector("main");
  const pressed = [...where.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key.toUpperCase() && one.offsetParent);
  if (!pressed) return;
  event.preventDefault();
  pressed.click();
});

open("/api/desk/live", "staff", show);
