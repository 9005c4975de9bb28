"""A case type comes from plain data, goes back to it, and is refused with every fault named by its place."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbr.case_type import Answerer, Kind, Missing, read_attribute, read_case_type
from cbr.similarity import Exact, Linear, Overlap, Taxonomy
from kb.errors import Invalid, NotFound
from tests.cbr import strategies

ROAMING: dict[str, Any] = {
    "key": "roaming",
    "kind": "boolean",
    "names": {"en": "Roaming", "hu": "Barangolás"},
    "questions": {"en": "Is roaming switched on?"},
    "answerers": ["customer"],
    "missing": "skip",
    "weight": 2,
    "cost": 0.5,
}


def faults(data: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        read_case_type(data)
    return refused.value.fields


def of(*attributes: Any) -> dict[str, Any]:
    return {"key": "telecom", "attributes": list(attributes)}


def test_what_is_said_is_read() -> None:
    roaming = read_case_type(of(ROAMING)).attribute("roaming")
    assert (roaming.kind, roaming.weight, roaming.cost) == (Kind.BOOLEAN, 2.0, 0.5)
    assert (roaming.missing, roaming.answerers) == (Missing.SKIP, frozenset({Answerer.CUSTOMER}))
    assert roaming.name("hu") == "Barangolás"
    assert roaming.name("sv") == "Roaming"
    assert roaming.question("hu") == "Is roaming switched on?"


@given(case_type=strategies.case_types())
def test_plain_data_brings_back_the_same(case_type: Any) -> None:
    assert read_case_type(json.loads(json.dumps(case_type.to_plain()))) == case_type


def test_what_is_not_said_is_as_usual() -> None:
    level, tree, words, other = (
        read_attribute({"key": "a", "kind": kind, "choices": choices}).similarity
        for kind, choices in (
            ("ordinal", [{"key": "low"}, {"key": "mid"}, {"key": "high"}]),
            ("taxonomy", [{"key": "phone"}, {"key": "pixel", "parent": "phone"}]),
            ("text", []),
            ("number", []),
        )
    )
    assert (level, words, other) == (Linear(2.0), Overlap("mean"), Exact())
    assert isinstance(tree, Taxonomy)
    assert tree.parents == {"phone": "", "pixel": "phone"}


@pytest.mark.parametrize(
    ("attribute", "place"),
    [
        ({"key": "Not a key", "kind": "boolean"}, "attributes[1].key"),
        ({"key": "a", "kind": "colour"}, "attributes[1].kind"),
        ({"key": "a", "kind": "boolean", "wieght": 3}, "attributes[1].wieght"),
        ({"key": "a", "kind": "boolean", "weight": -1}, "attributes[1].weight"),
        ({"key": "a", "kind": "boolean", "weight": float("nan")}, "attributes[1].weight"),
        ({"key": "a", "kind": "boolean", "weight": 1e9}, "attributes[1].weight"),
        ({"key": "a", "kind": "boolean", "weight": True}, "attributes[1].weight"),
        ({"key": "a", "kind": "boolean", "cost": 0}, "attributes[1].cost"),
        ({"key": "a", "kind": "boolean", "missing": "maybe"}, "attributes[1].missing"),
        ({"key": "a", "kind": "boolean", "answerers": ["nobody"]}, "attributes[1].answerers"),
        ({"key": "a", "kind": "boolean", "answerers": [["agent"]]}, "attributes[1].answerers"),
        ({"key": "a", "kind": "boolean", "names": ["A"]}, "attributes[1].names"),
        ({"key": "a", "kind": "boolean", "questions": {"en": 5}}, "attributes[1].questions"),
        ({"key": "a", "kind": "ordinal"}, "attributes[1].choices"),
        ({"key": "a", "kind": "category", "choices": "red"}, "attributes[1].choices"),
        ({"key": "a", "kind": "category", "choices": ["red"]}, "attributes[1].choices[0]"),
        (
            {"key": "a", "kind": "category", "choices": [{"key": "x"}, {"key": "x"}]},
            "attributes[1].choices[1].key",
        ),
        (
            {"key": "a", "kind": "category", "choices": [{"key": "x"}, {"key": "y", "parent": "x"}]},
            "attributes[1].choices[1].parent",
        ),
        (
            {"key": "a", "kind": "taxonomy", "choices": [{"key": "x", "parent": "y"}]},
            "attributes[1].choices[0].parent",
        ),
        (
            {"key": "a", "kind": "number", "similarity": {"measure": "linear"}},
            "attributes[1].similarity.range",
        ),
        (
            {"key": "a", "kind": "number", "similarity": {"measure": "linear", "range": 0}},
            "attributes[1].similarity.range",
        ),
        (
            {"key": "a", "kind": "number", "similarity": {"measure": "interval", "full": 3, "none": 3}},
            "attributes[1].similarity.none",
        ),
        (
            {"key": "a", "kind": "number", "similarity": {"measure": "table"}},
            "attributes[1].similarity.measure",
        ),
        ({"key": "a", "kind": "number", "similarity": "linear"}, "attributes[1].similarity"),
        ({"key": "a", "weight": 10**400}, "attributes[1].weight"),
        ({"key": "a", "cost": float("nan")}, "attributes[1].cost"),
        (
            {
                "key": "a",
                "kind": "boolean",
                "similarity": {"measure": "table", "entries": {"true": {"no": 1}}},
            },
            "attributes[1].similarity.entries.true.no",
        ),
        (
            {"key": "a", "kind": "category", "similarity": {"measure": "table", "entries": {"x": {"y": 2}}}},
            "attributes[1].similarity.entries.x.y",
        ),
        (ROAMING, "attributes[1].key"),
        ("roaming", "attributes[1]"),
    ],
)
def test_a_fault_is_named_by_its_place(attribute: Any, place: str) -> None:
    assert place in faults(of(ROAMING, attribute))


def test_all_faults_are_named_at_once() -> None:
    assert set(faults({"key": "", "attributes": [{"key": "a", "weight": -1, "cost": -1}]})) == {
        "key",
        "attributes[0].weight",
        "attributes[0].cost",
    }


@pytest.mark.parametrize("data", [None, [], "telecom", 5])
def test_anything_else_is_no_case_type(data: Any) -> None:
    assert faults(data)


def test_choices_in_a_circle_are_refused_however_many_they_are() -> None:
    ring = [{"key": str(at), "parent": str((at + 1) % 5000)} for at in range(5000)]
    tail = [{"key": "tail", "parent": "7"}, {"key": "alone"}]
    named = faults(of({"key": "a", "kind": "taxonomy", "choices": ring + tail}))
    assert len(named) == 5001
    assert "attributes[0].choices[5001].parent" not in named


KEYS = ["key", "kind", "attributes", "choices", "similarity", "weight"]
nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=20,
)


@given(data=nonsense)
def test_nonsense_is_refused_and_nothing_else_happens(data: Any) -> None:
    with suppress(Invalid):
        assert read_case_type(data).key == data["key"]


def test_a_tree_is_no_deeper_than_anybody_can_use() -> None:
    deep = [{"key": "0"}] + [{"key": str(at), "parent": str(at - 1)} for at in range(1, 60)]
    assert list(faults(of({"key": "a", "kind": "taxonomy", "choices": deep}))) == ["attributes[0].choices"]


def test_weights_can_be_changed_without_changing_the_type() -> None:
    case_type = read_case_type(of(ROAMING))
    assert case_type.weighted({"roaming": 5.0}).attribute("roaming").weight == 5.0
    assert case_type.attribute("roaming").weight == 2.0
    with pytest.raises(NotFound):
        case_type.attribute("colour")
