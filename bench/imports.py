"""Bringing knowledge in: the import, the same import again, and the index built anew, through the real commands."""

from __future__ import annotations

from bench.instances import instance
from bench.programs import Cost
from bench.tables import Cell, table
from bench.texts import Texts


def measure(texts: Texts) -> str:
    """A Markdown table of what imports cost."""
    count = len(texts.records())
    with instance() as made:
        steps = {
            "import": made.fill(texts),
            "import again, nothing has changed": made.command("import", "articles", *texts.arguments),
            "reindex": made.command("reindex"),
        }
        start = made.command("upgrade")
    headings = ["command", "seconds", "processor s", "texts/s", "texts per processor s", "peak MB"]
    rows = [_cells(name, cost, start, count) for name, cost in steps.items()]
    alone: list[Cell] = [
        "the start alone, part of each",
        start.wall_s,
        start.processor_s,
        "-",
        "-",
        start.peak_mb,
    ]
    return table(f"Imports, {count:,} texts: {texts.called}", headings, [*rows, alone])


def _cells(name: str, cost: Cost, start: Cost, count: int) -> list[Cell]:
    """The row of a command; its rates leave out what every command costs."""
    wall_s = max(cost.wall_s - start.wall_s, 0.001)
    processor_s = max(cost.processor_s - start.processor_s, 0.001)
    return [name, cost.wall_s, cost.processor_s, count / wall_s, count / processor_s, cost.peak_mb]
