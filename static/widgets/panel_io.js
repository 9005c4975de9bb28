// What every part of the panel needs: asking the server, saying something, the words of the page.
export const root = document.querySelector("#panel");
export const words = JSON.parse(root.querySelector("#words").dataset.words);
export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name] ?? "");

// Whatever has lost the server says so here; the page says it as long as anything has.
const lost = new Set();
export function lose(what, isLost) {
  if (isLost) lost.add(what);
  else lost.delete(what);
  root.querySelector("#lost").hidden = !lost.size;
}

export class Refused extends Error {}
export class Lost extends Error {}

async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    lose("answers", true);
    throw new Lost(error.message);
  }
  lose("answers", false);
  if (answer.status === 401) location.reload(); // somebody has to log in again
  if ([502, 503, 504].includes(answer.status)) throw new Lost(answer.statusText);
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Refused(problem.detail ?? answer.statusText);
  }
  return answer;
}

export async function api(method, path, body) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const answer = await ask(root.dataset.api + path, { method, headers, body: sent });
  return answer.status === 204 ? null : answer.json();
}

// A part of the page as HTML that the server made. A redirect to the login page is none.
export async function part(path, signal) {
  const answer = await ask(root.dataset.parts + path, { headers: { Accept: "text/html" }, signal });
  if (answer.redirected) location.reload();
  return answer.text();
}

const said = root.querySelector("#said");
said.querySelector("[data-dismiss]").addEventListener("click", () => { said.hidden = true; });

export function say(text, tone = "") {
  said.className = `notice ${tone}`;
  said.querySelector("span").textContent = text;
  said.hidden = false;
}

// Somebody does something else: what was refused before is over.
export function goOn() {
  if (said.classList.contains("notice-warn")) said.hidden = true;
}

export function aloud(text) {
  root.querySelector("#aloud").textContent = text;
}

// Do something that may be refused; says why, and whether it was done.
export async function attempt(doing) {
  try {
    await doing();
    return true;
  } catch (error) {
    if (error.name === "AbortError") return false;
    if (!(error instanceof Refused || error instanceof Lost)) throw error;
    if (error instanceof Refused) say(filled(words.refused, { why: error.message }), "notice-warn");
    return false;
  }
}

export const made = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
};
