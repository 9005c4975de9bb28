"""What machines write is put into words, what people write stays, and nothing that differs becomes the same."""

from __future__ import annotations

import json
import string

from hypothesis import given
from hypothesis import strategies as st

from cbr.case_type import Kind
from cbr.readable import asked, in_steps, in_words, steps

NAMES = st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=6), min_size=2, max_size=4).map(
    "_".join
)


def test_short_forms_are_of_english() -> None:
    assert in_words("msg_perm", "en") == "message permission"
    assert in_words("msg_perm", "hu") == "msg perm"
    assert in_words("sim_kort", "sv") == "SIM kort"


def test_what_people_wrote_stays_as_it_is() -> None:
    for text in ("the pin of the hinge", "Fiber optic", "month-to-month", "ingen täckning", "80%", "4wd"):
        assert in_words(text) == text


def test_json_that_is_none_or_too_deep_is_shown_without_its_signs() -> None:
    assert in_words('{"on": false; 3') == "on: false; 3"
    assert "a" in in_words('{"a":' * 5000 + "1" + "}" * 5000)
    assert in_words(json.dumps({"tags": ["x", "y"], "none": None})) == "tags: x, tags: y"


def test_a_name_that_makes_no_sentence_is_asked_for_with_a_hint() -> None:
    assert asked("Signal", Kind.ORDINAL) == "Signal: which of these?"
    assert asked("Tenure", Kind.NUMBER) == "Tenure: what number?"
    assert asked("Urgent", Kind.BOOLEAN) == "Is it urgent?"
    assert asked("Is locked", Kind.BOOLEAN) == "Is it locked?"
    assert asked("Needed", Kind.BOOLEAN) == "Is it needed?"
    assert asked("Personal data", Kind.BOOLEAN) == "Personal data: yes or no?"
    assert asked("Mobile data", Kind.BOOLEAN) == "Is mobile data on?"


def test_a_solution_that_people_wrote_is_no_list_of_calls() -> None:
    for text in (
        "",
        "Restart it.",
        "Open a > b",
        "refuel_data({gap_gb})",
        "snake_case and more",
        "a_" * 40_000,
    ):
        assert steps(text) == ()
        assert in_steps("Title", text) == ("Title", text)


def test_a_title_that_was_given_stays() -> None:
    assert in_steps("Reset", "toggle_data() -> wait_for_signal()") == (
        "Reset",
        "1. Toggle data\n2. Wait for signal",
    )
    assert in_steps("", "transfer_to_human_agents") == ("", "Transfer to human agents")


@given(st.lists(NAMES, min_size=1, max_size=4, unique=True), NAMES, st.integers(0, 99))
def test_calls_that_differ_stay_different(names: list[str], key: str, value: int) -> None:
    text = " > ".join(f"{name}()" for name in names)
    more = f"{text} > {names[0]}({key}={value})"
    assert len(steps(text)) == len(names)
    assert in_steps("", text)[1] != in_steps("", more)[1]


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    in_words(text, heading=True)
    assert all(steps(text)) or not steps(text)
    if text.split():
        assert asked(" ".join(text.split()), Kind.BOOLEAN)
