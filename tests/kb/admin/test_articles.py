"""Articles as those who look after them see them: figures, filters, one article whole, its revisions and files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from kb import concerns
from kb.config import Config
from kb.models import Article, Attachment, AuditEntry, Person, State
from tests import factories
from tests.conftest import START, Clock
from tests.kb.admin.conftest import afresh, hidden, png, words

Open = Callable[[Person], FlaskClient]
Changes = Callable[[str], list[AuditEntry]]
Statements = Callable[[Callable[[], TestResponse]], int]

DAY = timedelta(days=1)


@pytest.fixture
def everything(session: Session) -> None:
    """One article for each state and each concern, called after it, and one about which there is nothing to say."""
    factories.article(session, "published", translations={"hu": "Közzétett"})
    factories.article(session, "scheduled", publish_at=START + DAY)
    factories.article(session, "ending", expires_at=START + DAY)
    for state in (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.REJECTED, State.WITHDRAWN):
        factories.article(session, state.replace("_", "-"), state=state)
    factories.article(session, "review-due", review_by=START)
    factories.article(session, "expiring", expires_at=START + 29 * DAY)
    factories.article(session, "not-expiring", expires_at=START + 32 * DAY)
    stale = factories.article(session, "stale", translations={"hu": "Lemaradt"})
    factories.revision(session, stale, title="Newer")
    factories.article(session, "broken", body="See [this](kb:nothing-of-it) and [that](kb:draft).")
    factories.article(session, "linking", body="See [this](kb:published).")
    session.commit()


def listed(desk: FlaskClient, query: str) -> set[str]:
    """The keys that a list shows."""
    page = desk.get(f"/admin/articles/?{query}")
    assert page.status_code == 200
    return set(re.findall(r'<span class="second code">([^<]+)</span>', page.text))


SHOWN = {"published", "ending", "review-due", "expiring", "not-expiring", "stale", "broken", "linking"}
LISTS = [
    ("state=published", SHOWN),
    ("state=scheduled", {"scheduled"}),
    ("state=draft", {"draft"}),
    ("state=in_review", {"in-review"}),
    ("state=approved", {"approved"}),
    ("state=rejected", {"rejected"}),
    ("state=withdrawn", {"withdrawn"}),
    ("concern=review_due", {"review-due"}),
    ("concern=expiring", {"ending", "expiring"}),
    ("concern=stale", {"stale"}),
    ("concern=broken", {"broken"}),
    ("language=hu", {"published", "stale"}),
    ("missing=hu&state=published", SHOWN - {"published", "stale"}),
    ("q=LEMARAD", {"stale"}),
    ("q=közzétett", {"published"}),
    ("q=not-exp", {"not-expiring"}),
    ("q=100%25", set()),
    ("kind=wiki", set()),
    ("kind=faq&q=stale", {"stale"}),
    ("audience=agent", set()),
]


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(("query", "expected"), LISTS)
def test_a_list_shows_what_its_filter_says(query: str, expected: set[str], desk: FlaskClient) -> None:
    assert listed(desk, query) == expected


@pytest.mark.usefixtures("everything")
def test_expired_articles_are_listed_from_the_second_on(desk: FlaskClient, clock: Clock) -> None:
    assert listed(desk, "state=expired") == set()
    clock.advance(days=1)
    assert listed(desk, "state=expired") == {"ending"}
    assert "scheduled" in listed(desk, "state=published")


def test_a_language_is_missing_until_something_shows_in_it(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session, "roaming")
    factories.revision(session, made, "hu", title="Barangolás", state=State.DRAFT)
    session.commit()
    assert listed(desk, "missing=hu") == listed(desk, "language=hu") == {"roaming"}
    factories.revision(session, made, "hu", title="Barangolás")
    session.commit()
    assert listed(desk, "missing=hu") == set()


@pytest.mark.usefixtures("everything")
def test_a_topic_lists_what_is_in_it_and_below_it(desk: FlaskClient, session: Session) -> None:
    above = factories.topic(session, "mobile")
    below = factories.topic(session, "sim", above)
    for key, topic in (("in-mobile", above), ("in-sim", below)):
        factories.article(session, key, topics=[topic])
    session.commit()
    assert listed(desk, "topic=mobile") == {"in-mobile", "in-sim"}
    assert listed(desk, "topic=sim") == {"in-sim"}


@pytest.mark.usefixtures("everything")
def test_every_figure_of_the_overview_is_the_length_of_its_list(desk: FlaskClient) -> None:
    page = desk.get("/admin/").text
    figures = re.findall(r'href="/admin/articles/\?((?:state|concern)=\w+)"><strong>(\d+)</strong>', page)
    assert len(figures) >= len(concerns.CONCERNS) + 5
    for query, count in figures:
        assert len(listed(desk, query)) == int(count), query


@pytest.mark.usefixtures("everything")
def test_figures_are_the_same_on_every_database(both_databases: str, session: Session) -> None:
    assert concerns.figures(session, START + DAY) == {
        "all": 14,
        "published": 8,
        "scheduled": 0,
        "in_review": 1,
        "approved": 1,
        "draft": 1,
        "rejected": 1,
        "expired": 1,
        "withdrawn": 1,
        "review_due": 1,
        "expiring": 1,
        "stale": 1,
        "broken": 1,
    }, both_databases


def test_a_newer_draft_stands_beside_what_shows(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session, title="Roaming")
    factories.revision(session, made, title="Roaming anew", state=State.DRAFT)
    session.commit()
    page = words(desk.get("/admin/articles/"))
    assert "Roaming roaming FAQ Published Draft en" in page
    assert listed(desk, "state=draft") == listed(desk, "state=published") == {"roaming"}


@pytest.mark.usefixtures("everything")
def test_a_translation_out_of_step_is_marked_in_the_list_and_on_its_page(
    desk: FlaskClient, session: Session
) -> None:
    def marks(key: str) -> list[str]:
        return re.findall(r'class="language-mark language-(\w+)"', desk.get(f"/admin/articles/?q={key}").text)

    assert marks("stale") == ["published", "stale"]
    assert marks("published") == ["published", "published"]
    made = session.scalars(select(Article).where(Article.key == "stale")).one()
    assert "Out of step" in words(desk.get(f"/admin/articles/{made.id}"))
    factories.revision(session, made, "hu", title="Utolérte")
    session.commit()
    assert marks("stale") == ["published", "published"]


def test_the_list_is_sorted_as_asked(desk: FlaskClient, session: Session) -> None:
    for key, title in (("c", "Alpha"), ("a", "gamma"), ("b", "Beta")):
        factories.article(session, key, title=title)
    session.commit()

    def order(sort: str) -> list[str]:
        return re.findall(
            r'<span class="second code">(\w)</span>', desk.get(f"/admin/articles/?sort={sort}").text
        )

    assert order("title") == ["c", "b", "a"]
    assert order("-title") == ["a", "b", "c"]
    assert order("key") == ["a", "b", "c"]
    assert order("-changed") == order("nonsense") == ["b", "a", "c"]


def test_the_list_asks_the_same_number_of_times_however_many_articles_there_are(
    desk: FlaskClient, session: Session, statements: Statements
) -> None:
    factories.article(session, "first", translations={"hu": "Első"})
    session.commit()
    few = statements(lambda: desk.get("/admin/articles/"))
    for number in range(60):
        factories.article(session, f"article-{number}", translations={"hu": "Cikk", "sv": "Artikel"})
    session.commit()
    assert statements(lambda: desk.get("/admin/articles/")) == few
    assert len(listed(desk, "page=1")) == 50
    assert len(listed(desk, "page=2")) == len(listed(desk, "page=99")) == 11


def test_one_article_asks_the_same_number_of_times_however_long_its_history_is(
    desk: FlaskClient, session: Session, statements: Statements
) -> None:
    made = factories.article(session, translations={"hu": "Barangolás"})
    session.commit()
    few = statements(lambda: desk.get(f"/admin/articles/{made.id}"))
    for number in range(20):
        factories.revision(session, made, title=f"Title {number}", body="See [this](kb:nowhere).")
        factories.attachment(session, made, f"{number}.txt", f"{number}".encode())
        factories.article(session, f"linking-{number}", body="[here](kb:roaming)")
    session.commit()
    assert statements(lambda: desk.get(f"/admin/articles/{made.id}")) == few


def properties(made: Article, **changed: Any) -> dict[str, Any]:
    """The form of an article's properties as its page sends it, with changes."""
    return {"kind": made.kind, "audience": made.audience, "topic": "0", "related": "", **changed}


