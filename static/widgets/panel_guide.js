// Guided help beside a contact: questions are answered by digits, what was answered becomes known of the contact, and
// the run stays with it, so that whoever takes it next sees the path.
import { Lost, Refused, api, attempt, made, words } from "./panel_io.js";

const UNKNOWN_KEY = "0";

export function guide(contact, { learned, solved }) {
  const place = document.querySelector("#player");
  let run = null;
  let step = null;

  const later = (path, body) => attempt(async () => show(await api("POST", `/runs/${run.id}${path}`, body)));

  async function begin(kind, key, text) {
    await attempt(async () => {
      const told = await api("POST", "/runs", {
        [kind]: key,
        text,
        facts: kind === "case_type" ? await contact.factsOf(key) : {},
        language: contact.language || undefined,
        answerer: "agent",
      });
      if (contact.own) await contact.change({ run_id: told.run.id });
      contact.run = told.run.id;
      show(told);
    });
  }

  async function resume(id) {
    try {
      show(await api("GET", `/runs/${id}`));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Lost)) throw error; // it is forgotten, or somebody else's: the contact has what it found
    }
  }

  async function answer(value) {
    const asked = step;
    const isFact = run.case_type && asked.type === "question" && value !== null;
    await later("/answers", { step: asked.id, value });
    if (isFact && contact.own) await learned({ [asked.id]: value });
  }

  function button(text, key, act, tone = "") {
    const made_ = made("button", { type: "button", class: `button ${tone}`, "data-digit": key }, key ? made("kbd", {}, key) : "", " ", text);
    made_.addEventListener("click", act);
    return made_;
  }

  function options() {
    if (step.type === "instruction") {
      return [button(words.done, "1", () => answer(true), "button-primary"), button(words.could_not, "2", () => answer(false))];
    }
    if (step.type !== "question") return [];
    const unknown = button(step.dont_know_text || words.unknown, UNKNOWN_KEY, () => answer(null), "button-quiet");
    if (step.kind === "choice") {
      return [...step.options.map((one, at) => button(one.text, at < 9 ? String(at + 1) : "", () => answer(one.key))), unknown];
    }
    return [typed(), unknown];
  }

  function typed() {
    const several = step.kind === "several";
    const form = made("form", { class: "panel-typed" });
    if (several) {
      step.options.forEach((one, at) => form.append(made("label", { class: "check" }, made("input", { type: "checkbox", name: "one", value: one.key, "data-digit": at < 9 ? String(at + 1) : null }), ` ${one.text}`)));
    } else {
      const type = { number: "number", date: "date" }[step.kind] ?? "text";
      form.append(made("input", { type, name: "one", step: type === "number" ? "any" : null, required: true, "aria-labelledby": "player-title" }), step.unit ? ` ${step.unit}` : "");
    }
    form.append(" ", made("button", { class: "button button-primary" }, words.send));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = new FormData(form).getAll("one");
      answer(several ? given : step.kind === "number" ? Number(given[0]) : given[0]);
    });
    return form;
  }

  function proposals() {
    return step.proposals.map((one, at) => {
      const body = made("div", { class: "prose" });
      body.innerHTML = one.html; // sanitised by the server
      const chance = one.chance === null ? "" : made("span", { class: "panel-score" }, `${Math.round(100 * one.chance)} %`);
      const helped = button(words.solved, at < 9 ? String(at + 1) : "", () => finish("worked", one), "button-small");
      return made("li", {}, made("strong", {}, chance, " ", one.title), body, helped);
    });
  }

  async function finish(verdict, proposal) {
    const isDone = await later("/finish", { verdict, proposal: proposal?.id ?? "" });
    if (isDone && verdict === "worked") solved("guide", run.guide ?? proposal?.id ?? run.id, proposal?.title ?? run.title);
  }

  function show(told) {
    ({ run, step } = told);
    const title = made("h2", { id: "player-title", tabindex: "-1" });
    title.textContent = step.text;
    const body = made("div", { class: "prose" });
    if (step.html && step.type !== "question") body.innerHTML = step.html; // sanitised by the server
    const ways = made("p", { class: "panel-options" }, ...options());
    const found = proposals();
    const list = found.length ? made("ol", { class: "panel-proposals" }, ...found) : "";
    const below = made("p", { class: "meta" });
    if (run.answers.length) below.append(button(words.back, "", () => later("/back", {}), "button-small button-quiet"));
    if (step.type === "outcome" && !run.verdict) below.append(button(words.failed, "", () => finish("failed"), "button-small button-quiet"));
    const path = made("ol", { class: "panel-path note" }, ...run.answers.map((one) => made("li", {}, `${one.question}: ${one.text}`)));
    place.replaceChildren(made("p", { class: "note" }, run.title), title, body, ways, list, below, path);
    place.hidden = false;
    title.hidden = !step.text; // an outcome has none but that of what it proposes
    (step.text ? title : place).focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  }

  // A digit, where no field has the focus. Says whether there was something to choose.
  function digit(key) {
    const chosen = place.hidden ? null : place.querySelector(`[data-digit="${CSS.escape(key)}"]`);
    chosen?.click();
    return Boolean(chosen);
  }

  if (contact.run) resume(contact.run);
  return { begin, digit };
}
