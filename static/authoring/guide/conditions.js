// The conditions of a way of a decision, one line each: a fact, how it is looked at, and with what.
import { element, icon, word } from "../page.js";
import { UNKNOWN } from "./kinds.js";

const ALONE = new Set(["known", "unknown"]);
const COMPARING = new Set(["at-least", "below"]);
const NAME = "[^\\s()<>\\[\\]\"|;:]{1,128}";

/** Gives what a fact can be, as [value, words]: what kinds of cases know of it, and the answers of steps that ask for it. */
export function valuesIn(model, known) {
  return (fact) => {
    const found = new Map(known.get(fact));
    for (const { kind, attribute, ways } of model.nodes.values()) {
      if (!fact || attribute !== fact || kind !== "choice") continue;
      for (const { key, text } of ways) if (key && key !== UNKNOWN && !found.has(key)) found.set(key, text);
    }
    return [...found];
  };
}

/** What can stand in the field next: each value behind those that are finished with a |. */
function suggestions(values, typed) {
  const done = typed.split("|").slice(0, -1).map((value) => value.trim()).filter(Boolean);
  const before = done.map((value) => `${value} | `).join("");
  return values.filter(([value]) => !done.includes(value)).map(([value, words]) => element("option", { value: before + value }, words));
}

/** The conditions of one way, to be changed. A line that is not finished is kept here until it is. */
export function conditionsOf(inspector, way, at) {
  const lines = (way.when ?? []).map((one) => ({ ...one, values: [...(one.values ?? [])] }));
  const place = element("div", { class: "conditions", role: "group", "aria-label": word("conditions") });

  const isDone = ({ attribute, relation, values }) => attribute && (ALONE.has(relation) || values.length > 0);
  const put = (join) => {
    const when = lines.filter(isDone).map(({ attribute, relation, values }) => ({ attribute, relation, values: ALONE.has(relation) ? [] : COMPARING.has(relation) ? values.slice(0, 1) : values }));
    inspector.setWay(at, { when }, join);
  };

  const line = (one, number) => {
    const name = (field) => `when-${at}-${number}-${field}`;
    const fact = element("input", { type: "text", class: "code", value: one.attribute, pattern: NAME, "aria-label": word("condition_fact"), placeholder: word("condition_fact"), "data-field": name("fact"), list: "known-facts", autocomplete: "off", spellcheck: "false" });
    const relation = element("select", { "aria-label": word("condition_relation"), "data-field": name("relation") }, ...Object.entries(inspector.relations).map(([key, words]) => element("option", { value: key, selected: key === one.relation }, words)));
    const values = element("input", { type: "text", value: one.values.join(" | "), "aria-label": word("condition_values"), title: word("condition_values_hint"), placeholder: word("condition_values"), "data-field": name("values"), autocomplete: "off", hidden: ALONE.has(one.relation) });
    fact.addEventListener("input", () => fact.checkValidity() && ((one.attribute = fact.value.trim()), put(name("fact"))));
    relation.addEventListener("change", () => {
      one.relation = relation.value;
      values.hidden = ALONE.has(one.relation);
      put();
    });
    const suggested = element("datalist", { id: name("suggested") });
    values.setAttribute("list", suggested.id);
    const suggest = () => suggested.replaceChildren(...(COMPARING.has(one.relation) ? [] : suggestions(inspector.valuesOf(one.attribute), values.value)));
    values.addEventListener("focus", suggest);
    values.addEventListener("input", () => {
      one.values = values.value.split("|").map((value) => value.trim()).filter(Boolean);
      put(name("values"));
      suggest();
    });
    const remove = element("button", { type: "button", class: "tool", title: word("remove_condition"), "aria-label": word("remove_condition"), onclick: () => (lines.splice(lines.indexOf(one), 1), put(), show()) }, icon("close"));
    return element("div", { class: "condition" }, fact, relation, values, remove, suggested);
  };

  const add = element("button", { type: "button", class: "button button-small button-quiet", onclick: () => (lines.push({ attribute: "", relation: "is", values: [] }), show(), place.querySelector(".condition:last-of-type input")?.focus()) }, icon("plus"), word("add_condition"));
  const show = () => place.replaceChildren(element("p", { class: "hint" }, word(lines.length ? "conditions" : "always")), ...lines.map(line), add);
  show();
  return place;
}
