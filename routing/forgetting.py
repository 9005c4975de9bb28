"""Contacts are kept for as long as the operator says: then they are forgotten, with all that happened to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from kb.context import Services
from kb.jobs import Job
from routing.models import Contact, ContactEvent

EVERY = timedelta(hours=1)
IN_ONE_GO = 500


def job(services: Services) -> Job:
    """The job that forgets."""

    def run(now: datetime) -> None:
        forget(services, now - timedelta(days=services.config.contacts_days))

    return Job("contacts clean-up", EVERY, run)


def forget(services: Services, until: datetime) -> None:
    """Delete contacts that ended up to this moment, and what happened on the floor up to it.

    A few hundred go in one transaction, so that nobody who brings or takes a contact meanwhile waits for it.
    """
    while _some(services, Contact, Contact.ended_at <= until):
        pass
    while _some(services, ContactEvent, ContactEvent.at <= until, ContactEvent.contact_id.is_(None)):
        pass


def _some(
    services: Services, table: type[Contact] | type[ContactEvent], *conditions: ColumnElement[bool]
) -> bool:
    """Whether there were any, and so there may be more."""
    with services.database.transaction(actor="routing") as session:
        ids = session.scalars(select(table.id).where(*conditions).limit(IN_ONE_GO)).all()
        session.execute(delete(table).where(table.id.in_(ids)))
    return bool(ids)
