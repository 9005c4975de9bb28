"""Pages of what is measured of a case type: asked for, looked at, and taken over by those who may."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr import background, case_types, reporting
from cbr.case_types import schema_of
from cbr.models import Case, CaseReport, CaseTypeRow, CaseWork
from kb.concurrency import version_of
from kb.context import Services
from kb.models import Person
from kb.permissions import SYSTEM
from tests.cbr.stage import phones, solved
from tests.conftest import START, Clock
from tests.kb.stage import Page, statements, token

Open = Callable[[Person], FlaskClient]
KINDS = ("evaluation", "weights", "maintenance")


@pytest.fixture
def measured(services: Services, session: Session) -> CaseTypeRow:
    """Phones of which whether they are abroad says all; measured once."""
    row = phones(session)
    chance = random.Random(2)
    for number in range(24):
        abroad = chance.random() < 0.5
        signal = chance.choice(["none", "poor", "good"])
        solved(session, row, f"Do {abroad}", abroad=abroad, signal=signal, used=float(number))
    session.commit()
    for kind in KINDS:
        reporting.measure(services.database, "phones", kind, by=SYSTEM, now=START)
    return row


def test_a_measurement_can_be_cancelled(
    measured: CaseTypeRow, session: Session, reviewer: Person, agent: Person, client_of: Open
) -> None:
    known, path = client_of(reviewer), "/cases/types/phones/measure/evaluation"
    page = "/cases/types/phones/evaluation"
    known.post(path, data={"csrf_token": token(known.get(page))})
    assert f"{path}/cancel" in known.get(page).text
    assert client_of(agent).post(f"{path}/cancel").status_code == 403
    sent = {"csrf_token": token(known.get(page))}
    ended = known.post(f"{path}/cancel", data=sent, follow_redirects=True).text
    assert background.CANCELLED in ended
    assert f"{path}/cancel" not in ended
    assert "It has ended already." in known.post(f"{path}/cancel", data=sent, follow_redirects=True).text
    other = "/cases/types/phones/measure/weights/cancel"
    assert known.post(other, data=sent).status_code == 404
    session.rollback()
    assert session.scalars(select(CaseWork.turn)).all() == [None]


def shown(client: FlaskClient, kind: str) -> str:
    answer = client.get(f"/cases/types/phones/{kind}")
    assert answer.status_code == 200
    return answer.text


def send(client: FlaskClient, kind: str, **fields: object) -> tuple[int, str]:
    page = client.get(f"/cases/types/phones/{kind}")
    made = {"csrf_token": token(page), **fields}
    answer = client.post(f"/cases/types/phones/{kind}", data=made)
    return answer.status_code, answer.text


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_for_goes_on_and_is_shown_when_it_is_done(
    kind: str, measured: CaseTypeRow, services: Services, session: Session, reviewer: Person, client_of: Open
) -> None:
    client = client_of(reviewer)
    page = client.get(f"/cases/types/phones/{kind}")
    asked = client.post(f"/cases/types/phones/measure/{kind}", data={"csrf_token": token(page)})
    assert asked.location == f"/cases/types/phones/{kind}"
    assert "<progress" in shown(client, kind)
    assert f'measure/{kind}"' not in shown(client, kind)  # nobody asks twice
    background.do_waiting(services, lambda id_: background.do(services, id_))
    assert "<progress" not in shown(client, kind)
    session.rollback()
    newest = session.scalars(
        select(CaseReport.id).where(CaseReport.kind == kind).order_by(CaseReport.id.desc())
    )
    work = session.scalars(select(CaseWork)).one()
    assert work.result == {"report": newest.first()}


def test_what_stopped_says_so_and_can_be_asked_for_again(
    measured: CaseTypeRow, session: Session, reviewer: Person, clock: Clock, client_of: Open
) -> None:
    background.ask(session, "weights", "phones", by=SYSTEM, now=START).beat_at = START
    session.commit()
    clock.advance(minutes=10)
    page = shown(client_of(reviewer), "weights")
    assert "It stopped before its end. Ask for it again." in page
    assert "/cases/types/phones/measure/weights" in page


def test_too_few_cases_are_told_on_the_page(
    services: Services, session: Session, reviewer: Person, client_of: Open
) -> None:
    phones(session)
    background.ask(session, "evaluation", "phones", by=SYSTEM, now=START)
    session.commit()
    background.do_waiting(services, lambda id_: background.do(services, id_))
    assert "At least two solved cases are needed" in shown(client_of(reviewer), "evaluation")


def test_an_evaluation_is_told_in_figures_and_pictures(
    measured: CaseTypeRow, services: Services, reviewer: Person, client_of: Open
) -> None:
    reporting.measure(services.database, "phones", "evaluation", by=SYSTEM, now=START + timedelta(days=1))
    page = shown(client_of(reviewer), "evaluation")
    for words in ("A decision tree", "Always the commonest", "Brier score", "from report to report"):
        assert words in page
    assert page.count("<svg") >= 3
    assert "style=" not in page


def test_chosen_weights_are_taken_over_once_and_put_back(
    measured: CaseTypeRow, session: Session, specialist: Person, client_of: Open
) -> None:
    client = client_of(specialist)
    report = session.scalars(select(CaseReport).where(CaseReport.kind == "weights")).one()
    before = {one.key: one.weight for one in schema_of(measured).attributes}
    fields = {"report": report.id, "seen": version_of(measured)}
    status, page = send(client, "weights", **fields)
    assert status == 409
    assert "Choose at least one weight" in page
    status, page = send(client, "weights", **fields | {"seen": "another"}, weight="abroad")
    assert status == 409
    assert 'value="abroad" aria-label="Abroad" checked' in page
    assert send(client, "weights", **fields, weight="abroad")[0] == 303
    session.rollback()
    session.refresh(measured)
    session.refresh(report)
    now = {one.key: one.weight for one in schema_of(measured).attributes}
    assert now == before | {"abroad": report.result["learned"]["abroad"]}
    assert "took 1 weight over" in shown(client, "weights")
    assert send(client, "weights", report=report.id, seen=version_of(measured), back="1")[0] == 303
    session.rollback()
    session.refresh(measured)
    assert {one.key: one.weight for one in schema_of(measured).attributes} == before


def test_weights_for_a_case_type_that_changed_are_not_taken_over(
    measured: CaseTypeRow, session: Session, specialist: Person, client_of: Open
) -> None:
    report = session.scalars(select(CaseReport).where(CaseReport.kind == "weights")).one()
    case_types.set_weights(session, measured, {"used": 3.0}, by=SYSTEM, now=START)
    session.commit()
    client = client_of(specialist)
    assert send(client, "weights", report=report.id, all="1")[0] == 409
    assert "Take all over" not in shown(client, "weights")


def test_chosen_cases_are_retired_and_those_of_an_older_look_are_not(
    measured: CaseTypeRow, services: Services, session: Session, reviewer: Person, client_of: Open
) -> None:
    client = client_of(reviewer)
    report = session.scalars(select(CaseReport).where(CaseReport.kind == "maintenance")).one()
    proposed = [one["id"] for one in report.result["proposals"]]
    assert len(proposed) > 2
    assert send(client, "maintenance", report=report.id)[0] == 409
    assert send(client, "maintenance", report=report.id, case=proposed[0])[0] == 303
    session.rollback()
    assert session.scalars(select(Case.id).where(Case.state == "retired")).all() == [proposed[0]]
    session.rollback()
    reporting.measure(services.database, "phones", "maintenance", by=SYSTEM, now=START)
    status, page = send(client, "maintenance", report=report.id, case=proposed[1])
    assert status == 409
    assert "It was measured again meanwhile." in page
    session.rollback()
    newest = session.scalars(select(CaseReport.id).order_by(CaseReport.id.desc())).first()
    assert send(client, "maintenance", report=newest, all="1")[0] == 303
    session.rollback()
    left = session.scalars(select(Case.id).where(Case.state == "retired")).all()
    assert len(left) == len(proposed)


def test_who_may_open_what(
    measured: CaseTypeRow, agent: Person, reviewer: Person, customer: Person, client_of: Open
) -> None:
    for path in ("/cases/measures/", *(f"/cases/types/phones/{kind}" for kind in KINDS)):
        assert client_of(agent).get(path).status_code == 403
        assert client_of(customer).get(path).status_code == 403
        assert client_of(reviewer).get(path).status_code == 200
    assert "Take all over" not in shown(client_of(reviewer), "weights")
    assert send(client_of(reviewer), "weights", all="1")[0] == 403
    assert client_of(reviewer).get("/cases/types/routers/weights").status_code == 404


def test_pages_ask_as_much_however_many_cases_there_are(
    measured: CaseTypeRow, services: Services, reviewer: Person, client_of: Open
) -> None:
    client = client_of(reviewer)
    for path in ("/cases/measures/", *(f"/cases/types/phones/{kind}" for kind in KINDS)):
        client.get(path)
        with statements(services.database.engine) as asked:
            page = Page(client.get(path))
        assert "Phones" in page.words
        assert len(asked) <= 12, path