def test_properties_are_saved_for_all_languages_and_stand_in_the_log(
    desk: FlaskClient, session: Session, changes: Changes
) -> None:
    main, other = factories.topic(session, "mobile"), factories.topic(session, "roaming")
    made = factories.article(session, topics=[other])
    session.commit()
    fields = properties(
        made,
        kind="wiki",
        audience="agent",
        topic=str(main.id),
        more_topics=[str(other.id)],
        related="sim\n\npuk",
    )
    assert desk.post(f"/admin/articles/{made.id}", data=fields).status_code == 303
    afresh(session)
    assert (made.kind, made.audience, made.related) == ("wiki", "agent", ["sim", "puk"])
    assert [place.topic_id for place in made.topics] == [main.id, other.id]
    entry = changes("article")[-1]
    assert (entry.before["audience"], entry.after["audience"]) == ("public", "agent")


def test_two_who_change_one_article_do_not_undo_each_other(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session)
    session.commit()
    seen = hidden(desk.get(f"/admin/articles/{made.id}"), "version")
    assert (
        desk.post(f"/admin/articles/{made.id}", data=properties(made, kind="wiki", version=seen)).status_code
        == 303
    )
    answer = desk.post(f"/admin/articles/{made.id}", data=properties(made, related="sim", version=seen))
    assert answer.status_code == 409
    assert "sim</textarea>" in answer.text
    afresh(session)
    assert (made.kind, made.related) == ("wiki", [])


