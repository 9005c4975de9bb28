"""What is known in a run: the facts it began with and the answers since. Pure.

A question is named by the attribute it asks for, a checklist by those of its lines with a plus sign between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cbr.case_type import Answerer, Attribute, CaseType, Kind
from cbr.guided.steps import Answer, Told
from cbr.plain import Plain
from cbr.values import Fact, read_facts, read_value
from kb.errors import N_, Invalid

TOGETHER = "+"


class Known(NamedTuple):
    """All that a run knows.

    Args:
        facts: key of an attribute -> what is known of it.
        asked: keys of those that were asked for, with or without an answer.
        doubted: keys of facts that are only lines of a checklist that were not ticked.
    """

    facts: dict[str, Fact]
    asked: frozenset[str]
    doubted: frozenset[str] = frozenset()


def may_ask(attribute: Attribute, answerer: str) -> bool:
    """Whether somebody can be asked for a value. An agent asks the customer what only the customer knows."""
    if attribute.kind == Kind.TEXT:
        return False
    knows = {Answerer.CUSTOMER} if answerer == Answerer.CUSTOMER else {Answerer.AGENT, Answerer.CUSTOMER}
    return bool(attribute.answerers & knows)


def read_told(case_type: CaseType, told: Told) -> Known:
    """What is known. A later answer takes the place of an earlier one, and of a fact.

    Raises:
        Invalid: attribute or step -> what is wrong with a fact or an answer.
    """
    facts = read_facts(case_type, told.facts)
    asked: set[str] = set()
    doubted: set[str] = set()
    for answer in told.answers:
        for attribute, raw in _parts(case_type, answer, told.answerer):
            asked.add(attribute.key)
            fact = read_value(attribute, raw)
            facts.pop(attribute.key, None)
            doubted.discard(attribute.key)
            if fact is not None:
                facts[attribute.key] = fact
            if fact is False and TOGETHER in answer.step:
                doubted.add(attribute.key)
    return Known(facts, frozenset(asked), frozenset(doubted))


def _parts(case_type: CaseType, answer: Answer, answerer: str) -> Sequence[tuple[Attribute, Plain]]:
    """The attributes that an answer speaks of, with what it says of each."""
    keys = str(answer.step).split(TOGETHER)
    attributes = [one for key in keys if (one := case_type.by_key.get(key)) and may_ask(one, answerer)]
    lines = len(keys) > 1
    if len(attributes) < len(keys) or (lines and any(one.kind != Kind.BOOLEAN for one in attributes)):
        raise Invalid({str(answer.step): N_("Nobody asked this.")})
    if not lines or answer.value is None:
        return [(one, answer.value) for one in attributes]
    ticked = answer.value
    if not isinstance(ticked, list | tuple | set | frozenset) or not all(key in keys for key in ticked):
        raise Invalid({str(answer.step): N_("Choose any of the lines of the list.")})
    return [(one, one.key in ticked) for one in attributes]
