"""The index follows the journal without doing anything twice, and holds only what may still be asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from kb import journal
from kb.context import Services
from search import followers
from search.asking import Search
from search.engine import Document, Filters
from search.followers import IndexFollower
from search.tantivy import engine as tantivy_engine
from search.tantivy.engine import TantivyEngine
from tests import factories
from tests.conftest import START, Clock
from tests.search.documents import document, put, titles
from tests.search.null_engine import NullEngine

DAY = timedelta(days=1)


class Noting(NullEngine):
    """Notes what it is given, commit by commit."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[list[Document]] = []
        self.deleted: list[str] = []

    def apply(
        self, *, deletes: Iterable[str], documents: Iterable[Document], position: int, after: int = 0
    ) -> None:
        self.deleted += deletes
        self.commits.append(list(documents))
        super().apply(deletes=(), documents=(), position=position)

    def titles(self) -> list[str]:
        return sorted(document.title for documents in self.commits for document in documents)


@pytest.fixture
def engine() -> Noting:
    """An engine that notes what it is given."""
    return Noting()


def test_an_article_that_changed_many_times_is_put_in_once(session: Session, engine: Noting) -> None:
    made = factories.article(session, "roaming", topics=[factories.topic(session)])
    session.commit()
    for number in range(5):
        factories.revision(session, made, title=f"Roaming {number}", publish_at=START + number * DAY)
        session.commit()
    journal.follow(session, IndexFollower(engine))
    assert engine.deleted == [str(made.id)]
    assert engine.titles() == ["Roaming", *(f"Roaming {number}" for number in range(5))]


def test_more_articles_than_are_read_at_once_all_come_in(
    session: Session, engine: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = [factories.topic(session, key) for key in ("phones", "abroad")]
    for number in range(5):
        factories.article(
            session, f"a-{number}", topics=topics[: number % 3], translations={"hu": f"Cikk {number}"}
        )
    session.commit()
    monkeypatch.setattr(followers, "READ_AT_ONCE", 2)
    journal.follow(session, IndexFollower(engine))
    found = {(document.key, document.language): document.topics for document in engine.commits[0]}
    assert found == {
        (f"a-{number}", language): ("phones", "abroad")[: number % 3]
        for number in range(5)
        for language in ("en", "hu")
    }


def test_what_was_over_before_anybody_asks_stays_outside(session: Session) -> None:
    made = factories.article(session, "roaming", title="First")
    factories.revision(session, made, title="Second", publish_at=START + 5 * DAY)
    factories.article(session, "offer", title="Offer", expires_at=START + 3 * DAY)
    session.commit()

    def held(days: int) -> list[str]:
        engine = Noting()
        journal.follow(session, IndexFollower(engine, since=lambda: START + days * DAY))
        return engine.titles()

    assert held(0) == ["First", "Offer", "Second"]
    assert held(3) == ["First", "Second"]  # at this moment the offer is over
    assert held(5) == ["Second"]


def test_a_server_keeps_for_a_day_what_is_over_because_clocks_differ(app: Flask, clock: Clock) -> None:
    follower: IndexFollower = app.extensions["search"].follower
    clock.advance(days=7)
    assert follower._since() == START + 6 * DAY


def test_an_index_that_knows_more_than_the_database_starts_again(
    app: Flask, services: Services, session: Session
) -> None:
    """An older copy of the database was put back; what the index had of the newer one must go."""
    found: Search = app.extensions["search"]
    everything = Filters(audiences=frozenset({"public"}), now=int(START.timestamp()))
    lost = document("Lost", id="999", article="999", visible_from=0, visible_until=2**40)
    put(found.engine, lost, position=10_000)
    factories.article(session, "kept", title="Kept")
    session.commit()
    with services.database.session() as reading:
        assert journal.restart_ahead(reading, found.follower)
        assert not journal.restart_ahead(reading, found.follower)
        assert found.follower.position() == journal.head(reading)
    assert titles(found.engine, "", everything) == ["Kept"]


def test_a_new_version_fills_its_index_before_it_serves_while_the_old_one_answers_from_its_own(
    app: Flask, session: Session, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        factories.article(session, f"sim-{number}", title=f"Sim {number}", topics=[])
    session.commit()
    folder = tmp_path / "index"
    old = TantivyEngine(folder)
    journal.follow(session, IndexFollower(old))
    asked = Filters(audiences=frozenset({"public"}), now=int(START.timestamp()))
    assert len(titles(old, "sim", asked)) == 3
    monkeypatch.setattr(tantivy_engine, "version", lambda: "another")
    fresh = TantivyEngine(folder)
    applied: list[int] = []
    monkeypatch.setattr(fresh, "apply", lambda **entry: applied.append(entry["position"]))
    assert (fresh.position(), len(titles(old, "sim", asked))) == (0, 3)
    services.followers[:] = [IndexFollower(fresh)]
    services.settle()
    assert fresh.position() == old.position() == journal.head(session)
    assert titles(fresh, "sim", asked) == titles(old, "sim", asked)
    assert applied == []  # what there is was read, not how it came to be