def test_a_new_address_redirects_from_the_old_one(
    desk: FlaskClient, client: FlaskClient, session: Session
) -> None:
    made = factories.article(session, title="Roaming", translations={"hu": "Barangolás"})
    factories.article(session, "other", title="Other")
    factories.portal(session)
    session.commit()
    address = f"/admin/articles/{made.id}/slug"
    assert desk.post(f"{address}/hu", data={"slug": "Külföldön"}).status_code == 303
    assert client.get("/help/hu/a/barangolas").location == "/help/hu/a/kulfoldon"
    taken = desk.post(f"{address}/en", data={"slug": "other"})
    assert taken.status_code == 409
    assert "The address other is taken by another article." in words(taken)
    assert 'value="other"' in taken.text
    assert desk.post(f"{address}/sv", data={"slug": "x"}).status_code == 404


def test_nobody_publishes_a_draft_past_its_review(
    client: FlaskClient, desk: FlaskClient, session: Session
) -> None:
    made = factories.article(session, title="Roaming", state=State.DRAFT)
    revision = factories.newest(made)
    factories.portal(session)
    session.commit()
    page = desk.get(f"/admin/revisions/{revision.id}")
    assert f"/authoring/revisions/{revision.id}/submit" in page.text
    assert desk.post(f"/admin/revisions/{revision.id}/publish").status_code == 404
    assert client.get("/help/en/a/roaming").status_code == 404


def test_only_who_may_publish_is_shown_where_to_withdraw(
    client_of: Open, session: Session, author: Person, reviewer: Person
) -> None:
    made = factories.article(session, title="Roaming")
    revision = factories.newest(made)
    session.commit()
    withdraw = f'href="/authoring/revisions/{revision.id}/withdraw"'
    for page in (f"/admin/articles/{made.id}", f"/admin/revisions/{revision.id}"):
        assert withdraw in client_of(reviewer).get(page).text
        assert withdraw not in client_of(author).get(page).text


def test_a_revision_for_later_says_that_it_is_scheduled(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session, publish_at=START + DAY)
    session.commit()
    assert "Scheduled" in words(desk.get(f"/admin/revisions/{factories.newest(made).id}"))


def test_a_revision_is_shown_as_readers_would_see_it_with_its_source(
    desk: FlaskClient, session: Session
) -> None:
    target = factories.article(session, "sim", title="SIM cards")
    factories.snippet(session, "hours", en="8 to 20")
    body = "**Open** {{snippet:hours}}, see [this](kb:sim) and <script>alert(1)</script>."
    made = factories.article(session, body=body, state=State.DRAFT)
    session.commit()
    page = desk.get(f"/admin/revisions/{factories.newest(made).id}")
    assert "<strong>Open</strong> 8 to 20" in page.text
    assert f'href="/admin/articles/{target.id}"' in page.text
    assert "<script>alert" not in page.text
    assert "**Open** {{snippet:hours}}" in words(page)


