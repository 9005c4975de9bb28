"""Notices: what a person should know, kept until it is seen and mailed. A verb tells whom its change concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from authoring.models import Notice
from kb.errors import N_, NotFound
from kb.listings import Listing, listing

KEPT = timedelta(days=90)
"""How long a notice stays after it was seen."""


def tell(
    session: Session,
    people: Iterable[int],
    kind: str,
    *,
    about: str,
    path: str,
    now: datetime,
    **params: str | int,
) -> None:
    """Leave a notice for each of these people, in the transaction of what it tells of.

    Args:
        people: their ids.
        kind: what sort of thing happened; its words are chosen when it is shown.
        about: names the event, for example "review 12 step 1"; nobody is told twice of the same.
        path: where it leads, from the root of the site.
        params: what its words need, as plain values.
    """
    wanted = sorted(set(people))
    told = select(Notice.person_id).where(Notice.about == about, Notice.person_id.in_(wanted))
    known = set(session.scalars(told))
    session.add_all(
        Notice(person_id=person_id, kind=kind, about=about, path=path, params=params, created_at=now)
        for person_id in wanted
        if person_id not in known
    )
    session.flush()


def of(session: Session, person_id: int, page: int = 1) -> Listing[Notice]:
    """A person's notices: those that they have not seen first, then the newest."""
    query = (
        select(Notice)
        .where(Notice.person_id == person_id)
        .order_by(Notice.seen_at.is_not(None), Notice.id.desc())
    )
    return listing(session, query, page)


def unseen(session: Session, person_id: int) -> int:
    """How many notices wait for a person's eyes."""
    query = select(func.count()).where(Notice.person_id == person_id, Notice.seen_at.is_(None))
    return session.scalar(query) or 0


def see(session: Session, notice_id: int, *, by: int, now: datetime) -> str:
    """A person has seen a notice of theirs; returns where it leads.

    Raises:
        NotFound: there is no such notice for them, or none any more.
    """
    found = session.get(Notice, notice_id)
    if found is None or found.person_id != by:
        raise NotFound(N_("There is no such notice any more."))
    if found.seen_at is None:
        found.seen_at = now
        session.flush()
    return found.path


def see_all(session: Session, *, by: int, up_to: int, now: datetime) -> None:
    """A person has seen all their notices up to the one of this id: what came since they looked stays unseen."""
    theirs = (Notice.person_id == by, Notice.id <= up_to, Notice.seen_at.is_(None))
    session.execute(update(Notice).where(*theirs).values(seen_at=now))


def forget_old(session: Session, now: datetime) -> None:
    """Remove what was seen long ago."""
    session.execute(delete(Notice).where(Notice.seen_at < now - KEPT))
