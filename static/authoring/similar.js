// Says under the title which articles may say the same already, while the title is being written.
import { ask, debounced, element, word } from "./page.js";

const LEAST = 4;

export function startSimilar(form) {
  const title = form.elements.title;
  const place = document.querySelector("#similar");
  if (!title || !place || !form.dataset.similar) return;
  place.setAttribute("aria-live", "polite");
  let asked = title.value.trim();
  const look = debounced(async () => {
    const words = title.value.trim();
    if (words === asked) return;
    asked = words;
    const url = new URL(form.dataset.similar, location.href);
    url.searchParams.set("title", words);
    const articles = words.length < LEAST ? [] : await ask(url).catch(() => []);
    if (words === asked) show(place, articles);
  }, 500);
  title.addEventListener("input", look);
}

function show(place, articles) {
  const links = articles.map(({ title, address }) =>
    element("li", {}, element("a", { href: address, target: "_blank", rel: "noopener", dir: "auto" }, title)),
  );
  place.replaceChildren(...(links.length ? [element("p", {}, word("similar")), element("ul", {}, ...links)] : []));
}
