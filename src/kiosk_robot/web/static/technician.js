// The technician's page: how every node is, its log, what is configured, and the doctor.
import { ask, element, fill, make, open, take } from "./console.js";
import { language, said, words } from "./language.js";

let view = null;
let log = null; // that is shown: its node and lines
let config = null;
let drawn = ""; // the language of what does not change with the view

const button = (label, action, attributes = {}) => make("button", { type: "button", class: "button", onclick: action, ...attributes }, label);
async function send(path, body) {
  const answer = await ask("POST", path, body);
  if (answer && !answer.refused) take(answer);
}

function showNodes() {
  const state = (one) => (one.silent ? words.noSign : one.state || (one.ok ? words.running : words.failed));
  const row = (one) => make("tr", {}, make("td", { class: "name" }, one.name),
    make("td", { class: one.ok ? "ok" : "bad" }, state(one)),
    make("td", {}, one.engine), make("td", { lang: "en" }, one.message, details(one)),
    make("td", {}, button(words.logShort, () => loadLog(one.name), { "aria-label": words.logOf(one.name) })));
  const details = (one) => Object.entries(one.values).filter(([key]) => key !== "lifecycle").map(([key, value]) => make("span", { class: "quiet" }, ` ${key}: ${value}`));
  const head = words.nodesHead.map((text) => make("th", { scope: "col" }, text));
  const bad = view.nodes.filter((one) => !one.ok).length;
  fill("nodes", make("h2", {}, words.nodes, make("span", { class: "count" }, words.toLook(bad))),
    make("table", {}, make("thead", {}, make("tr", {}, head)), make("tbody", {}, view.nodes.map(row))));
}

function showDoctor() {
  const { running, device, question, findings } = view.examination;
  fill("doctor", make("h2", {}, words.checking, make("span", { class: "count" }, running ? words.checkingNow(words.kinds[device]) : "")),
    make("p", { class: "quiet" }, words.notServed),
    make("div", { class: "buttons" }, view.devices.map((one) => button(words.kinds[one] ?? one, () => send("/api/technician/checks", { device: one }), { disabled: running }))),
    question && make("div", {}, make("p", { class: "notice", lang: question.vi ? null : "en" }, said(question)), make("div", { class: "buttons" },
      button(words.yes, () => send("/api/technician/answers", { yes: true })), button(words.no, () => send("/api/technician/answers", { yes: false })))),
    findings.length > 0 && make("ul", { class: "findings" }, findings.map((one) => make("li", {},
      make("span", { class: one.ok ? "ok" : "bad" }, one.ok ? words.found : words.broken), make("span", { lang: "en" }, ` ${one.check}: ${one.found}`, !one.ok && make("span", { class: "fix" }, ` → ${one.fix}`))))));
}

function showDevices() {
  fill("devices", make("h2", {}, words.deviceNodes),
    make("div", { class: "buttons" }, Object.entries(words.commands).map(([command, label]) => button(label, () => send("/api/technician/manage", { command })))));
}

async function loadLog(node) {
  const answer = await ask("GET", `/api/technician/logs/${encodeURIComponent(node)}`);
  if (!answer || answer.refused) return;
  log = { node, lines: answer.lines };
  showLog();
  element("log").scrollIntoView();
}

function showLog() {
  element("log").hidden = log === null;
  if (log === null) return;
  fill("log", make("h2", {}, words.logOf(log.node), button(words.close, () => { log = null; showLog(); })),
    make("pre", { tabindex: "0", role: "region", "aria-label": words.logOf(log.node) }, log.lines.join("\n") || words.empty));
}

async function loadConfig() {
  const answer = await ask("GET", "/api/technician/config");
  if (!answer || answer.refused) return;
  config = answer;
  showConfig();
}

function showConfig() {
  const row = (one) => make("tr", { class: one.set ? "set" : "" }, make("td", {}, one.name), make("td", {}, JSON.stringify(one.value)), make("td", { class: "quiet", lang: "en" }, one.meaning));
  const head = () => words.configHead.map((text) => make("th", { scope: "col" }, text));
  fill("config", make("h2", {}, words.config), Object.entries(config).map(([node, values]) => make("details", {},
    make("summary", {}, node, make("span", { class: "quiet" }, words.set(values.filter((one) => one.set).length))),
    make("table", {}, make("thead", {}, make("tr", {}, head())), make("tbody", {}, values.map(row))))));
}

function show(next) {
  view = next;
  document.title = `${words.technician} – ${words.robot}`;
  const focused = document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent;
  const where = document.activeElement?.closest("section")?.id;
  showNodes(); showDoctor();
  if (drawn !== language) {
    drawn = language;
    showDevices(); showLog();
    if (config) showConfig(); else loadConfig();
  }
  if (where) [...element(where).querySelectorAll("button")].find((one) => [one.getAttribute("aria-label"), one.textContent].includes(focused))?.focus();
}

open("/api/technician/live", "technician", show);
