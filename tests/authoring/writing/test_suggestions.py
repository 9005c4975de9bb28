"""Suggestions: made by people at work, told to the owner or the supervisors, taken up or declined with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Draft, Notice, Suggestion
from authoring.writing import suggestion_queries as lists
from authoring.writing import suggestions
from kb import auth
from kb.app import create_app
from kb.config import Config
from kb.errors import Conflict, Invalid, NotAllowed, TooMany
from kb.limits import limiter
from kb.models import Article, Person, State
from tests import factories
from tests.conftest import START, Clock
from tests.kb import stage
from tests.kb.stage import Page, Stage, reread

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def site(session: Session) -> Stage:
    """An open and a closed portal with articles."""
    return stage.build(session)


@pytest.fixture
def roaming(session: Session, author: Person) -> Article:
    """An article that belongs to the author."""
    made = factories.article(
        session, title="Roaming", body="All about it.", tags=["abroad"], by=factories.viewer(session, author)
    )
    session.commit()
    return made


@pytest.fixture
def made(session: Session, agent: Person, roaming: Article) -> Suggestion:
    """An agent's suggestion about it."""
    return suggest(session, agent, roaming, "Name the countries <b>too</b>.")


def suggest(
    session: Session, person: Person, article: Article, body: str, language: str = "en"
) -> Suggestion:
    """Leave a suggestion."""
    revision = factories.newest(article, language)
    by = factories.viewer(session, person)
    left = suggestions.suggest(session, article, revision, body, by=by, now=START)
    session.commit()
    return left


def notices(session: Session) -> list[tuple[int, str, str]]:
    """Who was told what, and where it leads."""
    session.rollback()
    return [
        (one.person_id, one.kind, one.path) for one in session.scalars(select(Notice).order_by(Notice.id))
    ]


def test_an_agent_suggests_from_the_article_and_gets_back_to_it(
    client_of: Open, session: Session, agent: Person, author: Person, site: Stage
) -> None:
    site.roaming.owner_id = author.id
    session.commit()
    client = client_of(agent)
    page = Page(client.get("/help/en/a/roaming-abroad"))
    (way,) = [link for link in page.links() if "/suggest" in link]
    assert client.get(way).status_code == 200
    answer = client.post(way, data={"body": " Name the countries. ", "next": "/help/en/a/roaming-abroad"})
    assert answer.location == "/help/en/a/roaming-abroad"
    assert "on its way" in client.get(answer.location).text
    session.rollback()
    left = session.scalars(select(Suggestion)).one()
    assert (left.body, left.language, left.person_id) == ("Name the countries.", "en", agent.id)
    assert left.revision_id == factories.newest(site.roaming).id
    assert notices(session) == [(author.id, "suggestion", f"/authoring/suggestions/{left.id}")]


def test_readers_find_no_such_way(
    client: FlaskClient, client_of: Open, customer: Person, agent: Person, site: Stage
) -> None:
    path = "/help/en/a/roaming-abroad"
    before = client.get(path)
    assert "/en/suggest" in client_of(agent).get(path).text.replace("/help/en/suggest", "")
    assert "/authoring/" not in client.get(path).text
    assert client.get(path).headers["ETag"] == before.headers["ETag"]
    assert "/authoring/" not in client_of(customer).get(path).text


def test_without_an_owner_all_supervisors_are_told(
    session: Session, agent: Person, supervisor: Person, roaming: Article, both_databases: str
) -> None:
    roaming.owner_id = None
    suggest(session, agent, roaming, "Better words")
    assert [(told, kind) for told, kind, _ in notices(session)] == [(supervisor.id, "suggestion")]


def test_an_owner_who_left_is_none_and_without_supervisors_administrators_are_told(
    session: Session, agent: Person, author: Person, supervisor: Person, admin: Person, roaming: Article
) -> None:
    author.is_active = supervisor.is_active = False
    suggest(session, agent, roaming, "Better words")
    assert [told for told, _kind, _ in notices(session)] == [admin.id]


def test_one_can_suggest_only_about_what_one_can_read(
    client_of: Open, session: Session, agent: Person, author: Person
) -> None:
    hidden = factories.article(session, "draft", state=State.DRAFT)
    factories.audience(session, "partners")
    closed = factories.article(session, "closed", audience="partners")
    session.commit()
    client = client_of(agent)
    for article in (hidden, closed):
        assert client.get(f"/authoring/articles/{article.id}/en/suggest").status_code == 404
        assert (
            client.post(f"/authoring/articles/{article.id}/en/suggest", data={"body": "x"}).status_code == 404
        )
    assert client.get("/authoring/articles/99/en/suggest").status_code == 404


