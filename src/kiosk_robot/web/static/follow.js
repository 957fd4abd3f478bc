// The citizen's phone: follows one ticket and talks with the robot in writing. Nothing is kept on the phone or
// the robot: where the conversation stands goes back and forth with each message.
import { element, h, listen, load, send } from "./dom.js";
import { ticketFacts, turnText } from "./tickets.js";
import { WORDS } from "./words.js";

const PHONE = {
  vi: {
    title: "Số thứ tự của bác", chat: "Hỏi robot", machine: "Máy trả lời tự động. Bác đừng gửi số giấy tờ hay điều riêng tư.",
    ask: "Gõ câu hỏi", send: "Gửi", other: "English", stale: "Mất kết nối, số trên đây có thể đã cũ", unknown: "Không tìm thấy số này",
    first: ["Bao giờ đến lượt tôi?", "Làm khai sinh cần giấy tờ gì?", "Hôm nay làm việc đến mấy giờ?"],
    lost: "Chưa gửi được, bác thử lại ạ.",
  },
  en: {
    title: "Your number", chat: "Ask the robot", machine: "A machine answers. Please send no document numbers or private matters.",
    ask: "Type a question", send: "Send", other: "Tiếng Việt", stale: "Connection lost: this may be out of date", unknown: "This number is not known",
    first: ["When is it my turn?", "What papers for a birth certificate?", "How long are you open today?"],
    lost: "Could not be sent, please try again.",
  },
};

const id = location.pathname.split("/").at(-1);
let language = "vi"; // most phones here speak Vietnamese, whatever language they are set to
let thread = { locale: "", procedure: "", case_id: "", offered: [] };
let ticket = null;
let known = true;

// The number is in the link's fragment, which no server is sent: it is there before anything else is.
const printed = decodeURIComponent(location.hash.slice(1));

function showTicket() {
  const words = WORDS[language];
  const shown = ticket?.number ?? (/^[A-Z]\d{3,4}$/.test(printed) ? printed : "–");
  element("number").textContent = shown;
  element("turn").textContent = ticket ? turnText(ticket, words) : known ? "" : PHONE[language].unknown;
  element("facts").replaceChildren(...(ticket && ticket.status !== "done" ? [ticketFacts(ticket, words)] : []));
  document.querySelector(".ticket").dataset.status = ticket?.status ?? "";
}

function showWords() {
  const words = PHONE[language];
  document.documentElement.lang = language;
  document.title = words.title;
  for (const [place, text] of [["your-number", words.title], ["chat-title", words.chat], ["machine", words.machine], ["language", words.other], ["stale", words.stale]]) {
    element(place).textContent = text;
  }
  element("language").lang = language === "vi" ? "en" : "vi";
  element("text").setAttribute("aria-label", words.ask);
  element("text").placeholder = words.ask;
  element("send").setAttribute("aria-label", words.send);
  thread.locale = language === "vi" ? "vi-VN" : "en-US";
  if (!element("log").childElementCount) offer(words.first);
  showTicket();
}

function offer(texts) {
  const one = (text) => h("li", {}, h("button", { type: "button", class: "button", onclick: () => ask(text) }, text));
  element("offers").replaceChildren(...texts.map(one));
}

function line(who, text) {
  element("log").append(h("p", { class: who }, text));
  element("ask").scrollIntoView({ block: "end" });
}

async function ask(text) {
  line("citizen", text);
  offer([]);
  const { ok, told, problem } = await send("/api/chat", { text, thread, ticket: id });
  if (!ok) {
    line("robot", problem || PHONE[language].lost);
    return;
  }
  for (const each of told.lines) line("robot", each);
  thread = told.thread;
  const spoken = thread.locale.startsWith("en") ? "en" : "vi";
  if (spoken !== language) {
    language = spoken;
    showWords();
  }
  offer(told.offered);
}

element("language").addEventListener("click", () => {
  language = language === "vi" ? "en" : "vi";
  showWords();
});
element("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = element("text").value.trim();
  element("text").value = "";
  if (text) ask(text);
});
showWords();
load("/api/site").then((site) => { if (site) element("site-name").textContent = site.name; });
listen(`/ws/t/${id}`, (view) => {
  known = Boolean(view.number);
  ticket = known ? view : null;
  element("stale").hidden = true;
  showTicket();
}, () => { element("stale").hidden = false; });
