"""What a page asks is found by index: it costs the same among a hundred articles and among a hundred thousand.

The plans are those of an SQLite base without statistics, which is what everybody starts with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from kb import queries
from kb.structure import load
from kb.viewers import ANONYMOUS, Viewer
from search import followers
from tests import factories
from tests.conftest import START

BY_STATE = "ix_revision_state_publish_at"  # nearly every revision is published: to search by that is to read them all
Plan = Callable[[Callable[[], object]], list[str]]


@pytest.fixture
def plan(session: Session) -> Plan:
    """How SQLite goes about what a function asks, step by step."""

    def planned(ask: Callable[[], object]) -> list[str]:
        connection = session.connection()
        asked: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
            asked.append((statement, values))

        event.listen(connection, "before_cursor_execute", note)
        ask()
        event.remove(connection, "before_cursor_execute", note)
        assert asked
        return [
            step[3]
            for statement, values in asked
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]

    return planned


def reader() -> Viewer:
    """Somebody in a portal."""
    return ANONYMOUS.within(audiences=["public"], languages=["en", "hu"], topic_ids=None)


def wanders(steps: list[str]) -> list[str]:
    """The steps that read a table from its beginning, or all that is published."""
    return [step for step in steps if step.startswith("SCAN ") or BY_STATE in step]


def test_an_article_is_found_by_its_address_and_by_its_key(plan: Plan, session: Session) -> None:
    factories.article(session, "roaming")
    assert wanders(plan(lambda: queries.article_by_slug(session, reader(), START, "roaming"))) == []
    assert wanders(plan(lambda: queries.article_by_key(session, reader(), START, "roaming"))) == []


def test_what_stands_around_an_article_is_found_by_its_links(plan: Plan, session: Session) -> None:
    made = factories.article(session, "roaming", related=["sim"])
    steps = plan(lambda: queries.neighbours(session, reader(), START, made, ["sim", "esim"], ["en"]))
    assert any("ix_revision_link_key" in step for step in steps)
    assert wanders(steps) == []


def test_the_articles_of_a_topic_are_found_by_the_topic(plan: Plan, session: Session) -> None:
    topic = factories.topic(session)
    factories.article(session, "roaming", topics=[topic])
    steps = plan(lambda: queries.in_topics(session, reader(), START, [topic.id], ["en"]))
    assert any("ix_article_topic_topic_id" in step for step in steps)
    assert wanders(steps) == []


def test_what_is_new_is_read_from_the_newest_on(plan: Plan, session: Session) -> None:
    factories.article(session, "roaming")
    steps = plan(lambda: queries.newest(session, reader(), START, "en", 8))
    assert any(BY_STATE in step for step in steps)
    assert not any("ORDER BY" in step for step in steps)


def test_an_article_is_indexed_without_looking_at_others(plan: Plan, session: Session) -> None:
    made = factories.article(session, "roaming", topics=[factories.topic(session)])
    structure = load(session, 1)
    assert wanders(plan(lambda: list(followers.documents(session, structure, [made.id])))) == []
