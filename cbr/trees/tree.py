"""Decision trees as authors draw them: steps, and the ways from each to the next; pure.

A tree may be unfinished or wrong: :mod:`cbr.trees.checks` says what is. It is in one language; a translation is a tree
of the same nodes and ways with other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from cbr.trees.conditions import Condition

MOST_NODES = 10_000
MOST_WAYS = 200
MOST_CONDITIONS = 20
DEEPEST = 8
"""How many guides can be inside of each other."""
TITLE_LIMIT = 500
TEXT_LIMIT = 20_000
NODE_ID = re.compile(r"\w[\w.-]{0,59}")
"""How nodes are named: as the headings of a page are, and short enough for a way to be named after one."""
WAY_KEY = re.compile(r"\w[\w.-]{0,63}")

UNKNOWN = "unknown"
"""The way for whoever does not know the answer."""
OTHERWISE = "otherwise"
"""The way where no other fits."""
DONE, FAILED = "done", "could-not"
"""The ways from an instruction, and from an article that may not have helped."""


class Kind(StrEnum):
    """What happens at a node."""

    CHOICE = "choice"
    """Asks which of its ways it is."""
    NUMBER = "number"
    """Asks for a number; its ways are ranges."""
    DATE = "date"
    """Asks for a day; its ways are ranges."""
    TEXT = "text"
    """Asks for words; whatever they are, the first way leads on."""
    INSTRUCTION = "instruction"
    """Something to do."""
    DECISION = "decision"
    """Goes on by what is known, and asks nobody: the first way whose conditions hold."""
    GUIDE = "guide"
    """Another guide, and back: a way that is named after one of its ends, or otherwise."""
    CASES = "cases"
    """Questions by the solved cases; "otherwise" is where they find nothing."""
    ARTICLE = "article"
    """Something to read: the end, or with ways something to do."""
    OUTCOME = "outcome"
    """Solved: the end."""
    ESCALATE = "escalate"
    """To a person: the end."""


QUESTIONS = frozenset({Kind.CHOICE, Kind.NUMBER, Kind.DATE, Kind.TEXT})
RANGED = frozenset({Kind.NUMBER, Kind.DATE})
POINTING = frozenset({Kind.GUIDE, Kind.CASES, Kind.ARTICLE})
"""Kinds that are about something else, by key."""
ENDS = frozenset({Kind.OUTCOME, Kind.ESCALATE})


@dataclass(frozen=True)
class Way:
    """A way from one node to the next.

    Args:
        key: names it within its node, in every language: the answer, of a choice.
        target: the node it leads to; "" where nobody has said.
        text: what people read; for a choice, the answer.
        low, high: of a number or date, from the one and below the other; "" for no end. See `conditions.read_bound`.
        when: what has to hold of what is known, all of it; for a decision.
    """

    key: str
    target: str = ""
    text: str = ""
    low: str = ""
    high: str = ""
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Node:
    """One step of a tree.

    Args:
        id: names it, in every language.
        kind: what happens here.
        title: one line: the question, what to do, what it was.
        text: how, and where to look; Markdown.
        ways: to the next, in the order in which they are shown and tried.
        attribute: what a question is about: a fact of that name answers it, and its answer becomes one.
        unit: of a number.
        afresh: whether to ask though it is known, because it may have changed on the way.
        subject: the key of the guide, case type or article.
        at: where it stands on the canvas, in pixels to the right and down; None where nobody has put it.
    """

    id: str
    kind: Kind
    title: str = ""
    text: str = ""
    ways: tuple[Way, ...] = ()
    attribute: str = ""
    unit: str = ""
    afresh: bool = False
    subject: str = ""
    at: tuple[int, int] | None = None

    @property
    def pauses(self) -> bool:
        """Whether a person has to do something before it goes on."""
        return self.kind in QUESTIONS or self.kind == Kind.INSTRUCTION or self.is_reading

    @property
    def is_reading(self) -> bool:
        """Whether it is an article that goes on where it did not help."""
        return self.kind == Kind.ARTICLE and bool(self.ways)

    @property
    def is_end(self) -> bool:
        """Whether nothing comes after it."""
        return self.kind in ENDS or (self.kind == Kind.ARTICLE and not self.ways)

    def way(self, key: str) -> Way | None:
        """The way of a key."""
        return next((way for way in self.ways if way.key == key), None)


@dataclass(frozen=True)
class Tree:
    """Nodes, and where to begin.

    Args:
        nodes: in the order in which they are read.
        start: the id of the first step; "" is the first of the nodes.
        intro: what is said before it; Markdown.
    """

    nodes: tuple[Node, ...] = ()
    start: str = ""
    intro: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """Id -> node; of two with the same id the first."""
        found: dict[str, Node] = {}
        for node in self.nodes:
            found.setdefault(node.id, node)
        return found

    @property
    def first(self) -> Node | None:
        """Where to begin; None where there is no such node."""
        return self.by_id.get(self.start) if self.start else next(iter(self.nodes), None)

    def after(self, node: Node) -> Iterator[Node]:
        """The nodes that ways lead to from a node."""
        return (self.by_id[way.target] for way in node.ways if way.target in self.by_id)

    def subjects(self, kind: Kind) -> frozenset[str]:
        """The keys of the guides, case types or articles it uses."""
        return frozenset(node.subject for node in self.nodes if node.kind == kind and node.subject)


def usual_kind(has_ways: bool) -> Kind:
    """What a step is of which nobody said what it is."""
    return Kind.CHOICE if has_ways else Kind.OUTCOME


def usual_key(kind: Kind, target: str, taken: Sequence[str]) -> str:
    """What a way is called that nobody named, after those before it.

    >>> usual_key(Kind.CHOICE, "restart", ["restart"]), usual_key(Kind.INSTRUCTION, "restart", [])
    ('restart-2', 'done')
    """
    if kind in {Kind.INSTRUCTION, Kind.ARTICLE} and len(taken) < 2:
        wanted = (DONE, FAILED)[len(taken)]
    elif kind in {Kind.GUIDE, Kind.CASES} and OTHERWISE not in taken:
        wanted = OTHERWISE
    else:
        wanted = target or "way"
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found


def with_keys(kind: Kind, ways: Sequence[Way]) -> tuple[Way, ...]:
    """The ways, those without a key named as usual."""
    named: list[Way] = []
    for way in ways:
        usual = "" if way.key else usual_key(kind, way.target, [one.key for one in named])
        named.append(replace(way, key=usual) if usual else way)
    return tuple(named)
