"""Notices: what a person should know, kept until it is seen and mailed. A verb tells whom its change concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Notice


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
