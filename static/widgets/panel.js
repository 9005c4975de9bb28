// The panel of somebody who takes contacts: the bar and the contact are parts that the server makes; this swaps them as
// things happen, and gives every act a key.
import { customer } from "./panel_customer.js";
import { caseOf, ending, forget, tagsOf } from "./panel_ending.js";
import { listen } from "./panel_events.js";
import { guide } from "./panel_guide.js";
import { aloud, api, attempt, filled, goOn, part, root, say, words } from "./panel_io.js";
import { reply } from "./panel_reply.js";
import { article, contactOf, facts, known, notes } from "./panel_work.js";

const BEAT_MS = 10_000;
const TYPING_MS = 200;
const bar = root.querySelector("#bar");
const main = root.querySelector("#main");
const keys = root.querySelector("#keys");
let contact = null;
let player = null;
let flush = async () => {};
let announced = null;
const solvers = new Map(); // what solved which contact, until it is closed

// The bar.

async function renew() {
  await attempt(async () => {
    const made = await part("/bar");
    const focused = document.activeElement?.closest("#bar [data-standing]")?.dataset.standing;
    const typed = document.activeElement?.closest("#bar [data-reason]");
    bar.innerHTML = made;
    bar.querySelector(`[data-standing="${focused}"]`)?.focus();
    const reason = typed && bar.querySelector("[data-reason]");
    if (reason) {
      reason.value = typed.value;
      reason.focus();
    }
    await settled();
  });
}

async function settled() {
  for (const tab of bar.querySelectorAll("[data-contact]")) {
    if (Number(tab.dataset.contact) === contact?.id) tab.setAttribute("aria-current", "page");
  }
  const offer = bar.querySelector("[data-offer]");
  if (offer && offer.dataset.offer !== announced) {
    announced = offer.dataset.offer;
    aloud(filled(words.offered, { what: offer.dataset.what }));
  }
  if (offer && !contact) await show(announced, false); // what is known and the likely answer, before it is taken
  tick();
}

function tick() {
  const now = Date.now();
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  for (const one of root.querySelectorAll("[data-since]")) {
    one.textContent = clock(Math.max(0, (now - Date.parse(one.dataset.since)) / 1000));
  }
  for (const one of root.querySelectorAll("span[data-until]:not([data-until=''])")) {
    const left = clock(Math.max(0, (Date.parse(one.dataset.until) - now) / 1000));
    if (one.classList.contains("badge")) one.title = left;
    else one.textContent = left;
  }
  for (const one of root.querySelectorAll("[data-ring]")) {
    one.value = Math.max(0, (Date.parse(one.dataset.ring) - now) / 1000 / Number(one.dataset.whole));
  }
}

// The contact.

async function show(id, isOwn = true) {
  await attempt(async () => {
    await flush();
    main.innerHTML = await part(id ? `/contacts/${id}` : "/idle");
    const address = id ? `${root.dataset.home}contacts/${id}` : root.dataset.home;
    if (isOwn && location.pathname !== address) history.pushState({}, "", address);
    begin();
    if (document.activeElement === document.body) main.focus({ preventScroll: true });
  });
}

