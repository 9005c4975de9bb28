"""What stays of runs: counts without persons; the runs themselves go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cbr.guided import runs, tallies
from cbr.guided.playing import Kind, Players
from cbr.guided.steps import Answer
from cbr.models import GuidedRun
from cbr.trees.statistics import Count
from kb.context import Services
from kb.errors import Conflict
from kb.models import Article
from tests.cbr.guided_runs.stage import begun
from tests.conftest import START

SETTLED = START + runs.SETTLED_AFTER
EXPIRED = START + runs.KEPT


def walk(session: Session, players: Players, *answers: tuple[str, object], verdict: str = "") -> GuidedRun:
    """A run with these answers, and how it went."""
    run, play = begun(session, players)
    for step, value in answers:
        runs.answer(session, run, play, Answer(step, value), now=START)
    if verdict:
        runs.finish(session, run, play, verdict, now=START)
    return run


def left(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(GuidedRun)) or 0


def test_each_way_is_counted_when_a_run_is_over(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    walk(session, players, ("light", "restart"), ("restart", 5), verdict="worked")
    walk(session, players, ("light", "restart"), ("restart", 5), verdict="failed")
    walk(session, players, ("light", "restart"), verdict="left")
    walk(session, players, ("light", "socket"))
    assert tallies.settle(session, SETTLED) == 3
    counts = tallies.of(session, "router")
    assert counts["light", ""] == Count(3, 0, 1)
    assert counts["light", "restart"] == Count(3, 0, 1)
    assert counts["restart", ""] == Count(3, 1, 1)
    assert counts["restart", "solved"] == Count(2, 0, 1)
    assert counts["", ""] == Count(3, 1, 1)
    assert (counts["", "worked"].taken, counts["", "failed"].taken, counts["", "left"].taken) == (1, 1, 1)
    assert left(session) == 4
    assert tallies.settle(session, SETTLED) == 0, "each run counts once"


def test_an_expired_run_is_counted_as_left_and_removed(
    both_databases: str, session: Session, players: Players, router: Article
) -> None:
    walk(session, players, ("light", "restart"))
    walk(session, players, ("light", "restart"), ("restart", 5))
    done = walk(session, players, verdict="left")
    tallies.settle(session, SETTLED)
    assert done.tallied
    assert tallies.settle(session, EXPIRED) == 2
    assert left(session) == 0
    counts = tallies.of(session, "router")
    assert counts["restart", ""] == Count(2, 1, 0)
    assert counts["", ""] == Count(3, 2, 0), "who saw the answer and said nothing did not give up"


def test_what_is_counted_cannot_be_taken_back(session: Session, players: Players, router: Article) -> None:
    run, play = begun(session, players)
    runs.finish(session, run, play, "worked", now=START)
    tallies.settle(session, SETTLED)
    with pytest.raises(Conflict):
        runs.back(session, run, play, now=SETTLED)
    with pytest.raises(Conflict):
        runs.finish(session, run, play, "failed", now=SETTLED)


def test_runs_by_cases_are_counted_by_their_verdicts(session: Session, players: Players, cases: None) -> None:
    run, play = begun(session, players, "phones", kind=Kind.ADAPTIVE, facts={"abroad": True})
    runs.show_best(session, run, play, now=START)
    runs.finish(session, run, play, "adapted", proposal="", now=START)
    tallies.settle(session, SETTLED)
    counts = tallies.of(session, "phones", Kind.ADAPTIVE)
    assert counts == {("", ""): Count(1, 0, 1), ("", "adapted"): Count(1, 0, 1)}
    assert tallies.of(session, "phones") == {}


def test_the_job_does_it(services: Services, session: Session, players: Players, router: Article) -> None:
    walk(session, players, ("light", "restart"))
    session.commit()
    job = next(job for job in services.jobs if job.name == "guided runs")
    job.run(EXPIRED + timedelta(minutes=1))
    session.expire_all()
    assert left(session) == 0
    assert tallies.of(session, "router")["light", "restart"].taken == 1
