"""Figures as people read them: Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

Cell = str | float


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A titled Markdown table; the first column is words, all others are figures.

    >>> print(table("Pages", ["page", "ms"], [["home", 1.234], ["search", 56.0]]))
    ### Pages
    <BLANKLINE>
    | page | ms |
    |---|---:|
    | home | 1.23 |
    | search | 56 |
    """
    lines = [list(headings), *([_written(cell) for cell in row] for row in rows)]
    written = ["| " + " | ".join(line) + " |" for line in lines]
    rule = "|---|" + "---:|" * (len(headings) - 1)
    return "\n".join([f"### {title}", "", written[0], rule, *written[1:]])


def _written(cell: Cell) -> str:
    """A figure with three digits that count."""
    if isinstance(cell, str):
        return cell
    digits = 0 if abs(cell) >= 100 or cell == int(cell) else 1 if abs(cell) >= 10 else 2
    return f"{cell:,.{digits}f}"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of the values (from 0 to 1) do not exceed.

    >>> percentile([4, 1, 3, 2], 0.5), percentile([4, 1, 3, 2], 0.95)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(ceil(round(share * len(ordered), 6)), 1) - 1]
