// The queue of cases by keys: each letter presses the button that shows it. Sending back and retiring need a reason:
// their keys go to its field first, and Enter there does what was meant. All works without this script, too.
const buttons = new Map([...document.querySelectorAll("[data-key]")].map((button) => [button.dataset.key, button]));
const reason = document.querySelector("#reason");
let meant = null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target === reason) {
    if (event.key === "Escape") reason.blur();
    if (event.key === "Enter" && meant) {
      event.preventDefault();
      meant.click();
    }
    return;
  }
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const button = buttons.get(event.key);
  if (!button) return;
  event.preventDefault();
  if (button.form?.contains(reason) && !reason.value.trim()) {
    meant = button;
    reason.setAttribute("aria-label", button.textContent.trim());
    reason.focus();
  } else {
    button.click();
  }
});
