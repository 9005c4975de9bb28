"""Texts that go out to translators and come back: what carries its translation, what is refused, who may."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.languages import translation_files
from authoring.languages.inline_codes import plain
from authoring.languages.passages import straight
from authoring.languages.returned_files import Outcome, bring_back
from authoring.languages.xliff import Document, write
from authoring.languages.xliff_reading import Refused, read
from kb import articles, publication
from kb.articles import Text
from kb.errors import Invalid
from kb.models import Article, Person, Revision, State
from kb.permissions import SYSTEM
from kb.validity import Validity
from kb.viewers import Viewer
from tests import factories
from tests.authoring.languages.test_passages import DEMO, GNOME
from tests.conftest import START

HOUR = timedelta(hours=1)
BODY = (
    "# Bill\n\nPay [5 EUR](kb:prices).\n\n1. Open `app`.\n2. Pay.\n\n"
    "| A | B |\n|---|---|\n| x |  |\n\n```\ncode\n```\n"
)
TRANSLATED = BODY.replace("Bill", "Számla").replace("5 EUR", "5 eurót").replace("Open", "Nyissa meg:")


@pytest.fixture
def bills(session: Session) -> Article:
    """An article in English only."""
    return factories.article(
        session, "bills", title="Bills", body=BODY, summary="All of it", tags=["money", "bill"]
    )


def sent(session: Session, *chosen: Article, language: str = "hu") -> Document:
    return translation_files.export(session, chosen, "en", language, START)


def filled_in(document: Document, *pairs: tuple[str, str]) -> bytes:
    """The file as a translator sends it back who copied every source that had no translation, with changes."""
    data = write(document).decode()
    data = re.sub(
        r"<source>((?:(?!</source>).)*)</source>\s*</segment>",
        r"<source>\1</source><target>\1</target></segment>",
        data,
        flags=re.S,
    )
    for old, new in pairs:
        assert old in data, data
        data = data.replace(old, new)
    return data.encode()


def back(session: Session, data: bytes, by: Viewer = SYSTEM) -> Outcome:
    return bring_back(session, read(data), note="From a file", by=by, now=START + HOUR)


def faults(session: Session, data: bytes, by: Viewer = SYSTEM) -> list[tuple[str, str]]:
    before = session.scalar(select(func.count(Revision.id)))
    with pytest.raises(Refused) as caught:
        back(session, data, by)
    assert session.scalar(select(func.count(Revision.id))) == before
    assert not session.new
    assert all(fault.line >= 1 for fault in caught.value.faults)
    return [(fault.place, str(fault.reason)) for fault in caught.value.faults]


# There and back


def test_every_passage_goes_out_but_code(session: Session, bills: Article) -> None:
    document = sent(session, bills)
    (file,) = document.files
    assert file.original == "bills"
    found = {unit.name: [plain(one.source) for one in unit.segments] for unit in file.units}
    assert found == {
        "title": ["Bills"],
        "summary": ["All of it"],
        "tags": ["money", "bill"],
        "p1": ["Bill"],
        "p2": ["Pay [5 EUR](kb:prices)."],
        "p3": ["Open `app`."],
        "p4": ["Pay."],
        "p5": ["A", "B"],
        "p6": ["x", ""],
    }
    assert all(one.target is None for unit in file.units for one in unit.segments)


def test_sources_as_targets_come_back_as_the_same_text(session: Session, bills: Article) -> None:
    source = factories.newest(bills)
    (draft,) = back(session, filled_in(sent(session, bills))).drafts
    made = draft.revision
    assert (made.title, made.summary, made.tags, made.body) == (
        source.title,
        source.summary,
        source.tags,
        source.body,
    )
    assert (made.state, made.made_from_id, made.change_note) == (State.DRAFT, source.id, "From a file")
    assert made.translation.language == "hu"
    assert not draft.is_behind
    assert draft.set_aside is None


def real_bodies() -> list[tuple[str, str]]:
    """(name, body) of the demonstration's English texts and of some help pages of gnome-help, where they are."""
    found = [
        (path.parent.name, path.read_text().split("---\n", 2)[2]) for path in sorted(DEMO.glob("*/en.md"))
    ]
    for path in sorted(GNOME.glob("en.jsonl")):
        pages = [json.loads(line) for line in path.read_text().splitlines()[::6]]
        found += [(f"gnome-{page['id']}", page["body_md"]) for page in pages]
    return found


def test_real_texts_come_back_as_they_went(session: Session) -> None:
    made = [
        factories.article(session, f"t{number}", body=body) for number, (_, body) in enumerate(real_bodies())
    ]
    outcome = back(session, filled_in(sent(session, *made)))
    assert len(outcome.drafts) == len(made) > 30
    for draft in outcome.drafts:
        assert draft.revision.body == straight(factories.newest(draft.article).body)


