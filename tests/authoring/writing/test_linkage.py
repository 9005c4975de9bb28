"""How articles hang together: links that lead nowhere, articles that nothing leads to, and who links to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from authoring.writing import linkage
from authoring.writing.linkage import Filters
from kb.models import Person, State
from tests import factories
from tests.conftest import START
from tests.kb.stage import Page, statements

Open = Callable[[Person], FlaskClient]
DAY = timedelta(days=1)
ALL = Filters()


def broken(session: Session, filters: Filters = ALL) -> list[tuple[str, str, str, bool]]:
    """The links that lead nowhere: where from, in which language, to what, and whether there is such an article."""
    found = linkage.broken(session, filters, START, 1)
    return [(row.face.key, row.face.language, row.target, row.exists) for row in found.rows]


def orphans(session: Session, filters: Filters = ALL) -> list[str]:
    """The keys of the articles that nothing leads to."""
    return [face.key for face in linkage.orphans(session, filters, START, 1).rows]


def test_links_that_lead_nowhere_are_found(session: Session, both_databases: str) -> None:
    factories.article(
        session,
        "start",
        body="[a](kb:shown) [b](kb:nothing) [c](kb:draft) [d](kb:expired) [e](kb:later) [f](kb:shown#x)",
        translations={"hu": "Kezdet"},
    )
    factories.article(session, "shown")
    factories.article(session, "draft", state=State.DRAFT, body="[a](kb:nobody-reads-this)")
    factories.article(session, "expired", publish_at=START - 2 * DAY, expires_at=START)
    factories.article(session, "later", publish_at=START + DAY)
    dead = [("draft", True), ("expired", True), ("later", True), ("nothing", False)]
    assert broken(session) == [("start", code, key, exists) for code in ("en", "hu") for key, exists in dead]
    assert broken(session, Filters(language="hu", text="noth")) == [("start", "hu", "nothing", False)]
    assert broken(session, Filters(kind="wiki")) == []


def test_a_link_leads_somewhere_as_long_as_any_language_shows(session: Session) -> None:
    target = factories.article(session, "target", state=State.DRAFT)
    factories.article(session, "start", body="[a](kb:target)")
    assert broken(session) == [("start", "en", "target", True)]
    factories.revision(session, target, "hu", title="Cél")
    assert broken(session) == []


def test_an_article_that_nothing_leads_to_is_an_orphan(session: Session, both_databases: str) -> None:
    factories.article(session, "alone", translations={"hu": "Egyedül"})
    factories.article(session, "placed", topics=[factories.topic(session)])
    factories.article(session, "linked", body="I [link](kb:narcissus)")
    factories.article(session, "narcissus", body="I [link](kb:narcissus) to myself", related=["narcissus"])
    factories.article(session, "mirror", body="[I](kb:mirror)", related=["mirror", "next"])
    factories.article(session, "next")
    factories.article(session, "instead")
    factories.article(session, "old").replaced_by = "instead"
    factories.article(session, "hidden", state=State.DRAFT, body="[a](kb:alone)", related=["alone"])
    session.flush()
    assert orphans(session) == ["alone", "linked", "mirror", "old"]
    assert orphans(session, Filters(language="hu")) == ["alone"]
    assert orphans(session, Filters(text="EGYEDÜL")) == ["alone"]


def test_what_leads_there_counts_only_while_it_shows(session: Session) -> None:
    factories.article(session, "alone")
    factories.article(session, "past", body="[a](kb:alone)", publish_at=START - DAY, expires_at=START)
    assert orphans(session) == ["alone"]


def test_articles_are_listed_by_how_many_link_to_them(session: Session, both_databases: str) -> None:
    factories.article(session, "often", translations={"hu": "Gyakran"})
    factories.article(session, "once", body="[a](kb:often) [b](kb:once)")
    factories.article(session, "third", body="[a](kb:often) [b](kb:once)", translations={"hu": "Harmadik"})
    found = linkage.linked(session, ALL, START, 1)
    assert [(row.face.key, row.face.language, row.links) for row in found.rows] == [
        ("often", "en", 2),
        ("once", "en", 1),
    ]
    linking = linkage.linking_to(session, "often", START)
    assert [(face.key, face.language) for face in linking] == [
        ("once", "en"),
        ("third", "en"),
        ("third", "hu"),
    ]
    assert linkage.linking_to(session, "once", START)[0].key == "third"


def test_lists_can_be_narrowed_by_owner_and_topic(session: Session, author: Person) -> None:
    upper = factories.topic(session, "upper")
    lower = factories.topic(session, "lower", parent=upper)
    factories.article(session, "mine", body="[a](kb:nothing)", by=factories.viewer(session, author))
    factories.article(session, "below", body="[a](kb:nothing)", topics=[lower])
    assert [one[0] for one in broken(session, Filters(owner_id=author.id))] == ["mine"]
    assert [one[0] for one in broken(session, Filters(topic_ids=frozenset({upper.id, lower.id})))] == [
        "below"
    ]
    assert [person.name for person in linkage.owners(session)] == ["Anna Author"]


@pytest.mark.parametrize("view", ["broken", "orphans", "linked"])
def test_a_page_asks_as_few_questions_about_many_articles_as_about_few(
    client_of: Open, session: Session, reviewer: Person, view: str
) -> None:
    client, engine = client_of(reviewer), session.get_bind()

    def asked() -> tuple[int, Page]:
        client.get(f"/authoring/links?view={view}")
        with statements(engine) as counted:  # type: ignore[arg-type]
            answer = client.get(f"/authoring/links?view={view}")
        assert answer.status_code == 200
        return len(counted), Page(answer)

    factories.article(session, "first", body="[a](kb:nothing) [b](kb:second)")
    factories.article(session, "second")
    session.commit()
    few, _page = asked()
    for number in range(60):
        factories.article(session, f"more-{number}", body=f"[a](kb:nothing) [b](kb:end-{number})")
        factories.article(session, f"end-{number}")
    session.commit()
    many, page = asked()
    assert many == few
    assert page.all("a", rel="next")


def test_a_page_beyond_the_end_is_the_last_one(session: Session) -> None:
    for number in range(51):
        factories.article(session, f"alone-{number:02}")
    found = linkage.orphans(session, ALL, START, 9)
    assert (found.total, found.page, found.pages) == (51, 2, 2)
    assert [face.key for face in found.rows] == ["alone-50"]
    assert linkage.broken(session, ALL, START, 9).page == 1
    assert linkage.orphans(session, ALL, START, -1).page == 1


def test_the_page_lists_what_links_to_an_article(client_of: Open, session: Session, author: Person) -> None:
    factories.article(session, "often", title="Often <read>")
    factories.article(session, "once", title="Once", body="[a](kb:often)")
    session.commit()
    client = client_of(author)
    page = client.get("/authoring/links?view=linked&to=often&q=often&kind=faq&owner=1&topic=none")
    assert page.status_code == 200
    assert "What links to often Once en" in Page(page).words
    assert "<read>" not in client.get("/authoring/links?view=linked").text
    assert client.get("/authoring/links?view=x&page=x&owner=x&kind=x&language=x").status_code == 200
    assert client.get("/authoring/links?owner=99999999999999999999&topic=%00").status_code == 200
    assert client.get(f"/authoring/links?view=linked&page={10**30}").status_code == 200


@pytest.mark.parametrize("part", ["outsider", "agent"])
def test_nobody_else_sees_it(client_of: Open, request: pytest.FixtureRequest, part: str) -> None:
    assert client_of(request.getfixturevalue(part)).get("/authoring/links").status_code == 403
