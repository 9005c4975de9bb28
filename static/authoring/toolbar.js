// The bar above the text: what can be done to it, and in which mode it is shown.
import {
  addColumnAfter,
  addColumnBefore,
  addRowAfter,
  addRowBefore,
  deleteColumn,
  deleteRow,
  deleteTable,
  isInTable,
  redo,
  toggleMark,
  undo,
} from "../vendor/prosemirror.js";
import { hasMark, indent, insertRule, insertTable, isInList, outdent, setStyle, staying, styleOf, toggleList } from "./commands.js";
import { element, icon, keyName, word } from "./page.js";
import { CALLOUTS, schema } from "./schema.js";

const { marks, nodes } = schema;
const STYLES = ["paragraph", "heading2", "heading3", "heading4", "quote", "code_block"];

const markButton = (name, symbol, key, type) => ({ name, symbol, key, command: toggleMark(type), isOn: (state) => hasMark(state, type) });
const listButton = (name, symbol, key, type) => ({ name, symbol, key, command: toggleList(type), isOn: (state) => isInList(state, type) });

const TEXT = [
  [
    markButton("bold", "bold", "Ctrl+B", marks.strong),
    markButton("italic", "italic", "Ctrl+I", marks.em),
    markButton("strike", "strike", "", marks.strike),
    markButton("code", "code", "Ctrl+E", marks.code),
  ],
  [
    listButton("bullets", "list", "Ctrl+Shift+8", nodes.bullet_list),
    listButton("steps", "steps", "Ctrl+Shift+7", nodes.ordered_list),
    { name: "outdent", symbol: "outdent", key: "Shift+Tab", command: outdent },
    { name: "indent", symbol: "indent", key: "Tab", command: indent },
  ],
  [
    { name: "link", symbol: "link", key: "Ctrl+K", dialog: "link", isOn: (state) => hasMark(state, marks.link) },
    { name: "image", symbol: "image", key: "", dialog: "image" },
    { name: "table", symbol: "table", key: "", command: insertTable },
    { name: "rule", symbol: "rule", key: "", command: insertRule },
  ],
  [
    { name: "undo", symbol: "undo", key: "Ctrl+Z", command: undo },
    { name: "redo", symbol: "redo", key: "Ctrl+Shift+Z", command: redo },
  ],
];
const TABLE = [
  { name: "row_above", command: addRowBefore },
  { name: "row_below", command: addRowAfter },
  { name: "column_before", command: addColumnBefore },
  { name: "column_after", command: addColumnAfter },
  { name: "delete_row", command: staying(deleteRow) },
  { name: "delete_column", command: staying(deleteColumn) },
  { name: "delete_table", command: deleteTable },
];

/**
 * Fills the bar.
 *
 * actions: run(command), link(), image(), source(name) for what works in the source too. Gives { show(state) }, which
 * marks what is on at the cursor, and { enable(mode) } for what works in a mode.
 */
export function buildToolbar(bar, actions) {
  const style = styleList(actions);
  const buttons = new Map();
  const groups = TEXT.map((group) =>
    element("div", { class: "toolbar-group" }, ...group.map((item) => toolButton(item, actions, buttons))),
  );
  const tools = element("div", { class: "toolbar-tools", role: "toolbar", "aria-label": word("toolbar"), "aria-controls": "visual" }, ...groups);
  const table = element(
    "div",
    { class: "toolbar-table", role: "group", "aria-label": word("table"), hidden: true },
    ...TABLE.map(({ name, command }) =>
      element("button", { type: "button", class: "button button-small", onclick: () => actions.run(command) }, word(name)),
    ),
  );
  roving(tools);
  bar.prepend(style, tools);
  bar.append(table);
  const parts = { style, tools, buttons, table };
  return { show: (state) => show(state, parts), enable: (mode) => enable(mode, parts) };
}

function styleList(actions) {
  const option = (value) => element("option", { value }, word(value));
  return element(
    "select",
    { class: "toolbar-style", "aria-label": word("style"), onchange: ({ target }) => actions.run(setStyle(target.value)) },
    ...STYLES.map(option),
    element("optgroup", { label: word("callout") }, ...CALLOUTS.map(option)),
  );
}

function toolButton(item, actions, buttons) {
  const { name, symbol, key, command, dialog } = item;
  const label = key ? `${word(name)} (${keyName(key)})` : word(name);
  const act = () => (dialog ? actions[dialog]() : actions.run(command, name));
  const button = element("button", { type: "button", class: "tool", title: label, "aria-label": word(name), onclick: act }, icon(symbol));
  if (item.isOn) button.setAttribute("aria-pressed", "false");
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps the focus
  buttons.set(item, button);
  return button;
}

/** One stop for Tab; the arrows lead on from there, as in every toolbar. */
function roving(bar) {
  const all = () => [...bar.querySelectorAll("button")];
  all().forEach((button, index) => (button.tabIndex = index ? -1 : 0));
  bar.addEventListener("focusin", ({ target }) => all().forEach((button) => (button.tabIndex = button === target ? 0 : -1)));
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const usable = all().filter((button) => !button.disabled);
    const ends = { Home: usable[0], End: usable.at(-1) };
    if (!step && !ends[event.key]) return;
    event.preventDefault();
    const way = getComputedStyle(bar).direction === "rtl" ? -step : step;
    const next = (usable.indexOf(document.activeElement) + way + usable.length) % usable.length;
    (ends[event.key] ?? usable[next]).focus();
  });
}

function show(state, { style, buttons, table }) {
  const now = styleOf(state);
  style.value = now;
  if (style.value !== now) style.value = "heading4";
  for (const [{ isOn, command }, button] of buttons) {
    if (isOn) button.setAttribute("aria-pressed", String(isOn(state)));
    setUsable(button, !command || Boolean(isOn) || command(state));
  }
  table.hidden = !isInTable(state);
}

/** A button that has the focus stays one that can be reached. */
function setUsable(button, isUsable) {
  button.setAttribute("aria-disabled", String(!isUsable));
}

const IN_SOURCE = ["bold", "italic", "code", "link", "image"];

function enable(mode, { style, tools, buttons, table }) {
  style.hidden = mode === "preview";
  style.disabled = mode === "source";
  tools.hidden = mode === "preview";
  if (mode !== "visual") table.hidden = true;
  for (const [{ name }, button] of buttons) {
    button.disabled = mode === "source" && !IN_SOURCE.includes(name);
    if (mode !== "visual") {
      button.removeAttribute("aria-disabled");
      if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", "false");
    }
  }
}
