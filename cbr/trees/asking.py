"""What the steps of a tree ask and say, and what the answers to them mean; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cbr.case_type import Attribute
from cbr.case_type import Kind as ValueKind
from cbr.guided.steps import Option, Outcome, Proposal, Question, Why
from cbr.similarity import Span
from cbr.trees.checks import range_of
from cbr.trees.conditions import same
from cbr.trees.tree import DONE, FAILED, RANGED, UNKNOWN, Kind, Node, Way
from cbr.values import place, read_value, write_value
from kb.errors import N_, Invalid

_VALUES = {Kind.NUMBER: ValueKind.NUMBER, Kind.DATE: ValueKind.DATE, Kind.TEXT: ValueKind.TEXT}
YES, NO = "yes", "no"
PROPOSAL_LIMIT = 128
"""What is counted has a short name: of one deep inside of other guides, the end."""


def question_of(node: Node, name: str, why: tuple[Why, ...]) -> Question:
    """A node as it is asked.

    Args:
        name: its id within the run.
    """
    options = tuple(
        Option(way.key, way.text or way.key)
        for way in node.ways
        if node.kind == Kind.CHOICE and way.key != UNKNOWN
    )
    unit = node.unit if node.kind in RANGED else ""
    unknown = node.way(UNKNOWN)
    words = unknown.text if unknown else ""
    return Question(name, node.kind.value, node.title, node.text, options, unit, why, words)


def words_of(node: Node) -> str:
    """What to do, as Markdown; an article to read is linked to."""
    title = f"[{node.title or node.subject}](kb:{node.subject})" if node.kind == Kind.ARTICLE else node.title
    return "\n\n".join(filter(None, [title, node.text]))


def end_of(node: Node, name: str, why: tuple[Why, ...]) -> Outcome:
    """A node as an end.

    Args:
        name: its id within the run.
    """
    if node.kind == Kind.ESCALATE:
        return Outcome(name, "handover", (), words_of(node), why)
    kind = "article" if node.kind == Kind.ARTICLE else "solution"
    return Outcome(name, kind, (proposal_of(node, name),), "", why)


def proposal_of(node: Node, name: str) -> Proposal:
    """A node as something that may help."""
    article = node.subject if node.kind == Kind.ARTICLE else ""
    return Proposal(name[-PROPOSAL_LIMIT:], node.title or article, node.text, article)


def value_of(node: Node, raw: object) -> object:
    """What was answered to a question, as a fact; None for "don't know". Raises `Invalid` (field "value")."""
    if node.kind == Kind.CHOICE:
        way = option_of([way for way in node.ways if way.key != UNKNOWN], raw)
        return None if way is None else way.key
    attribute = Attribute("value", _VALUES[node.kind], unit=node.unit)
    value = read_value(attribute, raw)
    if isinstance(value, Span):
        raise Invalid({"value": N_("One value belongs here, not a span.")})
    return None if value is None else write_value(value)


def option_of(ways: Sequence[Way], raw: object) -> Way | None:
    """The way that was chosen, None for "don't know". Raises `Invalid` (field "value") where it is none of them."""
    if raw is None or raw == UNKNOWN:
        return None
    chosen = next((way for way in ways if _is_way(raw, way)), None)
    if chosen is None:
        raise Invalid({"value": N_("This is none of the answers.")})
    return chosen


def was_done(_node: Node, raw: object) -> bool:
    """Whether something was done; not to know is not. Raises `Invalid` (field "value") where it says neither."""
    answers = {DONE: True, YES: True, FAILED: False, NO: False}
    found = next((is_done for word, is_done in answers.items() if _is_single(raw) and same(raw, word)), None)
    if found is None and raw is not None:
        raise Invalid({"value": N_("The answer is whether it was done or could not be.")})
    return bool(found)


def way_for(node: Node, value: object, today: date) -> Way | None:
    """The way that a value leads to from a question, None where it leads nowhere."""
    ways = [way for way in node.ways if way.key != UNKNOWN]
    if node.kind == Kind.TEXT:
        return ways[0] if ways else None
    if node.kind == Kind.CHOICE:
        return next((way for way in ways if _is_way(value, way)), None)
    attribute = Attribute("value", _VALUES[node.kind], unit=node.unit)
    try:
        read = read_value(attribute, value)
    except Invalid:
        return None
    here = None if read is None else place(attribute, read)
    if not isinstance(here, float):
        return None
    return next((way for way in ways if _holds(range_of(way, today), here)), None)


def _holds(ends: tuple[float, float], here: float) -> bool:
    return ends[0] <= here < ends[1]


def _is_way(value: object, way: Way) -> bool:
    return _is_single(value) and same(value, way.key)


def _is_single(value: object) -> bool:
    return isinstance(value, bool | str | int | float)
