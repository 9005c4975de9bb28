"""Pages read from outside are in the index: found by their source only, and gone with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from kb import journal
from kb.db import Database
from kb.viewers import ANONYMOUS
from search.engine import Filters
from search.federation.local import pages
from search.federation.outside import described
from search.followers import IndexFollower
from search.models import CrawledPage, SearchSource
from search.tantivy.engine import TantivyEngine
from tests import factories
from tests.conftest import START
from tests.search.federation.stage import NOW, SITEMAP, asking

EVERYBODY = Filters(audiences=frozenset({"public"}), now=NOW, languages=("en",))


class Rig:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.engine = TantivyEngine(folder / "index")
        self.follower = IndexFollower(self.engine)

    def follow(self) -> None:
        with self.database.session() as session:
            journal.follow(session, self.follower)

    def titles(self, filters: Filters, question: str = "router") -> list[str]:
        return [hit.title for hit in self.engine.search(question, filters).hits]

    def source(self, key: str) -> SearchSource:
        with self.database.session() as session:
            return session.scalars(select(SearchSource).where(SearchSource.key == key)).one()


def add(database: Database, key: str, *titles: str, audience: str = "public") -> None:
    with database.transaction() as session:
        source = SearchSource(
            key=key,
            names={"en": f"The {key}"},
            kind="sitemap",
            url="https://x.example/sitemap.xml",
            settings=SITEMAP,
            audience=audience,
        )
        session.add(source)
        session.flush()
        for title in titles:
            session.add(
                CrawledPage(
                    source_id=source.id,
                    url=f"https://x.example/{title}",
                    url_hash=title,
                    title=title,
                    text="How to start a router again." if title != "empty" else "",
                    language="en",
                    changed_at=START,
                    read_at=START,
                )
            )


@pytest.fixture
def rig(database: Database, tmp_path: Path) -> Rig:
    with database.transaction() as session:
        factories.article(session, "router", title="Our router", body="Of this base.")
    add(database, "site", "one", "two", "empty")
    add(database, "desk", "three", audience="agent")
    made = Rig(database, tmp_path)
    made.follow()
    return made


def of(key: str, *audiences: str) -> Filters:
    return replace(EVERYBODY, sources=frozenset({key}), audiences=frozenset({"public", *audiences}))


def test_pages_are_found_by_their_source_and_never_among_the_articles(both_databases: str, rig: Rig) -> None:
    assert rig.titles(EVERYBODY) == ["Our router"]
    assert sorted(rig.titles(of("site"))) == ["one", "two"]


def test_the_audience_of_the_source_is_that_of_its_pages(rig: Rig) -> None:
    assert rig.titles(of("desk")) == []
    assert rig.titles(of("desk", "agent")) == ["three"]


def test_pages_follow_their_source(rig: Rig) -> None:
    with rig.database.transaction() as session:
        source = session.get_one(SearchSource, rig.source("site").id)
        session.execute(delete(CrawledPage).where(CrawledPage.title == "one"))
        source.crawled_at = START
    rig.follow()
    assert rig.titles(of("site")) == ["two"]
    with rig.database.transaction() as session:
        session.get_one(SearchSource, rig.source("site").id).audience = "agent"
    rig.follow()
    assert rig.titles(of("site")) == []
    assert rig.titles(of("site", "agent")) == ["two"]
    with rig.database.transaction() as session:
        session.get_one(SearchSource, rig.source("site").id).is_active = False
    rig.follow()
    assert rig.titles(of("site", "agent")) == []


def test_pages_go_with_their_source_and_those_of_others_stay(both_databases: str, rig: Rig) -> None:
    with rig.database.transaction() as session:
        session.delete(session.get_one(SearchSource, rig.source("site").id))
    rig.follow()
    assert rig.titles(of("site")) == []
    assert rig.titles(of("desk", "agent")) == ["three"]
    assert rig.titles(EVERYBODY) == ["Our router"]


def test_an_index_made_anew_has_them_too(rig: Rig) -> None:
    with rig.database.session() as session:
        rig.follower.restart(session)
    assert sorted(rig.titles(of("site"))) == ["one", "two"]
    assert rig.titles(EVERYBODY) == ["Our router"]


def test_as_a_source_they_lead_to_where_they_were_read(rig: Rig) -> None:
    asked = asking("router", portal_topics=frozenset({"phones"}))
    (items,) = pages(rig.engine, [described(rig.source("site"))], asked)
    assert {item.url for item in items} == {"https://x.example/one", "https://x.example/two"}
    assert {(item.source, item.source_name, item.kind, item.hit) for item in items} == {
        ("site", "The site", "page", None)
    }
    assert "<mark>router</mark>" in items[0].snippet


def test_all_sitemaps_are_searched_at_once_and_each_has_its_list(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[object] = []
    search = rig.engine.search

    def counted(*asked: Any, **wishes: Any) -> Any:
        searched.append(asked)
        return search(*asked, **wishes)

    monkeypatch.setattr(rig.engine, "search", counted)
    sources = [described(rig.source("desk")), described(rig.source("site"))]
    asked = asking("router", viewer=replace(ANONYMOUS, audiences=frozenset({"public", "agent"})))
    found = pages(rig.engine, sources, asked)
    assert [[item.source for item in items] for items in found] == [["desk"], ["site", "site"]]
    assert len(searched) == 1
    assert pages(rig.engine, [], asking("router")) == []
    assert len(searched) == 1
