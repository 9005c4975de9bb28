"""Everything about one article, for those who look after it: all revisions, files, links in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only, selectinload

from kb import queries
from kb.concerns import broken_link, is_newest, shows
from kb.errors import N_, NotFound
from kb.models import Article, Attachment, Person, Revision, RevisionLink, Translation
from kb.overview import LIGHT, ArticleRow, rows


class BrokenLink(NamedTuple):
    """A link that leads nowhere now; `exists` says whether there is an article of which nothing shows."""

    language: str
    key: str
    exists: bool


class Backlink(NamedTuple):
    """An article that shows and links here."""

    article_id: int
    key: str
    language: str
    title: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One article whole.

    Args:
        row: the article as in the list, with where each translation stands.
        translations: language -> translation, the source first.
        revisions: language -> its revisions without their texts, newest first.
        authors: id -> name of everybody who wrote one.
    """

    row: ArticleRow
    translations: Mapping[str, Translation]
    revisions: Mapping[str, Sequence[Revision]]
    authors: Mapping[int, str]
    attachments: Sequence[Attachment]
    broken: Sequence[BrokenLink]
    backlinks: Sequence[Backlink]

    @property
    def article(self) -> Article:
        """The article itself."""
        return self.row.article


def dossier(session: Session, article_id: int, now: datetime) -> Dossier:
    """Everything about an article, in a constant number of queries.

    Raises:
        NotFound: there is no such article.
    """
    query = select(Article).where(Article.id == article_id).options(selectinload(Article.topics))
    article = session.scalars(query).first()
    if article is None:
        raise NotFound(N_("There is no such article."))
    translations = _translations(session, article)
    revisions = _revisions(session, translations)
    return Dossier(
        row=rows(session, [article], now)[0],
        translations=translations,
        revisions=revisions,
        authors=_authors(session, revisions),
        attachments=queries.attachments_of(session, article.id),
        broken=_broken(session, article, now),
        backlinks=_backlinks(session, article, now),
    )


def _translations(session: Session, article: Article) -> dict[str, Translation]:
    found = session.scalars(select(Translation).where(Translation.article_id == article.id)).all()
    ordered = sorted(found, key=lambda one: (one.language != article.source_language, one.language))
    return {one.language: one for one in ordered}


def _revisions(session: Session, translations: Mapping[str, Translation]) -> dict[str, list[Revision]]:
    ids = [one.id for one in translations.values()]
    query = select(Revision).where(Revision.translation_id.in_(ids)).order_by(Revision.number.desc())
    found = session.scalars(query.options(load_only(*LIGHT))).all()
    return {
        code: [one for one in found if one.translation_id == held.id] for code, held in translations.items()
    }


def _authors(session: Session, revisions: Mapping[str, Sequence[Revision]]) -> Mapping[int, str]:
    ids = {one.author_id for some in revisions.values() for one in some if one.author_id is not None}
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(sorted(ids)))).all())


def _broken(session: Session, article: Article, now: datetime) -> list[BrokenLink]:
    """Of what shows and of the newest work."""
    known = select(Article.id).where(Article.key == RevisionLink.key).correlate(RevisionLink).exists()
    query = (
        select(Translation.language, RevisionLink.key, known)
        .select_from(RevisionLink)
        .join(Revision, Revision.id == RevisionLink.revision_id)
        .join(Revision.translation)
        .where(Translation.article_id == article.id, shows(now) | is_newest(), broken_link(now))
        .order_by(Translation.language, RevisionLink.key)
    )
    return [BrokenLink(*row) for row in session.execute(query.distinct())]


def _backlinks(session: Session, article: Article, now: datetime) -> list[Backlink]:
    query = (
        select(Article.id, Article.key, Translation.language, Revision.title)
        .select_from(RevisionLink)
        .join(Revision, Revision.id == RevisionLink.revision_id)
        .join(Revision.translation)
        .join(Translation.article)
        .where(RevisionLink.key == article.key, Article.id != article.id, shows(now))
        .order_by(Article.key, Translation.language != Article.source_language, Translation.language)
    )
    return [Backlink(*row) for row in session.execute(query)]
