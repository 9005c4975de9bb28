"""What waits for whom: the rules, the list and the count on every work page say the same, and cheaply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from authoring.approval import delegations
from authoring.approval.cases import listed, waiting_for
from authoring.models import Review
from authoring.views import desk
from authoring.workflow import Step
from kb.context import Services
from kb.models import Person, Topic
from tests import factories
from tests.authoring.approval.reviewing import TWO_STEPS, decide, draft, submitted
from tests.conftest import START
from tests.kb.admin.conftest import words
from tests.kb.stage import statements

Open = Callable[[Person], FlaskClient]

WAITS_FOR = {
    "author": set(),
    "reviewer": {"role"},
    "translator": {"people"},
    "agent": {"group"},
    "supervisor": {"late", "second"},
    "specialist": {"role", "late"},  # stands in for the reviewer
    "admin": {"role", "elsewhere", "own", "late", "second"},
    "outsider": set(),
}


def in_review(session: Session, topic: Topic, key: str, by: Person, *steps: Step) -> Review:
    """Submit an article to these steps."""
    made = factories.article(session, key, topics=[topic])
    review = submitted(session, draft(session, made, by), by)
    review.steps = [step.to_json() for step in steps]
    session.flush()
    return review


@pytest.fixture
def busy(
    session: Session,
    author: Person,
    reviewer: Person,
    translator: Person,
    agent: Person,
    specialist: Person,
) -> None:
    """A review of every sort: asking a role, elsewhere, of one's own, a group, a person, overdue, half decided."""
    abroad, prices = factories.topic(session, "abroad"), factories.topic(session, "prices")
    factories.group(session, "partners", [agent])
    factories.limit(session, reviewer, topics=["abroad"])
    reviewer.roles = ["author", "reviewer"]
    delegations.give(
        session,
        reviewer,
        specialist,
        from_at=START,
        until_at=START + timedelta(days=1),
        by=factories.viewer(session, reviewer),
        now=START,
    )
    in_review(session, abroad, "role", author, Step(role="reviewer"))
    in_review(session, prices, "elsewhere", author, Step(role="reviewer"))
    in_review(session, abroad, "own", reviewer, Step(role="reviewer"))
    in_review(session, abroad, "group", author, Step(group="partners"))
    in_review(session, abroad, "people", author, Step(people=(translator.id,)))
    in_review(session, abroad, "late", author, Step(role="specialist")).escalated_at = START
    decide(session, in_review(session, abroad, "second", author, *TWO_STEPS), reviewer)
    session.commit()


@pytest.fixture
def waiting(session: Session, author: Person) -> list[Review]:
    """Three articles of the author in review."""
    made = [factories.article(session, key) for key in ("one", "two", "three")]
    found = [submitted(session, draft(session, article, author), author) for article in made]
    session.commit()
    return found


@pytest.mark.parametrize("part", WAITS_FOR)
@pytest.mark.usefixtures("busy")
def test_everybody_is_asked_for_what_they_may_decide(
    session: Session, both_databases: str, request: pytest.FixtureRequest, part: str
) -> None:
    person: Person = request.getfixturevalue(part)
    found = waiting_for(session, person.id, START)
    assert {one.article.key for one in listed(session, found)} == WAITS_FOR[part]


@pytest.mark.parametrize("part", [part for part in WAITS_FOR if part != "outsider"])
@pytest.mark.usefixtures("busy")
def test_the_list_shows_as_many_as_its_count_says(
    client_of: Open, request: pytest.FixtureRequest, part: str
) -> None:
    browser = client_of(request.getfixturevalue(part))
    page, many = browser.get("/authoring/"), len(WAITS_FOR[part])
    assert page.text.count(" data-row>") == many
    if part != "agent":  # whose navigation has no desk
        said = f"Desk {many} waiting" if many else "Desk Suggestions"
        assert said in words(browser.get("/authoring/notices/"))


def test_a_long_list_says_how_many_more_there_are(
    client_of: Open, reviewer: Person, waiting: list[Review], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST_SHOWN", 2)
    for tab in ("waiting", "all"):
        page = client_of(reviewer).get(f"/authoring/?tab={tab}")
        assert page.text.count(" data-row>") == 2
        assert "1 more is due later." in words(page)


@pytest.mark.parametrize(("part", "looks"), [("author", 1), ("reviewer", 5)])
def test_the_count_asks_the_same_number_of_times_however_much_waits(
    session: Session,
    services: Services,
    client_of: Open,
    author: Person,
    waiting: list[Review],
    request: pytest.FixtureRequest,
    part: str,
    looks: int,
) -> None:
    browser = client_of(request.getfixturevalue(part))

    def asked() -> list[str]:
        browser.get("/authoring/notices/")
        with statements(services.database.engine) as found:
            browser.get("/authoring/notices/")
        return found

    few = len(asked())
    for number in range(9):
        made = factories.article(session, f"more-{number}")
        submitted(session, draft(session, made, author), author)
    session.commit()
    many = asked()
    assert len(many) == few
    assert sum("FROM review" in one for one in many) == looks
