// What the parts of the editing page share: the form's words and addresses, small elements, and asking the server.

const form = document.querySelector("#edit");
const RIGHT_TO_LEFT = new Set(["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]);
const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
const translated = JSON.parse(form?.dataset.words ?? "{}");

/** A sentence in the reader's language; {name} in it is filled in. */
export function word(key, values = {}) {
  return (translated[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Makes an element: element("button", { type: "button", onclick: f }, icon("link"), "Link"). */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${form?.dataset.icons ?? "/static/icons.svg"}#${name}`);
  svg.append(use);
  return svg;
}

/** A server's no, with its reason in the reader's words. */
export class Refused extends Error {}

/**
 * Asks the server and gives its JSON.
 *
 * Throws Refused where it says no (a 4xx), and any other Error where it does not answer as it should.
 */
export async function ask(url, body, options = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": form.dataset.csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const method = body === undefined ? "GET" : "POST";
  const response = await fetch(url, { method, headers, body: JSON.stringify(body), ...options });
  const isJson = /\bjson\b/.test(response.headers.get("Content-Type") ?? "");
  if (response.ok && isJson && !response.redirected) return response.json();
  const answer = isJson ? await response.json() : {};
  if (response.status >= 400 && response.status < 500) throw new Refused(reason(answer, response.status));
  throw new Error(`status ${response.status}`);
}

export function reason(answer, status) {
  return answer.detail || answer.title || answer.error || String(status);
}

/** A key as this machine's keyboards name it. */
export function keyName(key) {
  return isApple ? key.replace("Ctrl", "⌘").replace("Shift", "⇧").replace("Alt", "⌥").replaceAll("+", "") : key;
}

/** Which way a language is written. */
export function directionOf(language) {
  return RIGHT_TO_LEFT.has(language.split(/[-_]/)[0].toLowerCase()) ? "rtl" : "ltr";
}

/** Calls `action` once it was not asked for during `wait` milliseconds. */
export function debounced(action, wait) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
}

/** The hour and minute, and the day where it is not today. */
export function moment(time) {
  const at = new Date(time);
  const isToday = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(document.documentElement.lang, isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}