function begin() {
  const shown = main.querySelector("[data-shown]");
  contact = shown ? contactOf(shown) : null;
  player = null;
  flush = async () => {};
  if (!contact) return;
  const marked = solvers.get(contact.id);
  if (marked) solved(...marked);
  customer(contact, { changed: () => show(contact.id) });
  const keepers = [notes(contact), reply(contact), ending(contact)];
  flush = () => Promise.all(keepers.map((keep) => keep()));
  const learned = facts(contact, { changed: () => known(contact) });
  player = guide(contact, { learned, solved });
  for (const tab of bar.querySelectorAll("[data-contact]")) {
    if (Number(tab.dataset.contact) === contact.id) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

function solved(kind, key, title) {
  const place = document.querySelector("#solved");
  if (!place) return;
  solvers.set(contact.id, [kind, key, title]);
  place.dataset.kind = kind;
  place.dataset.key = key;
  place.textContent = title;
  place.classList.add("is-solved");
}

async function accept(id) {
  const isTaken = await attempt(() => api("POST", `/contacts/${id}/accept`, {}));
  if (isTaken) aloud(words.taken);
  await renew();
  if (isTaken) await show(id);
}

async function pass(id) {
  await attempt(() => api("POST", `/contacts/${id}/pass`, { why: "" }));
  announced = null;
  if (contact && !contact.own) await show(null);
  await renew();
}

async function takeOver(id) {
  if (await attempt(() => api("POST", `/contacts/${id}/take-over`, {}))) await show(id);
  await renew();
}

async function wrapUp() {
  await flush();
  if (await attempt(() => contact.post("/wrap-up"))) await show(contact.id);
  await renew();
}

async function close(form) {
  const place = form.querySelector("#solved");
  const kind = form.own?.checked ? "answer" : place.dataset.kind;
  await flush();
  const how = { tags: tagsOf(form), solved_kind: kind, solved_key: kind === "answer" ? "" : place.dataset.key };
  const closed = contact;
  const isClosed = await attempt(async () => {
    await caseOf(form, closed);
    await closed.post("/close", how);
  });
  if (!isClosed) return;
  forget(closed);
  aloud(words.done);
  await leave();
}

async function move(queue) {
  await flush();
  if (await attempt(() => contact.change({ queue }))) await leave();
}

// The brink: what may still help is shown before it goes.

const brink = root.querySelector("#brink");

async function toBrink(id) {
  await flush();
  await attempt(async () => {
    brink.innerHTML = await part(`/contacts/${id}/brink`);
    brink.showModal();
  });
}

async function sendUp(form) {
  const [kind, whom] = form.to.value.split(":");
  const where = kind === "person" ? { person_id: Number(whom) } : { level: Number(whom) };
  if (!(await attempt(() => contact.post("/escalate", { ...where, note: form.note.value })))) return;
  brink.close();
  aloud(words.done);
  await leave();
}

async function helped(kind, key, title) {
  if (!(await attempt(() => contact.post("/escalation-avoided", { kind, key })))) return;
  brink.close();
  solved(kind, key, title);
}

// The contact is somebody else's, or done: the next one of one's own is shown.
async function leave() {
  contact = null;
  flush = async () => {};
  bar.innerHTML = await part("/bar");
  const next = bar.querySelector("[data-contact]");
  await show(next?.dataset.contact ?? null);
  await settled();
}

// The one box.

let asking;
let typing;

async function answer(question) {
  asking?.abort();
  asking = new AbortController();
  const about = contact ? `&contact=${contact.id}` : "";
  await attempt(async () => {
    const found = await part(`/answers?q=${encodeURIComponent(question)}${about}`, asking.signal);
    document.querySelector("#answers").innerHTML = found;
    main.querySelector(".panel-middle")?.classList.add("is-asked");
    main.dispatchEvent(new Event("asked"));
  });
}

root.addEventListener("focusout", ({ target }) => {
  const { reason } = target.dataset;
  if (reason && target.value !== target.defaultValue) attempt(() => api("PUT", "/contacts/presence", { standing: reason, reason: target.value.trim() })).then(renew);
});

root.addEventListener("input", ({ target }) => {
  if (target.id !== "box") return;
  clearTimeout(typing);
  typing = setTimeout(() => answer(target.value), TYPING_MS);
});

// What is clicked, sent, and typed as a key.

const clicks = {
  "[data-accept]": (found) => accept(found.dataset.accept),
  "[data-pass]": (found) => pass(found.dataset.pass),
  "[data-take-over]": (found) => takeOver(found.dataset.takeOver),
  "[data-standing]": (found) => attempt(() => api("PUT", "/contacts/presence", { standing: found.dataset.standing })).then(renew),
  "[data-wrap-up]": wrapUp,
  "[data-escalate]": (found) => toBrink(found.dataset.escalate),
  "[data-helped]": (found) => helped(found.dataset.helped, found.dataset.key, found.dataset.title),
  "[data-close]": (found) => found.closest("dialog").close(),
  "[data-keys]": () => keys.showModal(),
  "[data-begin]": (found) => player?.begin(found.dataset.begin, found.dataset.key, found.dataset.text),
  "[data-solved]": (found) => {
    const { key, title } = found.dataset;
    solved(found.dataset.solved, key, title);
    contact?.post("/tried", { what: "case", key, title });
  },
  "[data-article]": (found, event) => {
    event.preventDefault();
    return attempt(() => article(found.dataset.article, found.dataset.language, contact, solved));
  },
  "[data-column]": (found) => column(found.dataset.column),
  "a[data-contact]": (found, event) => {
    event.preventDefault();
    return show(found.dataset.contact);
  },
};

function column(name) {
  main.querySelector("[data-shown]").dataset.column = name;
  for (const one of main.querySelectorAll("[data-column]")) {
    if (one.matches("button")) one.setAttribute("aria-pressed", one.dataset.column === name);
  }
}

root.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  for (const [selector, act] of Object.entries(clicks)) {
    const found = event.target.closest(selector);
    if (found && (found.matches("a, button"))) {
      goOn();
      act(found, event);
      return;
    }
  }
});

