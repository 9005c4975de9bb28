// What the toolbar and the keyboard do to the document of the visual mode.
import {
  isInTable,
  lift,
  liftListItem,
  setBlockType,
  sinkListItem,
  TextSelection,
  wrapIn,
  wrapInList,
} from "../vendor/prosemirror.js";
import { CALLOUTS, schema } from "./schema.js";

const { nodes, marks } = schema;
const LISTS = [nodes.bullet_list, nodes.ordered_list];
const WRAPPERS = [nodes.callout, nodes.blockquote];

/** The innermost of these kinds of node that the selection is in, as { node, pos }; null where it is in none. */
export function around(state, types) {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    if (types.includes($from.node(depth).type)) return { node: $from.node(depth), pos: $from.before(depth) };
  }
  return null;
}

/** What the list of styles shows: paragraph, heading2 ... heading6, code_block, quote or a callout's kind. */
export function styleOf(state) {
  const block = state.selection.$from.parent;
  if (block.type === nodes.heading) return `heading${Math.max(block.attrs.level, 2)}`;
  if (block.type === nodes.code_block) return "code_block";
  const wrapper = around(state, WRAPPERS);
  if (!wrapper) return "paragraph";
  return wrapper.node.type === nodes.callout ? wrapper.node.attrs.kind : "quote";
}

export function setStyle(style) {
  if (style === "paragraph") return toParagraph;
  if (style === "code_block") return setBlockType(nodes.code_block);
  if (style === "quote") return wrapped(nodes.blockquote, {});
  if (CALLOUTS.includes(style)) return wrapped(nodes.callout, { kind: style });
  return setBlockType(nodes.heading, { level: Number(style.slice(-1)) });
}

function toParagraph(state, dispatch) {
  const isParagraph = state.selection.$from.parent.type === nodes.paragraph;
  return isParagraph && around(state, WRAPPERS) ? lift(state, dispatch) : setBlockType(nodes.paragraph)(state, dispatch);
}

function wrapped(type, attrs) {
  return (state, dispatch) => {
    const wrapper = around(state, WRAPPERS);
    if (!wrapper) return wrapIn(type, attrs)(state, dispatch);
    dispatch?.(state.tr.setNodeMarkup(wrapper.pos, type, { ...attrs, origin: wrapper.node.attrs.origin }));
    return true;
  };
}

/** Makes a list, turns one kind into the other, or ends the list. */
export function toggleList(type) {
  return (state, dispatch) => {
    const list = around(state, LISTS);
    if (!list) return wrapInList(type)(state, dispatch);
    if (list.node.type === type) return liftListItem(nodes.list_item)(state, dispatch);
    const { tight, origin } = list.node.attrs;
    dispatch?.(state.tr.setNodeMarkup(list.pos, type, { tight, origin }));
    return true;
  };
}

export const indent = sinkListItem(nodes.list_item);
export const outdent = liftListItem(nodes.list_item);

export function isInList(state, type) {
  return around(state, LISTS)?.node.type === type;
}

export function hasMark(state, type) {
  const { from, to, empty, $from } = state.selection;
  return empty ? Boolean(type.isInSet(state.storedMarks ?? $from.marks())) : state.doc.rangeHasMark(from, to, type);
}

/** A table of three columns: a head and two rows, with the cursor in its first cell. */
export function insertTable(state, dispatch) {
  if (isInTable(state) || !state.selection.$from.parent.inlineContent) return false;
  if (!dispatch) return true;
  const row = (type) => nodes.table_row.create(null, Array.from({ length: 3 }, () => type.createAndFill()));
  const table = nodes.table.create(null, [row(nodes.table_header), row(nodes.table_cell), row(nodes.table_cell)]);
  insertBlock(state, dispatch, table, 4);
  return true;
}

/** A command that takes a part of a table away, and leaves the cursor in what remains. */
export function staying(command) {
  return (state, dispatch, view) => {
    const table = around(state, [nodes.table]);
    if (!command(state, dispatch)) return false;
    if (!dispatch || isInTable(view.state)) return true;
    const { tr } = view.state;
    dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(table.pos + 1))));
    return true;
  };
}

export function insertRule(state, dispatch) {
  if (isInTable(state)) return false;
  if (dispatch) insertBlock(state, dispatch, nodes.horizontal_rule.create());
  return true;
}

/** Puts a block in place of an empty paragraph, or behind the one with the cursor. */
function insertBlock(state, dispatch, block, inside = 0) {
  const { $from } = state.selection;
  const isEmpty = $from.parent.type === nodes.paragraph && $from.parent.content.size === 0;
  const start = isEmpty ? $from.before() : $from.after();
  const tr = state.tr.replaceRangeWith(start, isEmpty ? $from.after() : start, block);
  const end = start + block.nodeSize;
  if (end >= tr.doc.content.size) tr.insert(end, nodes.paragraph.create());
  dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(inside ? start + inside : end))).scrollIntoView());
}

export function insertBreak(state, dispatch) {
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
}

/** The link at the cursor as { from, to, href, text }, or the selection without an href. */
export function linkAt(state) {
  const { from, to, $from } = state.selection;
  const mark = marks.link.isInSet($from.marks()) ?? marks.link.isInSet($from.nodeAfter?.marks ?? []);
  if (!mark) return { from, to, href: "", text: state.doc.textBetween(from, to, " ") };
  let start = $from.start();
  let found = { from, to };
  $from.parent.forEach((child) => {
    const end = start + child.nodeSize;
    if (mark.isInSet(child.marks)) found = { from: found.end === start ? found.from : start, end, to: Math.max(end, to) };
    start = end;
  });
  return { from: found.from, to: found.to, href: mark.attrs.href, text: state.doc.textBetween(found.from, found.to, " ") };
}

/** Links the words between two places; other words than there are replace them. */
export function setLink(range, href, text) {
  return (state, dispatch) => {
    const { tr } = state;
    const link = marks.link.create({ href });
    const isSame = range.to > range.from && state.doc.textBetween(range.from, range.to, " ") === text;
    if (isSame) tr.removeMark(range.from, range.to, marks.link).addMark(range.from, range.to, link);
    else tr.replaceWith(range.from, range.to, schema.text(text || href, link.addToSet(state.doc.resolve(range.from).marks())));
    dispatch(tr.removeStoredMark(link).scrollIntoView());
    return true;
  };
}

export function removeLink(range) {
  return (state, dispatch) => {
    dispatch(state.tr.removeMark(range.from, range.to, marks.link));
    return true;
  };
}
