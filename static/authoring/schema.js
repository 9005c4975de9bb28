// What a document of the visual mode may consist of, and how each part looks while it is edited: as on the portal.
import { Schema, tableNodes } from "../vendor/prosemirror.js";

export const CALLOUTS = ["note", "tip", "important", "warning", "caution"];
const SAFE_ADDRESS = /^(?:https?:|mailto:|tel:)/i;

/** Which of the opened blocks this one was (blocks.js); a block that is new here has none. */
const origin = { origin: { default: null } };

const cells = tableNodes({
  tableGroup: "block",
  cellContent: "paragraph",
  cellAttributes: {
    align: {
      default: null,
      getFromDOM: (dom) => ["left", "center", "right"].find((side) => dom.classList.contains(`align-${side}`)) ?? null,
      setDOMAttr: (side, attributes) => side && (attributes.class = `align-${side}`),
    },
  },
});
cells.table.attrs = origin;
cells.table.toDOM = () => ["div", { class: "table-scroll" }, ["table", ["tbody", 0]]];
cells.table.parseDOM = [{ tag: "table" }];

const blocks = {
  doc: { content: "block+" },
  paragraph: {
    group: "block",
    content: "inline*",
    attrs: origin,
    parseDOM: [{ tag: "p" }],
    toDOM: () => ["p", { dir: "auto" }, 0],
  },
  heading: {
    group: "block",
    content: "inline*",
    defining: true,
    attrs: { level: { default: 2 }, id: { default: null }, ...origin },
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({
      tag: `h${level}`,
      getAttrs: (dom) => ({ level: Number(dom.dataset.level ?? Math.max(level, 2)), id: dom.dataset.id ?? null }),
    })),
    toDOM: ({ attrs: { level, id } }) => [
      `h${Math.max(level, 2)}`,
      { dir: "auto", "data-level": level, ...(id && { "data-id": id }) },
      0,
    ],
  },
  callout: {
    group: "block",
    content: "block+",
    defining: true,
    attrs: { kind: { default: "note" }, written: { default: null }, ...origin },
    parseDOM: CALLOUTS.map((kind) => ({ tag: `aside.callout-${kind}`, attrs: { kind } })),
    toDOM: ({ attrs: { kind } }) => ["aside", { class: `callout callout-${kind}`, "data-kind": kind }, 0],
  },
  blockquote: {
    group: "block",
    content: "block+",
    defining: true,
    attrs: origin,
    parseDOM: [{ tag: "blockquote" }],
    toDOM: () => ["blockquote", 0],
  },
  bullet_list: {
    group: "block",
    content: "list_item+",
    attrs: { tight: { default: true }, bullet: { default: "-" }, ...origin },
    parseDOM: [{ tag: "ul", getAttrs: (dom) => ({ tight: !dom.querySelector(":scope > li > p") || dom.hasAttribute("data-tight") }) }],
    toDOM: ({ attrs }) => ["ul", attrs.tight ? { "data-tight": "" } : {}, 0],
  },
  ordered_list: {
    group: "block",
    content: "list_item+",
    attrs: { tight: { default: true }, order: { default: 1 }, mark: { default: "." }, ...origin },
    parseDOM: [
      {
        tag: "ol",
        getAttrs: (dom) => ({
          order: Math.max(Number(dom.getAttribute("start") ?? 1) || 0, 0),
          tight: !dom.querySelector(":scope > li > p") || dom.hasAttribute("data-tight"),
        }),
      },
    ],
    toDOM: ({ attrs }) => ["ol", { ...(attrs.order !== 1 && { start: attrs.order }), ...(attrs.tight && { "data-tight": "" }) }, 0],
  },
  list_item: {
    content: "paragraph block*",
    defining: true,
    attrs: { checked: { default: null } },
    parseDOM: [
      { tag: "li", getAttrs: (dom) => ({ checked: dom.dataset.checked ? dom.dataset.checked === "true" : null }) },
    ],
    toDOM: ({ attrs: { checked } }) => (checked === null ? ["li", 0] : ["li", { class: "task", "data-checked": String(checked) }, 0]),
  },
  code_block: {
    group: "block",
    content: "text*",
    marks: "",
    code: true,
    defining: true,
    attrs: { params: { default: "" }, ...origin },
    parseDOM: [{ tag: "pre", preserveWhitespace: "full", getAttrs: (dom) => ({ params: dom.dataset.language ?? "" }) }],
    toDOM: ({ attrs: { params } }) => ["pre", { dir: "ltr", ...(params && { "data-language": params }) }, ["code", 0]],
  },
  horizontal_rule: {
    group: "block",
    attrs: { markup: { default: "---" }, ...origin },
    parseDOM: [{ tag: "hr" }],
    toDOM: () => ["hr"],
  },
  /** Markdown that the visual mode only shows: HTML, definition lists, footnotes, a snippet by itself. */
  kept: {
    group: "block",
    atom: true,
    attrs: { source: { default: "" }, ...origin },
    parseDOM: [{ tag: "pre[data-kept]", getAttrs: (dom) => ({ source: dom.textContent }), priority: 60 }],
    toDOM: ({ attrs: { source } }) => ["pre", { "data-kept": "" }, source],
  },
  ...cells,
  text: { group: "inline" },
  image: {
    group: "inline",
    inline: true,
    draggable: true,
    attrs: { src: {}, alt: { default: "" }, title: { default: null } },
    parseDOM: [
      {
        tag: "img[src]",
        getAttrs: (dom) => ({ src: dom.dataset.src ?? dom.getAttribute("src"), alt: dom.alt, title: dom.getAttribute("title") }),
      },
    ],
    toDOM: ({ attrs: { src, alt } }) => ["img", { "data-src": src, src: "data:,", alt }],
  },
  hard_break: {
    group: "inline",
    inline: true,
    selectable: false,
    linebreakReplacement: true,
    attrs: { markup: { default: "\\" } },
    parseDOM: [{ tag: "br" }],
    toDOM: () => ["br"],
  },
  /** Where the author's source goes on in the next line: a space for the reader. */
  soft_break: {
    group: "inline",
    inline: true,
    selectable: false,
    leafText: () => "\n",
    parseDOM: [{ tag: "span.soft-break" }],
    toDOM: () => ["span", { class: "soft-break" }, " "],
  },
  /** A snippet, a live value, a footnote's sign or a tag of HTML in the line. */
  live: {
    group: "inline",
    inline: true,
    atom: true,
    attrs: { source: {} },
    leafText: (node) => node.attrs.source,
    parseDOM: [{ tag: "span[data-live]", getAttrs: (dom) => ({ source: dom.textContent }) }],
    toDOM: ({ attrs: { source } }) => ["span", { class: "live", "data-live": "" }, source],
  },
};