root.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  event.preventDefault();
  goOn();
  if (form.matches("[data-box]")) answer(form.q.value);
  if (form.matches("[data-end]")) close(form);
  if (form.matches("[data-send-up]")) sendUp(form);
  if (form.matches("[data-move]")) move(form.queue.value);
});

// Into a field: behind what was written there, or over what was asked; on a phone its column comes to the front.
const focus = (selector) => () => {
  const found = main.querySelector(selector);
  if (!found) return;
  const place = found.closest(".panel-left, .panel-middle, .panel-right");
  if (place && !place.offsetParent) column(/panel-(left|middle|right)/.exec(place.className)[1]);
  found.focus();
  if (found.matches("[type=search]")) found.select();
  else if (found.matches("textarea")) found.setSelectionRange(found.value.length, found.value.length);
  found.scrollIntoView({ block: "nearest" });
};

const strokes = {
  Enter: () => bar.querySelector("[data-accept]")?.click(),
  Escape: () => (main.querySelector("#article:not([hidden]) .panel-article-close") ?? bar.querySelector("[data-pass]"))?.click(),
  "/": focus("#box"),
  a: focus("#add-name"),
  n: focus("#notes"),
  m: focus("#move-to"),
  b: () => (main.querySelector("#answers [data-first]") ?? main.querySelector("#cases [data-begin]"))?.click(),
  w: () => main.querySelector("[data-wrap-up]")?.click(),
  e: focus("[data-end] .button-primary"),
  u: () => main.querySelector("[data-escalate]")?.click(),
  r: focus("[data-reply] textarea"),
  f: () => main.querySelector("[data-flag]")?.click(),
  g: () => main.querySelector("[data-gap]")?.click(),
  "[": () => beside(-1),
  "]": () => beside(1),
  "?": () => keys.showModal(),
};

function beside(by) {
  const tabs = [...bar.querySelectorAll("[data-contact]")];
  const at = tabs.findIndex((tab) => Number(tab.dataset.contact) === contact?.id);
  if (tabs.length) show(tabs[(at + by + tabs.length) % tabs.length].dataset.contact);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || root.querySelector("dialog[open]")) return;
  const { target } = event;
  if (target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
    if (event.key === "Escape" || (event.key === "Enter" && target.dataset.reason)) {
      target.blur();
      event.preventDefault();
    }
    return;
  }
  const isSpoken = target.matches?.("a, button, summary, input") && !target.matches("[data-standing]");
  if (event.key === "Enter" && isSpoken) return;
  if (/^[0-9]$/.test(event.key) && player?.digit(event.key)) {
    event.preventDefault();
    return;
  }
  const act = strokes[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

addEventListener("popstate", () => {
  const id = /\/contacts\/(\d+)$/.exec(location.pathname)?.[1];
  show(id ?? null, false);
});

// What happens.

const LEAVES = new Set(["accepted", "moved", "escalated", "decided", "came_back", "abandoned", "resolved", "passed"]);

async function heard(event) {
  if (event.kind === "broadcast") {
    say(event.said.text, "notice-info");
    return;
  }
  await renew();
  const isHere = contact && event.contact_id === contact.id;
  if (!isHere) return;
  const still = bar.querySelector(`[data-contact="${contact.id}"], [data-offer="${contact.id}"]`);
  if (LEAVES.has(event.kind) && !still) {
    if (contact.own && event.kind !== "resolved") say(words.gone, "notice-info");
    flush = async () => {}; // whoever has it now writes
    await show(null);
  } else if (event.kind === "wrap_up" && contact.state !== "wrap_up") {
    await show(contact.id);
  }
}

let queue = Promise.resolve();
listen(Number(bar.querySelector("[data-head]").dataset.head), {
  heard: (event) => { queue = queue.then(() => heard(event)).catch(() => {}); },
  back: () => { flush(); renew(); },
});

setInterval(tick, 1000);
setInterval(() => {
  if (bar.querySelector("[data-is-agent='1']")) attempt(() => api("POST", "/contacts/presence/seen"));
}, BEAT_MS);
begin();
settled();
