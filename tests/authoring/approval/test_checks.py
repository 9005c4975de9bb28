"""What a machine sees in a revision before people approve it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from authoring.approval import checks
from authoring.approval.checks import Finding
from authoring.approval.readability import reading
from kb.models import Person, Revision, State
from tests import factories
from tests.authoring.approval.reviewing import draft
from tests.conftest import START

DAY = timedelta(days=1)


def found(session: Session, revision: Revision, *languages: str) -> dict[str, Finding]:
    """What is found, by what it is."""
    checked = checks.check(
        session, revision, now=START + DAY, languages=languages, snippets={"hours": "From 8 to 20."}
    )
    return {one.key: one for one in checked.findings}


def words(finding: Finding) -> list[str]:
    return [item.words for item in finding.items]


def test_links_are_told_apart_by_what_readers_find_there(session: Session, author: Person) -> None:
    factories.article(session, "fine")
    factories.article(session, "expired", expires_at=START + DAY)
    factories.article(session, "withdrawn", state=State.WITHDRAWN)
    factories.article(session, "unpublished", state=State.DRAFT)
    factories.article(session, "expiring", expires_at=START + 9 * DAY)
    made = factories.article(session, related=["gone"])
    keys = ("fine", "expired", "withdrawn", "unpublished", "expiring", "broken")
    revision = draft(session, made, author, " ".join(f"[x](kb:{key})" for key in keys))
    said = found(session, revision)
    assert words(said["links_broken"]) == ["broken", "gone"]
    assert words(said["links_expired"]) == ["expired", "withdrawn"]
    assert words(said["links_unpublished"]) == ["unpublished"]
    assert words(said["links_expiring"]) == ["expiring"]


def test_the_worst_comes_first(session: Session, author: Person) -> None:
    made = draft(session, factories.article(session), author, "[x](kb:broken)")
    assert list(found(session, made, "hu")) == ["links_broken", "summary_missing", "translations_missing"]


def test_what_is_left_of_the_template_is_named(session: Session, author: Person) -> None:
    made = factories.article(session, kind="standard")
    body = "## Scope\n\n- Applies to: phones\n- Does not apply to:\n\n## Steps\n\n1. First, …\n2. Ask for the number.\n"
    assert words(found(session, draft(session, made, author, body))["template_left"]) == [
        "Does not apply to:",
        "First, …",
    ]
    done = body.replace("apply to:\n", "apply to: lines\n").replace("First, …", "Greet.")
    assert "template_left" not in found(session, draft(session, made, author, done))


def test_pictures_files_and_passages_are_looked_for(session: Session, author: Person) -> None:
    made = factories.article(session)
    file = factories.attachment(session, made)
    pictures = f"![](attachment:{file.id}) ![A phone](attachment:{file.id}) [x](attachment:99)"
    body = pictures + " {{snippet:hours}} {{snippet:none}}"
    said = found(session, draft(session, made, author, body))
    assert said["images_undescribed"].number == 1
    assert words(said["files_missing"]) == ["99"]
    assert words(said["snippets_missing"]) == ["none"]


def test_a_changed_fact_makes_translations_stale_and_a_changed_comma_does_not(
    session: Session, author: Person
) -> None:
    made = factories.article(
        session, body="It costs 5 EUR, and lasts a day.", translations={"hu": "Barangolás"}
    )
    assert words(
        found(session, draft(session, made, author, "It costs 6 EUR, and lasts a day."))["translations_stale"]
    ) == ["hu"]
    same = found(session, draft(session, made, author, "It costs 5 EUR and lasts a day."))
    assert "translations_stale" not in same


def test_missing_languages_are_told_of_the_source_only(session: Session, author: Person) -> None:
    made = factories.article(session, translations={"hu": "Barangolás"})
    said = found(session, draft(session, made, author), "en", "hu", "sv")
    assert words(said["translations_missing"]) == ["sv"]
    translated = draft(session, made, author, language="hu")
    assert "translations_missing" not in found(session, translated, "en", "hu", "sv")


def test_a_translation_of_what_its_source_said_before_is_told(session: Session, author: Person) -> None:
    made = factories.article(session, body="It costs 5 EUR.", translations={"hu": "Barangolás"})
    old = draft(session, made, author, language="hu")
    factories.revision(session, made, body="It costs 6 EUR.", publish_at=START + timedelta(hours=1))
    said = found(session, old)
    assert (words(said["source_moved"]), said["source_moved"].number) == (["en"], 1)


def test_nothing_is_found_in_a_text_that_is_in_order(session: Session) -> None:
    made = factories.article(session, summary="When to call.", body="Call us. {{snippet:hours}}")
    assert found(session, factories.newest(made), "en") == {}


@pytest.mark.parametrize(
    ("language", "band"),
    [("sv", "medium"), ("en", "hard"), ("hu", "very_easy"), ("ru", "very_easy"), ("xx", "medium")],
)
def test_what_is_easy_differs_by_language(language: str, band: str) -> None:
    sentence = "one two three four five six seven eight telephone elephant mountain building"
    assert reading([sentence] * 4, language).lix == 12 + 33
    assert reading([sentence] * 4, language).band == band


def test_code_and_tables_are_not_read_aloud_and_short_texts_are_not_judged(
    session: Session, author: Person
) -> None:
    body = "Call us.\n\n```\nx = sum(map(int, values))\n```\n\n| a | b |\n|---|---|\n| one | two |\n"
    checked = checks.check(
        session,
        draft(session, factories.article(session), author, body),
        now=START,
        languages=(),
        snippets={},
    )
    assert (checked.reading.words, checked.reading.sentences, checked.reading.band) == (2, 1, "")
