"""How many questions a page asks the database; more than these are a regression."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cbr.models import CaseState
from kb.context import Services
from kb.models import Person
from kb.views.admin.navigation import MOST_COUNTED
from tests import factories
from tests.cbr.stage import phones, solved
from tests.conftest import START
from tests.kb.stage import Stage, statements
from tests.kb.test_api import key_for

Open = Callable[[Person], FlaskClient]

# Per page: most statements for an anonymous reader whose page is not kept, and for somebody who is logged in.
MOST = {
    "/help/en/a/roaming-abroad": (6, 6),
    "/help/hu/a/barangolas-kulfoldon": (6, 6),
    "/help/en/": (5, 5),
    "/help/en/topics/": (3, 3),
    "/help/en/topics/sim": (4, 4),
    "/help/en/tags/": (3, 3),
    "/help/en/search?q=roaming": (2, 3),
    "/help/en/suggest?q=roa": (1, 2),
    "/help/en/folders/travel": (1, 2),
    "/help/en/feed.atom": (3, 3),
    "/help/sitemap.xml": (3, 3),
    "/": (2, 2),
    "/api/v1/articles": (4, 5),
    "/api/v1/articles/roaming": (5, 6),
    "/api/v1/search?q=roaming": (1, 2),
    "/api/v1/topics": (2, 3),
    "/api/v1/portals": (1, 2),
}


@pytest.fixture
def crowded(session: Session, site: Stage) -> Stage:
    """More of everything, so that a question for each of them would be seen."""
    for number in range(8):
        made = factories.article(
            session,
            f"more-{number}",
            title=f"Roaming in country {number}",
            body="[Roaming](kb:roaming) {{snippet:hours}}",
            tags=[f"tag-{number}"],
            topics=[site.sim, factories.topic(session, f"topic-{number}", parent=site.phones)],
            translations={"hu": f"Barangolás {number}"},
        )
        factories.attachment(session, made, f"{number}.txt", str(number).encode())
        factories.attachment(session, site.roaming, f"roaming-{number}.txt", str(number).encode())
        factories.folder(session, f"folder-{number}")
    factories.snippet(session)
    factories.revision(session, site.roaming, title="Roaming", publish_at=START + timedelta(days=1))
    session.commit()
    return site


@pytest.mark.parametrize("path", MOST)
def test_a_page_asks_the_database_few_questions(
    client: FlaskClient, client_of: Open, services: Services, agent: Person, crowded: Stage, path: str
) -> None:
    known = client_of(agent)
    for warming in ("/help/en/search?q=x", "/help/en/suggest?q=x", "/account"):
        known.get(warming)  # the index and the structure are up to date, as in a process that has run a while
    for browser in (client, known):
        browser.get("/help/en/guided/")  # and whether there is guided help is remembered
    for browser, allowed in ((client, MOST[path][0]), (known, MOST[path][1])):
        with statements(services.database.engine) as asked:
            assert browser.get(path).status_code == 200
        assert len(asked) <= allowed, "\n\n".join(asked)


def test_the_side_navigation_counts_no_further_than_it_shows(
    client_of: Open, services: Services, session: Session, reviewer: Person, author: Person
) -> None:
    row = phones(session)
    for number in range(MOST_COUNTED + 2):
        solved(session, row, state=CaseState.SOLVED, used=float(number))
    session.commit()
    known = client_of(reviewer)
    with statements(services.database.engine) as asked:
        page = known.get("/cases/types/phones/evaluation").text
    assert f">{MOST_COUNTED}+<" in page
    [counting] = [one for one in asked if "count(*)" in one and '"case".state =' in one]
    assert "LIMIT" in counting
    with statements(services.database.engine) as asked:
        client_of(author).get("/account")
    assert not [one for one in asked if 'FROM "case"' in one]


def test_a_key_costs_one_question_more(
    client: FlaskClient, services: Services, session: Session, crowded: Stage
) -> None:
    header = key_for(session, "public")
    client.get("/help/en/search?q=x", headers=header)
    with statements(services.database.engine) as asked:
        client.get("/api/v1/search?q=roaming", headers=header)
    assert len(asked) <= 3
    assert not [statement for statement in asked if statement.startswith(("UPDATE", "INSERT"))]


def test_a_page_that_does_not_exist_asks_no_more(
    client: FlaskClient, services: Services, crowded: Stage
) -> None:
    client.get("/help/en/")
    with statements(services.database.engine) as asked:
        assert client.get("/help/en/a/nothing").status_code == 404
    assert len(asked) <= 4
    with statements(services.database.engine) as asked:
        assert client.get("/static/nothing.css", buffered=True).status_code == 404
    assert asked == []
