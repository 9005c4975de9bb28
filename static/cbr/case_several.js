// "All of this page": ticks every case of the list, or none. Without this script each box is ticked by itself.
const all = document.querySelector("[data-all]");
const boxes = [...document.querySelectorAll('input[name="pick"]')];

function show() {
  const ticked = boxes.filter((box) => box.checked).length;
  all.checked = ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
}

if (all && boxes.length) {
  for (const part of [all, all.labels[0]]) part.hidden = false;
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
  for (const box of boxes) box.addEventListener("change", show);
  show();
}
