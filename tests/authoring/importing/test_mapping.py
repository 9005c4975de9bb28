"""A record becomes an article: each field, each fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from authoring.importing.records import KINDS, TopicRef
from kb.models import KINDS as MODEL_KINDS
from tests.authoring.importing.sources import NOW, PAGE, read_jsonl, read_page


def test_the_kinds_are_those_of_the_tables() -> None:
    assert KINDS == MODEL_KINDS


def test_a_record_with_everything_is_read_whole(tmp_path: Path) -> None:
    article = read_page(
        tmp_path,
        summary="On the **card**",
        kind="FAQ",
        topics=["sim", "security"],
        tags=["puk", "sim", "puk"],
        audience="public",
        state="published",
        publish_at="2026-03-02",
        expires_at="2027-03-02T12:00:00+01:00",
        review_by="2026-12-01",
        changed_at="2026-02-01T08:00:00Z",
        related=["lost-phone", "puk-code", "lost-phone"],
    ).article
    assert (article.key, article.language, article.title) == ("puk-code", "en", "Find your PUK code")
    assert (article.summary, article.body, article.kind) == ("On the card", "Look on the card.", "faq")
    assert article.topics == (TopicRef("sim", "sim"), TopicRef("security", "security"))
    assert (article.tags, article.related) == (("puk", "sim"), ("lost-phone",))
    assert (article.audience, article.state) == ("public", "published")
    assert article.publish_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert article.expires_at == datetime(2027, 3, 2, 11, tzinfo=UTC)
    assert article.review_by == datetime(2026, 12, 1, tzinfo=UTC)
    assert article.changed_at == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert str(article.place).endswith("articles.jsonl:1")


def test_what_nobody_says_is_seen_by_as_few_people_as_possible(tmp_path: Path) -> None:
    article = read_page(tmp_path).article
    assert (article.kind, article.audience, article.state) == ("wiki", "agent", "draft")


def test_the_defaults_of_the_map_stand_in(tmp_path: Path) -> None:
    defaults = {"kind": "faq", "audience": "public", "state": "published", "tags": ["old"], "topics": "sim"}
    article = read_page(tmp_path, rules={"defaults": defaults}).article
    assert (article.kind, article.audience, article.state) == ("faq", "public", "published")
    assert (article.tags, article.topics) == (("old",), (TopicRef("sim", "sim"),))


def test_the_state_of_the_caller_overrides_the_source(tmp_path: Path) -> None:
    for state in ("draft", "in_review", "unheard of", ""):
        assert read_page(tmp_path, state=state, forced_state="published").article.state == "published"


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"key": None}, "key", "is missing (looked for key)"),
        ({"key": " "}, "key", "is missing"),
        ({"key": "???"}, "key", "no letters or digits"),
        ({"key": ["a"]}, "key", "must be a text, but is a list"),
        ({"title": ""}, "title", "is missing"),
        ({"title": {"en": "x"}}, "title", "must be a text, but is an object"),
        ({"title": "x" * 301}, "title", "has 301 characters; at most 300"),
        ({"title": "a\0b"}, "title", "NUL"),
        ({"language": ""}, "language", "is missing"),
        ({"language": "english"}, "language", "'english' is no language code"),
        ({"language": "xx"}, "language", "'xx' is no language code"),
        ({"language": "../en"}, "language", "is no language code"),
        ({"body": 7}, "body", "must be a text"),
        ({"body": ["a"]}, "body", "must be a text"),
        ({"body": None}, "body", "is missing, and so is the summary"),
        ({"body": "a\0b"}, "body", "NUL"),
        ({"body": "x" * 1_000_001}, "body", "at most 1000000"),
        ({"body": "\ud800"}, "body", "bytes that are not text"),
        ({"summary": "x" * 1001}, "summary", "at most 1000"),
        ({"kind": "memo"}, "kind", "none of standard, wiki, faq, guide; translate it in [values.kind]"),
        ({"state": "gone"}, "state", "none of published, in_review, draft; translate it in [values.state]"),
        ({"state": True}, "state", "must be a text, but is true or false"),
        ({"tags": [["a"]]}, "tags", "must be a text, but is a list"),
        ({"topics": ["???"]}, "topics", "no letters or digits"),
        ({"publish_at": "soon"}, "publish_at", "'soon' is no date"),
        ({"publish_at": "20156-06-15"}, "publish_at", "is no date"),
        ({"changed_at": 1700000000}, "changed_at", "is no date"),
        ({"publish_at": "2026-02-01", "expires_at": "2026-02-01"}, "expires_at", "is not after publish_at"),
        ({"audience": "x" * 65}, "audience", "at most 64"),
        ({"format": "rtf"}, "format", "none of markdown, html, text"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_fault(
    tmp_path: Path, fields: dict[str, object], field: str, reason: str
) -> None:
    fault = read_jsonl(tmp_path, {**PAGE, **fields}).fault
    assert (fault.field, fault.place.line, fault.kept) == (field, 1, False)
    assert reason in fault.reason


def test_reading_goes_on_behind_a_bad_record(tmp_path: Path) -> None:
    found = read_jsonl(tmp_path, {**PAGE, "key": "one"}, {**PAGE, "title": None}, {**PAGE, "key": "three"})
    assert [article.key for article in found.articles] == ["one", "three"]
    assert [fault.place.line for fault in found.faults] == [2]


def test_the_second_of_two_records_with_one_key_and_language_is_a_fault(tmp_path: Path) -> None:
    found = read_jsonl(
        tmp_path, PAGE, {**PAGE, "language": "hu"}, {**PAGE, "key": "PUK-Code", "body": "Other."}
    )
    assert [(article.language, article.body) for article in found.articles] == [
        ("en", "Look on the card."),
        ("hu", "Look on the card."),
    ]
    (fault,) = found.faults
    assert (fault.field, fault.place.line) == ("key", 3)
    assert fault.reason.endswith("articles.jsonl:1")


def test_an_article_may_consist_of_its_summary(tmp_path: Path) -> None:
    article = read_page(tmp_path, body="", summary="Call us.").article
    assert (article.body, article.summary) == ("", "Call us.")


def test_their_names_and_values_become_ours(tmp_path: Path) -> None:
    rules = {
        "fields": {
            "key": "nr",
            "language": "meta.lang",
            "title": ["short", "long"],
            "body": "text",
            "kind": "type",
        },
        "values": {"language": {"Magyar": "hu"}, "kind": {"howto": "faq"}},
    }
    record = {
        "nr": 12,
        "meta": {"lang": "magyar"},
        "short": "",
        "long": "Cím",
        "text": "Szöveg",
        "type": "HowTo",
    }
    article = read_jsonl(tmp_path, record, rules=rules).article
    assert (article.key, article.language, article.title, article.kind) == ("12", "hu", "Cím", "faq")


def test_a_field_that_the_map_does_not_name_is_not_read(tmp_path: Path) -> None:
    rules = {"fields": {"key": "key", "language": "language", "title": "title", "body": "body"}}
    assert read_page(tmp_path, rules=rules, tags=["x"], state="nonsense").article.tags == ()


def test_a_missing_field_is_reported_by_the_names_that_were_looked_for(tmp_path: Path) -> None:
    rules = {"fields": {"key": "nr", "language": "language", "title": ["short", "long"], "body": "body"}}
    fault = read_jsonl(tmp_path, {"nr": "a", "language": "en", "body": "x"}, rules=rules).fault
    assert fault.reason == "is missing (looked for short or long)"


@pytest.mark.parametrize(
    ("formats", "zone", "text", "expected"),
    [
        (["%d.%m.%Y"], "UTC", "1.2.2026", datetime(2026, 2, 1, tzinfo=UTC)),
        ([], "Europe/Budapest", "2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ([], "Europe/Budapest", "2026-07-01T00:00Z", datetime(2026, 7, 1, tzinfo=UTC)),
        (["unix"], "UTC", 1767225600, datetime(2026, 1, 1, tzinfo=UTC)),
        (["unix_ms"], "Europe/Budapest", 1767225600000, datetime(2026, 1, 1, tzinfo=UTC)),
        (["unix"], "UTC", 1767225600.5, datetime(2026, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_dates_are_read_by_the_map(
    tmp_path: Path, formats: list[str], zone: str, text: object, expected: datetime
) -> None:
    rules = {"dates": {"formats": formats, "zone": zone}}
    assert read_page(tmp_path, rules=rules, changed_at=text).article.changed_at == expected


@pytest.mark.parametrize("number", [1e400, -1e400, float("nan"), 10**30, -(10**30)])
def test_a_moment_outside_of_time_is_a_fault(tmp_path: Path, number: float) -> None:
    assert (
        read_page(tmp_path, rules={"dates": {"formats": ["unix"]}}, changed_at=number).fault.field
        == "changed_at"
    )


def test_what_is_due_for_review_gets_the_date_of_its_last_change_or_now(tmp_path: Path) -> None:
    rules = {"values": {"state": {"old": "published"}}, "state": {"review_due": ["Old"]}}
    assert read_page(tmp_path, rules=rules, changed_at="2020-06-10").article.review_by is None
    dated = read_page(tmp_path, rules=rules, state="OLD", changed_at="2020-06-10").article
    assert (dated.state, dated.review_by) == ("published", datetime(2020, 6, 10, tzinfo=UTC))
    undated = read_page(tmp_path, rules=rules, state="old").article
    assert (undated.review_by, undated.review_now) == (NOW, True)


def test_a_path_of_topics_keeps_its_levels(tmp_path: Path) -> None:
    rules = {"topics": {"path": ">"}, "source": {"separator": ";"}}
    article = read_page(tmp_path, rules=rules, topics="Számlák > Befizetés, részlet; Egyéb").article
    bills = TopicRef("szamlak", "Számlák")
    assert article.topics == (
        TopicRef("szamlak-befizetes-reszlet", "Befizetés, részlet", bills),
        TopicRef("egyeb", "Egyéb"),
    )


def test_related_articles_are_keys_whatever_form_the_source_gives_them(tmp_path: Path) -> None:
    rules = {"links": {"pattern": r"/help/(?P<key>[\w-]+)\.html"}}
    related = ["https://old.example/help/Lost-Phone.html#x", "kb:roaming#eu", "PUK code", "shell-exit#lock"]
    article = read_page(tmp_path, rules=rules, key="puk-code", related=related).article
    assert article.related == ("lost-phone", "roaming", "shell-exit")


def test_the_text_of_the_source_is_mended_before_it_is_read(tmp_path: Path) -> None:
    rules = {
        "replace": [
            {"fields": ["body", "title"], "pattern": r"ACME (\w+)", "with": r"Halmar \1"},
            {"fields": ["body"], "pattern": "!+", "with": ""},
        ]
    }
    article = read_page(
        tmp_path, rules=rules, title="ACME Hub!", summary="ACME Hub", body="The ACME Hub!!!"
    ).article
    assert (article.title, article.summary, article.body) == ("Halmar Hub!", "ACME Hub", "The Halmar Hub")


def test_texts_are_composed_so_that_equal_words_are_equal(tmp_path: Path) -> None:
    assert read_page(tmp_path, title="Ku\u0308ld\u0151").article.title == "Küldő"


def test_the_digest_follows_the_content_and_nothing_else(tmp_path: Path) -> None:
    first = read_page(tmp_path).article
    moved = read_jsonl(tmp_path, {"note": "no article"}, {**PAGE, "changed_at": "2026-01-01"}).articles[0]
    assert (moved.place.line, moved.digest) == (2, first.digest)
    for change in (
        {"body": "Other."},
        {"tags": ["x"]},
        {"audience": "public"},
        {"topics": ["t"]},
        {"related": ["r"]},
    ):
        assert read_page(tmp_path, **change).article.digest != first.digest, change


def test_the_digest_of_an_undated_review_does_not_depend_on_when_it_is_read(tmp_path: Path) -> None:
    rules = {"values": {"state": {"old": "published"}}, "state": {"review_due": ["old"]}}
    due = read_page(tmp_path, rules=rules, state="old").article
    plain = read_page(tmp_path, rules=rules, state="published").article
    later = replace(due, review_by=NOW + timedelta(days=30))
    assert later.digest == due.digest != plain.digest
    assert replace(later, review_now=False).digest != due.digest
