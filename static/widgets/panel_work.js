// What is written of a contact: facts, notes, what solved it. Nothing that was typed is lost while the connection is.
import { Lost, api, attempt, made, part, words } from "./panel_io.js";

const NOTES_MS = 600;
const AGAIN_MS = 2000;
const kept = (id) => `kalauz-notes-${id}`;

// A contact as the page has it, with what can be done to it.
export function contactOf(element) {
  const { shown, version, state, own, key, channel, language, run } = element.dataset;
  const path = `/contacts/${shown}`;
  const contact = { id: Number(shown), version: Number(version), state, own: own === "1", key, channel, language, run };
  contact.post = (rest, body) => api("POST", path + rest, body ?? {});
  contact.change = async (changes) => {
    const told = await api("PATCH", path, changes);
    contact.version = told.version;
    return told;
  };
  // what is known in the terms of a case type, from the list that the server made
  contact.factsOf = async (type) => {
    const list = document.querySelector("#cases [data-facts]");
    return list?.dataset.type === type ? JSON.parse(list.dataset.facts) : {};
  };
  return contact;
}

export function notes(contact) {
  const field = document.querySelector("#notes");
  const state = document.querySelector("#notes-state");
  let timer;

  async function save() {
    const text = field.value;
    try {
      await contact.change({ notes: text });
      if (field.value === text) {
        sessionStorage.removeItem(kept(contact.id));
        state.textContent = words.kept;
      }
    } catch (error) {
      state.textContent = error instanceof Lost ? words.waits : words.unsaved;
      if (error instanceof Lost) timer = setTimeout(save, AGAIN_MS);
      else await attempt(() => Promise.reject(error));
    }
  }

  field.addEventListener("input", () => {
    sessionStorage.setItem(kept(contact.id), field.value);
    state.textContent = words.keeping;
    clearTimeout(timer);
    timer = setTimeout(save, NOTES_MS);
  });

  const unsent = sessionStorage.getItem(kept(contact.id));
  if (contact.own && unsent !== null) {
    field.value = unsent;
    save();
  }

  // what is to be said when the connection is back, or before the contact goes
  return async () => {
    if (sessionStorage.getItem(kept(contact.id)) === null) return;
    clearTimeout(timer);
    await save();
  };
}

function read({ dataset, value }) {
  if (dataset.kind === "boolean") return value === "true";
  return dataset.kind === "number" && value.trim() !== "" ? Number(value) : value;
}

export function facts(contact, { changed }) {
  const list = document.querySelector("#facts");
  const form = document.querySelector("[data-add]");

  const learned = (known) => attempt(async () => {
    await contact.change({ facts: known });
    await changed();
  });

  list.addEventListener("change", ({ target }) => {
    if (target.name) learned({ [target.name]: read(target) });
  });
  list.addEventListener("click", ({ target }) => {
    const forget = target.closest("[data-forget]");
    if (forget) learned({ [forget.dataset.forget]: null });
  });
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const { name, value } = Object.fromEntries(new FormData(form));
    learned({ [name.trim()]: value.trim() }).then((isDone) => {
      if (!isDone) return;
      form.reset();
      form.elements.name.focus();
    });
  });
  return learned;
}

// What is known and the cases like it, as they are now; who is in one of the fields stays there.
export async function known(contact) {
  const found = document.createElement("template");
  found.innerHTML = await part(`/contacts/${contact.id}/known`);
  const name = document.activeElement?.closest("#facts [name]")?.name;
  for (const fresh of found.content.querySelectorAll("[id=facts], [id=cases]")) {
    document.getElementById(fresh.id).replaceChildren(...fresh.childNodes);
  }
  if (name) document.querySelector(`#facts [name="${CSS.escape(name)}"]`)?.focus();
}

// An article in the column, with what can be done with it; that it was looked at stays with the contact.
export async function article(key, language, contact, solved) {
  const place = document.querySelector("#article");
  const told = await api("GET", `/articles/${encodeURIComponent(key)}?lang=${encodeURIComponent(language || "en")}`);
  const body = made("div", {});
  body.innerHTML = told.html; // sanitised by the server
  const close = made("button", { type: "button", class: "button button-small panel-article-close" }, words.close, " ", made("kbd", { "aria-hidden": "true" }, "Esc"));
  close.addEventListener("click", () => { place.hidden = true; });
  const ways = made("p", { class: "meta" });
  if (contact?.own) {
    const mark = made("button", { type: "button", class: "button button-small" }, words.solved);
    mark.addEventListener("click", () => solved("article", told.key, told.title));
    ways.append(mark);
  }
  ways.append(made("a", { href: told.url, target: "_blank", rel: "noopener" }, words.page));
  place.replaceChildren(close, made("h2", { lang: told.language }, told.title), ways, body);
  place.dataset.key = told.key;
  place.dataset.language = told.language;
  place.dataset.title = told.title;
  place.hidden = false;
  place.dispatchEvent(new Event("opened"));
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
  if (contact?.own) await contact.post("/tried", { what: "article", key: told.key, title: told.title });
}
