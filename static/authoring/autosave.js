// Nothing is lost: what is typed goes to the server two seconds later, and into this browser at once until the server has
// it. The server's answers say who else is here.
import { ask, debounced, element, icon, moment, Refused, word } from "./page.js";
import { forget, keep, offer } from "./local.js";

const WAIT = 2000;
const POLL = 15000;
const RETRIES = [3000, 6000, 12000, 30000];

const form = document.querySelector("#edit");
const NOT_SENT = new Set(["csrf_token", "file"]);

/** The form's fields as { name: value }, a list where a name stands more than once; no files, no buttons. */
export function fieldsOf(source) {
  const fields = {};
  for (const [name, value] of new FormData(source)) {
    if (NOT_SENT.has(name) || typeof value !== "string") continue;
    fields[name] = name in fields ? [fields[name], value].flat() : value;
  }
  return fields;
}

function fill(fields) {
  for (const control of form.elements) {
    const value = fields[control.name];
    if (value === undefined || NOT_SENT.has(control.name)) continue;
    const values = [value].flat();
    if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
    else if (control.type === "select-multiple") for (const option of control.options) option.selected = values.includes(option.value);
    else if (!["button", "submit", "hidden", "file"].includes(control.type)) control.value = value;
  }
}

/** Starts it. bodyReplaced() is called when a kept copy took the place of the form's text. */
export function startAutosave(editor, bodyReplaced) {
  const saver = new Saver();
  offer(editor, fieldsOf(form), (fields) => {
    fill(fields);
    bodyReplaced();
    saver.changed();
  });
  form.addEventListener("input", ({ target }) => target.name && saver.changed());
  form.addEventListener("change", ({ target }) => target.name && saver.changed());
  form.addEventListener("submit", ({ submitter }) => (submitter?.value === "discard" ? saver.discarded() : saver.submitted()));
  document.addEventListener("click", (event) => saver.goOn(event));
  window.addEventListener("beforeunload", (event) => saver.isLost() && event.preventDefault());
  window.addEventListener("pagehide", () => saver.lastWords());
  window.addEventListener("pageshow", () => (saver.isLeaving = false)); // back from where the form led
  window.addEventListener("online", () => saver.isDirty && saver.save());
  setInterval(() => saver.poll(), POLL);
  return saver;
}

class Saver {
  isDirty = false;
  isKept = true; // whether the latest text is at least in this browser
  isLeaving = false;
  isSaving = false;
  failures = 0;
  asked = 0; // when the server was last asked
  saveSoon = debounced(() => this.save(), WAIT);
  keepSoon = debounced(() => this.keep(), 300);
  say = new Sayer();

  changed() {
    this.isDirty = true;
    this.isKept = false;
    this.say.state("unsaved");
    this.keepSoon();
    this.saveSoon();
  }

  keep(submitted = false) {
    if (this.isDirty && !this.isLeaving) this.isKept = keep(fieldsOf(form), submitted);
    return this.isKept;
  }

  async save() {
    if (this.isLeaving) return;
    if (this.isSaving) {
      this.saveSoon();
      return;
    }
    clearTimeout(this.retry);
    this.isSaving = true;
    this.isDirty = false;
    const fields = fieldsOf(form);
    this.say.state("saving");
    try {
      const answer = await this.ask({ base_id: Number(form.dataset.base) || null, fields });
      this.failures = 0;
      if (!this.isDirty) {
        this.isKept = true;
        forget();
        this.say.state("saved", { time: moment(answer.saved_at) });
      }
    } catch (error) {
      this.isDirty = true;
      this.failed(error);
    } finally {
      this.isSaving = false;
    }
  }

  failed(error) {
    if (!this.keep()) this.say.state("lost");
    else if (error instanceof Refused) this.say.state("refused", { why: error.message });
    else this.say.state("local");
    if (error instanceof Refused) return;
    this.retry = setTimeout(() => this.isDirty && this.save(), RETRIES[Math.min(this.failures, RETRIES.length - 1)]);
    this.failures += 1;
  }

  async ask(body, options) {
    this.asked = Date.now();
    const answer = await ask(form.dataset.autosave, body, options);
    this.say.people(answer);
    return answer;
  }

  /** While nobody types: still here, and who else? */
  poll() {
    if (this.isDirty || this.isSaving || document.hidden || Date.now() - this.asked < POLL - 1000) return;
    this.ask().catch(() => {}); // the next save says that the server is away
  }

  submitted() {
    this.isDirty = true; // until the next page proves otherwise
    this.keep(true);
    this.isLeaving = true;
  }

  discarded() {
    this.isDirty = false;
    this.isLeaving = true;
    forget();
  }

  /** Links that show what is typed in another way are followed when the server has it. */
  async goOn(event) {
    const link = event.target.closest?.("a[data-after-saving]");
    if (!link || !(this.isDirty || this.isSaving) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    while (this.isSaving) await new Promise((resolve) => setTimeout(resolve, 50));
    if (this.isDirty) await this.save();
    if (!this.isDirty) location.assign(link.href);
  }

  isLost() {
    return this.isDirty && !this.isLeaving && !this.keep();
  }

  lastWords() {
    if (!this.isDirty || this.isLeaving) return;
    this.keep();
    this.ask({ base_id: Number(form.dataset.base) || null, fields: fieldsOf(form) }, { keepalive: true }).catch(() => {});
  }
}

/** What the lines under the editor say. */
class Sayer {
  line = document.querySelector("#save-state");
  others = document.querySelector("#presence");

  state(name, values) {
    const looks = { saved: "check", local: "warning", refused: "warning", lost: "warning" };
    this.line.dataset.state = name;
    this.line.replaceChildren(looks[name] ? icon(looks[name]) : "", word(`state_${name}`, values));
  }

  people({ others = [], newest = null }) {
    const said = [];
    const names = others.map(({ name }) => name);
    if (names.length) said.push(this.sentence("users", word(names.length === 1 ? "one_other" : "many_others", { name: names[0], names: listed(names) })));
    if (newest && String(newest.id) !== form.dataset.base) said.push(this.sentence("history", word("newer", { name: newest.author })));
    const text = said.map((line) => line.textContent).join();
    if (text === this.told) return;
    this.told = text;
    this.others.replaceChildren(...said);
  }

  sentence(symbol, text) {
    return element("span", {}, icon(symbol), text);
  }
}

function listed(names) {
  return new Intl.ListFormat(document.documentElement.lang || "en", { type: "conjunction" }).format(names);
}
