"""A new article: it begins with the template and the lifetimes of its kind, and what exists already is said first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.lifetimes.kinds import Rule
from authoring.models import KindRule
from authoring.writing import beginnings
from kb.errors import Invalid, NotAllowed
from kb.models import Article, Person, Revision, State
from tests import factories
from tests.conftest import START
from tests.kb.admin.conftest import afresh, hidden, words

Open = Callable[[Person], FlaskClient]

ADDRESS = "/authoring/new"
SENT = {"title": "Roaming in the EU", "kind": "standard", "language": "en", "audience": "agent"}


def articles(session: Session) -> list[Article]:
    afresh(session)
    return list(session.scalars(select(Article)))


def test_a_new_article_is_one_step_from_its_text(desk: FlaskClient, session: Session, author: Person) -> None:
    factories.topic(session, "phones")
    session.add(
        KindRule(kind="standard", lifetime_days=100, review_days=10, templates={"en": "## Purpose\n"})
    )
    session.commit()
    answer = desk.post(ADDRESS, data=SENT | {"topic": "phones"})
    (made,) = articles(session)
    assert answer.location == f"/authoring/articles/{made.id}/en"
    assert (made.key, made.kind, made.source_language, made.audience) == (
        "roaming-in-the-eu",
        "standard",
        "en",
        "agent",
    )
    assert (made.owner_id, len(made.topics)) == (author.id, 1)
    draft = factories.newest(made)
    assert (draft.state, draft.title, draft.body) == (State.DRAFT, "Roaming in the EU", "## Purpose\n")
    midnight = START.replace(hour=0)
    assert draft.expires_at == midnight + timedelta(days=100)
    assert draft.review_by == midnight + timedelta(days=10)
    assert "## Purpose" in desk.get(answer.location).text


def test_what_comes_built_in_has_a_template_in_every_language_of_the_interface(
    desk: FlaskClient, session: Session
) -> None:
    for code in ("en", "hu", "sv", "ru"):
        desk.post(ADDRESS, data=SENT | {"language": code, "title": f"Title {code} zq{code}"})
    assert all(body for body in session.scalars(select(Revision.body)))
    assert len(articles(session)) == 4


def test_what_exists_already_is_said_before_it_is_written_twice(desk: FlaskClient, session: Session) -> None:
    factories.article(session, "esim", title="How to activate an eSIM card")
    session.commit()
    page = desk.post(ADDRESS, data=SENT | {"title": "How to activate an eSIM card"})
    assert page.status_code == 200
    assert "Articles that may say this already" in words(page)
    assert "Begin all the same" in words(page)
    assert len(articles(session)) == 1
    sure = SENT | {"title": "How to activate an eSIM card", "sure": hidden(page, "sure")}
    assert desk.post(ADDRESS, data=sure).status_code == 303
    assert [one.key for one in articles(session)] == ["esim", "how-to-activate-an-esim-card"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "Give it a title."),
        ({"title": "x" * 301}, "longer than 300"),
        ({"title": "a\0b"}, "It contains a character that is no text."),
        ({"kind": "poem"}, "Not a valid choice"),
        ({"language": "xx"}, "Not a valid choice"),
        ({"topic": "nowhere"}, "Not a valid choice"),
        ({"audience": "nobody"}, "Not a valid choice"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_is_begun(
    desk: FlaskClient, session: Session, fields: dict[str, str], said: str
) -> None:
    page = desk.post(ADDRESS, data=SENT | fields)
    assert page.status_code == 422
    assert said in words(page)
    assert (
        'value="agent" selected' in page.text or 'selected value="agent"' in page.text or "audience" in fields
    )
    assert articles(session) == []


@pytest.mark.parametrize("part", ["outsider", "customer", "agent", "reviewer", "translator"])
def test_who_does_not_write_begins_nothing(
    client_of: Open, session: Session, part: str, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(part))
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, data=SENT).status_code == 403
    assert articles(session) == []
    assert ADDRESS not in client.get("/admin/articles/").text


def test_an_author_of_some_topics_begins_only_there(
    desk: FlaskClient, session: Session, author: Person
) -> None:
    factories.topic(session, "phones")
    factories.topic(session, "bills")
    factories.limit(session, author, topics=["phones"], languages=["hu"])
    session.commit()
    page = desk.get(ADDRESS).text
    assert 'value="phones"' in page
    assert 'value="bills"' not in page
    assert 'value="sv"' not in page
    nowhere = desk.post(ADDRESS, data=SENT | {"language": "hu", "title": "Barangolás"})
    assert nowhere.status_code == 403
    assert articles(session) == []
    own = desk.post(ADDRESS, data=SENT | {"language": "hu", "title": "Barangolás", "topic": "phones"})
    assert own.status_code == 303


def test_the_address_fills_in_what_is_known(desk: FlaskClient) -> None:
    page = desk.get(f"{ADDRESS}?title=Roaming+abroad&kind=guide&language=sv")
    assert 'value="Roaming abroad"' in page.text
    assert 'selected value="guide"' in page.text
    assert 'selected value="sv"' in page.text


def test_the_list_of_articles_leads_to_a_new_one(desk: FlaskClient) -> None:
    assert f'href="{ADDRESS}"' in desk.get("/admin/articles/").text


@pytest.mark.parametrize(
    ("title", "key"),
    [("Árvíztűrő tükörfúrógép", "arvizturo-tukorfurogep"), ("!!!", "faq"), ("Roaming", "roaming-3")],
)
def test_a_key_is_made_from_the_title(session: Session, title: str, key: str) -> None:
    factories.article(session, "roaming")
    factories.article(session, "roaming-2")
    assert beginnings.free_key(session, title, "faq") == key


def test_a_long_title_makes_a_key_that_fits(session: Session, author: Person) -> None:
    key = beginnings.free_key(session, "word " * 60, "faq")
    assert len(key) <= beginnings.LONGEST_BASE
    assert not key.endswith("-")


def test_a_template_of_the_language_without_its_region_will_do() -> None:
    rule = Rule(templates={"pt": "## Objetivo"})
    assert beginnings.template(rule, "pt-BR") == "## Objetivo"
    assert beginnings.template(rule, "de") == ""


def test_a_beginning_is_refused_where_its_author_may_not_write(session: Session, author: Person) -> None:
    phones = factories.topic(session, "phones")
    factories.topic(session, "bills")
    factories.limit(session, author, topics=[phones.key])
    by = factories.viewer(session, author)
    wanted: dict[str, Any] = {
        "title": "T",
        "kind": "faq",
        "language": "en",
        "audience": "public",
        "by": by,
        "now": START,
    }
    with pytest.raises(NotAllowed):
        beginnings.begin(session, topics=["bills"], **wanted)
    with pytest.raises(Invalid):
        beginnings.begin(session, topics=["nowhere"], **wanted)
    assert beginnings.begin(session, topics=["phones"], **wanted).number == 1
