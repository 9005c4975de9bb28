// What is wrong with the tree: asked of the server a moment after the last change, listed with a way to each place.
import { ask, debounced, element, icon, word } from "../page.js";

const WAIT = 900;
const MOST_SHOWN = 200;

export class Problems {
  constructor(model, { address, csrf, list, state, count, go }) {
    Object.assign(this, { model, address, csrf, list, state, count, go });
    this.soon = debounced(() => this.look(), WAIT);
    model.addEventListener("change", ({ detail }) => detail.origin !== "moving" && this.soon());
    this.look();
  }

  async look() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.state.textContent ||= word("checking");
    const body = `{"tree":${this.model.json()}}`;
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": this.csrf };
    const told = await ask(this.address, undefined, { method: "POST", headers, body }).catch(() => null);
    if (turn !== this.turn) return;
    if (told) this.show(told.findings);
    else this.state.textContent = word("unchecked");
  }

  show(findings) {
    const errors = findings.filter((one) => one.is_error).length;
    this.model.setFindings(findings);
    this.state.textContent = findings.length ? word("problems_some", { errors, warnings: findings.length - errors }) : word("problems_none");
    this.count.hidden = !findings.length;
    this.count.textContent = errors || findings.length;
    this.count.classList.toggle("is-error", errors > 0);
    const line = ({ node, way, step, text, is_error }) =>
      element(
        "li",
        { class: is_error ? "is-error" : "is-warning" },
        icon("warning"),
        element("span", {}, this.model.nodes.has(node) ? element("button", { type: "button", class: "problem-place", onclick: () => this.go(node, way) }, step || node) : element("strong", {}, word("whole")), element("span", { class: "visually-hidden" }, ` ${word(is_error ? "has_errors" : "has_warnings")}: `), element("span", { class: "problem-text" }, text)),
      );
    const more = findings.length - MOST_SHOWN;
    this.list.replaceChildren(...findings.slice(0, MOST_SHOWN).map(line), ...(more > 0 ? [element("li", { class: "note" }, word("more_problems", { n: more }))] : []));
  }
}
