"""Who sees which cases, and how many queries a page of them takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from cbr import case_types, queries
from cbr.models import Case, CaseState, CaseTypeRow
from cbr.queries import Filters
from kb.errors import NotFound
from kb.permissions import SYSTEM
from kb.viewers import Viewer
from tests import factories
from tests.cbr.stage import CUSTOMER_VIEWER, OUTSIDER, phones, solved, staff
from tests.conftest import START

AGENT_VIEWER, REVIEWER_VIEWER = staff(1, "agent"), staff(2, "reviewer")


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    return phones(session)


@pytest.fixture
def every(session: Session, row: CaseTypeRow) -> dict[str, Case]:
    """A case of each state and audience, by name."""
    factories.audience(session, "partners")
    made = {
        f"{state.value} {audience}": solved(
            session, row, f"{state} {audience}", state=state, audience=audience, abroad=True
        )
        for state in (CaseState.SOLVED, CaseState.CONFIRMED, CaseState.RETIRED)
        for audience in ("public", "agent", "partners")
    }
    made["open public"] = solved(session, row, "", state=CaseState.OPEN, abroad=True)
    return made


def seen(session: Session, viewer: Viewer) -> set[str]:
    """What a viewer sees, as state and audience."""
    return {f"{case.state} {case.audience}" for case in session.scalars(queries.visible_to(viewer, START))}


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_everybody_sees_what_is_theirs(both_databases: str, session: Session, every: dict[str, Case]) -> None:
    assert seen(session, OUTSIDER) == {"confirmed public"}
    assert seen(session, CUSTOMER_VIEWER) == {"confirmed public"}
    assert seen(session, AGENT_VIEWER) == {
        *("confirmed public", "confirmed agent", "solved public", "solved agent"),
    }
    assert seen(session, REVIEWER_VIEWER) == {name for name in every if not name.endswith("partners")}
    partner = Viewer(person_id=9, audiences=frozenset({"public", "partners"}))
    assert seen(session, partner) == {"confirmed public", "confirmed partners"}


def test_whoever_works_here_sees_their_own_cases_in_every_state(session: Session, row: CaseTypeRow) -> None:
    solved(session, row, "", state=CaseState.OPEN, by=AGENT_VIEWER, abroad=True)
    assert seen(session, AGENT_VIEWER) == {"open public"}
    assert seen(session, staff(5, "agent")) == set()


def test_inside_a_portal_staff_sees_what_the_portal_shows(session: Session, every: dict[str, Case]) -> None:
    inside = REVIEWER_VIEWER.within(audiences={"public"}, languages={"en"}, topic_ids=None)
    assert seen(session, inside) == {"confirmed public"}


def test_cases_of_a_type_for_others_or_put_away_are_seen_by_nobody(
    session: Session, row: CaseTypeRow
) -> None:
    solved(session, row, abroad=True)
    case_types.change(session, row, case_types.schema_of(row), by=SYSTEM, now=START, audience="agent")
    assert seen(session, OUTSIDER) == set()
    assert seen(session, AGENT_VIEWER) == {"confirmed public"}
    with pytest.raises(NotFound):
        queries.case_type(session, OUTSIDER, "phones")
    case_types.deactivate(session, row, by=SYSTEM, now=START)
    assert seen(session, REVIEWER_VIEWER) == set()
    assert queries.case_types(session, REVIEWER_VIEWER) == []


@pytest.mark.parametrize(
    "viewer", [OUTSIDER, CUSTOMER_VIEWER, AGENT_VIEWER], ids=["outsider", "customer", "agent"]
)
@pytest.mark.parametrize(
    "read",
    [
        lambda session, viewer, case: [queries.case(session, viewer, START, "phones", case.key)],
        lambda session, viewer, case: list(queries.by_ids(session, viewer, START, [case.id]).values()),
        lambda session, viewer, case: list(
            queries.page(session, viewer, START, Filters(text=case.solution)).cases
        ),
        lambda session, viewer, case: list(queries.of_article(session, viewer, START, "roaming").cases),
    ],
    ids=["case", "by_ids", "page", "of_article"],
)
def test_no_read_gives_a_case_to_who_may_not_see_it(
    session: Session, row: CaseTypeRow, viewer: Viewer, read: Callable[..., list[Case]]
) -> None:
    factories.audience(session, "partners")
    factories.article(session, "roaming")
    hidden = solved(session, row, "Secret", audience="partners", article="roaming", abroad=True)
    try:
        found = read(session, viewer, hidden)
    except NotFound:
        found = []
    assert found == []
    shown = solved(session, row, "Shown", article="roaming", abroad=True)
    assert read(session, viewer, shown) == [shown]


def test_a_page_is_filtered_and_counted(both_databases: str, session: Session, row: CaseTypeRow) -> None:
    factories.article(session, "roaming")
    for number in range(5):
        solved(session, row, f"Do {number} 100%", abroad=True, used=float(number))
    linked = solved(session, row, "See", article="roaming", problem="No NET", abroad=False)
    linked.failed = 2
    session.flush()

    def keys(**filters: Any) -> int:
        return queries.page(session, AGENT_VIEWER, START, Filters(**filters)).total

    assert keys() == 6
    assert (
        keys(case_type="phones", state="confirmed", language="en", source="contact", audience="public") == 6
    )
    assert keys(case_type="routers") == 0
    assert keys(text="no net") == 1
    assert keys(text="100%") == 5
    assert keys(text="100_") == 0
    assert keys(article="roaming") == 1
    assert keys(proposes=linked.proposes) == 1
    assert keys(failing=True) == 1
    page = queries.page(session, AGENT_VIEWER, START, offset=4, limit=10)
    assert (len(page.cases), page.total) == (2, 6)
    assert queries.counts(session, AGENT_VIEWER, START) == {"phones": {"confirmed": 6}}
    assert queries.counts(session, REVIEWER_VIEWER, START) == {"phones": {"confirmed": 6}}


def test_a_page_takes_as_many_queries_for_fifty_cases_as_for_two(session: Session, row: CaseTypeRow) -> None:
    factories.article(session, "roaming")
    numbers = []
    for upto in (2, 50):
        for number in range(upto):
            solved(session, row, f"Do {upto} {number}", article="roaming", used=float(number))
        session.commit()
        session.expunge_all()
        with counted(session) as sent:
            page = queries.page(session, AGENT_VIEWER, START, limit=50)
            assert [link.key for case in page.cases for link in case.links] == ["roaming"] * len(page.cases)
            assert {page.types[case.case_type_id] for case in page.cases} == {"phones"}
        numbers.append(len(sent))
    assert numbers[0] == numbers[1] <= 4  # one of them begins the transaction


def test_cases_of_an_article_come_the_commonest_first(session: Session, row: CaseTypeRow) -> None:
    factories.article(session, "roaming")
    rare = solved(session, row, "One", article="roaming", abroad=True)
    common = solved(session, row, "Two", article="roaming", abroad=True)
    common.count = 9
    solved(session, row, "Three", abroad=True)
    session.flush()
    found = queries.of_article(session, OUTSIDER, START, "roaming")
    assert (list(found.cases), found.total) == ([common, rare], 2)
    assert queries.of_article(session, OUTSIDER, START, "roaming", limit=1).total == 2
    assert queries.of_article(session, OUTSIDER, START, "other") == ([], {}, 0)
    cards = queries.linked_articles(session, OUTSIDER, START, ["roaming", "none"], ["en"])
    assert set(cards) == {"roaming"}


def test_what_waits_comes_oldest_first_and_after_the_last_the_first_again(
    both_databases: str, session: Session, row: CaseTypeRow
) -> None:
    first, second, third = (
        solved(session, row, f"Do {number}.", state=CaseState.SOLVED, used=float(number))
        for number in range(3)
    )
    own = solved(session, row, "Mine.", state=CaseState.SOLVED, by=REVIEWER_VIEWER, abroad=True)
    solved(session, row, "Confirmed.", abroad=False)

    def waiting(after: int = 0, type_key: str = "") -> tuple[Case | None, int]:
        found = queries.waiting(session, REVIEWER_VIEWER, START, type_key, after=after)
        return found.case, found.total

    assert waiting() == (first, 3)
    assert waiting(first.id, "phones") == (second, 3)
    assert waiting(third.id) == (first, 3)
    assert waiting(own.id) == (first, 3)
    assert waiting(type_key="bikes") == (None, 0)


def test_states_are_counted_whatever_state_is_asked_for(
    both_databases: str, session: Session, row: CaseTypeRow
) -> None:
    solved(session, row, "A", abroad=True)
    solved(session, row, "B", state=CaseState.SOLVED, abroad=False)
    solved(session, row, "C", state=CaseState.RETIRED, used=1.0)
    filters = Filters(case_type="phones", state="solved")
    assert queries.states(session, REVIEWER_VIEWER, START, filters) == {
        "confirmed": 1,
        "solved": 1,
        "retired": 1,
    }
    assert queries.states(session, OUTSIDER, START, filters) == {"confirmed": 1}


def test_the_same_is_said_in_the_language_that_is_spoken(
    both_databases: str, session: Session, row: CaseTypeRow
) -> None:
    factories.article(session, "roaming")
    english = solved(session, row, "Switch it on.", article="roaming", abroad=True)
    hungarian = solved(session, row, "Kapcsolja be.", article="roaming", used=1.0)
    hidden = solved(session, row, "Slå på.", article="roaming", audience="agent", used=2.0)
    other = solved(session, row, "Nyissa ki.", used=3.0)
    hungarian.language, hidden.language, other.language = "hu", "sv", "hu"
    session.flush()
    said = {code: queries.spoken(session, OUTSIDER, START, english, code) for code in ("en", "hu", "sv")}
    assert said == {"en": english, "hu": hungarian, "sv": english}
    assert queries.spoken(session, OUTSIDER, START, other, "en") is other
    assert {english.proposes, hungarian.proposes, other.proposes} == {"roaming", other.solution_key}
