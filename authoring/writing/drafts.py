"""Drafts: a person's working copy, kept while they type, and the revision that it becomes when they save it.

A working copy is one row for each person and translation. Saving puts it on top of the newest revision; what somebody
else saved since the person began is merged with it, or handed back for the person to settle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

from authoring.approval import reviews
from authoring.approval.turns import take_turn
from authoring.models import Draft
from authoring.writing.copies import NEVER_SHOWN, PROPERTIES, Copy, copy_of
from authoring.writing.merging import Unmerged, merge_fields
from kb import articles, texts
from kb.errors import N_, Conflict, Invalid, TooLarge
from kb.models import Article, ArticleTopic, Person, Revision, State, Topic, Translation
from kb.permissions import WRITE_ARTICLES, require
from kb.viewers import Ground, Viewer

PRESENT = timedelta(seconds=60)
LARGEST_ID = 2**31 - 1  # what an integer column holds on every database
LONGEST_COPY = 2_000_000  # characters of all fields together
LATE = N_(
    "You have saved this text meanwhile, here or in another window. Load the page again to go on from there."
)
ON_ITS_WAY = frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED})

Typed = Mapping[str, str | list[str]]


class Saved(NamedTuple):
    """What saving came to.

    Args:
        revision: what is stored now.
        merged: whether somebody else's work is in it too.
        changed: whether there was anything to save; else it is the revision that was there.
    """

    revision: Revision
    merged: bool
    changed: bool = True


def require_writer(by: Viewer, article: Article, language: str) -> None:
    """Let go on only those who may write an article in a language.

    Raises:
        NotAllowed: this person may not, or not here.
    """
    require(by, articles.may_revise(article, language), articles.ground_of(article, language))


def newest(session: Session, article: Article, language: str) -> Revision | None:
    """The last revision of an article in a language, as it is stored now."""
    query = (
        select(Revision)
        .join(Revision.translation)
        .where(Translation.article_id == article.id, Translation.language == language)
        .options(contains_eager(Revision.translation))
        .order_by(Revision.number.desc())
        .execution_options(populate_existing=True)
    )
    return session.scalars(query.limit(1)).first()


def topics_of(session: Session, article: Article) -> list[str]:
    """Keys of the topics that an article is placed in, the first its breadcrumb."""
    query = select(Topic.key).join(ArticleTopic, ArticleTopic.topic_id == Topic.id)
    held = query.where(ArticleTopic.article_id == article.id).order_by(ArticleTopic.position)
    return list(session.scalars(held))


def working_copies(session: Session, article: Article, language: str) -> Sequence[tuple[Draft, str]]:
    """Everybody's working copies of a translation, with their names."""
    query = select(Draft, Person.name).join(Person, Person.id == Draft.person_id).order_by(Person.name)
    held = query.where(Draft.article_id == article.id, Draft.language == language)
    return [(draft, name) for draft, name in session.execute(held)]


def others_now(copies: Sequence[tuple[Draft, str]], by: Viewer, now: datetime) -> list[str]:
    """Names of the others who have the editing page open."""
    return [
        name for draft, name in copies if draft.person_id != by.person_id and draft.seen_at > now - PRESENT
    ]


def keep(
    session: Session,
    article: Article,
    language: str,
    typed: Typed,
    *,
    base_id: int | None,
    by: Viewer,
    now: datetime,
) -> Draft:
    """Keep what somebody typed until they save it; this makes no revision.

    Args:
        typed: the form's fields, as typed.
        base_id: the revision that they began with; None where there was none.

    Raises:
        Conflict: it comes late: they have saved the translation meanwhile, or gone on from a newer revision.
        Invalid: it holds what no database can keep, or the revision is of something else.
        TooLarge: it is longer than anything that could be saved.
    """
    require_writer(by, article, language)
    _check_typed(typed)
    base = _base(session, article, language, base_id)
    draft = _own(session, article.id, language, by)
    if draft is None or not draft.fields:
        _refuse_late(session, article, language, base, by)
        draft = draft or _begun(session, article.id, language, by, now)
    elif base is not None and draft.base_id is not None and draft.base_id > base.id:
        raise Conflict(LATE)
    if draft.fields != typed:
        draft.fields, draft.saved_at = dict(typed), now
    draft.base_id, draft.seen_at = base.id if base else None, now
    session.flush()
    return draft


def look_in(session: Session, article_id: int, language: str, *, by: Viewer, now: datetime) -> None:
    """Note that somebody has the editing page open, whether they typed anything or not."""
    seen = update(Draft).where(*_of(article_id, language, by)).values(seen_at=now)
    if cast("CursorResult[Any]", session.execute(seen)).rowcount == 0:
        _begun(session, article_id, language, by, now)


def _check_typed(typed: Typed) -> None:
    values = {name: " ".join(value) if isinstance(value, list) else value for name, value in typed.items()}
    problems = {name: reason for name, value in values.items() if (reason := texts.problem(value))}
    if problems:
        raise Invalid(problems)
    if sum(map(len, values.values())) > LONGEST_COPY:
        raise TooLarge(N_("This is more than can be saved at once."))


def _of(article_id: int, language: str, by: Viewer) -> tuple[ColumnElement[bool], ...]:
    return Draft.article_id == article_id, Draft.language == language, Draft.person_id == by.person_id


def _own(session: Session, article_id: int, language: str, by: Viewer) -> Draft | None:
    query = select(Draft).where(*_of(article_id, language, by))
    return session.scalars(query.with_for_update()).first()