def test_words_are_translated_and_codes_stay(session: Session, bills: Article) -> None:
    data = filled_in(sent(session, bills), (">5 EUR</pc>.</target>", ">5 eurót</pc> fizet.</target>"))
    (draft,) = back(session, data).drafts
    assert "Pay [5 eurót](kb:prices) fizet.\n" in draft.revision.body


# What still holds


def translated(session: Session, article: Article) -> Revision:
    return factories.revision(
        session, article, "hu", title="Számlák", summary="Minden", tags=["pénz", "számla"], body=TRANSLATED
    )


def test_passages_in_step_carry_their_translation(session: Session, bills: Article) -> None:
    translated(session, bills)
    (file,) = sent(session, bills).files
    found = {unit.name: [plain(one.target or []) for one in unit.segments] for unit in file.units}
    assert found["title"] == ["Számlák"]
    assert found["tags"] == ["pénz", "számla"]
    assert found["p2"] == ["Pay [5 eurót](kb:prices)."]
    assert found["p6"] == ["x", ""]


def test_a_changed_passage_has_none_and_says_what_it_was(session: Session, bills: Article) -> None:
    translated(session, bills)
    newer = factories.revision(
        session, bills, title="Bills", summary="All of it", body=BODY.replace("5 EUR", "6 EUR")
    )
    newer.tags = ["money"]
    (file,) = sent(session, bills).files
    units = {unit.name: unit for unit in file.units}
    assert units["p1"].segments[0].target is not None
    assert units["p2"].segments[0].target is None
    assert units["tags"].segments[0].target is None
    assert dict(units["p2"].notes) == {
        "kind": "paragraph",
        "before": "Pay [5 EUR](kb:prices).",
        "translated": "Pay [5 eurót](kb:prices).",
    }


def test_a_translation_of_another_build_carries_nothing(session: Session, bills: Article) -> None:
    factories.revision(session, bills, "hu", title="Számlák", body="Egy bekezdés.")
    (file,) = sent(session, bills).files
    assert all(one.target is None for unit in file.units for one in unit.segments)


def test_a_passage_with_other_codes_carries_nothing_but_a_note(session: Session, bills: Article) -> None:
    factories.revision(
        session, bills, "hu", title="Számlák", summary="x", body=TRANSLATED.replace("kb:prices", "kb:arak")
    )
    units = {unit.name: unit for unit in sent(session, bills).files[0].units}
    assert units["p2"].segments[0].target is None
    assert dict(units["p2"].notes)["translated"] == "Pay [5 eurót](kb:arak)."


def test_only_what_shows_in_the_source_language_goes_out(session: Session, bills: Article) -> None:
    draft = factories.article(session, "draft", state=State.DRAFT)
    other = factories.article(session, "other", language="sv")
    assert [file.original for file in sent(session, bills, draft, other).files] == ["bills"]


@pytest.mark.parametrize("language", ["", "en", "xx", "../etc"])
def test_it_goes_into_another_language_only(session: Session, bills: Article, language: str) -> None:
    with pytest.raises(Invalid):
        sent(session, bills, language=language)


# After the export


def test_a_source_that_changed_since_makes_a_draft_that_is_behind(session: Session, bills: Article) -> None:
    old, data = factories.newest(bills), filled_in(sent(session, bills))
    newer = factories.revision(session, bills, title="Bills", body="All new.", publish_at=START)
    (draft,) = back(session, data).drafts
    assert draft.is_behind
    assert draft.revision.made_from_id == old.id
    publication.publish(session, draft.revision, by=SYSTEM, approved_at=START + HOUR)
    assert draft.revision.stale_at == newer.publish_at


def test_unfinished_work_gives_way_and_is_named(session: Session, bills: Article) -> None:
    data = filled_in(sent(session, bills))
    unfinished = factories.revision(session, bills, "hu", title="Félkész", state=State.DRAFT)
    (draft,) = back(session, data).drafts
    assert draft.set_aside == unfinished.number
    session.refresh(unfinished)
    assert unfinished.state == State.SUPERSEDED
    assert draft.revision.base_id == unfinished.id


def test_a_draft_lasts_as_long_as_the_text_before_it(session: Session, bills: Article) -> None:
    factories.revision(session, bills, "hu", title="Számlák", expires_at=START + 9 * HOUR)
    (draft,) = back(session, filled_in(sent(session, bills))).drafts
    assert draft.revision.expires_at == START + 9 * HOUR


def test_what_nobody_translated_is_left_alone(session: Session, bills: Article) -> None:
    other = factories.article(session, "other")
    outcome = back(session, write(sent(session, bills, other)))
    assert outcome.drafts == []
    assert set(outcome.untouched) == {"bills", "other"}


