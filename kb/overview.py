"""The list of all articles as those who look after them see it, whatever shows of them now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, load_only

from kb.concerns import ArticleFilters, is_newest, lasts
from kb.listings import Listing, listing
from kb.models import Article, Revision, State, Translation
from kb.standing import WAITING, Standing, standing

LIGHT = (
    Revision.translation_id,
    Revision.number,
    Revision.state,
    Revision.title,
    Revision.publish_at,
    Revision.expires_at,
    Revision.review_by,
    Revision.superseded_at,
    Revision.change_note,
    Revision.stale_at,
    Revision.author_id,
    Revision.created_at,
)
"""A revision without its text."""


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """An article in one language, in the list."""

    language: str
    slug: str
    standing: Standing
    is_stale: bool


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article in the list; its translations with the source first."""

    article: Article
    translations: tuple[TranslationRow, ...]

    @property
    def face(self) -> TranslationRow | None:
        """The translation that stands for the article: the source, or whichever there is."""
        return self.translations[0] if self.translations else None

    @property
    def title(self) -> str:
        """In the source language; the key while nothing is written."""
        standing = self.face.standing if self.face else None
        return (standing.shown or standing.newest).title if standing else self.article.key

    @property
    def changed_at(self) -> datetime:
        """When a revision was last written, in any language."""
        written = (row.standing.newest.created_at for row in self.translations)
        return max(written, default=self.article.created_at)

    @property
    def review_by(self) -> datetime | None:
        """The first day on which something of it that shows must be looked at again."""
        shown = (row.standing.shown for row in self.translations)
        return min((one.review_by for one in shown if one and one.review_by), default=None)


def _written() -> Any:
    last = select(func.coalesce(func.max(Revision.id), 0)).join(Revision.translation)
    return last.where(Translation.article_id == Article.id).correlate(Article).scalar_subquery()


def _title() -> Any:
    query = (
        select(func.lower(Revision.title))
        .join(Revision.translation)
        .where(Translation.article_id == Article.id, Translation.language == Article.source_language)
        .order_by((Revision.state == State.PUBLISHED).desc(), Revision.number.desc())
    )
    return query.limit(1).correlate(Article).scalar_subquery()


SORTS: Mapping[str, Callable[[], Any]] = {
    "changed": _written,
    "title": _title,
    "key": lambda: Article.key,
    "kind": lambda: Article.kind,
    "audience": lambda: Article.audience,
}
DEFAULT_SORT = "-changed"


def articles(
    session: Session, filters: ArticleFilters, now: datetime, *, sort: str, page: int
) -> Listing[ArticleRow]:
    """A page of the list, in a constant number of queries.

    Args:
        sort: of SORTS, with a minus in front for descending; anything else is the default, last changed first.
    """
    wanted = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
    column = SORTS[wanted.removeprefix("-")]()
    order = column.desc() if wanted.startswith("-") else column
    query = select(Article).where(*filters.conditions(now)).order_by(order, Article.id)
    found = listing(session, query, page)
    return found.having(rows(session, found.rows, now))


def rows(session: Session, articles: Sequence[Article], now: datetime) -> list[ArticleRow]:
    """Articles with where each of their translations stands, in two queries."""
    translations = _translations(session, [article.id for article in articles], now)
    return [_row(article, translations, now) for article in articles]


Translations = Mapping[tuple[int, str, str], list[Revision]]
"""(article id, language, slug) -> the revisions that matter now."""


def _translations(session: Session, article_ids: Iterable[int], now: datetime) -> Translations:
    matter = or_(
        is_newest(), and_(Revision.state == State.PUBLISHED, lasts(now)), Revision.state.in_(WAITING)
    )
    query = (
        select(Translation.article_id, Translation.language, Translation.slug, Revision)
        .join(Translation.revisions)
        .where(Translation.article_id.in_(sorted(article_ids)), matter)
        .order_by(Translation.language)
        .options(load_only(*LIGHT))
    )
    found: dict[tuple[int, str, str], list[Revision]] = {}
    for article_id, language, slug, revision in session.execute(query):
        found.setdefault((article_id, language, slug), []).append(revision)
    return found


def _row(article: Article, translations: Translations, now: datetime) -> ArticleRow:
    own = {key[1:]: standing(found, now) for key, found in translations.items() if key[0] == article.id}
    made = [TranslationRow(language, slug, one, _is_stale(one, now)) for (language, slug), one in own.items()]
    made.sort(key=lambda row: (row.language != article.source_language, row.language))
    return ArticleRow(article, tuple(made))


def _is_stale(one: Standing, now: datetime) -> bool:
    return one.shown is not None and one.shown.stale_at is not None and one.shown.stale_at <= now
