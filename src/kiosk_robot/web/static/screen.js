// The touch screen: shows what the robot pushes, sends presses back. What it remembers of a visit (ticks, large
// type, what is being typed) is gone when the visit is.
import { face, formCard, procedureCard, ticketCard } from "./cards.js";
import { element, h, icon, listen, load, send } from "./dom.js";
import { keyboard } from "./keyboard.js";
import { ticketFacts } from "./tickets.js";
import { WORDS } from "./words.js";

const WARN_BEFORE = 20; // seconds before the visit ends by itself
const THINKING_MS = 8000; // after which no answer is to be expected any more
const PATIENCE_MS = 4000; // after which a button that did nothing can be pressed again
const SEARCH_PAUSE_MS = 180;
const QUIET_MS = 500; // without news of the microphone
const LONG_CAPTION = 150; // characters; what is longer is set smaller
const ICONS = {
  greet: "hand", take_ticket: "ticket", affirm: "check", deny: "cross", cancel: "cross", request_drink: "water",
  request_snack: "candy", fill_form: "form", scan_card: "card", give_feedback: "heart", call_staff: "staff", goodbye: "door",
  repeat: "repeat", slower: "slow", switch_language: "language", tell_more: "next", check_in_booking: "calendar",
  ask_directions: "way", priority: "people", procedure: "form", form: "form", field: "pencil",
};
const DOCK = ["repeat", "slower", "switch_language", "call_staff", "goodbye"];
const MAIN = ["greet", "affirm", "take_ticket"]; // what one most likely wants

const NOTHING = { phase: "idle", locale: "vi-VN", choices: [], session_id: "" };

let state = NOTHING;
let words = WORDS.vi;
let language = "vi";
let speaking = false;
let hearing = false;
let heard = ""; // of what is being said
let asked = 0; // when something was said or pressed that is not answered yet
let lost = false;
let card = null; // of the procedure under discussion
let ticket = null; // as it stands in the queue
let stopFollowing = () => {};
let form = null;
let queue = null;
let searching = false;
let endsAt = 0;
const ticks = new Map();
let papers = null; // the procedure and case of which something was ticked last

// --- the robot -----------------------------------------------------------------------------------------------

function showMood() {
  const busy = ["giving_ticket", "printing_form"].includes(state.phase) || performance.now() - asked < THINKING_MS;
  const mood = lost ? "lost" : speaking ? "speaking" : hearing ? "hearing" : !state.session_id ? "idle" : asked && busy ? "thinking" : "listening";
  document.body.dataset.mood = mood;
  const text = mood === "hearing" && heard ? `“${heard}”` : words.mood[mood];
  if (element("mood-text").textContent !== text) element("mood-text").textContent = text;
}

// From the microphone, ten times a second; when nothing comes any more, it is quiet.
function showLoudness(loudness) {
  document.body.style.setProperty("--loudness", loudness);
  clearTimeout(showLoudness.quiet);
  if (loudness) showLoudness.quiet = setTimeout(showLoudness, QUIET_MS, 0);
}

function showCaption({ who, text, locale }) {
  const captions = element("captions");
  if (who === "citizen") {
    captions.replaceChildren();
    asked = performance.now();
    setTimeout(showMood, THINKING_MS + 50);
  } else {
    asked = 0;
    for (const line of captions.querySelectorAll(".robot.now")) line.classList.remove("now");
    while (captions.querySelectorAll(".robot").length > 2) captions.querySelector(".robot").remove();
  }
  heard = "";
  const line = h("p", { class: who === "robot" ? "robot now" : "citizen", lang: locale }, text);
  if (text.length > LONG_CAPTION) line.classList.add("long");
  captions.append(line);
  captions.scrollTop = captions.scrollHeight;
  showMood();
}

// Marks the word that is heard without touching the text: screen readers would read it again.
function markWord({ begin, end }) {
  const line = element("captions").querySelector(".robot.now")?.firstChild;
  if (!line || !CSS.highlights || end > line.length) return;
  const range = new Range();
  range.setStart(line, begin);
  range.setEnd(line, end);
  CSS.highlights.set("spoken", new Highlight(range));
}

// --- presses -------------------------------------------------------------------------------------------------

async function press(id) {
  await sendOnce("/api/choices", { id });
}

