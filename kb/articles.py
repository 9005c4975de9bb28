"""Articles: create, revise, place, rename. Each verb checks the permission, then changes; the session
writes the audit log and the journal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slugify import slugify
from sqlalchemy import and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from kb import attachments, content, slugs, texts
from kb.errors import N_, Conflict, Invalid
from kb.languages import is_language
from kb.models import (
    KINDS,
    Article,
    ArticleTopic,
    Audience,
    OldSlug,
    Revision,
    RevisionLink,
    Role,
    State,
    Topic,
    Translation,
)
from kb.permissions import PUBLISH_ARTICLES, SETTLE_ARTICLES, TRANSLATE_ARTICLES, WRITE_ARTICLES, require
from kb.validity import Validity
from kb.viewers import Ground, Viewer

KEY = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,126}[a-z0-9])?")
LONGEST_KEY = 128
LONGEST_TITLE = 300
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Text:
    """What a revision says, as its author wrote it.

    Args:
        title: plain text, at most 300 characters.
        summary: plain text.
        body: Markdown.
        tags: as shown; compared without case.
        change_note: plain text, at most 500 characters.
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
        raise Invalid(
            {"key": N_("Use lower-case letters, digits, '-', '_' and '.', at most 128 characters.")}
        )
    if not is_language(source_language):
        raise Invalid({"language": _no_language(source_language)})
    if session.scalar(select(Article.id).where(Article.key == key)):
        raise Conflict(N_("There is already an article with the key %(key)s.", key=key))
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
    session: Session,
    article: Article,
    *,
    kind: str,
    audience: str,
    by: Viewer,
    related: Sequence[str] | None = None,
) -> None:
    """Set what holds for all languages of an article. Once that was approved, it takes who needs no approval.

    Raises:
        Invalid: the kind or audience is unknown.
    """
    require(by, _may_arrange(session, article), ground_of(article))
    _check_properties(session, kind=kind, audience=audience)
    article.kind, article.audience = kind, audience
    if related is not None and list(related) != article.related:
        article.related = list(related)
    session.flush()


def replace(session: Session, article: Article, key: str | None, *, by: Viewer) -> None:
    """Say which article is to be read instead, once this one is gone; None for no other.

    Raises:
        Invalid: there is no such article, or it is this one.
    """
    require(by, may_settle(session, article), ground_of(article))
    other = select(Article.id).where(Article.key == key, Article.id != article.id)
    if key is not None and session.scalar(other) is None:
        raise Invalid({"replaced_by": N_("There is no other article with the key %(key)s.", key=key)})
    article.replaced_by = key
    session.flush()


def _check_properties(session: Session, *, kind: str, audience: str) -> None:
    if kind not in KINDS:
        raise Invalid({"kind": N_("%(kind)s is not one of %(kinds)s.", kind=kind, kinds=", ".join(KINDS))})
    if session.scalar(select(Audience.id).where(Audience.key == audience)) is None:
        raise Invalid({"audience": N_("There is no audience %(key)s.", key=audience)})


def place(session: Session, article: Article, topics: Sequence[Topic], *, by: Viewer) -> None:
    """Put an article into these topics and no others; the first is its breadcrumb.

    Whose role is limited to some topics has to leave it in one of them. Once its place was approved, it
    takes who needs no approval.
    """
    roles = _may_arrange(session, article)
    if article.topics:
        require(by, roles, ground_of(article))
    require(by, roles, Ground(frozenset(topic.id for topic in topics), article.source_language))
    wanted = {topic.id: place for place, topic in enumerate(dict.fromkeys(topics))}
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


def ground_of(article: Article, language: str | None = None) -> Ground:
    """Where somebody stands who does something with an article: its topics, and the language (the source's if none)."""
    return Ground(frozenset(place.topic_id for place in article.topics), language or article.source_language)


