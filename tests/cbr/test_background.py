"""Long work on case types: asked for once, taken by one, seen going on, ended once, whatever happens to who does it."""

from __future__ import annotations

from datetime import timedelta
from time import sleep
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cbr import background
from cbr.background import Kind, Work, ask, do, do_waiting, error_of, newest, standing_of
from cbr.models import CaseWork
from kb.context import Services
from kb.errors import N_, Conflict, Invalid, NotAllowed
from kb.models import Person, Role
from kb.permissions import SYSTEM
from tests.cbr.stage import staff
from tests.conftest import START, Clock

DONE: list[Work] = []


def count(work: Work) -> dict[str, Any]:
    DONE.append(work)
    work.tell(0.5)
    return {"letters": len(work.file or b""), **work.asked}


def refuse(_work: Work) -> dict[str, Any]:
    raise Invalid({"cases": N_("There is no case type %(key)s.", key="100%")})


def crash(_work: Work) -> dict[str, Any]:
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "BEAT_S", 0.001)
    for name, deed in (("counting", count), ("refusing", refuse), ("crashing", crash)):
        monkeypatch.setitem(background.KINDS, name, Kind(frozenset({Role.SPECIALIST}), deed))
    DONE.clear()


def here(services: Services) -> list[int]:
    """Everything that waits, done in this process."""
    return do_waiting(services, lambda id_: do(services, id_))


def test_work_is_done_once_for_whoever_asked(
    both_databases: str, services: Services, session: Session, specialist: Person
) -> None:
    by = staff(specialist.id, "specialist")
    made = ask(session, "counting", "phones", by=by, now=START, asked={"more": 1}, file=b"abc")
    session.commit()
    assert standing_of(made, START) == "waiting"
    assert here(services) == [made.id]
    assert here(services) == []
    session.expire_all()
    found = newest(session, "counting", "phones")
    assert found is made
    assert (standing_of(found, START), found.progress, found.file) == ("done", 1.0, None)
    assert (found.result, error_of(found)) == ({"letters": 3, "more": 1}, "")
    assert [(work.by.person_id, work.by.name, work.subject) for work in DONE] == [
        (specialist.id, specialist.name, "phones")
    ]


def test_of_a_kind_there_is_one_at_a_time_for_each_case_type(services: Services, session: Session) -> None:
    ask(session, "counting", "phones", by=SYSTEM, now=START)
    with pytest.raises(Conflict):
        ask(session, "counting", "phones", by=SYSTEM, now=START)
    ask(session, "counting", "routers", by=SYSTEM, now=START)
    ask(session, "crashing", "phones", by=SYSTEM, now=START)
    session.commit()
    assert len(here(services)) == 3
    ask(session, "counting", "phones", by=SYSTEM, now=START)


def test_what_is_cancelled_stops_when_it_tells_how_far_it_is(
    services: Services, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(work: Work) -> dict[str, Any]:
        with services.database.transaction() as own:
            row = newest(own, "long", "phones")
            assert row is not None
            background.cancel(own, row, by=SYSTEM, now=START)
        for _ in range(5000):
            work.tell(0.5)
            sleep(0.002)
        DONE.append(work)
        return {}

    monkeypatch.setitem(background.KINDS, "long", Kind(frozenset({Role.SPECIALIST}), cancelled))
    made = ask(session, "long", "phones", by=SYSTEM, now=START)
    session.commit()
    assert here(services) == [made.id]
    session.expire_all()
    assert (standing_of(made, START), error_of(made)) == ("failed", background.CANCELLED)
    assert DONE == []
    with pytest.raises(Conflict):
        background.cancel(session, made, by=SYSTEM, now=START)
    assert ask(session, "long", "phones", by=SYSTEM, now=START).id != made.id


def test_what_still_waits_can_be_cancelled_by_whoever_may_ask_for_it(
    services: Services, session: Session, specialist: Person, agent: Person
) -> None:
    made = ask(session, "counting", "phones", by=SYSTEM, now=START)
    with pytest.raises(NotAllowed):
        background.cancel(session, made, by=staff(agent.id, "agent"), now=START)
    background.cancel(session, made, by=staff(specialist.id, "specialist"), now=START)
    session.commit()
    assert (here(services), DONE) == ([], [])


def test_who_may_not_asks_for_nothing(session: Session) -> None:
    with pytest.raises(NotAllowed):
        ask(session, "counting", "phones", by=staff(3, "agent"), now=START)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("refusing", "There is no case type 100%."), ("crashing", background.STOPPED)],
)
def test_what_goes_wrong_is_told_and_it_can_be_asked_for_again(
    kind: str, sentence: str, services: Services, session: Session
) -> None:
    made = ask(session, kind, "phones", by=SYSTEM, now=START)
    session.commit()
    here(services)
    session.expire_all()
    assert (standing_of(made, START), error_of(made), made.result) == ("failed", sentence, None)
    ask(session, kind, "phones", by=SYSTEM, now=START)


def test_a_process_that_is_gone_has_stopped(services: Services, session: Session) -> None:
    made = ask(session, "counting", "phones", by=SYSTEM, now=START)
    session.commit()
    do_waiting(services, lambda _id: None)  # whoever was to do it ended without a word
    session.expire_all()
    assert (standing_of(made, START), error_of(made)) == ("failed", background.STOPPED)


def test_a_machine_that_is_gone_has_stopped_after_a_while(
    services: Services, session: Session, clock: Clock
) -> None:
    made = ask(session, "counting", "phones", by=SYSTEM, now=START)
    session.commit()

    def unplugged(_id: int) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        do_waiting(services, unplugged)
    session.expire_all()
    assert standing_of(made, START) == "running"
    later = clock.advance(minutes=5)
    assert standing_of(made, later) == "stopped"
    again = ask(session, "counting", "phones", by=SYSTEM, now=later)
    session.commit()
    do(services, made.id)  # back again, much too late
    session.expire_all()
    assert (standing_of(made, later), made.result) == ("failed", None)
    assert standing_of(again, later + timedelta(hours=1)) == "waiting"


def test_only_the_latest_are_remembered(
    services: Services, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "KEPT", 2)
    for _ in range(4):
        ask(session, "counting", "phones", by=SYSTEM, now=START)
        session.commit()
        here(services)
    assert session.scalar(select(func.count(CaseWork.id))) == 2
