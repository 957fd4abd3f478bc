// The display board. Calls are played one after the other: chime, Vietnamese, a pause. What was called before
// this page was opened is shown, not called again.
const RECONNECT_MS = 1500;
const SILENT_MS = 12_000;
const PAUSE_MS = 700;
const NEXT_SHOWN = 7;
const element = (id) => document.getElementById(id);
const sound = new AudioContext();
const known = new Set();
const calls = []; // to be spoken
let first = true;
let calling = false;
let heard = Date.now();

const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

function make(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

// Who looks at a board is nobody it could ask for a language: Vietnamese, and smaller below it English.
function inBoth([vi, en], name) {
  const made = make("p", name, `${vi} `);
  const english = make("small", "", en);
  english.lang = "en";
  made.append(english);
  return made;
}
const AWAY = { paused: ["tạm nghỉ", "on a break"], closed: ["chưa mở", "not open"], open: ["mời chờ", "please wait"] };

async function chime() {
  for (const [at, pitch] of [[0, 659.3], [0.35, 523.3]]) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.3, sound.currentTime + at);
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + at + 0.9);
    tone.connect(volume).connect(sound.destination);
    tone.start(sound.currentTime + at);
    tone.stop(sound.currentTime + at + 0.9);
  }
  await wait(1000);
}

async function speak(number) {
  const answer = await fetch(`/api/board/calls/${encodeURIComponent(number)}.wav`).catch(() => null);
  if (!answer?.ok) return;
  const player = sound.createBufferSource();
  player.buffer = await sound.decodeAudioData(await answer.arrayBuffer());
  player.connect(sound.destination);
  const ended = new Promise((done) => { player.onended = done; });
  player.start();
  await Promise.race([ended, wait(player.buffer.duration * 1000 + 500)]); // a suspended context never ends
}

async function callAll() {
  if (calling) return;
  calling = true;
  while (calls.length) {
    const call = calls.shift();
    present(call);
    element("last").classList.add("calling");
    document.dispatchEvent(new CustomEvent("call", { detail: { number: call.number, begins: true } }));
    if (sound.state === "running") { await chime(); await speak(call.number).catch(() => {}); }
    else await wait(4000);
    document.dispatchEvent(new CustomEvent("call", { detail: { number: call.number, begins: false } }));
    element("last").classList.remove("calling");
    await wait(PAUSE_MS);
  }
  calling = false;
}

function present(call) {
  element("last-number").textContent = call?.number ?? "–";
  element("last-counter").textContent = call?.counter ?? "–";
}

function show(board) {
  element("point").textContent = board.point;
  const fresh = board.calls.filter((call) => !known.has(call.key));
  for (const call of board.calls) known.add(call.key);
  if (!first) calls.push(...fresh.reverse().filter((call) => call.there)); // newest first: the earliest is called first
  if (!calling && !calls.length) present(board.calls.find((call) => call.there) ?? board.calls[0]);
  first = false;
  element("now").replaceChildren(...board.counters.map((one) => {
    const row = make("div", "counter", "");
    row.append(inBoth(["Quầy", "Counter"], "words"), make("b", "", one.counter),
      one.number ? make("p", "called", one.number) : inBoth(AWAY[one.state], "called away"));
    return row;
  }));
  const list = document.createElement("ul");
  const turns = [0, 1, 2].flatMap((place) => board.next.map((one) => one.numbers[place])).filter(Boolean);
  list.append(...turns.slice(0, NEXT_SHOWN).map((number) => make("li", "", number)));
  element("next").replaceChildren(inBoth(turns.length ? ["Mời chuẩn bị", "Next"] : ["Chưa có ai chờ", "Nobody is waiting"], "words"), list);
  callAll();
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/api/board/live`);
  heard = Date.now();
  socket.onmessage = ({ data }) => { heard = Date.now(); element("lost").hidden = true; show(JSON.parse(data)); };
  const watch = setInterval(() => { if (Date.now() - heard > SILENT_MS) socket.close(); }, 1000);
  socket.onclose = () => { clearInterval(watch); element("lost").hidden = false; setTimeout(connect, RECONNECT_MS); };
}

function tick() {
  element("clock").textContent = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
  element("sound").hidden = sound.state === "running"; // browsers want one touch before they make a sound
}
element("sound").addEventListener("click", () => sound.resume().then(tick));
setInterval(tick, 1000);
tick();
connect();
