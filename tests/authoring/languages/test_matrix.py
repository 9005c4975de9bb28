"""The matrix of articles and languages: states, filters, figures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from authoring.languages import matrix
from authoring.languages.matrix import CURRENT, DRAFT, IN_REVIEW, MISSING, STALE, STATES, TO_DO, Cell, Filters
from kb.models import State
from tests import factories
from tests.conftest import START

HOUR = timedelta(hours=1)
LANGUAGES = ("en", "hu")


@pytest.fixture
def library(session: Session) -> None:
    """An article for each state of its Hungarian translation, and some that need none."""
    factories.article(session, "current", translations={"hu": "Kész"})
    stale = factories.article(session, "stale", translations={"hu": "Lemaradt"})
    factories.revision(session, stale, body="Newer.")
    factories.article(session, "missing", kind="standard", topics=[factories.topic(session, "phones")])
    for key, state in (
        ("drafted", State.DRAFT),
        ("returned", State.REJECTED),
        ("waiting", State.IN_REVIEW),
        ("approved", State.APPROVED),
    ):
        factories.revision(session, factories.article(session, key), "hu", title=key, state=state)
    planned = factories.article(session, "planned")
    factories.revision(session, planned, "hu", publish_at=START + HOUR)
    factories.revision(session, factories.article(session, "lapsed"), "hu", expires_at=START + HOUR)
    withdrawn = factories.article(session, "withdrawn-there")
    factories.revision(session, withdrawn, "hu", state=State.WITHDRAWN)
    factories.article(session, "source-draft", state=State.DRAFT)
    factories.article(session, "source-expired", expires_at=START + HOUR, translations={"hu": "Lejárt"})
    factories.article(session, "source-withdrawn", state=State.WITHDRAWN)
    session.flush()


NOW = START + HOUR - timedelta(seconds=1)
THEN = START + HOUR
WANTED = {
    "current": CURRENT,
    "stale": STALE,
    "missing": MISSING,
    "drafted": DRAFT,
    "returned": DRAFT,
    "waiting": IN_REVIEW,
    "approved": IN_REVIEW,
    "planned": CURRENT,
    "lapsed": MISSING,
    "withdrawn-there": MISSING,
    "source-draft": MISSING,
}


def states(session: Session, filters: Filters, now: object = THEN) -> dict[str, str]:
    found = matrix.rows(session, filters, LANGUAGES, now, 1)  # type: ignore[arg-type]
    return {row.article.key: row.cells["hu"].state for row in found.rows}


def test_every_state_is_told(session: Session, library: None, both_databases: str) -> None:
    assert states(session, Filters()) == WANTED
    before = states(session, Filters(), NOW)
    assert (before["planned"], before["lapsed"]) == (IN_REVIEW, CURRENT)
    assert before["source-expired"] == CURRENT


@pytest.mark.parametrize("state", STATES)
def test_a_filter_finds_exactly_what_the_cells_say(
    session: Session, library: None, both_databases: str, state: str
) -> None:
    found = states(session, Filters(languages=("hu",), state=state))
    assert found == {key: held for key, held in WANTED.items() if held == state}


def test_what_a_translator_has_to_do_is_missing_or_stale(session: Session, library: None) -> None:
    assert set(states(session, Filters(languages=("hu",), state=TO_DO))) == {
        key for key, held in WANTED.items() if held in {MISSING, STALE}
    }


def test_a_state_in_any_of_several_languages_is_found(session: Session, library: None) -> None:
    assert set(states(session, Filters(languages=("en", "hu"), state=DRAFT))) == {
        "drafted",
        "returned",
        "source-draft",
    }


def test_text_kind_and_topic_filter(session: Session, library: None) -> None:
    assert set(states(session, Filters(text="STAL"))) == {"stale"}
    assert set(states(session, Filters(kind="standard"))) == {"missing"}
    phones = factories.topic(session, "other")
    assert states(session, Filters(topic_ids=frozenset({phones.id}))) == {}
    assert set(states(session, Filters(topic_ids=frozenset({phones.id - 1})))) == {"missing"}


def test_figures_are_what_the_cells_add_up_to(session: Session, library: None, both_databases: str) -> None:
    english, hungarian = matrix.figures(session, Filters(state=STALE, languages=("hu",)), LANGUAGES, THEN)
    wanted = {state: sum(held == state for held in WANTED.values()) for state in STATES}
    assert {state: hungarian.counts.get(state, 0) for state in STATES} == wanted
    assert hungarian.total == english.total == len(WANTED)
    assert english.counts == {CURRENT: 10, DRAFT: 1, MISSING: 0}
    assert hungarian.share(CURRENT) == pytest.approx(100 * 2 / 11)
    assert hungarian.before(STALE) == pytest.approx(100 * 2 / 11)
    assert sum(hungarian.share(state) for state in STATES) == pytest.approx(100)
    nothing = matrix.figures(session, Filters(text="no such thing"), LANGUAGES, THEN)[0]
    assert nothing.share(CURRENT) == 0


def test_the_source_is_marked_and_newer_work_is_named(session: Session) -> None:
    made = factories.article(session, translations={"hu": "Barangolás"})
    factories.revision(session, made, "hu", state=State.IN_REVIEW)
    row = matrix.rows(session, Filters(), ("en", "hu", "sv"), START, 1).rows[0]
    assert row.cells == {
        "en": Cell(CURRENT, is_source=True),
        "hu": Cell(CURRENT, behind=IN_REVIEW),
        "sv": Cell(MISSING),
    }
    assert row.title == "Roaming"


def test_keys_come_in_order_and_no_more_than_wanted(session: Session, library: None) -> None:
    assert matrix.keys(session, Filters(languages=("hu",), state=MISSING), THEN, 2) == ["lapsed", "missing"]


def test_pages_and_a_constant_number_of_queries(session: Session) -> None:
    def queries() -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", counted)
        matrix.rows(session, Filters(), LANGUAGES, START, 1)
        matrix.figures(session, Filters(), LANGUAGES, START)
        event.remove(engine, "before_cursor_execute", counted)
        return count

    factories.article(session, "a")
    few = queries()
    for number in range(60):
        factories.article(session, f"many-{number:02}", translations={"hu": f"Sok {number}"})
    assert queries() == few
    found = matrix.rows(session, Filters(), LANGUAGES, START, 2)
    assert (found.total, found.pages, len(found.rows)) == (61, 2, 11)
