"""The matrix: which article says what its source says in which language, whatever the number of articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from kb import overview
from kb.concerns import lasts, shows
from kb.listings import Listing, listing, matches
from kb.models import Article, ArticleTopic, Revision, State, Translation
from kb.overview import ArticleRow, TranslationRow

MISSING, DRAFT, IN_REVIEW, CURRENT, STALE = "missing", "draft", "in_review", "current", "stale"
STATES = (MISSING, DRAFT, IN_REVIEW, CURRENT, STALE)
TO_DO = "todo"
"""Missing or stale: what a translator has to write."""

_RANKS = {STALE: 4, CURRENT: 3, IN_REVIEW: 2, DRAFT: 1, MISSING: 0}
_BY_RANK = {rank: state for state, rank in _RANKS.items()}
_MEANT = {TO_DO: (MISSING, STALE)}
_IN_REVIEW = (State.IN_REVIEW, State.APPROVED)
_IN_WORK = (State.DRAFT, State.REJECTED)
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles; empty values do not filter.

    Args:
        languages: those that a state is looked for in.
        state: of STATES, or TO_DO.
        text: in the key or the source's title.
        topic_ids: a topic and all below it.
    """

    languages: tuple[str, ...] = ()
    state: str = ""
    kind: str = ""
    text: str = ""
    topic_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Cell:
    """An article in one language.

    Args:
        behind: the state of newer work behind a text that shows; empty when there is none.
    """

    state: str
    is_source: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An article in all languages."""

    article: Article
    title: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a language is: state -> how many articles. `share` is in percent of all."""

    language: str
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All articles that could be there in this language."""
        return sum(self.counts.values())

    def share(self, state: str) -> float:
        """How much of a language is in a state, in percent."""
        return 100 * self.counts.get(state, 0) / self.total if self.total else 0.0

    def before(self, state: str) -> float:
        """How much is in the states that stand before this one in a bar, in percent."""
        return sum(self.share(one) for one in BAR[: BAR.index(state)])


BAR = (CURRENT, STALE, IN_REVIEW, DRAFT, MISSING)
"""The states from left to right."""


def rows(
    session: Session, filters: Filters, languages: Sequence[str], now: datetime, page: int
) -> Listing[Row]:
    """A page of the matrix, by key, in a constant number of queries.

    Args:
        languages: the columns.
    """
    query = select(Article).where(*_conditions(filters, now)).order_by(Article.key)
    found = listing(session, query, page)
    return found.having([_row(one, languages) for one in overview.rows(session, found.rows, now)])


def keys(session: Session, filters: Filters, now: datetime, most: int) -> Sequence[str]:
    """The keys of the first articles that fit, in order."""
    query = select(Article.key).where(*_conditions(filters, now)).order_by(Article.key)
    return session.scalars(query.limit(most)).all()


def figures(session: Session, filters: Filters, languages: Sequence[str], now: datetime) -> list[Figures]:
    """How far each language is, over the articles that fit; the state that is looked for does not count."""
    meant = select(Article.id).where(
        *_conditions(Filters(kind=filters.kind, text=filters.text, topic_ids=filters.topic_ids), now)
    )
    total = session.scalar(select(func.count()).select_from(meant.subquery())) or 0
    ranks = (
        select(Revision.translation_id, func.max(_rank(now)).label("rank"))
        .group_by(Revision.translation_id)
        .subquery()
    )
    query = (
        select(Translation.language, ranks.c.rank, func.count())
        .join(ranks, ranks.c.translation_id == Translation.id)
        .where(Translation.language.in_(languages), Translation.article_id.in_(meant))
        .group_by(Translation.language, ranks.c.rank)
    )
    found: dict[str, dict[str, int]] = {code: {} for code in languages}
    for code, rank, count in session.execute(query):
        found[code][_BY_RANK[rank]] = count
    for counts in found.values():
        counts[MISSING] = total - sum(count for state, count in counts.items() if state != MISSING)
    return [Figures(code, counts) for code, counts in found.items()]


def _rank(now: datetime) -> Any:
    """What a revision makes of its translation: the highest of its revisions counts."""
    planned = and_(Revision.state == State.PUBLISHED, Revision.publish_at > now, lasts(now))
    return case(
        (and_(shows(now), Revision.stale_at <= now), _RANKS[STALE]),
        (shows(now), _RANKS[CURRENT]),
        (or_(Revision.state.in_(_IN_REVIEW), planned), _RANKS[IN_REVIEW]),
        (Revision.state.in_(_IN_WORK), _RANKS[DRAFT]),
        else_=_RANKS[MISSING],
    )


def _conditions(filters: Filters, now: datetime) -> Iterable[Condition]:
    yield _lives(now)
    if filters.kind:
        yield Article.kind == filters.kind
    if filters.topic_ids:
        placed = select(ArticleTopic.article_id).where(ArticleTopic.topic_id.in_(sorted(filters.topic_ids)))
        yield Article.id.in_(placed)
    if filters.text:
        yield or_(
            matches(Article.key, filters.text), _source_has(matches(Revision.title, filters.text), lasts(now))
        )
    if filters.state and filters.languages:
        yield or_(*(_is_in(filters.state, code, now) for code in filters.languages))


def _source_has(*conditions: Condition) -> Condition:
    own = Translation.language == Article.source_language
    having = select(Translation.article_id).join(Translation.revisions).join(Translation.article)
    return Article.id.in_(having.where(own, *conditions))


def _lives(now: datetime) -> Condition:
    """Whether the source shows, will show or is being written: what expired or was withdrawn needs no translation."""
    open_still = or_(Revision.expires_at.is_(None), Revision.expires_at > now)
    published = and_(Revision.state == State.PUBLISHED, lasts(now), open_still)
    return _source_has(or_(published, Revision.state.in_([*_IN_REVIEW, *_IN_WORK])))


def _is_in(state: str, language: str, now: datetime) -> Condition:
    """Whether an article is in a state in a language."""
    other = aliased(Translation)
    rank = func.coalesce(
        select(func.max(_rank(now)))
        .join(other, other.id == Revision.translation_id)
        .where(other.article_id == Article.id, other.language == language)
        .correlate(Article)
        .scalar_subquery(),
        _RANKS[MISSING],
    )
    return rank.in_([_RANKS[one] for one in _MEANT.get(state, (state,))])


def _row(one: ArticleRow, languages: Sequence[str]) -> Row:
    made = {row.language: row for row in one.translations}
    source = one.article.source_language
    cells = {code: _cell(made[code], code == source) if code in made else Cell(MISSING) for code in languages}
    return Row(one.article, one.title, cells)


def _cell(row: TranslationRow, is_source: bool) -> Cell:
    standing = row.standing
    waiting = IN_REVIEW if standing.waiting in {*_IN_REVIEW, "scheduled"} else standing.waiting
    if standing.shown is not None:
        return Cell(STALE if row.is_stale else CURRENT, is_source, waiting)
    if standing.state in {*_IN_REVIEW, "scheduled"} or waiting == IN_REVIEW:
        return Cell(IN_REVIEW, is_source)
    in_work = standing.state in _IN_WORK or bool(waiting)
    return Cell(DRAFT if in_work else MISSING, is_source)
