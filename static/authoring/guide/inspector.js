// What one step says, as a form; in a translation its words only, each below those of the source.
import { directionOf, element, icon, word } from "../page.js";
import { conditionsOf } from "./conditions.js";
import { END_KINDS, NAME, POINTING, QUESTIONS, RANGED, UNKNOWN } from "./kinds.js";
import { picker } from "./picker.js";

const FOUND = 20;
const TITLE_LIMIT = 500;
const ATTRIBUTE = "[^\\s()<>\\[\\]\"|;:]{1,128}";

export class Inspector {
  constructor(model, { place, kinds, relations, valuesOf, subjects, say, source, language, sourceLanguage, duplicate, remove, reveal }) {
    Object.assign(this, { model, place, kinds, relations, valuesOf, subjects, say, source, language, sourceLanguage, duplicate, remove, reveal });
    this.names = 0;
    model.addEventListener("select", () => this.soon());
    model.addEventListener("change", ({ detail }) => {
      if (detail.origin !== "inspector" || detail.isStructure) this.soon();
    });
    model.addEventListener("marks", () => this.showFindings());
    place.addEventListener("focusout", () => model.pause());
    this.show();
  }

  soon() {
    if (this.isStale) return;
    this.isStale = true;
    requestAnimationFrame(() => this.settle());
  }

  settle() {
    if (this.isStale) this.show();
  }

  /** Built anew; what had the focus has it again. */
  show() {
    this.isStale = false;
    const held = this.place.contains(document.activeElement) ? document.activeElement.dataset.field : undefined;
    const id = this.node?.id;
    this.node = this.model.one;
    const many = this.model.chosen.size;
    if (!this.node) {
      const said = many ? word("many_chosen", { n: many }) : word("nothing_chosen");
      this.place.replaceChildren(element("p", { class: "note" }, said), ...(many && !this.model.isFixed ? [this.deeds(false)] : []));
      return;
    }
    this.place.replaceChildren(...(this.model.isFixed ? this.translating() : this.drawing()));
    this.showFindings();
    if (held && id === this.node.id) this.focus(held);
  }

  focus(field = "title") {
    this.settle();
    const found = this.place.querySelector(`[data-field="${CSS.escape(field)}"]`) ?? this.place.querySelector("[data-field]");
    found?.focus();
    if (field === "title") found?.select?.();
  }

  set(fields, join) {
    this.model.set(this.node.id, fields, { origin: "inspector", join: join && `${this.node.id} ${join}` });
    this.node = this.model.nodes.get(this.node.id);
  }

  setWay(at, fields, join) {
    this.model.setWay(this.node.id, at, fields, { origin: "inspector", join: join && `${this.node.id} ${at} ${join}` });
    this.node = this.model.nodes.get(this.node.id);
  }

  // Its parts.

  labelled(label, control, hint, source) {
    const id = `part-${(this.names += 1)}`;
    control.id = id;
    if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
    return element(
      "div",
      { class: "field" },
      element("label", { for: id }, label),
      hint ? element("p", { class: "hint", id: `${id}-hint` }, hint) : "",
      source === undefined ? "" : this.sourceWords(source),
      control,
    );
  }

  sourceWords(text) {
    return element("blockquote", { class: "source-words", lang: this.sourceLanguage, dir: directionOf(this.sourceLanguage) }, text);
  }

  input(field, value, put, more = {}) {
    const control = element("input", { type: "text", autocomplete: "off", dir: "auto", value, "data-field": field, maxlength: TITLE_LIMIT, ...more });
    control.addEventListener("input", () => control.checkValidity() && put(control.value.replace(/\s+/g, " ")));
    return control;
  }

  area(value, put) {
    const control = element("textarea", { rows: 4, dir: "auto", "data-field": "text", maxlength: 20000, lang: this.language });
    control.value = value;
    control.addEventListener("input", () => put(control.value));
    return control;
  }

  drawing() {
    const { node } = this;
    const kind = element("select", { "data-field": "kind" }, ...Object.entries(this.kinds).map(([key, [words]]) => element("option", { value: key, selected: key === node.kind }, words)));
    kind.addEventListener("change", () => {
      this.model.pause();
      this.model.setKind(node.id, kind.value);
    });
    const parts = [
      this.findingList(),
      this.labelled(word("kind"), kind),
      this.labelled(word("title"), this.input("title", node.title ?? "", (title) => this.set({ title: title.trim() }, "title"), { lang: this.language })),
      this.labelled(word("text"), this.area(node.text ?? "", (text) => this.set({ text }, "text")), word("text_hint")),
    ];
    if (POINTING.has(node.kind)) parts.push(this.subject());
    if (QUESTIONS.has(node.kind)) parts.push(...this.asking());
    if (!END_KINDS.has(node.kind) || node.ways.length) parts.push(this.ways());
    return [...parts, this.naming(), this.deeds(true)];
  }