# What is refused


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        (
            'original="bills"',
            'original="no-such"',
            "no-such",
            "There is no such article here, or not this revision of it.",
        ),
        (
            'id="revision-',
            'id="revision-9999',
            "bills",
            "There is no such article here, or not this revision of it.",
        ),
        ('id="revision-', 'id="f', "bills", "There is no such article here, or not this revision of it."),
        (
            'id="revision-',
            'id="revision-x',
            "bills",
            "There is no such article here, or not this revision of it.",
        ),
        ('unit id="p1"', 'unit id="p99"', "bills / p99", "This unit was not sent out."),
        ('unit id="p4"', 'unit id="p3"', "bills / p3", "This unit was not sent out."),
        ('srcLang="en"', 'srcLang="sv"', "bills", "Its source is not written in this language."),
        ('trgLang="hu"', 'trgLang="en"', "bills", "You may not translate it into this language."),
        ('trgLang="hu"', 'trgLang="xx"', "", "xx is not a language code such as en or hu."),
        ("<target>Bills</target>", "<target></target>", "bills / title", "It has no translation."),
        (
            "<target>Bills</target>",
            f"<target>{'a' * 301}</target>",
            "bills / title",
            "Use at most 300 characters.",
        ),
        (
            "<source>Pay.</source>",
            "<source>Play.</source>",
            "bills / p4",
            "The source text in the file is not what was sent out.",
        ),
        (
            "<target>Pay.</target>",
            "<target>Pay.\n\nNow.</target>",
            "bills / p5",
            "Its translation would change what kind of passage it is, or part it in two.",
        ),
        (
            "<target>Pay.</target>",
            "<target># Pay.</target>",
            "bills / p4",
            "Its translation would change what kind of passage it is, or part it in two.",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(
    session: Session, bills: Article, old: str, new: str, place: str, reason: str
) -> None:
    other = factories.article(session, "other")
    found = faults(session, filled_in(sent(session, bills, other), (old, new)))
    assert (place, reason) in found


def test_a_missing_segment_and_a_missing_unit_are_named(session: Session, bills: Article) -> None:
    data = filled_in(sent(session, bills)).decode()
    without = re.sub(r'<segment id="s2".*?</segment>', "", data, count=1, flags=re.S)
    assert faults(session, without.encode()) == [("bills / tags", "It has 1 segments instead of 2.")]
    without = re.sub(r'<unit id="p3">.*?</unit>', "", data, flags=re.S)
    assert faults(session, without.encode()) == [("bills / p3", "The unit is missing.")]


def test_all_faults_are_told_at_once_each_with_its_line(session: Session, bills: Article) -> None:
    data = filled_in(
        sent(session, bills), ("<target>Bills</target>", "<target/>"), ("<target>Pay.</target>", "<target/>")
    )
    with pytest.raises(Refused) as caught:
        back(session, data)
    lines = data.decode().splitlines()
    assert [fault.place for fault in caught.value.faults] == ["bills / title", "bills / p4"]
    assert all("<segment" in lines[fault.line - 1] for fault in caught.value.faults)


def test_an_article_twice_and_none_at_all_are_refused(session: Session, bills: Article) -> None:
    data = filled_in(sent(session, bills)).decode()
    file = data[data.index("<file") : data.index("</file>") + len("</file>")]
    twice = faults(session, data.replace(file, file + file).encode())
    assert twice == [("bills", "The same article is in the file twice.")]
    assert faults(session, data.replace(file, "").encode()) == [("", "There is no article in it.")]


def test_a_translation_is_no_source(session: Session, bills: Article) -> None:
    hungarian = translated(session, bills)
    data = filled_in(sent(session, bills, language="sv"))
    data = data.replace(
        f"revision-{factories.newest(bills).id}".encode(), f"revision-{hungarian.id}".encode()
    )
    assert ("bills", "Its source is not written in this language.") in faults(session, data)


def test_a_translator_brings_back_their_own_languages_only(
    session: Session, bills: Article, translator: Person, agent: Person, outsider: Person, author: Person
) -> None:
    translator.languages = ["hu"]
    session.flush()
    hungarian, swedish = filled_in(sent(session, bills)), filled_in(sent(session, bills, language="sv"))
    no = [("bills", "You may not translate it into this language.")]
    for person, data in ((translator, swedish), (agent, hungarian), (outsider, hungarian)):
        assert faults(session, data, factories.viewer(session, person)) == no
    assert (
        back(session, hungarian, factories.viewer(session, translator)).drafts[0].revision.author_id
        == translator.id
    )
    assert back(session, swedish, factories.viewer(session, author)).drafts


def test_keys_that_nobody_knows_are_named(session: Session, bills: Article) -> None:
    assert list(translation_files.articles_by_key(session, ["bills"])) == [bills]
    with pytest.raises(Invalid, match="no article with the key x, y"):
        translation_files.articles_by_key(session, ["bills", "y", "x"])


def test_windows_line_ends_come_back_as_plain_ones(session: Session) -> None:
    made = factories.article(session, "crlf")
    text = Text("Lines", "One\r\n\r\n- two\r\n  three\r\n")
    revision = articles.revise(session, made, "en", text, validity=Validity(START), by=SYSTEM, now=START)
    publication.publish(session, revision, by=SYSTEM)
    (draft,) = back(session, filled_in(sent(session, made))).drafts
    assert draft.revision.body == "One\n\n- two\n  three\n"
