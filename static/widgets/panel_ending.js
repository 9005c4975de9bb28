// How a contact ends: what is marked and typed stays while the page of the contact is made anew, until it is closed.
import { api, root } from "./panel_io.js";

const kept = (id) => `kalauz-end-${id}`;
const TYPED = ["case_type", "title", "solution"];

export function ending(contact) {
  const form = root.querySelector("[data-end]");
  if (!form) return async () => {};
  const more = form.querySelector("[data-more-tags]");

  function tag(key, name, isOn) {
    let box = [...form.querySelectorAll("[name=tags]")].find((one) => one.value === key);
    if (!box) {
      const label = document.createElement("label");
      label.className = "check";
      box = Object.assign(document.createElement("input"), { type: "checkbox", name: "tags", value: key });
      label.append(box, ` ${name}`);
      more.previousElementSibling.before(label);
    }
    box.checked = isOn;
  }

  function keep() {
    const state = {
      own: form.own.checked,
      tags: [...form.querySelectorAll("[name=tags]")].map((box) => [box.value, box.parentElement.textContent.trim(), box.checked]),
      typed: TYPED.map((name) => form.elements[name]?.value ?? ""),
    };
    sessionStorage.setItem(kept(contact.id), JSON.stringify(state));
  }

  const before = JSON.parse(sessionStorage.getItem(kept(contact.id)));
  if (before) {
    form.own.checked = before.own;
    for (const [key, name, isOn] of before.tags) if (isOn) tag(key, name, true);
    TYPED.forEach((name, at) => { if (form.elements[name] && before.typed[at]) form.elements[name].value = before.typed[at]; });
    if (before.typed[2]) form.querySelector("[data-case-form]")?.setAttribute("open", "");
  }

  more.addEventListener("change", () => {
    if (more.value) tag(more.value, more.selectedOptions[0].dataset.name, true);
    more.value = "";
    keep();
  });
  form.addEventListener("input", keep);
  return async () => { if (form.isConnected) keep(); };
}

export const tagsOf = (form) => [...form.querySelectorAll("[name=tags]:checked")].map((box) => box.value);

// The case is made first: while it is refused, the contact is still there to mend it.
export async function caseOf(form, contact) {
  const solution = form.elements.solution?.value.trim();
  if (!solution) return;
  const { case_type, title } = form.elements;
  await api("PUT", `/contacts/${contact.id}/case`, { case_type: case_type.value, title: title.value, solution });
}

export const forget = (contact) => sessionStorage.removeItem(kept(contact.id));
