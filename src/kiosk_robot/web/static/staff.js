// The staff console: shows the view of my counter, sends wishes. Each press has an id of its own, which is
// kept until the robot has answered: pressing again after a lost answer does nothing twice.
import { ask, element, fill, live, make } from "./console.js";

const STATES = { open: "đang mở", paused: "tạm nghỉ", closed: "chưa mở" };
const PARKED_FOR = ["điền tờ khai", "photo giấy tờ", "bổ sung giấy tờ", "đợi người nhà"];
const PAUSED_FOR = ["nghỉ giữa giờ", "họp", "sự cố máy"];
const OUT_OF_ORDER = ["cấp cứu, ốm mệt", "có hẹn với cán bộ", "theo chỉ đạo"];
let view = null;
let unanswered = null; // the wish whose answer was lost, as text, and its id
const ticked = new Map(); // ticket id -> papers seen: a help for the eye, kept nowhere

async function wish(what) {
  const same = JSON.stringify(what);
  const id = unanswered?.same === same ? unanswered.id : crypto.randomUUID();
  unanswered = { same, id };
  const answer = await ask("POST", "/api/desk/actions", { request_id: id, ...what });
  if (answer && answer.refused !== 504) unanswered = null;
  if (answer && !answer.refused) show(answer);
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
    make("button", { class: "button", type: "submit", "data-key": "0" }, make("kbd", { "aria-hidden": "true" }, "Esc"), "Thôi")));
  dialog.showModal();
}
const same = (texts) => texts.map((text) => [text, text]);

function transfer(ticket) {
  const others = view.series.filter((one) => one.series !== ticket.line);
  const ways = others.flatMap((one) => [
    [`Sang ${one.name} (${one.series})`, { series: one.series }],
    [`Sang ${one.name} (${one.series}) rồi quay lại đây`, { series: one.series, come_back: true }],
  ]);
  choose(`Chuyển ${ticket.number} sang quầy khác`, ways, (to) => about("transfer", ticket, to));
}

function showPresent() {
  const ticket = view.now;
  const mine = view.counters.find((one) => one.counter === view.counter);
  const next = button("Gọi người tiếp theo", "N", () => wish({ do: "next" }), "button--main");
  if (!ticket) {
    const text = mine.state === "paused" ? `Quầy tạm nghỉ${mine.reason && `: ${mine.reason}`}` : "Chưa có ai tại quầy";
    return fill("present", make("h2", {}, text), make("div", { class: "actions" }, next,
      mine.state === "paused" ? button("Mở lại quầy", "M", () => wish({ do: "open" }))
        : button("Tạm nghỉ", "P", () => choose("Tạm nghỉ vì", same(PAUSED_FOR), (reason) => wish({ do: "pause", reason })))));
  }
  const arrived = ticket.status === "serving";
  const finish = button("Xong, ghi kết quả", "F", () => choose(`Kết quả của ${ticket.number}`,
    Object.entries(view.results).map(([key, name]) => [name, key]), (reason) => about("finish", ticket, { reason })), arrived ? "button--main" : "");
  const actions = arrived ? [finish, next] : [
    button("Khách đã đến quầy", "S", () => about("start", ticket), "button--main"),
    button(`Gọi lại (${ticket.calls}/${ticket.recalls + 1})`, "R", () => about("recall", ticket)),
    button("Vắng mặt", "V", () => about("no_show", ticket)), finish];
  if (arrived) next.classList.remove("button--main");
  actions.push(
    button("Để riêng", "D", () => choose(`Để riêng ${ticket.number} để`, same(PARKED_FOR), (reason) => about("park", ticket, { reason }))),
    button("Chuyển quầy", "T", () => transfer(ticket)));
  if (!arrived) { next.classList.remove("button--main"); actions.push(next); }
  fill("present",
    make("div", { class: "called" },
      make("p", { class: "number" }, ticket.number),
      make("h2", {}, ticket.procedure || "Chưa rõ thủ tục"),
      make("p", { class: "facts" },
        make("span", { class: "chip" }, arrived ? "đang làm" : `đã gọi ${ticket.calls} lần`),
        ticket.priority && make("span", { class: "chip" }, `Ưu tiên: ${view.classes[ticket.priority] ?? ticket.priority}`),
        ticket.proof && make("span", { class: "quiet" }, `xem ${ticket.proof}`),
        make("span", { class: "quiet" }, `đến ${ticket.minutes} phút trước`),
        ticket.later.length > 0 && make("span", { class: "quiet" }, `sau đó: dãy ${ticket.later.join(", ")}`),
        ticket.code && make("span", { class: "quiet" }, ticket.code))),
    make("div", { class: "actions" }, actions),
    papers(ticket));
}

function papers(ticket) {
  const seen = ticked.get(ticket.id) ?? new Set();
  ticked.clear();
  ticked.set(ticket.id, seen);
  if (!ticket.cases.length) return make("p", { class: "papers quiet" }, "Chưa có danh sách giấy tờ của thủ tục này.");
  const told = (one, place) => one.have && (one.have.includes(place) ? make("span", { class: "told-have" }, "khách báo đã có") : make("span", { class: "told-missing" }, "khách báo chưa có"));
  const list = (one) => make("ul", {}, one.papers.map((paper, place) => {
    const key = `${one.label}/${paper}`;
    const box = make("input", { type: "checkbox", checked: seen.has(key), onchange: () => { if (box.checked) seen.add(key); else seen.delete(key); } });
    return make("li", {}, make("label", {}, box, make("span", {}, paper), told(one, place)));
  }));
  const [first, ...others] = [...ticket.cases].sort((one, other) => Boolean(other.have) - Boolean(one.have)); // what was ticked at the robot comes first
  const missing = first.have && first.papers.length - first.have.length;
  return make("div", { class: "papers" }, make("h2", {}, "Giấy tờ cần có",
    first.have && make("span", { class: "chip" }, missing ? `khách báo còn thiếu ${missing}` : "khách báo đã đủ")),
    make("h3", {}, first.label), list(first),
    others.map((one) => make("details", { "data-case": one.label }, make("summary", {}, one.label), list(one))));
}

