"""Solved cases as a source: what helped others who had the same problem, as far as this viewer may find it.

A question is compared with the texts of the problems, and with the facts that were read out of it. One word in common
is no evidence that the problem is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from flask import url_for
from markupsafe import escape
from sqlalchemy import Row

from cbr import queries
from cbr.case_type import CaseType
from cbr.followers import case_bases
from cbr.matches import Match
from cbr.models import Case, CaseTypeRow
from cbr.retrieving import of_text
from cbr.shelves import TEXT
from cbr.values import Fact, read_facts
from cbr.wording import filled_in
from kb import content, context
from kb.queries import Card
from search.answers import Item, Proven
from search.engine import Hit
from search.federation.protocol import Asking
from search.federation.replies import words_of
from search.query import parse
from search.snippets import Highlighter
from search.understanding import Understanding

CASES = "cases"

LEAST_ALIKE = 0.35
"""The cosine of two texts from which on they tell of the same problem."""

LEAST_FACTS = 2
"""So many facts in common are evidence without words: one alone is what half of all cases have."""

SAME = 0.9
"""The similarity from which on two values count as one and the same."""

LOOKED_AT = 30
"""Cases of a type among which those that propose the same become one."""

OWN_LANGUAGE = 0.1
"""What it is worth that a case is written in the reader's language, where a score of 1 is the same problem."""

LONGEST_PROBLEM, LONGEST_SOLUTION = 120, 180  # characters shown
MOST_REMEMBERED = 2048  # solutions as plain text

_COLUMNS = (
    Case.id,
    Case.key,
    Case.language,
    Case.problem,
    Case.title,
    Case.solution,
    Case.article,
    Case.proposes.label("proposes"),
    Case.count.label("contacts"),
    Case.worked,
    Case.adapted,
    Case.failed,
    CaseTypeRow.key.label("type_key"),
)


class _Known(NamedTuple):
    """What is known of the problem in the terms of a case type."""

    case_type: CaseType
    facts: Mapping[str, Fact]


class CaseSource:
    """Cases that solved what the question is about."""

    key = CASES
    weight = 0.8

    def name(self, languages: Sequence[str]) -> str:
        """It is of this base."""
        return ""

    def ask(self, asking: Asking, budget_s: float) -> Sequence[Item]:
        """The best cases, each of another solution; to staff with a link to its page, to readers with one to help."""
        known: dict[str, _Known] = {}
        scores: dict[int, float] = {}
        for understood in asking.understood:
            case_type = understood.shelves.case_type
            known[case_type.key] = _Known(case_type, read_facts(case_type, understood.plain))
            scores |= {match.id: match.score for match in _evident(understood, known[case_type.key], asking)}
        if not scores:
            return ()
        rows = _different(_rows(asking, scores), scores, asking)
        cards = _cards(asking, rows)
        marks = Highlighter(parse(asking.question, now=asking.filters.now).texts(), asking.language)
        return [
            _item(row, url, known[row.type_key], marks, asking) for row, url in _placed(rows, cards, asking)
        ][: asking.limit]


def _evident(understood: Understanding, known: _Known, asking: Asking) -> Iterator[Match]:
    """The cases nearest to the question that have enough in common with it."""
    bases, session = case_bases(), context.session()
    text = words_of(asking.question, asking.language)
    scores, weights = of_text(session, bases, understood.shelves, known.facts, text, asking.language)
    alike = max(scores[TEXT].values()) if scores else 0.0
    if alike < LEAST_ALIKE and len(known.facts) < LEAST_FACTS:
        return
    for match in understood.shelves.nearest(understood.plain, LOOKED_AT, weights=weights, scores=scores):
        parts = {part.key: part.similarity for part in match.parts}
        if parts.pop(TEXT, 0.0) >= LEAST_ALIKE or sum(one >= SAME for one in parts.values()) >= LEAST_FACTS:
            yield match


