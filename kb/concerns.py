"""Which articles to look after: states and concerns as conditions, with their figures. Nothing here is for readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from kb.listings import matches
from kb.models import Article, ArticleTopic, Revision, RevisionLink, State, Translation

SOON = timedelta(days=30)
Condition = ColumnElement[bool]


def shows(now: datetime, revision: Any = Revision) -> Condition:
    """Whether readers get a revision now, if its article is for them."""
    return and_(
        revision.state == State.PUBLISHED,
        revision.publish_at <= now,
        or_(revision.expires_at.is_(None), revision.expires_at > now),
        lasts(now, revision),
    )


def lasts(now: datetime, revision: Any = Revision) -> Condition:
    """Whether no successor has taken over from a revision yet."""
    return or_(revision.superseded_at.is_(None), revision.superseded_at > now)


def _articles_with(*conditions: Condition) -> Condition:
    """The articles that have such a revision, in any language."""
    having = select(Translation.article_id).join(Translation.revisions).join(Translation.article)
    return Article.id.in_(having.where(*conditions))


def is_newest() -> Condition:
    """Whether a revision is the last one written of its translation."""
    other = aliased(Revision)
    last = select(func.max(other.number)).where(other.translation_id == Revision.translation_id)
    return Revision.number == last.correlate(Revision).scalar_subquery()


def _in_state(state: str) -> Callable[[datetime], Condition]:
    return lambda _now: _articles_with(Revision.state == state, is_newest())


def _published(now: datetime) -> Condition:
    return _articles_with(shows(now))


def _scheduled(now: datetime) -> Condition:
    return _articles_with(Revision.state == State.PUBLISHED, Revision.publish_at > now, lasts(now))


def _expired(now: datetime) -> Condition:
    return _articles_with(Revision.state == State.PUBLISHED, Revision.expires_at <= now, lasts(now))


def _review_due(now: datetime) -> Condition:
    return _articles_with(Revision.review_by <= now, shows(now))


def _expiring(now: datetime) -> Condition:
    return _articles_with(Revision.expires_at <= now + SOON, shows(now))


def _stale(now: datetime) -> Condition:
    """Some translation shows what says something else than its source."""
    return _articles_with(Revision.stale_at <= now, shows(now))


def broken_link(now: datetime) -> Condition:
    """Whether a link leads to an article of which nothing shows now, or to none at all."""
    target = aliased(Article)
    showing = select(target.key).join(target.translations).join(Translation.revisions).where(shows(now))
    return RevisionLink.key.not_in(showing)


def _broken(now: datetime) -> Condition:
    having = (
        select(Translation.article_id)
        .join(Translation.revisions)
        .join(RevisionLink, RevisionLink.revision_id == Revision.id)
        .where(shows(now), broken_link(now))
    )
    return Article.id.in_(having)


STATES: Mapping[str, Callable[[datetime], Condition]] = {
    "published": _published,
    "scheduled": _scheduled,
    "in_review": _in_state(State.IN_REVIEW),
    "approved": _in_state(State.APPROVED),
    "draft": _in_state(State.DRAFT),
    "rejected": _in_state(State.REJECTED),
    "expired": _expired,
    "withdrawn": _in_state(State.WITHDRAWN),
}
"""State -> the articles that have it in some language. One article can have several: published, with a new draft."""

CONCERNS: Mapping[str, Callable[[datetime], Condition]] = {
    "review_due": _review_due,
    "expiring": _expiring,
    "stale": _stale,
    "broken": _broken,
}
"""What somebody should look after -> the articles concerned."""


def figures(session: Session, now: datetime) -> dict[str, int]:
    """How many articles there are ("all"), have each state and each concern, in one query."""
    counts = {"all": select(func.count(Article.id))} | {
        name: select(func.count(Article.id)).where(condition(now))
        for name, condition in {**STATES, **CONCERNS}.items()
    }
    row = session.execute(
        select(*(query.scalar_subquery().label(name) for name, query in counts.items()))
    ).one()
    return dict(row._mapping)  # noqa: SLF001 - the public name of a row's mapping


@dataclass(frozen=True, slots=True)
class ArticleFilters:
    """What to list; empty values do not filter.

    Args:
        text: in the key or a title.
        state: of STATES.
        topic_ids: a topic and all below it.
        language: the article has a translation in it.
        concern: of CONCERNS.
        missing: a language in which nothing of the article shows.
    """

    text: str = ""
    kind: str = ""
    state: str = ""
    topic_ids: frozenset[int] = frozenset()
    language: str = ""
    audience: str = ""
    concern: str = ""
    missing: str = ""

    def conditions(self, now: datetime) -> Iterable[Condition]:
        """As SQL."""
        if self.text:
            yield or_(
                matches(Article.key, self.text),
                _articles_with(matches(Revision.title, self.text), lasts(now)),
            )
        if self.kind:
            yield Article.kind == self.kind
        if self.state in STATES:
            yield STATES[self.state](now)
        if self.topic_ids:
            placed = select(ArticleTopic.article_id).where(ArticleTopic.topic_id.in_(sorted(self.topic_ids)))
            yield Article.id.in_(placed)
        if self.language:
            yield _articles_with(Translation.language == self.language)
        if self.audience:
            yield Article.audience == self.audience
        if self.concern in CONCERNS:
            yield CONCERNS[self.concern](now)
        if self.missing:
            yield ~_articles_with(Translation.language == self.missing, shows(now))
