// The one box: what goes on from what is typed, as a combobox with a listbox. Without this script it is a plain form.
// And what becomes of a question: which of its answers is opened, and whether that helped.
const WAIT_MS = 80;
const made = (name, attributes, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

function combobox(form) {
  const input = form.querySelector("[name=q]");
  const words = JSON.parse(form.dataset.words);
  const id = `${input.id}-list`;
  const list = made("div", { id, role: "listbox", class: "search-list", "aria-label": words.label, hidden: "" });
  const status = made("div", { role: "status", class: "visually-hidden" });
  let options = [];
  let active = -1;
  let timer;
  let asking;

  // "search" is no type for a combobox; Escape and the list do what its cross did
  input.type = "text";
  for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": id })) {
    input.setAttribute(key, value);
  }
  form.append(list, status);
  open(false);

  function open(yes) {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", yes);
    choose(-1);
  }

  function choose(at) {
    options[active]?.removeAttribute("aria-selected");
    active = at;
    const option = options[active];
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", option.id);
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function show(suggestions) {
    options = [];
    const groups = ["question", "article", "topic"].map((type) => {
      const group = suggestions.filter((suggestion) => suggestion.type === type);
      if (!group.length) return "";
      const head = made("div", { id: `${id}-${type}`, class: "search-list-head", role: "presentation" }, words[type]);
      const lines = group.map((suggestion) => {
        const option = made("a", { role: "option", id: `${id}-${options.length}`, href: suggestion.url, tabindex: -1 });
        option.innerHTML = suggestion.html;
        options.push(option);
        return option;
      });
      return made("div", { role: "group", "aria-labelledby": head.id }, head, ...lines);
    });
    list.replaceChildren(...groups);
    open(options.length > 0);
    status.textContent = words.count.replace("{number}", options.length);
  }

  function stop() {
    clearTimeout(timer);
    asking?.abort();
  }

  function forget() {
    options = [];
    status.textContent = "";
    open(false);
  }

  async function ask() {
    const typed = input.value.trim();
    if (!typed) {
      forget();
      return;
    }
    asking = new AbortController();
    const { signal } = asking;
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal, headers });
      const found = answer.ok ? (await answer.json()).suggestions : [];
      if (!signal.aborted && document.activeElement === input) show(found);
    } catch {
      // typed on, or there is no network: the form works all the same
    }
  }

  input.addEventListener("input", (event) => {
    stop();
    if (!event.isComposing) timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("compositionend", () => {
    stop();
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("blur", () => {
    stop();
    open(false);
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());

  // Once around: the options, and then the words themselves
  const step = (by) => {
    const stops = options.length + 1;
    if (list.hidden && options.length) open(true);
    choose(((active + 1 + by + stops) % stops) - 1);
  };
  const keys = {
    ArrowDown: (event) => (event.altKey ? open(options.length > 0) : step(1)),
    ArrowUp: (event) => (event.altKey ? open(false) : step(-1)),
    Enter: () => options[active].click(),
    // What is still asked for must not open the list again; of words that are gone nothing goes on
    Escape: () => {
      stop();
      if (!list.hidden) {
        open(false);
        return;
      }
      input.value = "";
      forget();
    },
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "Home" || event.key === "End") choose(-1);
    if (event.key === "Enter" && active < 0) stop();
    else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key](event);
    }
  });
}

const boxes = [...document.querySelectorAll("form[data-suggest]")];
boxes.forEach(combobox);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !boxes.length) return;
  event.preventDefault();
  boxes.at(-1).querySelector("[name=q]").focus();
});

const session = (() => {
  try {
    return sessionStorage;
  } catch {
    return undefined; // where a browser keeps nothing at all
  }
})();
// A page of the same question that was narrowed down or turned has no name of its own: it is still the one before.
const answers = document.querySelector("[data-token]");
const [asked, name] = JSON.parse(session?.getItem("asked") ?? "[]");
const token = answers?.dataset.token || (asked === answers?.dataset.question ? name : "");
if (token) {
  session?.setItem("asked", JSON.stringify([answers.dataset.question, token]));
  for (const kind of ["click", "auxclick"]) {
    answers.addEventListener(kind, (event) => {
      const link = event.target.closest("a[data-rank]");
      if (!link || event.button > 1) return;
      const { article, rank } = link.dataset;
      navigator.sendBeacon(answers.dataset.opened, new URLSearchParams({ token, article, rank }));
      session?.setItem(`question ${article}`, token);
    });
  }
}

// By the article, not its address: that may lead on to one in another language.
const feedback = document.querySelector("form.feedback");
const question = feedback && session?.getItem(`question ${feedback.dataset.article}`);
if (question) feedback.append(made("input", { type: "hidden", name: "question", value: question }));
