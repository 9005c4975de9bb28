// The table of orders by keyboard: arrows lead from cell to cell, a letter stands in its colour at once.
const table = document.querySelector(".orders tbody");

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function cell(row, column) {
  const line = table.rows[row];
  return line ? line.querySelectorAll("td.order input")[column] : undefined;
}

table?.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || !event.target.matches("td.order input")) return;
  const line = event.target.closest("tr");
  const column = [...line.querySelectorAll("td.order input")].indexOf(event.target);
  const towards = getComputedStyle(table).direction === "rtl" ? -step[1] : step[1];
  const next = cell([...table.rows].indexOf(line) + step[0], column + towards);
  if (!next) return;
  event.preventDefault();
  next.focus();
});

table?.addEventListener("focusin", (event) => {
  if (event.target.matches("td.order input")) event.target.select();
});

table?.addEventListener("input", (event) => {
  event.target.className = `order-${event.target.value.toLowerCase()}`;
});
