"""The pages of learning: what a browser tells, what a reader is told of it, and the gap report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.context import Services
from kb.models import Article, Feedback, Person, Revision
from search.learning.log import QuestionLog
from search.learning.wiring import Learning
from search.models import GapDecision
from tests import factories
from tests.conftest import START
from tests.kb.admin.conftest import afresh, words
from tests.kb.stage import statements
from tests.search.learning.conftest import Ask, openings, questions

Open = Callable[[Person], FlaskClient]
REPORT = "/search/questions"


@pytest.fixture
def log(app: Flask) -> QuestionLog:
    """The log of the application."""
    learning: Learning = app.extensions["learning"]
    return learning.log


@pytest.fixture
def article(session: Session) -> Article:
    """An article in an open portal, beside a closed portal."""
    factories.portal(session, "help", audiences=["public", "agent"], features=["search", "feedback"])
    factories.portal(session, "inside", audiences=["public", "agent"], entry_audience="agent")
    factories.portal(session, "secret", audiences=["board"], entry_audience="board")
    factories.article(session, "closed", audience="agent")
    made = factories.article(session, "roaming")
    session.commit()
    return made


def tell(client: FlaskClient, token: str, headers: dict[str, str] | None = None, **given: Any) -> int:
    data = {"token": token, "article": "roaming", "rank": "1", **given}
    return client.post("/help/en/opened", data=data, headers=headers).status_code


# What a browser tells.


def test_what_was_opened_is_told_and_kept(
    client: FlaskClient, session: Session, ask: Ask, log: QuestionLog, article: Article
) -> None:
    token = ask("abroad", shown=[article.id])
    assert tell(client, token, rank="1") == 204
    log.flush()
    assert [row[1:] for row in openings(session)] == [(article.id, 1, "")]


@pytest.mark.parametrize(
    "given",
    [
        {"token": ""},
        {"token": "A" * 22},
        {"token": "\0"},
        {"article": ""},
        {"article": "unknown"},
        {"article": "closed"},
        {"article": "a\0b"},
    ],
)
def test_what_is_unknown_or_not_for_this_reader_has_no_effect_and_is_no_mistake(
    client: FlaskClient, session: Session, ask: Ask, log: QuestionLog, article: Article, given: dict[str, Any]
) -> None:
    token = ask("abroad", shown=[article.id])
    given = {"token": token} | given
    assert tell(client, given.pop("token"), **given) == 204
    log.flush()
    assert openings(session) == []


@pytest.mark.parametrize("rank", ["", "first", "-7", "9" * 40])
def test_any_rank_will_do(
    client: FlaskClient, session: Session, ask: Ask, log: QuestionLog, article: Article, rank: str
) -> None:
    assert tell(client, ask("abroad"), rank=rank) == 204
    log.flush()
    assert len(openings(session)) == 1


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_who_wants_nothing_kept_has_nothing_kept(
    client: FlaskClient, session: Session, ask: Ask, log: QuestionLog, article: Article, header: str
) -> None:
    assert tell(client, ask("abroad", shown=[article.id]), headers={header: "1"}) == 204
    log.flush()
    assert openings(session) == []


def test_other_sites_cannot_tell_anything(client: FlaskClient, article: Article) -> None:
    assert tell(client, "A" * 22, headers={"Sec-Fetch-Site": "cross-site"}) == 403
    assert tell(client, "A" * 22, headers={"Origin": "https://elsewhere.example"}) == 403


def test_telling_waits_for_no_writer(
    client: FlaskClient, services: Services, session: Session, ask: Ask, article: Article
) -> None:
    token = ask("abroad", shown=[article.id])
    session.rollback()
    with services.database.transaction() as writing:
        writing.connection()  # holds SQLite's write lock
        assert tell(client, token) == 204


def test_a_closed_portal_takes_nothing_from_outside(client: FlaskClient, article: Article) -> None:
    assert client.post("/inside/en/opened", data={}).status_code == 401
    assert client.post("/nowhere/en/opened", data={}).status_code == 404


def give(client: FlaskClient, **given: str) -> int:
    return client.post("/help/en/a/roaming/feedback", data={"helpful": "yes", **given}).status_code


def test_feedback_belongs_to_the_question_that_led_to_the_article(
    client: FlaskClient, session: Session, ask: Ask, log: QuestionLog, article: Article
) -> None:
    assert give(client, question=ask("abroad", shown=[article.id], opened=[article.id]), helpful="no") == 303
    log.flush()
    assert [row[3] for row in openings(session)] == ["unhelpful"]


@pytest.mark.parametrize("question", ["", "nonsense", "A" * 22, "\0" * 22])
def test_feedback_without_a_question_is_feedback_all_the_same(
    client: FlaskClient, session: Session, log: QuestionLog, article: Article, question: str
) -> None:
    assert give(client, question=question) == 303
    log.flush()
    assert openings(session) == []
    assert len(session.scalars(select(Feedback)).all()) == 1


# What a reader is told.


@pytest.mark.parametrize(
    ("headers", "said"), [({}, False), ({"DNT": "1"}, True)], ids=["nothing against it", "against it"]
)
def test_a_page_says_what_is_kept(
    client: FlaskClient, article: Article, headers: dict[str, str], said: bool
) -> None:
    page = words(client.get("/help/en/questions", headers=headers))
    assert "kept for 90 days" in page
    assert ("Your browser says so already" in page) is said


# The report.


def test_the_report_lists_what_nobody_found(
    client_of: Open, specialist: Person, ask: Ask, article: Article
) -> None:
    for text in ("Where is my parcel?", "where are the parcels", "Asked only once"):
        ask(text)
    page = words(client_of(specialist).get(REPORT))
    assert "Where is my parcel?" in page or "where are the parcels" in page
    assert "2 times" in page
    assert "Asked only once" not in page
    assert "Asked only once" in words(client_of(specialist).get(f"{REPORT}?once=1"))


@pytest.mark.parametrize("shown", ["unanswered", "unopened", "reworded", "decided", "nonsense"])
@pytest.mark.parametrize("days", ["7", "30", "90", "x"])
def test_every_list_is_there_with_and_without_questions(
    client_of: Open, admin: Person, ask: Ask, article: Article, shown: str, days: str
) -> None:
    address = f"{REPORT}?list={shown}&days={days}&language=en&portal=help"
    assert client_of(admin).get(address).status_code == 200
    first = ask("parcel", shown=[article.id], helpful=[article.id])
    for _ in range(2):
        ask("post", shown=[article.id], previous=first)
        ask("letter")
    assert client_of(admin).get(address).status_code == 200


@pytest.mark.parametrize(
    "bad", ["portal=secret%00", "language=x'y", "days=1e9", "list=%F0%9F%98%80", "once=2"]
)
def test_wishes_that_make_no_sense_are_none(
    client_of: Open, admin: Person, article: Article, bad: str
) -> None:
    assert client_of(admin).get(f"{REPORT}?{bad}").status_code == 200


def test_questions_of_portals_that_one_may_not_enter_are_not_shown(
    client_of: Open, author: Person, admin: Person, ask: Ask, article: Article
) -> None:
    for _ in range(2):
        ask("Where is the parcel?", portal="inside")
        ask("Sell the company", portal="secret")
    for address in (REPORT, f"{REPORT}?portal=secret"):
        page = words(client_of(author).get(address))
        assert "Where is the parcel?" in page
        assert "Sell the company" not in page
        assert "Secret" not in page


@pytest.mark.parametrize("who", ["agent", "reviewer", "translator", "outsider", "customer"])
def test_who_does_not_look_after_articles_sees_no_questions(
    client_of: Open, article: Article, who: str, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(who))
    assert client.get(REPORT).status_code == 403
    for verb in ("set-aside", "show-again"):
        assert client.post(f"{REPORT}/{verb}", data={"question": 1}).status_code == 403


def test_a_question_is_set_aside_and_shown_again(
    client_of: Open, supervisor: Person, session: Session, ask: Ask, article: Article
) -> None:
    for _ in range(2):
        ask("Where is my parcel?")
    browser = client_of(supervisor)
    ids = [question.id for question in questions(session)]
    answer = browser.post(f"{REPORT}/set-aside?days=7", data={"question": ids[-1:]}, follow_redirects=True)
    assert "Set aside. It stands under" in words(answer)
    assert "Where is my parcel?" not in words(answer)
    assert "Where is my parcel?" in words(browser.get(f"{REPORT}?list=decided"))
    afresh(session)
    decision = session.scalars(select(GapDecision)).one()
    answer = browser.post(f"{REPORT}/show-again", data={"decision": decision.id}, follow_redirects=True)
    assert "1 question is listed again." in words(answer)
    assert "Where is my parcel?" in words(answer)


@pytest.mark.parametrize("given", ["", "x", "-1", "9" * 40, "123456"])
def test_deciding_about_what_is_not_there_does_nothing(
    client_of: Open, admin: Person, session: Session, article: Article, given: str
) -> None:
    for verb, name in (("set-aside", "question"), ("show-again", "decision")):
        assert client_of(admin).post(f"{REPORT}/{verb}", data={name: given}).status_code == 303
    assert session.scalars(select(GapDecision)).all() == []


def test_a_question_becomes_a_draft_with_how_it_was_worded(
    client_of: Open, author: Person, session: Session, ask: Ask, article: Article
) -> None:
    for text in ("Where is my parcel?", "where are the parcels", "Where is my parcel?"):
        ask(text)
    browser = client_of(author)
    (address,) = {
        part.split('"')[0].replace("&amp;", "&")
        for part in browser.get(REPORT).text.split('href="')
        if part.startswith("/authoring/new")
    }
    assert 'value="Where is my parcel?"' in browser.get(address).text
    sent = {
        "title": "Where is my parcel?",
        "kind": "faq",
        "language": "en",
        "audience": "public",
        "sure": "1",
    }
    assert browser.post(address, data=sent).status_code == 303
    afresh(session)
    made = session.scalars(select(Revision).order_by(Revision.id.desc())).first()
    assert made is not None
    assert made.title == "Where is my parcel?"
    assert "where are the parcels" in made.change_note
    decision = session.scalars(select(GapDecision)).one()
    assert (decision.state, decision.article_id) == (GapDecision.DRAFTED, made.translation.article_id)
    page = words(browser.get(f"{REPORT}?list=decided"))
    assert "Where is my parcel?" in page
    assert "not asked since" in page
    assert "No such question" in words(browser.get(REPORT))


@pytest.mark.parametrize("gap", ["x", "-1,2", "9" * 40, "1,2,3,", "٣", "²"])
def test_an_article_is_begun_whatever_its_address_says_of_questions(
    client_of: Open, author: Person, session: Session, article: Article, gap: str
) -> None:
    sent = {"title": "Parcels", "kind": "faq", "language": "en", "audience": "public", "sure": "1"}
    assert client_of(author).post("/authoring/new", query_string={"gap": gap}, data=sent).status_code == 303
    assert session.scalars(select(GapDecision)).all() == []


def test_a_report_of_many_questions_asks_the_database_as_often_as_one_of_few(
    client_of: Open, admin: Person, services: Services, ask: Ask, article: Article
) -> None:
    browser = client_of(admin)

    def count() -> int:
        browser.get(REPORT)
        with statements(services.database.engine) as asked:
            assert browser.get(REPORT).status_code == 200
        return len(asked)

    for _ in range(2):
        ask("parcel")
    few = count()
    for number in range(20):
        for _ in range(2):
            ask(f"parcel{number} {'x' * number}")
    assert count() == few


def test_the_time_of_the_application_is_that_of_the_log(log: QuestionLog, services: Services) -> None:
    assert log.days == services.config.questions_days
    assert services.clock() == START
