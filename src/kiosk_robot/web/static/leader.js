// The leader's page: one view, drawn anew when it has changed. What citizens wrote is set as text only.
import { ask, element, fill, make, open, take, tell } from "./console.js";
import { said, words } from "./language.js";

const WIDTH = 640, HEIGHT = 240, LEFT = 34, RIGHT = 34, BOTTOM = 26, TOP = 12;
const SVG = "http://www.w3.org/2000/svg";
const shown = (value, unit = "") => (value == null ? "–" : value.toLocaleString(words.locale, { maximumFractionDigits: 1 }) + unit);
let view = null;
let procedures = null; // asked for when first needed

const button = (label, action, kind = "") => make("button", { type: "button", class: `button ${kind}`, onclick: action }, label);
async function change(path, body) {
  const answer = await ask("POST", path, body);
  if (answer && !answer.refused) { take(answer); return true; }
  return false;
}

function showFigures() {
  const { today, usual, ratings, queue } = view;
  const common = usual.reduce((sum, one) => sum + one.arrived, 0);
  const waiting = (queue.series ?? []).reduce((sum, one) => sum + one.waiting, 0);
  const kept = queue.promises ? `${Math.round(100 * queue.promises_not_longer)}%` : "–";
  const box = (value, label) => make("p", { class: "figure-box" }, make("b", {}, value), label);
  fill("figures", box(waiting, words.boxes.waiting), box(today.arrived, words.boxes.arrived(shown(common))), box(today.served, words.boxes.served),
    box(shown(today.wait, "′"), words.boxes.wait), box(kept, words.boxes.kept), box(shown(ratings.mean), words.boxes.ratings(ratings.ratings)));
}

function close(alert) {
  const note = make("input", { class: "field", id: "note", maxlength: "200", required: true });
  const dialog = element("dialog");
  dialog.replaceChildren(make("form", { method: "dialog", onsubmit: () => change(`/api/leader/alerts/${alert.id}`, { done: note.value }) },
    make("h2", { id: "dialog-title" }, words.howSettled), make("label", { for: "note" }, words.noteShort), note,
    make("div", { class: "row" }, button(words.never, () => dialog.close()), make("button", { class: "button button--main" }, words.closeAlert))));
  dialog.showModal();
}

function showAlerts() {
  fill("alerts", make("h2", {}, words.alerts, make("span", { class: "count" }, String(view.alerts.length))),
    view.alerts.length ? view.alerts.map((alert) => make("div", { class: "alert" },
      make("div", {}, make("p", {}, said(alert.text)), alert.comment && make("q", {}, alert.comment),
        make("p", { class: "quiet" }, words.minutesAgo(alert.minutes), alert.recipient && words.toldTo(alert.recipient))),
      make("div", { class: "ways" }, alert.by ? make("span", { class: "chip" }, words.handledBy(alert.by)) : button(words.iHandle, () => change(`/api/leader/alerts/${alert.id}`, {})),
        button(words.closing, () => close(alert))))) : make("p", { class: "empty" }, words.noAlerts));
}

function table(head, rows) {
  const cell = (tag) => (text, at) => make(tag, { class: at ? "figure" : "", ...(tag === "th" ? { scope: "col" } : {}) }, text instanceof Node ? text : String(text));
  return make("table", {}, make("thead", {}, make("tr", {}, head.map(cell("th")))), make("tbody", {}, rows.map((row) => make("tr", {}, row.map(cell("td"))))));
}

function showLines() {
  const series = view.queue.series ?? [];
  fill("lines", make("h2", {}, words.linesNow), table(words.linesHead,
    series.map((one) => [one.series, one.counters.join(", "), one.waiting, one.last_called || "–", one.wait_high ? words.minutes(one.wait_low, one.wait_high) : "–"])));
}

function draw(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text != null) made.textContent = text;
  return made;
}

