"""A tree as a picture: boxes and arrows with their places, for a page and for a file alike; pure but for its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from cbr.trees.layout import DOWN, laid_out
from cbr.trees.statistics import Count
from cbr.trees.tree import Node, Tree, Way

WIDTH, HEIGHT = 210, 96
"""Of a box, in pixels."""
MARGIN = 24
LANE = 22
"""How far beside the boxes ways go around."""
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
        x, y: the middle of its words.
        words: what it says, cut short; `whole` is not.
        note: how many took it; "" without statistics.
        thickness: of the line, in pixels.
    """

    path: str
    x: int
    y: int
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
    places = {key: node.at or (0, 0) for key, node in nodes.items()}
    most = max((count.taken for count in (counts or {}).values()), default=0)
    boxes = [_box(node, counts, say, most) for node in nodes.values()]
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


def _box(node: Node, counts: Counts | None, say: Say | None, most: int) -> Box:
    x, y = node.at or (0, 0)
    lines = cut(node.title or node.subject or node.id)
    if counts is None:
        return Box(node, x, y, lines)
    count = counts.get((node.id, ""), Count())
    taken, solved, left = (
        round((WIDTH - 2) * part / most) if most else 0 for part in (count.taken, count.solved, count.left)
    )
    return Box(node, x, y, lines, say(count) if say else "", taken, solved, left)


def _arrow(
    places: Mapping[str, tuple[int, int]], node: Node, at: int, way: Way, counts: Counts | None, most: int
) -> Arrow:
    """Down to the next step; around the right side to one that lies farther away, so as not to pass behind others."""
    (x, y), (to_x, to_y) = places[node.id], places[way.target]
    share = (at + 1) / (len(node.ways) + 1)
    if y + HEIGHT <= to_y <= y + HEIGHT + DOWN:
        x, y, to_x = x + round(WIDTH * share), y + HEIGHT, to_x + round(WIDTH * (0.3 + 0.4 * share))
        bend = (to_y - y) // 2
        path = f"M{x} {y}C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}"
        middle = ((x + to_x) // 2, (y + to_y) // 2)
    else:
        y, to_y = y + round(HEIGHT * share), to_y + HEIGHT // 2
        x, to_x = x + WIDTH, to_x + WIDTH
        out, bend = max(x, to_x) + LANE + 8 * at, min(abs(to_y - y) // 2, LANE) * (1 if to_y > y else -1)
        path = (
            f"M{x} {y}C{out} {y} {out} {y} {out} {y + bend}L{out} {to_y - bend}"
            f"C{out} {to_y} {out} {to_y} {to_x} {to_y}"
        )
        middle = (x + LANE // 2 + 3 * len(way.text[:WAY_LETTERS]), y - 8)
    whole = way.text if way.text else ""
    words = whole if len(whole) <= WAY_LETTERS else whole[: WAY_LETTERS - 1] + "…"
    if counts is None:
        return Arrow(path, *middle, words, whole)
    taken = counts.get((node.id, way.key), Count()).taken
    thickness = THINNEST + (THICKEST - THINNEST) * taken / most if most else THINNEST
    return Arrow(path, *middle, words, whole, str(taken), round(thickness, 2))


def cut(title: str) -> Sequence[str]:
    """A title as lines that fit into a box."""
    return wrap(title, LETTERS, max_lines=LINES, placeholder="…")