def _rows(asking: Asking, ids: Mapping[int, float]) -> Sequence[Row[Any]]:
    """What the database has of them, as far as this viewer may find them; readers get those in their language."""
    query = queries.visible_to(asking.viewer, asking.now, *_COLUMNS).where(
        Case.id.in_(sorted(ids)), Case.state.in_(queries.found_states(asking.viewer))
    )
    if not asking.viewer.is_staff:
        query = query.where(Case.language == asking.language)
    return context.session().execute(query).all()


def _different(rows: Sequence[Row[Any]], scores: Mapping[int, float], asking: Asking) -> list[Row[Any]]:
    """Of the cases that propose the same or read the same the best; in the reader's language if nearly as good."""

    def worth(row: Row[Any]) -> float:
        return scores[row.id] + (OWN_LANGUAGE if row.language == asking.language else 0.0)

    found: list[Row[Any]] = []
    taken: set[tuple[str, str]] = set()
    for row in sorted(rows, key=lambda row: (-worth(row), row.id)):
        own = {(row.type_key, row.proposes), ("", content.plain_excerpt(row.problem, LONGEST_PROBLEM))}
        if taken.isdisjoint(own):
            found.append(row)
        taken |= {name for name in own if name[1]}
    return found[: asking.limit]


def _cards(asking: Asking, rows: Sequence[Row[Any]]) -> Mapping[str, Card]:
    """Key -> the article that says it, for those who have no page of the case itself."""
    keys = {row.article for row in rows if row.article}
    if asking.viewer.is_staff or not keys:
        return {}
    return queries.linked_articles(context.session(), asking.viewer, asking.now, keys, asking.languages)


def _placed(
    rows: Sequence[Row[Any]], cards: Mapping[str, Card], asking: Asking
) -> Iterator[tuple[Row[Any], str]]:
    """Each case with where it is read; where guided help leads to it, that is offered once."""
    taken: set[str] = set()
    for row in rows:
        if asking.viewer.is_staff:
            address = url_for("case_desk.case", type_key=row.type_key, key=row.key)
        elif card := cards.get(row.article):
            address = asking.address(_hit(card))
        elif asking.site:
            portal, language = asking.site.key, asking.language
            address = url_for("guided.index", portal=portal, language=language, text=asking.question)
        else:
            continue
        if address and address not in taken:
            taken.add(address)
            yield row, address


def _hit(card: Card) -> Hit:
    """An article as the index would have it."""
    return Hit(
        id=str(card.revision_id),
        article=str(card.article_id),
        key=card.key,
        kind=card.kind,
        language=card.language,
        slug=card.slug,
        title=card.title,
        summary=card.summary,
        score=0.0,
        snippet=escape(card.summary),
        title_html=escape(card.title),
        changed_at=int(card.changed_at.timestamp()),
    )


def _item(row: Row[Any], url: str, known: _Known, marks: Highlighter, asking: Asking) -> Item:
    solution = filled_in(known.case_type, _plain(row.solution), known.facts, asking.language)
    title = filled_in(known.case_type, row.title, known.facts, asking.language)
    problem = content.plain_excerpt(row.problem, LONGEST_PROBLEM)
    name = problem or title or content.plain_excerpt(solution, LONGEST_PROBLEM)
    said = [part.rstrip(".") for part in (title, solution) if part and _bare(part) != _bare(name)]
    return Item(
        source=CASES,
        source_name="",
        kind="case",
        title=marks.whole(name),
        snippet=escape(content.plain_excerpt(". ".join(said), LONGEST_SOLUTION)),
        url=url,
        language=row.language,
        proven=Proven(row.worked + row.adapted, row.failed, row.contacts),
    )


def _bare(text: str) -> list[str]:
    """Its words: what says the same twice differs in its signs at most."""
    return re.findall(r"\w+", text.casefold())


@lru_cache(maxsize=MOST_REMEMBERED)
def _plain(solution: str) -> str:
    """Markdown as plain text."""
    return content.render(solution).text
