"""Reminders: whoever owns an article hears in time that it expires or should be looked at again, then supervisors do.

A job tells it; what readers see does not wait for it. Nobody is told twice of the same, however often the job runs,
and whoever comes too late for an early reminder (the article was published for a week only) gets the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session, selectinload

from authoring.lifetimes.expiry_queries import Event, Filters, between, together
from authoring.telling import notices
from kb import auth, structure
from kb.context import Services
from kb.jobs import Job, in_transaction
from kb.languages import native_name
from kb.models import Article, Person, Role
from kb.viewers import Ground, Viewer

OWNER_DAYS = (30, 7)
SUPERVISOR_DAYS = (1, 0)
"""How many days before the moment who is reminded: first whoever owns the article, then supervisors too."""

STILL_TOLD = timedelta(days=7)
"""How long after the moment it is still told, where nobody could be told in time."""

EVERY = timedelta(hours=1)


def job(services: Services) -> Job:
    """The job that reminds."""
    return in_transaction("reminders", EVERY, services.database, remind)


def remind(session: Session, now: datetime) -> None:
    """Tell everybody who should know at this moment and was not told yet."""
    until = now + timedelta(days=max(OWNER_DAYS)) + timedelta(microseconds=1)
    found = [
        one for one in between(session, now - STILL_TOLD, until, Filters(), now) if one.what != "appears"
    ]
    if not found:
        return
    articles = _articles(session, {one.article_id for one in found})
    overseers = _overseers(session)
    for events in together(found):
        article = articles[events[0].article_id]
        stage = stage_at(events[0].at, now)
        if stage is not None:
            _tell(session, article, events, stage, overseers, now)


def stage_at(moment: datetime, now: datetime) -> int | None:
    """The latest of the reminders that is due, in days before the moment; None while none is.

    >>> from datetime import UTC
    >>> moment = datetime(2026, 3, 31, 12, tzinfo=UTC)
    >>> [stage_at(moment, datetime(2026, 3, day, 12, tzinfo=UTC)) for day in (1, 2, 24, 29, 30, 31)]
    [30, 30, 7, 7, 1, 0]
    >>> stage_at(moment, datetime(2026, 2, 28, 12, tzinfo=UTC)) is None
    True
    """
    due = (days for days in (*OWNER_DAYS, *SUPERVISOR_DAYS) if moment - timedelta(days=days) <= now)
    return min(due, default=None)


def _articles(session: Session, ids: Iterable[int]) -> dict[int, Article]:
    query = select(Article).where(Article.id.in_(sorted(ids))).options(selectinload(Article.topics))
    return {article.id: article for article in session.scalars(query)}


def _overseers(session: Session) -> list[Viewer]:
    """The supervisors and administrators who can log in, with where their roles hold."""
    held = cast(Person.roles, String)
    query = select(Person).where(
        Person.is_active, or_(*(held.contains(f'"{role}"') for role in (Role.SUPERVISOR, Role.ADMIN)))
    )
    people = session.scalars(query.options(selectinload(Person.groups), selectinload(Person.limits))).all()
    known = structure.load(session, 0)
    return [auth.viewer_of(person, known) for person in people]


def _tell(
    session: Session,
    article: Article,
    events: Sequence[Event],
    stage: int,
    overseers: Sequence[Viewer],
    now: datetime,
) -> None:
    first = next((one for one in events if one.language == article.source_language), events[0])
    others = [native_name(one.language) for one in events if one is not first]
    expires = first.what == "expires"
    kind = ("expired" if stage == 0 else "expiring") if expires else "review_due"
    more = {"translations": ", ".join(others)} if others else {}
    notices.tell(
        session,
        _people(session, article, stage, overseers),
        kind,
        about=f"revision {first.revision_id} {first.what} {first.at.isoformat()} {stage}",
        path=f"/authoring/expiry/{first.revision_id}",
        now=now,
        title=first.title,
        language=first.language,
        **{"expires_at" if expires else "due_at": first.at.isoformat()},
        **more,
    )


def _people(session: Session, article: Article, stage: int, overseers: Sequence[Viewer]) -> set[int]:
    """The owner; supervisors as well when it is urgent or when nobody owns it, administrators where there is none."""
    owner = session.get(Person, article.owner_id) if article.owner_id else None
    people = {owner.id} if owner and owner.is_active else set()
    if stage in OWNER_DAYS and people:
        return people
    ground = Ground(frozenset(place.topic_id for place in article.topics), article.source_language)
    above = {
        one.person_id
        for one in overseers
        if Role.SUPERVISOR in one.roles and one.may([Role.SUPERVISOR], ground)
    } or {one.person_id for one in overseers if Role.ADMIN in one.roles}
    return people | {person_id for person_id in above if person_id is not None}
