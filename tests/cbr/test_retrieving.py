"""What was solved before: found by facts and words, explained, and filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from cbr import cases, problems
from cbr.case_type import CaseType
from cbr.contents import Content
from cbr.followers import CaseBases
from cbr.models import CaseState, CaseTypeRow
from cbr.problems import Problem, Problems, stems
from cbr.retrieving import Found, retrieve
from cbr.wording import filled_in
from kb import content, journal
from kb.db import Database
from kb.errors import Invalid, NotFound
from kb.permissions import SYSTEM
from kb.viewers import Viewer
from tests import factories
from tests.cbr.stage import OUTSIDER, PHONES, phones, solved, staff
from tests.cbr.test_case_queries import counted
from tests.conftest import START

AGENT_VIEWER = staff(1, "agent")


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    return phones(session)


@pytest.fixture
def bases(tmp_path: Path) -> CaseBases:
    return CaseBases(tmp_path / "cases")


def ask(session: Session, bases: CaseBases, text: str = "", by: Viewer = AGENT_VIEWER, **more: Any) -> Found:
    session.commit()
    options = {name: more.pop(name) for name in ("language", "k") if name in more}
    return retrieve(session, bases, by, START, "phones", more, text, head=journal.head(session), **options)


def test_the_nearest_come_first_with_what_made_the_score(
    both_databases: str, session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    far = solved(session, row, "Wait.", abroad=False, signal="good")
    near = solved(session, row, "Roam.", abroad=True, signal="poor")
    found = ask(session, bases, abroad="igen", signal="none", language="hu")
    assert [one.case.id for one in found.nearest] == [near.id, far.id]
    best = found.nearest[0]
    assert sum(reason.contribution for reason in best.reasons) == pytest.approx(best.score)
    assert [(one.name, one.asked, one.held) for one in best.reasons] == [
        ("Külföldön", "igen", "igen"),
        ("signal", "NONE", "POOR"),
    ]
    assert found.cases == 2


def test_nothing_known_finds_nothing_and_an_empty_base_is_no_error(
    session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    assert ask(session, bases, abroad=True).nearest == []
    solved(session, row, abroad=True)
    assert ask(session, bases).nearest == []
    assert ask(session, bases, "unheard of").nearest == []
    assert len(ask(session, bases, used=None, abroad=True).nearest) == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"abroad": "maybe"}, "abroad"),
        ({"0-solution": "x"}, "0-solution"),
        ({"signal": {"a": 1}}, "signal"),
    ],
)
def test_bad_facts_are_named(
    session: Session, row: CaseTypeRow, bases: CaseBases, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(session, bases, **facts)
    assert set(refused.value.fields) == {field}
    with pytest.raises(Invalid) as refused:
        ask(session, bases, "x" * 10_001)
    assert set(refused.value.fields) == {"text"}


def test_an_unknown_type_and_one_for_others_look_the_same(session: Session, bases: CaseBases) -> None:
    phones(session, audience="agent")
    session.commit()
    for key, viewer in (("phones", OUTSIDER), ("routers", AGENT_VIEWER)):
        with pytest.raises(NotFound):
            retrieve(session, bases, viewer, START, key, {}, head=journal.head(session))


def test_an_outsider_finds_only_what_is_confirmed_and_public(
    session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    factories.audience(session, "partners")
    shown = solved(session, row, "Shown", abroad=False, problem="net")
    for audience, state in (
        ("public", CaseState.SOLVED),
        ("agent", CaseState.CONFIRMED),
        ("partners", CaseState.CONFIRMED),
        ("public", CaseState.RETIRED),
    ):
        solved(session, row, f"Hidden {state}", abroad=True, audience=audience, state=state, problem="net")
    for text in ("", "net"):
        found = ask(session, bases, text, OUTSIDER, abroad=True)
        assert [one.case.id for one in found.nearest] == [shown.id]
    assert found.cases == 1


def test_words_count_beside_facts_and_alone(session: Session, row: CaseTypeRow, bases: CaseBases) -> None:
    roaming = solved(session, row, "Roam.", abroad=True, problem="No service abroad since the border")
    bill = solved(session, row, "Pay.", abroad=True, problem="The bill is too high this month")
    other = solved(session, row, "Wait.", abroad=False, problem="Nothing works")
    best = ask(session, bases, "my bills are high", abroad=True).nearest
    assert [one.case.id for one in best[:2]] == [bill.id, roaming.id]
    assert "" in {reason.key for reason in best[0].reasons}
    assert sum(reason.contribution for reason in best[0].reasons) == pytest.approx(best[0].score)
    assert ask(session, bases, "border services").nearest[0].case.id == roaming.id
    other.problem = "The border is closed for bills"
    assert {one.case.id for one in ask(session, bases, "borders").nearest if one.score > 0} == {
        roaming.id,
        other.id,
    }


def test_a_solution_has_the_known_facts_in_its_places(
    session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    solved(session, row, "Used {used}, signal {signal}, {maker}, {x}.", abroad=True, used=3.0)
    found = ask(session, bases, abroad=True, used="1500 MB", signal="poor", language="hu")
    assert found.nearest[0].solution == "Used 1,5 GB, signal POOR, ‹maker›, {x}."


def test_who_sees_an_older_moment_leaves_newer_words_to_the_others(
    database: Database, session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    made = solved(session, row, problem="Nothing works.", abroad=True)
    ask(session, bases, "nothing")
    with database.session() as older:
        older.get(CaseTypeRow, row.id)
        cases.change(
            session, made, Content({"abroad": True}, "A new tariff.", "", "Wait."), by=SYSTEM, now=START
        )
        session.commit()
        bases.current(session, journal.head(session))
        assert bases.problems(older, "phones").scores("nothing", "en")
    assert list(bases.problems(session, "phones").scores("tariff", "en")) == [made.id]
    assert not bases.problems(session, "phones").scores("nothing", "en")


@given(st.text(max_size=60))
@example("[x](http://evil.example)")
@example("{{snippet:inside}} and {{ext:crm.name}}")
@example("# a\n\n- b")
@example("![x](http://evil.example/y.png) <b>&amp;</b>")
def test_what_a_customer_has_said_is_nothing_but_words_in_a_solution(said: str) -> None:
    known = {"maker": said}
    text = content.expand_snippets(filled_in(PHONES, "{maker}, {maker}", known, "en"), {"inside": "Secret"})
    shown = content.render(text)
    assert "Secret" not in shown.text
    assert not shown.externals
    assert not re.search(r"<(?!/?p>)", shown.html)
    if said.isascii() and said.isprintable():
        assert shown.text == ", ".join([" ".join(said.split())] * 2).strip()


@given(st.text(max_size=60))
def test_no_text_of_a_solution_breaks_its_filling_in(text: str) -> None:
    assert filled_in(CaseType("none", ()), text, {}, "en") == text
    assert isinstance(filled_in(PHONES, text + "{used}", {}, "xx"), str)


def test_links_lead_to_what_the_viewer_may_read(session: Session, row: CaseTypeRow, bases: CaseBases) -> None:
    factories.article(session, "roaming", title="Roaming")
    factories.article(session, "inside", audience="agent")
    solved(session, row, "[a](kb:inside) [b](kb:roaming)", article="roaming", abroad=True)
    own = ask(session, bases, abroad=True).nearest[0]
    assert [card.key for card in own.articles] == ["roaming", "inside"]
    assert [card.key for card in ask(session, bases, by=OUTSIDER, abroad=True).nearest[0].articles] == [
        "roaming"
    ]


def test_ten_cases_take_as_many_queries_as_one(session: Session, row: CaseTypeRow, bases: CaseBases) -> None:
    factories.article(session, "roaming")
    for number in range(12):
        solved(session, row, f"Do {number}", article="roaming", used=float(number))
    ask(session, bases, used=1.0)
    sent = []
    for k in (1, 10):
        session.expunge_all()
        with counted(session) as statements:
            assert len(ask(session, bases, used=1.0, k=k).nearest) == k
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 5  # begin, the journal's head, cases, links, articles


WORDS = st.lists(st.sampled_from("net sim roaming bill abroad térerő".split()), max_size=6).map(" ".join)


@given(st.lists(WORDS, max_size=8), WORDS)
def test_the_likeness_of_texts_is_from_nothing_to_one(texts: list[str], asked: str) -> None:
    problems = Problems(Problem(at, text, "hu") for at, text in enumerate(texts))
    scores = problems.scores(asked, "hu")
    assert all(0 < score <= 1 for score in scores.values())
    for at, text in enumerate(texts):
        shared = stems(text, "hu") & stems(asked, "hu")
        assert (at in scores) == bool(shared)
        if shared and stems(text, "hu") == stems(asked, "hu"):
            assert scores[at] == pytest.approx(1.0)


def test_a_few_changed_texts_need_no_new_index() -> None:
    problems = Problems(Problem(at, text, "en") for at, text in enumerate(["no net", "bill", "sim"]))
    newer = problems.replacing({0, 1, 7}, [Problem(0, "bill", "en"), Problem(7, "sims", "en")])
    assert set(newer.scores("bill", "en")) == {0}
    assert set(newer.scores("sim", "en")) == {2, 7}
    assert set(problems.scores("bill", "en")) == {1}


def test_many_unseen_cases_with_the_same_words_take_nothing_from_a_few_seen_ones(
    session: Session, row: CaseTypeRow, bases: CaseBases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "MOST_FOUND", 2)
    for number in range(5):
        solved(session, row, f"Inside {number}", audience="agent", used=number, problem="No service abroad")
    mine = solved(session, row, "Roam.", maker="Halmar", problem="Since we left there is no service abroad")
    [found] = ask(session, bases, "no service abroad", OUTSIDER).nearest
    assert (found.case.id, found.score > 0) == (mine.id, True)
    late = [
        solved(session, row, f"Late {n}", audience=audience, used=10.0 + n, problem="No service abroad")
        for n, audience in enumerate(("agent", "agent", "public"))
    ]
    assert {one.case.id for one in ask(session, bases, "no service", OUTSIDER).nearest} == {
        mine.id,
        late[-1].id,
    }


def test_no_score_tells_whether_an_unseen_case_has_a_word(
    session: Session, row: CaseTypeRow, bases: CaseBases, tmp_path: Path
) -> None:
    solved(session, row, "Roam.", abroad=True, problem="No service abroad")
    solved(session, row, "Pay.", abroad=False, problem="The bill is too high")

    def scores(text: str, of: CaseBases) -> list[tuple[int, float]]:
        return [(one.case.id, one.score) for one in ask(session, of, text, OUTSIDER).nearest]

    asked = ("service bribery", "bribery", "service abroad", "bill")
    before = [scores(text, bases) for text in asked]
    assert before[1] == []
    hidden = "Service bribery abroad"
    solved(session, row, "Inside.", audience="agent", used=1.0, problem=hidden)
    assert [scores(text, bases) for text in asked] == before
    assert [scores(text, CaseBases(tmp_path / "new")) for text in asked] == before