def _refuse_late(
    session: Session, article: Article, language: str, base: Revision | None, by: Viewer
) -> None:
    """Without a working copy, what began before a revision of one's own was saved with it already."""
    query = (
        select(Revision.id)
        .join(Revision.translation)
        .where(
            Translation.article_id == article.id,
            Translation.language == language,
            Revision.author_id == by.person_id,
            Revision.number > (base.number if base else 0),
        )
    )
    if session.scalar(query.limit(1)) is not None:
        raise Conflict(LATE)


def _begun(session: Session, article_id: int, language: str, by: Viewer, now: datetime) -> Draft:
    """A new working copy; the one that another window of the same person made at this moment, where it was faster."""
    draft = Draft(
        article_id=article_id,
        language=language,
        person_id=by.person_id,
        fields={},
        saved_at=now,
        seen_at=now,
    )
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        held = _own(session, article_id, language, by)
        if held is None:
            raise
        return held
    return draft


def discard(session: Session, article: Article, language: str, *, by: Viewer) -> None:
    """Forget a person's working copy."""
    session.execute(delete(Draft).where(*_of(article.id, language, by)))


def save(
    session: Session,
    article: Article,
    language: str,
    fields: Mapping[str, Any],
    *,
    base_id: int | None,
    by: Viewer,
    now: datetime,
) -> Saved:
    """Make a revision in state draft of what somebody changed, on top of the newest one.

    What was on its way to readers gives way to it. The article's properties change at once while nothing of it was
    ever published or is before reviewers; else they are proposed with the revision. The working copy stays: whoever
    saves it discards it.

    Args:
        fields: of `copies.Copy`, and "replaced_by" (a key or None), those that may differ from the base.
        base_id: the revision that they began with; None where there was none.

    Raises:
        Unmerged: somebody else changed the same places since; nothing is saved.
        Invalid: a field cannot be used.
        NotAllowed: this person may not write this, or not change the article's properties.
    """
    require_writer(by, article, language)
    take_turn(session)
    session.expire(article)
    given = dict(fields)
    replaced_by = given.pop("replaced_by", article.replaced_by)
    topics = topics_of(session, article)
    last = newest(session, article, language)
    base = _base(session, article, language, base_id)
    theirs = copy_of(article, topics, last, now)
    mine = copy_of(article, topics, base, now).with_fields(given)
    merged = last is not None and last is not base
    if last is not None and merged:
        mine = _merged(copy_of(article, topics, base, now), mine, theirs, last)
    if last is not None and last.state in ON_ITS_WAY and mine.says_the_same(theirs):
        _replace(session, article, replaced_by, by=by)
        return Saved(last, merged=False, changed=False)
    if last is not None:
        reviews.overtake_open(session, last.translation, now=now)
    proposed = _properties(session, article, mine, theirs, topics, by=by)
    revision = articles.revise(
        session,
        article,
        language,
        mine.text(),
        validity=mine.validity(now),
        by=by,
        now=now,
        base=last,
        made_from=session.get(Revision, mine.made_from_id) if mine.made_from_id else None,
        wording_only=mine.wording_only,
        proposed=proposed,
    )
    _replace(session, article, replaced_by, by=by)
    return Saved(revision, merged)


def _base(session: Session, article: Article, language: str, base_id: int | None) -> Revision | None:
    if base_id is None:
        return None
    base = session.get(Revision, base_id) if 0 < base_id <= LARGEST_ID else None
    if base is None or (base.translation.article_id, base.translation.language) != (article.id, language):
        raise Invalid({"": N_("The revision that you began with is not one of this text.")})
    return base


def _merged(base: Copy, mine: Copy, theirs: Copy, last: Revision) -> Copy:
    values, clashes = merge_fields(base.merged_fields(), mine.merged_fields(), theirs.merged_fields())
    if clashes:
        raise Unmerged(values, clashes, last.id)
    wording_only = mine.wording_only and (theirs.wording_only or last.state not in NEVER_SHOWN)
    return replace(mine.with_fields(values), wording_only=wording_only)


def _properties(
    session: Session, article: Article, mine: Copy, theirs: Copy, topics: Sequence[str], *, by: Viewer
) -> dict[str, Any] | None:
    """Change the article's properties, or return what is to be proposed."""
    own = {name for name in PROPERTIES if getattr(mine, name) != getattr(theirs, name)}
    placed = articles.topics_by_key(session, mine.topics) if "topics" in own else []
    if own:
        require(by, WRITE_ARTICLES, articles.ground_of(article))
    if "topics" in own:
        require(by, WRITE_ARTICLES, Ground(frozenset(topic.id for topic in placed), article.source_language))
    stored = Copy(kind=article.kind, audience=article.audience, topics=tuple(topics))
    wanted = {
        name: getattr(mine, name) for name in PROPERTIES if getattr(mine, name) != getattr(stored, name)
    }
    if articles.is_settled(session, article):
        return {name: list(value) if name == "topics" else value for name, value in wanted.items()} or None
    if "kind" in wanted or "audience" in wanted:
        articles.change(session, article, kind=mine.kind, audience=mine.audience, by=by)
    if "topics" in wanted:
        articles.place(session, article, articles.topics_by_key(session, mine.topics), by=by)
    return None


def _replace(session: Session, article: Article, key: str | None, *, by: Viewer) -> None:
    if (key or None) != article.replaced_by:
        articles.replace(session, article, key or None, by=by)
