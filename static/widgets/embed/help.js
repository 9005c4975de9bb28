// The help panel: parts that the server renders, in a shadow root of its own. Begun by the loader when somebody wants it.
const TYPING_MS = 40; // after a key, before it is asked
const ASKED_MS = 1200; // who types no more has asked
const listeners = new Map();
const facts = {};
const panels = new Map();
let calls = [];

// Pages that guard what becomes HTML want to know who makes it; their policy then allows the name "kalauz".
const policy = globalThis.trustedTypes?.createPolicy("kalauz", { createHTML: (html) => html });
const html = (text) => policy?.createHTML(text) ?? text;

function tell(name, told = {}) {
  for (const listener of listeners.get(name) ?? []) listener(told);
}

const commands = {
  on: (name, listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
  off: (name, listener) => listeners.set(name, (listeners.get(name) ?? []).filter((one) => one !== listener)),
  facts: (told) => Object.assign(facts, told),
  open: () => {},
  close: () => panels.forEach((panel) => panel.floats && panel.close()),
  ask: (question) => panels.forEach((panel) => panel.ask(question)),
};

class Panel {
  constructor(element, wish) {
    Object.assign(this, wish, { element, trail: [], read: new Set(), sheet: new CSSStyleSheet() });
    this.root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    this.root.adoptedStyleSheets = [this.sheet];
    this.root.addEventListener("click", (event) => this.clicked(event));
    this.root.addEventListener("submit", (event) => this.sent(event));
    this.root.addEventListener("input", (event) => this.typed(event));
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.floats) this.close();
    });
    this.ready = this.begin();
  }

  at(path) {
    return new URL(path, this.base);
  }

  async begin() {
    const portal = `embed/v1/${encodeURIComponent(this.portal)}/`;
    const shell = this.at(`${portal}shell`);
    shell.search = new URLSearchParams({ lang: this.lang, page: location.href.split("#")[0], topic: this.topic ?? "" });
    const scheme = this.theme ? `?scheme=${encodeURIComponent(this.theme)}` : "";
    const whole = { whole: true };
    const theme = this.at(`${portal}theme.css${scheme}`);
    const [style, words] = await Promise.all([this.fetched(theme, whole), this.fetched(shell, whole)]);
    this.sheet.replaceSync(style);
    this.root.innerHTML = html(words);
    this.help = this.root.querySelector(".help");
    this.part = this.root.querySelector("#part");
    this.box = this.root.querySelector("#q");
    this.search = this.root.querySelector("[data-search]");
    this.trail = [{ url: this.at(`${new URL(this.help.dataset.base, this.base).pathname}home${shell.search}`).href }];
    this.help.classList.add(this.floats ? "floats" : "stands", this.side === "left" ? "left" : "right");
    this.help.setAttribute("role", this.floats ? "dialog" : "region");
    this.help.setAttribute("aria-labelledby", "name");
    if (!this.floats) this.root.querySelector("[data-close]").remove();
  }

  // The text of a part, one that says what is wrong with what was sent too; `whole`: without it there is no panel.
  async fetched(url, { whole = false, ...options } = {}) {
    const answer = await fetch(url, { credentials: "omit", ...options });
    if (answer.status >= 500 || answer.status === 429 || (whole && !answer.ok)) throw new Error(`${answer.status} for ${url}`);
    this.url = answer.url;
    return answer.text();
  }

  // Ask for a part and put it in its place, and say whether it came; `keeps`: where the reader is stays, as while they type.
  async go(url, { options = {}, keeps = false, back = false, inside = null } = {}) {
    let came = true;
    this.going?.abort();
    this.going = new AbortController();
    this.part.setAttribute("aria-busy", "true");
    try {
      const text = await this.fetched(url, { ...options, signal: this.going.signal });
      let place = this.part;
      if (inside) inside.replaceWith((place = this.made(text)));
      else place.innerHTML = html(text);
      if (!back && !inside && !keeps) this.came();
      if (!keeps) this.arrived(place);
    } catch (error) {
      if (error.name === "AbortError") return false;
      came = false;
      this.lost(url, { options, keeps, back, inside });
    }
    this.part.removeAttribute("aria-busy");
    this.root.querySelector("[data-back]").hidden = this.trail.length < 2;
    return came;
  }

  // What comes back to where it was, as the steps of guided help do, is one place.
  came() {
    const place = (url) => new URL(url).pathname;
    if (place(this.trail.at(-1).url) === place(this.url)) this.trail.pop();
    this.trail.push({ url: this.url });
  }

  made(text) {
    const made = document.createElement("div");
    made.innerHTML = html(text);
    made.tabIndex = -1;
    return made;
  }

  arrived(place) {
    const told = place.querySelector("[data-event]");
    if (told) tell(told.dataset.event, { key: told.dataset.key, title: told.dataset.title, run: told.dataset.run });
    if (told?.dataset.event === "opened") this.read.add(told.dataset.key);
    if (place !== this.part) {
      place.focus();
      return;
    }
    const anchor = decodeURIComponent(new URL(this.url).hash.slice(1));
    const head = (anchor && this.root.getElementById(anchor)) || place.querySelector("[tabindex='-1']");
    place.scrollTop = 0;
    head?.focus({ preventScroll: !anchor });
  }

  lost(...again) {
    const said = document.createElement("p");
    const button = document.createElement("button");
    said.className = "notice bad";
    said.setAttribute("role", "alert");
    said.textContent = this.help.dataset.lost + " ";
    button.className = "button";
    button.textContent = this.help.dataset.again;
    button.addEventListener("click", () => this.go(...again));
    said.append(button);
    this.part.replaceChildren(said);
  }

  clicked(event) {
    const target = event.target.closest("a, button");
    if (!target) return;
    if (target.matches("[data-close]")) this.close();
    else if (target.matches("[data-back]")) this.back();
    else if (target.matches("a[data-query]")) this.ask(target.dataset.query, event);
    else if (target.matches("a")) this.follow(target, event);
  }

  follow(link, event) {
    const url = new URL(link.getAttribute("href"), this.url);
    const own = url.origin === new URL(this.base).origin && url.pathname.includes("/embed/v1/");
    if (own && !link.matches("[data-outside]") && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      if (link.matches("[data-ask]")) url.searchParams.set("read", [...this.read].join(","));
      if (this.pending && link.matches(".line, .answer a")) this.counted(url).then((same) => this.go(same));
      else this.go(url);
      return;
    }
    link.href = url.href;
    link.target = "_blank";
    link.rel = "noopener";
  }

  // Who opens an answer while typing has asked: the question counts, and the answer is known to be opened from it.
  async counted(url) {
    const address = this.answers(this.pending);
    tell("asked", { question: this.pending });
    this.going?.abort();
    this.settled();
    this.trail = [this.trail[0], { url: address.href }];
    const made = this.made(await this.fetched(address).catch(() => ""));
    const same = [...made.querySelectorAll("a")].find((one) => this.at(one.getAttribute("href")).pathname === url.pathname);
    return same ? this.at(same.getAttribute("href")) : url;
  }

  // Nothing that is typed waits any more to be asked.
  settled() {
    clearTimeout(this.soon);
    clearTimeout(this.later);
    this.pending = "";
  }

  back() {
    this.trail.pop();
    const { url } = this.trail.at(-1);
    if (this.trail.length === 1) this.box.value = "";
    this.go(url, { back: true });
  }

  sent(event) {
    event.preventDefault();
    const form = event.target;
    if (form === this.search) {
      this.ask(this.box.value);
      return;
    }
    const data = new FormData(form, event.submitter);
    if (Object.keys(facts).length) data.set("facts", JSON.stringify(facts));
    const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    const inside = form.matches("[data-within]") ? form : null;
    this.go(new URL(form.getAttribute("action"), this.base), { options: { method: "POST", body }, inside });
  }

  answers(question, typing) {
    const url = new URL(this.search.getAttribute("action"), this.base);
    url.search = new URLSearchParams({ q: question, ...(typing ? { typing: 1 } : {}) });
    return url;
  }

  typed(event) {
    if (event.target !== this.box) return;
    this.settled();
    const question = this.box.value;
    const keeps = true;
    if (!question.trim()) {
      this.go(this.trail[0].url, { back: true, keeps });
      this.trail.length = 1;
      return;
    }
    this.pending = question;
    this.soon = setTimeout(() => this.go(this.answers(question, true), { keeps }), TYPING_MS);
    this.later = setTimeout(() => this.asked(question), ASKED_MS);
  }

  // Who has stopped typing has asked: the same answers, now by a question that is counted and can be come back to.
  async asked(question) {
    if (this.box.value !== question || this.root.activeElement !== this.box) return;
    await this.answered(question);
  }

  async answered(question) {
    const url = this.answers(question);
    if (!(await this.go(url, { keeps: true }))) return;
    if (this.pending === question) this.settled();
    this.trail = [this.trail[0], { url: url.href }];
    this.root.querySelector("[data-back]").hidden = false;
    tell("asked", { question });
  }

  async ask(question, event) {
    event?.preventDefault();
    this.settled();
    await this.ready;
    this.box.value = question;
    this.pending = question;
    await this.answered(question);
  }

  async open(wish = {}) {
    await this.ready;
    this.element.hidden = false;
    if (wish.topic !== undefined) {
      const home = new URL(this.trail[0].url);
      home.searchParams.set("topic", wish.topic);
      this.trail = [{ url: home.href }];
      await this.go(home, { back: true });
    }
    if (wish.question) await this.ask(wish.question);
    this.box.focus();
    tell("open");
  }

  close() {
    this.element.hidden = true;
    this.onClose?.();
    tell("close");
  }
}

const help = {
  show(element, wish) {
    if (panels.has(element)) return;
    const panel = new Panel(element, wish);
    panel.ready.catch(() => {}); // whoever opens it hears of it
    panels.set(element, panel);
  },
  // A panel that could not be fetched is none: whoever wants it again asks again.
  async open(element, wish) {
    try {
      await panels.get(element).open(wish);
    } catch (error) {
      panels.delete(element);
      element.remove();
      throw error;
    }
  },
  take() {
    for (const [command, ...told] of calls.splice(0)) commands[command]?.(...told);
  },
};

export function begin(waiting) {
  calls = waiting;
  help.take();
  return help;
}