@pytest.mark.parametrize("body", ["", "  ", "x" * 3001, "\0"])
def test_what_cannot_be_kept_is_refused_and_stays_in_the_form(
    client_of: Open, session: Session, agent: Person, roaming: Article, body: str
) -> None:
    answer = client_of(agent).post(f"/authoring/articles/{roaming.id}/en/suggest", data={"body": body})
    assert answer.status_code == 422
    assert body.strip()[:100] in answer.text or body == "\0"
    with pytest.raises(Invalid):
        suggest(session, agent, roaming, body)
    session.rollback()
    assert session.scalars(select(Suggestion)).all() == []


def test_the_same_is_not_suggested_twice_while_it_is_open(
    client_of: Open, session: Session, agent: Person, supervisor: Person, roaming: Article, made: Suggestion
) -> None:
    answer = client_of(agent).post(f"/authoring/articles/{roaming.id}/en/suggest", data={"body": made.body})
    assert answer.status_code == 409
    assert "Name the countries" in answer.text
    with pytest.raises(Conflict):
        suggest(session, agent, roaming, made.body)
    assert suggest(session, supervisor, roaming, made.body).state == "open"


def test_nobody_suggests_without_end(
    session: Session, agent: Person, roaming: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "MOST_A_DAY", 2)
    for number in range(2):
        suggest(session, agent, roaming, f"Number {number}")
    with pytest.raises(TooMany):
        suggest(session, agent, roaming, "Number 2")
    revision, by = factories.newest(roaming), factories.viewer(session, agent)
    tomorrow = START + timedelta(days=1)
    assert suggestions.suggest(session, roaming, revision, "Number 2", by=by, now=tomorrow).state == "open"


@pytest.mark.parametrize("part", ["customer", "outsider"])
def test_who_holds_no_role_suggests_nothing(
    client_of: Open,
    session: Session,
    request: pytest.FixtureRequest,
    roaming: Article,
    made: Suggestion,
    part: str,
) -> None:
    person = request.getfixturevalue(part)
    client = client_of(person)
    path = f"/authoring/articles/{roaming.id}/en/suggest"
    assert client.get(path).status_code == 403
    assert client.post(path, data={"body": "x"}).status_code == 403
    assert client.get("/authoring/suggestions/").status_code == 403
    assert client.get(f"/authoring/suggestions/{made.id}").status_code == 403
    with pytest.raises(NotAllowed):
        suggest(session, person, roaming, "x")


def test_taking_it_up_lays_a_working_copy_out_and_tells_who_suggested_it(
    client_of: Open, session: Session, agent: Person, author: Person, roaming: Article, made: Suggestion
) -> None:
    client = client_of(author)
    answer = client.post(f"/authoring/suggestions/{made.id}/take")
    assert answer.location == f"/authoring/articles/{roaming.id}/en"
    reread(session, made)
    assert (made.state, made.closed_by_id, made.closed_at) == ("taken", author.id, START)
    copy = session.scalars(select(Draft)).one()
    assert (copy.person_id, copy.base_id) == (author.id, factories.newest(roaming).id)
    assert copy.fields["change_note"] == "Name the countries <b>too</b>."
    assert (copy.fields["title"], copy.fields["body"], copy.fields["tags"]) == (
        "Roaming",
        "All about it.",
        "abroad",
    )
    page = client.get(answer.location)
    assert Page(page).words.count("Name the countries <b>too</b>.") == 1
    assert "taken up by you" in Page(page).words
    assert (agent.id, "suggestion_answered", f"/authoring/suggestions/{made.id}") in notices(session)
    assert "Taken up by Anna Author" in Page(client_of(agent).get(f"/authoring/suggestions/{made.id}")).words


def test_taking_it_up_leaves_ones_own_working_copy_alone(
    client_of: Open, session: Session, author: Person, roaming: Article, made: Suggestion
) -> None:
    fields = {"title": "Mine", "body": "Half a sentence"}
    session.add(
        Draft(
            article_id=roaming.id, language="en", person_id=author.id, base_id=factories.newest(roaming).id,
            fields=fields, saved_at=START, seen_at=START,
        )
    )  # fmt: skip
    session.commit()
    assert client_of(author).post(f"/authoring/suggestions/{made.id}/take").status_code == 303
    session.rollback()
    assert session.scalars(select(Draft)).one().fields == fields


def test_what_was_taken_stands_beside_the_text_until_it_shows(
    session: Session, author: Person, supervisor: Person, roaming: Article, made: Suggestion
) -> None:
    by = factories.viewer(session, author)
    suggestions.take(session, made, by=by, now=START)

    def beside(person: Person) -> list[int]:
        return [
            row.suggestion.id
            for row in lists.beside(session, factories.viewer(session, person), roaming.id, "en")
        ]

    assert beside(author) == [made.id]
    assert beside(supervisor) == []
    later = START + timedelta(minutes=5)
    factories.revision(session, roaming, state=State.DRAFT, by=by, now=later)
    assert beside(author) == [made.id]
    factories.revision(session, roaming, by=by, now=later)
    assert beside(author) == []