const marks = {
  em: {
    parseDOM: [{ tag: "i" }, { tag: "em" }],
    toDOM: () => ["em", 0],
  },
  strong: {
    parseDOM: [{ tag: "strong" }, { tag: "b" }],
    toDOM: () => ["strong", 0],
  },
  strike: {
    parseDOM: [{ tag: "s" }, { tag: "del" }, { tag: "strike" }],
    toDOM: () => ["del", 0],
  },
  link: {
    inclusive: false,
    attrs: { href: {}, title: { default: null } },
    parseDOM: [
      {
        tag: "a[href]",
        getAttrs: (dom) => ({ href: dom.dataset.href ?? dom.getAttribute("href"), title: dom.getAttribute("title") }),
      },
    ],
    toDOM: ({ attrs: { href, title } }) => [
      "a",
      { "data-href": href, href: SAFE_ADDRESS.test(href) ? href : "#", ...(title && { title }), rel: "noopener noreferrer" },
      0,
    ],
  },
  code: {
    code: true,
    parseDOM: [{ tag: "code" }, { tag: "kbd" }, { tag: "samp" }, { tag: "tt" }],
    toDOM: () => ["code", { dir: "ltr" }, 0],
  },
};

/* Their order is how they nest in Markdown: a link inside what is bold, code innermost. */
export const schema = new Schema({ nodes: blocks, marks });
