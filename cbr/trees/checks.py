"""What is wrong with a tree before anybody is led through it: each finding with its place, as data; pure.

An error is something at which a person would be stuck or misled; a warning is what its author may have meant.
A tree without errors ends wherever its ways are taken to, unless somebody goes around in a loop for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cbr.trees.conditions import place
from cbr.trees.graph import Graph, circles, graph_of, only, reached, turned
from cbr.trees.tree import (
    DONE,
    FAILED,
    OTHERWISE,
    POINTING,
    QUESTIONS,
    RANGED,
    UNKNOWN,
    Kind,
    Node,
    Tree,
    Way,
)

ERRORS = frozenset(
    """empty duplicate-step duplicate-way no-text no-way-text dead-end way-without-target unknown-target
    endless no-way-out no-subject unknown-subject guide-in-guide missing-step missing-way
    missing-translation""".split()
)
WARNINGS = frozenset(
    """unreachable loop no-way-for-unknown no-way-for-failed no-otherwise never-taken gap ways-from-end
    unused-condition unknown-attribute too-deep untranslated extra-step extra-way""".split()
)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Args:
        code: what; one of `ERRORS` or `WARNINGS`.
        node: the id of the step; "" for the tree.
        way: the key of the way, "" for the step itself.
        values: what stands in its sentence.
    """

    code: str
    node: str = ""
    way: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether it has to be mended before anybody is led through the tree."""
        return self.code in ERRORS


@dataclass(frozen=True)
class Known:
    """What there is beside the tree, by key; None where nobody looked.

    Args:
        guides, case_types, articles: what steps can be about.
        attributes: what can be known.
    """

    guides: frozenset[str] | None = None
    case_types: frozenset[str] | None = None
    articles: frozenset[str] | None = None
    attributes: frozenset[str] | None = None

    def of(self, kind: Kind) -> frozenset[str] | None:
        """The keys that a step of a kind can be about."""
        return {Kind.GUIDE: self.guides, Kind.CASES: self.case_types, Kind.ARTICLE: self.articles}.get(kind)


NOTHING_KNOWN = Known()


def check(tree: Tree, known: Known = NOTHING_KNOWN) -> Sequence[Finding]:
    """Everything that is wrong with a tree: errors first, each group in the order of its nodes."""
    if tree.first is None:
        return [Finding("empty")]
    found = [*_doubles(tree)]
    for node in tree.by_id.values():
        found += _of_node(node, tree)
        found += _of_subject(node, known)
    found += _of_graph(tree)
    order = {key: at for at, key in enumerate(tree.by_id)}
    return sorted(found, key=lambda one: (not one.is_error, order.get(one.node, -1)))


def is_playable(findings: Sequence[Finding]) -> bool:
    """Whether nothing found is an error."""
    return not any(finding.is_error for finding in findings)


def _doubles(tree: Tree) -> Iterator[Finding]:
    for key, count in Counter(node.id for node in tree.nodes).items():
        if count > 1:
            yield Finding("duplicate-step", key, values={"count": count})


def _of_node(node: Node, tree: Tree) -> Iterator[Finding]:
    if not (node.title or node.text) and node.kind not in {Kind.DECISION, Kind.GUIDE, Kind.CASES}:
        yield Finding("no-text", node.id)
    for key, count in Counter(way.key for way in node.ways).items():
        if count > 1:
            yield Finding("duplicate-way", node.id, key)
    for way in node.ways:
        yield from _of_way(way, node, tree)
    if node.ways and node.kind in {Kind.OUTCOME, Kind.ESCALATE}:
        yield Finding("ways-from-end", node.id)
    elif rule := _RULES.get(node.kind):
        yield from rule(node)


def _of_way(way: Way, node: Node, tree: Tree) -> Iterator[Finding]:
    if not way.target:
        yield Finding("way-without-target", node.id, way.key, {"text": way.text})
    elif way.target not in tree.by_id:
        yield Finding("unknown-target", node.id, way.key, {"target": way.target})
    if way.when and node.kind != Kind.DECISION:
        yield Finding("unused-condition", node.id, way.key)
    if node.kind == Kind.CHOICE and not way.text and way.key != UNKNOWN:
        yield Finding("no-way-text", node.id, way.key)


def _of_question(node: Node) -> Iterator[Finding]:
    known_ways = [way for way in node.ways if way.key != UNKNOWN]
    if not known_ways:
        yield Finding("dead-end", node.id)
    elif node.way(UNKNOWN) is None and len({way.target for way in known_ways}) > 1:
        yield Finding("no-way-for-unknown", node.id)
    if node.kind in RANGED:
        yield from _of_ranges(node, known_ways)


def _of_ranges(node: Node, ways: Sequence[Way]) -> Iterator[Finding]:
    """Ranges are tried in their order, so one that is covered by those before it is never taken.

    Days that are counted from today are laid on some day: how they lie to fixed ones may change.
    """
    free: list[tuple[float, float]] = [(float("-inf"), float("inf"))]
    for way in ways:
        low, high = range_of(way, _SOME_DAY)
        if not any(max(low, start) < min(high, end) for start, end in free):
            yield Finding("never-taken", node.id, way.key)
            continue
        left = [piece for start, end in free for piece in ((start, min(end, low)), (max(start, high), end))]
        free = [(start, end) for start, end in left if start < end]
    if ways and free:
        yield Finding("gap", node.id)


_SOME_DAY = date(2026, 1, 1)


def range_of(way: Way, today: date) -> tuple[float, float]:
    """From where to where a way goes, the end not included."""
    low, high = (place(end, today) if end else None for end in (way.low, way.high))
    return (float("-inf") if low is None else low), (float("inf") if high is None else high)


def _of_instruction(node: Node) -> Iterator[Finding]:
    if node.kind == Kind.ARTICLE and not node.ways:
        return
    if node.way(DONE) is None:
        yield Finding("dead-end", node.id)
    elif node.way(FAILED) is None:
        yield Finding("no-way-for-failed", node.id)
    for way in node.ways:
        if way.key not in {DONE, FAILED}:
            yield Finding("never-taken", node.id, way.key)


def _of_decision(node: Node) -> Iterator[Finding]:
    if not node.ways:
        yield Finding("dead-end", node.id)
    certain = [at for at, way in enumerate(node.ways) if not way.when]
    if node.ways and not certain:
        yield Finding("no-otherwise", node.id)
    for way in node.ways[certain[0] + 1 :] if certain else ():
        yield Finding("never-taken", node.id, way.key)


def _of_look_up(node: Node) -> Iterator[Finding]:
    for way in node.ways:
        if way.key != OTHERWISE:
            yield Finding("never-taken", node.id, way.key)


_RULES: Mapping[Kind, Callable[[Node], Iterator[Finding]]] = {
    **dict.fromkeys(QUESTIONS, _of_question),
    Kind.INSTRUCTION: _of_instruction,
    Kind.ARTICLE: _of_instruction,
    Kind.DECISION: _of_decision,
    Kind.CASES: _of_look_up,
}


def _of_subject(node: Node, known: Known) -> Iterator[Finding]:
    keys = known.of(node.kind)
    if node.kind in POINTING and not node.subject:
        yield Finding("no-subject", node.id)
    elif keys is not None and node.subject not in keys:
        yield Finding("unknown-subject", node.id, values={"key": node.subject})
    if known.attributes is None:
        return
    if node.attribute and node.attribute not in known.attributes:
        yield Finding("unknown-attribute", node.id, values={"key": node.attribute})
    for way in node.ways:
        for condition in way.when:
            if condition.attribute not in known.attributes:
                yield Finding("unknown-attribute", node.id, way.key, {"key": condition.attribute})


def _of_graph(tree: Tree) -> Iterator[Finding]:
    graph = graph_of(tree)
    first = tree.first
    here = reached(graph, [first.id] if first else [])
    for key in graph:
        if key not in here:
            yield Finding("unreachable", key)
    endless = circles(only(graph, lambda key: not tree.by_id[key].pauses))
    for group in endless:
        yield Finding("endless", group[0], values={"steps": group})
    out = reached(turned(graph), [key for key in graph if can_end(tree.by_id[key])])
    for group in _stuck(graph, lambda key: key not in out and bool(graph[key])):
        yield Finding("no-way-out", group[0], values={"steps": group})
    told = {key for group in endless for key in group}
    for group in circles(graph):
        if not told.issuperset(group) and any(key in out for key in group):
            yield Finding("loop", group[0], values={"steps": group})


def _stuck(graph: Graph, wanted: Callable[[str], bool]) -> Sequence[Sequence[str]]:
    """Loops without a way out; what leads into one is told with it only where it is in it."""
    return circles(only(graph, wanted))


def can_end(node: Node) -> bool:
    """Whether a run can end at a node: an end, or something that has ends of its own."""
    return node.is_end or node.kind in {Kind.GUIDE, Kind.CASES} or not node.ways
