/* The page where a guide is drawn: templates/authoring/guide_editor.html. This joins its parts; each has a file beside it.

   #desk: data-check, data-tidy, data-subjects (addresses), data-kinds {kind: [words, symbol]}, data-relations, data-figures
   {node: {way: [taken, left, solved]}}, data-values {fact: [[value, words]]}, data-source (of a translation: the tree of its source).
   #edit is the form of the text editor with the tree as JSON in the field "tree" in place of "body". */

import { startAutosave } from "../autosave.js";
import { ask, word } from "../page.js";
import { Canvas } from "./canvas.js";
import { partsOn, putParts } from "./clipboard.js";
import { valuesIn } from "./conditions.js";
import { WIDTH } from "./geometry.js";
import { Inspector } from "./inspector.js";
import { startKeys } from "./keys.js";
import { Model } from "./model.js";
import { Outline } from "./outline.js";
import { startPointing } from "./pointing.js";
import { Problems } from "./problems.js";
import { startTabs } from "./tabs.js";
import { openTrial } from "./trial.js";

const SHIFT = 40; // where copies stand beside what they were made of
const BELOW = 200; // a new step stands so far below the one before, or beside others that stand there
const ASIDE = 280;
const ROOM = 100;

class Desk {
  desk = document.querySelector("#desk");
  form = document.querySelector("#edit");
  field = document.querySelector("#tree");

  start() {
    const { desk, form } = this;
    desk.hidden = false;
    document.body.classList.add("is-drawing");
    this.kinds = JSON.parse(desk.dataset.kinds);
    const source = desk.dataset.source ? JSON.parse(desk.dataset.source) : null;
    const model = new Model(JSON.parse(this.field.value), { isFixed: Boolean(source) });
    this.model = model;
    model.source = source && new Map(source.nodes.map((node) => [node.id, { ways: [], ...node }]));
    this.intro();
    // The tree is written into the form when somebody asks for its fields, and not at every key.
    form.addEventListener("formdata", ({ formData }) => formData.set("tree", model.json()));

    const find = (id) => document.querySelector(id);
    const edit = () => this.edit();
    const say = (name, values) => (find("#said").textContent = word(name, values));
    this.say = say;
    this.canvas = new Canvas(model, { place: find("#canvas"), icons: form.dataset.icons, kinds: this.kinds, figures: withMost(JSON.parse(desk.dataset.figures)) });
    this.canvas.onView = ({ scale }) => this.viewed(scale);
    startPointing(this.canvas, { edit, say });
    this.outline = new Outline(model, { place: find("#outline"), count: find("#outline-count"), kinds: this.kinds, edit, insert: (id) => this.insert(id), remove: () => this.remove() });
    this.inspector = new Inspector(model, {
      place: find("#inspector"),
      kinds: this.kinds,
      relations: JSON.parse(desk.dataset.relations),
      valuesOf: valuesIn(model, new Map(Object.entries(JSON.parse(desk.dataset.values)))),
      subjects: (kind, words) => this.subjects(kind, words),
      source: model.source,
      language: form.dataset.language,
      sourceLanguage: desk.dataset.sourceLanguage,
      duplicate: () => this.duplicate(),
      remove: () => this.remove(),
      reveal: (id) => this.go(id),
    });
    this.tabs = startTabs(find(".draw-tabs"), (name) => this.opened(name));
    this.problems = new Problems(model, { address: desk.dataset.check, csrf: form.dataset.csrf, list: find("#problems"), state: find("#problem-state"), count: find("#problem-count"), go: (id, way) => this.go(id, way) });
    this.buildTools();
    startKeys(this);
    model.addEventListener("change", () => this.changed());
    model.addEventListener("select", ({ detail }) => this.selected(detail));
    find("#trial").addEventListener("trial", ({ detail }) => this.tried(detail));
    for (const button of document.querySelectorAll("[data-go]")) button.addEventListener("click", () => this.go(button.dataset.go));
    find("#find-step").addEventListener("input", ({ target }) => this.outline.search(target.value));
    find("#find-step").addEventListener("keydown", (event) => this.searchKey(event));
    this.saver = startAutosave(desk, () => this.replaced());
    if (model.first) model.select([model.first.id], { isQuiet: true });
    this.viewed(this.canvas.view.scale);
    if (form.querySelector("[aria-invalid=true]")) this.tabs.open("guide");
    find("#nothing").hidden = model.order.length > 0;
    form.dataset.ready = "";
  }

  intro() {
    const field = document.querySelector("#intro");
    field.value = this.model.intro;
    field.addEventListener("input", () => this.model.change({ intro: field.value }, { join: "intro", origin: "inspector" }));
  }

  // Changes, and what follows from them.

  changed() {
    this.field.dispatchEvent(new Event("input", { bubbles: true })); // the autosave listens to the form
    document.querySelector("#nothing").hidden = this.model.order.length > 0;
    this.enable();
    if (this.tabs.current === "try") this.trySoon();
  }

  trySoon() {
    clearTimeout(this.trying);
    this.trying = setTimeout(() => this.trial?.refresh(), 600);
  }

  selected({ isNew, isQuiet }) {
    const { one } = this.model;
    if (one && !isQuiet) {
      this.canvas.reveal(one.id);
      if (this.tabs.current !== "try" || isNew) this.tabs.open("step");
    }
    this.enable();
  }

  /** A copy of this browser took the place of what the server had. */
  replaced() {
    this.model.reload(JSON.parse(this.field.value));
    this.canvas.measureAll();
    this.canvas.refresh();
    document.querySelector("#intro").value = this.model.intro;
  }

