// The touch screen: shows what the robot pushes, sends presses back. No state of its own.
const KEPT_CAPTIONS = 6;
const RECONNECT_MS = 1000;
const STATUS = {
  vi: { speaking: "Robot đang nói…", hearing: "Robot đang nghe bạn nói…", thinking: "Robot đang nghĩ…", listening: "Mời bạn nói hoặc chạm…", lost: "Màn hình đang nối lại với robot…", idle: "" },
  en: { speaking: "The robot is speaking…", hearing: "I hear you…", thinking: "One moment…", listening: "Speak or touch…", lost: "Reconnecting to the robot…", idle: "" },
};
const element = (id) => document.getElementById(id);
let language = "vi";
let phase = "idle";
let speaking = false;
let hearing = false;
let heard = ""; // of what is being said
let thinking = 0; // timer, while what was said is being understood
const THINKING_MS = 3000; // longer than any engine takes: nothing was understood

function showStatus(lost = false) {
  const status = lost ? "lost" : speaking ? "speaking" : phase === "idle" ? "idle" : "listening";
  const told = hearing ? heard || STATUS[language].hearing : thinking ? STATUS[language].thinking : "";
  element("listening").textContent = (!lost && !speaking && told) || STATUS[language][status];
}

function think(on) {
  clearTimeout(thinking);
  thinking = on ? setTimeout(() => { think(false); showStatus(); }, THINKING_MS) : 0;
}

function showState(state) {
  if (!state.session_id) element("captions").replaceChildren();
  language = state.locale.startsWith("en") ? "en" : "vi";
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-vi]")) node.textContent = node.dataset[language];
  phase = state.phase;
  element("ticket").hidden = !state.ticket_number;
  element("ticket-number").textContent = state.ticket_number;
  const follow = state.ticket_number && state.ticket_follow_url;
  element("ticket-follow").hidden = !follow;
  if (follow) element("ticket-qr").src = `/api/ticket_qr.svg?${encodeURIComponent(state.ticket_number)}`;
  element("notice").hidden = !state.notice;
  element("notice").textContent = state.notice;
  if (!state.dictating) element("answer-text").value = ""; // what was typed is nobody else's business
  element("answer").hidden = !state.dictating;
  element("choices").replaceChildren(...state.choices.map(button));
  showKeys();
  showStatus();
}

function button(choice) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = choice.label;
  made.addEventListener("click", () => press(choice.id));
  return made;
}

// Keys on the screen, as a kiosk has no others. Names need no marks: they are compared without.
const KEYS = "1234567890qwertyuiopasdfghjkl:zxcvbnm ⌫↵";
const TYPED_IN = ["check_in", "comment"];
let keysFor = "";

function showKeys() {
  if (phase === keysFor) return;
  keysFor = phase;
  element("typing").hidden = !TYPED_IN.includes(phase);
  element("typed").value = "";
  element("refused").textContent = "";
}

function key(sign) {
  const made = document.createElement("button");
  made.type = sign === "↵" ? "submit" : "button";
  made.textContent = sign === " " ? "␣" : sign;
  made.addEventListener("click", () => {
    const typed = element("typed");
    if (sign === "⌫") typed.value = typed.value.slice(0, -1);
    else if (sign !== "↵") typed.value += sign;
  });
  return made;
}

async function sendTyped(event) {
  event.preventDefault();
  const answer = await fetch("/api/typed", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text: element("typed").value }),
  }).catch(() => null);
  if (answer?.ok) element("typed").value = "";
  const problem = answer && !answer.ok ? (await answer.json().catch(() => ({}))).detail : "";
  element("refused").textContent = typeof problem === "string" ? problem : "";
}
element("keys").replaceChildren(...[...KEYS].map(key));
element("typing").addEventListener("submit", sendTyped);

async function press(id) {
  for (const node of element("choices").children) node.disabled = true; // one press, one wish
  const answer = await fetch("/api/choices", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ id }),
  }).catch(() => null);
  if (!answer?.ok) for (const node of element("choices").children) node.disabled = false;
}

async function sendAnswer(event) {
  event.preventDefault();
  const typed = element("answer-text");
  const text = typed.value.trim();
  typed.value = "";
  if (!text) return;
  await fetch("/api/answers", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
  }).catch(() => null);
}

function showCaption({ who, text, locale }) {
  const line = document.createElement("p");
  line.className = who;
  line.lang = locale;
  line.textContent = text;
  const captions = element("captions");
  captions.append(line);
  while (captions.children.length > KEPT_CAPTIONS) captions.firstChild.remove();
}

// Marks the word that is heard without touching the text: screen readers would read it again.
function markWord({ begin, end }) {
  const line = [...document.querySelectorAll("#captions .robot")].at(-1)?.firstChild;
  if (!line || !CSS.highlights || end > line.length) return;
  const range = new Range();
  range.setStart(line, begin);
  range.setEnd(line, end);
  CSS.highlights.set("spoken", new Highlight(range));
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/ws`);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "state") showState(message);
    if (message.type === "caption") { think(false); showCaption(message); showStatus(); }
    if (message.type === "word") markWord(message);
    if (message.type === "speaking") {
      speaking = message.speaking;
      if (!speaking) CSS.highlights?.delete("spoken");
      showStatus();
    }
    if (message.type === "hearing") { think(hearing && !message.hearing); hearing = message.hearing; heard = ""; showStatus(); }
    if (message.type === "heard") { heard = message.text; showStatus(); }
  };
  socket.onclose = () => { showStatus(true); setTimeout(connect, RECONNECT_MS); };
}
element("answer").addEventListener("submit", sendAnswer);
connect();
