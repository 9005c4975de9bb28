"""Articles: create, revise, publish, place, rename. Each verb checks the permission, then changes; the session
writes the audit log and the journal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slugify import slugify
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb import content
from kb.errors import Conflict, Invalid
from kb.languages import is_language
from kb.models import (
    KINDS,
    Article,
    ArticleTopic,
    Audience,
    OldSlug,
    Revision,
    RevisionLink,
    State,
    Topic,
    Translation,
)
from kb.permissions import PUBLISH_ARTICLES, WRITE_ARTICLES, require
from kb.validity import Validity
from kb.viewers import Viewer

KEY = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,126}[a-z0-9])?")
LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Text:
    """What a revision says, as its author wrote it.

    Args:
        title: plain text, at most 300 characters.
        summary: plain text.
        body: Markdown.
        tags: as shown; compared without case.
    """

    title: str
    body: str
    summary: str = ""
    tags: tuple[str, ...] = ()
    change_note: str = ""


def create(
    session: Session,
    *,
    key: str,
    kind: str,
    source_language: str,
    audience: str,
    by: Viewer,
    now: datetime,
    related: Sequence[str] = (),
) -> Article:
    """A new article without any text yet.

    Raises:
        Invalid: the key, kind, language or audience cannot be used.
        Conflict: the key is taken.
    """
    require(by, WRITE_ARTICLES)
    _check_properties(session, kind=kind, audience=audience)
    if not KEY.fullmatch(key):
        raise Invalid({"key": "Use lower-case letters, digits, '-', '_' and '.', at most 128 characters."})
    if not is_language(source_language):
        raise Invalid({"language": f"{source_language!r} is not a language code such as en or hu."})
    if session.scalar(select(Article.id).where(Article.key == key)):
        raise Conflict(f"There is already an article with the key {key}.")
    article = Article(
        key=key,
        kind=kind,
        source_language=source_language,
        audience=audience,
        owner_id=by.person_id or None,
        related=list(related),
        created_at=now,
    )
    session.add(article)
    session.flush()
    return article


def change(
    session: Session, article: Article, *, kind: str, audience: str, by: Viewer, related: Sequence[str] | None = None
) -> None:
    """Set what holds for all languages of an article.

    Raises:
        Invalid: the kind or audience is unknown.
    """
    require(by, WRITE_ARTICLES)
    _check_properties(session, kind=kind, audience=audience)
    article.kind, article.audience = kind, audience
    if related is not None and list(related) != article.related:
        article.related = list(related)
    session.flush()


def _check_properties(session: Session, *, kind: str, audience: str) -> None:
    if kind not in KINDS:
        raise Invalid({"kind": f"{kind!r} is not one of {', '.join(KINDS)}."})
    if session.scalar(select(Audience.id).where(Audience.key == audience)) is None:
        raise Invalid({"audience": f"There is no audience {audience!r}."})


def place(session: Session, article: Article, topics: Sequence[Topic], *, by: Viewer) -> None:
    """Put an article into these topics and no others; the first is its breadcrumb."""
    require(by, WRITE_ARTICLES)
    wanted = {topic.id: place for place, topic in enumerate(topics)}
    for held in list(article.topics):
        if held.topic_id not in wanted:
            article.topics.remove(held)
        elif held.position != wanted[held.topic_id]:
            held.position = wanted[held.topic_id]
    known = {held.topic_id for held in article.topics}
    article.topics.extend(
        ArticleTopic(topic_id=topic_id, position=position)
        for topic_id, position in wanted.items()
        if topic_id not in known
    )
    session.flush()


def revise(
    session: Session,
    article: Article,
    language: str,
    text: Text,
    *,
    validity: Validity,
    by: Viewer,
    now: datetime,
    state: State = State.DRAFT,
) -> Revision:
    """A new revision of one translation; the translation is made with the first. It does not show yet.

    Raises:
        Invalid: title, language or times cannot be used.
    """
    require(by, WRITE_ARTICLES)
    _check_text(text, language, validity)
    translation = _translation(session, article, language, text.title)
    number = session.scalar(select(func.max(Revision.number)).where(Revision.translation_id == translation.id)) or 0
    revision = Revision(
        translation=translation,
        number=number + 1,
        state=state,
        title=text.title,
        summary=text.summary,
        body=text.body,
        tags=list(dict.fromkeys(text.tags)),
        publish_at=validity.publish_at,
        expires_at=validity.expires_at,
        review_by=validity.review_by,
        change_note=text.change_note,
        made_from_id=_source_revision(session, article, language, now),
        author_id=by.person_id or None,
        created_at=now,
        links=[RevisionLink(key=key) for key in content.render(text.body).links],
    )
    session.add(revision)
    session.flush()
    return revision


def _check_text(text: Text, language: str, validity: Validity) -> None:
    problems = {}
    if not text.title.strip():
        problems["title"] = "Give it a title."
    elif len(text.title) > LONGEST_TITLE:
        problems["title"] = f"Make the title shorter than {LONGEST_TITLE} characters."
    if not is_language(language):
        problems["language"] = f"{language!r} is not a language code such as en or hu."
    if validity.expires_at and validity.expires_at <= validity.publish_at:
        problems["expires_at"] = "It must expire after it is published."
    if problems:
        raise Invalid(problems)


def _translation(session: Session, article: Article, language: str, title: str) -> Translation:
    query = select(Translation).where(Translation.article_id == article.id, Translation.language == language)
    found = session.scalars(query).first()
    if found is None:
        slug = _free_slug(session, language, slugify(title, max_length=120, word_boundary=True) or article.key)
        found = Translation(article=article, language=language, slug=slug)
        session.add(found)
        session.flush()
    return found


def _free_slug(session: Session, language: str, wanted: str) -> str:
    taken = set(
        session.scalars(
            select(Translation.slug)
            .where(Translation.language == language, Translation.slug.startswith(wanted, autoescape=True))
            .union(select(OldSlug.slug).where(OldSlug.language == language, OldSlug.slug.startswith(wanted, autoescape=True)))
        )
    )
    return next(slug for slug in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _source_revision(session: Session, article: Article, language: str, now: datetime) -> int | None:
    """The source revision that a translation made now is made from: the one that shows, else the newest."""
    if language == article.source_language:
        return None
    query = (
        select(Revision.id)
        .join(Revision.translation)
        .where(Translation.article_id == article.id, Translation.language == article.source_language)
        .order_by((Revision.state == State.PUBLISHED).desc(), Revision.number.desc())
    )
    return session.scalar(query.limit(1))


def publish(session: Session, revision: Revision, *, by: Viewer) -> None:
    """Let a revision show from its publish_at on; what shows now gives way at that moment.

    Raises:
        Conflict: it is published already, or was rejected or withdrawn.
    """
    require(by, PUBLISH_ARTICLES)
    if revision.state not in {State.DRAFT, State.IN_REVIEW, State.APPROVED}:
        raise Conflict(f"A revision that is {revision.state} cannot be published.")
    for older in session.scalars(
        select(Revision).where(
            Revision.translation_id == revision.translation_id,
            Revision.state == State.PUBLISHED,
            Revision.id != revision.id,
        )
    ):
        if older.superseded_at is None or older.superseded_at > revision.publish_at:
            older.superseded_at = revision.publish_at
    revision.state = State.PUBLISHED
    session.flush()


def withdraw(session: Session, revision: Revision, *, by: Viewer) -> None:
    """Take a published revision away from every reader at once; what it superseded does not come back.

    Raises:
        Conflict: it is not published.
    """
    require(by, PUBLISH_ARTICLES)
    if revision.state != State.PUBLISHED:
        raise Conflict(f"A revision that is {revision.state} cannot be withdrawn.")
    revision.state = State.WITHDRAWN
    session.flush()


def rename(session: Session, translation: Translation, slug: str, *, by: Viewer) -> None:
    """Give a translation another address; the old one redirects for ever.

    Raises:
        Invalid: nothing is left of the slug.
        Conflict: another translation has it or had it.
    """
    require(by, WRITE_ARTICLES)
    wanted = slugify(slug, max_length=200)
    if not wanted:
        raise Invalid({"slug": "Use letters and digits."})
    if wanted == translation.slug:
        return
    own_old = session.get(OldSlug, (translation.language, wanted))
    if own_old and own_old.translation_id == translation.id:
        session.delete(own_old)
        session.flush()
    elif _free_slug(session, translation.language, wanted) != wanted:
        raise Conflict(f"The address {wanted} is taken by another article.")
    session.add(OldSlug(language=translation.language, slug=translation.slug, translation_id=translation.id))
    translation.slug = wanted
    session.flush()


def delete(session: Session, article: Article, *, by: Viewer) -> None:
    """Remove an article with all its revisions; links to it become plain words."""
    require(by, PUBLISH_ARTICLES)
    session.delete(article)
    session.flush()