function showChart() {
  const hours = [...new Set([...view.today.hours, ...view.usual].map((one) => one.hour))].sort((a, b) => a - b);
  const of = (list) => new Map(list.map((one) => [one.hour, one]));
  const [today, usual] = [of(view.today.hours), of(view.usual)];
  const most = Math.max(5, ...[...today.values(), ...usual.values()].map((one) => one.arrived));
  const longest = Math.max(10, ...[...today.values()].map((one) => one.wait ?? 0));
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, hours.length);
  const x = (at) => LEFT + at * step;
  const y = (share) => HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
  const bars = hours.flatMap((hour, at) => {
    const bar = (value, name, inset) => draw("rect", { class: name, x: x(at) + inset, width: Math.max(1, step - 2 * inset), y: y(value / most), height: y(0) - y(value / most) });
    return [bar(today.get(hour)?.arrived ?? 0, "today", step * 0.22), bar(usual.get(hour)?.arrived ?? 0, "usual", step * 0.12),
      draw("text", { x: x(at) + step / 2, y: HEIGHT - 8, "text-anchor": "middle" }, words.hour(hour))];
  });
  const waits = hours.map((hour, at) => [x(at) + step / 2, today.get(hour)?.wait]).filter(([, wait]) => wait != null).map(([left, wait]) => [left, y(wait / longest)]);
  const told = hours.map((hour) => words.hourTold(hour, today.get(hour)?.arrived ?? 0, shown(usual.get(hour)?.arrived ?? 0), shown(today.get(hour)?.wait))).join("; ");
  const picture = draw("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": told });
  picture.append(...bars, draw("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(0), y2: y(0), stroke: "currentColor" }),
    draw("text", { x: LEFT - 6, y: y(1) + 10, "text-anchor": "end" }, Math.round(most)), draw("text", { x: WIDTH - RIGHT + 6, y: y(1) + 10 }, `${Math.round(longest)}′`),
    draw("polyline", { class: "wait", points: waits.map((point) => point.join(",")).join(" ") }), ...waits.map(([cx, cy]) => draw("circle", { class: "dot", cx, cy, r: 4 })));
  const key = (name) => make("span", {}, make("i", { class: name }), words.keys[name]);
  fill("chart", make("h2", {}, words.todayAndUsual), make("p", { class: "legend" }, key("today"), key("usual"), key("wait")), picture);
}

async function other(question) {
  procedures ??= await ask("GET", "/api/leader/procedures");
  const codes = new Map(procedures.map((one) => [said(one.name), one.code]));
  element("procedures").replaceChildren(...[...codes.keys()].map((name) => make("option", { value: name })));
  const field = make("input", { class: "field", id: "procedure", list: "procedures", required: true, autocomplete: "off" });
  const dialog = element("dialog");
  const send = async (event) => {
    event.preventDefault();
    const code = codes.get(field.value);
    if (!code) return tell(words.chooseListed, true);
    if (await change("/api/leader/aliases", { text: question.text, code })) dialog.close();
  };
  dialog.replaceChildren(make("form", { onsubmit: send }, make("h2", { id: "dialog-title" }, words.whichProcedure(question.text)),
    make("label", { for: "procedure" }, words.procedure), field,
    make("div", { class: "row" }, button(words.never, () => dialog.close()), make("button", { class: "button button--main" }, words.propose))));
  dialog.showModal();
}

function showQuestions() {
  const propose = (question, code) => change("/api/leader/aliases", { text: question.text, code }).then((done) => done && tell(words.proposed));
  fill("questions", make("h2", {}, words.notAnswered, make("span", { class: "count" }, words.today)),
    view.unanswered.length ? view.unanswered.map((one) => make("div", { class: "question" },
      make("p", {}, make("q", {}, one.text), one.times > 1 && make("span", { class: "quiet" }, words.times(one.times))),
      make("div", { class: "ways" }, make("span", { class: "quiet" }, words.really), one.nearest.map((near) => button(said(near.name), () => propose(one, near.code))), button(words.otherProcedure, () => other(one)))))
      : make("p", { class: "empty" }, words.noQuestions));
}

function showDevices() {
  const mark = (device) => make("span", { class: device.ok ? "ok" : "bad" }, device.ok ? words.good : words.look);
  fill("devices", make("h2", {}, words.devices),
    table(words.devicesHead, view.devices.map((one) => [one.name, mark(one), one.ok ? "" : make("span", { lang: "en" }, one.message)])),
    view.supplies.length > 0 && table(words.suppliesHead, view.supplies.map((one) => [one.item, make("span", { class: one.low ? "bad" : "" }, one.stock)])));
}

function show(next) {
  view = next;
  document.title = `${words.leaderTitle} – ${words.robot}`;
  const focused = document.activeElement?.textContent;
  const where = document.activeElement?.closest("section")?.id;
  showFigures(); showAlerts(); showLines(); showChart(); showQuestions(); showDevices();
  if (where) [...element(where).querySelectorAll("button")].find((one) => one.textContent === focused)?.focus();
}

open("/api/leader/live", "leader", show);
