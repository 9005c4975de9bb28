"""All that the panel shows of a contact at once: what is known, what solved others like it, and the likely answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from cbr.case_type import Attribute, CaseType
from cbr.contents import MOST_PROBLEM
from cbr.followers import case_bases
from cbr.guided.sentences import worded
from cbr.plain import Plain
from cbr.retrieving import Nearest, retrieve
from cbr.values import read_facts
from kb import context
from kb.api import article_address, reading_languages
from kb.errors import Invalid
from kb.languages import named
from kb.viewers import Viewer
from routing.models import Contact
from search.answers import Answer
from search.asking import LONGEST_QUESTION, filters_for
from search.box import Place, box
from search.engine import Hit
from search.federation.cases import OWN_LANGUAGE
from search.understanding import Understanding, understandings

SURFACE = "panel"
MOST_ANSWERS, MOST_CASES = 6, 5
LEAST_ALIKE = 0.25
"""The score of a case from which on it is worth a look while somebody is on the line."""
LOOKED_AT = 30
"""Cases among which those that propose the same become one."""


class KnownFact(NamedTuple):
    """Something that is known of a contact.

    Args:
        key: of the attribute.
        name: as people call it.
        value: plain.
        text: the value as people say it.
        options: what else it can be: key -> words; empty where it can be anything.
    """

    key: str
    name: str
    value: Plain
    text: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Precedents:
    """The solved cases that are most like what is known, of the case type that knows most of it.

    Args:
        case_type: its key.
        name: of the case type, as people call it.
        nearest: the best first; none where nothing is like it.
        cases: how many there were to find.
        facts: what was known in its terms, also what was read out of the question.
    """

    case_type: str
    name: str
    nearest: Sequence[Nearest]
    cases: int
    facts: Mapping[str, Plain]


@dataclass(frozen=True)
class Proposed:
    """What is proposed for a contact.

    Args:
        answer: of the one box, to its question.
        precedents: None where no case type knows anything of it.
        facts: what is known, with names.
        attributes: what else can be known: key -> name.
    """

    answer: Answer
    precedents: Precedents | None
    facts: Sequence[KnownFact]
    attributes: Mapping[str, str]


def proposed(session: Session, contact: Contact, viewer: Viewer, now: datetime) -> Proposed:
    """What answers a contact, from the index and the cases as they are now.

    Args:
        viewer: who has it; what they may not see is not proposed.
    """
    understood = understandings(contact.question, _languages(contact, viewer)[0], viewer, now)
    known, attributes = facts(contact, viewer, understood)
    return Proposed(
        likely(contact, viewer, now),
        precedents(session, contact, viewer, now, understood),
        known,
        attributes,
    )


def known(
    session: Session, contact: Contact, viewer: Viewer, now: datetime
) -> tuple[Sequence[KnownFact], Precedents | None]:
    """What is known of a contact as it is now, and the solved cases like it."""
    understood = understandings(contact.question, _languages(contact, viewer)[0], viewer, now)
    return facts(contact, viewer, understood)[0], precedents(session, contact, viewer, now, understood)


def likely(contact: Contact, viewer: Viewer, now: datetime) -> Answer:
    """What the one box says to the question of a contact; nothing where it cannot be asked so."""
    try:
        return answered(contact.question, contact, viewer, now)
    except Invalid:
        return Answer()


def answered(question: str, contact: Contact | None, viewer: Viewer, now: datetime) -> Answer:
    """What the one box says to a question; in the language of the contact, where there is one.

    Raises:
        Invalid: "q" -> why it cannot be asked so.
    """
    asked = question.strip()[:LONGEST_QUESTION]
    if not asked:
        return Answer()
    languages = _languages(contact, viewer)
    place = Place(
        surface=SURFACE,
        viewer=viewer,
        site=None,
        now=now,
        language=languages[0],
        others=languages[1:],
        address=_address,
        keeps=True,
    )
    filters = filters_for(viewer, languages=languages[:1])
    return box().answer(asked, filters, place, limit=MOST_ANSWERS, facets=False)


def precedents(
    session: Session,
    contact: Contact,
    viewer: Viewer,
    now: datetime,
    understood: Sequence[Understanding] | None = None,
) -> Precedents | None:
    """The solved cases like a contact, of the case type that knows most of its facts.

    Args:
        understood: its question in the terms of the case types, where that was looked at already.
    """
    language = _languages(contact, viewer)[0]
    if understood is None:
        understood = understandings(contact.question, language, viewer, now)
    found = [
        (one.shelves.case_type, one.plain | _valid(one.shelves.case_type, contact)) for one in understood
    ]
    case_type, known = max(found, key=lambda one: len(one[1]), default=(None, {}))
    if case_type is None or not (known or contact.question.strip()):
        return None
    like = retrieve(
        session,
        case_bases(),
        viewer,
        now,
        case_type.key,
        known,
        contact.question[:MOST_PROBLEM],
        language=language,
        k=LOOKED_AT,
        head=context.head(),
    )
    name = named(case_type.names, (language, "en"), case_type.key.replace("_", " "))
    alike = [one for one in like.nearest if one.score >= LEAST_ALIKE]
    return Precedents(case_type.key, name, _different(alike, language), like.cases, known)


def _different(found: Sequence[Nearest], language: str) -> list[Nearest]:
    """Of the cases that propose the same the best, in the customer's language where it is nearly as good."""

    def worth(one: Nearest) -> float:
        return one.score + (OWN_LANGUAGE if one.case.language == language else 0.0)

    best: dict[object, Nearest] = {}
    for one in sorted(found, key=worth, reverse=True):
        best.setdefault(one.case.proposes, one)
    chosen = sorted(best.values(), key=worth, reverse=True)[:MOST_CASES]
    return sorted(chosen, key=lambda one: one.score, reverse=True)


