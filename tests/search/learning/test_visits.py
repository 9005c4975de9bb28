"""The same question of the same visit has one name, and nobody can find out whose it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from werkzeug.datastructures import Headers

from search.learning.log import is_token
from search.learning.visits import WINDOW, Tokens, allowed
from tests.conftest import START

QUESTION = ("help", "en", "pin")


def test_the_same_question_of_the_same_visit_has_the_same_name() -> None:
    tokens = Tokens(START)
    first = tokens.token(START, "kim", *QUESTION)
    assert first == tokens.token(START + WINDOW / 2, "kim", *QUESTION)
    assert is_token(first)


def test_another_visitor_question_or_time_has_another_name() -> None:
    tokens = Tokens(START)
    named = {
        tokens.token(START, "kim", *QUESTION),
        tokens.token(START, "lee", *QUESTION),
        tokens.token(START, "kim", "help", "en", "puk"),
        tokens.token(START, "kim", "inside", "en", "pin"),
        tokens.token(START + WINDOW, "kim", *QUESTION),
        Tokens(START).token(START, "kim", *QUESTION),
    }
    assert len(named) == 6


def test_words_do_not_run_into_one_another() -> None:
    tokens = Tokens(START)
    assert tokens.token(START, "kim", "ab", "c") != tokens.token(START, "kim", "a", "bc")


def test_who_is_not_known_has_a_name_of_chance() -> None:
    tokens = Tokens(START)
    assert tokens.token(START, "", *QUESTION) != tokens.token(START, "", *QUESTION)


def test_the_key_of_a_window_is_gone_with_it() -> None:
    tokens = Tokens(START)
    before = vars(tokens)["_key"]
    tokens.token(START + WINDOW, "kim", *QUESTION)
    assert before not in vars(tokens).values()


def test_a_clock_that_goes_back_does_no_harm() -> None:
    tokens = Tokens(START)
    later = tokens.token(START + WINDOW, "kim", *QUESTION)
    assert tokens.token(START - timedelta(days=1), "kim", *QUESTION) == later


def test_many_threads_agree() -> None:
    tokens = Tokens(START)
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: tokens.token(START + 5 * WINDOW, "kim", *QUESTION), range(200)))
    assert len(names) == 1


@pytest.mark.parametrize(
    ("headers", "may"),
    [({}, True), ({"DNT": "0"}, True), ({"DNT": "1"}, False), ({"Sec-GPC": "1"}, False)],
)
def test_a_browser_can_say_that_nothing_be_kept(headers: dict[str, str], may: bool) -> None:
    assert allowed(Headers(headers)) is may


@pytest.mark.parametrize("text", ["", "short", "a" * 23, "a" * 21 + "!", "é" * 22, "a" * 21 + " "])
def test_what_is_no_name_is_seen(text: str) -> None:
    assert not is_token(text)
