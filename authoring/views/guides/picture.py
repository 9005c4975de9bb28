"""A tree as a picture: boxes and arrows with their places, for a page and for a file alike; pure but for its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from cbr.trees.layout import RIGHT, laid_out
from cbr.trees.statistics import Count
from cbr.trees.tree import Node, Tree, Way

WIDTH, HEIGHT = 210, 96
"""Of a box, in pixels."""
MARGIN = 40
WIDER = 1.35
"""Columns are so much farther apart than on the canvas: the words of ways stand between them."""
GUTTER = round(RIGHT * WIDER) - WIDTH
"""From one column to the next, in pixels."""
OUT, APART, LANES = 8, 4, 7
"""From a box to the first line beside it, from line to line, and how many go side by side."""
ROUND = 6
"""Radius of a corner, in pixels."""
LETTERS, LINES = 30, 3
"""Of a title in its box."""
WAY_LETTERS = 24
MOST_DRAWN = 150
"""Steps of a tree that still can be taken in at a glance."""
THINNEST, THICKEST = 1.25, 9.0
"""Lines, in pixels."""

Counts = Mapping[tuple[str, str], Count]
"""Node and way -> how many; way "" is the node itself."""
Say = Callable[[Count], str]
Point = tuple[int, int]


@dataclass(frozen=True)
class Box:
    """A step.

    Args:
        x, y: its upper left corner.
        lines: its title.
        note: how many came, in words; "" without statistics.
        taken, solved, left: how wide their bars are, in pixels.
    """

    node: Node
    x: int
    y: int
    lines: Sequence[str]
    note: str = ""
    taken: int = 0
    solved: int = 0
    left: int = 0


@dataclass(frozen=True)
class Arrow:
    """A way.

    Args:
        path: as SVG writes it.
        x, y: where its words begin, or end where `anchor` says so.
        words: what it says, cut short; `whole` is not.
        note: how many took it; "" without statistics.
        thickness: of the line, in pixels.
    """

    path: str
    x: int
    y: int
    anchor: str
    words: str
    whole: str
    note: str = ""
    thickness: float = THINNEST


@dataclass(frozen=True)
class Picture:
    """A tree drawn, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


def picture_of(tree: Tree, counts: Counts | None = None, say: Say | None = None) -> Picture:
    """Draw a tree; steps that nobody has put anywhere are laid out.

    Args:
        counts: how many took each way, drawn as well.
        say: puts what is counted at a step into words.
    """
    nodes = laid_out(tree).by_id
    places = {key: _wider(node.at or (0, 0)) for key, node in nodes.items()}
    most = max((count.taken for count in (counts or {}).values()), default=0)
    boxes = [_box(node, places[node.id], counts, say, most) for node in nodes.values()]
    arrows = [
        _arrow(places, node, at, way, counts, most)
        for node in nodes.values()
        for at, way in enumerate(node.ways)
        if way.target in nodes
    ]
    left = min((x for x, _ in places.values()), default=0) - MARGIN
    top = min((y for _, y in places.values()), default=0) - MARGIN
    right = max((x for x, _ in places.values()), default=0) + WIDTH + 2 * MARGIN
    bottom = max((y for _, y in places.values()), default=0) + HEIGHT + MARGIN
    return Picture(left, top, right - left, bottom - top, boxes, arrows)


def _wider(at: Point) -> Point:
    return round(at[0] * WIDER), at[1]


def _box(node: Node, place: Point, counts: Counts | None, say: Say | None, most: int) -> Box:
    x, y = place
    lines = cut(node.title or node.subject or node.id)
    if counts is None:
        return Box(node, x, y, lines)
    count = counts.get((node.id, ""), Count())
    taken, solved, left = (
        round((WIDTH - 2) * part / most) if most else 0 for part in (count.taken, count.solved, count.left)
    )
    return Box(node, x, y, lines, say(count) if say else "", taken, solved, left)


def _arrow(
    places: Mapping[str, Point], node: Node, at: int, way: Way, counts: Counts | None, most: int
) -> Arrow:
    """Out at the side, up or down between the columns, and along above the row of the next step: past no other one."""
    (x, y), (to_x, to_y) = places[node.id], places[way.target]
    side = 1 if to_x >= x else -1
    begin = x + (WIDTH if side > 0 else 0), y + round(HEIGHT * (at + 1) / (len(node.ways) + 1))
    lane = abs(round(to_x / RIGHT) * 3 + round(to_y / HEIGHT) * 5) % LANES
    beside = begin[0] + side * (GUTTER - OUT - APART * lane)
    above = to_y - OUT - APART * lane
    tip = to_x + WIDTH // 2
    path = _rounded([begin, (beside, begin[1]), (beside, above), (tip, above), (tip, to_y)])
    words_at = begin[0] + 6 * side, begin[1] - 4, "start" if side > 0 else "end"
    whole = way.text if way.text else ""
    words = whole if len(whole) <= WAY_LETTERS else whole[: WAY_LETTERS - 1] + "…"
    if counts is None:
        return Arrow(path, *words_at, words, whole)
    taken = counts.get((node.id, way.key), Count()).taken
    thickness = THINNEST + (THICKEST - THINNEST) * taken / most if most else THINNEST
    return Arrow(path, *words_at, words, whole, str(taken), round(thickness, 2))


def _rounded(points: Sequence[Point]) -> str:
    """Straight pieces with round corners, as SVG writes them."""
    path = f"M{points[0][0]} {points[0][1]}"
    for before, (x, y), after in zip(points, points[1:], points[2:], strict=False):
        (from_x, from_y), (on_x, on_y) = _near((x, y), before), _near((x, y), after)
        path += f"L{from_x} {from_y}Q{x} {y} {on_x} {on_y}"
    return f"{path}L{points[-1][0]} {points[-1][1]}"


def _near(corner: Point, other: Point) -> Point:
    """Where a corner begins to be round, on the way to a point beside or above it."""
    far = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    share = min(ROUND, far / 2) / far if far else 0.0
    return round(corner[0] + (other[0] - corner[0]) * share), round(
        corner[1] + (other[1] - corner[1]) * share
    )


def cut(title: str) -> Sequence[str]:
    """A title as lines that fit into a box."""
    return wrap(title, LETTERS, max_lines=LINES, placeholder="…")
