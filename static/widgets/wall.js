// The wall: renews itself when something happens on the floor, and each ten seconds; counts waits up; keys b and k.

const wall = document.querySelector(".wall");
const shown = document.querySelector("#wall-now");
const lost = document.querySelector("#lost");
const clock = document.querySelector("#clock");

const AT_MOST_EVERY_MS = 1000;
const AT_LEAST_EVERY_MS = 10000;
const MINUTE_S = 60;

let asked = 0;
let planned = 0;
let isAsking = false;

function lasts(seconds) {
  const parts = [Math.floor(seconds / MINUTE_S) % MINUTE_S, seconds % MINUTE_S];
  const hours = Math.floor(seconds / MINUTE_S / MINUTE_S);
  const two = (part) => String(part).padStart(2, "0");
  return hours ? `${hours}:${parts.map(two).join(":")}` : `${parts[0]}:${two(parts[1])}`;
}

function tick() {
  for (const time of document.querySelectorAll("[data-since]")) {
    time.textContent = lasts(Math.max(0, Math.floor((Date.now() - Date.parse(time.dataset.since)) / 1000)));
  }
  clock.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short", timeZone: wall.dataset.zone }).format();
}

function isChoosing() {
  return shown.contains(document.activeElement) && document.activeElement.matches("select");
}

async function renew() {
  if (isAsking) {
    plan();
    return;
  }
  isAsking = true;
  asked = Date.now();
  try {
    const answer = await fetch(wall.dataset.now);
    if (answer.redirected || answer.status === 401 || answer.status === 403) {
      window.location.reload();
      return;
    }
    lost.hidden = answer.ok;
    if (answer.ok && !isChoosing()) {
      const focused = shown.contains(document.activeElement) ? document.activeElement.id : "";
      const chosen = [...shown.querySelectorAll("select")].map((one) => [one.id, one.value]);
      shown.innerHTML = await answer.text();
      for (const [id, value] of chosen) {
        const select = document.getElementById(id);
        if ([...(select?.options ?? [])].some((one) => one.value === value)) select.value = value;
      }
      tick();
      if (focused) document.getElementById(focused)?.focus();
    }
  } catch {
    lost.hidden = false;
  } finally {
    isAsking = false;
  }
}

function plan() {
  if (planned) return;
  planned = window.setTimeout(() => {
    planned = 0;
    renew();
  }, Math.max(0, asked + AT_MOST_EVERY_MS - Date.now()));
}

function press(event) {
  const isTyping = event.target.matches("input, select, textarea");
  if (isTyping && event.key === "Escape") event.target.blur();
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!found) return;
  event.preventDefault();
  if (found.matches("a")) found.click();
  else found.focus();
}

const events = new EventSource(wall.dataset.events);
events.addEventListener("message", plan);
events.addEventListener("open", plan);
window.setInterval(plan, AT_LEAST_EVERY_MS);
window.setInterval(tick, 1000);
document.addEventListener("keydown", press);
tick();