  subject() {
    const { node } = this;
    return picker({
      label: word(`subject_${node.kind}`),
      shown: node.subject ?? "",
      isNone: word("found_none"),
      find: async (words) => (await this.subjects(node.kind, words)).map(({ key, title }) => ({ value: key, words: title, note: key, shown: key, title })),
      take: (subject) => {
        this.model.pause();
        this.set({ subject });
      },
    }).place;
  }

  asking() {
    const { node } = this;
    const parts = [this.labelled(word("attribute"), this.input("attribute", node.attribute ?? "", (attribute) => this.set({ attribute: attribute.trim() }, "attribute"), { pattern: ATTRIBUTE, class: "code", spellcheck: "false", list: "known-facts", autocomplete: "off" }), word("attribute_hint"))];
    if (node.kind === "number") parts.push(this.labelled(word("unit"), this.input("unit", node.unit ?? "", (unit) => this.set({ unit: unit.trim() }, "unit"), { maxlength: 128 })));
    if (node.attribute || node.afresh) {
      const id = `part-${(this.names += 1)}`;
      const afresh = element("input", { type: "checkbox", id, checked: Boolean(node.afresh), "data-field": "afresh", onchange: () => this.set({ afresh: afresh.checked }) });
      parts.push(element("div", { class: "check" }, afresh, element("label", { for: id }, word("afresh"))));
    }
    return parts;
  }

  ways() {
    const { node } = this;
    const add = (fields, name) => element("button", { type: "button", class: "button button-small", "data-field": name, onclick: () => this.addWay(fields) }, icon("plus"), word(name));
    const deeds = [add({}, "add_way")];
    if (QUESTIONS.has(node.kind) && !node.ways.some(({ key }) => key === UNKNOWN)) deeds.push(add({ key: UNKNOWN }, "add_unknown"));
    return element("section", { class: "ways" }, element("h2", {}, word(node.kind === "choice" ? "answers" : "ways")), ...node.ways.map((way, at) => this.way(way, at)), element("div", { class: "row" }, ...deeds));
  }

  addWay(fields) {
    const { ways } = this.node;
    this.model.pause();
    this.set({ ways: [...ways, { text: "", target: "", ...fields }] });
    this.focus(`way-${ways.length}`);
  }

  wayName(way, at) {
    const known = { unknown: "way_unknown", done: "way_done", "could-not": "way_could_not", otherwise: "way_otherwise" }[way.key];
    return known ? word(known) : word("way", { n: at + 1 });
  }

  way(way, at) {
    const { node } = this;
    const last = node.ways.length - 1;
    const button = (name, symbol, deed, more = {}) => element("button", { type: "button", class: `tool${name === "way_up" ? " tool-up" : ""}`, title: word(name), "aria-label": `${word(name)}: ${way.text || this.wayName(way, at)}`, "data-field": `${name}-${at}`, onclick: deed, ...more }, icon(symbol));
    const head = element(
      "div",
      { class: "way-head" },
      element("strong", {}, this.wayName(way, at)),
      button("go_to", "eye", () => this.reveal(way.target), { disabled: !this.model.nodes.has(way.target) }),
      button("way_up", "chevron", () => this.swap(at, at - 1), { disabled: at === 0 }),
      button("way_down", "chevron", () => this.swap(at, at + 1), { disabled: at === last }),
      button("remove_way", "trash", () => this.removeWay(at)),
    );
    const parts = [head, this.labelled(word("way_words"), this.input(`way-${at}`, way.text ?? "", (text) => this.setWay(at, { text: text.trim() }, "text"), { lang: this.language })), this.target(way, at)];
    if (RANGED.has(node.kind) && way.key !== UNKNOWN) parts.push(this.range(way, at));
    if (node.kind === "decision") parts.push(conditionsOf(this, way, at));
    return element("fieldset", { class: "way" }, element("legend", { class: "visually-hidden" }, this.wayName(way, at)), ...parts);
  }

  target(way, at) {
    const { model } = this;
    const made = picker({
      label: word("way_target"),
      hint: at === 0 ? word("way_target_hint") : "",
      shown: way.target ? model.titleOf(way.target) || way.target : "",
      isNone: word("found_none"),
      find: (words) => this.steps(words),
      take: (target, typed) => {
        model.pause();
        if (target === null) this.leadToNew(at, typed);
        else if (target) model.connect(this.node.id, at, target);
        else this.setWay(at, { target: "" });
      },
    });
    made.input.dataset.field = `target-${at}`;
    return made.place;
  }

