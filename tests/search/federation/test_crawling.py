"""Reading the pages of a site: politely, a few at a time, and only what changed."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kb import journal
from kb.db import Database
from kb.jobs import run_due
from search.federation import crawling
from search.federation.crawling import Crawler
from search.federation.health import recalled
from search.federation.outside import described
from search.federation.sources import page_counts
from search.models import CrawledPage, SearchSource
from tests.conftest import START
from tests.search.federation.elsewhere import HTML, XML, Elsewhere, Told
from tests.search.federation.stage import SITEMAP

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Watch:
    """A clock that goes by what is waited."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waited: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


def listing(*pages: str) -> Told:
    """A sitemap: "path" or "path lastmod"."""
    entries = []
    for page in pages:
        path, _, changed = page.partition(" ")
        entries.append(f"<url><loc>{path}</loc><lastmod>{changed}</lastmod></url>")
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(entries)}</urlset>'
    return Told(text.encode(), XML)


def page(title: str, text: str = "Text.", **headers: str) -> Told:
    return Told(f"<html lang=sv><h1>{title}</h1><p>{text}</p></html>".encode(), HTML, headers=headers)


class Rig:
    def __init__(self, database: Database, elsewhere: Elsewhere) -> None:
        self.database, self.elsewhere, self.watch = database, elsewhere, Watch()
        self.crawler = Crawler(database, frozenset({elsewhere.host}), wait=self.watch.wait, clock=self.watch)
        elsewhere.told |= {
            "/sitemap.xml": listing("/a", "/b"),
            "/a": page("A", ETag='"1"'),
            "/b": page("B"),
        }

    def add(self, key: str = "site", **settings: Any) -> None:
        with self.database.transaction() as session:
            session.add(
                SearchSource(
                    key=key,
                    names={"en": key},
                    kind="sitemap",
                    url=self.elsewhere.url("/sitemap.xml"),
                    settings=SITEMAP | settings,
                    languages=["en"],
                )
            )

    def run(self, now: datetime = START) -> None:
        self.crawler.run(now)

    def source(self) -> SearchSource:
        with self.database.session() as session:
            return session.scalars(select(SearchSource)).one()

    def pages(self) -> dict[str, CrawledPage]:
        with self.database.session() as session:
            rows = session.scalars(select(CrawledPage))
            return {row.url.removeprefix(self.elsewhere.url("")): row for row in rows}

    def head(self) -> int:
        with self.database.session() as session:
            return journal.head(session)

    def asked(self, path: str) -> int:
        return self.elsewhere.asked[path]


@pytest.fixture
def rig(database: Database, elsewhere: Elsewhere) -> Rig:
    return Rig(database, elsewhere)


def test_pages_are_read_and_the_index_is_told_once(both_databases: str, rig: Rig) -> None:
    rig.add()
    head = rig.head()
    rig.run()
    found = rig.pages()
    assert {path: (row.title, row.text, row.language) for path, row in found.items()} == {
        "/a": ("A", "Text.", "sv"),
        "/b": ("B", "Text.", "sv"),
    }
    assert (rig.source().tried_at, rig.source().crawled_at, rig.source().error) == (START, START, "")
    assert rig.head() == head + 1
    with rig.database.session() as session:
        assert page_counts(session) == {rig.source().id: 2}


