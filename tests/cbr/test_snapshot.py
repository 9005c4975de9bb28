"""A snapshot is whole or refused, and opening it reads next to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbr.case_type import Attribute, CaseType, Kind
from cbr.casebase import CaseBase
from cbr.index import snapshot
from cbr.index.snapshot import Unreadable
from cbr.similarity import Linear, Overlap

TYPE = CaseType(
    "calls",
    (
        Attribute("used", Kind.NUMBER, similarity=Linear(10.0)),
        Attribute("model", Kind.CATEGORY),
        Attribute("note", Kind.TEXT, similarity=Overlap("mean")),
        Attribute("tags", Kind.SET, similarity=Overlap()),
        Attribute("on", Kind.BOOLEAN),
    ),
)


def calls(count: int) -> CaseBase:
    return CaseBase(TYPE).fit(
        {
            "used": [at / 7 for at in range(count)],
            "model": [f"model {at % 300}" for at in range(count)],
            "note": [f"no service in town {at}" for at in range(count)],
            "tags": [frozenset({"a", str(at % 5)}) for at in range(count)],
            "on": [at % 2 == 0 for at in range(count)],
        }
    )


def test_what_is_opened_answers_the_same(tmp_path: Path) -> None:
    base = calls(2000)
    base.save(tmp_path / "cases", {"position": 42})
    opened = CaseBase.open(tmp_path / "cases")
    facts = {
        "used": 100.0,
        "model": "model 7",
        "note": "service in town 707",
        "tags": ["a", "2"],
        "on": False,
    }
    assert opened.nearest(facts, 20) == base.nearest(facts, 20)
    assert [match.parts for match in opened.nearest(facts)] == [match.parts for match in base.nearest(facts)]
    assert (opened.note, len(opened), opened.case_type) == ({"position": 42}, 2000, TYPE)
    assert opened.values(77) == base.values(77)


def test_changes_after_opening_stay_in_memory_until_they_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "cases"
    calls(10).save(path)
    before = path.read_bytes()
    opened = CaseBase.open(path)
    opened.remove(3)
    opened.add(70, {"model": "model 3"})
    assert path.read_bytes() == before
    opened.save(path)
    again = CaseBase.open(path)
    assert (len(again), 3 in again, again.values(70)) == (10, False, {"model": "model 3"})
    assert [match.id for match in again.nearest({"model": "model 3"}, 1)] == [70]


def test_who_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "cases"
    calls(700).save(path)
    old = CaseBase.open(path)
    calls(3).save(path)
    assert len(old.nearest({"on": True}, 700)) == 700
    assert len(CaseBase.open(path)) == 3


def test_questions_are_answered_and_cases_come_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = calls(600)
    base.remove(5)
    write = snapshot.write

    def interrupted(*arguments: Any) -> None:
        assert len(base.nearest({"on": True}, 3)) == 3
        base.add(900, {"model": "late"})
        base.remove(7)
        write(*arguments)

    monkeypatch.setattr(snapshot, "write", interrupted)
    base.save(tmp_path / "cases")
    opened = CaseBase.open(tmp_path / "cases")
    assert (len(base), 900 in base, 7 in base, 5 in base) == (599, True, False, False)
    assert (len(opened), 5 in opened) == (599, False)
    assert base.nearest({"model": "late"}, 1)[0].id == 900


def test_an_empty_case_base_is_saved_too(tmp_path: Path) -> None:
    for number, base in enumerate((CaseBase(TYPE), CaseBase(TYPE).fit({}))):
        base.save(tmp_path / str(number))
        opened = CaseBase.open(tmp_path / str(number))
        assert (len(opened), opened.nearest({"on": True})) == (0, [])


def test_no_file_is_left_beside_it(tmp_path: Path) -> None:
    calls(5).save(tmp_path / "cases")
    assert [path.name for path in tmp_path.iterdir()] == ["cases"]


@settings(deadline=None)
@given(cut=st.floats(0, 0.999))
def test_a_part_of_a_file_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: float) -> None:
    path = tmp_path_factory.mktemp("snapshot") / "cases"
    calls(20).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(Unreadable):
        CaseBase.open(path)


@pytest.mark.parametrize("text", [b"", b"other", b"kalauzC1" + b"\xff" * 8, b"kalauzC1" + bytes(8) + b"{}"])
def test_another_file_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "cases").write_bytes(text)
    with pytest.raises(Unreadable):
        CaseBase.open(tmp_path / "cases")


def test_no_file_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CaseBase.open(tmp_path / "cases")
