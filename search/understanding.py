"""What a question says in the terms of case types, and the guided help that goes on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cbr.case_type import CaseType
from cbr.followers import case_bases
from cbr.guided.pages import players
from cbr.guided.playing import Understood
from cbr.guided.sentences import worded
from cbr.plain import Plain
from cbr.shelves import Shelves
from kb import context
from kb.languages import named
from kb.viewers import Viewer
from search.answers import Offer

ENOUGH_FACTS = 2
"""Of a question that is no sentence; who says a single word looks something up."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """A question as one case type understands it.

    Args:
        shelves: the cases of the type that the viewer may find.
        facts: read out of the question.
    """

    shelves: Shelves
    facts: Sequence[Understood]

    @property
    def plain(self) -> dict[str, Plain]:
        """Attribute -> what is known of it."""
        return {fact.attribute: fact.value for fact in self.facts}


def understandings(question: str, language: str, viewer: Viewer, now: datetime) -> list[Understanding]:
    """What a question says in the terms of each case type of which this viewer may find a case.

    Without cases this costs nothing, and the database is not asked.
    """
    bases = case_bases().current(context.session(), context.head())
    return [
        Understanding(shelves, players().cases.understood(shelves.case_type, question, language, now.date()))
        for shelves in bases.offered(viewer)
    ]


def offer(
    found: Sequence[Understanding], question: str, languages: Sequence[str], *, is_sentence: bool
) -> Offer | None:
    """Guided help by the case type that understands most of the question, if it understands enough.

    Args:
        languages: the reader's, best first.
    """
    best = max(found, key=lambda one: len(one.facts), default=None)
    if best is None or len(best.facts) < (1 if is_sentence else ENOUGH_FACTS):
        return None
    case_type = best.shelves.case_type
    return Offer(
        case_type.key,
        named(case_type.names, (*languages, "en"), case_type.key.replace("_", " ")),
        [_told(case_type, fact, languages[0]) for fact in best.facts],
        question,
    )


def _told(case_type: CaseType, fact: Understood, language: str) -> tuple[str, str]:
    attribute = case_type.by_key[fact.attribute]
    return attribute.name(language), worded(attribute, fact.value, language)
