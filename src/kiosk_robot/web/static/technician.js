// The technician's page: how every node is, its log, what is configured, and the doctor.
import { ask, element, fill, live, make } from "./console.js";

const COMMANDS = { STARTUP: "Khởi động", PAUSE: "Tạm dừng", RESUME: "Chạy tiếp", RESET: "Nhả thiết bị" };
const DEVICES = { ticket_printer: "Máy in phiếu", dispenser: "Máy phát nước, kẹo", camera: "Máy quét", loudspeaker: "Loa", microphone: "Micro" };
let view = null;

const button = (label, action, attributes = {}) => make("button", { type: "button", class: "button", onclick: action, ...attributes }, label);
async function send(path, body) {
  const answer = await ask("POST", path, body);
  if (answer && !answer.refused) show(answer);
}

function showNodes() {
  const row = (one) => make("tr", {}, make("td", { class: "name" }, one.name),
    make("td", { class: one.ok ? "ok" : "bad" }, one.ok ? one.state || "chạy" : one.state || "lỗi"),
    make("td", {}, one.engine), make("td", {}, one.message, details(one)),
    make("td", {}, button("nhật ký", () => showLog(one.name), { "aria-label": `Nhật ký của ${one.name}` })));
  const details = (one) => Object.entries(one.values).filter(([key]) => key !== "lifecycle").map(([key, value]) => make("span", { class: "quiet" }, ` ${key}: ${value}`));
  const head = ["Nút", "Trạng thái", "Đang dùng", "Báo", "Nhật ký"].map((text) => make("th", { scope: "col" }, text));
  const bad = view.nodes.filter((one) => !one.ok).length;
  fill("nodes", make("h2", {}, "Các nút", make("span", { class: "count" }, bad ? `${bad} cần xem` : "tất cả chạy tốt")),
    make("table", {}, make("thead", {}, make("tr", {}, head)), make("tbody", {}, view.nodes.map(row))));
}

function showDoctor() {
  const { running, device, question, findings } = view.examination;
  fill("doctor", make("h2", {}, "Kiểm tra thiết bị", make("span", { class: "count" }, running ? `đang xem ${DEVICES[device]}` : "")),
    make("p", { class: "quiet" }, "Robot ngừng phục vụ trong lúc kiểm tra."),
    make("div", { class: "buttons" }, view.devices.map((one) => button(DEVICES[one] ?? one, () => send("/api/technician/checks", { device: one }), { disabled: running }))),
    question && make("div", {}, make("p", { class: "notice" }, question), make("div", { class: "buttons" },
      button("Có", () => send("/api/technician/answers", { yes: true })), button("Không", () => send("/api/technician/answers", { yes: false })))),
    findings.length > 0 && make("ul", { class: "findings" }, findings.map((one) => make("li", {},
      make("span", { class: one.ok ? "ok" : "bad" }, one.ok ? "được" : "hỏng"), ` ${one.check}: ${one.found}`, !one.ok && make("span", { class: "fix" }, ` → ${one.fix}`)))));
}

function showDevices() {
  fill("devices", make("h2", {}, "Các nút thiết bị"),
    make("div", { class: "buttons" }, Object.entries(COMMANDS).map(([command, label]) => button(label, () => send("/api/technician/manage", { command })))));
}

async function showLog(node) {
  const answer = await ask("GET", `/api/technician/logs/${encodeURIComponent(node)}`);
  if (!answer || answer.refused) return;
  element("log").hidden = false;
  fill("log", make("h2", {}, `Nhật ký của ${node}`, button("Đóng", () => { element("log").hidden = true; })),
    make("pre", { tabindex: "0", role: "region", "aria-label": `Nhật ký của ${node}` }, answer.lines.join("\n") || "(trống)"));
  element("log").scrollIntoView();
}

async function showConfig() {
  const config = await ask("GET", "/api/technician/config");
  if (!config || config.refused) return;
  const row = (one) => make("tr", { class: one.set ? "set" : "" }, make("td", {}, one.name), make("td", {}, JSON.stringify(one.value)), make("td", { class: "quiet" }, one.meaning));
  const head = () => ["Tham số", "Giá trị", "Ý nghĩa"].map((text) => make("th", { scope: "col" }, text));
  fill("config", make("h2", {}, "Cấu hình đang dùng"), Object.entries(config).map(([node, values]) => make("details", {},
    make("summary", {}, node, make("span", { class: "quiet" }, `${values.filter((one) => one.set).length} đã đặt`)),
    make("table", {}, make("thead", {}, make("tr", {}, head())), make("tbody", {}, values.map(row))))));
}

function show(next) {
  const first = view === null;
  const changed = JSON.stringify(next) !== JSON.stringify(view);
  view = next;
  if (!changed) return;
  const focused = document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent;
  const where = document.activeElement?.closest("section")?.id;
  showNodes(); showDoctor();
  if (first) { showDevices(); showConfig(); }
  if (where) [...element(where).querySelectorAll("button")].find((one) => [one.getAttribute("aria-label"), one.textContent].includes(focused))?.focus();
}

live("/api/technician/live", "technician", show);
