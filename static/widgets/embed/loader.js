// The loader of the help widget: a button on another site's page, and nothing else until somebody wants help.
// The server puts in what it knows: where the rest lies, the word on the button, the colours of portals.
((known) => {
  if (customElements.get("kalauz-help")) return;
  const script = document.currentScript;
  const { portal, label, position, topic, lang, theme, button } = script.dataset;
  const base = new URL(known.base, script.src).href;
  const waiting = window.kalauz?.q ?? [];
  const language = () => lang || document.documentElement.lang || navigator.language;
  let loading, panel, opener;
  const load = () => (loading ??= import(new URL(known.module, script.src)).then((module) => module.begin(waiting)));

  const shut = () => {
    opener?.setAttribute("aria-expanded", "false");
    opener?.focus();
  };
  const open = async (wish = {}) => {
    if (!panel?.isConnected) {
      panel = document.createElement("kalauz-help");
      document.body.append(panel);
    }
    opener?.setAttribute("aria-expanded", "true");
    try {
      await (await load()).open(panel, wish);
    } catch { // the browser has said why; the button is there again
      loading = undefined;
      shut();
    }
  };

  window.kalauz = (...call) => {
    waiting.push(call);
    if (call[0] === "open") open(call[1]);
    else loading?.then((help) => help.take());
  };

  customElements.define("kalauz-help", class extends HTMLElement {
    connectedCallback() {
      const own = (name, other) => this.getAttribute(name) || other;
      const wish = { portal: own("portal", portal), topic: own("topic", topic), theme: own("theme", theme), lang: own("lang", language()) };
      load().then((help) => help.show(this, { ...wish, base, floats: this === panel, side: position, onClose: shut })).catch(() => {});
    }
  });

  const draw = () => {
    const host = document.createElement("kalauz-button");
    const root = host.attachShadow({ mode: "open" });
    const code = language().toLowerCase().split("-")[0];
    const [brand, ink] = known.brands[portal] ?? known.brands[""];
    const side = position === "left" ? "left" : "right";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:host{all:initial!important}
button{position:fixed;bottom:20px;${side}:20px;z-index:2147483000;display:flex;gap:8px;align-items:center;min-height:48px;padding:0 20px;border:1px solid #fff6;border-radius:24px;background:${brand};color:${ink};font:600 16px/1.2 system-ui,sans-serif;box-shadow:0 2px 12px #0005;cursor:pointer}
button:focus-visible{outline:3px solid ${ink};outline-offset:-6px}
button[aria-expanded=true]{visibility:hidden}
@media print{button{display:none}}`);
    root.adoptedStyleSheets = [sheet];
    opener = document.createElement("button");
    opener.type = "button";
    opener.setAttribute("aria-haspopup", "dialog");
    opener.setAttribute("aria-expanded", "false");
    opener.textContent = label || known.words[code] || known.words.en;
    opener.addEventListener("click", () => open());
    root.append(opener);
    document.body.append(host);
  };
  const ready = () => {
    if (portal && button !== "none") draw();
    if (waiting.some(([command]) => command === "open")) open();
  };
  if (document.body) ready();
  else addEventListener("DOMContentLoaded", ready);
})(KALAUZ);
