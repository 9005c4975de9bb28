"""The history of a translation: who wrote what, when and why, who decided about it; and how a revision comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, load_only

from authoring.approval import reviews
from authoring.lifetimes import kinds
from authoring.models import Decision, Review
from authoring.writing.drafts import require_writer
from kb import articles
from kb.articles import LONGEST_NOTE, Text
from kb.errors import N_, NotFound
from kb.listings import Listing, listing
from kb.models import Article, Person, Revision, State, Translation
from kb.overview import LIGHT
from kb.validity import Validity
from kb.viewers import Viewer

UNPUBLISHED = (State.DRAFT, State.IN_REVIEW, State.APPROVED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A revision in the history.

    Args:
        revision: without its text.
        author: its author's name; empty where nobody is known.
        base: the number of the revision it began with; None for the first one, and for one that is gone.
        verdicts: who decided about it, in order: (name, verdict).
    """

    revision: Revision
    author: str
    base: int | None
    verdicts: Sequence[tuple[str, str]]


def translation_of(session: Session, article_id: int, language: str) -> Translation:
    """An article in a language.

    Raises:
        NotFound: there is no such article, or nothing is written in this language.
    """
    query = select(Translation).where(Translation.article_id == article_id, Translation.language == language)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound(N_("It is not written in this language."))
    return found


def revisions(session: Session, translation: Translation, page: int) -> Listing[Entry]:
    """A page of the history, newest first, in a constant number of queries."""
    found = listing(session, _of(translation), page)
    numbers = _numbers(session, {one.base_id for one in found.rows if one.base_id})
    names = _names(session, {one.author_id for one in found.rows if one.author_id})
    verdicts = _verdicts(session, [one.id for one in found.rows])
    return found.having(
        [
            Entry(
                one,
                names.get(one.author_id or 0, ""),
                numbers.get(one.base_id or 0),
                verdicts.get(one.id, ()),
            )
            for one in found.rows
        ]
    )


def _of(translation: Translation) -> Select[Revision]:
    query = select(Revision).where(Revision.translation_id == translation.id)
    return query.order_by(Revision.number.desc()).options(load_only(*LIGHT, Revision.base_id))


def all_revisions(session: Session, translation: Translation) -> Sequence[Revision]:
    """Every revision without its text, newest first: to choose from."""
    return session.scalars(_of(translation)).all()


def _numbers(session: Session, ids: Iterable[int]) -> Mapping[int, int]:
    query = select(Revision.id, Revision.number).where(Revision.id.in_(sorted(ids)))
    return dict(session.execute(query).all())


def _names(session: Session, ids: Iterable[int]) -> Mapping[int, str]:
    query = select(Person.id, Person.name).where(Person.id.in_(sorted(ids)))
    return dict(session.execute(query).all())


def _verdicts(session: Session, revision_ids: Sequence[int]) -> Mapping[int, list[tuple[str, str]]]:
    query = (
        select(Review.revision_id, Person.name, Decision.verdict)
        .join(Decision, Decision.review_id == Review.id)
        .outerjoin(Person, Person.id == Decision.person_id)
        .where(Review.revision_id.in_(revision_ids))
        .order_by(Decision.id)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for revision_id, name, verdict in session.execute(query):
        found.setdefault(revision_id, []).append((name or "", verdict))
    return found


def gives_way(session: Session, translation: Translation) -> Sequence[Revision]:
    """What is on its way to readers and would be overtaken by another revision."""
    query = _of(translation).where(Revision.state.in_(UNPUBLISHED))
    return session.scalars(query).all()


def restore(session: Session, old: Revision, *, note: str, by: Viewer, now: datetime) -> Revision:
    """Bring back what an earlier revision said, as a new draft; what is on its way to readers gives way to it.

    It keeps the times that are still to come; where they are over, those of its kind begin anew.

    Args:
        note: its change note, which says where it comes from.

    Raises:
        NotAllowed: this person may not write here.
    """
    translation = old.translation
    article = translation.article
    require_writer(by, article, translation.language)
    reviews.overtake_open(session, translation, now=now)
    made_from = session.get(Revision, old.made_from_id) if old.made_from_id else None
    return articles.revise(
        session,
        article,
        translation.language,
        Text(old.title, old.body, old.summary, tuple(old.tags), note[:LONGEST_NOTE]),
        validity=_validity(session, article, old, now),
        by=by,
        now=now,
        base=old,
        made_from=made_from,
    )


def _validity(session: Session, article: Article, old: Revision, now: datetime) -> Validity:
    rule = kinds.rule_of(session, article.kind)
    publish_at = max(old.publish_at, now)
    expires_at, review_by = old.expires_at, old.review_by
    if expires_at is not None and expires_at <= publish_at:
        expires_at = rule.expires_at(publish_at)
    if review_by is not None and review_by <= publish_at:
        review_by = rule.review_by(publish_at)
    return Validity(publish_at, expires_at, review_by=review_by)
