// Where boxes, their ways and the arrows are, in pixels of the canvas. Nothing here draws.

export const WIDTH = 220;
export const HEAD = 26;
export const LINE = 18;
export const WAY = 22;
const LETTERS = 29;
const MOST_LINES = 2;
const FOOT = 8;
const OUT = 12; // from a box to the first line beside or above it
const APART = 5; // between lines that go side by side
const LANES = 7; // so many fit between two columns
const ROUND = 8;
const MOST_TRIED = 40;
const CELL = 280;

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
 * Out at the side, up or down between the columns, along above the row of the other box, and down onto it. A tidy tree
 * stands on a grid, where this meets no box; where boxes were moved, the way among several that meets the fewest.
 * blocked(left, top, right, bottom): the box that stands in that frame, if any.
 */
export function arrow(from, at, to, blocked) {
  const down = from.y + rowOf(from, at);
  const side = to.x >= from.x ? 1 : -1;
  const lane = laneOf(to);
  const begin = [side > 0 ? from.x + WIDTH : from.x, down];
  const tip = to.x + WIDTH / 2;
  const above = to.y - OUT - APART * lane;
  const beside = begin[0] + side * (OUT + APART * lane);
  const onto = (x, y) => [begin, [x, down], [x, y], [tip, y], [tip, to.y - 2]];
  const lines = [onto(beside, above)];
  let best = { points: lines[0], met: met(lines[0], blocked) };
  if (best.met.length) best = around({ from, to, beside, above, begin, tip, lane, onto, best }, blocked);
  return rounded(best.points);
}

/** Lines to one box lie on one another; those to its neighbours beside them. */
function laneOf({ x, y }) {
  return Math.abs(Math.round(x / 140) * 3 + Math.round(y / 90) * 5) % LANES;
}

/** Past what stands in the way: another height, another lane, or first below the own box and then along. */
function around({ from, to, beside, above, begin, tip, lane, onto, best }, blocked) {
  const heights = [above, from.bottom + OUT + APART * lane, from.top - OUT - APART * lane];
  const lanes = [beside];
  for (const box of best.met) {
    lanes.push(box.left - OUT - APART * lane, box.right + OUT + APART * lane);
    heights.push(box.top - OUT, box.bottom + OUT);
  }
  const lines = [];
  for (const x of lanes) {
    lines.push(onto(x, above));
    for (const y of heights) lines.push([begin, [beside, begin[1]], [beside, y], [x, y], [x, above], [tip, above], [tip, to.y - 2]]);
  }
  for (const points of lines.slice(0, MOST_TRIED)) {
    const found = met(points, blocked);
    if (found.length < best.met.length || (found.length === best.met.length && lengthOf(points) < lengthOf(best.points))) best = { points, met: found };
  }
  return best;
}

/** The boxes that a line goes through. */
function met(points, blocked) {
  const found = [];
  for (let at = 1; at < points.length; at += 1) {
    const [[x, y], [toX, toY]] = [points[at - 1], points[at]];
    const touch = at === 1 ? 1 : 0; // it begins at the edge of its own box
    const box = blocked(Math.min(x, toX) + touch, Math.min(y, toY), Math.max(x, toX) - touch, Math.max(y, toY));
    if (box) found.push(box);
  }
  return found;
}

function lengthOf(points) {
  return points.reduce((sum, [x, y], at) => (at ? sum + Math.abs(x - points[at - 1][0]) + Math.abs(y - points[at - 1][1]) : 0), 0);
}

/** Straight pieces with round corners. */
function rounded(points) {
  let path = `M${points[0]}`;
  for (let at = 1; at < points.length - 1; at += 1) {
    const [before, here, after] = [points[at - 1], points[at], points[at + 1]];
    const near = (other) => {
      const far = Math.hypot(other[0] - here[0], other[1] - here[1]);
      const share = far ? Math.min(ROUND, far / 2) / far : 0;
      return [here[0] + (other[0] - here[0]) * share, here[1] + (other[1] - here[1]) * share];
    };
    path += `L${near(before)}Q${here} ${near(after)}`;
  }
  return `${path}L${points.at(-1)}`;
}

/** Boxes by where they are, to find those that stand in the way. */
export class Grid {
  constructor(boxes) {
    this.columns = new Map();
    this.tallest = 0;
    for (const box of boxes) {
      this.tallest = Math.max(this.tallest, box.height);
      for (let column = Math.floor(box.left / CELL); column <= Math.floor(box.right / CELL); column += 1) {
        if (!this.columns.has(column)) this.columns.set(column, []);
        this.columns.get(column).push(box);
      }
    }
    for (const column of this.columns.values()) column.sort((one, other) => one.top - other.top);
  }

  /** A box in a frame, which can be as thin as a line. */
  blocked(left, top, right, bottom) {
    const to = Math.floor(right / CELL);
    for (let at = Math.floor(left / CELL); at <= to; at += 1) {
      const column = this.columns.get(at) ?? [];
      let [low, high] = [0, column.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (column[middle].top < top - this.tallest) low = middle + 1;
        else high = middle;
      }
      for (let place = low; place < column.length && column[place].top <= bottom; place += 1) {
        const box = column[place];
        if (box.bottom > top && right > box.left && left < box.right) return box;
      }
    }
    return undefined;
  }
}

export function overlaps(one, view) {
  return one.right >= view.left && one.left <= view.right && one.bottom >= view.top && one.top <= view.bottom;
}
