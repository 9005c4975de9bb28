// What kinds of steps there are, as cbr/trees/tree.py has them: which ask, which end, how their ways are called.

export const QUESTIONS = new Set(["choice", "number", "date", "text"]);
export const RANGED = new Set(["number", "date"]);
export const POINTING = new Set(["guide", "cases", "article"]);
export const END_KINDS = new Set(["outcome", "escalate"]);
export const UNKNOWN = "unknown";
/** What a step can be called. */
export const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,59}$/u;
/** So far out steps may stand, in pixels. */
export const LIMIT = 10_000_000;

/** What a way is called that nobody named, after those before it: as `usual_key` of the server. */
export function usualKey(kind, target, taken) {
  let wanted = target || "way";
  if ((kind === "instruction" || kind === "article") && taken.length < 2) wanted = ["done", "could-not"][taken.length];
  else if ((kind === "guide" || kind === "cases") && !taken.includes("otherwise")) wanted = "otherwise";
  let found = wanted;
  for (let number = 2; taken.includes(found); number += 1) found = `${wanted}-${number}`;
  return found;
}