def test_declining_needs_a_reason_and_who_suggested_it_reads_it(
    client_of: Open, session: Session, agent: Person, author: Person, made: Suggestion
) -> None:
    client, path = client_of(author), f"/authoring/suggestions/{made.id}/decline"
    for reason in ("", "  ", "x" * 1001):
        assert client.post(path, data={"answer": reason}).status_code == 422
    assert client.post(path, data={"answer": "They change <weekly>"}).status_code == 303
    reread(session, made)
    assert (made.state, made.answer) == ("declined", "They change <weekly>")
    notice = session.scalars(select(Notice).where(Notice.kind == "suggestion_answered")).one()
    assert (notice.person_id, notice.params["answer"]) == (agent.id, "They change <weekly>")
    shown = client_of(agent).get(notice.path)
    assert "They change <weekly>" in Page(shown).words
    assert "<weekly>" not in shown.text


@pytest.mark.parametrize("verb", ["take", "decline"])
def test_it_is_answered_once(
    client_of: Open, session: Session, author: Person, supervisor: Person, made: Suggestion, verb: str
) -> None:
    suggestions.decline(session, made, "No", by=factories.viewer(session, supervisor), now=START)
    session.commit()
    answer = client_of(author).post(f"/authoring/suggestions/{made.id}/{verb}", data={"answer": "Yes"})
    assert answer.status_code == 409
    reread(session, made)
    assert made.answer == "No"


@pytest.mark.parametrize("part", ["reviewer", "translator", "agent", "outsider"])
def test_only_who_may_write_the_text_answers(
    client_of: Open, session: Session, request: pytest.FixtureRequest, made: Suggestion, part: str
) -> None:
    client = client_of(request.getfixturevalue(part))
    assert client.post(f"/authoring/suggestions/{made.id}/take").status_code == 403
    assert client.post(f"/authoring/suggestions/{made.id}/decline", data={"answer": "No"}).status_code == 403
    reread(session, made)
    assert made.state == "open"


def test_another_agent_does_not_read_it(
    client_of: Open, session: Session, agent: Person, customer: Person, made: Suggestion
) -> None:
    customer.roles = ["agent"]
    session.commit()
    assert client_of(agent).get(f"/authoring/suggestions/{made.id}").status_code == 200
    assert client_of(customer).get(f"/authoring/suggestions/{made.id}").status_code == 403
    assert "Name the countries" not in client_of(customer).get("/authoring/suggestions/?box=all").text


def test_the_lists_hold_what_is_to_me_mine_and_all(
    client_of: Open, session: Session, agent: Person, author: Person, supervisor: Person, specialist: Person,
    roaming: Article, made: Suggestion,
) -> None:  # fmt: skip
    ownerless = factories.article(session, "prices", title="Prices", translations={"hu": "Árak"})
    ownerless.owner_id = None
    other = suggest(session, author, ownerless, "Cheaper!", "hu")

    def found(person: Person, box: str, **filters: str) -> set[int]:
        wanted = lists.Filters(box, **filters)
        listing = lists.suggestions(session, factories.viewer(session, person), wanted, 1)
        return {row.suggestion.id for row in listing.rows}

    assert found(author, "to_me") == {made.id}
    assert found(author, "mine") == {other.id}
    assert found(supervisor, "to_me") == {other.id}
    assert found(agent, "mine") == {made.id}
    assert found(specialist, "to_me") == set()
    assert found(specialist, "all") == {made.id, other.id}
    assert found(specialist, "all", language="hu") == {other.id}
    assert found(specialist, "all", text="árak") == {other.id}
    assert found(specialist, "all", text="countries") == {made.id}
    assert found(specialist, "all", state="taken") == set()
    page = Page(client_of(supervisor).get("/authoring/suggestions/?state=open&q=cheap"))
    assert "Cheaper!" in page.words
    assert "Suggestions 1 waiting" in page.words
    assert (
        client_of(agent).get("/authoring/suggestions/?box=nonsense&state=nonsense&page=x").status_code == 200
    )


def test_suggesting_too_fast_is_slowed_down(
    config: Config, clock: Clock, session: Session, agent: Person, roaming: Article
) -> None:
    app = create_app(replace(config, rate_limits=True), clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = auth.LoggedIn(agent).get_id()
        cookie["_fresh"] = True
    path = f"/authoring/articles/{roaming.id}/en/suggest"
    answers = [client.post(path, data={"body": f"Number {number}"}).status_code for number in range(11)]
    limiter.reset()
    app.extensions["kalauz"].database.engine.dispose()
    assert answers == [303] * 10 + [429]
