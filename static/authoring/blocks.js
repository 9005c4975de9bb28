// Markdown as a document of blocks, and back. What the author did not touch keeps its source byte for byte: every block
// remembers which one of the opened text it was, and is written anew only where it is no longer equal to that one.
import { MarkdownParser } from "../vendor/prosemirror.js";
import { buildParser } from "./dialect.js";
import { schema } from "./schema.js";
import { toMarkdown } from "./writing.js";

const md = buildParser();
const LINE = /[^\r\n]*(?:\r\n?|\n)|[^\r\n]+$/g;
const BREAK = /^<br *\/?>$/i;
const NESTED = /(?:<(?:a|em|strong|s)(?: [^>]*)?>){2,}|(?:<\/(?:a|em|strong|s)>){2,}/g;
const ONLY_SNIPPETS = /^(?:\s*\{\{snippet:[ ]?[\w.-]{1,100}[ ]?\}\})+\s*$/;

const isTight = (tokens, index) => {
  const paragraph = tokens.slice(index).find((token) => token.type === "paragraph_open" && token.level === tokens[index].level + 2);
  return paragraph ? paragraph.hidden : true;
};

/** Makes nodes of tokens rather than of text, so that a text is parsed once as a whole. */
const reader = new MarkdownParser(schema, { parse: (tokens) => tokens }, {
  paragraph: { block: "paragraph" },
  heading: { block: "heading", getAttrs: (token) => ({ level: Number(token.tag.slice(1)), id: token.attrGet("id") }) },
  callout: { block: "callout", getAttrs: (token) => ({ kind: token.info.toLowerCase(), written: token.info }) },
  blockquote: { block: "blockquote" },
  bullet_list: { block: "bullet_list", getAttrs: (token, tokens, index) => ({ tight: isTight(tokens, index), bullet: token.markup }) },
  ordered_list: {
    block: "ordered_list",
    getAttrs: (token, tokens, index) => ({
      tight: isTight(tokens, index),
      order: Number(token.attrGet("start") ?? 1),
      mark: token.markup,
    }),
  },
  list_item: { block: "list_item", getAttrs: (token) => ({ checked: token.attrGet("data-checked") && token.attrGet("data-checked") === "true" }) },
  code_block: { block: "code_block", noCloseToken: true },
  fence: { block: "code_block", getAttrs: (token) => ({ params: token.info }), noCloseToken: true },
  hr: { node: "horizontal_rule", getAttrs: (token) => ({ markup: token.markup }) },
  kept: { node: "kept", getAttrs: (token) => ({ source: token.content }) },
  table: { block: "table" },
  thead: { ignore: true },
  tbody: { ignore: true },
  tr: { block: "table_row" },
  th: { block: "table_header", getAttrs: alignment },
  td: { block: "table_cell", getAttrs: alignment },
  image: {
    node: "image",
    getAttrs: (token) => ({
      src: token.attrGet("src"),
      alt: md.renderer.renderInlineAsText(token.children, md.options, {}),
      title: token.attrGet("title"),
    }),
  },
  hardbreak: { node: "hard_break", getAttrs: (token) => ({ markup: token.content || "\\" }) },
  softbreak: { node: "soft_break" },
  live: { node: "live", getAttrs: (token) => ({ source: token.content }) },
  html_inline: { node: "live", getAttrs: (token) => ({ source: token.content }) },
  em: { mark: "em" },
  strong: { mark: "strong" },
  s: { mark: "strike" },
  link: { mark: "link", getAttrs: (token) => ({ href: token.attrGet("href"), title: token.attrGet("title") }) },
  code_inline: { mark: "code", noCloseToken: true },
});

/**
 * Opens Markdown for the visual mode.
 *
 * Returns { doc, originals, lead, end }: the document; for each of its blocks { node, text, tail } with the exact source
 * and the blank lines behind it; what stands before the first block and behind the last. `write` needs all of it.
 */
export function open(markdown) {
  const originals = split(markdown).map((part, index) => ({ ...part, node: withOrigin(part.node, index) }));
  const lead = /^(?:[ \t]*(?:\r\n?|\n))*/.exec(markdown)[0];
  const nodes = originals.length ? originals.map(({ node }) => node) : [schema.nodes.paragraph.create()];
  return { doc: schema.nodes.doc.create(null, nodes), originals, lead: originals.length ? lead : "", end: originals.at(-1)?.tail ?? markdown };
}

