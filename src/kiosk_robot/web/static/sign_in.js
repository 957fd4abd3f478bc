// Signing in; then on to the page of the account's role.
const element = (id) => document.getElementById(id);

async function signIn(event) {
  event.preventDefault();
  const answer = await fetch("/api/sign_in", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: element("name").value, password: element("password").value }),
  }).catch(() => null);
  element("password").value = "";
  if (answer?.ok) return goOn();
  const said = await answer?.json().catch(() => null);
  element("refused").textContent = typeof said?.detail === "string" ? said.detail : "Robot không trả lời. Mời thử lại.";
  element("refused").hidden = false;
  element("password").focus();
}

async function goOn() {
  const answer = await fetch("/api/me").catch(() => null);
  if (answer?.ok) location.replace(`/${(await answer.json()).role}`);
}

element("form").addEventListener("submit", signIn);
goOn();
