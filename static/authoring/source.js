// The few helps of the source mode: signs around the selected words. `insertText` keeps the browser's own undo.

const SIGNS = { bold: "**", italic: "*", code: "`" };

export function surround(area, name) {
  const sign = SIGNS[name];
  const { selectionStart: from, selectionEnd: to, value } = area;
  const words = value.slice(from, to);
  const isOn = value.slice(from - sign.length, from) === sign && value.slice(to, to + sign.length) === sign;
  if (isOn) area.setSelectionRange(from - sign.length, to + sign.length);
  put(area, isOn ? words : `${sign}${words}${sign}`);
  const start = isOn ? from - sign.length : from + sign.length;
  area.setSelectionRange(start, start + words.length);
}

/** Puts text in place of the selection. */
export function put(area, text) {
  area.focus();
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** A link as Markdown. */
export function linkText(href, text) {
  const target = /[\s<>()]/.test(href) ? `<${href.replace(/[<>]/g, "\\$&")}>` : href;
  return `[${text.replace(/[[\]\\]/g, "\\$&")}](${target})`;
}
