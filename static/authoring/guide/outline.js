// The same tree as a list of lines, for the keyboard and for screen readers. Only the lines in view stand in the page, so
// that thousands of them are as quick as ten.
import { element, icon, word } from "../page.js";

const ROW = 30;
const BEYOND = 5;
const DEEPEST = 9;
const SEARCH_PAUSE = 700;

export class Outline {
  constructor(model, { place, count, kinds, edit, insert, remove, run }) {
    Object.assign(this, { model, place, count, kinds, edit, insert, remove, run });
    this.closed = new Set();
    this.filter = "";
    this.active = "";
    this.typed = "";
    this.inner = element("div", { class: "outline-inner", role: "presentation" });
    place.append(this.inner);
    model.addEventListener("change", ({ detail }) => {
      this.isStale ||= detail.isStructure || Boolean(this.filter);
      this.soon();
    });
    model.addEventListener("select", () => {
      this.isFollowing = true;
      this.soon();
    });
    model.addEventListener("marks", () => this.soon());
    place.addEventListener("scroll", () => this.soon(), { passive: true });
    place.addEventListener("keydown", (event) => this.key(event));
    place.addEventListener("click", (event) => this.click(event));
    place.addEventListener("dblclick", () => this.edit());
    new ResizeObserver(() => this.soon()).observe(place);
    this.rebuild();
  }

