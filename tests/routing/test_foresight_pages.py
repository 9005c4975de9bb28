"""The pages of foresight: what each queue does with it, and which attributes it learns from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr import background
from cbr.case_types import create
from cbr.models import CaseTypeRow
from kb.context import Services
from kb.models import Person
from kb.permissions import SYSTEM
from routing import foresight_plans
from routing.foreseeing import Plan, plan_of
from routing.foresight_models import Mode
from routing.models import Queue
from tests import factories
from tests.cbr import stage as cases
from tests.conftest import START
from tests.kb.admin.conftest import words
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
TYPED = {"mode": "applied", "often": "70", "near": "95", "sure": "80", "fewest": "5"}
ADDRESS = "/routing/foresight/"


@pytest.fixture
def queue(session: Session) -> Queue:
    made = stage.queue(session)
    create(session, cases.PHONES, audience="agent", by=SYSTEM, now=START)
    session.commit()
    return made


@pytest.fixture
def client(client_of: Open, supervisor: Person, queue: Queue) -> FlaskClient:
    return client_of(supervisor)


def test_a_queue_only_shows_it_until_somebody_says_otherwise(
    client: FlaskClient, session: Session, queue: Queue
) -> None:
    assert "Mobile Only shown 60 % 90 % 60 % 3" in words(client.get(ADDRESS))
    assert client.post(f"{ADDRESS}queues/{queue.id}", data=TYPED).status_code == 303
    assert "Mobile Applied 70 % 95 % 80 % 5" in words(client.get(ADDRESS))
    session.rollback()
    assert plan_of(session, queue.id).mode == Mode.APPLIED


def test_a_threshold_that_makes_no_sense_is_refused_and_all_that_was_typed_stays(
    client: FlaskClient, queue: Queue
) -> None:
    answer = client.post(f"{ADDRESS}queues/{queue.id}", data=TYPED | {"often": "20"})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 1
    assert 'value="95"' in answer.text


def test_two_who_change_a_queue_at_once_are_told(client: FlaskClient, session: Session, queue: Queue) -> None:
    foresight_plans.save_plan(session, queue, Plan(), by=SYSTEM)
    session.commit()
    stale = client.post(f"{ADDRESS}queues/{queue.id}", data=TYPED | {"version": "old"})
    assert stale.status_code == 409


def test_attributes_are_chosen_and_what_they_say_is_learned_from(
    client: FlaskClient, services: Services, session: Session, queue: Queue
) -> None:
    chosen = {"level_key": "abroad", "queue_key": "", "skills_key": ""}
    assert client.post(f"{ADDRESS}case-types/phones", data=chosen).status_code == 303
    wrong = client.post(f"{ADDRESS}case-types/phones", data=chosen | {"level_key": "nothing"})
    assert wrong.status_code == 422
    assert client.post(f"{ADDRESS}case-types/phones/learn").status_code == 303
    assert client.post(f"{ADDRESS}case-types/phones/learn").status_code == 303  # goes on already
    page = words(client.get(ADDRESS))
    assert "Phones Abroad" in page
    assert "Escalations of Phones are being learned." in page
    background.do_waiting(services, lambda id_: background.do(services, id_))
    assert "There are too few cases" in words(client.get(ADDRESS))


def test_a_case_type_of_another_audience_is_not_named(client: FlaskClient, session: Session) -> None:
    row = session.scalars(select(CaseTypeRow)).one()
    row.audience = factories.audience(session).key
    session.commit()
    assert "Phones" not in words(client.get(ADDRESS))
    assert client.get(f"{ADDRESS}case-types/phones").status_code == 404


def test_whoever_does_not_direct_sees_none_of_it(
    client_of: Open, agent: Person, customer: Person, queue: Queue
) -> None:
    for person in (agent, customer):
        browser = client_of(person)
        assert browser.get(ADDRESS).status_code == 403
        assert browser.post(f"{ADDRESS}queues/{queue.id}", data=TYPED).status_code == 403
        assert browser.post(f"{ADDRESS}case-types/phones/learn").status_code == 403
