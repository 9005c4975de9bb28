// Steps on the clipboard: their titles as text and, for another drawing, what they are. What comes back may be anything.
import { LIMIT, NAME } from "./kinds.js";

const PARTS = "application/x-kalauz-steps";
const FIELDS = ["title", "text", "subject", "attribute", "unit"];
const WAY_FIELDS = ["key", "text", "target", "low", "high"];

export function putParts(clipboard, nodes) {
  clipboard.setData(PARTS, JSON.stringify(nodes));
  clipboard.setData("text/plain", nodes.map((node) => node.title || node.id).join("\n"));
}

/** The steps that lie there, as far as they are steps: [] where it is something else. */
export function partsOn(clipboard, kinds) {
  let found;
  try {
    found = JSON.parse(clipboard.getData(PARTS) || "[]");
  } catch {
    return [];
  }
  return Array.isArray(found) ? found.map((one) => stepOf(one, kinds)).filter(Boolean) : [];
}

function stepOf(one, kinds) {
  const { id, kind, at, ways, afresh } = one ?? {};
  if (typeof id !== "string" || !NAME.test(id) || !Object.hasOwn(kinds, kind)) return null;
  if (!Array.isArray(at) || at.length !== 2 || !at.every((side) => Number.isFinite(side) && Math.abs(side) <= LIMIT)) return null;
  if (!Array.isArray(ways)) return null;
  return { id, kind, at, ...wordsOf(one, FIELDS), ...(afresh === true && { afresh }), ways: ways.filter(Boolean).map(wayOf) };
}

function wayOf(way) {
  const when = Array.isArray(way.when) ? way.when.filter((one) => one && Array.isArray(one.values)) : [];
  const kept = when.map(({ attribute, relation, values }) => ({ attribute: String(attribute), relation: String(relation), values: values.map(String) }));
  return { text: "", target: "", ...wordsOf(way, WAY_FIELDS), ...(kept.length && { when: kept }) };
}

function wordsOf(one, names) {
  return Object.fromEntries(names.filter((name) => typeof one[name] === "string").map((name) => [name, one[name]]));
}
