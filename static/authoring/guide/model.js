// The tree while it is drawn: nodes that are never changed but replaced, what was done and can be undone, and what was
// found in it. Everything that shows the tree listens here.
import { END_KINDS, RANGED, usualKey } from "./kinds.js";

const MOST_UNDONE = 500;

/** Events: "change" { ids, isStructure, isMoved, origin }, "select" { ids }, "marks" (findings, trial). */
export class Model extends EventTarget {
  constructor(plain, { isFixed = false } = {}) {
    super();
    this.isFixed = isFixed; // a translation: words only
    this.done = [];
    this.undone = [];
    this.written = new WeakMap();
    this.chosen = new Set();
    this.findings = [];
    this.marked = new Map();
    this.trail = new Map();
    this.load(plain);
  }

  load(plain) {
    this.nodes = new Map();
    for (const node of plain.nodes ?? []) if (!this.nodes.has(node.id)) this.nodes.set(node.id, Object.freeze({ ways: [], at: [0, 0], ...node }));
    this.order = [...this.nodes.keys()];
    this.start = plain.start ?? "";
    this.intro = plain.intro ?? "";
    this.incoming = new Map();
    for (const node of this.nodes.values()) this.link(node);
  }

  reload(plain) {
    this.load(plain);
    this.done = [];
    this.undone = [];
    this.chosen.clear();
    this.tell({ ids: new Set(this.order), isStructure: true, isMoved: true });
    this.select([]);
  }

  get first() {
    return this.nodes.get(this.start) ?? this.nodes.get(this.order[0]);
  }

  titleOf(id) {
    const node = this.nodes.get(id);
    return node?.title || (this.source?.get(id)?.title ?? "") || node?.subject || "";
  }

  // Who leads where, backwards.

  link(node) {
    for (const { target } of node.ways) {
      if (!target) continue;
      if (!this.incoming.has(target)) this.incoming.set(target, new Set());
      this.incoming.get(target).add(node.id);
    }
  }

  unlink(node) {
    for (const { target } of node.ways) this.incoming.get(target)?.delete(node.id);
  }

  /**
   * Changes the tree, so that it can be undone.
   *
   * nodes: id -> the node, or null to take it away. `join`: a change of the same name right after it is the same change.
   */
  change({ nodes = new Map(), order, start, intro }, { join = "", origin = "" } = {}) {
    const before = { nodes: new Map([...nodes.keys()].map((id) => [id, this.nodes.get(id) ?? null])), order: this.order, start: this.start, intro: this.intro };
    const after = { nodes, order: order ?? this.orderAfter(nodes), start: start ?? this.start, intro: intro ?? this.intro };
    const last = this.done.at(-1);
    if (join && last?.join === join && !this.undone.length) {
      for (const [id, node] of before.nodes) if (!last.before.nodes.has(id)) last.before.nodes.set(id, node);
      for (const [id, node] of after.nodes) last.after.nodes.set(id, node);
      Object.assign(last.after, { order: after.order, start: after.start, intro: after.intro });
    } else {
      this.done.push({ join, before, after: { ...after, nodes: new Map(after.nodes) } });
      if (this.done.length > MOST_UNDONE) this.done.shift();
    }
    this.undone = [];
    this.apply(after, origin);
  }

  orderAfter(nodes) {
    const added = [...nodes].filter(([id, node]) => node && !this.nodes.has(id)).map(([id]) => id);
    const isGone = [...nodes.values()].includes(null);
    const kept = isGone ? this.order.filter((id) => nodes.get(id) !== null) : this.order;
    return added.length ? [...kept, ...added] : kept;
  }

  apply({ nodes, order, start, intro }, origin) {
    let isStructure = order !== this.order || start !== this.start;
    let isMoved = false;
    for (const [id, node] of nodes) {
      const before = this.nodes.get(id);
      if (before) this.unlink(before);
      if (node) {
        this.nodes.set(id, Object.freeze(node));
        this.link(node);
      } else this.nodes.delete(id);
      isMoved ||= !before || !node || before.at !== node.at || before.ways.length !== node.ways.length;
      isStructure ||= !before || !node || before.ways.length !== node.ways.length || node.ways.some((way, at) => way.target !== before.ways[at].target);
    }
    Object.assign(this, { order, start, intro });
    this.tell({ ids: new Set(nodes.keys()), isStructure, isMoved, origin });
    if ([...this.chosen].some((id) => !this.nodes.has(id))) this.select([...this.chosen].filter((id) => this.nodes.has(id)));
  }

