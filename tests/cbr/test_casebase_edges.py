"""The case base where things are empty, odd, huge or happen at the same time."""

from __future__ import annotations

import builtins
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Event
from typing import Any, cast

import numpy as np
import pytest

from cbr.case_type import Attribute, CaseType, Kind, Missing
from cbr.casebase import MOST_MERGED, SMALL, CaseBase
from cbr.index import compiled
from cbr.index.scanning import Scan
from cbr.similarity import Exponential, Linear
from kb.errors import Invalid, NotFound
from tests.cbr import reference

USED = Attribute("used", Kind.NUMBER, similarity=Linear(10.0), missing=Missing.DIFFERENT)
MODEL = Attribute("model", Kind.CATEGORY)
TYPE = CaseType("calls", (USED, MODEL))


def test_an_empty_case_base_finds_nothing() -> None:
    assert CaseBase(TYPE).nearest({"used": 1.0}) == []
    assert CaseBase(TYPE).fit({}).nearest({}) == []
    assert CaseBase(TYPE).candidates({}, 5).ids.tolist() == []


def test_one_case_is_found_whatever_is_asked() -> None:
    base = CaseBase(TYPE).fit({"used": [3.0], "model": ["a"]}, [77])
    for facts in ({}, {"used": 900.0}, {"model": "b"}, {"model": None}):
        assert [match.id for match in base.nearest(facts)] == [77]


def test_cases_without_any_value_are_found_in_their_order() -> None:
    base = CaseBase(TYPE).fit({"used": [None] * 5, "model": [None] * 5}, [5, 4, 3, 2, 1])
    assert [(match.id, match.score) for match in base.nearest({"used": 1.0, "model": "a"}, 2)] == [
        (1, 0.25),
        (2, 0.25),
    ]


def test_nothing_known_gives_the_first_cases_without_a_score() -> None:
    base = CaseBase(TYPE).fit({"model": ["a", "b", "c"]}, [30, 10, 20])
    assert [(match.id, match.score, match.parts) for match in base.nearest({}, 2)] == [
        (10, 0.0, ()),
        (20, 0.0, ()),
    ]