def facts(
    contact: Contact, viewer: Viewer, understood: Sequence[Understanding]
) -> tuple[list[KnownFact], dict[str, str]]:
    """What is known of a contact, and what else case types ask for: key -> name."""
    language = next(iter(viewer.languages), "en")
    attributes: dict[str, Attribute] = {}
    for one in understood:
        for attribute in one.shelves.case_type.attributes:
            attributes.setdefault(attribute.key, attribute)
    known = [_known(key, value, attributes.get(key), language) for key, value in contact.facts.items()]
    others = {key: one.name(language) for key, one in attributes.items() if key not in contact.facts}
    return known, dict(sorted(others.items(), key=lambda pair: pair[1].casefold()))


def _known(key: str, value: Plain, attribute: Attribute | None, language: str) -> KnownFact:
    plain = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if isinstance(value, bool):
        plain = _("yes") if value else _("no")
    if attribute is None:
        return KnownFact(key, key.replace("_", " "), value, plain, {})
    options = {choice.key: worded(attribute, choice.key, language) for choice in attribute.choices}
    return KnownFact(key, attribute.name(language), value, worded(attribute, value, language), options)


def _valid(case_type: CaseType, contact: Contact) -> dict[str, Plain]:
    """What is known in the terms of a case type, without what makes no sense there."""
    known = {key: value for key, value in contact.facts.items() if key in case_type.by_key}
    try:
        read_facts(case_type, known)
    except Invalid as refused:
        known = {key: value for key, value in known.items() if key not in refused.fields}
    return known


def _languages(contact: Contact | None, viewer: Viewer) -> tuple[str, ...]:
    """Those to answer in: the customer's, and then the agent's."""
    spoken = contact.language.partition("-")[0] if contact and contact.language else None
    return tuple(dict.fromkeys([*reading_languages(spoken, None, viewer)[:1], *viewer.languages, "en"]))


def _address(hit: Hit) -> str:
    return hit.slug if hit.source else article_address(hit.language, hit.slug, None)
