// The little that every page needs of the document. Text only ever enters as text.
const SVG = "http://www.w3.org/2000/svg";

export const element = (id) => document.getElementById(id);

export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}

export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  drawn.append(use);
  return drawn;
}

export async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  const told = answer ? await answer.json().catch(() => ({})) : {};
  return { ok: Boolean(answer?.ok), told, problem: told.detail?.[document.documentElement.lang] ?? "" };
}

export async function load(path) {
  const answer = await fetch(path).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

// Keeps a socket open; `take` gets each message, `lost` is called when it is gone for a while.
export function listen(path, take, lost = () => {}) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  let socket;
  let ended = false;
  const open = () => {
    socket = new WebSocket(`${scheme}://${location.host}${path}`);
    socket.onmessage = ({ data }) => take(JSON.parse(data));
    socket.onclose = () => {
      if (ended) return;
      lost();
      setTimeout(open, 1000);
    };
  };
  open();
  return () => { ended = true; socket.close(); };
}
