// A field with a list of what there is to choose below it (the combobox pattern): type, arrows, Enter.
import { element, icon } from "../page.js";

let number = 0;

/**
 * A field that chooses something.
 *
 * shown: what stands in it; find(words) -> [{ value, words, note }], or a promise of it; take(value, typed) when chosen.
 */
export function picker({ label, shown, find, take, hint = "", isNone, dir = "auto" }) {
  const id = `pick-${(number += 1)}`;
  const input = element("input", { id, type: "text", role: "combobox", value: shown, autocomplete: "off", spellcheck: "false", "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list", "aria-describedby": hint ? `${id}-hint` : undefined, dir });
  const list = element("ul", { id: `${id}-list`, class: "picker-list", role: "listbox", "aria-label": label, hidden: true });
  const place = element("div", { class: "field picker" }, element("label", { for: id }, label), hint ? element("p", { class: "hint", id: `${id}-hint` }, hint) : "", input, list);
  let options = [];
  let at = -1;
  let asked = 0;

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    close();
    input.value = option.shown ?? option.words;
    place.dataset.shown = input.value;
    take(option.value, input.value);
  };
  const mark = (next) => {
    at = next;
    [...list.children].forEach((line, place) => line.setAttribute("aria-selected", String(place === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    if (at >= 0) input.setAttribute("aria-activedescendant", `${id}-${at}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const show = async (words) => {
    const turn = (asked += 1);
    const found = await find(words);
    if (turn !== asked || document.activeElement !== input) return;
    options = found;
    const line = (option, place) =>
      element(
        "li",
        { role: "option", id: `${id}-${place}`, "aria-selected": "false", onpointerdown: (event) => (event.preventDefault(), choose(option)) },
        option.icon ? icon(option.icon) : "",
        element("span", { dir: "auto" }, option.words),
        option.note ? element("span", { class: "note" }, option.note) : "",
      );
    list.replaceChildren(...(found.length ? found.map(line) : [element("li", { class: "note picker-none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, isNone)]));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(words && found.length ? 0 : -1);
  };
  input.addEventListener("input", () => show(input.value.trim()));
  input.addEventListener("click", () => list.hidden && show(""));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    asked += 1;
    close();
    if (!input.value.trim() && shown) take("", "");
    else if (input.isConnected) input.value = place.dataset.shown ?? shown;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) show("");
      else if (options.length) mark((at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
    } else if (event.key === "Enter" && !list.hidden && options[at]) choose(options[at]);
    else if (event.key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { place, input };
}
