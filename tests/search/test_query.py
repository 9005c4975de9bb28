"""What is typed is read as it is meant, and nothing that is typed does harm."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.dates import Span
from search.query import (
    LONGEST_QUESTION,
    MOST_PREFIXES,
    MOST_TERMS,
    AllOf,
    AnyOf,
    Changed,
    Is,
    Node,
    Not,
    Phrase,
    Prefix,
    Question,
    Word,
    parse,
)

NOW = 1_780_000_000


def read(typed: str) -> Question:
    return parse(typed, now=NOW)


def test_words_are_all_wanted() -> None:
    assert read("Reset the PIN") == Question(wanted=(Word("reset"), Word("the"), Word("pin")))


def test_a_plus_makes_a_word_required_and_a_minus_bans_it() -> None:
    assert read("sim +pin -puk") == Question((Word("sim"),), (Word("pin"),), (Word("puk"),))


def test_a_sign_within_brackets_counts_as_well() -> None:
    assert read("sim (+pin -puk)") == Question((Word("sim"),), (Word("pin"),), (Word("puk"),))


def test_a_hyphen_within_a_word_is_no_minus() -> None:
    assert read("A54-5G") == Question(wanted=(Word("a54-5g"),))


@pytest.mark.parametrize(
    "typed", ['"reset the pin"', "„reset the pin”", "«reset the pin»", "“reset the pin”"]
)
def test_quotes_of_any_country_make_a_phrase(typed: str) -> None:
    assert read(typed) == Question(quoted=(Phrase("reset the pin"),))


def test_a_star_stands_for_the_rest_of_a_word() -> None:
    assert read("nyomtató*") == Question(wanted=(Prefix("nyomtato"),))
    assert read("wi-f*") == Question(wanted=(Prefix("wif"),))


def test_one_letter_with_a_star_is_a_word() -> None:
    assert read("a*") == Question(wanted=(Word("a"),))


@pytest.mark.parametrize(
    ("typed", "node"),
    [
        ("kind:faq", Is("kind", "faq")),
        ("KIND:FAQ", Is("kind", "faq")),
        ("tag:VoLTE", Is("tag", "volte")),
        ('tag:"mobile  data"', Is("tag", "mobile data")),
        ("topic:phones", Is("topic", "phones")),
        ("lang:hu", Is("language", "hu")),
        ("changed:1d", Changed(Span(NOW - 86_400, None))),
        ("changed:2026-01-01..", Changed(Span(1767225600, None))),
    ],
)
def test_a_filter_can_be_typed_and_is_never_given_up(typed: str, node: Node) -> None:
    assert read(f"{typed} sim") == Question((Word("sim"),), (node,))
    assert read(f"sim -{typed}") == Question((Word("sim"),), (), (node,))


def test_a_choice_of_filters_is_never_given_up_either() -> None:
    choice = AnyOf((Is("kind", "faq"), Is("kind", "wiki")))
    assert read("kind:(faq OR wiki) sim") == Question((Word("sim"),), (choice,))


def test_words_can_be_looked_for_in_titles() -> None:
    assert read("title:sim pin") == Question((Word("sim", "title"), Word("pin")))
    assert read('title:"sim card"') == Question(quoted=(Phrase("sim card", "title"),))


def test_a_name_that_is_no_filter_is_a_word() -> None:
    assert read("error:42") == Question((Word("error"), Word("42")))


def test_a_filter_without_a_value_is_a_word() -> None:
    assert read("kind:") == Question((Word("kind"),))
    assert read('kind:"" sim') == Question((Word("sim"),))


def test_a_time_that_cannot_be_read_is_a_word() -> None:
    assert read("changed:lately") == Question((Word("lately"),))


def test_operators_are_written_in_capitals() -> None:
    assert read("sim OR pin") == Question((AnyOf((Word("sim"), Word("pin"))),))
    assert read("sim AND NOT pin") == Question((Word("sim"),), (), (Word("pin"),))
    assert read("sim or pin") == Question((Word("sim"), Word("or"), Word("pin")))


def test_brackets_group() -> None:
    assert read("(sim card) OR pin") == Question((AnyOf((AllOf((Word("sim"), Word("card"))), Word("pin"))),))
    assert read("-(sim card) pin") == Question((Word("pin"),), (), (AllOf((Word("sim"), Word("card"))),))


def test_what_is_avoided_within_a_choice_stays_there() -> None:
    assert read("sim OR (card NOT pin)") == Question(
        (AnyOf((Word("sim"), AllOf((Word("card"), Not(Word("pin")))))),)
    )


@pytest.mark.parametrize("typed", ["", "   ", '""', "()", "-", "+ -", "***", "?!", "-()", '+""'])
def test_nothing_asked_is_an_empty_question(typed: str) -> None:
    assert read(typed) == Question()


@pytest.mark.parametrize(
    "typed", ["NOT NOT sim", "sim AND AND", "OR sim", "((((sim", "sim))", '"sim', "+-sim"]
)
def test_syntax_that_makes_no_sense_is_read_as_words(typed: str) -> None:
    assert Word("sim") in (*read(typed).wanted, *read(typed).required)


def test_what_is_looked_for_leaves_out_what_is_avoided() -> None:
    assert read('sim +pin -puk "red card" kind:faq').texts() == (Word("sim"), Phrase("red card"), Word("pin"))


def test_words_that_tell_nothing_are_known_apart_unless_there_are_no_others() -> None:
    assert read("how do I").telling({"how", "do", "i"}) == (Word("how"), Word("do"), Word("i"))
    assert read("how do I pay").telling({"how", "do", "i"}) == (Word("pay"),)


def test_nobody_can_ask_for_too_much_at_once() -> None:
    assert len(read(" ".join(map(str, range(100)))).wanted) == MOST_TERMS
    assert len(read('"' + " ".join(map(str, range(100))) + '"').texts()[0].text.split()) == MOST_TERMS
    stars = read(" ".join(f"ab{number}*" for number in range(20))).wanted
    assert sum(isinstance(node, Prefix) for node in stars) == MOST_PREFIXES
    assert read("x " * LONGEST_QUESTION).wanted == (Word("x"),) * MOST_TERMS


SYNTAX = st.lists(
    st.sampled_from(
        ['"', "(", ")", "+", "-", "*", " ", "AND", "OR", "NOT", "kind:", "title:", "changed:", "a", "é"]
    ),
    max_size=400,
).map("".join)


@given(st.one_of(st.text(max_size=2_000), SYNTAX, SYNTAX.map(" ".join)))
@example("(" * 2_000)
@example("NOT " * 500)
@example("-(" * 500 + "a" + ")" * 500)
def test_whatever_is_typed_is_read(typed: str) -> None:
    question = read(typed)
    assert len(question.texts()) <= MOST_TERMS


@given(st.binary(max_size=2_000))
def test_whatever_bytes_are_sent_are_read(sent: bytes) -> None:
    read(sent.decode("utf-8", "surrogateescape"))
    read(sent.decode("latin-1"))