  leadToNew(at, title) {
    const { id } = this.node;
    const [x, y] = this.node.at;
    this.model.add({ title, at: [x + 40 * at, y + 220], from: { id, way: at } });
    this.model.select([id]);
  }

  steps(words) {
    const needle = words.toLocaleLowerCase();
    const found = [];
    for (const id of this.model.order) {
      const title = this.model.titleOf(id);
      if (`${title} ${id}`.toLocaleLowerCase().includes(needle)) found.push({ value: id, words: title || id, note: title ? id : "", icon: this.kinds[this.model.nodes.get(id).kind][1] });
      if (found.length >= FOUND) break;
    }
    if (words && !found.some((one) => one.words === words)) found.push({ value: null, words: word("make_new", { title: words }), shown: words, icon: "plus" });
    return found;
  }

  range(way, at) {
    const isDay = this.node.kind === "date";
    const pattern = isDay ? "\\s*|\\d{4}-\\d{2}-\\d{2}|today(\\s*[+\\-]\\s*\\d{1,5})?" : "\\s*|-?\\d+(\\.\\d+)?(e-?\\d+)?";
    const side = (name) => this.input(`${name}-${at}`, way[name] ?? "", (value) => this.setWay(at, { [name]: value.trim() }, name), { pattern, inputmode: isDay ? "text" : "decimal", maxlength: 40 });
    return element("div", {}, element("div", { class: "way-range" }, this.labelled(word("way_low"), side("low")), this.labelled(word("way_high"), side("high"))), isDay ? element("p", { class: "hint" }, word("way_day_hint")) : "");
  }

  swap(at, other) {
    const ways = [...this.node.ways];
    [ways[at], ways[other]] = [ways[other], ways[at]];
    this.model.pause();
    this.set({ ways });
    this.show();
    this.focus(`way-${other}`);
  }

  removeWay(at) {
    this.model.pause();
    this.set({ ways: this.node.ways.filter((_way, place) => place !== at) });
    this.focus(`way-${Math.max(0, at - 1)}`);
  }

  naming() {
    const { node } = this;
    const told = element("p", { class: "error", role: "alert", hidden: true });
    const name = element("input", { type: "text", class: "code", value: node.id, "data-field": "name", autocomplete: "off", spellcheck: "false", maxlength: 60 });
    name.addEventListener("change", () => {
      const wanted = name.value.trim();
      const fault = !NAME.test(wanted) ? "name_wrong" : wanted !== node.id && this.model.nodes.has(wanted) ? "name_taken" : "";
      told.hidden = !fault;
      told.textContent = fault ? word(fault) : "";
      name.setAttribute("aria-invalid", String(Boolean(fault)));
      if (!fault && wanted !== node.id) this.model.rename(node.id, wanted);
    });
    const field = this.labelled(word("name"), name, word("name_hint"));
    field.append(told);
    return field;
  }

  deeds(isOne) {
    const { model } = this;
    const button = (name, symbol, deed, look = "") => element("button", { type: "button", class: `button button-small ${look}`, onclick: deed }, icon(symbol), word(name));
    const isStart = isOne && model.first === this.node;
    const start = !isOne ? "" : isStart ? element("p", { class: "note" }, word("is_start")) : button("make_start", "home", () => model.change({ start: this.node.id }));
    return element("div", { class: "row step-deeds" }, start, button("duplicate", "plus", this.duplicate), button("delete", "trash", this.remove, "button-danger"));
  }

  // A translation.

  translating() {
    const { node } = this;
    const source = this.source.get(node.id);
    const parts = [
      this.findingList(),
      element("p", { class: "note" }, `${this.kinds[node.kind][0]} · ${word("fixed")}`),
      this.labelled(word("title"), this.input("title", node.title ?? "", (title) => this.set({ title: title.trim() }, "title"), { lang: this.language }), "", source?.title ?? ""),
      this.labelled(word("text"), this.area(node.text ?? "", (text) => this.set({ text }, "text")), "", source?.text ?? ""),
    ];
    node.ways.forEach((way, at) => {
      const theirs = source?.ways.find(({ key }) => key === way.key);
      parts.push(this.labelled(this.wayName(way, at), this.input(`way-${at}`, way.text ?? "", (text) => this.setWay(at, { text: text.trim() }, "text"), { lang: this.language }), "", theirs?.text ?? ""));
    });
    return parts;
  }

  // What is wrong with it.

  findingList() {
    this.found = element("ul", { class: "problems step-problems" });
    return this.found;
  }

  showFindings() {
    if (!this.node || !this.found) return;
    const here = this.model.findings.filter((one) => one.node === this.node.id);
    this.found.replaceChildren(...here.map(({ is_error, text }) => element("li", { class: is_error ? "is-error" : "is-warning" }, icon("warning"), element("span", {}, text))));
  }
}