  tell(detail) {
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  undo() {
    return this.step(this.done, this.undone, "before");
  }

  redo() {
    return this.step(this.undone, this.done, "after");
  }

  step(from, to, side) {
    const entry = from.pop();
    if (!entry) return false;
    to.push({ ...entry, join: "" });
    this.apply(entry[side], "history");
    const kept = [...entry[side].nodes.keys()].filter((id) => this.nodes.has(id));
    if (kept.length && kept.length < 50) this.select(kept);
    return true;
  }

  /** What is typed next is a change of its own. */
  pause() {
    const last = this.done.at(-1);
    if (last) last.join = "";
  }

  // What is chosen.

  select(ids, options = {}) {
    this.chosen = new Set(ids);
    this.dispatchEvent(new CustomEvent("select", { detail: { ids: this.chosen, ...options } }));
  }

  get one() {
    return this.chosen.size === 1 ? this.nodes.get([...this.chosen][0]) : undefined;
  }

  // What was found and where the trial is.

  setFindings(findings) {
    const isSame = JSON.stringify(findings) === JSON.stringify(this.findings);
    this.findings = findings;
    if (isSame) return;
    this.marked = new Map();
    for (const { node, is_error } of findings) if (node) this.marked.set(node, this.marked.get(node) === "error" || is_error ? "error" : "warning");
    this.dispatchEvent(new Event("marks"));
  }

  setTrail({ node, path }) {
    this.trail = new Map(path.map((one) => [one.node, one.way]));
    this.trailEnd = node;
    this.dispatchEvent(new Event("marks"));
  }

  // Writing it down. Each node is written once; to write the tree is to put those together.

  json() {
    const parts = [`"nodes":[${this.order.map((id) => this.nodeJson(this.nodes.get(id))).join(",")}]`];
    if (this.start) parts.push(`"start":${JSON.stringify(this.start)}`);
    if (this.intro) parts.push(`"intro":${JSON.stringify(this.intro)}`);
    return `{${parts.join(",")}}`;
  }

  nodeJson(node) {
    let text = this.written.get(node);
    if (text === undefined) {
      text = JSON.stringify(this.plain(node));
      this.written.set(node, text);
    }
    return text;
  }

  plain(node) {
    const { at, ways, ...rest } = node;
    const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== "" && value !== false && value !== undefined));
    if (at && !this.isFixed) kept.at = at.map(Math.round);
    if (ways.length) kept.ways = ways.map((way) => Object.fromEntries(Object.entries(way).filter(([, value]) => value !== "" && value !== undefined && !(Array.isArray(value) && !value.length))));
    return kept;
  }

  toPlain() {
    return JSON.parse(this.json());
  }

  // Deeds.

  freeId(wanted = "step") {
    if (!this.nodes.has(wanted) && wanted !== "step") return wanted;
    let number = this.order.length + 1;
    while (this.nodes.has(`${wanted}-${number}`)) number += 1;
    return `${wanted}-${number}`;
  }

  /** Adds a step, with a way to it where `from` says { id, way } (way: its place, or -1 for a new one). */
  add({ kind = "outcome", at = [0, 0], title = "", from } = {}) {
    const id = this.freeId();
    const node = { id, kind, title, ways: [], at: at.map(Math.round) };
    const nodes = new Map([[id, node]]);
    if (from) {
      const source = this.nodes.get(from.id);
      nodes.set(from.id, this.withTarget(source, from.way, id));
    }
    this.change({ nodes, order: this.placeAfter(id, from?.id) });
    this.select([id], { isNew: true });
    return id;
  }

  placeAfter(id, before) {
    if (!before) return undefined;
    const at = this.order.indexOf(before) + 1;
    return [...this.order.slice(0, at), id, ...this.order.slice(at)];
  }

  withTarget(node, at, target) {
    const ways = [...node.ways];
    const index = at < 0 || at >= ways.length ? ways.length : at;
    const way = { ...(ways[index] ?? { text: "" }), target };
    if (!way.key) way.key = usualKey(node.kind, target, ways.filter((one) => one !== ways[index]).map((one) => one.key));
    ways[index] = way;
    // an end from which a way leads on asks which way it is
    const kind = END_KINDS.has(node.kind) ? "choice" : node.kind;
    return { ...node, kind, ways };
  }

  connect(id, at, target) {
    this.change({ nodes: new Map([[id, this.withTarget(this.nodes.get(id), at, target)]]) });
  }

  set(id, fields, options) {
    this.change({ nodes: new Map([[id, { ...this.nodes.get(id), ...fields }]]) }, options);
  }

  setWay(id, at, fields, options) {
    const { ways } = this.nodes.get(id);
    this.set(id, { ways: ways.map((way, place) => (place === at ? { ...way, ...fields } : way)) }, options);
  }

  /** Of another kind, ways are called otherwise, and only some have ends. */
  setKind(id, kind) {
    const node = this.nodes.get(id);
    const isAsking = (one) => ["choice", "number", "date", "text"].includes(one);
    const isSame = isAsking(node.kind) && isAsking(kind);
    const ways = [];
    for (const { low, high, ...way } of node.ways) {
      const key = isSame ? way.key : usualKey(kind, way.target, ways.map((one) => one.key));
      ways.push(RANGED.has(kind) && kind === node.kind ? { ...way, key, low, high } : { ...way, key });
    }
    const subject = ["guide", "cases", "article"].includes(kind) && kind === node.kind ? node.subject : "";
    this.set(id, { kind, ways, subject });
  }

  rename(id, name) {
    const node = this.nodes.get(id);
    const nodes = new Map([[id, null], [name, { ...node, id: name }]]);
    for (const from of this.incoming.get(id) ?? []) {
      const other = from === id ? nodes.get(name) : this.nodes.get(from);
      nodes.set(other.id, { ...other, ways: other.ways.map((way) => (way.target === id ? { ...way, target: name } : way)) });
    }
    this.change({ nodes, order: this.order.map((one) => (one === id ? name : one)), start: this.start === id ? name : this.start });
    this.select([name]);
  }

  remove(ids) {
    const gone = new Set([...ids].filter((id) => this.nodes.has(id)));
    if (!gone.size || this.isFixed) return 0;
    const nodes = new Map([...gone].map((id) => [id, null]));
    for (const id of gone) {
      for (const from of this.incoming.get(id) ?? []) {
        if (gone.has(from)) continue;
        const other = nodes.get(from) ?? this.nodes.get(from);
        nodes.set(from, { ...other, ways: other.ways.map((way) => (way.target === id ? { ...way, target: "" } : way)) });
      }
    }
    const kept = this.order.filter((id) => !gone.has(id));
    const next = kept[Math.min(this.order.findIndex((id) => gone.has(id)), kept.length - 1)];
    this.change({ nodes, order: kept, start: gone.has(this.start) ? "" : this.start });
    this.select(next ? [next] : []);
    return gone.size;
  }

  /** Copies of nodes; ways among them lead among the copies, others where they led. */
  put(copied, shift) {
    if (this.isFixed || !copied.length) return [];
    const taken = new Set(this.nodes.keys());
    const names = new Map();
    for (const { id } of copied) {
      const stem = id.replace(/-\d+$/, "").slice(0, 50) || "step";
      let number = 2;
      while (taken.has(`${stem}-${number}`)) number += 1;
      names.set(id, `${stem}-${number}`);
      taken.add(`${stem}-${number}`);
    }
    const leads = (target) => names.get(target) ?? (this.nodes.has(target) ? target : "");
    const nodes = new Map(copied.map((node) => {
      const at = [node.at[0] + shift, node.at[1] + shift];
      return [names.get(node.id), { ...node, id: names.get(node.id), at, ways: node.ways.map((way) => ({ ...way, target: leads(way.target) })) }];
    }));
    this.change({ nodes });
    this.select([...nodes.keys()]);
    return [...nodes.keys()];
  }

  move(ids, right, down, options) {
    const nodes = new Map([...ids].map((id) => [id, this.nodes.get(id)]).map(([id, node]) => [id, { ...node, at: [node.at[0] + right, node.at[1] + down] }]));
    this.change({ nodes }, options);
  }
}
