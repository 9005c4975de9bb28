"""What is asked of known facts: as people write it, and what it means."""

from __future__ import annotations

from datetime import date

import pytest

from cbr.trees.conditions import Condition, make_condition, place, read_bound, read_conditions, same, tokens
from kb.errors import Invalid

TODAY = date(2026, 3, 15)
FACTS: dict[str, object] = {
    "roaming": False,
    "net": "3G",
    "used": 5.0,
    "since": "2026-03-01",
    "apps": ["mail", "maps"],
}


def holds(text: str) -> bool:
    return all(condition.holds(FACTS, TODAY) for condition in read_conditions(tokens(text)))


@pytest.mark.parametrize(
    "text",
    [
        "roaming is false",
        "roaming is no",
        "roaming is-not yes",
        "net is 2g | 3g",
        'net is "3g"',
        "net is-not 4g | 5g",
        "used is 5",
        "used at-least 5",
        "used below 5.1",
        "since at-least today-14",
        "since below 2026-03-02",
        "apps is maps",
        "apps is-not games | news",
        "net known",
        "sim unknown",
        "net is 3g and used at-least 1 and sim unknown",
    ],
)
def test_this_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "roaming is true",
        "roaming is-not false",
        "net is 2g | 4g",
        "net is-not 3g",
        "used is 6",
        "used at-least 5.1",
        "used below 5",
        "since at-least today-13",
        "apps is games",
        "apps is-not mail",
        "net unknown",
        "sim known",
        "net is 3g and used below 1",
    ],
)
def test_this_does_not(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize("relation", ["is x", "is-not x", "at-least 1", "below 1"])
def test_of_what_is_not_known_nothing_holds(relation: str) -> None:
    assert not holds(f"sim {relation}")


@pytest.mark.parametrize("text", ["net at-least 1", "net below 1", "roaming at-least 0", "apps below 5"])
def test_what_is_no_number_is_neither_less_nor_more(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "net",
        "net is",
        "net is |",
        "net is a |",
        "net is a b",
        "net is a or net is b",
        "net is a and",
        "| is a",
        "net likes a",
        "net below a",
        "net below 1 | 2",
        'net is ""',
        "net is " + "x" * 201,
        "x" * 129 + " is a",
        '"a b" is c',
    ],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_conditions(tokens(text))
    assert refused.value.fields[""]


@pytest.mark.parametrize("text", ['"', 'net is "a', r'net is "\x"', r'net is "a\"'])
def test_a_quotation_must_end(text: str) -> None:
    with pytest.raises(Invalid):
        tokens(text)


@pytest.mark.parametrize(
    ("fact", "value", "expected"),
    [
        (True, "true", True),
        (True, "YES", True),
        (False, "no", True),
        (True, "no", False),
        ("", "", True),
        (1, "1.0", True),
        (True, "1", False),
        ("1_0", "10", False),
        (float("nan"), "nan", True),
        ("Ж", "ж", True),
        (None, "", False),
    ],
)
def test_values_are_the_same_however_they_are_written(fact: object, value: str, expected: bool) -> None:
    assert same(fact, value) == expected


@pytest.mark.parametrize(
    ("text", "is_day", "expected"),
    [
        ("5", False, "5"),
        (" 5.50 ", False, "5.5"),
        ("1e3", False, "1000"),
        ("-0", False, "0"),
        ("inf", False, None),
        ("nan", False, None),
        ("", False, None),
        ("2026-01-31", False, None),
        ("31.1.2026", True, "2026-01-31"),
        ("today", True, "today"),
        ("today + 3", True, "today+3"),
        ("tomorrow", True, None),
        ("2026-02-30", True, None),
    ],
)
def test_an_end_of_a_range_is_a_number_or_a_day(text: str, is_day: bool, expected: str | None) -> None:
    assert read_bound(text, is_day=is_day) == expected


def test_a_day_is_counted_from_today() -> None:
    assert place("today-14", TODAY) == place("2026-03-01", TODAY) == float(date(2026, 3, 1).toordinal())


def test_a_comparison_keeps_its_number_as_it_is_kept_everywhere() -> None:
    assert make_condition("a", "below", ["5.0"]) == Condition(
        "a", make_condition("a", "below", ["5"]).relation, ("5",)
    )
