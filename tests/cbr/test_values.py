"""What people and files write is understood, or refused with a sentence that says what to write."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbr.case_type import Attribute, CaseType, Choice, Kind
from cbr.similarity import Cyclic, Span
from cbr.values import parse_number, read_case, read_facts, read_value, write_value
from kb.errors import Invalid
from tests.cbr import strategies

LEVELS = tuple(
    Choice(key, {"hu": name}) for key, name in (("none", "nincs"), ("poor", "gyenge"), ("good", "jó"))
)
ON, USED, WHEN = (
    Attribute("on", Kind.BOOLEAN),
    Attribute("used", Kind.NUMBER, unit="GB"),
    Attribute("when", Kind.DATE),
)
SIGNAL = Attribute("signal", Kind.ORDINAL, choices=LEVELS)
TAGS, NOTE, MODEL = (
    Attribute("tags", Kind.SET),
    Attribute("note", Kind.TEXT),
    Attribute("model", Kind.CATEGORY),
)
HOUR = Attribute("hour", Kind.NUMBER, similarity=Cyclic(24.0))
TYPE = CaseType("telecom", (ON, USED, WHEN, SIGNAL, TAGS, NOTE, MODEL, HOUR))


@pytest.mark.parametrize(
    ("attribute", "raw", "value"),
    [
        (ON, "yes", True),
        (ON, "Igen", True),
        (ON, "nej", False),
        (ON, "ДА", True),
        (ON, "False", False),
        (ON, 1, True),
        (USED, "3,5", 3.5),
        (USED, "2.5 GB", 2.5),
        (USED, "512MB", 0.512),
        (USED, "1 500 mb", 1.5),
        (USED, -2, -2.0),
        (USED, "1..2.5 GB", Span(1.0, 2.5)),
        (USED, "500–1500 MB", Span(0.5, 1.5)),
        (HOUR, "22..2", Span(22.0, 2.0)),
        (WHEN, "2026-01-03", date(2026, 1, 3)),
        (WHEN, "2026-01-03T08:00:00+01:00", date(2026, 1, 3)),
        (WHEN, "2026. 01. 03.", date(2026, 1, 3)),
        (WHEN, "3.1.2026", date(2026, 1, 3)),
        (WHEN, datetime(2026, 1, 3, 8), date(2026, 1, 3)),  # noqa: DTZ001 - as a form without a zone has it
        (WHEN, "2026-01-03..2026-01-05", Span(739619.0, 739621.0)),
        (SIGNAL, "none", "none"),
        (SIGNAL, "Gyenge", "poor"),
        (SIGNAL, " GOOD ", "good"),
        (TAGS, "a|b; c", frozenset("abc")),
        (TAGS, ["a", "a"], frozenset("a")),
        (TAGS, [], frozenset()),
        (MODEL, "Pixel 9", "Pixel 9"),
        (MODEL, 9, "9"),
        (NOTE, "  no service ", "no service"),
        (MODEL, "", None),
        (MODEL, "n/a", None),
        (USED, float("nan"), None),
        (ON, None, None),
    ],
)
def test_it_is_understood(attribute: Attribute, raw: Any, value: Any) -> None:
    assert read_value(attribute, raw) == value


@pytest.mark.parametrize(
    ("attribute", "raw"),
    [
        (ON, "perhaps"),
        (ON, 2),
        (USED, "much"),
        (USED, "2 km"),
        (USED, "1e400"),
        (USED, float("inf")),
        (USED, 10**400),
        (USED, -(10**400)),
        (USED, "1.." * 3000),
        (USED, True),
        (USED, [1]),
        (USED, "3..1"),
        (WHEN, "yesterday"),
        (WHEN, "2026-02-30"),
        (WHEN, "20260103"),
        (WHEN, 5),
        (SIGNAL, "superb"),
        (SIGNAL, ["good"]),
        (TAGS, ["a"] * 201),
        (TAGS, [["a"]]),
        (NOTE, "x" * 10_001),
        (NOTE, {"text": "x"}),
    ],
)
def test_it_is_refused_by_the_name_of_its_attribute(attribute: Attribute, raw: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read_value(attribute, raw)
    assert list(refused.value.fields) == [attribute.key]
    assert len(refused.value.fields[attribute.key]) < 200


@pytest.mark.parametrize("raw", [True, [1], {"a": 1}, " " * 5000 + "x"])
def test_what_is_no_number_is_told_that_a_number_belongs_there(raw: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read_value(USED, raw)
    assert refused.value.fields["used"].startswith("Write a number")


def test_all_faults_of_some_facts_are_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read_facts(TYPE, {"on": "perhaps", "colour": "red", "used": "3 GB", "when": None})
    assert set(refused.value.fields) == {"on", "colour"}
    assert read_facts(TYPE, {"used": "3 GB", "when": None}) == {"used": 3.0}


def test_a_case_has_one_number_where_facts_may_have_a_span() -> None:
    with pytest.raises(Invalid):
        read_case(TYPE, {"used": "1..2"})


@given(data=st.data())
def test_what_is_written_is_read_back(data: st.DataObject) -> None:
    attribute = data.draw(strategies.attributes("one"))
    values = strategies.VALUES[attribute.kind]
    value = data.draw(st.one_of(values, strategies.spans) if attribute.kind == Kind.NUMBER else values)
    assert read_value(attribute, write_value(value, attribute.kind)) == value


@given(number=st.floats(-1e9, 1e9), separators=st.sampled_from([",.", ".,", " ,", "’."]))
def test_a_number_with_thousands_parted_is_read_in_every_country(number: float, separators: str) -> None:
    thousands, decimal = separators[0], separators[1]
    written = f"{number:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    assert parse_number(written) == round(number, 2)


@given(raw=st.one_of(st.text(), st.integers(), st.floats(), st.lists(st.text(max_size=3), max_size=3)))
@pytest.mark.parametrize("attribute", TYPE.attributes, ids=lambda one: one.key)
def test_nothing_that_is_written_breaks_the_reader(attribute: Attribute, raw: Any) -> None:
    with suppress(Invalid):
        value = read_value(attribute, raw)
        assert value is None or read_value(attribute, value) is not None or value == ""
