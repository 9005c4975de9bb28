"""Boxes and arrows: what Graphviz and Mermaid can say of a tree, and what a tree makes of theirs; pure.

A chart of ours says what each of its steps is, and comes back as the same tree. Of any other chart, steps are guessed
by how many ways lead on and by shapes; whatever was guessed wrong, its author changes later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cbr.plain import Plain
from cbr.trees.lines import one_line, tidy, unfit
from cbr.trees.plain_tree import read_tree
from cbr.trees.tree import MOST_NODES, MOST_WAYS, NODE_ID, TEXT_LIMIT, TITLE_LIMIT, Kind, Node, Tree
from kb.errors import N_, Invalid

MOST_ARROWS = 50_000
MOST_CHARACTERS = 4_000_000
_ROUND = frozenset("ellipse oval circle doublecircle egg point stadium round".split())
_BRANCHING = frozenset({"diamond", "mdiamond"})
_TO_A_PERSON = re.compile(
    r"transfer|escalat|hand[- ]?over|human|átad|kapcsol|ügyintéző|eskaler|handläggare|человек|оператор",
    re.IGNORECASE,
)
_NOT_IN_ID = re.compile(r"[^\w.-]+")


@dataclass
class Box:
    """One node of a chart.

    Args:
        id: as the chart has it.
        label: what is written in it; lines may be broken.
        shape: in the words of Graphviz.
        more: what only a chart of ours says, as `plain_tree` has it; empty in any other.
    """

    id: str
    label: str = ""
    shape: str = ""
    more: Mapping[str, Plain] = field(default_factory=dict)


@dataclass
class Arrow:
    """One edge of a chart; `more` as for a box."""

    source: str
    target: str
    label: str = ""
    more: Mapping[str, Plain] = field(default_factory=dict)


@dataclass
class Chart:
    """A whole chart: its boxes by id and in order, and what a chart of ours says before them."""

    boxes: dict[str, Box] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    intro: str = ""

    def box(self, key: str, line: int) -> Box:
        """The box of an id, made where there is none. Raises `Invalid` where there are too many."""
        if key not in self.boxes:
            if len(self.boxes) >= MOST_NODES:
                raise Invalid({f"line {line}": N_("A guide has at most %(most)s steps.", most=MOST_NODES)})
            self.boxes[key] = Box(key)
        return self.boxes[key]

    def join(self, sources: Sequence[str], targets: Sequence[str], arrow: Arrow, line: int) -> None:
        """Arrows like one from each of the first to each of the others. Raises `Invalid` where there are too many."""
        if len(self.arrows) + len(sources) * len(targets) > MOST_ARROWS:
            raise Invalid({f"line {line}": N_("A chart has at most %(most)s arrows.", most=MOST_ARROWS)})
        for source in sources:
            self.arrows += [replace(arrow, source=source, target=target) for target in targets]


def check_size(text: str) -> None:
    """Raises `Invalid` where a text is longer than anybody would draw."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid({"line 1": N_("At most %(most)s characters can be read.", most=MOST_CHARACTERS)})


def to_tree(chart: Chart) -> Tree:
    """The tree of a chart. Raises `Invalid` where something in it cannot be kept."""
    ids = _ids(chart.boxes)
    leaving: dict[str, list[Arrow]] = {key: [] for key in chart.boxes}
    for arrow in chart.arrows:
        if arrow.source in leaving:
            leaving[arrow.source].append(arrow)
    if not chart.boxes:
        raise Invalid({"line 1": N_("There is nothing in this chart.")})
    for key, arrows in leaving.items():
        if len(arrows) > MOST_WAYS:
            sentence = N_("At most %(most)s ways lead on from a step.", most=MOST_WAYS)
            raise Invalid({key[:60]: sentence})
    nodes = [_plain_node(box, leaving[key], chart, ids) for key, box in chart.boxes.items()]
    return read_tree({"nodes": nodes, "start": _start(chart, ids), "intro": chart.intro})


