// What the pages behind the sign-in share: who I am, requests, the live view and whether it is fresh.
import { said, speak, words } from "./language.js";

const SILENT_MS = 10_000; // the robot speaks at least every 4 s
const RECONNECT_MS = 1500;
export const element = (id) => document.getElementById(id);

let csrf = "";
let heard = 0;
let fresh = false;
let view = null;
let draw = () => {};

/** An element with attributes, listeners (`onclick`) and children; text stays text. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}

export function fill(id, ...children) {
  element(id).replaceChildren(...children.flat().filter(Boolean));
}

/** Tell something for a while. */
export function tell(text, stop = false) {
  const told = element("told");
  told.textContent = text;
  told.classList.toggle("notice--stop", stop);
  told.hidden = !text;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { told.hidden = true; }, 6000);
}

export const isFresh = () => fresh;

/** Ask the robot. The answer, or null after telling why not: nothing is kept to be sent later. */
export async function ask(method, path, body) {
  if (!fresh && method !== "GET") return tell(words.notDone, true), null;
  const answer = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: body && JSON.stringify(body),
  }).catch(() => null);
  if (answer?.status === 401) return location.assign("/sign_in"), null;
  if (answer?.ok) return answer.status === 204 ? {} : answer.json();
  const told = await answer?.json().catch(() => null);
  tell(said(told?.detail) || words.silent, true);
  return answer ? { refused: answer.status } : null;
}

/** Show a view, unless a newer one is shown already: an answer and the live view may overtake each other. */
export function take(next) {
  if (view && next.order < view.order) return;
  const changed = JSON.stringify({ ...next, order: 0 }) !== JSON.stringify({ ...view, order: 0 });
  view = next;
  if (changed) draw(view);
}

function setFresh(now) {
  fresh = now;
  document.documentElement.classList.toggle("stale", !now);
  showFresh();
}

function showFresh() {
  const cut = heard ? words.cutSince(new Date(heard).toLocaleTimeString(words.locale)) : words.connecting;
  element("state").textContent = fresh ? words.connected : cut;
  for (const button of document.querySelectorAll("main button, dialog button[type=submit]")) button.classList.toggle("waits", !fresh);
}

/** Open the page of a role: `show` draws a view, which comes live and with answers (`take`). */
export function open(path, role, show) {
  draw = show;
  speak(() => { showFresh(); if (view) draw(view); });
  live(path, role);
}

/** Show each view that comes; show it as stale when nothing comes any more. */
async function live(path, role) {
  const me = await fetch("/api/me").catch(() => null);
  if (me && me.status === 401) return location.assign("/sign_in");
  if (!me?.ok) return setFresh(false), setTimeout(() => live(path, role), RECONNECT_MS);
  const account = await me.json();
  if (account.role !== role) return location.assign(`/${account.role}`);
  csrf = account.csrf;
  element("who").textContent = account.name;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}${path}`);
  const begun = Date.now();
  const watch = setInterval(() => { if (Date.now() - Math.max(begun, heard) > SILENT_MS) { setFresh(false); socket.close(); } }, 1000);
  socket.onopen = () => { if (view) view.order = 0; }; // a robot that was started again counts anew
  socket.onmessage = ({ data }) => { heard = Date.now(); take(JSON.parse(data)); setFresh(true); };
  socket.onclose = () => {
    clearInterval(watch);
    setFresh(false);
    setTimeout(() => live(path, role), RECONNECT_MS);
  };
}

window.addEventListener("offline", () => setFresh(false));
element("sign-out")?.addEventListener("click", async () => { if (await ask("POST", "/api/sign_out")) location.assign("/sign_in"); });
