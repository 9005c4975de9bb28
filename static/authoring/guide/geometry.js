// Where boxes, their ways and the arrows are, in pixels of the canvas. Nothing here draws.

export const WIDTH = 220;
export const HEAD = 26;
export const LINE = 18;
export const WAY = 22;
const LETTERS = 29;
const MOST_LINES = 2;
const FOOT = 8;
const OUT = 12;
const APART = 5; // between lines that leave a box on the same side
const FAR = 130; // down to a box before which others can stand
const BEND = 50;
const MOST_LANES = 24;
const CELL = 260;
const TALLEST = 600;

/** A title as lines that fit into a box. */
export function linesOf(title) {
  const lines = [];
  let line = "";
  for (const word of title.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (longer.length <= LETTERS) line = longer;
    else {
      if (line) lines.push(line);
      line = word;
    }
    if (lines.length === MOST_LINES) break;
  }
  if (lines.length < MOST_LINES && line) lines.push(line);
  const shown = lines.map((one) => (one.length > LETTERS ? `${one.slice(0, LETTERS - 1)}…` : one));
  if (shown.join(" ").replaceAll("…", "").length < title.replaceAll("…", "").length && shown.length && !shown.at(-1).endsWith("…")) shown.push(`${shown.pop().slice(0, LETTERS - 2)}…`);
  return shown;
}

export function cut(text, letters) {
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}

export function heightOf(node, lines, hasNote) {
  return HEAD + LINE * Math.max(1, lines) + FOOT + (hasNote ? LINE - 2 : 0) + WAY * node.ways.length;
}

/** The middle of a way's row, from the top of its box. */
export function rowOf(box, at) {
  return box.height - FOOT / 2 - WAY * (box.ways - at) + WAY / 2;
}

/**
 * An arrow from a way of one box to another box: its path.
 *
 * Out at the side, down beside the box, and on to the top of the next; past boxes between them along a free lane.
 * blocked(x, top, bottom): the box that stands in the way there, if any.
 */
export function arrow(from, at, to, blocked) {
  const down = from.y + rowOf(from, at);
  const side = to.x >= from.x ? 1 : -1;
  const x = side > 0 ? from.x + WIDTH : from.x;
  if (to.y <= from.bottom + 12) return around(x, down, side, at, from, to);
  const lane = x + side * (OUT + APART * (from.ways - 1 - at));
  const tip = to.x + WIDTH / 2;
  const begins = `M${x} ${down}Q${lane} ${down} ${lane} ${down + 8}V${from.bottom}`;
  if (to.y - from.bottom < FAR) {
    const middle = (from.bottom + to.y) / 2;
    return `${begins}C${lane} ${middle} ${tip} ${middle} ${tip} ${to.y - 2}`;
  }
  const [top, bottom] = [from.bottom + BEND, to.y - BEND];
  const free = freeLane(lane, tip, top, bottom, blocked);
  const turn = BEND / 2;
  return `${begins}C${lane} ${top - turn} ${free} ${top - turn} ${free} ${top}V${bottom}C${free} ${bottom + turn} ${tip} ${bottom + turn} ${tip} ${to.y - 2}`;
}

/** Where one can go straight down, with the least way aside. */
function freeLane(lane, tip, top, bottom, blocked) {
  const waiting = [tip, lane];
  const free = [];
  for (let tried = 0; waiting.length && tried < MOST_LANES; tried += 1) {
    const x = waiting.shift();
    const box = blocked(x, top, bottom);
    if (!box) free.push(x);
    else for (const next of [box.left - OUT, box.right + OUT]) if (!waiting.includes(next)) waiting.push(next);
    if (free.length && tried > 2) break;
  }
  const detour = (x) => Math.abs(x - lane) + Math.abs(x - tip);
  return free.length ? free.reduce((best, x) => (detour(x) < detour(best) ? x : best)) : tip;
}

/** Back up, or to a step beside it: from side to side. */
function around(x, down, side, at, from, to) {
  const end = to.y + HEAD / 2;
  if (Math.abs(to.x - from.x) > WIDTH + OUT) {
    const near = side > 0 ? to.x : to.x + WIDTH;
    const half = (x + near) / 2;
    return `M${x} ${down}C${half} ${down} ${half} ${end} ${near - 2 * side} ${end}`;
  }
  const tip = side > 0 ? to.x + WIDTH : to.x;
  const out = side > 0 ? Math.max(x, tip) + OUT + APART * (at + 1) : Math.min(x, tip) - OUT - APART * (at + 1);
  return `M${x} ${down}C${out} ${down} ${out} ${down} ${out} ${(down + end) / 2}S${out} ${end} ${tip + 2 * side} ${end}`;
}

/** Boxes by where they are, to find those that stand in the way. */
export class Grid {
  constructor(boxes) {
    this.columns = new Map();
    for (const box of boxes) {
      for (let column = Math.floor(box.left / CELL); column <= Math.floor(box.right / CELL); column += 1) {
        if (!this.columns.has(column)) this.columns.set(column, []);
        this.columns.get(column).push(box);
      }
    }
    for (const column of this.columns.values()) column.sort((one, other) => one.top - other.top);
  }

  /** The first box from `top` down to `bottom` that a line at x would go through. */
  blocked(x, top, bottom) {
    const column = this.columns.get(Math.floor(x / CELL)) ?? [];
    let [low, high] = [0, column.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (column[middle].top < top - TALLEST) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < column.length && column[at].top <= bottom; at += 1) {
      const box = column[at];
      if (box.bottom >= top && x > box.left - 6 && x < box.right + 6) return box;
    }
    return undefined;
  }
}

export function overlaps(one, view) {
  return one.right >= view.left && one.left <= view.right && one.bottom >= view.top && one.top <= view.bottom;
}
