/* Tries a guide out while it is drawn, as the real player would show it: templates/authoring/_guide_trial.html.

   const trial = openTrial(panel, () => tree, (node) => ...);

   panel: the section; getTree gives the tree as plain data; select(node) shows a step in the editor. After each step the
   panel sends the event "trial" with detail { node, path: [{ node, way, ... }] }: where the run is, and the steps it came
   past, for the editor to mark; on closing with an empty path. `trial.refresh()` plays the same answers on the changed
   tree. */

/** Opens the panel and plays from the start; the same panel is opened again as it was left. */
export function openTrial(panel, getTree, select) {
  const trial = opened.get(panel) ?? new Trial(panel, getTree, select);
  opened.set(panel, trial);
  panel.hidden = false;
  trial.refresh({ focus: true });
  return trial;
}

const opened = new WeakMap();
const isTyping = (element) => element.matches("input, textarea, select");

class Trial {
  constructor(panel, getTree, select) {
    Object.assign(this, { panel, getTree, select, answers: [], facts: {}, node: "", turn: 0 });
    this.words = JSON.parse(panel.dataset.words);
    const deeds = { back: () => this.back(), restart: () => this.restart(), close: () => this.close(), open: () => this.open() };
    for (const button of panel.querySelectorAll("[data-do]")) button.addEventListener("click", deeds[button.dataset.do]);
    this.part("typed").addEventListener("submit", (event) => this.typed(event));
    this.part("fact").addEventListener("submit", (event) => this.setFact(event));
    panel.addEventListener("keydown", (event) => this.key(event));
  }

  part(name) {
    return this.panel.querySelector(`[data-part="${name}"]`);
  }

  copy(name) {
    return this.part(name).content.firstElementChild.cloneNode(true);
  }

  // What a person does.

  answer(value) {
    return this.play([...this.answers, { step: this.step.id, value }], { focus: true });
  }

  back() {
    return this.play(this.answers.slice(0, -1), { focus: true });
  }

  restart() {
    return this.play([], { focus: true });
  }

  refresh(options) {
    return this.play(this.answers, options);
  }

  close() {
    this.turn += 1;
    this.panel.hidden = true;
    this.tell("", []);
  }

  open() {
    if (this.node) this.select(this.node);
  }

  typed(event) {
    event.preventDefault();
    const value = this.part("value").value.trim();
    if (value) this.answer(value);
  }

  setFact(event) {
    event.preventDefault();
    const { attribute, value } = event.target.elements;
    this.facts = { ...this.facts, [attribute.value.trim()]: value.value.trim() };
    event.target.reset();
    attribute.focus();
    this.refresh();
  }

  forget(attribute) {
    this.facts = Object.fromEntries(Object.entries(this.facts).filter(([name]) => name !== attribute));
    this.part("fact").elements.attribute.focus();
    this.refresh();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") this.close();
    else if (isTyping(event.target)) return;
    else if (event.key === "Backspace") this.back();
    else if (event.key === "e" || event.key === "E") this.open();
    else {
      const chosen = this.panel.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!chosen) return;
      chosen.click();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // Asking the server, and showing what it says.

  async play(answers, { focus = false } = {}) {
    const turn = (this.turn += 1);
    const tree = this.getTree();
    this.showFacts(tree);
    if (!tree.nodes?.length) return this.refuse(this.words.empty);
    const { address, key, language, csrf } = this.panel.dataset;
    const body = JSON.stringify({ tree, answers, facts: this.facts, key, language });
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf };
    const response = await fetch(address, { method: "POST", headers, body }).catch(() => null);
    const told = await response?.json().catch(() => null);
    if (turn !== this.turn) return undefined; // a later one was sent meanwhile
    if (!response?.ok || !told) return this.refuse(refusal(told) || this.words.down);
    this.answers = told.answers.map(({ step, value }) => ({ step, value }));
    Object.assign(this, { step: told.step, node: told.node });
    this.say(told.lost ? this.words.lost : "");
    this.showStep(told);
    this.showPath(told);
    this.tell(told.node, told.path);
    if (focus) this.settle();
    return undefined;
  }

