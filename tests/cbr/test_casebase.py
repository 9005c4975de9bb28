"""The nearest cases are those that plain loops find, ties included, whatever is known and however they came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cbr.case_type import CaseType, Kind
from cbr.casebase import CaseBase
from cbr.index import compiled
from cbr.index.scanning import Scan
from tests.cbr import reference, strategies

SCANS = [compiled.BASELINE, compiled.fastest()]
"""Each example is asked of both: to make it up takes longer than to answer it."""


def columns(case_type: CaseType, cases: Mapping[int, Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {one.key: [case.get(one.key) for case in cases.values()] for one in case_type.attributes}


def fitted(case_type: CaseType, cases: Mapping[int, Mapping[str, Any]], scan: Scan) -> CaseBase:
    return CaseBase(case_type, scan=scan).fit(columns(case_type, cases), list(cases))


def found(base: CaseBase, facts: Mapping[str, Any], k: int, **more: Any) -> list[tuple[int, float]]:
    candidates = base.candidates(facts, k, keys=(), **more)
    return list(zip(candidates.ids.tolist(), candidates.scores.tolist(), strict=True))


def test_the_fastest_scan_is_compiled_here() -> None:
    assert compiled.fastest() is not compiled.BASELINE


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_nearest_are_those_of_the_plain_loops(data: st.DataObject) -> None:
    case_type = data.draw(strategies.case_types())
    cases = dict(enumerate(data.draw(st.lists(strategies.cases(case_type), max_size=30))))
    bases = [fitted(case_type, cases, scan) for scan in SCANS]
    for _ in range(3):
        facts = data.draw(strategies.facts(case_type))
        k = data.draw(st.integers(1, 35))
        expected = reference.nearest(case_type, cases, facts, k)
        assert [found(base, facts, k) for base in bases] == [expected] * len(SCANS)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_they_are_so_over_many_blocks_and_codes_that_stand_for_many_numbers(data: st.DataObject) -> None:
    case_type = data.draw(strategies.case_types())
    few = data.draw(st.lists(strategies.cases(case_type), min_size=1, max_size=8))
    seed = data.draw(st.integers(0, 2**32 - 1))
    cases = many_of(case_type, few, 3000, seed)
    bases = [fitted(case_type, cases, scan) for scan in SCANS]
    for _ in range(2):
        facts = data.draw(strategies.facts(case_type))
        k = data.draw(st.sampled_from([1, 10, 200]))
        expected = reference.nearest(case_type, cases, facts, k)
        assert [found(base, facts, k) for base in bases] == [expected] * len(SCANS)


def many_of(
    case_type: CaseType, few: list[dict[str, Any]], count: int, seed: int
) -> dict[int, dict[str, Any]]:
    """Cases mixed of a few, in numbers more different, under ids in no order."""
    generator = np.random.default_rng(seed)
    ids = generator.permutation(count * 3)[:count]
    picked = generator.integers(0, len(few), (len(case_type.attributes), count)).tolist()
    noise = generator.choice([0.0, 0.1, 1.0, 2.5], (len(case_type.attributes), count)) * generator.integers(
        0, 200, (len(case_type.attributes), count)
    )
    cases: dict[int, dict[str, Any]] = {}
    for at, id_ in enumerate(ids.tolist()):
        case: dict[str, Any] = {}
        for row, one in enumerate(case_type.attributes):
            value = few[picked[row][at]].get(one.key)
            if value is not None:
                case[one.key] = value + float(noise[row, at]) if one.kind == Kind.NUMBER else value
        cases[id_] = case
    return cases


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_cases_come_and_go_and_a_snapshot_is_the_same(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    case_type, scan = data.draw(strategies.case_types()), data.draw(st.sampled_from(SCANS))
    cases = dict(enumerate(data.draw(st.lists(strategies.cases(case_type), max_size=6))))
    base = fitted(case_type, cases, scan)
    path = tmp_path_factory.mktemp("snapshot") / "cases"
    changes = st.tuples(st.sampled_from(["add", "remove", "ask", "reopen"]), st.integers(0, 12))
    for change, id_ in data.draw(st.lists(changes, max_size=12)):
        if change == "add":
            cases[id_] = data.draw(strategies.cases(case_type))
            base.add(id_, cases[id_])
        elif change == "remove":
            assert base.remove(id_) == (cases.pop(id_, None) is not None)
        elif change == "reopen":
            base.save(path, {"position": id_})
            base = CaseBase.open(path, scan=scan)
            assert base.note == {"position": id_}
            assert base.case_type == case_type
        facts = data.draw(strategies.facts(case_type))
        assert found(base, facts, 7) == reference.nearest(case_type, cases, facts, 7)
        assert len(base) == len(cases)
        assert (id_ in base) == (id_ in cases)
    assert {id_: base.values(id_) for id_ in cases} == cases


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_similarities_found_elsewhere_stand_for_an_attribute(data: st.DataObject) -> None:
    case_type = data.draw(strategies.case_types())
    cases = dict(enumerate(data.draw(st.lists(strategies.cases(case_type), max_size=20))))
    elsewhere = {
        data.draw(st.sampled_from(list(case_type.by_key))): data.draw(
            st.dictionaries(st.integers(0, 25), strategies.shares, max_size=10)
        )
    }
    facts = data.draw(strategies.facts(case_type))
    expected = reference.nearest(case_type, cases, facts, 5, elsewhere)
    for scan in SCANS:
        assert found(fitted(case_type, cases, scan), facts, 5, scores=elsewhere) == expected


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_the_parts_of_a_score_add_up_to_it(data: st.DataObject) -> None:
    case_type = data.draw(strategies.case_types())
    cases = dict(enumerate(data.draw(st.lists(strategies.cases(case_type), max_size=10))))
    facts = data.draw(strategies.facts(case_type))
    for match in fitted(case_type, cases, compiled.BASELINE).nearest(facts, 10):
        assert sum(part.contribution for part in match.parts) == pytest.approx(match.score, abs=1e-9)
        counted = [key for key in case_type.by_key if key in facts and case_type.by_key[key].weight]
        assert [part.key for part in match.parts] == counted
        for part in match.parts:
            assert part.held == cases[match.id].get(part.key)
