"""A portal that leaves out translations that say something else than their source: every door of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.models import Article
from kb.portals import FEATURES
from tests import factories
from tests.conftest import START, Clock
from tests.kb.stage import Page

HOUR = timedelta(hours=1)
HUNGARIAN = "/help/hu/a/barangolas"
DOORS = [
    "/help/hu/",
    "/help/hu/topics/abroad",
    "/help/hu/search?q=barangolas",
    "/help/hu/suggest?q=barang",
    "/help/hu/feed.atom",
    "/help/hu/tags",
    "/help/sitemap.xml",
    "/api/v1/search?q=barangolas&portal=help&lang=hu",
    "/api/v1/articles?portal=help&lang=hu",
    "/api/v1/articles/roaming?portal=help&lang=hu",
]


@pytest.fixture
def made(session: Session) -> Article:
    """An article whose Hungarian translation goes stale in an hour, on a portal that hides such ones."""
    abroad = factories.topic(session, "abroad")
    factories.portal(session, languages=("hu", "en"), features=list(FEATURES), hides_stale=True)
    article = factories.article(
        session, title="Roaming", translations={"hu": "Barangolás"}, topics=[abroad], tags=["utazás"]
    )
    factories.revision(session, article, title="Roaming", body="It costs more.", publish_at=START + HOUR)
    session.commit()
    return article


def test_a_stale_translation_leads_to_the_best_other_language_with_a_notice(
    client: FlaskClient, clock: Clock, made: Article
) -> None:
    clock.advance(minutes=59, seconds=59)
    assert client.get(HUNGARIAN).status_code == 200
    clock.advance(seconds=1)
    answer = client.get(HUNGARIAN)
    assert (answer.status_code, answer.location) == (302, "/help/hu/a/roaming")
    page = Page(client.get(HUNGARIAN, follow_redirects=True))
    assert page.all("h1", lang="en")
    assert page.all("div", **{"class": "notice notice-info"})
    assert not page.all("div", **{"class": "notice notice-warn"})
    assert client.get("/help/hu/key/roaming").location == "/help/hu/a/roaming"
    assert "barangolas" not in client.get("/help/en/a/roaming").text


@pytest.mark.parametrize("door", DOORS)
def test_no_door_shows_a_hidden_translation(
    client: FlaskClient, clock: Clock, made: Article, door: str
) -> None:
    fresh = client.get(door).text.casefold()
    assert "barangol" in fresh or door == "/help/hu/tags"
    clock.advance(hours=1)
    assert "barangolás" not in client.get(door).text.replace("q=barangol", "").casefold()


def test_other_portals_show_it_with_a_notice(
    client: FlaskClient, session: Session, clock: Clock, made: Article
) -> None:
    factories.portal(session, "other", languages=("hu", "en"), features=list(FEATURES))
    session.commit()
    clock.advance(hours=1)
    page = Page(client.get("/other/hu/a/barangolas"))
    assert page.all("div", **{"class": "notice notice-warn"})
    assert not page.all("div", **{"class": "notice notice-info"})


def test_a_translation_that_is_brought_up_to_date_shows_again(
    client: FlaskClient, session: Session, clock: Clock, made: Article
) -> None:
    clock.advance(hours=1)
    assert client.get(HUNGARIAN).status_code == 302
    factories.revision(session, made, "hu", title="Barangolás", publish_at=clock.now, now=clock.now)
    session.commit()
    assert client.get(HUNGARIAN).status_code == 200


def test_an_old_address_of_a_hidden_translation_leads_on_too(
    client: FlaskClient, session: Session, clock: Clock, made: Article
) -> None:
    from kb import articles
    from kb.permissions import SYSTEM

    articles.rename(session, factories.translation(made, "hu"), "kulfold", by=SYSTEM)
    session.commit()
    assert client.get(HUNGARIAN).location == "/help/hu/a/kulfold"
    clock.advance(hours=1)
    assert client.get(HUNGARIAN).location == "/help/hu/a/roaming"


def test_where_no_other_language_shows_it_is_not_found_for_now(client: FlaskClient, session: Session) -> None:
    factories.portal(session, languages=("hu",), features=list(FEATURES), hides_stale=True)
    article = factories.article(session, title="Roaming", translations={"hu": "Barangolás"})
    factories.revision(session, article, title="Roaming", body="It costs more.")
    session.commit()
    assert client.get(HUNGARIAN).status_code == 404


def test_the_expired_translation_of_such_a_portal_is_gone(
    client: FlaskClient, session: Session, clock: Clock
) -> None:
    factories.portal(session, languages=("hu", "en"), features=list(FEATURES), hides_stale=True)
    article = factories.article(session, title="Roaming")
    factories.revision(session, article, "hu", title="Barangolás", expires_at=START + HOUR)
    session.commit()
    clock.advance(hours=1)
    assert client.get(HUNGARIAN).status_code == 410