async function sendOnce(path, body) {
  const buttons = [...document.querySelectorAll("[data-choice], .wish, .case")];
  for (const button of buttons) button.disabled = true; // one press, one wish
  const again = () => { for (const button of buttons) button.disabled = false; };
  setTimeout(again, PATIENCE_MS);
  const answer = await send(path, body);
  if (!answer.ok) again();
  return answer;
}

function button(choice, kind = "choice") {
  const [intent] = choice.id.split(":");
  const level = /^rating:(\d)$/.exec(choice.id)?.[1];
  const made = h("button", { type: "button", class: `button ${kind}`, "data-choice": choice.id, onclick: () => press(choice.id) });
  if (level) {
    made.classList.add("level", `level-${level}`);
    made.setAttribute("aria-label", `${level}: ${words.levels[level - 1]}`);
    made.append(face(Number(level)), h("span", {}, words.levels[level - 1]));
    return made;
  }
  if (MAIN.includes(intent)) made.classList.add("button--main");
  if (intent === "call_staff") made.classList.add("button--stop");
  made.append(icon(ICONS[intent] ?? "next"), h("span", {}, choice.label));
  return made;
}

// --- the screens ---------------------------------------------------------------------------------------------

function idleScreen() {
  const called = (queue?.series ?? []).map((one) =>
    h("li", {}, h("span", {}, one.counters.map(words.counter).join(", ")), h("strong", {}, one.last_called || words.nobodyCalled)));
  return [
    h("p", { class: "welcome" }, words.welcome),
    h("p", { class: "welcome quiet", lang: language === "vi" ? "en" : "vi" }, WORDS[language === "vi" ? "en" : "vi"].welcome),
    called.length > 0 && h("section", { class: "calling" }, h("h2", {}, words.calling), h("ul", {}, called)),
  ];
}

function homeScreen() {
  return [
    state.ticket_number && ticketCard(state, ticket, words),
    cardHere(),
    searchButton(),
  ];
}

function cardHere() {
  if (!card || !state.procedure || card.code !== state.procedure) return null;
  const { code: procedure, case: chosen } = card;
  const ticked = () => {
    papers = { procedure, case: chosen };
    tellPapers();
  };
  return procedureCard(card, words, ticks, (id) => sendOnce("/api/wishes", { procedure, case: id }), ticked);
}

// What is ticked off goes to the counter with the number, as soon as there is one.
function tellPapers() {
  if (state.ticket_id && papers) send("/api/papers", { ...papers, have: [...ticks.get(`${papers.procedure} ${papers.case}`)] });
}

const searchButton = () => h("button", { type: "button", class: "button search-open", onclick: () => { searching = true; render(); } }, icon("search"), h("span", {}, words.search));

function consentScreen() {
  return [h("ul", { class: "card consent" }, words.consent[state.phase].map(([name, text]) => h("li", {}, icon(name), h("span", {}, text))))];
}

function workingScreen() {
  const name = { giving_ticket: "printer", printing_form: "printer", scanning: "card", guiding: "way", confirm_guide: "way" }[state.phase];
  return [h("div", { class: `working working-${state.phase}` }, icon(name), h("div", { class: "working-line" }))];
}

function formScreen() {
  return [form && formCard(form, words, state.phase === "reviewing_form" ? press : null)];
}

// Where something can be typed, what for and where it is sent; not where one of several answers is pressed.
function typingHere() {
  if (searching) return searchForm();
  if (state.phase === "comment") return keyboardForm(words.typeComment, "/api/typed");
  if (state.phase === "check_in") return keyboardForm(words.typeBooking, "/api/typed");
  const answers = state.choices.filter((choice) => choice.id.startsWith("answer:"));
  return state.phase === "filling_form" && answers.length < 2 ? keyboardForm(words.typeHere, "/api/answers") : null;
}

function keyboardForm(label, path) {
  const field = h("input", { class: "field typed", maxlength: 400, autocomplete: "off", autocorrect: "off", spellcheck: "false", "aria-label": label, placeholder: label });
  const refused = h("p", { class: "refused", role: "alert" });
  const made = h("form", { class: "typing", autocomplete: "off" }, field, refused, keyboard(field, words, () => { refused.textContent = ""; }));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = ""; // what was typed is nobody else's business
    const answer = await send(path, { text });
    refused.textContent = answer.problem;
  });
  return made;
}