def may_revise(article: Article, language: str) -> frozenset[Role]:
    """Who may write an article's text in a language: translators everything but its source."""
    return WRITE_ARTICLES if language == article.source_language else TRANSLATE_ARTICLES


def was_published(session: Session, article: Article) -> bool:
    """Whether readers could ever get, or will get, something of the article."""
    return _has_any(session, article, State.PUBLISHED, State.WITHDRAWN)


def is_settled(session: Session, article: Article) -> bool:
    """Whether its properties were approved with some text of it, or are before reviewers now."""
    return _has_any(session, article, State.PUBLISHED, State.WITHDRAWN, State.IN_REVIEW, State.APPROVED)


def _has_any(session: Session, article: Article, *states: State) -> bool:
    query = select(Revision.id).join(Revision.translation).where(Translation.article_id == article.id)
    return session.scalar(query.where(Revision.state.in_(states)).limit(1)) is not None


def may_settle(session: Session, article: Article) -> frozenset[Role]:
    """Who may say what replaces an article, or remove it: nobody gets more to read by it."""
    return PUBLISH_ARTICLES if is_settled(session, article) else WRITE_ARTICLES


def _may_arrange(session: Session, article: Article) -> frozenset[Role]:
    """Who may change, without a revision, who reads an article and where: nothing unapproved may come to light."""
    return SETTLE_ARTICLES if is_settled(session, article) else WRITE_ARTICLES


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
    base: Revision | None = None,
    made_from: Revision | None = None,
    wording_only: bool = False,
    proposed: Mapping[str, Any] | None = None,
) -> Revision:
    """A new revision of one translation; the translation is made with the first. It does not show yet.

    Args:
        base: the revision that its author began with.
        made_from: the source revision that a translation says the same as; the one that shows when it begins to show,
            where none is given.
        wording_only: the author's word that no fact differs from what shows now.
        proposed: of the article's "kind", "audience" and "topics" (keys) what is to change when it is published.

    Raises:
        Invalid: title, language or times cannot be used; what is proposed is unknown, or cannot wait for a later
            publication.
    """
    require(by, may_revise(article, language), ground_of(article, language))
    _check_text(text, language, validity)
    if proposed:
        _check_proposal(session, article, proposed, later=validity.publish_at > now)
    made_from_id = (
        made_from.id
        if made_from
        else _source_revision(session, article, language, max(now, validity.publish_at))
    )
    translation = _translation(session, article, language, text.title)
    revision = Revision(
        translation=translation,
        number=_last_number(session, translation) + 1,
        state=state,
        title=text.title,
        summary=text.summary,
        body=text.body,
        tags=_distinct(text.tags),
        publish_at=validity.publish_at,
        expires_at=validity.expires_at,
        review_by=validity.review_by,
        change_note=text.change_note,
        wording_only=wording_only,
        proposed=dict(proposed) if proposed else None,
        base_id=base.id if base else None,
        made_from_id=made_from_id,
        author_id=by.person_id or None,
        created_at=now,
        links=[RevisionLink(key=key) for key in content.render(text.body).links if len(key) <= LONGEST_KEY],
    )
    session.add(revision)
    session.flush()
    return revision


def _check_proposal(session: Session, article: Article, proposed: Mapping[str, Any], *, later: bool) -> None:
    if later:
        reason = N_("It takes effect with the approval: leave the time of publication empty.")
        raise Invalid(dict.fromkeys(proposed, reason))
    kind, audience = proposed.get("kind", article.kind), proposed.get("audience", article.audience)
    _check_properties(session, kind=kind, audience=audience)
    topics_by_key(session, proposed.get("topics", ()))


def topics_by_key(session: Session, keys: Sequence[str]) -> list[Topic]:
    """Topics by their keys, in this order.

    Raises:
        Invalid: there is none with such a key.
    """
    found = {topic.key: topic for topic in session.scalars(select(Topic).where(Topic.key.in_(keys)))}
    if missing := [key for key in keys if key not in found]:
        raise Invalid({"topics": N_("There is no topic %(key)s.", key=", ".join(missing))})
    return [found[key] for key in keys]


