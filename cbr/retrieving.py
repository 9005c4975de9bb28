"""What was solved before that is most like what is known now, why, and what to do: retrieve and reuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from cbr import queries
from cbr.case_type import CaseType
from cbr.casebase import Scores
from cbr.contents import MOST_PROBLEM
from cbr.followers import CaseBases
from cbr.matches import Match
from cbr.models import Case
from cbr.plain import Plain
from cbr.problems import fused_weight
from cbr.shelves import TEXT, Shelves
from cbr.values import Fact, read_facts, write_value
from cbr.wording import filled_in, value_text
from kb import texts
from kb.errors import N_, Invalid, NotFound
from kb.queries import Card
from kb.viewers import Viewer

MOST_CASES = 100


class Reason(NamedTuple):
    """What one attribute did for the score of a case.

    Args:
        key: of the attribute; "" for the text.
        name: as people call it; "" for the text.
        asked: what is known, in words.
        held: what the case has, in words; "" for nothing.
        similarity: from 0 to 1.
        weight: what it counted, of 1 altogether.
        contribution: its part of the score.
    """

    key: str
    name: str
    asked: str
    held: str
    similarity: float
    weight: float
    contribution: float


@dataclass(frozen=True)
class Nearest:
    """A case that was found.

    Args:
        case: with its links.
        score: from 0 to 1.
        reasons: what made the score, the strongest first.
        solution: Markdown, with what is known now in its places.
        title: of the solution, likewise.
        articles: those it links to that the viewer may read, what says it best first.
    """

    case: Case
    score: float
    reasons: Sequence[Reason]
    solution: str
    title: str
    articles: Sequence[Card]


@dataclass(frozen=True)
class Found:
    """The nearest cases.

    Args:
        case_type: what was asked about.
        facts: as they were understood.
        nearest: the best first.
        cases: how many there were to find.
    """

    case_type: CaseType
    facts: Mapping[str, Fact]
    nearest: Sequence[Nearest]
    cases: int


def retrieve(
    session: Session,
    bases: CaseBases,
    viewer: Viewer,
    now: datetime,
    type_key: str,
    facts: Mapping[str, Plain],
    text: str = "",
    *,
    language: str = "en",
    spoken: str = "",
    k: int = 5,
    head: int,
) -> Found:
    """The cases most like what is known, as far as this viewer may see them.

    Args:
        facts: attribute -> value.
        text: what is the matter, in somebody's words; it counts beside the facts.
        language: of the answer.
        spoken: the language of the text; that of the answer if not given.
        k: so many, at most `MOST_CASES`.
        head: the journal's newest seq that the caller has seen.

    Raises:
        NotFound: there is no such case type for this viewer.
        Invalid: an attribute, or "text" -> what is wrong.
    """
    shelves = opened(session, bases, viewer, type_key, head)
    known = read_facts(shelves.case_type, facts)
    if problem := texts.problem(text, MOST_PROBLEM):
        raise Invalid({"text": problem})
    scores, weights = of_text(session, bases, shelves, known, text, spoken or language)
    plain = {key: write_value(fact, shelves.case_type.by_key[key].kind) for key, fact in known.items()}
    if not plain and not scores:
        return Found(shelves.case_type, known, [], len(shelves))  # nothing is like nothing
    matches = shelves.nearest(plain, min(k, MOST_CASES), weights=weights, scores=scores)
    told = _told(session, viewer, now, shelves.case_type, known, matches, language)
    return Found(shelves.case_type, known, told, len(shelves))


def opened(session: Session, bases: CaseBases, viewer: Viewer, type_key: str, head: int) -> Shelves:
    """The cases of a type that this viewer may be shown, as of `head`. Raises `NotFound`."""
    shelves = bases.current(session, head).shelves(viewer, type_key)
    if shelves is None:
        raise NotFound(N_("There is no case type %(key)s.", key=type_key))
    return shelves


def of_text(
    session: Session,
    bases: CaseBases,
    shelves: Shelves,
    known: Mapping[str, Fact],
    text: str,
    language: str,
) -> tuple[Scores | None, Mapping[str, float] | None]:
    """How alike the problems of these cases are to a text, and what that counts beside what is known.

    Returns:
        None twice where no word of it is known: then the text says nothing.
    """
    if not text.strip():
        return None, None
    found = bases.problems(session, shelves.case_type.key).scores(text, language, shelves)
    if not found:
        return None, None
    own = {one.key: one.weight for one in shelves.case_type.attributes}
    return {TEXT: found}, {TEXT: fused_weight(own, known)}


def _told(
    session: Session,
    viewer: Viewer,
    now: datetime,
    case_type: CaseType,
    known: Mapping[str, Fact],
    matches: Sequence[Match],
    language: str,
) -> list[Nearest]:
    """With what the database has of them: two queries, and one for links, however many there are."""
    if not matches:
        return []
    rows = queries.by_ids(session, viewer, now, [match.id for match in matches])
    keys = {link.key for row in rows.values() for link in row.links}
    cards = queries.linked_articles(session, viewer, now, keys, [language, "en"]) if keys else {}
    return [
        Nearest(
            row,
            match.score,
            reasons(case_type, match, language),
            filled_in(case_type, row.solution, known, language),
            filled_in(case_type, row.title, known, language, markdown=False),
            _linked(row, cards),
        )
        for match in matches
        if (row := rows.get(match.id)) is not None
    ]


def _linked(row: Case, cards: Mapping[str, Card]) -> list[Card]:
    keys = sorted({link.key for link in row.links}, key=lambda key: (key != row.article, key))
    return [cards[key] for key in keys if key in cards]


def reasons(case_type: CaseType, match: Match, language: str) -> list[Reason]:
    """What made the score of a match, the strongest first."""
    told = []
    for part in match.parts:
        if part.key == TEXT:
            told.append(Reason("", "", "", "", part.similarity, part.weight, part.contribution))
            continue
        attribute = case_type.by_key[part.key]
        asked, held = (
            "" if value is None else value_text(attribute, value, language)
            for value in (part.asked, part.held)
        )
        told.append(
            Reason(
                part.key,
                attribute.name(language),
                asked,
                held,
                part.similarity,
                part.weight,
                part.contribution,
            )
        )
    return sorted(told, key=lambda reason: -reason.contribution)
