"""How people fare on a guide is drawn on its tree, for those who look after it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from authoring.views.guides import statistics
from cbr.guided import runs, tallies
from cbr.guided.playing import Players
from cbr.guided.steps import Answer
from kb.context import Services
from kb.models import Article, Person, State
from tests import factories
from tests.cbr.guided_runs import stage
from tests.conftest import START
from tests.kb.stage import Page, statements

SETTLED = START + runs.SETTLED_AFTER


@pytest.fixture
def players(app: object) -> Players:
    """What plays the runs."""
    found: Players = app.extensions["guided"]  # type: ignore[attr-defined]
    return found


@pytest.fixture
def counted(session: Session, players: Players) -> Article:
    """A guide after four runs: two were helped, one was not, one gave up."""
    router = stage.build(session)
    ways = [("solved", "worked"), ("solved", "adapted"), ("call", "failed"), ("", "left")]
    for end, verdict in ways:
        run, play = stage.begun(session, players)
        runs.answer(session, run, play, Answer("light", "restart"), now=START)
        if end:
            runs.answer(session, run, play, Answer("restart", 5 if end == "solved" else 20), now=START)
        runs.finish(session, run, play, verdict, now=START)
    tallies.settle(session, SETTLED)
    session.commit()
    return router


@pytest.fixture
def desk(client_of: Callable[[Person], FlaskClient], author: Person) -> FlaskClient:
    """The author's browser."""
    return client_of(author)


def address(article: Article) -> str:
    return f"/authoring/guides/{article.id}/statistics"


def test_the_tree_says_how_many_took_each_way(desk: FlaskClient, counted: Article) -> None:
    page = Page(desk.get(f"{address(counted)}?language=en"))
    assert "Led through it 4 It worked 1 25 % Worked with a change 1 25 % Did not help 1 25 % Gave up 1" in (
        page.words
    )
    assert "How many minutes ago did it start? 1 of 4" in page.words
    assert "4 came · 2 helped · 1 gave up" in page.words
    assert "Just now → It works again 2 100 %" in page.words
    assert len(page.all("svg", role="img")) == 1


def test_the_figures_are_the_same_in_every_language(desk: FlaskClient, counted: Article) -> None:
    page = Page(desk.get(f"{address(counted)}?language=hu"))
    assert "Világít a lámpa?" in page.words
    assert "4 came · 2 helped" in page.words


def test_a_large_tree_is_an_outline(
    desk: FlaskClient, counted: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "MOST_DRAWN", 3)
    page = Page(desk.get(f"{address(counted)}?language=en"))
    assert page.all("svg", role="img") == []
    assert "Just now → It works again 2 100 %" in page.words


def test_what_is_gone_is_told_apart(desk: FlaskClient, session: Session, counted: Article) -> None:
    text = stage.ROUTER.replace("{#restart}", "{#start}").replace("(#restart)", "(#start)")
    factories.revision(session, counted, title="Router", body=text)
    session.commit()
    page = Page(desk.get(f"{address(counted)}?language=en"))
    assert "restart → solved" in page.words
    assert "3 steps and ways that were counted are gone" in page.words or "are gone" in page.words


def test_the_editor_gets_the_same_as_data(desk: FlaskClient, counted: Article) -> None:
    told = desk.get(f"{address(counted)}.json").json or {}
    assert told["whole"] == [4, 1, 2]
    assert told["nodes"]["restart"] == {"": [4, 1, 2], "solved": [2, 0, 2], "call": [1, 0, 0]}
    assert told["since"] == SETTLED.isoformat()


def test_nobody_was_led_through_it_yet(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session, "new", kind="guide", body=stage.ROUTER, state=State.DRAFT)
    session.commit()
    assert "Nobody has been led through it yet" in Page(desk.get(address(made))).words


def test_prose_says_that_nobody_is_led_through_it(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session, "prose", kind="guide", body="## A heading\n\nOnly prose.")
    session.commit()
    assert "This text is no tree" in Page(desk.get(address(made))).words


def test_it_asks_the_database_a_fixed_number_of_times(
    desk: FlaskClient, services: Services, counted: Article
) -> None:
    engine: Engine = services.database.engine
    desk.get(address(counted))
    with statements(engine) as asked:
        desk.get(address(counted))
    assert len(asked) <= 14


@pytest.mark.parametrize("part", ["customer", "outsider"])
def test_outsiders_see_no_figures(
    client_of: Callable[[Person], FlaskClient],
    request: pytest.FixtureRequest,
    counted: Article,
    part: str,
) -> None:
    client = client_of(request.getfixturevalue(part))
    assert client.get(address(counted)).status_code == 403
    assert client.get(f"{address(counted)}.json").status_code == 403


def test_other_kinds_have_none(desk: FlaskClient, session: Session) -> None:
    made = factories.article(session, "prices")
    session.commit()
    assert desk.get(address(made)).status_code == 404
