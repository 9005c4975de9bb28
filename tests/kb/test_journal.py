"""Every change is in the journal, in the transaction that makes it; a follower never misses one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, journal, publication
from kb.auth import Passwords
from kb.config import Config
from kb.context import Services
from kb.db import Database
from kb.models import Article, JournalEntry, Revision, State, Topic
from kb.permissions import SYSTEM
from tests import factories
from tests.conftest import START


class Notes:
    """A follower that notes down what it is told."""

    name = "notes"

    def __init__(self) -> None:
        self.told: list[tuple[int, str, int]] = []
        self.at = 0

    def position(self) -> int:
        return self.at

    def restart(self, session: Session) -> None:
        self.__init__()  # type: ignore[misc]

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        self.told += [(entry.seq, entry.kind, entry.subject_id) for entry in entries]
        self.at = entries[-1].seq


def entries(session: Session, after: int = 0) -> list[tuple[str, int]]:
    query = select(JournalEntry.kind, JournalEntry.subject_id).where(JournalEntry.seq > after)
    return [(kind, subject) for kind, subject in session.execute(query.order_by(JournalEntry.seq))]


def test_an_entry_comes_with_the_change_that_it_tells_of(both_databases: str, database: Database) -> None:
    with database.session(write=True) as writing, database.session() as reading:
        before = journal.head(reading)
        made = factories.article(writing)
        assert ("article", made.id) in entries(writing, before)
        assert journal.head(reading) == before
        reading.rollback()
        writing.commit()
        assert ("article", made.id) in entries(reading, before)


def test_a_change_that_is_rolled_back_leaves_no_entry(both_databases: str, session: Session) -> None:
    before = journal.head(session)
    factories.article(session)
    assert journal.appended(session)
    session.rollback()
    assert not journal.appended(session)
    assert journal.head(session) == before


def test_many_changes_of_one_subject_are_one_entry_a_transaction(
    both_databases: str, session: Session
) -> None:
    before = journal.head(session)
    made = factories.article(session, translations={"hu": "Barangolás"}, topics=[factories.topic(session)])
    factories.revision(session, made)
    assert entries(session, before).count(("article", made.id)) == 1
    session.commit()
    assert not journal.appended(session)
    factories.revision(session, made)
    assert entries(session, before).count(("article", made.id)) == 2


@pytest.mark.parametrize(
    "change",
    [
        factories.attachment,
        lambda session, made: articles.rename(session, factories.translation(made), "elsewhere", by=SYSTEM),
        lambda session, made: articles.place(session, made, [], by=SYSTEM),
        lambda session, made: publication.withdraw(session, factories.newest(made), by=SYSTEM, now=START),
        lambda session, made: articles.delete(session, made, by=SYSTEM),
    ],
    ids=["attachment", "slug", "topics", "state", "deletion"],
)
def test_whatever_happens_to_its_parts_the_entry_names_the_article(
    session: Session, change: Callable[..., object]
) -> None:
    made = factories.article(session, topics=[factories.topic(session)])
    session.commit()
    before = journal.head(session)
    change(session, made)
    assert entries(session, before) == [("article", made.id)]


def test_bookkeeping_is_not_in_the_journal(session: Session) -> None:
    made = factories.article(session)
    source = factories.source(session, "rates", "http://rates/")
    session.commit()
    before = journal.head(session)
    factories.translation(made).imported_hash = "0" * 64
    source.tried_at, source.error = START, "it is down"
    session.commit()
    assert journal.head(session) == before


def test_setting_what_is_set_already_is_no_change(session: Session) -> None:
    made = factories.article(session)
    session.commit()
    before = journal.head(session)
    articles.change(session, made, kind=made.kind, audience=made.audience, by=SYSTEM)
    session.commit()
    assert journal.head(session) == before


def test_what_comes_after_a_savepoint_is_rolled_back_is_still_in_the_journal(
    both_databases: str, session: Session
) -> None:
    made = factories.article(session)
    session.commit()
    before = journal.head(session)
    savepoint = session.begin_nested()
    factories.revision(session, made, title="Never")
    savepoint.rollback()
    factories.revision(session, made, title="Still")
    session.commit()
    assert entries(session, before) == [("article", made.id)]


def test_a_savepoint_that_ends_well_does_not_forget_that_there_are_entries(
    both_databases: str, session: Session
) -> None:
    before = journal.head(session)
    with session.begin_nested():
        made = factories.article(session)
    with session.begin_nested():
        factories.revision(session, made)
    assert journal.appended(session)
    assert entries(session, before) == [("article", made.id)]


def test_a_number_is_never_given_twice(both_databases: str, session: Session) -> None:
    factories.topic(session)
    session.commit()
    last = journal.head(session)
    session.delete(session.get_one(JournalEntry, last))
    session.commit()
    factories.topic(session, "sims")
    session.commit()
    assert journal.head(session) > last


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_who_comes_second_waits_until_the_first_has_committed(database: Database) -> None:
    """Without the lock the second would take seq 2 and commit first, and who follows would never see seq 1."""
    notes, order = Notes(), []

    def second() -> None:
        with database.transaction() as writing:
            factories.topic(writing, "second")
            order.append("second")

    with database.session() as following:
        journal.follow(following, notes)
        following.rollback()
        with database.session(write=True) as first:
            factories.topic(first, "first")
            late = threading.Thread(target=second)
            late.start()
            while not _somebody_waits(database):
                assert late.is_alive()
            assert journal.follow(following, notes) == 0
            following.rollback()
            order.append("first")
            first.commit()
        late.join()
        assert order == ["first", "second"]
        assert journal.follow(following, notes) == 2
        keys = [following.get_one(Topic, subject).key for _, kind, subject in notes.told if kind == "topic"]
        assert keys == ["first", "second"]


def _somebody_waits(database: Database) -> bool:
    with database.engine.connect() as connection:
        waiting = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )
        return bool(waiting.scalar())


def test_a_follower_beside_many_writers_misses_nothing(both_databases: str, database: Database) -> None:
    writers, each = 4, 6
    notes, finished = Notes(), threading.Event()

    def write(number: int) -> None:
        for turn in range(each):
            with database.transaction() as writing:
                factories.topic(writing, f"topic-{number}-{turn}")
                factories.snippet(writing, f"snippet-{number}-{turn}")

    def keep_up() -> None:
        while not finished.is_set():
            with database.session() as reading:
                journal.follow(reading, notes)

    with database.session() as reading:
        notes.at = journal.head(reading)
        reading.rollback()
        follower = threading.Thread(target=keep_up)
        follower.start()
        threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        finished.set()
        follower.join()
        start = notes.told[0][0] - 1 if notes.told else journal.head(reading)
        reading.rollback()
        journal.follow(reading, notes)
        assert [(kind, subject) for _, kind, subject in notes.told] == entries(reading, start)
        assert len(notes.told) == 2 * writers * each


def test_a_follower_starts_from_zero_and_is_told_everything_in_order(session: Session) -> None:
    factories.article(session)
    session.commit()
    notes = Notes()
    assert journal.follow(session, notes) == len(notes.told) == len(entries(session))
    assert [seq for seq, _, _ in notes.told] == sorted({seq for seq, _, _ in notes.told})
    assert notes.position() == journal.head(session)
    assert journal.follow(session, notes) == 0
    notes.at = 0
    assert journal.follow(session, notes) * 2 == len(notes.told)


def test_a_long_journal_is_told_in_batches(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "BATCH", 2)
    for number in range(5):
        factories.topic(session, f"topic-{number}")
    session.commit()
    notes = Notes()
    assert journal.follow(session, notes) == len(entries(session))
    assert [(kind, subject) for _, kind, subject in notes.told] == entries(session)


def test_a_follower_that_fails_in_a_batch_is_told_it_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stumbling(Notes):
        stumbled = False

        def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
            if self.told and not self.stumbled:
                self.stumbled = True
                raise OSError("no space left")
            super().apply(session, entries)

    monkeypatch.setattr(journal, "BATCH", 2)
    for number in range(5):
        factories.topic(session, f"topic-{number}")
    session.commit()
    notes = Stumbling()
    with pytest.raises(OSError, match="no space left"):
        journal.follow(session, notes)
    journal.follow(session, notes)
    assert [(kind, subject) for _, kind, subject in notes.told] == entries(session)


def test_one_follower_that_fails_does_not_keep_the_others_back(
    config: Config, database: Database, passwords: Passwords, session: Session
) -> None:
    class Broken(Notes):
        def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
            raise RuntimeError

    broken, notes = Broken(), Notes()
    factories.article(session)
    session.commit()
    Services(config, database, passwords, followers=[broken, notes]).drain()
    assert (broken.position(), notes.position()) == (0, journal.head(session))


def test_a_follower_reads_a_subject_as_it_is_and_not_as_it_was_in_an_earlier_batch(
    both_databases: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two batches somebody else commits: the second batch must not be read from the session's memory."""
    monkeypatch.setattr(journal, "BATCH", 1)
    with database.transaction() as writing:
        made = factories.article(writing, state=State.DRAFT)
        subject = made.id

    class Reader(Notes):
        def __init__(self) -> None:
            super().__init__()
            self.kinds: list[str] = []
            self.kept: list[Article] = []

        def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
            if entries[0].kind == "article":
                read = session.scalars(select(Article).where(Article.id == subject)).one()
                self.kinds.append(read.kind)
                self.kept.append(read)
                if self.kinds == ["faq"]:
                    with database.transaction() as writing:
                        writing.get_one(Article, subject).kind = "wiki"
            super().apply(session, entries)

    reader = Reader()
    with database.session() as session:
        journal.follow(session, reader)
    with database.session() as session:  # on SQLite the first session goes on seeing what it saw at its start
        journal.follow(session, reader)
    assert reader.kinds[-1] == "wiki"


def test_a_draft_concerns_no_follower_until_it_is_published(both_databases: str, database: Database) -> None:
    with database.transaction() as session:
        made = factories.article(session)
    with database.transaction() as session:
        made = session.get_one(Article, made.id)
        draft = factories.revision(session, made, title="New", state=State.DRAFT)
        draft.state = State.IN_REVIEW
        session.flush()
        assert not journal.appended(session)
    with database.transaction() as session:
        publication.publish(session, session.get_one(Revision, draft.id), by=SYSTEM)
        assert journal.appended(session)
