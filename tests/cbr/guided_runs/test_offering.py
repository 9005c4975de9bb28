"""Pages of a portal offer guided help where there is something to start, and only there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.models import Article, Person, State
from kb.portals import FEATURES
from tests import factories
from tests.cbr.guided_runs import stage
from tests.conftest import START, Clock

LINK = 'href="/help/en/guided/"'


def portal(session: Session) -> None:
    factories.portal(session, "help", audiences=["public", "customer"], features=list(FEATURES))
    session.commit()


def test_home_and_every_page_lead_to_guided_help(client: FlaskClient, router: Article) -> None:
    assert client.get("/help/en/").text.count(LINK) == 2
    assert client.get("/help/en/a/prices").text.count(LINK) == 1
    assert LINK not in client.get("/login").text


def test_without_anything_to_start_nothing_is_offered(client: FlaskClient, session: Session) -> None:
    portal(session)
    factories.article(session, "prose", kind="guide", body="Nothing to choose here.")
    session.commit()
    assert LINK not in client.get("/help/en/").text


def test_what_others_may_start_is_not_offered(
    client: FlaskClient, client_of: Callable[[Person], FlaskClient], agent: Person, session: Session
) -> None:
    factories.portal(session, "help", audiences=["public", "agent"], features=list(FEATURES))
    factories.article(session, "secret", kind="guide", audience="agent", body=stage.ROUTER)
    session.commit()
    assert LINK not in client.get("/help/en/").text
    assert LINK in client_of(agent).get("/help/en/").text
    assert LINK not in client.get("/help/en/").text


def test_a_guide_is_offered_from_its_second_on_until_it_expires(
    client: FlaskClient, session: Session, clock: Clock
) -> None:
    portal(session)
    day = timedelta(days=1)
    factories.article(
        session,
        "later",
        kind="guide",
        body=stage.ROUTER,
        publish_at=START + day,
        expires_at=START + 2 * day,
    )
    session.commit()
    assert LINK not in client.get("/help/en/").text
    clock.advance(days=1)
    assert LINK in client.get("/help/en/").text
    clock.advance(days=1)
    assert LINK not in client.get("/help/en/").text


def test_a_new_guide_is_offered_at_once(client: FlaskClient, session: Session) -> None:
    portal(session)
    assert LINK not in client.get("/help/en/").text
    factories.article(session, "new", kind="guide", body=stage.ROUTER)
    session.commit()
    assert LINK in client.get("/help/en/").text


def test_a_page_that_tells_of_a_failure_offers_nothing(client: FlaskClient, router: Article) -> None:
    assert client.get("/help/en/a/nothing").status_code == 404


def test_a_guide_that_is_no_tree_can_only_be_read(client: FlaskClient, router: Article) -> None:
    assert "Start the guide" in client.get("/help/en/a/router").text
    assert "Start the guide" not in client.get("/help/en/a/prose").text


def test_headings_without_names_make_no_tree(client: FlaskClient, session: Session) -> None:
    portal(session)
    factories.article(session, "old", kind="guide", body="## One\n\n- [Yes](#two)\n\n## Two\n\nDone.")
    session.commit()
    page = client.get("/help/en/a/old")
    assert page.status_code == 200
    assert "Start the guide" not in page.text
    answer = client.post("/help/en/guided/", data={"guide": "old"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 404


def test_drafts_are_not_offered(client: FlaskClient, session: Session) -> None:
    portal(session)
    factories.article(session, "draft", kind="guide", body=stage.ROUTER, state=State.DRAFT)
    session.commit()
    assert LINK not in client.get("/help/en/").text
