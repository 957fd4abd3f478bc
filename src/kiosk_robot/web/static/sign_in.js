// Signing in; then on to the page of the account's role.
import { said, speak, words } from "./language.js";

const element = (id) => document.getElementById(id);
let refused = null; // what the robot answered, if it did not let us in

function show() {
  document.title = `${words.signIn} – ${words.robot}`;
  element("refused").hidden = refused === null;
  element("refused").textContent = refused === null ? "" : said(refused) || words.tryAgain;
}

async function signIn(event) {
  event.preventDefault();
  const answer = await fetch("/api/sign_in", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: element("name").value, password: element("password").value }),
  }).catch(() => null);
  element("password").value = "";
  if (answer?.ok) return goOn();
  refused = (await answer?.json().catch(() => null))?.detail ?? "";
  show();
  element("password").focus();
}

async function goOn() {
  const answer = await fetch("/api/me").catch(() => null);
  if (answer?.ok) location.replace(`/${(await answer.json()).role}`);
}

element("form").addEventListener("submit", signIn);
speak(show);
goOn();
