// The Markdown that Kalauz speaks (kb/content/markdown.py), as far as the visual mode has to understand it: callouts,
// task lists, named headings, snippets, live values, footnotes. Definition lists and whatever else is not understood
// is marked as `kept` and stays as it was written.
import { MarkdownIt } from "../vendor/prosemirror.js";

const CALLOUT = /^\[!(note|tip|important|warning|caution)\][ \t]*(?:\n|$)/i;
const TASK = /^\[([ xX])\][ \t]/;
const HEADING_ID = /(?:^|[ \t]+)\{#([^\s{}`<>"']{1,100})\}[ \t]*$/;
const LIVE = /\{\{(?:[ ]?ext:[\w-]{1,80}(?:\.[\w-]{1,80}){1,12}|snippet:[ ]?[\w.-]{1,100})[ ]?\}\}/y;
const FOOTNOTE = /\[\^[^\s\]]{1,100}\]/y;
const FOOTNOTE_TEXT = /^\[\^[^\s\]]{1,100}\]:/;
const DEFINITION = /^ {0,3}[:~][ \t]+\S/;

/** A parser whose tokens name everything that the schema knows; addresses stay exactly as the author wrote them. */
export function buildParser() {
  const md = new MarkdownIt("commonmark").enable(["table", "strikethrough"]);
  md.validateLink = () => true;
  md.normalizeLink = (address) => address;
  md.block.ruler.before("reference", "footnote", footnoteText);
  md.block.ruler.before("paragraph", "definitions", definitions);
  md.core.ruler.after("block", "house_style", houseStyle);
  md.inline.ruler.before("escape", "live", liveOrFootnote);
  md.renderer.rules.live = (tokens, index) => `<data>${md.utils.escapeHtml(tokens[index].content)}</data>`;
  md.renderer.rules.kept = (tokens, index) => `<pre>${md.utils.escapeHtml(tokens[index].content)}</pre>\n`;
  return md;
}

/** `[^1]: ...` and the indented lines that belong to it. */
function footnoteText(state, startLine, endLine, silent) {
  if (state.level > 0 || state.sCount[startLine] - state.blkIndent >= 4 || !FOOTNOTE_TEXT.test(lineOf(state, startLine))) {
    return false;
  }
  return silent || keep(state, startLine, lastIndented(state, startLine + 1, endLine, true));
}

/** A term, and under it lines that begin with a colon or a tilde. */
function definitions(state, startLine, endLine, silent) {
  let line = startLine + 1;
  if (line < endLine && state.isEmpty(line)) line += 1;
  if (silent || line >= endLine || !DEFINITION.test(lineOf(state, line))) return false;
  while (line < endLine && state.sCount[line] >= state.blkIndent && (state.isEmpty(line) || DEFINITION.test(lineOf(state, line)) || state.sCount[line] > state.blkIndent)) {
    line += 1;
  }
  while (state.isEmpty(line - 1)) line -= 1;
  return keep(state, startLine, line);
}

function lineOf(state, line) {
  return state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);
}

function lastIndented(state, from, endLine, lazily) {
  let line = from;
  let last = from;
  let open = lazily;
  while (line < endLine && (state.isEmpty(line) || state.sCount[line] > state.blkIndent || open)) {
    open &&= !state.isEmpty(line);
    if (!state.isEmpty(line)) last = line + 1;
    line += 1;
  }
  return last;
}

function keep(state, startLine, endLine) {
  const token = state.push("kept", "", 0);
  token.map = [startLine, endLine];
  token.content = state.getLines(startLine, endLine, state.blkIndent, false);
  state.line = endLine;
  return true;
}

function liveOrFootnote(state, silent) {
  for (const pattern of [LIVE, FOOTNOTE]) {
    pattern.lastIndex = state.pos;
    const found = pattern.exec(state.src);
    if (found) {
      if (!silent) state.push("live", "", 0).content = found[0];
      state.pos += found[0].length;
      return true;
    }
  }
  return false;
}

/** Names callouts, tasks and the headings' ids before the words are parsed. */
function houseStyle(state) {
  state.tokens.forEach((token, index) => {
    const words = state.tokens[index + 2];
    if (token.type === "blockquote_open") nameCallout(state.tokens, index);
    else if (token.type === "heading_open") nameHeading(token, state.tokens[index + 1]);
    else if (token.type === "list_item_open" && words?.type === "inline") nameTask(token, words);
  });
  state.tokens = state.tokens.filter((token) => !token.meta?.gone);
}

function nameCallout(tokens, index) {
  const [opening, paragraph, words] = tokens.slice(index, index + 3);
  const kind = paragraph?.type === "paragraph_open" && CALLOUT.exec(words.content);
  if (!kind) return;
  const closing = tokens.findIndex((token, place) => place > index && token.type === "blockquote_close" && token.level === opening.level);
  Object.assign(opening, { type: "callout_open", tag: "aside", info: kind[1] });
  opening.attrSet("class", `callout-${kind[1].toLowerCase()}`);
  Object.assign(tokens[closing], { type: "callout_close", tag: "aside" });
  words.content = words.content.slice(kind[0].length);
  if (!words.content) tokens.slice(index + 1, index + 4).forEach((token) => (token.meta = { gone: true }));
}

function nameHeading(opening, words) {
  const id = HEADING_ID.exec(words.content);
  if (!id) return;
  opening.attrSet("id", id[1]);
  words.content = words.content.slice(0, id.index);
}

function nameTask(item, words) {
  const task = TASK.exec(words.content);
  if (!task) return;
  item.attrSet("data-checked", String(task[1] !== " "));
  words.content = words.content.slice(task[0].length);
}
