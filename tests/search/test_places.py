"""What is remembered of topics is right for whoever asks, at every moment, whatever changes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import articles, journal
from kb.context import Services
from kb.models import Topic
from kb.permissions import SYSTEM
from kb.portals import FEATURES
from kb.structure import TopicNode
from kb.viewers import ANONYMOUS, Viewer
from search.places import Places
from tests import factories
from tests.conftest import START
from tests.kb.admin.test_topics import Statements

HOUR = timedelta(hours=1)
AGENT = Viewer(audiences=frozenset({"public", "agent"}))


@pytest.fixture
def topics(session: Session) -> dict[str, Topic]:
    """A topic with one below it, and one for agents."""
    phones = factories.topic(session, "phones")
    sim = factories.topic(session, "sim", parent=phones)
    desk = factories.topic(session, "desk")
    factories.article(session, "puk", topics=[sim, phones], expires_at=START + HOUR)
    factories.article(session, "fraud", topics=[desk], audience="agent", publish_at=START + 2 * HOUR)
    session.commit()
    return {"phones": phones, "sim": sim, "desk": desk}


def held(
    places: Places, services: Services, viewer: Viewer = ANONYMOUS, after: timedelta = timedelta()
) -> list[str]:
    """The topics that hold something."""
    with services.database.session() as session:
        head = journal.head(session)
        nodes: list[TopicNode] = list(services.structure.current(session, head).topics.values())
        found = places.holding(session, viewer, START + after, head, nodes)
        return sorted(node.key for node in nodes if node.id in found)


def test_what_begins_and_ends_by_itself_does_so_on_its_second(
    both_databases: str, services: Services, topics: dict[str, Topic]
) -> None:
    places = Places()
    assert held(places, services) == ["phones", "sim"]
    assert held(places, services, after=HOUR - timedelta(seconds=1)) == ["phones", "sim"]
    assert held(places, services, after=HOUR) == []
    assert held(places, services) == ["phones", "sim"], "a request that began before"
    assert held(places, services, AGENT, after=2 * HOUR) == ["desk"]


def test_each_kind_of_viewer_has_a_memory_of_its_own(services: Services, topics: dict[str, Topic]) -> None:
    places = Places()
    assert held(places, services, AGENT, after=2 * HOUR) == ["desk"]
    assert held(places, services, ANONYMOUS, after=2 * HOUR) == []
    assert held(places, services, Viewer(audiences=frozenset()), after=2 * HOUR) == []


def test_a_change_is_seen_by_the_next_who_asks_and_not_by_whoever_began_before(
    both_databases: str, services: Services, session: Session, topics: dict[str, Topic]
) -> None:
    places = Places()
    before = journal.head(session)
    article = factories.article(session, "roaming", topics=[topics["sim"]])
    session.commit()
    now = journal.head(session)
    assert places.of(session, now, [article.id]) == {article.id: (topics["sim"].id,)}
    articles.place(session, article, [topics["desk"], topics["sim"]], by=SYSTEM)
    session.commit()
    late = {article.id: (topics["desk"].id, topics["sim"].id)}
    assert places.of(session, now, [article.id]) == {article.id: (topics["sim"].id,)}
    assert places.of(session, journal.head(session), [article.id]) == late
    assert places.of(session, before, [article.id]) == late, "asked anew, and not remembered"
    assert "desk" in held(places, services)


def test_a_page_of_results_asks_the_database_once_for_all(
    client: FlaskClient,
    session: Session,
    topics: dict[str, Topic],
    statements: Statements,
) -> None:
    factories.portal(session, features=list(FEATURES))
    for number in range(12):
        factories.article(session, f"sim-{number}", title=f"SIM {number}", topics=[topics["sim"]])
    session.commit()
    begins_and_asks_whether_anything_has_changed = 2
    for page in ("search", "suggest"):
        asked = statements(partial(client.get, f"/help/en/{page}?q=sim"))
        assert asked == begins_and_asks_whether_anything_has_changed
