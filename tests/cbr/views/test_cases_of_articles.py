"""The cases that an article solved stand beside it, for those who may see them, at the price of one question."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cbr.models import CaseState, CaseTypeRow
from kb.context import Services
from kb.models import Article, Person
from tests import factories
from tests.cbr.stage import phones, solved
from tests.kb.stage import Page, statements

Open = Callable[[Person], FlaskClient]
PAGE = "/help/en/a/roaming-abroad"


@pytest.fixture
def article(session: Session) -> Article:
    factories.portal(session, "help", audiences=["public", "customer"])
    factories.portal(session, "inside", audiences=["public", "customer", "agent"], entry_audience="agent")
    made = factories.article(session, "roaming", title="Roaming abroad")
    session.commit()
    return made


@pytest.fixture
def row(session: Session, article: Article) -> CaseTypeRow:
    made = phones(session)
    session.commit()
    return made


def cost(services: Services, client: FlaskClient, path: str) -> int:
    client.get(path + "?x=1")
    with statements(services.database.engine) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_where_there_are_no_cases_nothing_is_asked(
    client: FlaskClient,
    client_of: Open,
    services: Services,
    session: Session,
    row: CaseTypeRow,
    agent: Person,
) -> None:
    known = client_of(agent)
    before = cost(services, known, PAGE)
    solved(session, row, "Hidden", article="roaming", audience="agent", abroad=True)
    session.commit()
    assert cost(services, known, PAGE) == before, "this portal shows nothing of agents"
    assert "Solved with this" not in client.get(PAGE).text
    assert "Solved with this" not in known.get(PAGE).text
    assert "Solved with this 1" in Page(known.get(PAGE.replace("help", "inside"))).words
    assert cost(services, known, PAGE.replace("help", "inside")) == before + 1


def test_readers_see_the_commonest_and_staff_may_open_them(
    client: FlaskClient, client_of: Open, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    for number in range(7):
        case = solved(
            session,
            row,
            f"Do {number}, see [roaming](kb:roaming).",
            problem=f"Problem {number}",
            used=float(number),
        )
        case.count = 10 + number
    session.commit()
    page = Page(client.get(PAGE))
    assert "Solved with this 7 Problem 6 16 contacts Problem 5 15 contacts" in page.words
    assert "Problem 1" not in page.words
    assert not [link for link in page.links() if link.startswith("/cases/")]
    known = Page(client_of(agent).get(PAGE))
    assert "/cases/?article=roaming" in known.links()
    assert len([link for link in known.links() if link.startswith("/cases/phones/")]) == 5


def test_a_cached_page_changes_with_the_cases(
    client: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    assert "Problem one" not in client.get(PAGE).text
    case = solved(session, row, state=CaseState.SOLVED, article="roaming", problem="Problem one", abroad=True)
    session.commit()
    assert "Problem one" not in client.get(PAGE).text, "it is not confirmed"
    case.state = CaseState.CONFIRMED
    session.commit()
    assert "Problem one" in client.get(PAGE).text


def test_those_who_look_after_articles_see_them_as_well(
    client_of: Open, session: Session, article: Article, row: CaseTypeRow, author: Person
) -> None:
    solved(session, row, article="roaming", problem="No service", abroad=True)
    session.commit()
    assert (
        "Solved with this 1 No service" in Page(client_of(author).get(f"/admin/articles/{article.id}")).words
    )