def _ids(keys: Iterable[str]) -> Mapping[str, str]:
    """Id in the chart -> id in the tree: the same, where it can be."""
    kept = {key: key for key in keys if NODE_ID.fullmatch(key)}
    taken = set(kept)
    for key in keys:
        if key in kept:
            continue
        wanted = _NOT_IN_ID.sub("-", key).strip(".-")[:50] or "step"
        found, number = wanted, 1
        while found in taken:
            number += 1
            found = f"{wanted}-{number}"
        kept[key] = found
        taken.add(found)
    return kept


def _start(chart: Chart, ids: Mapping[str, str]) -> str:
    """Where a chart of ours says, else the first box that no arrow leads to; "" for the first of all."""
    marked = next((key for key, box in chart.boxes.items() if box.more.get("start")), None)
    if marked is None and not any("kind" in box.more for box in chart.boxes.values()):
        led_to = {arrow.target for arrow in chart.arrows if arrow.target != arrow.source}
        marked = next((key for key in chart.boxes if key not in led_to), None)
        marked = None if marked == next(iter(chart.boxes)) else marked
    return "" if marked is None else ids[marked]


def _plain_node(box: Box, arrows: Sequence[Arrow], chart: Chart, ids: Mapping[str, str]) -> dict[str, Plain]:
    more = {name: value for name, value in box.more.items() if name != "start"}
    if "kind" in more:
        ways = [_plain_way(arrow, ids, arrow.label) for arrow in arrows]
        return {"title": one_line(box.label), **more, "id": ids[box.id], "ways": ways}
    kind = _guessed(box, len(arrows))
    ways = []
    for arrow in arrows:
        words = arrow.label
        if kind == Kind.CHOICE and not words.strip():
            words = chart.boxes[arrow.target].label if arrow.target in chart.boxes else ""
        ways.append(_plain_way(arrow, ids, words))
    title, text = _words(box.label)
    plain: dict[str, Plain] = {"id": ids[box.id], "kind": kind.value, "title": title, "text": text}
    return {**plain, **more, "ways": ways}


def _plain_way(arrow: Arrow, ids: Mapping[str, str], words: str) -> dict[str, Plain]:
    return {"text": one_line(words)[:TITLE_LIMIT], **arrow.more, "target": ids.get(arrow.target, "")}


def _words(label: str) -> tuple[str, str]:
    """Title and text: the label, and all of it again where it is too long for a title."""
    title = one_line(label)
    if len(title) <= TITLE_LIMIT:
        return title, ""
    text = tidy(label)[:TEXT_LIMIT]
    return title[: TITLE_LIMIT - 1] + "…", "" if unfit(text) else text


def _guessed(box: Box, ways: int) -> Kind:
    """What a box may be.

    An end that speaks of people hands over; a round box with one way is only passed, as the start of many charts is.
    """
    if not ways:
        return Kind.ESCALATE if _TO_A_PERSON.search(box.label) else Kind.OUTCOME
    if ways > 1 or box.shape.lower() in _BRANCHING:
        return Kind.CHOICE
    return Kind.DECISION if box.shape.lower() in _ROUND else Kind.INSTRUCTION


SHAPES: Mapping[Kind, str] = {
    Kind.CHOICE: "diamond",
    Kind.NUMBER: "parallelogram",
    Kind.DATE: "parallelogram",
    Kind.TEXT: "parallelogram",
    Kind.INSTRUCTION: "box",
    Kind.DECISION: "hexagon",
    Kind.GUIDE: "box3d",
    Kind.CASES: "cylinder",
    Kind.ARTICLE: "note",
    Kind.OUTCOME: "ellipse",
    Kind.ESCALATE: "doubleoctagon",
}


def is_start(tree: Tree, node: Node) -> bool:
    """Whether a chart has to say that a node is the start, because it is not the first."""
    return bool(tree.start) and tree.first is node
