"""What an agent does with a contact beside moving it: it is answered in writing, filed, and becomes a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Suggestion
from cbr.models import Case, CaseState, CaseTypeRow
from kb import topics
from kb.models import Person, Topic
from kb.permissions import SYSTEM
from kb.structure import load
from kb.viewers import Viewer
from routing import contacts, ending, events, floor
from routing.contacts import Ending
from routing.models import Contact, Customer
from routing.reply_models import Reply
from search.learning.wiring import Learning
from search.models import AskedQuestion
from tests import factories
from tests.cbr.stage import phones, solved
from tests.cbr.test_cases_api import as_documented, problem
from tests.conftest import START
from tests.routing import stage

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def at_hand(app: Flask, session: Session) -> tuple[Contact, Viewer]:
    """A chat that an agent has with Kim Berg."""
    stage.queue(session)
    by = stage.agent(session)
    session.add(Customer(key="C7", name="Kim Berg", changed_at=START))
    given: dict[str, Any] = {"facts": {"abroad": True, "line": 2}, "customer": "C7", "language": "en"}
    contact = stage.bring(session, "c1", channel="chat", question="No roaming at 070 123 45 67", **given)
    floor.round_(session, START)
    return contacts.accept(session, contact, by=by, now=START), by


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    """A case type."""
    return phones(session, "agent")


def tree(session: Session, **names: str) -> ending.Tree:
    for key, name in names.items():
        topics.create(session, key=key, names={"en": name}, parent=None, by=SYSTEM)
    return load(session, 0).topics


def test_tags_come_from_words_from_answers_and_from_how_others_were_filed(
    session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, by = at_hand
    found = tree(session, roaming="Roaming", sim="SIM cards", invoices="Invoices", speed="Speed")
    sim = session.scalars(select(Topic).where(Topic.key == "sim")).one()
    factories.article(session, "swap", topics=[sim])
    contacts.close(session, contact, Ending(["invoices"], "article", "swap"), by=by, now=START)
    another = stage.bring(session, "c2", question="My roaming is gone")
    told = ending.suggest_tags(session, another, found, ["swap"], ("en",), START)
    assert [one.key for one in told] == ["roaming", "sim", "invoices"]
    assert len({one.why for one in told}) == 3


def test_a_contact_becomes_one_case_to_confirm_without_what_tells_who_asked(
    session: Session, at_hand: tuple[Contact, Viewer], row: CaseTypeRow
) -> None:
    contact, by = at_hand
    for solution in ("Switch it on.", "Switch it off and on."):
        made = ending.case_from(session, contact, row, title="Roaming", solution=solution, by=by, now=START)
    assert session.scalars(select(Case)).all() == [made]
    assert (made.state, made.facts, made.solution) == (
        CaseState.SOLVED,
        {"abroad": True},
        "Switch it off and on.",
    )
    assert made.problem == "No roaming at …"
    contacts.close(session, contact, Ending(), by=by, now=START)
    assert contact.case_id == made.id


def test_a_reply_is_quoted_filled_in_and_sent_as_an_event(
    session: Session, at_hand: tuple[Contact, Viewer], row: CaseTypeRow, client_of: Open, agent: Person
) -> None:
    contact, _ = at_hand
    factories.article(session, "roaming", summary="Dear {{customer.name}}, your plan is {{fact.plan}}.")
    solved(session, row, "Switch {abroad} on.", audience="agent", abroad=True)
    key = session.scalars(select(Case.key)).one()
    session.commit()
    client, path = client_of(agent), f"/api/v1/contacts/{contact.id}"
    quoted = client.get(f"{path}/quote?kind=article&key=roaming")
    text = as_documented(client, quoted, "get", "/api/v1/contacts/{contact_id}/quote")["text"]
    assert text == "Dear Kim Berg, your plan is {{fact.plan}}."
    assert client.get(f"{path}/quote?kind=case&key={key}").get_json()["text"] == "Switch yes on."
    reply = {"text": text, "articles": ["roaming"], "cases": [key]}
    assert client.put(f"{path}/reply", json=reply).get_json() == reply
    problem(client.post(f"{path}/reply", json=reply), 422, "text")
    sent = client.post(f"{path}/reply", json=reply | {"text": text.replace("{{fact.plan}}", "M")})
    assert as_documented(client, sent, "post", "/api/v1/contacts/{contact_id}/reply")["cases"] == [key]
    session.expire_all()
    told = events.history(session, contact)[-1]
    assert (told.kind, told.said["text"]) == ("reply", "Dear Kim Berg, your plan is M.")
    assert session.scalars(select(Reply.sent_at)).one() is not None


def test_a_link_leads_to_a_portal_where_the_customer_may_read(
    session: Session, at_hand: tuple[Contact, Viewer], client_of: Open, agent: Person
) -> None:
    contact, _ = at_hand
    factories.portal(session)
    factories.article(session, "open", title="Roaming")
    factories.article(session, "inside", audience="agent")
    session.commit()
    path = f"/api/v1/contacts/{contact.id}/quote?kind=link&key="
    client = client_of(agent)
    assert client.get(f"{path}open").get_json()["text"].startswith("Roaming: http://localhost/help/en/")
    problem(client.get(f"{path}inside"), 404)


def test_a_wrong_customer_takes_only_their_own_facts_away(
    session: Session, at_hand: tuple[Contact, Viewer], client_of: Open, agent: Person
) -> None:
    contact, _ = at_hand
    session.scalars(select(Customer)).one().facts = {"abroad": True, "line": 1}
    session.add(Customer(key="C8", name="Lee", facts={"plan": "M", "line": 3}, changed_at=START))
    session.commit()
    client, path = client_of(agent), f"/api/v1/contacts/{contact.id}/customer"
    told = client.put(path, json={"customer": "C8"})
    assert as_documented(client, told, "put", "/api/v1/contacts/{contact_id}/customer")["customer"] == "C8"
    assert told.get_json()["facts"] == {"plan": "M", "line": 2}
    problem(client.put(path, json={"customer": "nobody"}), 404)
    told = client.put(path, json={"customer": None})
    assert (told.get_json()["customer"], told.get_json()["facts"]) == (None, {"line": 2})


def test_a_wrong_article_is_told_of_once_and_a_gap_is_reported(
    app: Flask, session: Session, at_hand: tuple[Contact, Viewer], client_of: Open, agent: Person
) -> None:
    contact, _ = at_hand
    factories.article(session, "roaming")
    session.commit()
    client, path = client_of(agent), f"/api/v1/contacts/{contact.id}"
    assert client.post(f"{path}/flag", json={"article": "roaming"}).status_code == 204
    problem(client.post(f"{path}/flag", json={"article": "roaming"}), 409)
    assert "The customer asked: No roaming at …" in session.scalars(select(Suggestion.body)).one()
    problem(client.post(f"{path}/gap", json={"question": " "}), 422, "question")
    assert client.post(f"{path}/gap", json={"question": "Roaming on ferries?"}).status_code == 204
    learning: Learning = app.extensions["learning"]
    session.commit()
    learning.log.flush()
    asked = session.execute(select(AskedQuestion.text, AskedQuestion.hits)).all()
    assert asked == [("Roaming on ferries?", 0)]


def test_only_whoever_has_the_contact_writes(
    session: Session,
    at_hand: tuple[Contact, Viewer],
    row: CaseTypeRow,
    client_of: Open,
    specialist: Person,
    customer: Person,
) -> None:
    contact, _ = at_hand
    factories.article(session, "roaming")
    session.commit()
    path = f"/api/v1/contacts/{contact.id}"
    calls = {
        ("put", "reply"): {"text": "x"},
        ("post", "reply"): {"text": "x"},
        ("post", "flag"): {"article": "roaming"},
        ("post", "gap"): {"question": "x"},
        ("put", "customer"): {"customer": None},
        ("put", "case"): {"case_type": "phones", "solution": "x"},
    }
    for person in (specialist, customer):
        client = client_of(person)
        for (method, what), body in calls.items():
            assert getattr(client, method)(f"{path}/{what}", json=body).status_code == 403, what
    assert client.get(f"{path}/quote?kind=article&key=roaming").status_code == 403
