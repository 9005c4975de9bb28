"""The passage shown is the one that answers, and nothing in it can do harm."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from search.query import parse
from search.snippets import LENGTH, Highlighter

FILLER = "Nothing of interest stands in this sentence. " * 30


def highlighter(question: str, language: str = "en") -> Highlighter:
    return Highlighter(parse(question, now=0).texts(), language)


def passage(question: str, body: str, summary: str = "", language: str = "en") -> str:
    return str(highlighter(question, language).passage(body, summary))


def marked(html: str) -> list[str]:
    return re.findall("<mark>(.*?)</mark>", html)


@pytest.mark.parametrize(
    ("language", "question", "body", "expected"),
    [
        ("en", "printer", "Two printers stand here.", ["printers"]),
        ("hu", "nyomtató", "A nyomtatók itt állnak.", ["nyomtatók"]),
        ("hu", "nyomtato", "A nyomtató itt áll.", ["nyomtató"]),
        ("sv", "skrivare", "Slå på skrivaren.", ["skrivaren"]),
        ("ru", "принтеры", "Включите принтер.", ["принтер"]),
        ("ru", "счет", "Ваш счёт готов.", ["счёт"]),
        ("en", "wifi", "Switch the Wi-Fi on.", ["Wi-Fi"]),
        ("en", "wi-fi", "Switch the WiFi on.", ["WiFi"]),
        ("en", "prin*", "A printer and a print.", ["printer", "print"]),
        ("en", '"red card"', "The red card.", ["red", "card"]),
        ("en", "red -card", "The red card.", ["red"]),
        ("en", "how to print", "How do you print it?", ["print"]),
        ("en", "how to", "How do you print it?", ["How"]),
        ("en", "at&t", "Of AT&T.", ["AT&amp;T"]),
        ("en", "a54-5g", "An A54 5G or A54-5G.", ["A54", "5G", "A54-5G"]),
    ],
)
def test_the_words_of_a_question_are_marked(
    language: str, question: str, body: str, expected: list[str]
) -> None:
    assert marked(passage(question, body, language=language)) == expected


def test_a_word_written_with_a_hyphen_is_marked_beside_others() -> None:
    found = passage(
        "hitta pukkoden", "Var hittar jag PUK-koden? Den är -8 siffror - inte PIN-koden.", language="sv"
    )
    assert marked(found) == ["hittar", "PUK-koden"]


def test_the_passage_with_the_most_words_is_shown() -> None:
    body = f"A printer. {FILLER} The printer prints on paper. {FILLER} Paper."
    found = passage("printer paper", body)
    assert found.startswith("\u2026 The <mark>printer</mark> prints on <mark>paper</mark>.")
    assert found.endswith("\u2026")


def test_a_passage_is_about_two_hundred_characters_long() -> None:
    text = re.sub("<[^>]*>", "", passage("sentence", FILLER))
    assert LENGTH - 30 < len(text) < LENGTH + 10


def test_a_passage_starts_between_words_where_no_sentence_starts_near() -> None:
    found = passage("needle", "hay " * 200 + "needle " + "hay " * 200)
    assert re.match("\u2026 hay hay ", found)
    assert found.endswith("hay \u2026")


def test_a_body_without_the_words_gives_way_to_the_summary() -> None:
    assert passage("sim", "About something else.", "The SIM card") == "The <mark>SIM</mark> card"


def test_without_a_summary_the_beginning_is_shown() -> None:
    assert passage("sim", FILLER).startswith("Nothing of interest stands")
    assert passage("", "Short.") == "Short."
    assert passage("", "") == ""


def test_everything_but_the_mark_is_escaped() -> None:
    found = passage("pin", '<script>alert("pin")</script> & <b>PIN</b>')
    assert found == str(
        escape('<script>alert("')
        + Markup("<mark>pin</mark>")
        + escape('")</script> & <b>')
        + Markup("<mark>PIN</mark>")
        + escape("</b>")
    )


def test_lines_are_run_together() -> None:
    assert passage("pin", "The\n\n  PIN\tcode") == "The <mark>PIN</mark> code"


def test_a_title_is_marked_whole() -> None:
    assert str(highlighter("pin").whole("PIN & PUK")) == "<mark>PIN</mark> &amp; PUK"


def test_of_a_long_text_that_is_all_hits_a_passage_is_shown() -> None:
    found = passage("printer", "printer " * 100_000)
    assert 0 < len(marked(found)) == len(re.findall("printer", found)) < LENGTH


@given(st.text(max_size=600), st.text(max_size=60), st.sampled_from(["hu", "en", "ru", "xx"]))
def test_a_passage_is_the_text_itself_escaped(body: str, question: str, language: str) -> None:
    found = passage(question, body, language=language)
    assert "<" not in re.sub("</?mark>", "", found)
    assert found.count("<mark>") == found.count("</mark>")
    shown = html.unescape(re.sub("</?mark>", "", found)).removeprefix("\u2026 ").removesuffix(" \u2026")
    assert shown in re.sub(r"\s+", " ", body)
