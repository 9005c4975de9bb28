// The visual mode: an editor of the document that blocks.js makes of the Markdown, and writes back.
import {
  dropCursor,
  EditorState,
  EditorView,
  gapCursor,
  history,
  Plugin,
  tableEditing,
} from "../vendor/prosemirror.js";
import { nodesOf, open, write } from "./blocks.js";
import { linkAt, setLink } from "./commands.js";
import { word } from "./page.js";
import { clickTask, nodeViews, selectedImage } from "./parts.js";
import { cleaned, hasWords } from "./paste.js";
import { keys } from "./typing.js";

/** Follows places in the document while text around them changes: where an upload is to go. */
const places = new Plugin({
  state: {
    init: () => new Map(),
    apply(tr, held) {
      const asked = tr.getMeta(places);
      const moved = new Map([...held].map(([key, pos]) => [key, tr.mapping.map(pos)]));
      if (asked?.hold) moved.set(asked.hold, asked.pos);
      if (asked?.release) moved.delete(asked.release);
      return moved;
    },
  },
});

/**
 * Starts the visual mode in `place`.
 *
 * options: language of the text; onChange(markdown) after each change; onState(state) when the toolbar may look different;
 * editLink(), editImage(image) open dialogs; takeFiles(files) uploads what is dropped or pasted.
 */
export function startVisual(place, markdown, options) {
  let opened = open(markdown);
  const asking = {
    editLink: () => (options.editLink(), true),
    editImage: (state) => Boolean(selectedImage(state)) && (options.editImage(selectedImage(state)), true),
  };
  const plugins = [...keys(asking), history(), dropCursor({ color: false, class: "drop-cursor" }), gapCursor(), tableEditing(), places];
  const view = new EditorView(place, {
    state: EditorState.create({ doc: opened.doc, plugins }),
    nodeViews,
    attributes: { class: "prose", role: "textbox", "aria-multiline": "true", "aria-label": word("text"), lang: options.language, spellcheck: "true" },
    transformPastedHTML: cleaned,
    handleClick: clickTask,
    handleDoubleClickOn: (_view, _pos, node, pos) => node.type.name === "image" && (options.editImage({ node, pos }), true),
    handlePaste: (_view, event) => takesFiles(event.clipboardData, options) || pastesLink(view, event.clipboardData),
    handleDrop(_view, event) {
      const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos;
      return takesFiles(event.dataTransfer, options, at);
    },
    dispatchTransaction(tr) {
      view.updateState(view.state.apply(tr));
      if (tr.docChanged) options.onChange(write(view.state.doc, opened));
      options.onState(view.state);
    },
  });
  options.onState(view.state);
  return {
    view,
    run: (command) => (view.focus(), command(view.state, view.dispatch, view)),
    markdown: () => write(view.state.doc, opened),
    load(text) {
      opened = open(text);
      view.updateState(EditorState.create({ doc: opened.doc, plugins }));
      options.onState(view.state);
    },
    hold(pos = view.state.selection.to) {
      const hold = {};
      view.dispatch(view.state.tr.setMeta(places, { hold, pos }));
      return hold;
    },
    insert(text, hold) {
      const pos = places.getState(view.state).get(hold) ?? view.state.selection.to;
      const nodes = nodesOf(text);
      const words = nodes.length === 1 && nodes[0].isTextblock ? nodes[0].content : nodes;
      view.dispatch(view.state.tr.insert(pos, words).setMeta(places, { release: hold }).scrollIntoView());
    },
    link: () => linkAt(view.state),
  };
}

/** Office programs put a picture of the text beside the text: what has words is pasted as words. */
function takesFiles(data, options, at) {
  const files = [...(data?.files ?? [])];
  if (!files.length) return false;
  if (hasWords(data.getData("text/html"))) return false;
  options.takeFiles(files, at);
  return true;
}

/** An address pasted over words links them. */
function pastesLink(view, data) {
  const text = data?.getData("text/plain").trim() ?? "";
  const { from, to, empty, $from, $to } = view.state.selection;
  if (empty || !$from.sameParent($to) || !$from.parent.inlineContent || !/^https?:\/\/\S+$/.test(text)) return false;
  return setLink({ from, to }, text, view.state.doc.textBetween(from, to, " "))(view.state, view.dispatch);
}
