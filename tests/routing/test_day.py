"""A short day that is played: nothing is lost, everybody ends, and the crew leaves the floor."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cbr.guided.pages import players
from cbr.models import Case
from kb import journal
from kb.context import Services
from kb.errors import Invalid
from kb.permissions import SYSTEM
from routing import arrivals, core, day_cli, day_crew
from routing.arrivals import Arrival
from routing.day import Day
from routing.day_plan import Plan, callers
from routing.models import Agent, Contact, Presence
from tests.cbr import stage as cases
from tests.conftest import START, Clock
from tests.routing import stage

PLAN = Plan(contacts=24, speed=60, agents=2, unknown=0.25, patience_s=2_000)


class Time:
    """Goes on only while somebody rests: two seconds at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self.now_s = clock, 0.0

    def __call__(self) -> float:
        return self.now_s

    def rest(self, _seconds: float) -> None:
        self.now_s += 2.0
        self._clock.advance(seconds=2)


def library(session: Session) -> None:
    row = cases.phones(session)
    for maker, solution in (("A", "Switch it on."), ("B", "Change the card."), ("C", "Call the shop.")):
        for used in (1.0, 5.0):
            cases.solved(
                session,
                row,
                solution,
                problem=f"It fails: {maker}",
                maker=maker,
                used=used,
                abroad=maker == "A",
            )


def played(services: Services, clock: Clock) -> tuple[Day, day_crew.Crew]:
    with services.database.transaction(actor="test") as session:
        structure = services.structure.current(session, journal.head(session))
        crew = day_crew.gather(session, services.passwords, structure, PLAN.agents, now=clock())
    services.drain()
    time = Time(clock)
    day = Day(services, players(), core.of_this_process(), crew, PLAN, rest=time.rest, tick=time)
    day.play()
    with services.database.transaction(actor="test") as session:
        day_crew.dismiss(session, crew, now=clock())
    return day, crew


def test_a_day_loses_nobody_and_keeps_what_was_new(
    app: Flask, services: Services, session: Session, clock: Clock
) -> None:
    stage.queue(session, wrap_up_s=600)
    library(session)
    stranger = arrivals.bring(session, Arrival("phone", key="stranger"), by=SYSTEM, now=START)
    session.commit()
    before = session.scalar(select(func.count()).select_from(Case)) or 0
    with app.app_context():
        day, crew = played(services, clock)
        session.rollback()
        figures = dict(day_cli.figures(session, day))
    assert (figures["came"], figures["lost"], figures["still open"]) == ("24", "0", "0")
    solved, hung_up = int(figures["solved"]), int(figures["hung up"])
    assert solved + hung_up == 24
    assert solved == int(figures["with what solved them"]) == int(figures["guided"])
    assert int(figures["escalations"]) >= int(figures["retained as cases"]) > 0
    after = session.scalar(select(func.count()).select_from(Case)) or 0
    assert after - before == int(figures["retained as cases"])
    session.refresh(stranger)
    assert stranger.state == "resolved"
    assert {agent.is_active for agent in session.scalars(select(Agent))} == {False}
    assert {one.standing for one in session.scalars(select(Presence))} == {"away"}
    assert {contact.agent_id for contact in session.scalars(select(Contact))} - {None} <= {*crew.members}


def test_without_solved_cases_there_is_nothing_to_play(app: Flask, services: Services) -> None:
    with app.app_context(), pytest.raises(Invalid):
        day_cli.play(services, PLAN)


def test_the_same_seed_is_the_same_day() -> None:
    assert callers(PLAN, 5) == callers(PLAN, 5)
    assert callers(PLAN, 5) != callers(Plan(contacts=24, seed=2), 5)
