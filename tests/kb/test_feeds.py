"""What machines read of a portal: its sitemap, its Atom feed and robots.txt, taken apart by a real parser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb.models import Person, State
from kb.portals import FEATURES
from tests import factories
from tests.conftest import START, Clock
from tests.kb.stage import Stage

Open = Callable[[Person], FlaskClient]
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
EVIL = """]]><script>alert("1")</script>&amp;'"<b>"""


def parsed(answer: TestResponse) -> ElementTree.Element:
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.data)  # noqa: S314 - what we wrote ourselves


def places(answer: TestResponse) -> list[str]:
    """The addresses in a sitemap, each of which must be one of ours."""
    found = [place.text or "" for place in parsed(answer).iter(f"{SITEMAP}loc")]
    assert all(place.startswith("http://localhost/") for place in found)
    return [place.removeprefix("http://localhost") for place in found]


def titles(answer: TestResponse) -> list[str]:
    return [entry.findtext(f"{ATOM}title", "") for entry in parsed(answer).iter(f"{ATOM}entry")]


def hide_some(session: Session) -> None:
    """Add what must not show, for every reason there is."""
    yesterday, tomorrow = START - timedelta(days=1), START + timedelta(days=1)
    factories.article(session, "hidden-draft", state=State.DRAFT)
    factories.article(session, "hidden-scheduled", publish_at=tomorrow)
    factories.article(session, "hidden-expired", publish_at=yesterday, expires_at=START)
    factories.article(session, "hidden-withdrawn", state=State.WITHDRAWN)
    factories.article(session, "hidden-staff", audience="agent")
    session.commit()


def test_the_sitemap_lists_every_visible_article_with_its_languages(client: FlaskClient, site: Stage) -> None:
    answer = client.get("/help/sitemap.xml")
    assert answer.mimetype == "application/xml"
    assert sorted(places(answer)) == [
        "/help/en/a/prices",
        "/help/en/a/roaming-abroad",
        "/help/hu/a/barangolas-kulfoldon",
    ]
    by_place = {url.findtext(f"{SITEMAP}loc"): url for url in parsed(answer)}
    english = by_place["http://localhost/help/en/a/roaming-abroad"]
    assert {(link.get("hreflang"), link.get("href")) for link in english.iter(f"{XHTML}link")} == {
        ("en", "http://localhost/help/en/a/roaming-abroad"),
        ("hu", "http://localhost/help/hu/a/barangolas-kulfoldon"),
    }
    assert datetime.fromisoformat(english.findtext(f"{SITEMAP}lastmod", "")) == START


@pytest.mark.parametrize("path", ["/help/sitemap.xml", "/help/en/feed.atom"])
def test_machines_are_shown_only_what_everybody_may_see(
    client: FlaskClient,
    client_of: Open,
    session: Session,
    outsider: Person,
    admin: Person,
    site: Stage,
    path: str,
) -> None:
    hide_some(session)
    for browser in (client, client_of(outsider), client_of(admin)):
        answer = browser.get(path)
        assert parsed(answer) is not None
        assert "hidden" not in answer.text


def test_the_sitemap_follows_the_clock(
    client: FlaskClient, session: Session, clock: Clock, site: Stage
) -> None:
    factories.article(
        session, "offer", publish_at=START + timedelta(hours=1), expires_at=START + timedelta(hours=2)
    )
    session.commit()
    assert "/help/en/a/offer" not in places(client.get("/help/sitemap.xml"))
    clock.advance(hours=1)
    assert "/help/en/a/offer" in places(client.get("/help/sitemap.xml"))
    clock.advance(hours=1)
    assert "/help/en/a/offer" not in places(client.get("/help/sitemap.xml"))


def test_the_sitemap_of_a_small_portal_is_small(client: FlaskClient, session: Session, site: Stage) -> None:
    factories.portal(session, "small", topics=["sim"], languages=["hu"])
    session.commit()
    assert places(client.get("/small/sitemap.xml")) == ["/small/hu/a/barangolas-kulfoldon"]


def test_the_feed_tells_what_is_new_newest_first(client: FlaskClient, session: Session, site: Stage) -> None:
    factories.article(session, "news", title="News", summary="All new", publish_at=START - timedelta(hours=1))
    session.commit()
    answer = client.get("/help/en/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    assert titles(answer)[-1] == "News"
    assert set(titles(answer)) == {"Roaming abroad", "Prices", "News"}
    feed = parsed(answer)
    assert feed.findtext(f"{ATOM}title") == "Help"
    assert datetime.fromisoformat(feed.findtext(f"{ATOM}updated", "")) == START
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == 3
    for entry in feed.iter(f"{ATOM}entry"):
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")).tzinfo is not None
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert client.get(link.get("href", "")).status_code == 200


def test_the_id_of_an_entry_outlives_its_address(client: FlaskClient, site: Stage) -> None:
    english, hungarian = (parsed(client.get(f"/help/{code}/feed.atom")) for code in ("en", "hu"))
    assert english.findtext(f"{ATOM}entry/{ATOM}id") != hungarian.findtext(f"{ATOM}entry/{ATOM}id")
    assert client.get(english.findtext(f"{ATOM}entry/{ATOM}id", "")).location.startswith("/help/en/a/")


def test_an_empty_feed_is_a_feed(client: FlaskClient, session: Session) -> None:
    factories.portal(session, features=list(FEATURES))
    session.commit()
    assert titles(client.get("/help/en/feed.atom")) == []
    assert places(client.get("/help/sitemap.xml")) == []


def test_nothing_breaks_out_of_a_feed(client: FlaskClient, session: Session) -> None:
    factories.portal(session, features=list(FEATURES), names={"en": EVIL}, taglines={"en": EVIL})
    factories.article(session, "evil", title=EVIL, summary=EVIL)
    session.commit()
    feed = parsed(client.get("/help/en/feed.atom"))
    assert feed.findtext(f"{ATOM}title") == feed.findtext(f"{ATOM}subtitle") == EVIL
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == feed.findtext(f"{ATOM}entry/{ATOM}summary") == EVIL
    assert not list(feed.iter("script"))


@pytest.mark.parametrize(
    "text", ["bell \x07", "null \x00", "vertical \x0b tab", "escape \x1b[2J", "half \ufffe", "\x85"]
)
def test_a_feed_survives_what_xml_cannot_say(client: FlaskClient, session: Session, text: str) -> None:
    factories.portal(session, features=list(FEATURES), taglines={"en": text})
    odd = factories.newest(factories.article(session, "odd"))
    odd.title, odd.summary = f"Odd {text}", text  # as an older version may have stored them
    session.commit()
    (title,) = titles(client.get("/help/en/feed.atom"))
    assert title.startswith("Odd ")
    assert places(client.get("/help/sitemap.xml"))


def test_crawlers_are_told_about_open_portals_only(client: FlaskClient, site: Stage) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert "Sitemap: http://localhost/help/sitemap.xml" in lines
    assert {"Disallow: /help/*/search", "Disallow: /admin", "Disallow: /login"} <= set(lines)
    assert "internal" not in answer.text
