"""The warning while a title is typed: what shows and what is on its way, ranked, and never what one may not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from authoring.writing import duplicates
from authoring.writing.duplicates import Similar
from authoring.writing.likeness import likeness, telling_words
from kb.models import Person, State
from search.asking import search
from tests import factories
from tests.conftest import START

Open = Callable[[Person], FlaskClient]
Find = Callable[..., list[Similar]]


def flat(_word: str) -> float:
    """All words are worth the same."""
    return 1.0


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["en", "hu", "xx"]))
def test_likeness_is_from_nothing_to_one_and_the_same_both_ways(one: str, other: str, language: str) -> None:
    a, b = telling_words(one, language), telling_words(other, language)
    there, back = likeness(a, b, flat), likeness(b, a, flat)
    assert there == pytest.approx(back)
    assert 0 <= there <= 1 + 1e-9
    assert not a or likeness(a, a, flat) == pytest.approx(1)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "How do I reset my password?", "Resetting passwords"),
        ("en", "Rooter is down", "The router is down"),
        ("hu", "Jelszó módosítása", "Jelszavam módosítása"),
        ("sv", "Byta lösenord", "Byta lösenordet"),
        ("ru", "Сменить пароль", "Смена пароля"),
    ],
)
def test_other_forms_of_the_same_words_are_alike(language: str, one: str, other: str) -> None:
    a, b = (telling_words(title, language) for title in (one, other))
    assert likeness(a, b, flat) > duplicates.THRESHOLD


def test_rare_words_tell_more_than_common_ones() -> None:
    typed, rare, common = (
        telling_words(title, "en") for title in ("Halmar roaming", "Roaming abroad", "Halmar television")
    )

    def weigh(word: str) -> float:
        return 0.1 if word == "halmar" else 2.0

    assert likeness(typed, rare, weigh) > likeness(typed, common, weigh)


@pytest.fixture
def find(app: Flask, session: Session, author: Person) -> Iterator[Find]:
    """Ask as the author, with this application's search."""
    factories.article(session, "reset", title="Reset your password", translations={"hu": "Új jelszó kérése"})
    factories.article(session, "router", title="Set up the router")
    factories.article(session, "invoice", title="Read your invoice")
    factories.article(session, "roaming", title="Roaming outside the EU")
    session.commit()
    with app.test_request_context():
        yield lambda title, language="en", **more: duplicates.similar(
            session,
            search().ask,
            title,
            language,
            more.pop("viewer", factories.viewer(session, author)),
            START,
            **more,
        )


def keys(found: list[Similar]) -> list[str]:
    """Which articles were found."""
    return [one.key for one in found]


def test_what_shows_is_found_best_first(find: Find) -> None:
    found = find("How to reset a password")
    assert keys(found) == ["reset"]
    assert (found[0].title, found[0].state) == ("Reset your password", "published")
    assert found[0].score > 0.9
    assert keys(find("Jelszó kérése", "hu")) == ["reset"]


@pytest.mark.parametrize("title", ["", "  ", "?!", "Television", "zzz", '"NOT ( kind: -', "a" * 5000, "\0"])
def test_nothing_is_found_for_what_is_new_or_no_title(find: Find, title: str) -> None:
    assert find(title) == []


def test_an_article_is_no_duplicate_of_itself(find: Find) -> None:
    (one,) = find("Reset your password")
    assert find("Reset your password", without=one.article_id) == []


def test_it_stays_with_three_and_with_the_language(find: Find, session: Session) -> None:
    for number in range(5):
        factories.article(session, f"copy-{number}", title="Reset the password", state=State.DRAFT)
    session.commit()
    assert len(find("Reset password")) == 3
    assert find("Reset your password", "hu") == []


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.APPROVED])
def test_what_is_on_its_way_is_found(find: Find, session: Session, state: State, both_databases: str) -> None:
    factories.article(session, "new", title="Cancelling a contract", state=state)
    session.commit()
    (one,) = find("How can I cancel my contract?")
    assert (one.key, one.state) == ("new", state)


def test_what_shows_later_is_found_and_what_was_given_up_is_not(find: Find, session: Session) -> None:
    later = START + timedelta(days=1)
    factories.article(session, "later", title="Cancelling a contract", publish_at=later)
    for state in (State.REJECTED, State.WITHDRAWN, State.SUPERSEDED):
        factories.article(session, state, title="Cancelling contracts", state=state)
    session.commit()
    assert keys(find("Cancel a contract")) == ["later"]


def test_an_older_draft_counts_no_more(find: Find, session: Session) -> None:
    made = factories.article(session, "new", title="Cancelling a contract", state=State.DRAFT)
    factories.revision(session, made, title="Ending it all", state=State.DRAFT)
    session.commit()
    assert find("Cancelling a contract") == []


def test_an_article_with_a_new_draft_is_found_once(find: Find, session: Session) -> None:
    made = factories.article(session, "sim", title="Order a card")
    factories.revision(session, made, title="Order a SIM card", state=State.DRAFT)
    session.commit()
    found = find("Order a SIM card")
    assert [(one.key, one.title) for one in found] == [("sim", "Order a SIM card")]


def test_of_what_shows_one_learns_only_what_one_may_read(find: Find, session: Session, agent: Person) -> None:
    factories.audience(session, "partners")
    factories.article(session, "secret", title="Discounts for partners", audience="partners")
    session.commit()
    assert find("Discounts for partners") == []
    assert find("Discounts for partners", viewer=factories.viewer(session, agent)) == []


def test_the_page_is_told_while_a_title_is_typed(
    client_of: Open, session: Session, author: Person, outsider: Person
) -> None:
    factories.article(session, "reset", title="Reset your password")
    own = factories.article(
        session, "own", title="Resetting a password", by=factories.viewer(session, author)
    )
    session.commit()
    path = f"/authoring/articles/{own.id}/en/similar?title=Reset+the+password"
    assert [one["title"] for one in client_of(author).get(path).get_json()] == ["Reset your password"]
    assert client_of(outsider).get(path).status_code == 403
