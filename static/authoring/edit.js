/* The editing page. The plain form works by itself; this adds the visual mode, the preview, autosave and the rest.

   The form: <form id="edit" data-autosave data-preview data-upload data-find data-similar data-csrf data-base data-language
   data-icons data-words [data-mode="source"]> with the fields title, body (textarea#body), ...; buttons that save and submit
   are named action=save and action=submit, or carry data-key="save" and data-key="submit"; action=discard throws the
   changes away. In it, in one parent:
   #toolbar[hidden], #visual[hidden], #body, #preview[hidden]; anywhere: #save-state, #presence, #similar.

   What the addresses are asked and answer:
   autosave  POST {base_id, fields: {name: value or list}} -> {saved_at, others: [{name}], newest: {id, author} or null};
             GET -> {others, newest}, every 15 s while nothing is typed
   preview   POST {body} -> {html}
   upload    POST multipart `file` -> {id, filename, is_image, markdown}
   find      GET ?q= -> [{key, title, kind, language}]
   similar   GET ?title= -> [{title, address}]
   An answer that says no is JSON with `detail`.

   data-words, with {name} filled in here: visual source preview mode toolbar text style paragraph heading2 heading3 heading4
   bold italic code strike link bullets steps indent outdent table image callout note tip important warning caution quote
   code_block rule undo redo row_above row_below column_before column_after delete_row delete_column delete_table help close
   cancel save_shortcut submit_shortcut mode_shortcut source_edit source_done source_block link_title link_words link_search
   link_hint link_none link_failed link_insert link_remove image_alt image_alt_hint image_title done uploading{name,percent}
   upload_failed{name,why} upload_retry upload_dismiss offline preview_failed state_saving state_saved{time}
   state_unsaved state_local state_refused{why} state_lost local_found{time} local_use local_drop one_other{name}
   many_others{names} newer{name} similar words_one{n} words_many{n} failed_visual */

import { startAutosave } from "./autosave.js";
import { askForLink, askForWords, showKeys } from "./dialogs.js";
import { debounced, directionOf, element, icon, word } from "./page.js";
import { rendered } from "./rendering.js";
import { startSimilar } from "./similar.js";
import { linkText, put, surround } from "./source.js";
import { chooseFiles, upload } from "./uploads.js";

