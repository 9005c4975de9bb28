"""Old contacts are forgotten with all that happened to them; what is open stays, however old it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kb.context import Services
from kb.permissions import SYSTEM
from routing import contacts, forgetting
from routing.models import Contact, ContactEvent
from tests.conftest import START
from tests.routing import stage


@pytest.mark.usefixtures("both_databases")
def test_what_ended_long_ago_is_forgotten(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "IN_ONE_GO", 2)
    with services.database.transaction() as session:
        stage.queue(session)
        stage.agent(session)
        ended = [stage.bring(session, f"c{number}") for number in range(5)]
        for contact in ended:
            contacts.abandon(session, contact, by=SYSTEM, now=START)
        stage.bring(session, "open")
    job = forgetting.job(services)
    job.run(START + timedelta(days=399))
    with services.database.session() as session:
        assert len(session.scalars(select(Contact)).all()) == 6
    job.run(START + timedelta(days=400))
    with services.database.session() as session:
        assert [contact.key for contact in session.scalars(select(Contact))] == ["open"]
        assert [event.kind for event in session.scalars(select(ContactEvent))] == ["came"]
