// Keys and signs of the visual mode: what Ctrl+B does, and what "## " at the start of a line becomes.
import {
  addRowAfter,
  baseKeymap,
  chainCommands,
  exitCode,
  goToNextCell,
  InputRule,
  inputRules,
  isInTable,
  keymap,
  redo,
  splitListItem,
  textblockTypeInputRule,
  toggleMark,
  undo,
  undoInputRule,
  wrappingInputRule,
} from "../vendor/prosemirror.js";
import { indent, insertBreak, outdent, setStyle, toggleList } from "./commands.js";
import { CALLOUTS, schema } from "./schema.js";

const { nodes, marks } = schema;
const inCell = (command) => (state, dispatch, view) => isInTable(state) && command(state, dispatch, view);

/** Everything that is typed; `editLink` opens the link picker, `editImage` the words of a selected image. */
export function keys({ editLink, editImage }) {
  const ours = {
    "Mod-b": toggleMark(marks.strong),
    "Mod-i": toggleMark(marks.em),
    "Mod-e": toggleMark(marks.code),
    "Mod-k": editLink,
    "Mod-z": undo,
    "Mod-y": redo,
    "Shift-Mod-z": redo,
    "Mod-Alt-0": setStyle("paragraph"),
    "Mod-Alt-2": setStyle("heading2"),
    "Mod-Alt-3": setStyle("heading3"),
    "Mod-Alt-4": setStyle("heading4"),
    "Shift-Mod-7": toggleList(nodes.ordered_list),
    "Shift-Mod-8": toggleList(nodes.bullet_list),
    Backspace: undoInputRule,
    Tab: chainCommands(goToNextCell(1), inCell(toNewRow), indent),
    "Shift-Tab": chainCommands(goToNextCell(-1), outdent),
    "Shift-Enter": chainCommands(exitCode, insertBreak),
    Enter: chainCommands(editImage, inCell(insertBreak), splitListItem(nodes.list_item)),
  };
  const { "Mod-Enter": _submits, ...base } = baseKeymap;
  return [inputRules({ rules }), keymap(ours), keymap(base)];
}

/** From the last cell of a table into a row that is made for it. */
function toNewRow(state, dispatch, view) {
  if (!dispatch) return true;
  addRowAfter(state, dispatch);
  return goToNextCell(1)(view.state, dispatch);
}

function spanRule(pattern, type) {
  return new InputRule(pattern, (state, match, start, end) => {
    const [whole, before, words] = match;
    if (type.isInSet(state.doc.resolve(start).marks()) || state.doc.rangeHasMark(start, end, marks.code)) return null;
    const from = start + whole.indexOf(before) + before.length;
    const old = state.doc.resolve(from).marks();
    return state.tr.replaceWith(from, end, schema.text(words, type.create().addToSet(old))).removeStoredMark(type);
  });
}

const rules = [
  textblockTypeInputRule(/^(#{1,6})\s$/, nodes.heading, (match) => ({ level: Math.max(match[1].length, 2) })),
  textblockTypeInputRule(/^```(\w*)\s$/, nodes.code_block, (match) => ({ params: match[1] })),
  wrappingInputRule(/^\s*\[!(note|tip|important|warning|caution)\]\s$/i, nodes.callout, (match) => ({
    kind: CALLOUTS.find((kind) => kind === match[1].toLowerCase()),
  })),
  wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
  wrappingInputRule(/^\s*([-+*])\s$/, nodes.bullet_list),
  wrappingInputRule(
    /^(\d{1,9})\.\s$/,
    nodes.ordered_list,
    (match) => ({ order: Number(match[1]) }),
    (match, node) => node.childCount + node.attrs.order === Number(match[1]),
  ),
  spanRule(/(^|[^*])\*\*([^*\s](?:[^*]*[^*\s])?)\*\*$/, marks.strong),
  spanRule(/(^|[^*])\*([^*\s](?:[^*]*[^*\s])?)\*$/, marks.em),
  spanRule(/(^|[^`])`([^`]+)`$/, marks.code),
  new InputRule(/\{\{(?:snippet:[\w.-]{1,100}|ext:[\w-]{1,80}(?:\.[\w-]{1,80}){1,12})\}\}$/, (state, match, start, end) =>
    state.tr.replaceWith(start, end, nodes.live.create({ source: match[0] })),
  ),
];