  /** However much happens until the next frame, it is shown once. */
  soon() {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => {
      this.isAsked = false;
      this.settle();
      this.paint();
    });
  }

  settle() {
    if (this.isStale) this.rebuild();
    if (this.isFollowing) this.follow();
  }

  /** Every step once, where it is met first; a way to one that stood before is a line of its own. */
  lines() {
    const { model } = this;
    const seen = new Set();
    const found = [];
    const begins = model.first ? [model.first.id, ...model.order] : [];
    for (const begin of begins) {
      if (seen.has(begin)) continue;
      const waiting = [{ id: begin, depth: 0, way: null, isApart: begin !== model.first.id }];
      while (waiting.length) {
        const line = waiting.pop();
        found.push(line);
        line.isAgain = seen.has(line.id);
        if (line.isAgain) continue;
        seen.add(line.id);
        const ways = model.nodes.get(line.id).ways.map((way, at) => ({ way, at })).filter(({ way }) => model.nodes.has(way.target));
        const depth = line.depth + (ways.length > 1 ? 1 : 0);
        for (const { way, at } of ways.reverse()) waiting.push({ id: way.target, depth, from: line.id, way, at, isApart: line.isApart });
      }
    }
    return found;
  }

  rebuild() {
    this.isStale = false;
    const needle = this.filter.toLocaleLowerCase();
    const { model } = this;
    if (needle) {
      const fits = (id) => `${model.titleOf(id)} ${model.nodes.get(id).text ?? ""} ${id} ${model.nodes.get(id).ways.map((way) => way.text).join(" ")}`.toLocaleLowerCase().includes(needle);
      this.rows = model.order.filter(fits).map((id) => ({ id, depth: 0, way: null, isAgain: false }));
    } else this.rows = this.open(this.lines());
    this.count.textContent = needle ? word(this.rows.length ? "steps_shown" : "not_found", { n: this.rows.length, all: model.order.length }) : word(model.order.length ? "steps_all" : "empty", { n: model.order.length });
    this.placeOf = new Map(this.rows.map((row, at) => [nameOf(row), at]));
    this.number();
    this.inner.style.blockSize = `${this.rows.length * ROW}px`;
    if (!this.placeOf.has(this.active)) this.active = this.rows.length ? nameOf(this.rows[this.placeOf.get(model.one?.id) ?? 0]) : "";
    this.soon();
  }

  /** Without what lies below closed lines. */
  open(lines) {
    const kept = [];
    let below = Infinity;
    lines.forEach((line, at) => {
      line.hasMore = (lines[at + 1]?.depth ?? 0) > line.depth;
      if (line.depth > below) return;
      below = line.hasMore && this.closed.has(line.id) && !line.isAgain ? line.depth : Infinity;
      kept.push(line);
    });
    return kept;
  }

  /** What each line is among those beside it. */
  number() {
    const groups = [];
    for (const row of this.rows) {
      groups.length = row.depth + 1;
      groups[row.depth] ??= { size: 0 };
      row.group = groups[row.depth];
      row.group.size += 1;
      row.position = row.group.size;
    }
  }

  get at() {
    if (this.isStale) this.rebuild();
    return this.placeOf.get(this.active) ?? -1;
  }

  paint() {
    const first = Math.max(0, Math.floor(this.place.scrollTop / ROW) - BEYOND);
    const last = Math.min(this.rows.length, Math.ceil((this.place.scrollTop + this.place.clientHeight) / ROW) + BEYOND);
    const wanted = [];
    for (let at = first; at < last; at += 1) wanted.push(this.row(this.rows[at], at));
    const active = this.at;
    if (active >= 0 && (active < first || active >= last)) wanted.push(this.row(this.rows[active], active));
    this.inner.replaceChildren(...wanted);
    if (active >= 0) this.place.setAttribute("aria-activedescendant", `row-${active}`);
    else this.place.removeAttribute("aria-activedescendant");
  }

  row(row, at) {
    const { model } = this;
    const node = model.nodes.get(row.id);
    const title = model.titleOf(row.id) || word("untitled");
    const mark = model.marked.get(row.id);
    const notes = [row.isApart && !row.way && word("apart"), model.first?.id === row.id && !row.isAgain && word("begins")].filter(Boolean);
    const isOpen = row.hasMore && !row.isAgain ? String(!this.closed.has(row.id)) : undefined;
    const made = element(
      "div",
      {
        role: "treeitem",
        id: `row-${at}`,
        class: `outline-row${nameOf(row) === this.active ? " is-active" : ""}${row.isAgain ? " is-again" : ""}${model.trail.has(row.id) && !row.isAgain ? " is-trail" : ""}`,
        "data-at": at,
        "aria-level": row.depth + 1,
        "aria-posinset": row.position,
        "aria-setsize": row.group.size,
        "aria-selected": String(model.chosen.has(row.id) && !row.isAgain),
        "aria-expanded": isOpen,
      },
      element("span", { class: "outline-twist", "aria-hidden": "true" }, isOpen === undefined ? "" : icon("chevron")),
      icon(row.isAgain ? "undo" : this.kinds[node.kind][1]),
      element("span", { class: "visually-hidden" }, `${this.kinds[node.kind][0]}: `),
      element("span", { class: "outline-words" }, row.way?.text ? element("span", { class: "outline-way" }, `${row.way.text} → `) : "", row.isAgain ? word("again", { title }) : title),
      ...notes.map((note) => element("span", { class: "outline-note" }, note)),
      mark ? element("span", { class: `outline-mark is-${mark}`, title: word(mark === "error" ? "has_errors" : "has_warnings") }, icon("warning"), element("span", { class: "visually-hidden" }, word(mark === "error" ? "has_errors" : "has_warnings"))) : "",
    );
    made.style.insetBlockStart = `${at * ROW}px`;
    made.style.paddingInlineStart = `${6 + 14 * Math.min(row.depth, DEEPEST)}px`;
    return made;
  }

  // In step with what is chosen.

  follow() {
    this.isFollowing = false;
    const { one } = this.model;
    const row = this.rows[this.at];
    if (one && row?.id !== one.id) {
      if (!this.placeOf.has(one.id) && !this.filter) this.uncover();
      const at = this.placeOf.get(one.id);
      if (at !== undefined) this.activate(at, { isQuiet: true });
    }
  }

  /** The chosen step may lie below closed lines. */
  uncover() {
    this.closed.clear();
    this.rebuild();
  }

  activate(at, { isQuiet = false } = {}) {
    const row = this.rows[at];
    if (!row) return;
    this.active = nameOf(row);
    const top = at * ROW;
    const { scrollTop, clientHeight } = this.place;
    if (top < scrollTop) this.place.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.place.scrollTop = top + ROW - clientHeight;
    if (!isQuiet) this.model.select([row.id]);
    this.soon();
  }

  search(text) {
    this.filter = text.trim();
    this.rebuild();
  }

  click(event) {
    const at = Number(event.target.closest("[data-at]")?.dataset.at ?? -1);
    const row = this.rows[at];
    if (!row) return;
    if (event.target.closest(".outline-twist") && row.hasMore) return this.toggle(row);
    if (event.shiftKey) this.model.select([...this.model.chosen, row.id]);
    return this.activate(row.isAgain ? this.placeOf.get(row.id) ?? at : at);
  }

  toggle(row) {
    if (this.closed.has(row.id)) this.closed.delete(row.id);
    else this.closed.add(row.id);
    this.rebuild();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    this.settle();
    const at = this.at;
    const row = this.rows[at];
    const page = Math.max(1, Math.floor(this.place.clientHeight / ROW) - 1);
    const deeds = {
      ArrowDown: () => this.activate(Math.min(at + 1, this.rows.length - 1)),
      ArrowUp: () => this.activate(Math.max(at - 1, 0)),
      PageDown: () => this.activate(Math.min(at + page, this.rows.length - 1)),
      PageUp: () => this.activate(Math.max(at - page, 0)),
      Home: () => this.activate(0),
      End: () => this.activate(this.rows.length - 1),
      ArrowRight: () => this.right(row, at),
      ArrowLeft: () => this.left(row, at),
      Enter: () => row && (row.isAgain ? this.activate(this.placeOf.get(row.id) ?? at) : (this.model.select([row.id]), this.edit())),
      Insert: () => this.insert(row?.id),
      Delete: () => row && (row.isAgain ? undefined : this.remove()),
      Escape: () => (this.typed = ""),
    };
    const isLetter = event.key.length === 1 && (event.key !== " " || this.typed);
    if (deeds[event.key]) deeds[event.key]();
    else if (event.key === " " && row) this.model.select([row.id]);
    else if (isLetter) this.typeAhead(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  right(row, at) {
    if (row?.hasMore && this.closed.has(row.id)) this.toggle(row);
    else if (row?.hasMore) this.activate(at + 1);
  }

  left(row, at) {
    if (!row) return;
    if (row.hasMore && !row.isAgain && !this.closed.has(row.id)) this.toggle(row);
    else {
      const above = this.rows.slice(0, at).findLastIndex((one) => one.depth < row.depth);
      if (above >= 0) this.activate(above);
    }
  }

  typeAhead(letter) {
    clearTimeout(this.pause);
    this.typed += letter.toLocaleLowerCase();
    this.pause = setTimeout(() => (this.typed = ""), SEARCH_PAUSE);
    const begin = Math.max(0, this.at) + (this.typed.length === 1 ? 1 : 0);
    for (let step = 0; step < this.rows.length; step += 1) {
      const at = (begin + step) % this.rows.length;
      const title = this.model.titleOf(this.rows[at].id).toLocaleLowerCase();
      if (!this.rows[at].isAgain && (title.startsWith(this.typed) || (this.typed.length > 2 && title.includes(this.typed)))) return this.activate(at);
    }
    return undefined;
  }
}

function nameOf(row) {
  return row.isAgain ? `${row.from}>${row.at}` : row.id;
}
