// How the server shows Markdown on the portal: for the preview, and for what the visual mode cannot draw by itself.
import { ask } from "./page.js";

const form = document.querySelector("#edit");
const known = new Map();
let waiting = [];

/** Markdown as the portal's HTML; throws when the server does not answer. */
export async function rendered(body) {
  return (await ask(form.dataset.preview, { body })).html;
}

/** The same for a piece that does not change while it is looked at; asked once. */
export function renderedOnce(body) {
  if (!known.has(body)) {
    const asked = rendered(body);
    known.set(body, asked);
    asked.catch(() => known.delete(body));
  }
  return known.get(body);
}

/** The address of an image that the text names attachment:12; undefined where the server shows none. All in one question. */
export async function pictureOf(src) {
  if (!/^attachment:/i.test(src)) return src.startsWith("/files/") ? src : undefined;
  if (!waiting.length) queueMicrotask(askForPictures);
  return new Promise((resolve) => waiting.push({ src, resolve }));
}

async function askForPictures() {
  const asked = waiting;
  waiting = [];
  const names = [...new Set(asked.map(({ src }) => src))];
  const found = new Map();
  try {
    const html = await renderedOnce(names.map((src, index) => `![${index}](<${src}>)`).join("\n\n"));
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const image of page.querySelectorAll("img")) found.set(names[Number(image.alt)], image.getAttribute("src"));
  } catch {
    // without an answer an image stays its words
  }
  for (const { src, resolve } of asked) resolve(found.get(src));
}
