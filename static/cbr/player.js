// Guided help by keys: a digit chooses the answer with that number (or ticks the line), 0 is "I don't know", Enter goes
// on. They work while the step has the focus, which it gets when the page opens; all works without this script, too.
const step = document.querySelector("[data-player]");
const isTyping = (element) => element.matches("textarea, select, input:not([type=checkbox])");

function choose(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const isResting = event.target.matches("input, #step-head");
  const chosen = event.key === "Enter" && isResting
    ? step.querySelector(".step-form .button-primary")
    : step.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!chosen) return;
  event.preventDefault();
  chosen.focus();
  chosen.click();
}

if (step?.querySelector("[data-key]")) {
  step.classList.add("has-keys");
  step.addEventListener("keydown", choose);
}

// The place in the address takes the focus to the heading; where something is typed, the field has it at once.
function settle() {
  const heading = step.querySelector("#step-head");
  const field = step.querySelector(".step-form > .typed :is(input, textarea)");
  if ([null, document.body, heading].includes(document.activeElement)) (field ?? heading).focus({ preventScroll: true });
}
if (step) addEventListener("load", () => requestAnimationFrame(settle));
