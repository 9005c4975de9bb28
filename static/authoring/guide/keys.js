// The keys of the whole page, and those of the canvas. Fields keep their own.

const STEP = 60;
const NUDGE = 20;
const TYPING = "input, textarea, select, [contenteditable]";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function startKeys(desk) {
  const { canvas, model } = desk;
  const isTyping = (event) => event.target.matches(TYPING);
  const everywhere = {
    s: () => press("save"),
    Enter: () => press("submit"),
    f: () => document.querySelector("#find-step").focus(),
  };
  const besideFields = {
    z: () => desk.undo(),
    Z: () => desk.redo(),
    y: () => desk.redo(),
    d: () => desk.duplicate(),
    a: () => model.select(model.order),
  };
  const onCanvas = {
    "+": () => canvas.zoom(canvas.view.scale * 1.25),
    "=": () => canvas.zoom(canvas.view.scale * 1.25),
    "-": () => canvas.zoom(canvas.view.scale / 1.25),
    0: () => canvas.fit(),
    1: () => canvas.zoom(1),
    Enter: () => model.one && desk.edit(),
    Insert: () => desk.insert(),
    n: () => desk.insert(),
    Delete: () => desk.remove(),
    Backspace: () => desk.remove(),
    Escape: () => model.select([]),
  };
  const press = (key) => document.querySelector(`[data-key=${key}]`).click();

  /** An arrow key moves the view, with Ctrl what is chosen. */
  const arrow = (event) => {
    const [right, down] = ARROWS[event.key];
    if (!event.ctrlKey) canvas.pan(right * STEP, down * STEP);
    else if (model.chosen.size && !model.isFixed) model.move(model.chosen, right * NUDGE, down * NUDGE, { join: `nudge ${[...model.chosen]}` });
  };

  document.addEventListener("keydown", (event) => {
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    const isHere = event.target === canvas.place;
    const isTree = isHere || event.target === desk.outline.place;
    let deed;
    if (isHere && ARROWS[event.key]) deed = () => arrow(event);
    else if (isCommand) deed = everywhere[event.key] ?? (!isTyping(event) && (isTree || !"da".includes(event.key)) ? besideFields[event.key] : undefined);
    else if (isHere && !event.altKey) deed = onCanvas[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
  const isParts = () => [canvas.place, desk.outline.place].includes(document.activeElement);
  document.addEventListener("copy", (event) => isParts() && desk.copy(event, false));
  document.addEventListener("cut", (event) => isParts() && !model.isFixed && desk.copy(event, true));
  document.addEventListener("paste", (event) => isParts() && desk.paste(event));
}
