"""Facts read out of sentences in four languages: what is sure is taken, with the words that say so; all else is not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbr.case_type import CaseType, read_case_type
from cbr.guided.facts import FactReader
from cbr.guided.ranges import LIMIT
from cbr.similarity import Span
from cbr.values import Fact
from search.lemmas import word_list
from tests.cbr import strategies

SUNDAY = date(2026, 11, 22)


def phone() -> CaseType:
    return read_case_type(
        {
            "key": "phone",
            "attributes": [
                {
                    "key": "abroad",
                    "kind": "boolean",
                    "names": {"en": "Abroad", "hu": "Külföldön", "sv": "Utomlands", "ru": "За границей"},
                    "choices": [
                        {"key": "true", "synonyms": {"en": "travelling", "hu": "nyaralok"}},
                        {"key": "false"},
                    ],
                },
                {
                    "key": "roaming_enabled",
                    "kind": "boolean",
                    "names": {
                        "en": "Roaming enabled",
                        "hu": "Roaming bekapcsolva",
                        "sv": "Roaming på",
                        "ru": "Роуминг включён",
                    },
                },
                {
                    "key": "airplane_mode",
                    "kind": "boolean",
                    "names": {"en": "Airplane mode", "hu": "Repülőgép mód"},
                },
                {
                    "key": "works",
                    "kind": "boolean",
                    "names": {"en": "Works", "hu": "Működik", "sv": "Fungerar", "ru": "Работает"},
                },
                {
                    "key": "problem",
                    "kind": "category",
                    "names": {"en": "Problem", "hu": "Hiba", "sv": "Fel", "ru": "Проблема"},
                    "choices": [
                        {
                            "key": "no_service",
                            "names": {
                                "en": "No service",
                                "hu": "Nincs térerő",
                                "sv": "Ingen täckning",
                                "ru": "Нет связи",
                            },
                            "synonyms": {"en": "no signal, no bars", "sv": "ingen signal", "ru": "нет сети"},
                        },
                        {
                            "key": "slow_internet",
                            "names": {
                                "en": "Slow internet",
                                "hu": "Lassú internet",
                                "sv": "Långsamt internet",
                                "ru": "Медленный интернет",
                            },
                        },
                    ],
                },
                {
                    "key": "signal",
                    "kind": "ordinal",
                    "names": {"en": "Signal", "hu": "Jel", "sv": "Signal", "ru": "Сигнал"},
                    "choices": [{"key": "poor"}, {"key": "good"}, {"key": "excellent"}],
                },
                {
                    "key": "began",
                    "kind": "date",
                    "names": {
                        "en": "Since when",
                        "hu": "Mióta, kezdete",
                        "sv": "Sedan när",
                        "ru": "Начало проблемы",
                    },
                },
                {"key": "paid", "kind": "date", "names": {"en": "Last payment", "hu": "Utolsó befizetés"}},
                {"key": "used", "kind": "number", "unit": "GB", "names": {"en": "Data used"}},
                {"key": "limit", "kind": "number", "unit": "GB", "names": {"en": "Plan limit"}},
                {"key": "distance", "kind": "number", "unit": "km", "names": {"en": "Distance"}},
                {"key": "age", "kind": "number", "names": {"en": "Age"}},
                {
                    "key": "device",
                    "kind": "taxonomy",
                    "choices": [
                        {
                            "key": "phone",
                            "names": {"en": "Phone", "hu": "Telefon", "sv": "Telefon", "ru": "Телефон"},
                        },
                        {"key": "android", "parent": "phone", "names": {"en": "Android"}},
                    ],
                },
                {
                    "key": "apps",
                    "kind": "set",
                    "choices": [
                        {"key": "maps", "names": {"en": "Maps"}},
                        {"key": "mail", "names": {"en": "Mail"}},
                    ],
                },
            ],
        }
    )


READER = FactReader(phone())


def understood(language: str, text: str) -> dict[str, Fact]:
    return {one.key: one.fact for one in READER.read(text, language, today=SUNDAY)}


YESTERDAY, MONDAY = date(2026, 11, 21), date(2026, 11, 16)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "No service abroad since yesterday",
            {"problem": "no_service", "abroad": True, "began": YESTERDAY},
        ),
        ("en", "I'm travelling and have no bars", {"abroad": True, "problem": "no_service"}),
        ("en", "not roaming", {"roaming_enabled": False}),
        (
            "en",
            "Roaming is not enabled, airplane mode is off",
            {"roaming_enabled": False, "airplane_mode": False},
        ),
        ("en", "my phone is in airplane mode", {"airplane_mode": True, "device": "phone"}),
        ("en", "It isn't working, I am not abroad", {"works": False, "abroad": False}),
        ("en", "signal is poor", {"signal": "poor"}),
        ("en", "used 500 MB of my 15 GB limit", {"used": 0.5, "limit": 15.0}),
        ("en", "data used 2.5 GB, plan limit: 15 GB", {"used": 2.5, "limit": 15.0}),
        ("en", "2-3 km away since 3 November", {"distance": Span(2.0, 3.0), "began": date(2026, 11, 3)}),
        ("en", "distance over 3 km", {"distance": Span(3.0, LIMIT)}),
        ("en", "distance −2 km", {"distance": -2.0}),
        ("en", "less than -2 km", {"distance": Span(-LIMIT, -2.0)}),
        ("en", "mast-2 km", {"distance": 2.0}),
        ("en", "age 45, last payment on 2026-10-01", {"age": 45.0, "paid": date(2026, 10, 1)}),
        ("en", "started two weeks ago", {"began": date(2026, 11, 8)}),
        ("en", "android phone", {"device": "android"}),
        ("en", "for 3 days, since 2 weeks", {}),
        ("en", "it began on Monday", {"began": date(2026, 11, 16)}),
        ("en", "roaming is not disabled", {"roaming_enabled": True}),
        ("hu", "nem roaming", {"roaming_enabled": False}),
        ("sv", "inte roaming", {"roaming_enabled": False}),
        ("ru", "без роуминга", {"roaming_enabled": False}),
        ("en", "Maps and mail fail", {"apps": frozenset({"maps", "mail"})}),
        (
            "hu",
            "tegnap óta nincs térerő külföldön",
            {"began": YESTERDAY, "problem": "no_service", "abroad": True},
        ),
        ("hu", "Nem működik, nem vagyok külföldön", {"works": False, "abroad": False}),
        ("hu", "külföldön nem működik", {"abroad": True, "works": False}),
        (
            "hu",
            "a roaming nincs bekapcsolva három napja, 3,5 km",
            {"roaming_enabled": False, "began": date(2026, 11, 19), "distance": 3.5},
        ),
        ("hu", "két nappal ezelőtt", {"began": date(2026, 11, 20)}),
        ("hu", "hétfő óta", {"began": MONDAY}),
        (
            "sv",
            "ingen täckning utomlands sedan i går",
            {"problem": "no_service", "abroad": True, "began": YESTERDAY},
        ),
        ("sv", "jag är inte utomlands, det fungerar inte", {"abroad": False, "works": False}),
        ("sv", "Roaming är inte på sedan måndag", {"roaming_enabled": False, "began": MONDAY}),
        ("sv", "för tre dagar sedan", {"began": date(2026, 11, 19)}),
        (
            "ru",
            "нет связи за границей со вчерашнего дня",
            {"problem": "no_service", "abroad": True, "began": YESTERDAY},
        ),
        ("ru", "роуминг выключен, я не за границей", {"roaming_enabled": False, "abroad": False}),
        ("ru", "не работает с понедельника, 3,5 км", {"works": False, "began": MONDAY, "distance": 3.5}),
        (
            "ru",
            "три дня назад, медленного интернета",
            {"began": date(2026, 11, 19), "problem": "slow_internet"},
        ),
    ],
)
def test_what_is_said_is_understood(language: str, text: str, expected: dict[str, Fact]) -> None:
    assert understood(language, text) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "How do I pay my bill?"),
        ("en", "roaming does what it wants"),
        ("en", "my plan is good"),
        ("en", "I have 3 children and 2 dogs"),
        ("en", "5 GB"),
        ("en", "no slow internet"),
        ("en", "airplane mode"),
        ("en", "call me tomorrow"),
        ("en", "my number is 555-123-2002"),
        ("en", "I called yesterday"),
        ("hu", "tegnap fizettem"),
        ("ru", "вчера я звонил"),
        ("en", "slow internet or no service"),
        ("en", ""),
        ("en", "99999999999999999999 km away"),
        ("hu", "jó napot kívánok"),
        ("sv", "hej, jag har en fråga"),
        ("ru", "добрый день"),
        ("xx", "???"),
    ],
)
def test_what_is_not_sure_is_not_taken(language: str, text: str) -> None:
    assert understood(language, text) == {}


def test_each_fact_shows_the_words_that_say_it() -> None:
    text = "Since yesterday no signal, more than 2 km"
    said = {one.key: text[one.start : one.end] for one in READER.read(text, "en", today=SUNDAY)}
    assert said == {"began": "Since yesterday", "problem": "no signal", "distance": "more than 2 km"}


def test_variants_of_a_language_are_read_alike_and_not_remembered_each() -> None:
    reader = FactReader(phone())
    found = [
        reader.read("no signal, more than 2 km", tag, today=SUNDAY) for tag in ("en", "en-GB", "en-abcde")
    ]
    assert found[0]
    assert found == [found[0]] * 3
    assert list(vars(reader)["_names"]) == ["en"]


def test_a_letter_that_is_two_small_ones_moves_no_words() -> None:
    text = "In der Großstraße, MORE THAN 2 km"
    assert [text[one.start : one.end] for one in READER.read(text, "en", today=SUNDAY)] == ["MORE THAN 2 km"]


def test_accents_and_capital_letters_may_be_left_away() -> None:
    assert understood("hu", "NINCS TERERO KULFOLDON") == {"problem": "no_service", "abroad": True}


def test_a_better_knowledge_of_words_understands_more() -> None:
    def roots(word: str, language: str) -> str:
        known = word_list(language)
        return known.root(word) if known else word

    said = "elromlott a telefonom"
    assert READER.read(said, "hu", today=SUNDAY) == []
    found = FactReader(phone(), roots).read(said, "hu", today=SUNDAY)
    assert [(one.key, one.fact) for one in found] == [("device", "phone")]


@given(strategies.case_types(), st.text(max_size=200), st.sampled_from(["en", "hu", "sv", "ru", "de"]))
def test_whatever_is_typed_spans_lie_in_the_text_and_facts_are_of_their_kind(
    case_type: CaseType, text: str, language: str
) -> None:
    for one in FactReader(case_type).read(text, language, today=SUNDAY):
        assert 0 <= one.start < one.end <= len(text)
        assert one.key in case_type.by_key


def test_a_case_type_of_10_000_choices_is_read_at_once() -> None:
    case_type = read_case_type(
        {
            "key": "t",
            "attributes": [
                {
                    "key": "model",
                    "kind": "category",
                    "choices": [{"key": f"Model {at}X"} for at in range(10_000)],
                }
            ],
        }
    )
    found = FactReader(case_type).read("my model 7777x is broken", "en", today=SUNDAY)
    assert [(one.key, one.fact) for one in found] == [("model", "Model 7777X")]
