// From the document of the visual mode to Markdown: only for blocks that were touched (blocks.js).
import { MarkdownSerializerState } from "../vendor/prosemirror.js";

const OTHER = { "-": "*", "*": "-", "+": "-", ".": ")", ")": "." };
const SIDES = { left: ":---", center: ":---:", right: "---:" };

class Writer extends MarkdownSerializerState {
  inCell = false;

  /** The library's own rules, and those that Kalauz's Markdown adds. */
  esc(words, startOfLine = false) {
    const starts = startOfLine || this.out === this.delim || this.out.endsWith(`\n${this.delim}`);
    const text = super.esc(starts ? words.replace(/^[ \t]+/, "") : words, starts);
    const escaped = text.replace(/<(?=[a-z/!?])|&(?=#?\w+;)/gi, "\\$&");
    if (!starts) return escaped;
    return escaped.replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2").replace(/^(?:[:+](?=\s|$)|=+\s*$)/, "\\$&");
  }

  list(node, markOf) {
    if (this.inTightList) this.flushClose(1);
    const wasTight = this.inTightList;
    this.inTightList = node.attrs.tight;
    node.forEach((item, _, index) => {
      const mark = `${markOf(index)} `;
      if (index && node.attrs.tight) this.flushClose(1);
      this.wrapBlock(" ".repeat(mark.length), mark, node, () => this.render(item, node, index));
    });
    this.inTightList = wasTight;
  }

  cell(node) {
    const start = this.out.length;
    this.inCell = true;
    this.renderInline(node.firstChild, false);
    this.inCell = false;
    const words = this.out.slice(start).trim().replaceAll("|", "\\|");
    this.out = `${this.out.slice(0, start)}${words}`;
  }
}

const nodes = {
  text: (state, node) => state.text(node.text, !state.inAutolink),
  paragraph(state, node) {
    state.renderInline(node);
    state.out = state.out.replace(/(?<!\\)[ \t]+$/, (spaces) => (state.out.endsWith(`\n${state.delim}`) ? spaces : ""));
    state.closeBlock(node);
  },
  heading(state, node) {
    state.write(`${"#".repeat(node.attrs.level)} `);
    state.inCell = true; // in one line, like a cell
    state.renderInline(node, false);
    state.inCell = false;
    state.out = state.out.trimEnd().replace(/(\s)(#+)$/, "$1\\$2");
    if (node.attrs.id) state.out += ` {#${node.attrs.id}}`;
    state.closeBlock(node);
  },
  callout(state, node) {
    const { kind, written } = node.attrs;
    const name = written?.toLowerCase() === kind ? written : kind.toUpperCase();
    state.wrapBlock("> ", null, node, () => {
      state.write(`[!${name}]\n`);
      state.renderContent(node);
    });
  },
  blockquote: (state, node) => state.wrapBlock("> ", null, node, () => state.renderContent(node)),
  bullet_list: (state, node, parent, index) => state.list(node, () => apart(node, parent, index, "bullet")),
  ordered_list(state, node, parent, index) {
    const mark = apart(node, parent, index, "mark");
    state.list(node, (place) => `${node.attrs.order + place}${mark}`);
  },
  list_item(state, node) {
    if (node.attrs.checked !== null) state.write(node.attrs.checked ? "[x] " : "[ ] ");
    state.renderContent(node);
  },
  code_block(state, node) {
    const longest = Math.max(2, ...[...node.textContent.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length));
    const fence = "`".repeat(longest + 1);
    state.write(`${fence}${node.attrs.params}\n`);
    if (node.textContent) {
      state.text(node.textContent, false);
      state.write("\n");
    }
    state.write(fence);
    state.closeBlock(node);
  },
  horizontal_rule(state, node) {
    state.write(node.attrs.markup);
    state.closeBlock(node);
  },
  kept(state, node) {
    state.text(node.attrs.source.trimEnd(), false);
    state.closeBlock(node);
  },
  table(state, node) {
    node.forEach((row, _, index) => {
      state.write("|");
      row.forEach((cell) => {
        state.out += " ";
        state.cell(cell);
        state.out += " |";
      });
      state.ensureNewLine();
      if (index === 0) state.write(`|${row.children.map((cell) => `${SIDES[cell.attrs.align] ?? "---"}|`).join("")}\n`);
    });
    state.out = state.out.trimEnd();
    state.closeBlock(node);
  },
  image(state, { attrs: { src, alt, title } }) {
    state.write(`![${state.esc(alt ?? "")}](${address(src, title)})`);
  },
  hard_break(state, node, parent, index) {
    const isLast = parent.children.slice(index + 1).every((after) => after.type === node.type);
    if (!isLast) state.write(state.inCell || node.attrs.markup !== "\\" ? "<br>" : "\\\n");
  },
  soft_break: (state) => (state.inCell ? state.write(" ") : state.text("\n", false)),
  live: (state, node) => state.text(node.attrs.source, false),
};

const marks = {
  em: { open: "*", close: "*", mixable: true, expelEnclosingWhitespace: true },
  strong: { open: "**", close: "**", mixable: true, expelEnclosingWhitespace: true },
  strike: { open: "~~", close: "~~", mixable: true, expelEnclosingWhitespace: true },
  link: {
    open(state, mark, parent, index) {
      state.inAutolink = isBare(mark, parent, index);
      return state.inAutolink ? "<" : "[";
    },
    close(state, mark) {
      const isBareLink = state.inAutolink;
      state.inAutolink = undefined;
      return isBareLink ? ">" : `](${address(mark.attrs.href, mark.attrs.title)})`;
    },
    mixable: true,
  },
  code: {
    open: (_state, _mark, parent, index) => ticks(parent.child(index).text, true),
    close: (_state, _mark, parent, index) => ticks(parent.child(index - 1).text, false),
    escape: false,
  },
};

/** A block's Markdown without the line end; `parent` and `index` say what it stands behind. */
export function toMarkdown(node, parent, index) {
  const state = new Writer(nodes, marks, {});
  state.render(node, parent, index);
  return state.out;
}

/** The list's sign, or another one where a list of the same kind is directly before it and both would become one. */
function apart(list, parent, index, attribute) {
  const sign = list.attrs[attribute];
  const before = index > 0 ? parent.child(index - 1) : null;
  return before?.type === list.type && apart(before, parent, index - 1, attribute) === sign ? OTHER[sign] : sign;
}

function isBare(link, parent, index) {
  const words = parent.child(index);
  const next = index + 1 < parent.childCount ? parent.child(index + 1) : null;
  const { href, title } = link.attrs;
  return !title && /^[a-z][a-z0-9+.-]+:[^\s<>]*$/i.test(href) && words.text === href && words.marks.length === 1 && !(next && link.isInSet(next.marks));
}

function address(url, title) {
  let depth = 0;
  const isPlain = !/[\s<>\\]/.test(url) && [...url].every((sign) => (depth += { "(": 1, ")": -1 }[sign] ?? 0) >= 0);
  const written = isPlain && depth === 0 && (url || !title) ? url : `<${url.replace(/[<>\\]/g, "\\$&").replace(/\s/g, " ")}>`;
  return title ? `${written} "${title.replace(/["\\]/g, "\\$&")}"` : written;
}

function ticks(code, opens) {
  const runs = [...code.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = "`".repeat(runs.length ? Math.max(...runs) + 1 : 1);
  const isPadded = /^`|`$|^ .*\S.* $/.test(code);
  if (!isPadded) return fence;
  return opens ? `${fence} ` : ` ${fence}`;
}
