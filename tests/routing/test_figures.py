"""How the floor is doing: counted by the database, in three queries, and told by the report of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from kb.models import Person
from routing import contacts, figures, floor, presence
from routing.chain import escalations
from routing.chain.escalations import Escalating
from routing.contacts import Ending
from routing.figures import Today
from routing.models import Contact
from routing.tally import Counts, added
from tests.conftest import START
from tests.kb.admin.conftest import words
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
DAY = timedelta(days=1)
AFTER = START + timedelta(minutes=40)


def a_morning(session: Session) -> None:
    """One is solved within its time, one waits too long, one gives up, and one is with the agent."""
    stage.queue(session, level_s=60)
    by = stage.agent(session, capacity={"phone": 1, "chat": 1})
    solved = stage.bring(session, "solved")
    floor.round_(session, START)
    contacts.accept(session, solved, by=by, now=START + timedelta(seconds=30))
    ending = Ending(solved_kind="answer")
    contacts.close(session, solved, ending, by=by, now=START + timedelta(seconds=90))
    gone = stage.bring(session, "gone", now=START + timedelta(minutes=16))
    contacts.abandon(session, gone, by=None, now=START + timedelta(minutes=17))
    stage.bring(session, "late", channel="mail", now=START + timedelta(minutes=20))
    chat = stage.bring(session, "chat", channel="chat", now=AFTER)
    floor.round_(session, AFTER)
    contacts.accept(session, chat, by=by, now=AFTER)
    session.flush()


@pytest.mark.usefixtures("both_databases")
def test_a_day_is_counted_by_intervals_of_a_quarter_of_an_hour(session: Session) -> None:
    a_morning(session)
    found = figures.by_interval(session, START - DAY, START + DAY, AFTER)
    assert [one.begins - START for one in found] == [timedelta(minutes=minutes) for minutes in (0, 15, 30)]
    first, second, third = (one.counts for one in found)
    assert first == Counts(
        came=1, answered=1, in_time=1, due=1, resolved=1, linked=1, waited_s=30.0, handled_s=60.0
    )
    assert second == Counts(came=2, due=2, abandoned=1)
    assert (third.came, third.in_time) == (1, 1)
    whole = added((first, second, third))
    assert (whole.level, whole.lost, whole.link_rate) == (0.5, 0.25, 1.0)
    assert figures.by_interval(session, START + DAY, START + 2 * DAY, AFTER) == []


@pytest.mark.usefixtures("both_databases")
def test_what_is_open_and_who_is_there(session: Session) -> None:
    a_morning(session)
    stage.bring(session, "up", channel="mail", level=2, now=START + timedelta(minutes=10))
    found = figures.open_now(session, AFTER)
    (one,) = found.values()
    assert (one.waiting, one.escalated, one.talking, one.writing) == (2, 1, 1, 0)
    assert one.waiting_from == START + timedelta(minutes=10)
    (here,) = figures.agents(session)
    assert (here.name, here.standing, here.holds) == (stage.person(session, "agent").name, "available", 1)


def test_what_came_back_from_further_up_has_climbed_all_the_same(session: Session) -> None:
    a_morning(session)
    chat = session.scalars(select(Contact).where(Contact.key == "chat")).one()
    by, above = stage.viewer(session, "agent"), stage.agent(session, "supervisor", level=2)
    made = escalations.escalate(session, chat, Escalating(note="May I?"), by=by, now=AFTER)
    escalations.give_back(session, made, "You may", by=above, now=AFTER)
    (counts,) = (one.counts for one in figures.by_interval(session, AFTER, AFTER + DAY, AFTER))
    assert (chat.level, counts.climbed) == (1, 1)


def test_an_empty_floor_has_figures_as_well(session: Session) -> None:
    assert figures.open_now(session, START) == {}
    assert added([]).level is None


def test_a_hundred_walls_count_the_day_once_in_some_seconds(session: Session) -> None:
    a_morning(session)
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    today = Today()
    for _ in range(100):
        today.of(session, START, AFTER)
    assert len(asked) == 1
    stage.bring(session, "more", now=AFTER)
    session.flush()
    asked.clear()
    later = AFTER + figures.KEPT_FOR
    assert sum(one.counts.came for one in today.of(session, START, later)) == 5
    assert len(asked) == 1


def test_the_report_says_how_the_day_went_and_gives_a_table(
    session: Session, client_of: Open, supervisor: Person
) -> None:
    a_morning(session)
    for contact in session.scalars(select(Contact)):
        contact.tags = ["roaming", "sim"] if contact.ended_at else ["fibre"]
    session.commit()
    client = client_of(supervisor)
    page = words(client.get("/routing/report?day=2026-03-02"))
    assert "Mobile 4 2 67 % 25 % 0:15" in page
    assert "What it was about roaming 2 sim 2" in page
    table = client.get("/routing/report.csv?day=2026-03-02&queue=mobile").text.splitlines()
    assert table[0].lstrip("\ufeff").startswith("begins,queue,level,came,answered")
    assert len(table) == 4
    assert "Nobody came on this day" in words(client.get("/routing/report?day=2026-03-01"))
    assert client.get("/routing/report?day=tomorrow&queue=none").status_code == 200


def test_agents_see_no_report(client_of: Open, agent: Person, customer: Person) -> None:
    for person in (agent, customer):
        assert client_of(person).get("/routing/report").status_code == 403
        assert client_of(person).get("/routing/report.csv").status_code == 403


def test_somebody_without_a_presence_is_away(session: Session) -> None:
    stage.queue(session)
    by = stage.agent(session)
    session.delete(presence.of(session, by.person_id or 0, START))
    session.flush()
    assert [one.standing for one in figures.agents(session)] == ["away"]
