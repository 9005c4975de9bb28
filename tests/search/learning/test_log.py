"""The log: what is asked, opened and said is kept, of nobody in particular, without anybody waiting for it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kb.db import Database
from search.learning import log as logging
from search.learning import log_writing
from search.learning.log import PATIENCE, QuestionLog
from search.models import AskedQuestion, OpenedAnswer
from tests import factories
from tests.conftest import START
from tests.processes import PATIENCE as PATIENCE_S
from tests.processes import ROOT
from tests.search.learning.conftest import Ask, openings, questions

MINUTE = timedelta(minutes=1)
NOBODY = "A" * 22
PLAIN: dict[str, Any] = {
    "language": "en",
    "portal": "help",
    "surface": "portal",
    "hits": 0,
    "relaxed": False,
    "shown": (),
    "previous": None,
}


@pytest.fixture
def articles(session: Session) -> list[int]:
    """Ids of three articles."""
    made = [factories.article(session, key) for key in ("one", "two", "three")]
    session.commit()
    return [article.id for article in made]


def test_a_question_is_kept_with_what_was_shown(both_databases: str, session: Session, ask: Ask) -> None:
    token = ask("How  do I change my PIN?", shown=[3, 1], hits=17, relaxed=True, language="en")
    (kept,) = questions(session)
    assert (kept.token, kept.text, kept.language, kept.portal, kept.surface) == (
        token,
        "How do I change my PIN?",
        "en",
        "help",
        "portal",
    )
    assert (kept.hits, kept.relaxed, kept.shown, kept.at, kept.previous) == (17, True, [3, 1], START, None)
    assert kept.shape == "chang pin"


def test_no_column_is_there_for_who_asked() -> None:
    named = {column.key for table in (AskedQuestion, OpenedAnswer) for column in table.__table__.columns}
    assert named == {
        *("id", "token", "previous", "at", "portal", "language", "surface", "text", "shape", "hits"),
        *("relaxed", "shown", "learned", "question_id", "article_id", "rank", "verdict"),
    }


def test_what_tells_who_asked_is_not_even_held_in_memory(log: QuestionLog) -> None:
    log.asked(text="I am kim@example.com, 0701234567", now=START, visitor="10.0.0.7 Firefox", **PLAIN)
    held = repr(vars(log)["_waiting"])
    assert "kim" not in held
    assert "070" not in held
    assert "10.0.0.7" not in held


def test_what_was_opened_and_said_of_it_is_kept(
    both_databases: str, session: Session, ask: Ask, articles: list[int]
) -> None:
    one, two = articles[:2]
    ask("pin", shown=[two, one], opened=[one], helpful=[two])
    question = questions(session)[0].id
    assert openings(session) == [(question, one, 2, ""), (question, two, 1, "helpful")]


def test_an_answer_is_opened_once_and_the_last_verdict_counts(
    both_databases: str, session: Session, ask: Ask, log: QuestionLog, articles: list[int]
) -> None:
    token = ask("pin", shown=articles, opened=articles[:1] * 3)
    for helpful in (True, False):
        log.verdict(token, articles[0], helpful, START)
    log.opened(token, articles[0], 3, START)
    log.flush()
    assert [row[1:] for row in openings(session)] == [(articles[0], 1, "unhelpful")]


def test_a_verdict_counts_though_the_opening_was_not_told(
    session: Session, ask: Ask, log: QuestionLog, articles: list[int]
) -> None:
    token = ask("pin", shown=articles[:2])
    log.verdict(token, articles[1], True, START)
    log.verdict(token, articles[2], True, START)
    log.flush()
    assert [row[1:] for row in openings(session)] == [(articles[1], 2, "helpful")]


def test_what_stood_on_another_page_keeps_the_place_that_the_page_told(
    session: Session, ask: Ask, log: QuestionLog, articles: list[int]
) -> None:
    token = ask("pin", shown=articles[:1])
    log.opened(token, articles[1], 14, START)
    log.opened(token, articles[2], -5, START)
    log.flush()
    assert [row[1:] for row in openings(session)] == [(articles[1], 14, ""), (articles[2], 1, "")]


@pytest.mark.parametrize("token", ["", "nonsense", NOBODY, "%00" * 7 + "a"])
def test_an_unknown_name_has_no_effect(
    session: Session, log: QuestionLog, articles: list[int], token: str
) -> None:
    log.opened(token, articles[0], 1, START)
    log.verdict(token, articles[0], True, START)
    for _ in range(PATIENCE + 1):
        log.flush()
    assert openings(session) == []
    assert log.flush() == 0


def test_an_unknown_article_has_no_effect(
    both_databases: str, session: Session, ask: Ask, articles: list[int]
) -> None:
    ask("pin", shown=articles, opened=[10**6, articles[0]])
    assert [row[1] for row in openings(session)] == [articles[0]]


def test_what_is_told_days_later_has_nothing_to_do_with_it(
    session: Session, ask: Ask, log: QuestionLog, articles: list[int]
) -> None:
    token = ask("pin", shown=articles)
    log.opened(token, articles[0], 1, START + timedelta(days=2))
    log.opened(token, articles[1], 1, START - MINUTE)
    log.flush()
    assert openings(session) == []


def test_a_question_that_another_process_has_not_written_yet_is_waited_for(
    both_databases: str, session: Session, database: Database, articles: list[int]
) -> None:
    one, other = (QuestionLog(database, days=90, now=START) for _ in range(2))
    token = one.asked(text="pin", now=START, **(PLAIN | {"shown": articles}))
    other.opened(token, articles[0], 1, START)
    assert other.flush() == 1
    one.flush()
    assert other.flush() == 0
    assert [row[1] for row in openings(session)] == [articles[0]]


# Asked again.


def test_other_words_within_two_minutes_follow_the_first(
    both_databases: str, session: Session, ask: Ask
) -> None:
    first = ask("pin")
    ask("puk", previous=first, now=START + 2 * MINUTE)
    assert [question.previous for question in questions(session)] == [None, first]


@pytest.mark.parametrize(
    ("text", "later"),
    [("puk", 2.1), ("the PINs", 1), ("puk", -1)],
    ids=["too late", "the same in another form", "before"],
)
def test_what_is_no_rewording_follows_nothing(session: Session, ask: Ask, text: str, later: float) -> None:
    first = ask("pin", now=START)
    ask(text, previous=first, now=START + later * MINUTE)
    assert questions(session)[1].previous is None


def test_what_follows_a_question_of_another_process_waits_for_it_a_while(
    session: Session, database: Database
) -> None:
    one, other = (QuestionLog(database, days=90, now=START) for _ in range(2))
    first = one.asked(text="pin", now=START, **PLAIN)
    other.asked(text="puk", now=START + MINUTE, **(PLAIN | {"previous": first}))
    other.asked(text="sim", now=START + MINUTE, **(PLAIN | {"previous": NOBODY}))
    assert other.flush() == 2
    one.flush()
    for _ in range(PATIENCE):
        other.flush()
    assert {question.text: question.previous for question in questions(session)} == {
        "pin": None,
        "puk": first,
        "sim": None,
    }


# Not twice, not at all.


def test_the_same_question_of_the_same_visit_is_kept_once(
    both_databases: str, session: Session, ask: Ask
) -> None:
    tokens = {ask("My  PIN", visitor="kim", now=START + MINUTE * late) for late in range(3)}
    tokens.add(ask("my pin ", visitor="kim", now=START))
    assert len(tokens) == len(questions(session)) == 1
    ask("my pin", visitor="lee")
    ask("my pin")
    assert len(questions(session)) == 3


def test_two_processes_that_write_the_same_question_keep_it_once(
    both_databases: str, session: Session, database: Database
) -> None:
    log = QuestionLog(database, days=90, now=START)
    fork = QuestionLog(database, days=90, now=START)
    vars(fork)["_tokens"] = vars(log)["_tokens"]  # as after a fork
    for one in (log, fork):
        one.asked(text="pin", now=START, visitor="kim", **PLAIN)
    threads = [threading.Thread(target=one.flush) for one in (log, fork)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(questions(session)) == 1


def test_where_the_operator_keeps_nothing_nothing_is_kept(database: Database, session: Session) -> None:
    log = QuestionLog(database, days=0, now=START)
    assert log.asked(text="pin", now=START, **PLAIN) == ""
    log.opened(NOBODY, 1, 1, START)
    log.verdict(NOBODY, 1, True, START)
    assert not vars(log)["_waiting"]
    log.flush()
    assert questions(session) == []


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_no_question_is_no_question(log: QuestionLog, text: str) -> None:
    assert log.asked(text=text, now=START, **PLAIN) == ""


def test_any_characters_can_be_kept(both_databases: str, session: Session, ask: Ask) -> None:
    for text in ("a\0b", "\ud800 x", "?!", "😀" * 2000, "'; DROP TABLE asked_question; --"):
        assert ask(text)
    assert len(questions(session)) == 5


# Of the buffer.


def test_asking_touches_no_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    log = QuestionLog(database, days=90, now=START)
    monkeypatch.setattr(Database, "session", None)
    monkeypatch.setattr(Database, "transaction", None)
    token = log.asked(text="pin", now=START, **PLAIN)
    log.opened(token, 1, 1, START)
    log.verdict(token, 1, True, START)


def test_asking_does_not_wait_for_a_writer(database: Database, session: Session) -> None:
    log = QuestionLog(database, days=90, now=START)
    with database.transaction() as writing:
        writing.connection()  # holds SQLite's write lock
        assert log.asked(text="pin", now=START, **PLAIN)
    log.flush()
    assert len(questions(session)) == 1


def test_what_is_written_together_is_one_transaction(
    database: Database, session: Session, log: QuestionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[dict[str, Any]] = []
    transaction = Database.transaction

    def counted(own: Database, **info: Any) -> Any:
        opened.append(info)
        return transaction(own, **info)

    monkeypatch.setattr(Database, "transaction", counted)
    for number in range(100):
        log.asked(text=f"pin {number}", now=START, **PLAIN)
    log.flush()
    assert len(opened) == 1
    assert len(questions(session)) == 100
    log.flush()
    assert len(opened) == 1, "nothing waits, and nothing is opened"


def test_a_database_that_is_away_loses_nothing_for_a_while(
    database: Database, session: Session, log: QuestionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def fail(*_given: object) -> list[object]:
        raise OperationalError("", None, OSError("gone"))

    log.asked(text="pin", now=START, **PLAIN)
    with monkeypatch.context() as broken:
        broken.setattr(log_writing, "write", fail)
        for _ in range(3):
            assert log.flush() == 1
    assert log.flush() == 0
    assert [question.text for question in questions(session)] == ["pin"]
    log.asked(text="puk", now=START, **PLAIN)
    with monkeypatch.context() as broken:
        broken.setattr(log_writing, "write", fail)
        for _ in range(PATIENCE):
            log.flush()
        assert log.flush() == 0, "what cannot be written is not tried for ever"


def test_the_buffer_has_a_bound(log: QuestionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "MOST_WAITING", 3)
    tokens = [log.asked(text="pin", now=START, **PLAIN) for _ in range(5)]
    assert [bool(token) for token in tokens] == [True] * 3 + [False] * 2
    log.opened(tokens[0], 1, 1, START)
    assert len(vars(log)["_waiting"]) == 3


def test_many_threads_ask_at_once(both_databases: str, session: Session, log: QuestionLog) -> None:
    def work(name: int) -> None:
        for number in range(50):
            log.asked(text=f"pin {name} {number}", now=START, **PLAIN)
            if number % 10 == 0:
                log.flush()

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.flush()
    assert len({question.text for question in questions(session)}) == len(questions(session)) == 300


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_the_thread_writes_in_the_background_and_at_the_end(database: Database, session: Session) -> None:
    log = QuestionLog(database, days=90, now=START, pause_s=0.01)
    log.start()
    log.asked(text="pin", now=START, **PLAIN)
    wait_for(lambda: len(questions(session)) == 1)
    log.asked(text="puk", now=START, **PLAIN)
    log.stop()
    assert len(questions(session)) == 2
    assert "question log" not in {thread.name for thread in threading.enumerate()}


def test_a_full_buffer_is_written_at_once(
    database: Database, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "AT_ONCE", 5)
    log = QuestionLog(database, days=90, now=START, pause_s=3600)
    log.start()
    for number in range(5):
        log.asked(text=f"pin {number}", now=START, **PLAIN)
    wait_for(lambda: len(questions(session)) == 5)
    log.stop()


PROGRAM = """
import os, signal, sys
from datetime import datetime
from kb.db import Database
from search.learning.log import QuestionLog

now = datetime.fromisoformat(sys.argv[2])
log = QuestionLog(Database(sys.argv[1]), days=90, now=now, pause_s=3600)
log.start()
plain = dict(language="en", portal="", surface="api", hits=0, relaxed=False, shown=(), previous=None, now=now)
log.asked(text="written", **plain)
log.flush()
log.asked(text=sys.argv[3], **plain)
if sys.argv[3] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("end", "kept"), [("exit", ["written", "exit"]), ("killed", ["written"])])
def test_a_process_writes_what_waits_before_it_ends_and_one_that_is_killed_loses_only_that(
    both_databases: str, database_url: str, session: Session, end: str, kept: list[str]
) -> None:
    command = [sys.executable, "-c", PROGRAM, database_url, START.isoformat(), end]
    subprocess.run(command, cwd=ROOT, check=end == "exit")
    assert [question.text for question in questions(session)] == kept
