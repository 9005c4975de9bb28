"""Opening a translation for writing: what the person goes on from, and what they should know before they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from authoring.lifetimes.kinds import Rule
from authoring.models import Draft
from authoring.writing import drafts
from authoring.writing.copies import Copy, copy_of
from kb import articles
from kb.errors import N_, NotFound
from kb.languages import is_language
from kb.models import Article, Revision, State
from kb.permissions import PUBLISH_ARTICLES, WRITE_ARTICLES
from kb.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Opened:
    """A translation on somebody's desk.

    Args:
        topics: keys of the article's topics, the first its breadcrumb.
        last: the newest revision; None where nothing is written in this language.
        base: the revision that the person goes on from; an older one where they have a working copy of it.
        draft: their working copy, changed or not.
        others: names of the others who have the page open.
        was_published: readers know the article: its properties change with an approved revision only.
    """

    article: Article
    language: str
    topics: Sequence[str]
    last: Revision | None
    base: Revision | None
    draft: Draft | None
    others: Sequence[str]
    was_published: bool

    @property
    def is_source(self) -> bool:
        """Whether translations are made from this text."""
        return self.language == self.article.source_language

    @property
    def in_review(self) -> bool:
        """Whether saving takes it back from its reviewers."""
        return self.last is not None and self.last.state in {State.IN_REVIEW, State.APPROVED}

    @property
    def is_behind(self) -> bool:
        """Whether somebody saved since the person began."""
        return self.last is not self.base

    def copy(self, now: datetime) -> Copy:
        """What the person goes on from."""
        return copy_of(self.article, self.topics, self.base, now)

    def may_change_article(self, by: Viewer) -> bool:
        """Whether this person may change what belongs to the article in all its languages."""
        return by.may(WRITE_ARTICLES, articles.ground_of(self.article))

    def may_settle(self, by: Viewer) -> bool:
        """Whether this person may change what readers get without an approval."""
        roles = PUBLISH_ARTICLES if self.was_published else WRITE_ARTICLES
        return by.may(roles, articles.ground_of(self.article))


def article_for(session: Session, article_id: int, language: str, by: Viewer) -> Article:
    """The article, for somebody who writes it in a language.

    Raises:
        NotFound: there is no such article or language.
        NotAllowed: this person may not write it.
    """
    query = select(Article).where(Article.id == article_id).options(selectinload(Article.topics))
    article = session.scalars(query).first()
    if article is None or not is_language(language):
        raise NotFound(N_("There is no such article."))
    drafts.require_writer(by, article, language)
    return article


def open_for(
    session: Session,
    article: Article,
    language: str,
    *,
    by: Viewer,
    now: datetime,
    topics: Sequence[str] | None = None,
    began: tuple[int | None] | None = None,
) -> Opened:
    """Put a translation on somebody's desk.

    Args:
        topics: keys of the article's topics, the first its breadcrumb; None to look them up.
        began: the revision that the person's form was made from, perhaps none; where no form says so, it is that of
            their working copy, else the newest.
    """
    copies = drafts.working_copies(session, article, language)
    draft = next((draft for draft, _name in copies if draft.person_id == by.person_id and draft.fields), None)
    last = drafts.newest(session, article, language)
    if began is None and draft is not None:
        began = (draft.base_id,)
    return Opened(
        article=article,
        language=language,
        topics=drafts.topics_of(session, article) if topics is None else topics,
        last=last,
        base=last if began is None else _revision(session, last, began[0]),
        draft=draft,
        others=drafts.others_now(copies, by, now),
        was_published=articles.was_published(session, article),
    )


def _revision(session: Session, last: Revision | None, revision_id: int | None) -> Revision | None:
    """The revision of the same translation that has this id."""
    if last is None or revision_id is None or revision_id == last.id:
        return last if revision_id is not None else None
    found = session.get(Revision, revision_id)
    return found if found is not None and found.translation_id == last.translation_id else last


def with_lifetimes(copy: Copy, rule: Rule, *, since: datetime, now: datetime, fresh: bool) -> Copy:
    """The copy with the times that its kind asks for, where they are over or were never set.

    Args:
        since: the day on which the lifetimes begin.
        fresh: nothing was written before.
    """
    expires_at, review_by = copy.expires_at, copy.review_by
    if fresh or (expires_at is not None and expires_at <= now):
        expires_at = rule.expires_at(since)
    if fresh or (review_by is not None and review_by <= now):
        review_by = rule.review_by(since)
    return replace(copy, expires_at=expires_at, review_by=review_by)
