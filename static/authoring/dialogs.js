// The windows over the page: a link, an image's words, the keyboard.
import { ask, debounced, element, icon, keyName, word } from "./page.js";

const form = document.querySelector("#edit");
const ADDRESS = /^(?:https?:\/\/|mailto:|tel:|kb:|attachment:|#)\S/i;
const KEYS = [
  ["save_shortcut", "Ctrl+S"],
  ["submit_shortcut", "Ctrl+Enter"],
  ["mode_shortcut", "Ctrl+Shift+E"],
  ["bold", "Ctrl+B"],
  ["italic", "Ctrl+I"],
  ["code", "Ctrl+E"],
  ["link", "Ctrl+K"],
  ["bullets", "Ctrl+Shift+8"],
  ["steps", "Ctrl+Shift+7"],
  ["indent", "Tab"],
  ["outdent", "Shift+Tab"],
  ["paragraph", "Ctrl+Alt+0"],
  ["heading2", "Ctrl+Alt+2"],
  ["heading3", "Ctrl+Alt+3"],
  ["heading4", "Ctrl+Alt+4"],
  ["undo", "Ctrl+Z"],
  ["redo", "Ctrl+Shift+Z"],
];

/** Asks for a link. begin: { href, text }. Gives { href, text }, { remove: true }, or null when nothing is to change. */
export function askForLink(begin) {
  const search = element("input", { id: "link-search", type: "text", autocomplete: "off", "aria-describedby": "link-hint", dir: "auto" });
  const words = element("input", { id: "link-words", type: "text", autocomplete: "off", dir: "auto" });
  const found = element("ul", { class: "link-found" });
  const told = element("p", { class: "note", role: "status" });
  search.value = begin.href;
  words.value = begin.text;
  const take = ({ key, title }) => leave({ href: `kb:${key}`, text: words.value || title });
  const find = debounced(() => showArticles(search.value.trim(), { found, told, take }), 200);
  search.addEventListener("input", find);
  arrows(search, found);
  const fields = [
    labelled(search, word("link_search"), element("p", { class: "hint", id: "link-hint" }, word("link_hint"))),
    told,
    found,
    labelled(words, word("link_words")),
  ];
  const { leave, answer } = openDialog(word("link_title"), fields, {
    primary: word("link_insert"),
    danger: begin.href && word("link_remove"),
    result: () => (ADDRESS.test(search.value.trim()) ? { href: search.value.trim(), text: words.value } : undefined),
    removed: { remove: true },
    refused: () => (found.querySelector("button")?.focus(), search),
  });
  if (!begin.href && begin.text) {
    search.value = begin.text;
    find();
  }
  search.select();
  return answer;
}

async function showArticles(text, { found, told, take }) {
  found.replaceChildren();
  told.textContent = "";
  if (text.length < 2 || ADDRESS.test(text)) return;
  try {
    const url = new URL(form.dataset.find, location.href);
    url.searchParams.set("q", text);
    const articles = await ask(url);
    found.replaceChildren(...articles.map((article) => element("li", {}, articleButton(article, take))));
    told.textContent = articles.length ? "" : word("link_none");
  } catch {
    told.textContent = word("link_failed");
  }
}

function articleButton(article, take) {
  const { title, kind, language } = article;
  const symbol = ["standard", "wiki", "faq", "guide"].includes(kind) ? kind : "file";
  return element(
    "button",
    { type: "button", onclick: () => take(article) },
    icon(symbol),
    element("span", { dir: "auto", lang: language }, title),
    element("span", { class: "note" }, language),
  );
}

function arrows(search, found) {
  const step = (event, by) => {
    const stops = [search, ...found.querySelectorAll("button")];
    const next = stops[stops.indexOf(document.activeElement) + by];
    if (next) next.focus();
    event.preventDefault();
  };
  for (const part of [search, found]) {
    part.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") step(event, 1);
      if (event.key === "ArrowUp") step(event, -1);
    });
  }
}

/** Asks what an image shows; gives the words, or null. */
export function askForWords(alt) {
  const field = element("input", { id: "image-alt", type: "text", autocomplete: "off", "aria-describedby": "image-hint", dir: "auto" });
  field.value = alt;
  const fields = [labelled(field, word("image_alt"), element("p", { class: "hint", id: "image-hint" }, word("image_alt_hint")))];
  return openDialog(word("image_title"), fields, { primary: word("done"), result: () => field.value.trim() }).answer;
}

export function showKeys() {
  const rows = KEYS.map(([name, key]) =>
    element("div", {}, element("dt", {}, word(name)), element("dd", {}, element("kbd", {}, keyName(key)))),
  );
  return openDialog(word("help"), [element("dl", { class: "keys" }, ...rows)], {}).answer;
}

function labelled(field, label, hint = "") {
  return element("div", { class: "field" }, element("label", { for: field.id }, label), hint, field);
}

/** options.result: undefined as long as the dialog may not be left with it; then options.refused() gives what gets the focus. */
function openDialog(title, content, { primary, danger, result, removed, refused }) {
  let settle;
  const answer = new Promise((resolve) => (settle = resolve));
  const leave = (value) => {
    dialog.close();
    settle(value);
  };
  const button = (words, action, look = "") => element("button", { type: "button", class: `button${look}`, onclick: action }, words);
  const actions = [];
  if (primary) actions.push(element("button", { class: "button button-primary" }, primary));
  actions.push(button(primary ? word("cancel") : word("close"), () => leave(null)));
  if (danger) actions.push(button(danger, () => leave(removed), " button-danger"));
  const inner = element("form", { class: "form", method: "dialog", novalidate: true }, element("h2", { id: "dialog-title" }, title), ...content, element("div", { class: "form-actions" }, ...actions));
  inner.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = result?.();
    if (value !== undefined) leave(value);
    else refused?.();
  });
  const dialog = element("dialog", { class: "edit-dialog", "aria-labelledby": "dialog-title" }, inner);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    settle(null); // Escape
  });
  dialog.showModal();
  return { leave, answer };
}