function searchForm() {
  const field = h("input", { class: "field typed", maxlength: 100, autocomplete: "off", spellcheck: "false", "aria-label": words.searchHint, placeholder: words.searchHint });
  const found = h("ul", { class: "found", "aria-live": "polite" });
  const made = h("form", { class: "typing search", autocomplete: "off" });
  let timer = 0;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const text = field.value.trim();
      const answers = text.length < 2 ? [] : await load(`/api/procedures?locale=${language}&q=${encodeURIComponent(text)}`) ?? [];
      if (text !== field.value.trim()) return;
      const wish = ({ code, name }) => h("li", {}, h("button", { type: "button", class: "button wish", onclick: () => { closeSearch(); sendOnce("/api/wishes", { procedure: code }); } }, icon("form"), h("span", {}, name)));
      const ask = h("li", {}, h("button", { type: "submit", class: "button wish" }, icon("send"), h("span", {}, words.searchAsk)));
      const none = text.length > 1 && !answers.length && h("li", { class: "none" }, words.searchNone);
      found.replaceChildren(...[...answers.slice(0, 6).map(wish), none, text.length > 3 && ask].filter(Boolean));
    }, SEARCH_PAUSE_MS);
  };
  field.addEventListener("input", look);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    closeSearch();
    send("/api/typed", { text });
  });
  made.append(
    h("div", { class: "search-line" }, field, h("button", { type: "button", class: "button", onclick: closeSearch, "aria-label": words.close }, icon("cross"))),
    found, keyboard(field, words, look));
  return made;
}

function closeSearch() {
  searching = false;
  render();
}

// Every phase of the dialogue has its screen.
export const SCREENS = {
  idle: idleScreen,
  listening: homeScreen,
  choose_procedure: () => [searchButton()],
  confirm_heard: () => [],
  confirm_ticket: () => [cardHere()],
  choose_priority: () => [],
  giving_ticket: workingScreen,
  consent_scan: consentScreen,
  scanning: workingScreen,
  choose_form: () => [],
  consent_form: consentScreen,
  filling_form: formScreen,
  reviewing_form: formScreen,
  printing_form: workingScreen,
  rating: () => [],
  comment: () => [],
  check_in: () => [],
  confirm_guide: workingScreen,
  guiding: workingScreen,
};

function render() {
  const typing = document.querySelector(".typed")?.value ?? "";
  const found = document.querySelector(".found");
  const same = element("body").dataset.screen === screenName();
  element("title").textContent = searching ? words.search : words.titles[state.phase] ?? "";
  const hint = searching ? "" : words.hints[state.phase] ?? "";
  element("hint").textContent = hint;
  element("hint").hidden = !hint;
  const body = element("body");
  const scrolled = body.scrollTop;
  body.replaceChildren(...(searching ? [] : (SCREENS[state.phase] ?? (() => []))().flat().filter(Boolean)));
  element("typing").replaceChildren(...[typingHere()].filter(Boolean));
  body.dataset.screen = screenName();
  document.body.dataset.phase = state.phase;
  document.body.classList.toggle("searching", searching);
  if (same) {
    body.scrollTop = scrolled;
    const field = document.querySelector(".typed");
    if (field) field.value = typing;
    if (found) document.querySelector(".found")?.replaceWith(found);
  } else body.scrollTop = 0;
  body.querySelector(".asked")?.scrollIntoView({ block: "center" });
  showChoices();
  showChrome();
  showMood();
}

const screenName = () => `${state.session_id} ${state.phase} ${form?.asked ?? ""} ${searching}`;

function showChoices() {
  const inForm = state.phase === "reviewing_form" && form ? form.lines.map((line) => `field:${line.name}`) : [];
  const inDock = (choice) => DOCK.includes(choice.id) && !(state.phase === "choose_procedure" && choice.id === "call_staff");
  const here = state.choices.filter((choice) => !inDock(choice) && !inForm.includes(choice.id));
  const list = element("choices");
  list.setAttribute("aria-label", words.choices);
  list.hidden = searching || !here.length;
  list.dataset.kind = here.some((choice) => choice.id.startsWith("rating:")) ? "levels" : here.length > 4 ? "grid" : "few";
  list.replaceChildren(...here.map((choice) => button(choice)));
  const dock = element("dock");
  dock.setAttribute("aria-label", words.always);
  dock.replaceChildren(...state.choices.filter(inDock).map((choice) => button(choice, "dock-button")));
}