def test_it_is_read_again_in_its_time_and_what_has_not_changed_is_not_sent(rig: Rig) -> None:
    rig.add(hours=24)
    rig.run()
    rig.run(START + DAY - HOUR)
    assert rig.asked("/a") == 1
    head = rig.head()
    rig.run(START + DAY)
    assert (rig.asked("/a"), rig.asked("/b")) == (2, 2)
    asked = rig.elsewhere.headers[-2:]
    assert asked[0]["If-None-Match"] == '"1"'
    assert asked[1]["If-Modified-Since"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    rig.run(START + 3 * DAY)
    assert rig.source().tried_at == START + 3 * DAY
    assert (
        rig.head() <= head + 1
    )  # what changed in the second of the last round is told once more, and then no more
    assert rig.pages()["/a"].changed_at == START


def test_what_has_changed_reaches_the_index(rig: Rig) -> None:
    rig.add()
    rig.run()
    rig.elsewhere.told["/a"] = page("A", "New.")
    head = rig.head()
    rig.run(START + DAY)
    assert rig.pages()["/a"].text == "New."
    assert rig.pages()["/a"].changed_at == START + DAY == rig.source().crawled_at
    assert rig.head() == head + 1


@pytest.mark.parametrize("how", ["unlisted", "404", "410"])
def test_a_page_that_is_gone_leaves(rig: Rig, how: str) -> None:
    rig.add()
    rig.run()
    if how == "unlisted":
        rig.elsewhere.told["/sitemap.xml"] = listing("/b")
    else:
        rig.elsewhere.told["/a"] = Told(status=int(how))
    head = rig.head()
    rig.run(START + DAY)
    assert set(rig.pages()) == {"/b"}
    assert rig.head() > head


def test_a_page_that_says_when_it_changed_is_not_asked_in_vain(rig: Rig) -> None:
    rig.elsewhere.told["/sitemap.xml"] = listing("/a 2026-03-01", "/b 2026-03-03T08:00:00+00:00")
    rig.add()
    rig.run()
    rig.run(START + DAY)
    assert (rig.asked("/a"), rig.asked("/b")) == (1, 2)


# Politely.


def test_robots_txt_is_heeded(rig: Rig) -> None:
    robots = b"User-agent: *\nDisallow: /\n\nUser-agent: Kalauz\nDisallow: /b\nCrawl-delay: 3\n"
    rig.elsewhere.told |= {"/robots.txt": Told(robots, "text/plain"), "/c": page("C")}
    rig.elsewhere.told["/sitemap.xml"] = listing("/a", "/b", "/c")
    rig.add(pause_s=1)
    rig.run()
    assert set(rig.pages()) == {"/a", "/c"}
    assert rig.watch.waited == [3.0]


@pytest.mark.parametrize("status", [500, 503])
def test_a_site_whose_robots_txt_cannot_be_had_is_not_read(rig: Rig, status: int) -> None:
    rig.elsewhere.told["/robots.txt"] = Told(status=status)
    rig.add()
    rig.run()
    assert rig.pages() == {}
    assert recalled(rig.source().error) == f"It answered with status {status}."
    assert rig.asked("/sitemap.xml") == 0
    rig.run(START + HOUR - timedelta(minutes=1))
    assert rig.asked("/robots.txt") == 1
    rig.elsewhere.told["/robots.txt"] = Told(status=404)
    rig.run(START + HOUR)
    assert len(rig.pages()) == 2
    assert rig.source().error == ""


def test_no_more_pages_are_read_than_may_be(rig: Rig) -> None:
    rig.add(pages=1)
    rig.run()
    assert set(rig.pages()) == {"/a"}


def test_pages_of_other_hosts_are_left_alone(rig: Rig) -> None:
    rig.elsewhere.told["/sitemap.xml"] = listing(
        "http://127.0.0.2/x", "//evil.example/", "file:///etc/passwd", "/a"
    )
    rig.add()
    rig.run()
    assert set(rig.pages()) == {"/a"}


def test_a_run_is_short_and_the_next_one_goes_on(rig: Rig) -> None:
    paths = [f"/p{number}" for number in range(10)]
    rig.elsewhere.told |= {path: page(path) for path in paths}
    rig.elsewhere.told["/sitemap.xml"] = listing(*paths)
    rig.add(pause_s=4)
    runs = 0
    while rig.source().tried_at is None:
        rig.run(START + timedelta(minutes=runs))
        runs += 1
    assert runs == 4
    assert len(rig.pages()) == 10
    assert all(rig.asked(path) == 1 for path in paths)


def test_it_is_a_job_that_one_process_does(rig: Rig) -> None:
    rig.add()
    assert run_due(rig.database, [rig.crawler.job()], START) == ["search pages"]
    assert len(rig.pages()) == 2


# What goes wrong.


def test_a_page_of_another_kind_is_passed_over(rig: Rig) -> None:
    rig.elsewhere.told["/a"] = Told(b"%PDF-1.7", "application/pdf")
    rig.add()
    rig.run()
    assert {path: row.text for path, row in rig.pages().items()} == {"/a": "", "/b": "Text."}
    assert rig.source().error == ""
    with rig.database.session() as session:
        assert page_counts(session) == {rig.source().id: 1}


def test_a_page_that_fails_once_stays_as_it_was(rig: Rig) -> None:
    rig.add()
    rig.run()
    rig.elsewhere.told["/a"] = Told(status=500)
    rig.run(START + DAY)
    assert rig.pages()["/a"].text == "Text."
    assert rig.source().error == ""


def test_a_site_that_goes_down_is_left_in_peace_with_all_that_was_read(rig: Rig) -> None:
    paths = [f"/p{number}" for number in range(20)]
    rig.elsewhere.told |= {path: page(path) for path in paths}
    rig.elsewhere.told["/sitemap.xml"] = listing(*paths)
    rig.add()
    rig.run()
    for path in paths:
        rig.elsewhere.told[path] = Told(status=503)
    rig.run(START + DAY)
    assert sum(rig.asked(path) for path in paths) == 20 + crawling.MOST_FAILURES
    assert recalled(rig.source().error) == "It answered with status 503."
    assert all(row.text == "Text." for row in rig.pages().values())


@pytest.mark.parametrize(
    "told",
    [
        Told(b"<html>", HTML),
        Told(b"<html></html>", XML),
        Told(b"", XML),
        Told(b'<!DOCTYPE x [<!ENTITY a "b">]><urlset/>', XML),
        Told(gzip.compress(b" " * 50_000_000), "application/gzip"),
        Told(status=500),
    ],
)
def test_what_is_no_sitemap_is_named_and_loses_nothing(rig: Rig, told: Told) -> None:
    rig.add()
    rig.run()
    rig.elsewhere.told["/sitemap.xml"] = told
    rig.run(START + DAY)
    assert rig.source().error
    assert len(rig.pages()) == 2


def test_a_source_that_is_deleted_meanwhile_leaves_nothing_behind(rig: Rig) -> None:
    rig.add()
    deleted = []

    def delete(_seconds: float) -> None:
        with rig.database.transaction() as session:
            session.delete(session.scalars(select(SearchSource)).one())
        deleted.append(True)

    Crawler(rig.database, frozenset({rig.elsewhere.host}), wait=delete).run(START)
    assert deleted
    assert rig.pages() == {}


def test_a_crash_between_two_pages_means_that_the_next_run_goes_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.add()

    def die(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Crawler(rig.database, frozenset({rig.elsewhere.host}), wait=die).run(START)
    assert (set(rig.pages()), rig.source().tried_at, rig.source().crawled_at) == ({"/a"}, None, None)
    rig.run(START + timedelta(minutes=1))
    assert set(rig.pages()) == {"/a", "/b"}
    assert rig.source().crawled_at == START + timedelta(minutes=1)
    assert rig.asked("/a") == 1


# Sitemaps of sitemaps, and looking first.


def test_a_sitemap_may_name_further_ones_and_be_packed(rig: Rig) -> None:
    index = "<sitemapindex><sitemap><loc>/1.xml.gz</loc></sitemap><sitemap><loc>/2.xml</loc></sitemap></sitemapindex>"
    rig.elsewhere.told |= {
        "/sitemap.xml": Told(index.encode(), XML),
        "/1.xml.gz": Told(gzip.compress(listing("/a").body), "application/x-gzip"),
        "/2.xml": listing("/b", "/a"),
    }
    rig.add()
    rig.run()
    assert set(rig.pages()) == {"/a", "/b"}
    assert rig.asked("/a") == 1


def test_one_can_look_before_it_is_read(rig: Rig) -> None:
    rig.add()
    site, first = rig.crawler.look(described(rig.source()))
    assert len(site.pages) == 2
    assert first is not None
    assert (first.title, first.text) == ("A", "Text.")
    assert rig.pages() == {}