@pytest.mark.parametrize("k", [0, -1])
def test_none_are_wanted(k: int) -> None:
    assert CaseBase(TYPE).fit({"model": ["a"]}).nearest({"model": "a"}, k) == []


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"colour": "red"}, ["colour"]),
        ({"used": "much"}, ["used"]),
        ({"used": "3 km", "x": 1}, ["used", "x"]),
    ],
)
def test_a_fact_that_cannot_be_is_refused(facts: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        CaseBase(TYPE).fit({"model": ["a"]}).nearest(facts)
    assert sorted(refused.value.fields) == sorted(fields)


@pytest.mark.parametrize("scores", [{"colour": {1: 0.5}}, {"model": {1: 1.5}}, {"model": {1: float("nan")}}])
def test_similarities_from_elsewhere_are_looked_at(scores: dict[str, dict[int, float]]) -> None:
    with pytest.raises(Invalid):
        CaseBase(TYPE).fit({"model": ["a"]}).nearest({}, scores=scores)


@pytest.mark.parametrize(
    ("columns", "ids"),
    [
        ({"used": [1.0], "model": ["a", "b"]}, None),
        ({"colour": ["red"]}, None),
        ({"model": ["a", "b"]}, [1, 1]),
        ({"model": ["a", "b"]}, [1]),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: dict[str, Any], ids: list[int] | None) -> None:
    with pytest.raises(Invalid):
        CaseBase(TYPE).fit(columns, ids)


def test_unknown_attributes_and_cases_are_said_to_be_none() -> None:
    base = CaseBase(TYPE).fit({"model": ["a"]})
    with pytest.raises(NotFound):
        base.candidates({}, 1, keys=["colour"])
    with pytest.raises(KeyError):
        base.values(5)
    assert base.remove(5) is False


def test_a_case_with_the_same_id_gives_way_wherever_it_lies() -> None:
    base = CaseBase(TYPE).fit({"model": ["a", "b"]})
    for model in ("c", "d"):
        base.add(1, {"model": model})
        assert base.values(1) == {"model": model}
        assert len(base) == 2
    assert [match.id for match in base.nearest({"model": "b"}, 5) if match.score == 1.0] == []


def test_a_refused_case_changes_nothing() -> None:
    base = CaseBase(TYPE).fit({"model": ["a"]})
    with pytest.raises(Invalid):
        base.add(0, {"used": "much"})
    assert base.values(0) == {"model": "a"}


def test_many_cases_that_come_one_by_one_stay_few_segments() -> None:
    base = CaseBase(TYPE).fit({"model": [f"m{at % 7}" for at in range(MOST_MERGED + 1)]})
    cases = {
        at: {"used": float(at % 13), "model": f"m{at % 5}"} for at in range(100_000, 100_000 + 6 * SMALL)
    }
    for number, (id_, case) in enumerate(cases.items()):
        base.add(id_, case)
        if number % 100 == 0:
            base.nearest({"model": "m1"})
    assert len(base._segments) <= 5
    assert base._segments[0].cases == MOST_MERGED + 1
    facts = {"used": 3.0, "model": "m4"}
    found = [(match.id, match.score) for match in base.nearest(facts, 20)]
    assert found == reference.nearest(TYPE, cases, facts, 20)


def test_weights_can_be_tried_without_changing_the_type() -> None:
    base = CaseBase(TYPE).fit({"used": [0.0, 10.0], "model": ["a", "b"]})
    facts = {"used": 1.0, "model": "b"}
    assert base.nearest(facts, 1)[0].id == 1
    assert base.nearest(facts, 1, weights={"model": 0.1})[0].id == 0
    assert base.nearest(facts, 1, weights={"model": 0.0, "used": 0.0})[0].score == 0.0


def test_candidates_are_columns_of_the_nearest() -> None:
    base = CaseBase(TYPE).fit({"used": [1.0, 2.0, None, 2.0], "model": ["b", "a", "b", None]})
    base.add(9, {"used": 1.5, "model": "c"})
    candidates = base.candidates({"used": 2.0}, 5)
    assert candidates.ids.tolist() == [1, 3, 9, 0, 2]
    held = {
        key: [None if code < 0 else column.values[code] for code in column.codes]
        for key, column in candidates.columns.items()
    }
    assert held == {"used": [2.0, 2.0, 1.5, 1.0, None], "model": ["a", None, "c", "b", "b"]}
    assert candidates.columns["model"].values == ["a", "b", "c"]


def test_more_names_than_two_bytes_can_tell_apart_are_all_told_apart() -> None:
    names = [f"customer {at % 70_000}" for at in range(70_500)]
    base = CaseBase(TYPE).fit({"model": names, "used": [float(at % 900) for at in range(70_500)]})
    cases = {at: {"model": name, "used": float(at % 900)} for at, name in enumerate(names)}
    for facts in ({"model": "customer 69999"}, {"model": "customer 499", "used": 7.5}, {"model": "nobody"}):
        found = [(match.id, match.score) for match in base.nearest(facts, 5)]
        assert found == reference.nearest(TYPE, cases, facts, 5)


def test_numbers_beyond_a_byte_of_codes_tie_only_where_they_are_equal() -> None:
    curve = CaseType("curve", (Attribute("x", Kind.NUMBER, similarity=Exponential(1e-3)),))
    numbers = np.random.default_rng(3).normal(size=20_000)
    numbers[::4] = numbers[5]
    base = CaseBase(curve).fit({"x": numbers})
    cases = {at: {"x": number} for at, number in enumerate(numbers.tolist())}
    for asked in (float(numbers[5]), float(numbers[6]), 0.0, 99.0):
        found = [(match.id, match.score) for match in base.nearest({"x": asked}, 12)]
        assert found == reference.nearest(curve, cases, {"x": asked}, 12)


def test_threads_ask_and_change_at_the_same_time() -> None:
    base = CaseBase(TYPE).fit({"model": [f"m{at % 50}" for at in range(5000)]})

    def change(number: int) -> None:
        for at in range(40):
            base.add(10_000 + number * 100 + at, {"model": "m1", "used": 1.0})
            base.remove(number * 40 + at)

    def ask(_: int) -> None:
        for _ in range(40):
            scores = [match.score for match in base.nearest({"model": "m1", "used": 1.0}, 30)]
            assert scores == sorted(scores, reverse=True)
            assert len(scores) == 30

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, number) for number in range(4) for work in (change, ask)]:
            done.result()
    assert len(base) == 5000
    assert sorted(match.id for match in base.nearest({"model": "m1", "used": 1.0}, 160)) == sorted(
        10_000 + number * 100 + at for number in range(4) for at in range(40)
    )


def test_without_numba_the_baseline_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    importing = builtins.__import__

    def refusing(name: str, *rest: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "numba":
            raise ImportError(name)
        return importing(name, *rest, **named)

    monkeypatch.delitem(sys.modules, "cbr.index.kernels", raising=False)
    monkeypatch.setattr(builtins, "__import__", refusing)
    assert compiled.fastest.__wrapped__() is compiled.BASELINE


def test_kernels_that_answer_otherwise_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_tried", lambda kernels: False)
    assert compiled.fastest.__wrapped__() is compiled.BASELINE


MANY = compiled.FEW + 1


def test_few_cases_are_not_worth_the_compiler() -> None:
    assert compiled.at_hand(compiled.FEW) is compiled.BASELINE


def test_while_one_thread_compiles_the_others_get_the_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, done = Event(), Event()

    @cache
    def slow() -> Scan:
        begun.set()
        done.wait(10)
        return cast(Scan, object())

    monkeypatch.setattr(compiled, "fastest", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(compiled.at_hand, MANY)
        begun.wait(10)
        assert compiled.at_hand(MANY) is compiled.BASELINE
        done.set()
        assert first.result() is compiled.at_hand(MANY) is not compiled.BASELINE
