"""Recurring jobs: done once by whoever is first, tried again when they fail, never lost with a process that dies."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from kb import jobs, models
from kb.db import Database
from kb.jobs import LEASE, Clockwork, Job, run_due
from tests.conftest import START, Clock
from tests.processes import PATIENCE, ROOT
from tests.server import running

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
MANY = 6


class Done:
    """A job that notes when it is done."""

    def __init__(self, name: str = "noting", every: timedelta = HOUR) -> None:
        self.at: list[datetime] = []
        self.job = Job(name, every, self.at.append)


def line(session: Session, name: str = "noting") -> models.Job:
    """What is stored of a job now."""
    session.rollback()
    session.expire_all()
    return session.get_one(models.Job, name)


def test_a_job_is_done_at_once_and_then_each_time_it_is_due(database: Database, session: Session) -> None:
    done = Done()
    moments = [START, START + SECOND, START + HOUR - SECOND, START + HOUR, START + 5 * HOUR]
    ran = [run_due(database, [done.job], moment) for moment in moments]
    assert ran == [["noting"], [], [], ["noting"], ["noting"]]
    assert done.at == [START, START + HOUR, START + 5 * HOUR]
    assert (line(session).ran_at, line(session).held_until, line(session).error) == (
        START + 5 * HOUR,
        None,
        "",
    )


def test_jobs_have_times_of_their_own(database: Database) -> None:
    often, seldom = Done("often", HOUR), Done("seldom", 3 * HOUR)
    for hours in range(4):
        run_due(database, [often.job, seldom.job], START + hours * HOUR)
    assert (len(often.at), len(seldom.at)) == (4, 2)


def test_nothing_is_written_while_nothing_is_due(database: Database) -> None:
    done = Done()
    run_due(database, [done.job], START)
    with database.transaction() as writing:  # holds SQLite's write lock
        writing.connection()
        assert run_due(database, [done.job], START + SECOND) == []


def test_of_many_that_look_at_once_one_does_it(both_databases: str, database_url: str) -> None:
    done, gate = Done(), threading.Barrier(MANY)
    answers: list[list[str]] = []

    def look() -> None:
        own = Database(database_url)
        for round_number in range(3):
            gate.wait()
            answers.append(run_due(own, [done.job], START + round_number * HOUR))
        own.engine.dispose()

    threads = [threading.Thread(target=look) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done.at == [START, START + HOUR, START + 2 * HOUR]
    assert sorted(answers) == [[]] * (3 * MANY - 3) + [["noting"]] * 3


PROGRAM = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from kb.db import Database
from kb.jobs import Job, run_due

def note(now):
    with Path(sys.argv[2]).open("a") as kept:
        kept.write(f"{now.isoformat()}\\n")

sys.stdin.readline()
run_due(Database(sys.argv[1]), [Job("noting", timedelta(hours=1), note)], datetime.fromisoformat(sys.argv[3]))
"""


def test_of_several_processes_one_does_it(both_databases: str, database_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    command = [sys.executable, "-c", PROGRAM, database_url, str(kept), START.isoformat()]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    assert kept.read_text() == f"{START.isoformat()}\n"


def test_what_went_wrong_is_kept_and_it_is_tried_again(database: Database, session: Session) -> None:
    def fail(now: datetime) -> None:
        raise ValueError(f"no paper {'!' * 1000}")

    failing, other = Job("noting", HOUR, fail), Done("other")
    assert run_due(database, [failing, other.job], START) == ["noting", "other"]
    assert other.at == [START]
    assert line(session).error.startswith("ValueError: no paper !!!")
    assert len(line(session).error) == jobs.LONGEST_ERROR
    assert line(session).held_until is None
    mended = Done()
    assert run_due(database, [mended.job], START + HOUR) == ["noting"]
    assert (line(session).error, mended.at) == ("", [START + HOUR])


def test_who_has_taken_a_job_has_it_until_the_lease_runs_out(
    both_databases: str, database: Database, session: Session
) -> None:
    """A process that is killed while it works leaves its lease behind."""

    class Killed(BaseException):
        pass

    def be_killed(now: datetime) -> None:
        raise Killed

    with pytest.raises(Killed):
        run_due(database, [Job("noting", HOUR, be_killed)], START)
    assert line(session).held_until == START + LEASE
    done = Done()
    assert run_due(database, [done.job], START + LEASE - SECOND) == []
    assert run_due(database, [done.job], START + LEASE) == ["noting"]
    assert line(session).held_until is None


def test_a_job_that_is_being_done_is_not_done_twice(database: Database) -> None:
    inner: list[list[str]] = []
    done = Done()
    outer = Job("noting", HOUR, lambda now: inner.append(run_due(database, [done.job], now + SECOND)))
    assert run_due(database, [outer], START) == ["noting"]
    assert (inner, done.at) == ([[]], [])


# Clockwork.


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_clockwork_does_what_is_due_until_it_is_stopped(database: Database, clock: Clock) -> None:
    done = Done()
    works = Clockwork(database, [done.job], clock, pause_s=0.01)
    works.start()
    wait_for(lambda: done.at == [START])
    clock.advance(hours=1)
    wait_for(lambda: done.at == [START, START + HOUR])
    works.stop()
    clock.advance(hours=1)
    assert "clockwork" not in {thread.name for thread in threading.enumerate()}
    assert len(done.at) == 2


def test_clockwork_that_is_stopped_ends_after_the_job_at_hand(database: Database, clock: Clock) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work(now: datetime) -> None:
        begun.set()
        may_end.wait()
        ended.set()

    works = Clockwork(database, [Job("long", HOUR, work)], clock, pause_s=0.01)
    works.start()
    begun.wait()
    threading.Timer(0.05, may_end.set).start()
    works.stop()
    assert ended.is_set()


def test_clockwork_goes_on_when_the_database_does_not_answer(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Done()
    works = Clockwork(database, [done.job], clock, pause_s=0.01)
    failed = threading.Event()

    def fail(*_given: object) -> list[str]:
        failed.set()
        raise OSError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "run_due", fail)
        works.start()
        failed.wait()
    wait_for(lambda: done.at == [START])
    works.stop()


def test_a_server_does_its_jobs(demonstration: Path, tmp_path: Path) -> None:
    data = shutil.copytree(demonstration, tmp_path / "data")

    def ran() -> set[str]:
        with closing(sqlite3.connect(f"file:{data / 'kalauz.db'}?mode=ro", uri=True)) as asked:
            return {
                name
                for (name,) in asked.execute("SELECT name FROM job WHERE ran_at IS NOT NULL AND error = ''")
            }

    with closing(sqlite3.connect(data / "kalauz.db")) as writing:
        writing.execute("DELETE FROM job")
        writing.commit()
    with running(data):
        wait_for(lambda: "reminders" in ran())
