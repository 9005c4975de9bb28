"""The panel: what is known, the likely answer and what solved others come with the contact, in few questions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.models import CaseTypeRow
from kb.config import Config, ConfigError
from kb.context import Services
from kb.models import Person
from routing import floor
from routing.chain import escalations
from routing.chain.models import Escalation
from routing.models import Contact
from tests.cbr.stage import phones, solved
from tests.conftest import START
from tests.kb.stage import Stage, statements
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
MOST_QUESTIONS = 12
"""Of the database, for all that a contact brings to the screen, with cases and articles to show."""


@pytest.fixture
def contact(session: Session, site: Stage) -> Contact:
    """Somebody calls from abroad, and it is offered to the agent."""
    stage.queue(session)
    stage.queue(session, "billing")
    stage.agent(session)
    row = phones(session)
    for number in range(4):
        solved(session, row, f"Switch roaming on, way {number}.", abroad=True, signal="none")
    found = stage.bring(
        session, "pbx-1", question="How do I call from abroad?", facts={"abroad": True}, language="en"
    )
    floor.round_(session, START)
    session.commit()
    return found


def phones_row(session: Session) -> CaseTypeRow:
    """The case type that is there."""
    return session.scalars(select(CaseTypeRow)).one()


def parts(page: str) -> dict[str, str]:
    """The parts of a panel by what they say they are."""
    return dict(
        re.findall(
            r'<section class="panel-(left|middle|right)"(.*?)(?=<section class="panel-(?:left|middle|right)|\Z)',
            page,
            re.S,
        )
    )


def test_a_contact_comes_with_what_is_known_what_solved_others_and_what_the_box_says(
    client_of: Open, agent: Person, contact: Contact
) -> None:
    page = client_of(agent).get(f"/agent/parts/contacts/{contact.id}")
    assert page.status_code == 200
    shown = parts(page.text)
    assert "How do I call from abroad?" in shown["left"]
    assert "Abroad" in shown["left"]
    assert "/help/en/a/roaming-abroad" in shown["middle"]
    assert shown["middle"].count("<details") == 4
    assert "Switch roaming on, way" in shown["middle"]
    assert page.headers["Cache-Control"] == "private, no-store"


def test_all_of_it_takes_few_questions_to_the_database(
    client_of: Open, services: Services, agent: Person, contact: Contact
) -> None:
    client, path = client_of(agent), f"/agent/parts/contacts/{contact.id}"
    client.get(path)
    with statements(services.database.engine) as asked:
        client.get(path)
    assert len(asked) <= MOST_QUESTIONS, "\n".join(asked)


def test_the_bar_has_the_offer_and_the_page_without_a_contact_has_the_day(
    client_of: Open, agent: Person, contact: Contact
) -> None:
    client = client_of(agent)
    assert f'data-offer="{contact.id}"' in client.get("/agent/parts/bar").text
    accepted = client.post(f"/api/v1/contacts/{contact.id}/accept", headers={"Sec-Fetch-Site": "same-origin"})
    assert accepted.status_code == 200
    bar = client.get("/agent/parts/bar").text
    assert "data-offer" not in bar
    assert f'data-contact="{contact.id}"' in bar
    assert 'data-own="1"' in client.get(f"/agent/contacts/{contact.id}").text
    assert "data-idle" in client.get("/agent/").text


def test_a_contact_whose_question_is_no_query_comes_all_the_same(
    session: Session, client_of: Open, agent: Person, contact: Contact
) -> None:
    contact.question = "a* " * 300
    session.commit()
    client = client_of(agent)
    for part in ("", "/known", "/brink"):
        assert client.get(f"/agent/parts/contacts/{contact.id}{part}").status_code == 200


def test_a_new_fact_finds_other_cases(
    session: Session, client_of: Open, agent: Person, contact: Contact
) -> None:
    client = client_of(agent)
    solved(session, phones_row(session), "Wait.", abroad=False, signal="good")
    contact.facts = {"abroad": False, "nonsense": "x", "signal": ["no", "signal"]}
    session.commit()
    shown = client.get(f"/agent/parts/contacts/{contact.id}/known").text
    assert "Wait." in shown
    assert "Switch roaming on" not in shown


def test_the_box_answers_in_the_language_of_the_customer(
    session: Session, client_of: Open, agent: Person, contact: Contact
) -> None:
    client = client_of(agent)
    assert (
        "/help/en/a/roaming-abroad" in client.get(f"/agent/parts/answers?q=roaming&contact={contact.id}").text
    )
    contact.language = "hu"
    session.commit()
    assert "/help/hu/a/" in client.get(f"/agent/parts/answers?q=barangolás&contact={contact.id}").text
    assert "Nothing found" in client.get("/agent/parts/answers?q=zzzzqqq").text
    refused = client.get("/agent/parts/answers", query_string={"q": " ".join(["a*"] * 30)})
    assert (refused.status_code, "asterisk" in refused.text) == (200, True)


def test_before_it_goes_up_what_was_not_tried_is_shown_once_more(
    session: Session, client_of: Open, agent: Person, supervisor: Person, contact: Contact
) -> None:
    stage.agent(session, "supervisor", level=2)
    session.commit()
    client = client_of(agent)
    own = {"Sec-Fetch-Site": "same-origin"}
    client.post(f"/api/v1/contacts/{contact.id}/accept", headers=own)
    shown = client.get(f"/agent/parts/contacts/{contact.id}/brink").text
    assert 'data-helped="case"' in shown
    assert supervisor.name in shown


def test_what_was_decided_further_up_and_the_guided_help_come_with_it(
    session: Session, client_of: Open, agent: Person, supervisor: Person, contact: Contact
) -> None:
    above = stage.agent(session, "supervisor", level=2)
    session.commit()
    client, theirs = client_of(agent), client_of(supervisor)
    client.post(f"/api/v1/contacts/{contact.id}/accept")
    begun = client.post("/api/v1/runs", json={"case_type": "phones", "answerer": "agent"}).get_json()["run"]
    client.patch(f"/api/v1/contacts/{contact.id}", json={"run_id": begun["id"]})
    assert theirs.get(f"/api/v1/runs/{begun['id']}").status_code == 404
    other = theirs.post("/api/v1/runs", json={"case_type": "phones", "answerer": "agent"}).get_json()["run"]
    assert client.patch(f"/api/v1/contacts/{contact.id}", json={"run_id": other["id"]}).status_code == 404
    client.post(f"/api/v1/contacts/{contact.id}/escalate", json={"level": 2, "note": "May I?"})
    theirs.post(f"/api/v1/contacts/{contact.id}/take-over")
    assert theirs.get(f"/api/v1/runs/{begun['id']}").status_code == 200
    with client.application.app_context():
        services: Services = client.application.extensions["kalauz"]
        with services.database.transaction() as writing:
            made = writing.scalars(select(Escalation)).one()
            escalations.give_back(writing, made, "Yes, up to 30 <EUR>", by=above, now=START)
    shown = client.get(f"/agent/parts/contacts/{contact.id}").text
    assert f"{supervisor.name} decided:</strong> Yes, up to 30 &lt;EUR&gt;" in shown


@pytest.mark.parametrize(
    "path", ["", "contacts/1", "parts/bar", "parts/contacts/1", "parts/answers?q=x", "pop"]
)
def test_it_is_for_those_who_take_contacts(
    client_of: Open, client: FlaskClient, outsider: Person, customer: Person, contact: Contact, path: str
) -> None:
    for person in (outsider, customer):
        assert client_of(person).get(f"/agent/{path}").status_code == 403
    assert client.get(f"/agent/{path}").status_code == 302


def test_a_desktop_that_is_listed_may_frame_the_panel_and_nothing_else(
    app: Flask, client_of: Open, agent: Person, contact: Contact
) -> None:
    services: Services = app.extensions["kalauz"]
    services.config = replace(services.config, panel_frames=("https://desk.example",))
    client = client_of(agent)
    headers = client.get("/agent/").headers
    assert "frame-ancestors 'self' https://desk.example" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers
    others = client.get("/account/").headers
    assert "frame-ancestors 'none'" in others["Content-Security-Policy"]
    assert others["X-Frame-Options"] == "DENY"


def test_only_origins_can_be_listed(tmp_path: object) -> None:
    given = {
        "KALAUZ_DATA": str(tmp_path),
        "KALAUZ_PANEL_FRAMES": "https://desk.example, http://crm.example:81/",
    }
    assert Config.from_env(given).panel_frames == ("http://crm.example:81", "https://desk.example")
    for bad in ("desk.example", "https://desk.example/page", "https://a'; script-src *", "*"):
        with pytest.raises(ConfigError, match="PANEL_FRAMES"):
            Config.from_env(given | {"KALAUZ_PANEL_FRAMES": bad})


def test_a_screen_pop_makes_a_contact_for_whoever_opens_it_or_finds_it(
    session: Session, client_of: Open, agent: Person, outsider: Person
) -> None:
    stage.queue(session)
    stage.agent(session)
    session.commit()
    own = client_of(agent)
    path = "/agent/pop?address=%2B46+8+1234567&question=No+service&fact.device=A5&key=pbx-1"
    page = own.get(path)
    assert (page.status_code, "data-at-once" in page.text) == (200, True)
    elsewhere = own.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert "data-at-once" not in elsewhere.text
    sent = {"address": "+46 8 1234567", "question": "No service", "fact.device": "A5", "key": "pbx-1"}
    opened = own.post("/agent/pop", data=sent)
    contact = session.scalars(select(Contact)).one()
    assert (opened.status_code, opened.location) == (303, f"/agent/contacts/{contact.id}")
    assert (contact.state, contact.agent_id, contact.channel) == ("active", agent.id, "phone")
    assert contact.facts == {"device": "A5"}
    assert own.post("/agent/pop", data=sent).location == own.get(path).location == opened.location
    assert own.get("/agent/pop?address=%2B4681234567").location == opened.location
    assert len(session.scalars(select(Contact)).all()) == 1
    assert own.get("/agent/pop?priority=high").status_code == 422
    assert client_of(outsider).post("/agent/pop", data=sent).status_code == 403
