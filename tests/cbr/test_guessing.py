"""Sensible kinds are guessed from columns of texts, in four languages, and in the cases that are at hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cbr.case_type import Attribute, CaseType, Kind, read_case_type
from cbr.casebase import CaseBase
from cbr.guessing import guess_attribute, guess_case_type
from cbr.guided.facts import FactReader
from cbr.similarity import Cyclic, Linear
from cbr.tables import read_table
from cbr.values import read_case, read_value

SHARED = Path(__file__).parents[3] / "shared" / "data"


def guess(*texts: str, key: str = "column") -> Attribute:
    return guess_attribute(key, texts)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (("True", "False", "", "True"), Kind.BOOLEAN),
        (("igen", "nem", "igen"), Kind.BOOLEAN),
        (("ja", "nej"), Kind.BOOLEAN),
        (("да", "нет"), Kind.BOOLEAN),
        (("0", "1", "1"), Kind.BOOLEAN),
        (("0", "1", "2"), Kind.NUMBER),
        (("3,5", "2.25", "-1"), Kind.NUMBER),
        (("1 GB", "512 MB", "n/a"), Kind.NUMBER),
        (("12 000 Ft", "8 500 Ft"), Kind.NUMBER),
        (("2026-01-03", "2025-12-31"), Kind.DATE),
        (("3.1.2026", "31.12.2025"), Kind.DATE),
        (("2026. 01. 03.", "2025. 12. 31."), Kind.DATE),
        (("good", "poor", "none", "good"), Kind.ORDINAL),
        (("gyenge", "jó", "közepes"), Kind.ORDINAL),
        (("låg", "hög", "medel"), Kind.ORDINAL),
        (("низкий", "высокий"), Kind.ORDINAL),
        (("Mon", "Tue", "Fri"), Kind.ORDINAL),
        (("red", "blue", "red"), Kind.CATEGORY),
        (("sms|mms", "sms", "mms|call"), Kind.SET),
        (('{"on": true}', '{"on": false; "x": [1|2]}'), Kind.CATEGORY),
        (("",), Kind.CATEGORY),
    ],
)
def test_a_kind_is_guessed(texts: tuple[str, ...], kind: Kind) -> None:
    assert guess(*texts).kind == kind


def test_sentences_are_a_text() -> None:
    texts = [f"I have had no service at all since I came to town number {at}" for at in range(30)]
    assert guess(*texts).kind == Kind.TEXT


def test_a_unit_comes_from_the_values_or_from_the_heading() -> None:
    assert guess("1 GB", "512 MB", "2 GB").unit == "GB"
    assert guess("1", "2", key="data_used_gb").unit == "GB"
    assert guess("1", "2", key="speed_mbps").unit == "Mbit/s"
    assert guess("1", "2", key="floor").unit == ""


def test_what_machines_write_is_made_readable() -> None:
    read = guess("no_service", "connected", "📶¹ Poor", '{"vpn": {"on": false}}', key="line_status")
    assert read.names == {"en": "Line status"}
    assert {choice.key: choice.names.get("en") for choice in read.choices} == {
        "connected": None,
        "no_service": "no service",
        "📶¹ Poor": "Poor",
        '{"vpn": {"on": false}}': "VPN on: no",
    }
    assert guess("1", "2", key="data_used_gb").names == {"en": "Data used"}


def test_a_column_is_asked_for_as_people_ask() -> None:
    assert guess("True", "False", key="roaming_enabled").question("en") == "Is roaming enabled?"
    assert guess("active", "locked_pin", key="sim_status").question("en") == "What is the SIM status?"
    assert guess("1", "2", key="data_used_gb").question("en") == "Data used: how much, in GB?"
    assert guess_attribute("szin", ["piros", "kék"], name="szín", language="hu").question("hu") == "Szín?"
    assert guess("same", "same").questions == {}


def test_what_does_not_work_is_found_in_sentences() -> None:
    issue = guess("mobile_data_issue", "mms_issue", key="reported_issue")
    reader = FactReader(CaseType("phones", (issue,)))
    for said in (
        "my mobile data does not work",
        "Mobile data isn't working!",
        "I have a mobile data problem",
    ):
        assert [one.fact for one in reader.read(said, "en", today=date(2026, 1, 1))] == ["mobile_data_issue"]
    assert not reader.read("my mobile data works", "en", today=date(2026, 1, 1))


def test_choices_that_would_be_called_the_same_stay_as_they_are() -> None:
    assert [choice.names for choice in guess("a_b", "a b", "c_d").choices] == [{}, {}, {}]


def test_a_few_typing_errors_do_not_change_the_kind() -> None:
    assert guess(*map(str, range(200)), "about ten").kind == Kind.NUMBER
    assert guess(*map(str, range(20)), "about ten").kind != Kind.NUMBER


def test_a_range_is_what_most_cases_lie_in() -> None:
    assert guess(*(["10", "20", "30"] * 100), "100000").similarity == Linear(20.0)


def test_days_of_the_week_go_around() -> None:
    days = guess("Monday", "Sunday", "Friday")
    assert days.similarity == Cyclic(7.0)
    assert [choice.key for choice in days.choices][:2] == ["Monday", "tuesday"]


def test_what_says_nothing_counts_nothing_and_nobody_is_asked() -> None:
    for column in (["", ""], ["same"] * 5, [f"case-{at}" for at in range(50)], [str(at) for at in range(50)]):
        attribute = guess(*column)
        assert (attribute.weight, attribute.answerers) == (0.0, frozenset())


def test_ten_thousand_categories_are_an_open_list() -> None:
    models = [f"model {at % 10_000}" for at in range(30_000)]
    attribute = guess(*models)
    assert (attribute.kind, attribute.choices, attribute.weight) == (Kind.CATEGORY, (), 1.0)
    base = CaseBase(CaseType("models", (attribute,))).fit({"column": models})
    assert [match.id for match in base.nearest({"column": "model 9876"}, 3)] == [9876, 19_876, 29_876]


def test_what_is_guessed_can_be_kept_and_reads_its_own_column() -> None:
    table = read_table(b"Signal;Used;Since;Tags\ngood;3,5 GB;3.1.2026;a|b\npoor;800 MB;4.1.2026;a\n;;;\n")
    case_type = guess_case_type("calls", table, language="en")
    assert read_case_type(case_type.to_plain()) == case_type
    assert [one.kind for one in case_type.attributes] == [Kind.ORDINAL, Kind.NUMBER, Kind.DATE, Kind.SET]
    assert case_type.attribute("signal").name("en") == "Signal"
    for attribute in case_type.attributes:
        for text in table.columns[attribute.key]:
            assert read_value(attribute, text) is not None


@pytest.mark.skipif(not (SHARED / "telecom").is_dir(), reason="the telecom cases are not beside the project")
def test_the_telecom_cases_are_read_whole() -> None:
    table = read_table((SHARED / "telecom" / "cases.csv").read_bytes())
    left_out = "solution_actions case_id persona root_causes n_actions escalate ticket".split()
    case_type = guess_case_type("telecom", table, exclude=left_out)
    kinds = {one.key: one.kind for one in case_type.attributes}
    assert (len(table), table.faults) == (2372, [])
    assert kinds["airplane_mode"] == Kind.BOOLEAN
    assert kinds["signal"] == kinds["speed_desc"] == Kind.ORDINAL
    assert kinds["data_used_gb"] == Kind.NUMBER
    assert kinds["contract_ended"] == Kind.DATE
    assert kinds["status_bar"] == Kind.SET
    assert kinds["sim_status"] == kinds["vpn"] == Kind.CATEGORY
    rows = zip(*table.columns.values(), strict=True)
    raw = [dict(zip(table.columns, row, strict=True)) for row in rows]
    cases = [read_case(case_type, {key: row[key] for key in case_type.by_key}) for row in raw]
    columns = {key: [case.get(key) for case in cases] for key in case_type.by_key}
    assert CaseBase(case_type).fit(columns).nearest(cases[17], 1)[0].score == pytest.approx(1.0)