function person(ticket, ...buttons) {
  return make("li", {}, make("b", {}, ticket.number),
    make("span", {}, ticket.procedure || "Chưa rõ thủ tục", ticket.reason && make("span", { class: "quiet" }, ` – ${ticket.reason}`)),
    make("span", { class: "quiet" }, `${ticket.minutes}′`), make("span", {}, buttons));
}
const small = (label, name, action) => make("button", { type: "button", class: "button", "aria-label": name, onclick: action }, label);

function showWaiting() {
  const groups = Map.groupBy ? Map.groupBy(view.waiting, (one) => one.priority) : new Map([["", view.waiting]]);
  const ways = (ticket) => small("…", `Việc khác với ${ticket.number}`, () => choose(`Phiếu ${ticket.number}`, [
    ["Gọi ngay, không theo thứ tự", () => setTimeout(() => choose(`Vì sao gọi ${ticket.number} trước?`, same(OUT_OF_ORDER), (reason) => about("call", ticket, { reason })))],
    ["Khách không chờ nữa", () => about("withdraw", ticket, { reason: "khách không chờ nữa" })],
    ...Object.entries(view.classes).filter(([key]) => key !== ticket.priority).map(([key, name]) => [`Ưu tiên: ${name}`, () => about("set_priority", ticket, { priority: key })]),
    ...(ticket.priority ? [["Bỏ ưu tiên", () => about("set_priority", ticket, { priority: "" })]] : []),
  ], (run) => run()));
  fill("waiting", make("h2", {}, "Đang chờ", make("span", { class: "count" }, `${view.people} người`)),
    view.waiting.length ? [...groups].map(([key, people]) => [
      groups.size > 1 || key ? make("p", { class: "class-name" }, key ? `Ưu tiên: ${view.classes[key] ?? key}` : "Thông thường") : null,
      make("ul", { class: "people" }, people.map((one) => person(one, ways(one))))]).flat()
      : make("p", { class: "empty" }, "Không còn ai chờ."));
}

function showAside() {
  const { parked, missed } = view;
  element("aside").hidden = !parked.length && !missed.length;
  fill("aside",
    parked.length && [make("h2", {}, "Để riêng"), make("ul", { class: "people" }, parked.map((one) => person(one, small("Chờ lại", `${one.number} chờ lại`, () => about("unpark", one)))))],
    missed.length && [make("h2", {}, "Vắng mặt"), make("ul", { class: "people" }, missed.map((one) => person(one, small("Đã đến", `${one.number} đã đến`, () => about("return_late", one)))))]);
}

function showMessages() {
  const answer = async (message, done) => {
    const now = await ask("POST", `/api/desk/messages/${message.id}`, { done });
    if (now && !now.refused) show(now);
  };
  element("messages").hidden = !view.messages.length;
  fill("messages", make("h2", {}, "Robot nhắn"), view.messages.map((message) => make("div", { class: "message" },
    make("p", {}, message.text),
    make("p", { class: "facts" }, make("span", { class: "quiet" }, `${message.minutes} phút trước`),
      message.by ? make("span", { class: "chip" }, `${message.by} đang ra`) : small("Tôi ra ngay", `Tôi ra ngay: ${message.text}`, () => answer(message, "")),
      small("Đã giúp xong", `Đã giúp xong: ${message.text}`, () => answer(message, "đã giúp tại chỗ"))))));
}

function showChoice() {
  fill("counters", view.counters.map((one) => make("button", { type: "button", class: "button", "data-key": one.counter, onclick: async () => {
    const now = await ask("PUT", "/api/desk/counter", { counter: one.counter });
    if (now && !now.refused) show(now);
  } }, `Quầy ${one.counter}`, make("span", { class: "quiet" }, [STATES[one.state], one.who].filter(Boolean).join(", ")))));
}

function show(next) {
  const changed = JSON.stringify({ ...next, at: 0 }) !== JSON.stringify({ ...view, at: 0 });
  view = next;
  if (!changed) return;
  const focused = document.activeElement?.getAttribute("data-key") || document.activeElement?.getAttribute("aria-label");
  const open = [...document.querySelectorAll("details[open]")].map((one) => one.dataset.case);
  element("choose").hidden = Boolean(view.counter);
  element("desk").hidden = !view.counter;
  element("title").textContent = view.counter ? `Quầy số ${view.counter}` : "Bàn cán bộ";
  document.title = view.counter ? `${view.now?.number ?? "–"} · Quầy ${view.counter}` : "Bàn cán bộ";
  fill("seat-controls", view.counter && !view.now && make("button", { type: "button", class: "button", onclick: () => wish({ do: "close" }) }, "Đóng quầy"));
  if (!view.counter) return showChoice();
  showPresent(); showMessages(); showWaiting(); showAside();
  for (const one of document.querySelectorAll("details")) one.open = open.includes(one.dataset.case);
  if (focused) document.querySelector(`[data-key="${CSS.escape(focused)}"], [aria-label="${CSS.escape(focused)}"]`)?.focus();
}

// Each action has a letter, as on its button; digits choose in a dialog and at the choice of a counter.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
  const where = element("dialog").open ? element("dialog") : document.querySelector("main");
  const pressed = [...where.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key.toUpperCase() && one.offsetParent);
  if (!pressed) return;
  event.preventDefault();
  pressed.click();
});

live("/api/desk/live", "staff", show);