@pytest.fixture
def config(config: Config) -> Config:
    """Settings with a limit that a test reaches quickly."""
    return replace(config, upload_limit=1024 * 1024)


def upload(browser: FlaskClient, made: Article, name: str, content: bytes) -> TestResponse:
    """Send a file as the page does."""
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(content), name)})
    kind = f"multipart/form-data; boundary={boundary}"
    return browser.post(f"/admin/articles/{made.id}/files", data=body, content_type=kind)


def test_a_file_is_added_says_how_to_show_it_and_is_taken_off(
    client_of: Open, session: Session, author: Person
) -> None:
    made = factories.article(session)
    session.commit()
    browser = client_of(author)
    assert upload(browser, made, "map.png", png()).status_code == 303
    file = session.scalars(select(Attachment)).one()
    assert f"![map.png](attachment:{file.id})" in words(browser.get(f"/admin/articles/{made.id}"))
    assert browser.post(f"/admin/files/{file.id}/remove").status_code == 303
    afresh(session)
    assert session.scalar(select(func.count(Attachment.id))) == 0


@pytest.mark.parametrize(
    ("name", "content", "status", "sentence"),
    [
        ("page.html", b"<script>", 422, "Only images, PDF, Office and OpenDocument files"),
        ("empty.txt", b"", 422, "This file is empty."),
        ("large.txt", b"x" * (1024 * 1024 + 1), 413, "This file is larger than 1 MB."),
    ],
)
def test_a_file_that_cannot_be_kept_says_why(
    name: str, content: bytes, status: int, sentence: str, desk: FlaskClient, session: Session
) -> None:
    made = factories.article(session)
    session.commit()
    answer = upload(desk, made, name, content)
    assert answer.status_code == status
    assert sentence in words(answer)
    assert session.scalar(select(func.count(Attachment.id))) == 0


def test_a_file_too_large_to_be_read_says_so_as_well(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session)
    session.commit()
    answer = upload(desk, made, "huge.txt", b"x" * (3 * 1024 * 1024))
    assert answer.status_code == 303
    assert "This file is larger than 1 MB." in words(desk.get(answer.location))


def test_no_file_at_all_is_said_beside_the_field(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session)
    session.commit()
    answer = desk.post(f"/admin/articles/{made.id}/files", data={})
    assert answer.status_code == 422
    assert "Choose a file first." in words(answer)


def test_links_out_and_in_are_told(desk: FlaskClient, session: Session) -> None:
    factories.article(session, "hidden", state=State.DRAFT)
    factories.article(session, "linking", title="Linking", body="[here](kb:roaming)")
    made = factories.article(session, body="[a](kb:hidden) [b](kb:missing) [c](kb:linking)")
    session.commit()
    page = words(desk.get(f"/admin/articles/{made.id}"))
    assert "hidden English: nothing of that article shows now" in page
    assert "missing English: there is no such article" in page
    assert "Articles that link here Linking en" in page


def test_an_article_is_deleted_after_a_question(
    desk: FlaskClient, client: FlaskClient, session: Session, changes: Changes
) -> None:
    made = factories.article(session, title="Roaming")
    factories.portal(session)
    session.commit()
    address = f"/admin/articles/{made.id}"
    assert "All its translations, revisions and files go with it" in words(desk.get(f"{address}/delete"))
    assert desk.post(f"{address}/delete").status_code == 303
    assert client.get("/help/en/a/roaming").status_code == 404
    assert [entry.action for entry in changes("article")] == ["deleted"]
    assert desk.get(address).status_code == 404


def test_an_article_without_any_text_has_a_page_too(desk: FlaskClient, session: Session) -> None:
    made = Article(key="bare", kind="faq", source_language="en", audience="public", created_at=START)
    session.add(made)
    session.commit()
    assert "Nothing is written yet." in words(desk.get(f"/admin/articles/{made.id}"))
    assert listed(desk, "") == {"bare"}
