// How images, tasks and kept Markdown look in the visual mode, and how they are changed there.
import { NodeSelection } from "../vendor/prosemirror.js";
import { nodesOf } from "./blocks.js";
import { element, icon, word } from "./page.js";
import { pictureOf, renderedOnce } from "./rendering.js";

const NOT_DRAWN = /^\[\^?[^\]]+\]:/; // definitions of links and footnotes show nothing by themselves

/** The constructors of the special nodes, for EditorView's `nodeViews`. */
export const nodeViews = {
  image: (node) => new Picture(node),
  callout: (node) => new Callout(node),
  kept: (node, view, getPos) => new Kept(node, view, getPos),
};

/** With its title, as the portal shows it. */
class Callout {
  constructor(node) {
    this.title = element("p", { class: "callout-title", contenteditable: "false" });
    this.contentDOM = element("div", { class: "callout-text" });
    this.dom = element("aside", {}, this.title, this.contentDOM);
    this.update(node);
  }

  update(node) {
    if (node.type.name !== "callout") return false;
    this.dom.className = `callout callout-${node.attrs.kind}`;
    this.dom.dataset.kind = node.attrs.kind;
    this.title.textContent = word(node.attrs.kind);
    return true;
  }

  ignoreMutation(mutation) {
    return mutation.type !== "selection" && !this.contentDOM.contains(mutation.target);
  }
}

class Picture {
  constructor(node) {
    this.image = element("img", { alt: node.attrs.alt });
    this.dom = element("span", { class: "picture" }, this.image);
    this.update(node);
  }

  update(node) {
    if (node.type.name !== "image") return false;
    const { src, alt, title } = node.attrs;
    this.image.alt = alt;
    this.image.title = title ?? "";
    if (src !== this.src) this.draw((this.src = src), alt);
    return true;
  }

  async draw(src, alt) {
    const address = await pictureOf(src);
    if (src !== this.src) return;
    if (address) this.image.src = address;
    this.dom.replaceChildren(address ? this.image : element("span", { class: "picture-words" }, icon("image"), alt || src));
  }

  ignoreMutation() {
    return true;
  }
}

class Kept {
  constructor(node, view, getPos) {
    Object.assign(this, { node, view, getPos });
    this.shown = element("div", { class: "kept-shown prose", dir: "auto" });
    this.button = element("button", { type: "button", class: "button button-small", onclick: () => this.edit() }, icon("edit"), word("source_edit"));
    this.head = element("div", { class: "kept-head" }, element("span", {}, icon("markdown"), word("source_block")), this.button);
    this.dom = element("div", { class: "kept", contenteditable: "false" }, this.head, this.shown);
    this.dom.addEventListener("dblclick", () => this.edit());
    this.show();
  }

  update(node) {
    if (node.type !== this.node.type) return false;
    const isNew = node.attrs.source !== this.node.attrs.source;
    this.node = node;
    if (isNew) this.show();
    return true;
  }

  async show() {
    const { source } = this.node.attrs;
    this.shown.replaceChildren(element("pre", {}, source));
    if (NOT_DRAWN.test(source)) return;
    const html = await renderedOnce(source).catch(() => "");
    const page = new DOMParser().parseFromString(html, "text/html");
    const isVisible = page.body.textContent.trim() || page.body.querySelector("img, table");
    if (isVisible && source === this.node.attrs.source) this.shown.replaceChildren(...page.body.childNodes);
    for (const link of this.shown.querySelectorAll("a")) link.removeAttribute("href");
  }

  edit() {
    if (this.field) return;
    const rows = this.node.attrs.source.split("\n").length + 1;
    this.field = element("textarea", { class: "code", rows: Math.min(rows, 20), "aria-label": word("source_block"), dir: "auto" });
    this.field.value = this.node.attrs.source;
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.done();
    });
    this.field.addEventListener("input", () => this.write());
    this.finish = element("button", { type: "button", class: "button button-small", onclick: () => this.done() }, icon("check"), word("source_done"));
    this.button.replaceWith(this.finish);
    this.shown.replaceWith(this.field);
    this.field.focus();
  }

  /** Every keystroke reaches the document, so that nothing is lost when the page is left. */
  write() {
    const { attrs } = this.node;
    this.view.dispatch(this.view.state.tr.setNodeMarkup(this.getPos(), null, { ...attrs, source: this.field.value }));
  }

  /** What the visual mode can draw becomes blocks again. */
  done() {
    const { field, view } = this;
    this.field = null;
    this.finish.replaceWith(this.button);
    field.replaceWith(this.shown);
    const from = this.getPos();
    const nodes = nodesOf(field.value);
    const isPlain = nodes.length !== 1 || nodes[0].type !== this.node.type;
    if (isPlain) view.dispatch(view.state.tr.replaceWith(from, from + this.node.nodeSize, nodes));
    else this.show();
    view.focus();
  }

  selectNode() {
    this.dom.classList.add("ProseMirror-selectednode");
  }

  deselectNode() {
    this.dom.classList.remove("ProseMirror-selectednode");
  }

  stopEvent(event) {
    return this.head.contains(event.target) || event.target === this.field;
  }

  ignoreMutation() {
    return true;
  }
}

/** A click on the box of a task checks it. */
export function clickTask(view, pos, event) {
  const item = event.target instanceof Element ? event.target.closest("li.task") : null;
  if (!item || event.target !== item) return false;
  const place = view.state.doc.resolve(view.posAtDOM(item, 0));
  const from = place.before(place.depth);
  const node = view.state.doc.nodeAt(from);
  if (node?.type.name !== "list_item") return false;
  view.dispatch(view.state.tr.setNodeMarkup(from, null, { checked: !node.attrs.checked }));
  return true;
}

/** The selected image and its place, or null. */
export function selectedImage(state) {
  const { selection } = state;
  return selection instanceof NodeSelection && selection.node.type.name === "image" ? { node: selection.node, pos: selection.from } : null;
}
