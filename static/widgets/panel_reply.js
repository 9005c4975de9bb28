// What is written to the customer: kept as it is typed, with words of articles and cases; and what is wrong with these.
import { Lost, api, attempt, filled, root, say } from "./panel_io.js";

const TYPED_MS = 600;
const kept = (id) => `kalauz-reply-${id}`;

export function reply(contact) {
  const place = root.querySelector("[data-reply]");
  if (!place) return async () => {};
  const words = JSON.parse(place.dataset.words);
  const used = { articles: JSON.parse(place.dataset.articles), cases: JSON.parse(place.dataset.cases) };
  const field = place.querySelector("#reply");
  const state = place.querySelector("#reply-state");
  const sources = place.querySelector("#quote");
  const path = `/contacts/${contact.id}`;
  let timer;

  const written = () => ({ text: field.value, ...used });

  async function save() {
    const sent = written();
    try {
      await api("PUT", `${path}/reply`, sent);
      if (field.value === sent.text) {
        sessionStorage.removeItem(kept(contact.id));
        state.textContent = words.kept;
      }
    } catch (error) {
      state.textContent = words.waits;
      if (!(error instanceof Lost)) await attempt(() => Promise.reject(error));
    }
  }

  function typed() {
    sessionStorage.setItem(kept(contact.id), JSON.stringify(written()));
    clearTimeout(timer);
    timer = setTimeout(save, TYPED_MS);
  }

  // What was found or opened last can be quoted like what was proposed first, and is chosen.
  function choose(found) {
    for (const [key, title] of found.reverse()) {
      const value = `article:${key}`;
      [...sources.options].find((option) => option.value === value)?.remove();
      sources.prepend(new Option(title, value));
    }
    if (found.length) sources.selectedIndex = 0;
  }

  const open = () => document.querySelector("#article:not([hidden])")?.dataset;

  async function quote(what) {
    const [kind, ...rest] = sources.value.split(":");
    const key = rest.join(":");
    if (!key) return;
    const asked = what === "link" ? "link" : kind;
    const found = await api("GET", `${path}/quote?kind=${asked}&key=${encodeURIComponent(key)}`);
    const list = kind === "article" ? used.articles : used.cases;
    if (!list.includes(key)) list.push(key);
    const [start, end] = [field.selectionStart, field.selectionEnd];
    field.setRangeText(`${start && field.value[start - 1] !== "\n" ? "\n" : ""}${found.text}\n`, start, end, "end");
    field.focus();
    typed();
    if (!found.is_wanted) say(words.other, "notice-info");
  }

  async function send() {
    clearTimeout(timer);
    await api("POST", `${path}/reply`, written());
    sessionStorage.removeItem(kept(contact.id));
    field.value = "";
    used.articles = [];
    used.cases = [];
    state.textContent = words.sent;
  }

  async function flag() {
    const article = open();
    if (!article?.key) {
      say(words.open, "notice-info");
      return;
    }
    await contact.post("/flag", { article: article.key });
    say(filled(words.flagged, article), "notice-info");
  }

  async function gap() {
    const box = document.querySelector("#box");
    await contact.post("/gap", { question: box.value.trim().slice(0, 300) });
    say(words.gap, "notice-info");
  }

  async function copy() {
    await navigator.clipboard.writeText(field.value);
    state.textContent = words.copied;
  }

  const acts = { "[data-quote]": (found) => quote(found.dataset.quote), "[data-send]": send, "[data-flag]": flag, "[data-gap]": gap, "[data-copy]": copy };
  field.addEventListener("input", typed);
  document.querySelector("#article").addEventListener("opened", () => choose([[open().key, open().title]]));
  document.querySelector("#main").addEventListener("asked", () => {
    const hits = [...document.querySelectorAll("#answers [data-article]")];
    if (place.isConnected) choose(hits.map((link) => [link.dataset.article, link.textContent.trim()]));
  });
  place.addEventListener("click", ({ target }) => {
    for (const [selector, act] of Object.entries(acts)) {
      const found = target.closest(selector);
      if (found) attempt(() => act(found));
    }
  });

  const unsent = sessionStorage.getItem(kept(contact.id));
  if (unsent !== null) {
    const { text, ...keys } = JSON.parse(unsent);
    field.value = text;
    Object.assign(used, keys);
    save();
  }

  return async () => {
    if (sessionStorage.getItem(kept(contact.id)) === null) return;
    clearTimeout(timer);
    await save();
  };
}