  opened(name) {
    if (name === "try") this.trial = openTrial(document.querySelector("#trial"), () => this.model.toPlain(), (id) => this.go(id));
    else if (this.model.trail.size) this.model.setTrail({ node: "", path: [] });
  }

  tried({ node, path }) {
    this.model.setTrail({ node, path });
    if (node) this.canvas.reveal(node);
    if (!path.length && document.querySelector("#trial").hidden) this.tabs.open("step");
  }

  // Deeds.

  edit() {
    this.tabs.open("step");
    this.inspector.focus();
  }

  go(id, way) {
    if (!this.model.nodes.has(id)) return;
    this.tabs.open("step");
    this.model.select([id]);
    this.canvas.reveal(id, { isCentred: true });
    const at = way ? this.model.nodes.get(id).ways.findIndex(({ key }) => key === way) : -1;
    this.inspector.focus(at >= 0 ? `way-${at}` : "title");
  }

  /** A new step: below the one that is chosen, with a way to it; else in the middle of what is in view. */
  insert(id = this.model.one?.id) {
    if (this.model.isFixed) return;
    const from = this.model.nodes.get(id);
    if (!from) {
      const { canvas } = this;
      const spot = canvas.width ? canvas.toWorld([canvas.width / 2, canvas.height / 2]) : [0, 0];
      this.model.add({ at: [spot[0] - 110, spot[1] - 40], kind: this.model.order.length ? "outcome" : "choice" });
    } else {
      const open = from.ways.findIndex(({ target }) => !target);
      this.model.add({ at: this.freeSpot(from), from: { id, way: open } });
    }
    this.say("added", { title: "" });
    this.edit();
  }

  freeSpot({ at: [x, y], ways }) {
    let spot = [x, y + Math.max(BELOW, 120 + 22 * ways.length)];
    while (this.canvas.within({ left: spot[0], top: spot[1], right: spot[0] + WIDTH, bottom: spot[1] + ROOM }).length) spot = [spot[0] + ASIDE, spot[1]];
    return spot;
  }

  remove() {
    const n = this.model.remove(this.model.chosen);
    if (n) this.say("deleted", { n });
  }

  parts() {
    return [...this.model.chosen].map((id) => this.model.nodes.get(id)).filter(Boolean);
  }

  duplicate() {
    this.put(this.parts());
  }

  copy(event, isCut) {
    const parts = this.parts();
    if (!parts.length) return;
    putParts(event.clipboardData, parts);
    event.preventDefault();
    this.say("copied", { n: parts.length });
    if (isCut) this.remove();
  }

  paste(event) {
    const parts = partsOn(event.clipboardData, this.kinds);
    if (!parts.length) return;
    event.preventDefault();
    this.put(parts);
  }

  /** Copies, beside what they were made of and beside earlier copies. */
  put(parts) {
    const taken = new Set([...this.model.nodes.values()].map(({ at }) => String(at)));
    let shift = SHIFT;
    while (parts.some(({ at }) => taken.has(String(at.map((side) => side + shift))))) shift += SHIFT;
    const made = this.model.put(parts, shift);
    if (!made.length) return;
    this.canvas.reveal(made[0]);
    this.say("pasted", { n: made.length });
  }

  undo() {
    if (this.model.undo()) this.say("undone");
  }

  redo() {
    if (this.model.redo()) this.say("redone");
  }

  async tidy() {
    const { dataset } = this.form;
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": dataset.csrf };
    const told = await ask(this.desk.dataset.tidy, undefined, { method: "POST", headers, body: `{"tree":${this.model.json()}}` }).catch(() => null);
    if (!told) {
      this.say("failed");
      return;
    }
    const moved = Object.entries(told.places).filter(([id]) => this.model.nodes.has(id));
    this.model.change({ nodes: new Map(moved.map(([id, at]) => [id, { ...this.model.nodes.get(id), at }])) });
    this.canvas.fit();
    this.say("tidied");
  }

  async subjects(kind, words) {
    const address = `${this.desk.dataset.subjects}?${new URLSearchParams({ kind, q: words })}`;
    return ask(address).catch(() => []);
  }

  // The bar above the canvas, and the search.

  buildTools() {
    const { canvas } = this;
    const deeds = {
      add: () => this.insert(),
      tidy: () => this.tidy(),
      undo: () => this.undo(),
      redo: () => this.redo(),
      in: () => canvas.zoom(canvas.view.scale * 1.25),
      out: () => canvas.zoom(canvas.view.scale / 1.25),
      whole: () => canvas.zoom(1),
      fit: () => canvas.fit(),
    };
    for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", deeds[button.dataset.tool]);
    const show = document.querySelector("#show-canvas");
    show.addEventListener("click", () => show.setAttribute("aria-pressed", String(this.desk.classList.toggle("is-canvas"))));
    this.enable();
  }

  enable() {
    for (const [name, entries] of [["undo", this.model.done], ["redo", this.model.undone]]) document.querySelector(`[data-tool=${name}]`).disabled = !entries.length;
  }

  viewed(scale) {
    document.querySelector("#scale").textContent = `${Math.round(scale * 100)} %`;
  }

  searchKey(event) {
    if (event.key === "Escape") {
      event.target.value = "";
      this.outline.search("");
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      this.outline.settle();
      this.outline.activate(Math.max(0, this.outline.at));
      this.outline.place.focus();
    } else return;
    event.preventDefault();
  }
}

function withMost(figures) {
  const counts = Object.values(figures).flatMap((ways) => Object.values(ways).map(([taken]) => taken));
  if (!counts.length) return null;
  return Object.defineProperty(figures, "most", { value: Math.max(...counts), enumerable: false });
}

if (document.querySelector("#desk")) new Desk().start();