function showChrome() {
  document.documentElement.lang = language;
  element("machine").textContent = words.machine;
  element("captions").setAttribute("aria-label", words.captions);
  element("notice").hidden = !state.notice;
  element("notice").replaceChildren(icon("warning"), state.notice ?? "");
  const tools = element("tools");
  tools.setAttribute("aria-label", words.tools);
  const tool = (name, text, on, flip) => h("button", { type: "button", class: "button tool", "aria-pressed": String(on), onclick: () => { flip(); showChrome(); } }, icon(name), h("span", {}, text));
  const root = document.documentElement;
  tools.replaceChildren(
    tool("letters", words.largeType, root.classList.contains("large"), () => root.classList.toggle("large")),
    tool("contrast", words.contrast, root.dataset.contrast === "high", () => { root.dataset.contrast = root.dataset.contrast === "high" ? "" : "high"; }));
  element("ends-title").textContent = words.endsTitle;
  element("stay").textContent = words.stay;
}

// --- what the robot pushes -----------------------------------------------------------------------------------

function showState(next) {
  const before = state;
  state = next;
  if (next.session_id !== before.session_id) wipe();
  language = next.locale.startsWith("en") ? "en" : "vi";
  words = WORDS[language];
  endsAt = next.ends_in ? performance.now() + 1000 * next.ends_in : 0;
  showEnd();
  if (next.phase !== before.phase) {
    searching = false;
    asked = 0;
  }
  if (next.ticket_id !== before.ticket_id) follow(next.ticket_id);
  if (next.procedure !== before.procedure || next.case !== before.case || next.locale !== before.locale) fetchCard();
  if (next.dictating) fetchForm();
  else form = null;
  if (!alike(next, before)) render();
}

const alike = (one, other) => JSON.stringify({ ...one, ends_in: 0 }) === JSON.stringify({ ...other, ends_in: 0 });

// Nothing of a visit is left for the next one.
function wipe() {
  element("captions").replaceChildren();
  ticks.clear();
  papers = null;
  card = null;
  form = null;
  heard = "";
  asked = 0;
  searching = false;
  for (const field of document.querySelectorAll(".typed")) field.value = "";
  document.documentElement.classList.remove("large");
  delete document.documentElement.dataset.contrast;
}

async function fetchCard() {
  const { procedure, case: caseId, session_id: session } = state;
  if (!procedure) {
    card = null;
    return;
  }
  const found = await load(`/api/procedures/${procedure}?locale=${language}&case=${encodeURIComponent(caseId ?? "")}`);
  if (state.procedure !== procedure || state.session_id !== session) return;
  card = found;
  render();
}

async function fetchForm() {
  const { session_id: session } = state;
  const found = await load("/api/form");
  if (!state.dictating || state.session_id !== session) return;
  form = found;
  render();
}

function follow(id) {
  stopFollowing();
  ticket = null;
  if (!id) return;
  tellPapers();
  stopFollowing = listen(`/ws/t/${id}`, (view) => {
    ticket = view.number ? view : null;
    const shown = document.querySelector(".ticket .facts");
    if (shown && ticket) shown.replaceWith(ticketFacts(ticket, words));
    else render();
  });
}

function showEnd() {
  const left = endsAt ? Math.max(0, Math.ceil((endsAt - performance.now()) / 1000)) : Infinity;
  const warn = left <= WARN_BEFORE;
  if (warn && element("ends").hidden) setTimeout(() => element("stay").focus());
  element("ends").hidden = !warn;
  if (!warn) return;
  element("ends-in").textContent = words.endsIn(left);
  element("ends-bar").firstElementChild.style.width = `${Math.min(100, (100 * left) / WARN_BEFORE)}%`;
}

const TAKE = {
  state: showState,
  caption: showCaption,
  word: markWord,
  speaking: (message) => {
    speaking = message.speaking;
    if (!speaking) CSS.highlights?.delete("spoken");
    showMood();
  },
  hearing: (message) => {
    hearing = message.hearing;
    heard = "";
    showMood();
  },
  heard: (message) => {
    heard = message.text;
    showMood();
  },
  loudness: (message) => showLoudness(message.loudness),
  queue: (message) => {
    queue = message;
    if (state.phase === "idle") render();
  },
};

async function showSite() {
  const site = await load("/api/site");
  if (!site) return;
  element("site-name").textContent = site.name;
  element("site-address").textContent = site.address;
}

element("stay").addEventListener("click", () => press("repeat"));
setInterval(showEnd, 250);
render();
showSite();
listen("/ws", (message) => {
  if (lost) {
    lost = false;
    showMood();
  }
  TAKE[message.type]?.(message);
}, () => {
  lost = true;
  showState(NOTHING);
  showMood();
});
