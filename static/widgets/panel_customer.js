// Who the contact is from, put right.
import { api, attempt, root } from "./panel_io.js";

export function customer(contact, { changed }) {
  const form = root.querySelector("[data-customer]");
  if (!form) return;
  const is = (key) => attempt(async () => {
    await api("PUT", `/contacts/${contact.id}/customer`, { customer: key });
    await changed();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const key = form.customer.value.trim();
    if (key) is(key);
  });
  form.querySelector("[data-nobody]").addEventListener("click", () => is(null));
}