/** The document as Markdown: the source of every block that is as it was opened, and new Markdown for the others. */
export function write(doc, { originals, lead, end }) {
  const pieces = [];
  doc.forEach((node, _, index) => {
    const original = originals[node.attrs.origin];
    const isSame = original !== undefined && original.node.eq(node);
    const text = isSame ? original.text : toMarkdown(node, doc, index);
    const place = original?.node.type === node.type ? node.attrs.origin : NaN; // where it stood, if it still is what it was
    const tail = original?.tail ?? "";
    if (isSame || text.trim()) pieces.push({ text, place, tail: isSame ? tail : withoutSpaces(tail) });
  });
  const written = pieces.map(({ text, place, tail }, index) => {
    const next = pieces[index + 1];
    if (!next) return text + (place === originals.length - 1 ? tail : withoutSpaces(end));
    return text + (next.place === place + 1 || /\n[ \t]*\r?\n/.test(tail) ? tail : "\n\n");
  });
  return written.length ? lead + written.join("") : end;
}

/** The line ends behind a block, without the spaces at the end of its last line. */
function withoutSpaces(tail) {
  return tail.replace(/^[ \t]+/, "");
}

/** The blocks of Markdown as nodes for inserting: none of them has an origin. */
export function nodesOf(markdown) {
  return split(markdown).map(({ node }) => node);
}

/** Cuts a text into its top-level blocks: { node, text, tail } each; together they are the text. */
function split(markdown) {
  const env = {};
  const tokens = md.parse(markdown, env);
  const lines = markdown.match(LINE) ?? [];
  const parts = [];
  let line = 0;
  const add = (until, group) => {
    const source = lines.slice(line, until).join("");
    const tail = /\s*$/.exec(source)[0];
    const text = source.slice(0, source.length - tail.length).replace(parts.length ? "" : /^(?:[ \t]*(?:\r\n?|\n))+/, "");
    line = until;
    if (text) parts.push({ text, tail, node: group ? nodeOf(group, text, env) : kept(text) });
    else if (parts.length) parts.at(-1).tail += tail;
  };
  for (const group of groups(tokens)) {
    add(group[0].map[0]); // what makes no tokens: definitions of links
    add(lastLine(lines, group[0].map[1]), group);
  }
  add(lines.length);
  return parts;
}

/** Some blocks end before their blank lines and some behind; all are to end behind. */
function lastLine(lines, line) {
  let last = line;
  while (last < lines.length && !lines[last].trim()) last += 1;
  return last;
}

function groups(tokens) {
  const found = [];
  for (const token of tokens) {
    if (token.level === 0 && token.nesting >= 0) found.push([]);
    found.at(-1).push(token);
  }
  return found;
}

/** The block as a node that can be edited, or kept as source where writing it anew would change what readers see. */
function nodeOf(tokens, text, env) {
  if (ONLY_SNIPPETS.test(text)) return kept(text);
  try {
    const doc = reader.parse(fitted(tokens));
    doc.check();
    const rewritten = toMarkdown(doc.firstChild, doc, 0);
    const isFaithful = doc.childCount === 1 && html(tokens, env) === html(md.parse(rewritten, { references: env.references }), env);
    return isFaithful ? doc.firstChild : kept(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return kept(text); // a token that the schema does not know
  }
}

/** What readers see; what is bold and emphasised at the same time, or a link too, is the same either way round. */
function html(tokens, env) {
  const sorted = (tags) => tags.match(/<[^>]*>/g).sort().join("");
  const rendered = md.renderer.render(tokens, md.options, env).replace(/<br *\/?>\n?/gi, "<br>");
  return rendered.replace(NESTED, sorted).trim();
}

/** The tokens with a paragraph in each cell, and with <br> for what it is. */
function fitted(tokens) {
  return tokens.flatMap((token) => {
    if (/^t[hd]_open$/.test(token.type)) return [token, { type: "paragraph_open" }];
    if (/^t[hd]_close$/.test(token.type)) return [{ type: "paragraph_close" }, token];
    if (token.type !== "inline") return [token];
    const children = token.children.map((child) =>
      child.type === "html_inline" && BREAK.test(child.content) ? { type: "hardbreak", content: "<br>" } : child,
    );
    return [{ type: "inline", children }];
  });
}

function alignment(token) {
  return { align: /text-align:(\w+)/.exec(token.attrGet("style") ?? "")?.[1] ?? null };
}

function kept(source) {
  return schema.nodes.kept.create({ source });
}

function withOrigin(node, origin) {
  return node.type.create({ ...node.attrs, origin }, node.content, node.marks);
}