  refuse(sentence) {
    this.say(sentence);
    this.part("step").hidden = this.step === undefined;
  }

  say(sentence) {
    const problem = this.part("problem");
    problem.hidden = !sentence;
    problem.textContent = sentence;
  }

  tell(node, path) {
    this.panel.dispatchEvent(new CustomEvent("trial", { bubbles: true, detail: { node, path } }));
  }

  showStep({ step, answers }) {
    this.part("step").hidden = false;
    this.part("kind").textContent = this.words[step.kind === "handover" ? "handover" : step.type];
    const best = step.type === "outcome" ? step.proposals[0] : undefined;
    this.part("title").textContent = step.type === "question" ? step.text : best?.title ?? "";
    // The server made it of Markdown and cleaned it, as for every reader.
    this.part("html").innerHTML = best ? best.html : step.html;
    this.part("why").replaceChildren(...step.why.map(({ text }) => made("li", text)));
    this.panel.querySelector("[data-do=back]").disabled = answers.length === 0;
    const several = step.kind === "several";
    const options = step.type === "instruction"
      ? [{ key: true, text: this.words.done }, { key: false, text: this.words.failed }]
      : step.options;
    this.part("options").replaceChildren(...options.map(({ key, text }, at) => this.option(several ? [key] : key, text, at < 9 ? at + 1 : "")));
    const unknown = [];
    if (several) unknown.push(this.option([], this.words.several, ""));
    if (step.dont_know) unknown.push(this.option(null, step.dont_know_text || this.words.unknown, 0));
    this.part("unknown").replaceChildren(...unknown);
    const isTyped = step.type === "question" && ["number", "date", "text"].includes(step.kind);
    this.part("typed").hidden = !isTyped;
    this.part("unit").textContent = step.unit;
    const field = this.part("value");
    field.value = "";
    field.type = step.kind === "date" ? "date" : "text";
    field.inputMode = step.kind === "number" ? "decimal" : "text";
  }

  option(value, text, digit) {
    const button = this.copy("option");
    button.querySelector("kbd").textContent = digit;
    button.querySelector("kbd").hidden = digit === "";
    button.querySelector("span").textContent = text;
    if (digit !== "") button.dataset.key = digit;
    button.addEventListener("click", () => this.answer(value));
    return button;
  }

  showPath({ path }) {
    const lines = path.map(({ node, title, answer }, at) => {
      const line = this.copy("passed");
      const button = line.querySelector("button");
      button.textContent = title || node;
      button.addEventListener("click", () => this.select(node));
      if (at === path.length - 1) button.setAttribute("aria-current", "step");
      line.querySelector("span").textContent = answer;
      return line;
    });
    this.part("path").replaceChildren(...lines);
  }

  showFacts(tree) {
    const names = new Set((tree.nodes ?? []).flatMap((node) => [node.attribute, ...(node.ways ?? []).flatMap((way) => (way.when ?? []).map((one) => one.attribute))]));
    names.delete(undefined);
    const choices = [...names].sort().map((name) => Object.assign(document.createElement("option"), { value: name }));
    this.panel.querySelector("datalist").replaceChildren(...choices);
    const known = Object.entries(this.facts);
    const lines = known.map(([name, value]) => {
      const line = this.copy("known-fact");
      line.querySelector("code").textContent = name;
      line.querySelector("span").textContent = value;
      line.querySelector("button").addEventListener("click", () => this.forget(name));
      return line;
    });
    this.part("facts").replaceChildren(...lines);
    this.part("known").hidden = known.length === 0;
    this.part("known").textContent = known.length;
  }

  settle() {
    const heading = this.part("title").textContent ? this.part("title") : this.part("kind");
    (this.part("typed").hidden ? heading : this.part("value")).focus({ preventScroll: true });
  }
}

function made(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}

/** What the server says against it, with its reasons. */
function refusal(told) {
  if (!told) return "";
  const reasons = Object.values(told.fields ?? told.errors ?? {}).map((one) => (typeof one === "string" ? one : one.message ?? ""));
  return [told.detail || told.title || "", ...reasons].filter(Boolean).join(" ");
}