const MODES = { visual: "edit", source: "markdown", preview: "eye" };
const NO_WORDS = /\]\([^)]*\)|\{[{#][^}]*\}|<[^>]*>|\[!\w+\]/g;
const WORD = /[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*/gu;
const REMEMBERED = "kalauz:editing-mode";

class Page {
  form = document.querySelector("#edit");
  area = this.form.elements.body;
  bar = document.querySelector("#toolbar");
  place = document.querySelector("#visual");
  preview = document.querySelector("#preview");
  editor = this.area.parentElement;
  mode = "source";
  visual = null;

  async start() {
    this.buildModes();
    this.count = element("p", { class: "edit-count count" });
    this.uploads = element("ul", { class: "upload-list", "aria-live": "polite" });
    this.bar.after(this.uploads);
    this.buildFoot();
    this.area.addEventListener("input", () => this.countWords());
    for (const part of [this.area, this.place, this.preview]) part.dir = directionOf(this.form.dataset.language);
    this.catchFiles();
    this.catchKeys();
    this.countWords();
    startSimilar(this.form);
    startAutosave(this.editor, () => this.bodyReplaced());
    await this.loadVisual();
    this.form.dataset.ready = "";
  }

  /** The library of the visual mode is large: it comes after the form can be used. */
  async loadVisual() {
    if (this.form.dataset.mode === "source") {
      this.modes.visual.remove();
      this.bar.hidden = false;
      return;
    }
    try {
      const modules = ["./visual.js", "./toolbar.js", "./commands.js"].map((module) => import(module));
      const [{ startVisual }, { buildToolbar }, commands] = await Promise.all(modules);
      Object.assign(this, { startVisual, commands });
      this.toolbar = buildToolbar(this.bar, {
        run: (command, name) => this.run(command, name),
        link: () => this.editLink(),
        image: () => chooseFiles((files) => this.takeFiles(files)),
      });
      this.bar.hidden = false;
      this.show(this.remembered());
    } catch (error) {
      this.modes.visual.remove();
      this.bar.hidden = false;
      this.bar.append(element("p", { class: "note", role: "alert" }, word("failed_visual")));
      console.warn(error);
    }
  }

  /** The lines under the text in one: what is saved, who else is here, how long it is. */
  buildFoot() {
    const lines = ["#save-state", "#presence"].map((name) => document.querySelector(name));
    const foot = element("div", { class: "edit-foot" });
    lines[0].before(foot);
    foot.append(...lines, this.count);
  }

  buildModes() {
    const button = ([mode, symbol]) =>
      element("button", { type: "button", "aria-pressed": String(mode === this.mode), onclick: () => this.show(mode, true) }, icon(symbol), element("span", {}, word(mode)));
    const buttons = Object.entries(MODES).map(button);
    this.modes = Object.fromEntries(Object.keys(MODES).map((mode, index) => [mode, buttons[index]]));
    const help = element("button", { type: "button", class: "tool", title: word("help"), "aria-label": word("help"), onclick: showKeys }, "?");
    const modes = element("div", { class: "toolbar-modes", role: "group", "aria-label": word("mode") }, ...buttons);
    this.bar.append(element("div", { class: "toolbar-end" }, modes, help));
  }

  remembered() {
    try {
      return localStorage.getItem(REMEMBERED) === "source" ? "source" : "visual";
    } catch {
      return "visual";
    }
  }

  /** Changes the mode. The textarea always holds the text, so that nothing has to be brought over but on the way in. */
  show(mode, isChosen = false) {
    if (mode === "visual") this.intoVisual();
    if (isChosen && mode !== "preview") this.remember(mode);
    this.mode = mode;
    this.place.hidden = mode !== "visual";
    this.area.hidden = mode !== "source";
    this.preview.hidden = mode !== "preview";
    for (const [name, button] of Object.entries(this.modes)) button.setAttribute("aria-pressed", String(name === mode));
    this.toolbar?.enable(mode);
    if (mode === "visual") this.toolbar.show(this.visual.view.state);
    if (mode === "preview") this.showPreview();
    if (isChosen && mode === "visual") this.visual.view.focus();
    if (isChosen && mode === "source") this.area.focus();
  }

  remember(mode) {
    try {
      localStorage.setItem(REMEMBERED, mode);
    } catch {
      // then it begins with the visual mode next time
    }
  }

  intoVisual() {
    if (!this.visual) {
      this.visual = this.startVisual(this.place, this.area.value, {
        language: this.form.dataset.language,
        onChange: (markdown) => this.bodyWritten(markdown),
        onState: (state) => this.mode === "visual" && this.toolbar.show(state),
        editLink: () => this.editLink(),
        editImage: (image) => this.editImage(image),
        takeFiles: (files, at) => this.takeFiles(files, at),
      });
    } else if (this.visual.markdown() !== this.area.value) {
      this.visual.load(this.area.value);
    }
  }

  bodyWritten(markdown) {
    if (markdown === this.area.value) return;
    this.area.value = markdown;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  bodyReplaced() {
    if (this.mode === "visual" && this.visual) this.visual.load(this.area.value);
    if (this.mode === "preview") this.showPreview();
    this.countWords();
  }

  countWords = debounced(() => {
    const n = (this.area.value.replace(NO_WORDS, " ").match(WORD) ?? []).length;
    this.count.textContent = word(n === 1 ? "words_one" : "words_many", { n: n.toLocaleString(document.documentElement.lang) });
  }, 200);

  async showPreview() {
    this.preview.setAttribute("aria-busy", "true");
    const text = this.area.value;
    try {
      const html = await rendered(text);
      const page = element("div", { class: "prose", lang: this.form.dataset.language });
      page.innerHTML = html; // sanitised by the server, as on the portal
      if (text === this.area.value) this.preview.replaceChildren(page);
    } catch {
      this.preview.replaceChildren(element("p", { role: "alert" }, word("preview_failed")));
    } finally {
      this.preview.removeAttribute("aria-busy");
    }
  }

  run(command, name) {
    if (this.mode === "visual") this.visual.run(command);
    else if (this.mode === "source") surround(this.area, name);
  }

  async editLink() {
    const isVisual = this.mode === "visual";
    const { selectionStart, selectionEnd, value } = this.area;
    const at = isVisual ? this.visual.link() : { href: "", text: value.slice(selectionStart, selectionEnd) };
    const answer = await askForLink(at);
    if (isVisual) this.visual.run(this.linking(at, answer));
    else if (answer) {
      this.area.setSelectionRange(selectionStart, selectionEnd);
      put(this.area, linkText(answer.href, answer.text || answer.href));
    }
  }

  linking(at, answer) {
    if (!answer) return () => false;
    return answer.remove ? this.commands.removeLink(at) : this.commands.setLink(at, answer.href, answer.text);
  }

  async editImage({ node, pos }) {
    const alt = await askForWords(node.attrs.alt);
    this.visual.run((state, dispatch) => alt !== null && dispatch(state.tr.setNodeMarkup(pos, null, { ...node.attrs, alt })));
  }

  /** Each file's place is held while the author writes on. */
  takeFiles(files, at) {
    const hold = this.mode === "visual" ? this.visual.hold(at) : null;
    upload(files, this.uploads, ({ markdown }) => {
      if (hold && this.mode === "visual") this.visual.insert(markdown, hold);
      else this.appendToSource(markdown);
    });
  }

  appendToSource(markdown) {
    if (this.mode === "source") put(this.area, markdown);
    else this.bodyWritten(`${this.area.value.trimEnd()}\n\n${markdown}\n`);
    this.bodyReplaced();
  }

  catchFiles() {
    const take = (event, data) => {
      if (!data?.files.length) return;
      event.preventDefault();
      this.takeFiles([...data.files]);
    };
    this.area.addEventListener("paste", (event) => take(event, event.clipboardData));
    this.area.addEventListener("drop", (event) => take(event, event.dataTransfer));
  }

  catchKeys() {
    const actions = {
      s: () => this.press("save"),
      Enter: () => this.press("submit"),
      E: () => this.show(this.mode === "visual" ? "source" : this.startVisual ? "visual" : "source", true),
    };
    const inSource = { b: () => surround(this.area, "bold"), i: () => surround(this.area, "italic"), k: () => this.editLink() };
    this.form.addEventListener(
      "keydown",
      (event) => {
        if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
        const key = event.shiftKey ? event.key.toUpperCase() : event.key;
        const action = actions[event.key === "Enter" ? "Enter" : key] ?? (event.target === this.area && inSource[key]);
        if (!action) return;
        event.preventDefault();
        event.stopPropagation();
        action();
      },
      true,
    );
  }

  press(name) {
    const button = this.form.querySelector(`[data-key="${name}"], button[name="action"][value="${name}"]`);
    if (button) this.form.requestSubmit(button);
  }
}

if (document.querySelector("#edit")) new Page().start();