def _check_text(text: Text, language: str, validity: Validity) -> None:
    found = {
        "title": texts.problem(text.title, LONGEST_TITLE),
        "summary": texts.problem(text.summary),
        "body": texts.problem(text.body),
        "tags": texts.problem(" ".join(text.tags)),
        "change_note": texts.problem(text.change_note, LONGEST_NOTE),
    }
    problems = {name: reason for name, reason in found.items() if reason}
    if not text.title.strip():
        problems["title"] = N_("Give it a title.")
    if not is_language(language):
        problems["language"] = _no_language(language)
    if validity.expires_at and validity.expires_at <= validity.publish_at:
        problems["expires_at"] = N_("It must expire after it is published.")
    if problems:
        raise Invalid(problems)


def _distinct(tags: Iterable[str]) -> list[str]:
    shown: dict[str, str] = {}
    for tag in tags:
        shown.setdefault(tag.casefold(), tag)
    return list(shown.values())


def _no_language(code: str) -> str:
    return N_("%(code)s is not a language code such as en or hu.", code=code)


def _translation(session: Session, article: Article, language: str, title: str) -> Translation:
    query = select(Translation).where(Translation.article_id == article.id, Translation.language == language)
    found = session.scalars(query).first()
    if found is None:
        slug = slugs.free(
            session, language, slugify(title, max_length=120, word_boundary=True) or article.key
        )
        found = Translation(article=article, language=language, slug=slug)
        session.add(found)
    return found


def _last_number(session: Session, translation: Translation) -> int:
    if translation in session.new:
        return 0
    query = select(func.max(Revision.number)).where(Revision.translation_id == translation.id)
    return session.scalar(query) or 0


def _source_revision(session: Session, article: Article, language: str, moment: datetime) -> int | None:
    """The source revision that a translation is made from.

    Args:
        moment: when the translation begins to show; the source that shows then, else the newest.
    """
    if language == article.source_language:
        return None
    published = Revision.state == State.PUBLISHED
    over = or_(Revision.superseded_at <= moment, Revision.expires_at <= moment)
    shows = case(
        (and_(published, Revision.publish_at <= moment, not_(func.coalesce(over, False))), 1), else_=0
    )
    query = (
        select(Revision.id)
        .join(Revision.translation)
        .where(Translation.article_id == article.id, Translation.language == article.source_language)
        .order_by(shows.desc(), published.desc(), Revision.number.desc())
    )
    return session.scalar(query.limit(1))


def rename(session: Session, translation: Translation, slug: str, *, by: Viewer) -> None:
    """Give a translation another address; the old one redirects for ever.

    Raises:
        Invalid: nothing is left of the slug.
        Conflict: another translation has it or had it.
    """
    article = translation.article
    require(by, may_revise(article, translation.language), ground_of(article, translation.language))
    wanted = slugify(slug, max_length=200)
    if not wanted:
        raise Invalid({"slug": N_("Use letters and digits.")})
    if wanted == translation.slug:
        return
    own_old = session.get(OldSlug, (translation.language, wanted))
    if own_old and own_old.translation_id == translation.id:
        session.delete(own_old)
        session.flush()
    elif slugs.free(session, translation.language, wanted) != wanted:
        raise Conflict(N_("The address %(address)s is taken by another article.", address=wanted))
    session.add(OldSlug(language=translation.language, slug=translation.slug, translation_id=translation.id))
    translation.slug = wanted
    session.flush()


def delete(session: Session, article: Article, *, by: Viewer) -> None:
    """Remove an article with all its revisions and files; links to it become plain words.

    Whoever writes may remove what was never published.
    """
    require(by, may_settle(session, article), ground_of(article))
    attachments.remove_all(session, article)
    session.delete(article)
    session.flush()
