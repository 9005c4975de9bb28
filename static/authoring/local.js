// The copy of unsaved work in this browser: there as long as the server has not confirmed it.
import { element, icon, moment, word } from "./page.js";

const form = document.querySelector("#edit");
const KEY = `kalauz:draft:${form?.dataset.copy ?? form?.dataset.autosave}`;
const CONTENT = ["title", "summary", "body", "tree", "tags"];

/** Says whether the copy could be kept; storage may be full or forbidden. */
export function keep(fields, submitted = false) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ fields, submitted, base: form.dataset.base, at: new Date().toISOString() }));
    return true;
  } catch {
    return false;
  }
}

export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // nothing was kept either
  }
}

function held() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** Offers a copy that never reached the server, above `editor`; use(fields) when it is wanted. */
export function offer(editor, fields, use) {
  const copy = held();
  if (!copy) return;
  const isSame = CONTENT.every((name) => String(copy.fields[name] ?? "") === String(fields[name] ?? ""));
  const arrived = copy.submitted && copy.base !== form.dataset.base; // the form it was sent with made a revision
  if (isSame || arrived) {
    forget();
    return;
  }
  const answer = (action) => () => {
    notice.remove();
    action();
  };
  const notice = element(
    "div",
    { class: "notice notice-warn", id: "local-copy", role: "alert" },
    icon("warning"),
    element(
      "div",
      {},
      element("p", {}, word("local_found", { time: moment(copy.at) })),
      element(
        "div",
        { class: "row" },
        element("button", { type: "button", class: "button button-small", onclick: answer(() => use(copy.fields)) }, word("local_use")),
        element("button", { type: "button", class: "button button-small button-quiet", onclick: answer(forget) }, word("local_drop")),
      ),
    ),
  );
  editor.before(notice);
}
