// The drawing: only what is in view stands in the page, and from far away all of it as a few plain shapes.
import { Grid, WIDTH, HEAD, LINE, arrow, cut, heightOf, linesOf, overlaps, rowOf } from "./geometry.js";
import { drawMinimap } from "./minimap.js";
import { word } from "../page.js";

const SVG = "http://www.w3.org/2000/svg";
const SMALLEST = 0.04;
const LARGEST = 2.5;
const MOST_DETAILED = 320;
const READABLE = 0.32;
const DETAILED = 0.16; // below it, boxes are plain shapes
const MOST_ROUTED = 1000; // in a tree of more steps, lines from far away are straight
const WAY_LETTERS = 30;
const ASIDE = 260; // so far beside and above its boxes a way may go
const ABOVE = 80;

export function shape(name, properties = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export class Canvas {
  constructor(model, { place, icons, kinds, figures }) {
    Object.assign(this, { model, place, icons, kinds, figures });
    this.svg = place.querySelector("#drawing");
    this.map = place.querySelector("#minimap");
    this.view = { x: 0, y: 0, scale: 1 };
    this.shown = new Map(); // id -> its group
    this.arrows = new Map(); // id -> group of its arrows
    this.boxes = new Map(); // id -> where it is
    this.moved = new Map(); // id -> where it is while it is dragged
    this.build();
    model.addEventListener("change", ({ detail }) => this.changed(detail));
    model.addEventListener("select", ({ detail }) => this.choose(detail.ids));
    model.addEventListener("marks", () => this.refresh());
    new ResizeObserver(() => this.resized()).observe(place);
    this.measureAll();
  }

  build() {
    const tip = shape("marker", { id: "draw-tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" }, shape("path", { d: "M0 0L8 4L0 8z", class: "draw-tip" }));
    this.far = shape("g", { class: "draw-far" });
    this.lines = shape("g", { class: "draw-lines" });
    this.nodes = shape("g");
    this.over = shape("g");
    this.world = shape("g", {}, this.far, this.lines, this.nodes, this.over);
    this.svg.append(shape("defs", {}, tip), this.world);
  }

  // Where everything is.

  measureAll() {
    this.boxes.clear();
    for (const node of this.model.nodes.values()) this.measure(node);
    this.routes = new Map();
    this.reaches = new Map();
    this.grid = null;
    this.isFarStale = true;
  }

  measure(node) {
    const [x, y] = this.moved.get(node.id) ?? node.at;
    const lines = linesOf(this.model.titleOf(node.id) || word("untitled"));
    const height = heightOf(node, lines.length, Boolean(this.noteOf(node)));
    const box = { x, y, height, lines, ways: node.ways.length, left: x, top: y, right: x + WIDTH, bottom: y + height };
    this.boxes.set(node.id, box);
    return box;
  }

  noteOf(node) {
    const count = this.figures?.[node.id]?.[""];
    return count ? word("figures", { taken: count[0], left: count[1], solved: count[2] }) : "";
  }

  /** The arrows of a node, made when they are looked at first. */
  routesOf(id) {
    let found = this.routes.get(id);
    if (!found) {
      const from = this.boxes.get(id);
      found = this.model.nodes.get(id).ways.map((way, at) => {
        const to = this.boxes.get(way.target);
        return to ? { d: arrow(from, at, to, (...frame) => this.blocked(...frame)), key: way.key, target: way.target } : null;
      });
      this.routes.set(id, found);
    }
    return found;
  }

  blocked(...frame) {
    this.grid ??= new Grid(this.boxes.values());
    return this.grid.blocked(...frame);
  }

  /** The frame around a node and all that it leads to. */
  reachOf(id) {
    let reach = this.reaches.get(id);
    if (!reach) {
      const boxes = this.model.nodes.get(id).ways.map(({ target }) => this.boxes.get(target)).filter(Boolean);
      const all = [this.boxes.get(id), ...boxes];
      const most = (side) => Math.max(...all.map((box) => box[side]));
      const least = (side) => Math.min(...all.map((box) => box[side]));
      reach = { left: least("left") - ASIDE, right: most("right") + ASIDE, top: least("top") - ABOVE, bottom: boxes.length ? most("bottom") + ABOVE : -Infinity };
      this.reaches.set(id, reach);
    }
    return reach;
  }

  changed({ ids, isMoved }) {
    if (isMoved) this.grid = null;
    for (const id of ids) {
      const node = this.model.nodes.get(id);
      if (node) this.measure(node);
      else this.boxes.delete(id);
      this.stale(id);
    }
    this.isFarStale = true;
    this.isMapStale ||= isMoved;
    this.draw();
  }

  stale(id) {
    this.routes.delete(id);
    this.reaches.delete(id);
    for (const from of this.model.incoming.get(id) ?? []) {
      this.routes.delete(from);
      this.reaches.delete(from);
      this.arrows.get(from)?.remove();
      this.arrows.delete(from);
    }
    for (const held of [this.shown, this.arrows]) {
      held.get(id)?.remove();
      held.delete(id);
    }
  }

  choose(ids) {
    for (const id of [...(this.chosen ?? []), ...ids]) this.stale(id);
    this.chosen = ids;
    this.isFarStale = true;
    this.draw();
  }

  refresh() {
    for (const held of [this.shown, this.arrows]) {
      for (const group of held.values()) group.remove();
      held.clear();
    }
    this.isFarStale = true;
    this.draw();
  }

  /** Shows nodes elsewhere while they are dragged. */
  shift(moved) {
    const ids = new Set([...this.moved.keys(), ...moved.keys()]);
    this.moved = moved;
    this.grid = null;
    for (const id of ids) {
      const node = this.model.nodes.get(id);
      if (!node) continue;
      this.measure(node);
      this.stale(id);
    }
    this.isFarStale = true;
    this.draw();
  }

  // Drawing, once a frame.

  draw() {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => {
      this.isAsked = false;
      this.paint();
    });
  }

  inView(margin = 0) {
    const { x, y, scale } = this.view;
    return { left: x - margin, top: y - margin, right: x + this.width / scale + margin, bottom: y + this.height / scale + margin };
  }

  paint() {
    const { x, y, scale } = this.view;
    if (!this.width) return;
    this.world.setAttribute("transform", `scale(${scale})translate(${-x} ${-y})`);
    const view = this.inView(160);
    const visible = [];
    for (const [id, box] of this.boxes) if (overlaps(box, view)) visible.push(id);
    const isFar = scale < DETAILED || visible.length > MOST_DETAILED;
    this.svg.classList.toggle("is-far", isFar);
    if (isFar) this.paintFar();
    else this.paintNear(visible, view);
    this.onView?.(this.view);
    drawMinimap(this.map, this);
  }

  paintFar() {
    this.clear(this.shown);
    this.clear(this.arrows);
    if (!this.isFarStale && this.far.childElementCount) return;
    this.isFarStale = false;
    const paths = new Map();
    const put = (name, text) => paths.set(name, (paths.get(name) ?? "") + text);
    const isLarge = this.boxes.size > MOST_ROUTED;
    for (const [id, box] of this.boxes) {
      const node = this.model.nodes.get(id);
      for (const line of isLarge ? this.straight(node, box) : this.routesOf(id)) if (line) put("draw-wire", line.d);
      const mark = this.model.chosen.has(id) ? "is-chosen" : this.model.trail.has(id) ? "is-trail" : this.model.marked.get(id) === "error" ? "has-error" : "";
      put(`draw-box draw-${node.kind} ${mark}`, `M${box.x} ${box.y}h${WIDTH}v${box.height}h${-WIDTH}z`);
    }
    const wires = paths.get("draw-wire");
    paths.delete("draw-wire");
    this.far.replaceChildren(...(wires ? [shape("path", { class: "draw-wire", d: wires })] : []), ...[...paths].map(([name, d]) => shape("path", { class: name, d })));
  }

  straight({ ways }, box) {
    const from = [Math.round(box.x + WIDTH / 2), Math.round(box.bottom)];
    const boxes = ways.map(({ target }) => this.boxes.get(target)).filter(Boolean);
    return boxes.map((to) => ({ d: `M${from}L${Math.round(to.x + WIDTH / 2)},${Math.round(to.y)}` }));
  }

  paintNear(visible, view) {
    this.far.replaceChildren();
    const wanted = new Set(visible);
    for (const [id, group] of this.shown) if (!wanted.has(id)) (group.remove(), this.shown.delete(id));
    const fresh = document.createDocumentFragment();
    for (const id of visible) {
      if (this.shown.has(id)) continue;
      const group = this.box(this.model.nodes.get(id), this.boxes.get(id));
      this.shown.set(id, group);
      fresh.append(group);
    }
    this.nodes.append(fresh);
    const lines = document.createDocumentFragment();
    for (const id of this.boxes.keys()) {
      const isSeen = overlaps(this.reachOf(id), view);
      if (isSeen && !this.arrows.has(id)) {
        const group = this.arrowsOf(id);
        this.arrows.set(id, group);
        lines.append(group);
      } else if (!isSeen && this.arrows.has(id)) {
        this.arrows.get(id).remove();
        this.arrows.delete(id);
      }
    }
    this.lines.append(lines);
  }

  clear(held) {
    for (const group of held.values()) group.remove();
    held.clear();
  }

  arrowsOf(id) {
    const group = shape("g", { "data-from": id });
    const most = this.figures?.most;
    for (const one of this.routesOf(id)) {
      if (!one) continue;
      const isTrail = this.model.trail.get(id) === one.key && one.key !== undefined;
      const isChosen = this.model.chosen.has(id) || this.model.chosen.has(one.target);
      const taken = this.figures?.[id]?.[one.key]?.[0];
      const line = shape("path", { d: one.d, class: `draw-way${isTrail ? " is-trail" : ""}${isChosen ? " is-chosen" : ""}`, "marker-end": "url(#draw-tip)" });
      if (taken && most) line.setAttribute("stroke-width", (1.5 + (6 * taken) / most).toFixed(1));
      group.append(line);
    }
    return group;
  }

  box(node, box) {
    const { model } = this;
    const marks = [model.chosen.has(node.id) && "is-chosen", model.trail.has(node.id) && "is-trail", model.trailEnd === node.id && model.trail.size && "is-here", model.marked.has(node.id) && `has-${model.marked.get(node.id)}`];
    const group = shape("g", { class: ["draw-node", `draw-${node.kind}`, ...marks.filter(Boolean)].join(" "), "data-id": node.id, transform: `translate(${box.x} ${box.y})` });
    const [words, symbol] = this.kinds[node.kind];
    group.append(
      shape("rect", { class: "draw-box", width: WIDTH, height: box.height, rx: 8 }),
      shape("rect", { class: "draw-edge", y: 8, width: 4, height: box.height - 16, rx: 2 }),
      shape("use", { class: "draw-icon", href: `${this.icons}#${symbol}`, x: 12, y: 7, width: 14, height: 14 }),
      this.words("draw-kind", 32, 18, model.first?.id === node.id ? `${words} · ${word("begins")}` : words),
    );
    const isEmpty = !model.titleOf(node.id);
    box.lines.forEach((line, at) => group.append(this.words(`draw-words${isEmpty || !node.title ? " is-empty" : ""}`, 12, HEAD + 14 + LINE * at, line)));
    const note = this.noteOf(node);
    if (note) group.append(this.words("draw-note", 12, HEAD + 12 + LINE * box.lines.length, note));
    if (model.marked.has(node.id)) group.append(shape("use", { class: "draw-mark", href: `${this.icons}#warning`, x: WIDTH - 24, y: 6, width: 16, height: 16 }));
    node.ways.forEach((way, at) => this.port(group, node, way, at, box));
    if (!model.isFixed && model.one === node) group.append(shape("circle", { class: "draw-new", cx: WIDTH / 2, cy: box.height, r: 7, "data-way": -1 }), shape("path", { class: "draw-plus", d: `M${WIDTH / 2 - 4} ${box.height}h8M${WIDTH / 2} ${box.height - 4}v8` }));
    return group;
  }

  port(group, node, way, at, box) {
    const row = rowOf(box, at);
    const to = this.boxes.get(way.target);
    const isRight = !to || to.x >= box.x;
    const known = { unknown: "way_unknown", done: "way_done", "could-not": "way_could_not", otherwise: "way_otherwise" }[way.key];
    const said = way.text || this.model.source?.get(node.id)?.ways[at]?.text || rangeOf(way) || (known ? word(known) : "") || "…";
    const taken = this.figures?.[node.id]?.[way.key]?.[0];
    group.append(
      shape("path", { class: "draw-rule", d: `M8 ${row - 11}H${WIDTH - 8}` }),
      this.words(`draw-answer${way.text ? "" : " is-empty"}`, 16, row + 4, cut(said, WAY_LETTERS) + (taken ? ` · ${taken}` : "")),
      shape("circle", { class: `draw-port${way.target ? "" : " is-open"}`, cx: isRight ? WIDTH : 0, cy: row, r: 6, "data-way": at }),
    );
  }

  words(name, x, y, text) {
    const made = shape("text", { class: name, x, y });
    made.textContent = text;
    return made;
  }

  // Looking elsewhere.

  resized() {
    const { clientWidth, clientHeight } = this.place;
    const isFirst = !this.width && clientWidth;
    Object.assign(this, { width: clientWidth, height: clientHeight });
    if (isFirst) this.begin();
    else this.draw();
  }

  /** All of it where that can be read, else the first step. */
  begin() {
    this.fit(1);
    if (this.view.scale >= 0.6 || !this.model.first) return;
    const box = this.boxes.get(this.model.first.id);
    this.view = { scale: 0.85, x: box.x + WIDTH / 2 - this.width / 1.7, y: box.y - 40 };
    this.draw();
  }

  bounds() {
    let found;
    for (const { left, top, right, bottom } of this.boxes.values()) {
      found ??= { left, top, right, bottom };
      if (left < found.left) found.left = left;
      if (top < found.top) found.top = top;
      if (right > found.right) found.right = right;
      if (bottom > found.bottom) found.bottom = bottom;
    }
    return found;
  }

  fit(most = 1.25) {
    const all = this.bounds();
    if (!all || !this.width) return this.draw();
    const [wide, high] = [all.right - all.left + 80, all.bottom - all.top + 80];
    const scale = Math.max(SMALLEST / 4, Math.min(most, this.width / wide, this.height / high));
    this.view = { scale, x: (all.left + all.right) / 2 - this.width / scale / 2, y: (all.top + all.bottom) / 2 - this.height / scale / 2 };
    return this.draw();
  }

  zoom(scale, at = [this.width / 2, this.height / 2]) {
    const next = Math.max(SMALLEST, Math.min(LARGEST, scale));
    const [x, y] = this.toWorld(at);
    this.view = { scale: next, x: x - at[0] / next, y: y - at[1] / next };
    this.draw();
  }

  pan(right, down) {
    this.view = { ...this.view, x: this.view.x + right / this.view.scale, y: this.view.y + down / this.view.scale };
    this.draw();
  }

  toWorld([x, y]) {
    return [this.view.x + x / this.view.scale, this.view.y + y / this.view.scale];
  }

  /** Brings a node into view, as near as can be read. */
  reveal(id, { isCentred = false } = {}) {
    const box = this.boxes.get(id);
    if (!box || !this.width) return;
    const view = this.inView(-24);
    const isSeen = box.left >= view.left && box.right <= view.right && box.top >= view.top && box.bottom <= view.bottom;
    if (isSeen && !isCentred && this.view.scale >= READABLE) return;
    const scale = this.view.scale < READABLE ? 0.85 : this.view.scale;
    this.view = { scale, x: (box.left + box.right) / 2 - this.width / scale / 2, y: (box.top + box.bottom) / 2 - this.height / scale / 2 };
    this.draw();
  }

  /** The node under a point, in a tree of any size. */
  at([x, y]) {
    let found;
    for (const [id, box] of this.boxes) if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) found = id;
    return found;
  }

  within(frame) {
    return [...this.boxes].filter(([, box]) => overlaps(box, frame)).map(([id]) => id);
  }
}

function rangeOf({ low, high }) {
  if (low && high) return `${low} – ${high}`;
  return low ? `≥ ${low}` : high ? `< ${high}` : "";
}
