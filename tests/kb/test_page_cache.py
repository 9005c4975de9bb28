"""Finished pages from memory are never old, never somebody else's, and never more than they may be."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import articles, publication
from kb.app import create_app
from kb.config import Config
from kb.context import Services
from kb.models import Article, Person, Portal, Snippet, Topic
from kb.pages import ENTRY_BYTES, PageCache, pack
from kb.permissions import SYSTEM
from tests import factories
from tests.conftest import START, Clock
from tests.kb.stage import Page, Stage, statements

Open = Callable[[Person], FlaskClient]
HOME, PRICES, TOPIC = "/help/en/", "/help/en/a/prices", "/help/en/topics/phones"
CACHED = [
    "/",
    HOME,
    PRICES,
    TOPIC,
    "/help/en/topics/",
    "/help/en/tags/",
    "/help/sitemap.xml",
    "/help/en/feed.atom",
]


@pytest.fixture
def kept(services: Services) -> PageCache:
    """The pages that this process keeps."""
    return services.pages


def size(cache: PageCache) -> int:
    return len(cache._pages)


@pytest.fixture
def elsewhere(config: Config, clock: Clock) -> Iterator[FlaskClient]:
    """A browser at another process that shares the database."""
    other = create_app(config, clock=clock)
    yield other.test_client()
    services: Services = other.extensions["kalauz"]
    services.database.engine.dispose()


# Never old


def portal(session: Session) -> Portal:
    return session.query(Portal).filter_by(key="help").one()


def topic(session: Session) -> Topic:
    return session.query(Topic).filter_by(key="phones").one()


def prices(session: Session) -> Article:
    return session.query(Article).filter_by(key="prices").one()


def add_article(session: Session) -> None:
    factories.article(session, "newest", title="Newest of all", topics=[topic(session)], tags=["brand-new"])


def publish_anew(session: Session) -> None:
    factories.revision(session, prices(session), title="Cheaper")


def rename(session: Session) -> None:
    articles.rename(session, factories.translation(prices(session)), "tariffs", by=SYSTEM)


def withdraw(session: Session) -> None:
    publication.withdraw(session, factories.newest(prices(session)), by=SYSTEM, now=START)


def delete(session: Session) -> None:
    articles.delete(session, prices(session), by=SYSTEM)


def hide(session: Session) -> None:
    prices(session).audience = "agent"


def change_snippet(session: Session) -> None:
    session.query(Snippet).one().bodies = {"en": "Closed today"}


def rename_topic(session: Session) -> None:
    topic(session).names = {"en": "Telephones"}


def rename_portal(session: Session) -> None:
    portal(session).names = {"en": "A new name"}


def paint_portal(session: Session) -> None:
    portal(session).tokens = {"brand": "#0b5fff"}


def close_portal(session: Session) -> None:
    portal(session).entry_audience = "agent"


def add_folder(session: Session) -> None:
    factories.folder(session, "later")


def add_file(session: Session) -> None:
    factories.attachment(session, prices(session), "list.txt")


# What is done, where it is seen, and the words that come (or go)
COMES: list[tuple[Callable[[Session], None], str, str]] = [
    (add_article, HOME, "Newest of all"),
    (add_article, TOPIC, "Newest of all"),
    (add_article, "/help/en/tags/", "brand-new"),
    (add_article, "/help/en/feed.atom", "Newest of all"),
    (publish_anew, PRICES, "All about Cheaper"),
    (rename, "/help/sitemap.xml", "/a/tariffs<"),
    (change_snippet, "/help/en/a/shop", "Closed today"),
    (rename_topic, TOPIC, "Telephones"),
    (rename_portal, PRICES, "A new name"),
    (rename_portal, "/", "A new name"),
    (paint_portal, HOME, "theme.css?v="),
    (add_folder, HOME, "/folders/later"),
    (add_file, PRICES, "list.txt"),
]
GOES: list[tuple[Callable[[Session], None], str, str]] = [
    (withdraw, HOME, "Prices"),
    (withdraw, TOPIC, "Prices"),
    (delete, "/help/en/feed.atom", "Prices"),
    (delete, "/help/en/a/roaming-abroad", "/a/prices"),
    (hide, TOPIC, "Prices"),
    (hide, "/help/en/a/roaming-abroad", "/a/prices"),
    (close_portal, "/", "Help"),
]


@pytest.mark.parametrize(("do", "path", "words"), [*COMES, *GOES])
def test_a_page_is_new_as_soon_as_something_changed(
    client: FlaskClient,
    elsewhere: FlaskClient,
    session: Session,
    site: Stage,
    do: Callable[[Session], None],
    path: str,
    words: str,
) -> None:
    factories.snippet(session)
    factories.article(session, "shop", title="Shop", body="{{snippet:hours}}")
    session.commit()
    before = [browser.get(path).text for browser in (client, elsewhere)]
    do(session)
    session.commit()
    for browser, old in zip((client, elsewhere), before, strict=True):
        new = browser.get(path).text
        assert new != old
        assert words in (old if (do, path, words) in GOES else new)
        assert (words in old) != (words in new) or words.endswith("v="), "the test looks at what changes"


def test_a_page_follows_the_clock_to_the_second(
    client: FlaskClient, elsewhere: FlaskClient, session: Session, clock: Clock, site: Stage
) -> None:
    start, end = START + timedelta(seconds=10), START + timedelta(seconds=20)
    factories.article(session, "offer", title="Offer of the day", publish_at=start, expires_at=end)
    session.commit()
    for second in range(25):
        for browser in (client, elsewhere):
            shown = "Offer of the day" in browser.get(HOME).text
            assert shown == (10 <= second < 20), f"after {second} seconds"
            assert browser.get("/help/en/a/offer-of-the-day").status_code == (
                404 if second < 10 else 200 if second < 20 else 410
            )
        clock.advance(seconds=1)


def test_a_page_gives_way_to_the_next_revision_at_its_second(
    client: FlaskClient, session: Session, clock: Clock, site: Stage
) -> None:
    factories.revision(session, site.prices, title="Prices of tomorrow", publish_at=START + timedelta(days=1))
    session.commit()
    assert "Prices of tomorrow" not in client.get(PRICES).text
    clock.advance(days=1, seconds=-1)
    assert "Prices of tomorrow" not in client.get(PRICES).text
    clock.advance(seconds=1)
    assert "Prices of tomorrow" in client.get(PRICES).text


def test_what_is_made_in_another_process_is_seen_by_this_one(
    client: FlaskClient, elsewhere: FlaskClient, session: Session, admin: Person, site: Stage
) -> None:
    client.get(HOME)
    with elsewhere.session_transaction() as cookie:
        cookie["_user_id"] = f"{admin.id}.{admin.session_version}"
    elsewhere.application.config["WTF_CSRF_ENABLED"] = False
    kept = f"/authoring/revisions/{factories.newest(site.prices).id}/withdraw"
    assert elsewhere.post(kept, data={"why": "Wrong."}).status_code == 303
    assert "Prices" not in client.get(HOME).text


# Never somebody else's


def test_those_who_are_logged_in_neither_get_nor_fill_the_cache(
    client: FlaskClient, client_of: Open, agent: Person, kept: PageCache, site: Stage
) -> None:
    known = client_of(agent)
    for path in CACHED:
        assert "Agnes Agent" in known.get(path).text or path.endswith(("xml", "atom"))
    assert size(kept) == 0
    for path in CACHED:
        assert "Agnes" not in client.get(path).text
    assert size(kept) == len(CACHED)
    assert "Agnes Agent" in known.get(HOME).text


@pytest.mark.parametrize("header", ["Bearer none", "Basic eDp5"])
def test_who_shows_any_key_is_not_served_from_the_cache(
    client: FlaskClient, kept: PageCache, site: Stage, header: str
) -> None:
    client.get(HOME, headers={"Authorization": header})
    assert size(kept) == 0


def test_a_cookie_of_nobody_does_not_fill_the_cache(
    client: FlaskClient, kept: PageCache, site: Stage
) -> None:
    client.set_cookie("kalauz", "made up")
    client.set_cookie("remember_token", "1|made up")
    assert client.get(HOME).status_code == 200
    assert size(kept) == 0


def test_the_root_is_kept_for_each_language(client: FlaskClient, kept: PageCache, site: Stage) -> None:
    for code in ("hu", "en", "hu", "sv", "en"):
        answer = client.get("/", headers={"Accept-Language": code})
        assert Page(answer).language == code
        assert "Accept-Language" in answer.headers["Vary"]
    assert size(kept) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost:1234"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Prefix": "/evil"},
        {"X-Original-URL": "/evil"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Host": "evil.example"},
    ],
)
def test_nobody_can_put_an_address_into_what_others_read(
    client: FlaskClient, site: Stage, headers: dict[str, str]
) -> None:
    for path in (PRICES, HOME, "/help/sitemap.xml", "/help/en/feed.atom"):
        client.get(path, headers=headers)
        answer = client.get(path)
        assert "evil" not in answer.text
        assert "https://localhost" not in answer.text
        assert "1234" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=evil",
        "view=evil",
        "thanks=evil",
        "view=print&evil=1",
        "thanks=1&thanks=evil",
        "%00=evil",
        "evil",
    ],
)
def test_nobody_can_put_words_of_the_query_into_what_others_read(
    client: FlaskClient, site: Stage, query: str
) -> None:
    client.get(f"{PRICES}?{query}")
    for path in (PRICES, f"{PRICES}?view=print", f"{PRICES}?thanks=1", f"{PRICES}?{query}"):
        assert "evil" not in client.get(path).text


def test_the_variants_of_a_page_are_kept_apart(client: FlaskClient, site: Stage) -> None:
    plain, printed, thanked = (
        client.get(f"{PRICES}{query}").text for query in ("", "?view=print", "?thanks=1")
    )
    assert len({plain, printed, thanked}) == 3
    assert client.get(f"{PRICES}?view=print").text == printed
    assert client.get(f"{PRICES}%3Fview=print").status_code == 404
    assert client.get(PRICES).text == plain


# Never more than it may be


def test_made_up_queries_do_not_fill_the_cache(client: FlaskClient, kept: PageCache, site: Stage) -> None:
    for number in range(2, 50):
        for name in ("q", "view", "thanks", "lang", f"x{number}"):
            assert client.get(f"{PRICES}?{name}={number}").status_code == 200
    assert size(kept) == 1


def test_pages_that_do_not_exist_are_not_kept(client: FlaskClient, kept: PageCache, site: Stage) -> None:
    for number in range(20):
        for path in (
            f"/help/en/a/{number}",
            f"/help/en/topics/{number}",
            f"/{number}/en/",
            f"/help/{number}/",
        ):
            assert client.get(path).status_code == 404
    assert size(kept) == 0


def page_of(length: int) -> bytes:
    """A body that takes about this many bytes when packed."""
    import random

    return random.Random(length).randbytes(length)


def test_the_least_used_pages_make_room() -> None:
    cache = PageCache(limit=10 * (1000 + ENTRY_BYTES))
    for number in range(30):
        cache.put(f"/{number}", pack(page_of(900), "text/html"), 1, START, lambda: None)
        assert cache.get("/0", 1, START) is not None, "it is asked for all the time"
    assert 5 < size(cache) <= 10
    assert cache.get("/29", 1, START) is not None
    assert cache.get("/15", 1, START) is None


def test_many_tiny_pages_are_counted_with_their_addresses() -> None:
    cache = PageCache(limit=100_000)
    for number in range(1000):
        cache.put("/" + "x" * 4000 + str(number), pack(b"", "text/html"), 1, START, lambda: None)
    assert size(cache) <= 20


def test_a_page_put_twice_is_counted_once() -> None:
    cache = PageCache(limit=10_000)
    for _ in range(100):
        cache.put("/", pack(b"x", "text/html"), 1, START, lambda: None)
    cache.put("/other", pack(b"x", "text/html"), 1, START, lambda: None)
    assert size(cache) == 2


def test_a_page_made_before_a_change_is_not_kept_after_it() -> None:
    cache = PageCache()
    cache.put("/", pack(b"new", "text/html"), 2, START, lambda: None)
    cache.put("/", pack(b"old", "text/html"), 1, START, lambda: None)
    kept = cache.get("/", 2, START)
    assert kept is not None
    assert kept.unpacked() == b"new"
    assert cache.get("/", 1, START) is None


def test_a_page_made_before_a_boundary_is_not_kept_after_it() -> None:
    boundary = START + timedelta(seconds=1)
    cache = PageCache()
    cache.put("/a", pack(b"before", "text/html"), 1, START, lambda: boundary)
    cache.put("/b", pack(b"after", "text/html"), 1, boundary, lambda: None)
    cache.put("/a", pack(b"slow, from before", "text/html"), 1, START, lambda: boundary)
    assert cache.get("/a", 1, boundary) is None
    assert cache.get("/b", 1, boundary) is not None


def test_a_page_with_a_moment_of_its_own_is_made_anew_then() -> None:
    cache = PageCache()
    until = START + timedelta(seconds=5)
    cache.put("/", pack(b"x", "text/html", until), 1, START, lambda: None)
    assert cache.get("/", 1, until - timedelta(seconds=1)) is not None
    assert cache.get("/", 1, until) is None


def test_threads_do_not_lose_count() -> None:
    cache = PageCache(limit=50 * (ENTRY_BYTES + 100))
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(4)]

    def work(seed: int) -> None:
        for number in range(400):
            head, now = (number + seed) // 40, moments[number % 4]
            cache.put(f"/{(number * seed) % 90}", pack(b"x", "text/html"), head, now, lambda: None)
            cache.get(f"/{number % 90}", head, now)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache._size == sum(len(key) + len(page.body) + ENTRY_BYTES for key, page in cache._pages.items())


# As HTTP has it


def test_a_kept_page_is_compressed_once_and_unpacked_for_those_who_cannot_read_it(
    client: FlaskClient, site: Stage
) -> None:
    for _ in range(2):
        packed = client.get(PRICES, headers={"Accept-Encoding": "br, gzip;q=0.8"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert int(packed.headers["Content-Length"]) == len(packed.data)
        for accepted in ("", "identity", "br"):
            plain = client.get(PRICES, headers={"Accept-Encoding": accepted})
            assert "Content-Encoding" not in plain.headers
            assert gzip.decompress(packed.data) == plain.data
        assert {"Accept-Encoding", "Cookie"} <= {word.strip() for word in packed.headers["Vary"].split(",")}


@pytest.mark.parametrize("path", CACHED)
def test_who_has_the_page_already_is_told_so(
    client: FlaskClient, session: Session, site: Stage, path: str
) -> None:
    tag = client.get(path).headers["ETag"]
    assert tag.startswith('W/"')
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert "Content-Security-Policy" in again.headers
    factories.article(session, "more", tags=["more"], topics=[site.phones], body="[prices](kb:prices)")
    factories.portal(session, "more")
    session.commit()
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_head_says_what_get_would(client: FlaskClient, kept: PageCache, site: Stage) -> None:
    for path in CACHED:
        fresh, full, from_memory = client.head(path), client.get(path), client.head(path)
        for answer in (fresh, from_memory):
            assert answer.status_code == 200
            assert answer.data == b""
            for name in ("Content-Type", "Content-Length", "ETag", "Content-Security-Policy"):
                assert answer.headers[name] == full.headers[name], f"{name} of {path}"
    assert size(kept) == len(CACHED)


def test_a_page_is_the_same_from_memory(client: FlaskClient, site: Stage) -> None:
    for path in CACHED:
        first, second = client.get(path), client.get(path)
        assert first.data == second.data
        assert dict(first.headers) == dict(second.headers)


def test_a_page_from_memory_asks_the_database_next_to_nothing(
    client: FlaskClient, services: Services, site: Stage
) -> None:
    for path in CACHED:
        client.get(path)
        with statements(services.database.engine) as asked:
            client.get(path)
        assert len(asked) == 1, path


def test_nothing_is_kept_of_a_closed_portal(
    app: Flask, client: FlaskClient, client_of: Open, agent: Person, kept: PageCache, site: Stage
) -> None:
    client_of(agent).get("/internal/en/")
    assert client.get("/internal/en/").status_code == 302
    assert size(kept) == 0
