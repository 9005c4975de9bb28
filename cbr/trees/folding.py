"""A drawing that is much taller than wide, folded into bands side by side, as a newspaper folds its lines; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

ASPECT = 1.5
"""How wide a drawing is meant to be for its height: about as a screen."""
MOST_ROWS = 12
"""So many rows are not folded."""
SLACK = 2
"""A fold may be so many rows away from where all bands would be of one height, if fewer ways lead across it there."""

Cell = tuple[int, int]
"""A column and a row."""


def folded(
    rows: Sequence[Sequence[str]],
    columns: Mapping[str, int],
    ways: Sequence[tuple[str, str]],
    *,
    right: int,
    down: int,
) -> Mapping[str, Cell]:
    """A cell for every step.

    Args:
        rows: of steps, from the top.
        columns: of each step; two in a row have different ones.
        ways: from step to step.
        right, down: from one cell to the next, in pixels.
    """
    if not rows:
        return {}
    spans = [(min(columns[key] for key in row), max(columns[key] for key in row)) for row in rows]
    folds = _folds(spans, _crossings(rows, ways), right / down)
    found: dict[str, Cell] = {}
    left = 0
    for top, bottom in pairwise(folds):
        first, last = _span(spans, top, bottom)
        for row in range(top, bottom):
            found.update((key, (left + columns[key] - first, row - top)) for key in rows[row])
        left += last - first + 1
    return found


def _folds(spans: Sequence[Cell], crossings: Sequence[int], shape: float) -> Sequence[int]:
    """Where the bands begin, and where the last one ends; as few as make the drawing wide enough."""
    most = len(spans)
    even = [0, most]
    if most <= MOST_ROWS:
        return even
    for bands in range(1, most + 1):
        even = [most * at // bands for at in range(bands + 1)]
        wide = sum(last - first + 1 for first, last in (_span(spans, *band) for band in pairwise(even)))
        if wide * shape >= ASPECT * -(-most // bands):
            break
    slack = min(SLACK, (even[1] - 1) // 2)
    return [0, *(_quietest(crossings, at, slack) for at in even[1:-1]), most]


def _quietest(crossings: Sequence[int], at: int, slack: int) -> int:
    return min(range(at - slack, at + slack + 1), key=lambda fold: (crossings[fold], abs(fold - at)))


def _span(spans: Sequence[Cell], top: int, bottom: int) -> Cell:
    """The first and the last column of some rows."""
    return min(first for first, _last in spans[top:bottom]), max(last for _first, last in spans[top:bottom])


def _crossings(rows: Sequence[Sequence[str]], ways: Sequence[tuple[str, str]]) -> Sequence[int]:
    """How many ways lead across the upper edge of each row."""
    row_of = {key: at for at, row in enumerate(rows) for key in row}
    changes = [0] * (len(rows) + 1)
    for one, other in ways:
        upper, lower = sorted((row_of[one], row_of[other]))
        changes[upper + 1] += 1
        if lower + 1 < len(changes):
            changes[lower + 1] -= 1
    return list(accumulate(changes))
