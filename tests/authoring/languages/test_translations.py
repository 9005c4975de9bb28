"""The source beside a translation, what fell behind, and whom that concerns."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.languages import facts, translations
from authoring.languages.tracing import Fate
from authoring.models import Notice
from kb import articles, publication
from kb.articles import Text
from kb.errors import Conflict, LoginRequired, NotAllowed, NotFound
from kb.models import Article, Person, Revision, State
from kb.permissions import SYSTEM
from kb.validity import Validity
from kb.viewers import ANONYMOUS
from tests import factories
from tests.conftest import START

HOUR = timedelta(hours=1)
BODY = "You pay 5 EUR.\n\nAsk us.\n\nGood bye."
NEWER = "You pay 6 EUR.\n\nAsk us.\n\nOne more thing."


@pytest.fixture
def bills(session: Session) -> Article:
    """An article in English with a Hungarian translation."""
    made = factories.article(session, "bills", title="Bills", body=BODY)
    factories.revision(session, made, "hu", title="Számlák", body="5 EUR-t fizet.\n\nKérdezzen.\n\nViszlát.")
    return made


def moved_on(session: Session, article: Article, body: str = NEWER, at: datetime = START) -> Revision:
    """Publish another text of the source."""
    made = articles.revise(
        session, article, "en", Text("Bills", body), validity=Validity(at), by=SYSTEM, now=START
    )
    same = facts.same_facts(session, made, at=START)
    publication.publish(session, made, by=SYSTEM, approved_at=START, same_facts=same)
    return made


def side(
    session: Session, article: Article, language: str = "hu", wanted: str | None = None
) -> translations.Side:
    found = translations.source_side(session, article, language, wanted, START)
    assert found is not None
    return found


# The side


def test_beside_a_translation_in_step_its_source_stands_without_marks(
    session: Session, bills: Article
) -> None:
    found = side(session, bills)
    assert [one.passage.text for one in found.passages] == ["Bills", "You pay 5 EUR.", "Ask us.", "Good bye."]
    assert not found.is_behind
    assert found.differing == 0
    assert found.made_from_id == factories.newest(bills).id
    assert not found.is_confirmable


def test_what_changed_since_the_translation_was_made_is_marked(session: Session, bills: Article) -> None:
    old = factories.newest(bills)
    newer = moved_on(session, bills)
    found = side(session, bills)
    marks = {one.passage.text: one.fate for one in found.passages if one.fate != Fate.CURRENT}
    assert marks == {"You pay 6 EUR.": Fate.STALE, "One more thing.": Fate.NEW}
    assert [one.text for one in found.removed] == ["Good bye."]
    assert found.differing == 3
    assert found.is_behind
    assert found.is_confirmable
    assert (found.made_from_id, found.held_from_id) == (newer.id, old.id)


def test_the_newest_work_on_the_translation_counts_not_what_shows(session: Session, bills: Article) -> None:
    moved_on(session, bills)
    factories.revision(session, bills, "hu", title="Számlák", body="6 EUR", state=State.DRAFT)
    found = side(session, bills)
    assert not found.is_behind
    assert found.differing == 0


def test_beside_a_language_that_is_missing_stands_the_whole_source(session: Session, bills: Article) -> None:
    found = side(session, bills, "sv")
    assert len(found.passages) == 4
    assert not found.is_behind
    assert found.held_from_id is None


def test_another_language_can_stand_beside_it(session: Session, bills: Article) -> None:
    found = side(session, bills, "sv", "hu")
    assert (found.language, found.is_source) == ("hu", False)
    assert found.passages[1].passage.text == "5 EUR-t fizet."
    assert found.made_from_id == factories.newest(bills).id
    assert found.others == ("en",)
    moved_on(session, bills)
    assert side(session, bills, "hu", "ru").is_source


def test_beside_the_source_stands_nothing_but_what_is_asked_for(session: Session, bills: Article) -> None:
    assert translations.source_side(session, bills, "en", None, START) is None
    assert translations.source_side(session, bills, "en", "en", START) is None
    assert side(session, bills, "en", "hu").language == "hu"


def test_what_shows_stands_beside_it_and_not_a_draft_of_the_source(session: Session, bills: Article) -> None:
    shown = factories.newest(bills)
    factories.revision(session, bills, title="Bills", body="Draft.", state=State.DRAFT)
    assert side(session, bills).shown.id == shown.id


def test_a_draft_of_the_source_stands_beside_it_while_nothing_shows(session: Session) -> None:
    made = factories.article(session, "new", title="New", body="Draft.", state=State.DRAFT)
    assert side(session, made).shown.state == State.DRAFT


def test_who_translated_a_newer_draft_goes_on_with_that(session: Session, bills: Article) -> None:
    draft = factories.revision(session, bills, title="Bills", body="Draft.", state=State.DRAFT)
    ahead = factories.revision(session, bills, "hu", title="Számlák", body="x", state=State.DRAFT)
    ahead.made_from_id = draft.id
    session.flush()
    found = side(session, bills)
    assert found.shown.id == draft.id
    assert not found.is_behind


def test_a_reworded_source_with_its_authors_word_marks_nothing(session: Session, bills: Article) -> None:
    made = articles.revise(
        session,
        bills,
        "en",
        Text("Bills", BODY.replace("Ask us.", "Please call us.")),
        validity=Validity(START),
        by=SYSTEM,
        now=START,
        wording_only=True,
    )
    same = facts.same_facts(session, made, at=START)
    publication.publish(session, made, by=SYSTEM, approved_at=START, same_facts=same)
    found = side(session, bills)
    assert (found.differing, found.is_behind) == (0, False)
    assert found.made_from_id == made.id


# What a form says of it


def test_a_form_names_the_source_that_its_translator_saw(session: Session, bills: Article) -> None:
    old, newer = factories.newest(bills), moved_on(session, bills)
    for one in (old, newer):
        assert translations.made_from(session, bills, "hu", str(one.id)) is one


@pytest.mark.parametrize("value", ["", None, "x", "-1", "999999", "٣", "1e3", "9" * 30])
def test_what_a_form_says_in_vain_leaves_it_made_from_what_it_was(
    session: Session, bills: Article, value: str | None
) -> None:
    old = factories.newest(bills)
    moved_on(session, bills)
    assert translations.made_from(session, bills, "hu", value) is old
    assert translations.made_from(session, bills, "sv", value) is None


def test_a_translation_is_made_from_no_other_article_and_from_no_translation(
    session: Session, bills: Article
) -> None:
    other = factories.newest(factories.article(session, "other"))
    own = factories.newest(bills)
    for wrong in (other.id, factories.newest(bills, "hu").id):
        assert translations.made_from(session, bills, "hu", str(wrong)) is own
    assert translations.made_from(session, bills, "en", str(own.id)) is None


# Nothing to change


def test_a_translation_that_is_still_right_becomes_a_draft_of_the_newest_source(
    session: Session, bills: Article, translator: Person
) -> None:
    translator.languages = ["hu"]
    newer = moved_on(session, bills)
    shown = factories.newest(bills, "hu")
    draft = translations.still_right(
        session, bills, "hu", note="Read.", by=factories.viewer(session, translator), now=START + HOUR
    )
    assert (draft.state, draft.made_from_id, draft.author_id) == (State.DRAFT, newer.id, translator.id)
    assert (draft.title, draft.body, draft.tags) == (shown.title, shown.body, shown.tags)
    publication.publish(session, draft, by=SYSTEM, approved_at=START + HOUR)
    assert draft.stale_at is None


def test_it_is_not_said_of_a_translation_in_step_or_in_work_or_missing(
    session: Session, bills: Article
) -> None:
    def say(language: str = "hu") -> Revision:
        return translations.still_right(session, bills, language, note="", by=SYSTEM, now=START)

    with pytest.raises(Conflict, match="already"):
        say()
    with pytest.raises(NotFound):
        say("sv")
    moved_on(session, bills)
    say()
    with pytest.raises(Conflict, match="newer work"):
        say()


def test_only_who_may_translate_says_it(
    session: Session, bills: Article, translator: Person, agent: Person, outsider: Person
) -> None:
    translator.languages = ["sv"]
    moved_on(session, bills)
    for person in (translator, agent, outsider):
        viewer = factories.viewer(session, person)
        with pytest.raises(NotAllowed):
            translations.still_right(session, bills, "hu", note="", by=viewer, now=START)
    with pytest.raises(LoginRequired):
        translations.still_right(session, bills, "hu", note="", by=ANONYMOUS, now=START)


# Who is told


def told(session: Session) -> set[tuple[int, str]]:
    return {(one.person_id, str(one.params["language"])) for one in session.scalars(select(Notice))}


def test_translators_of_a_language_and_the_owner_are_told_that_it_falls_behind(
    session: Session, bills: Article, translator: Person, author: Person, agent: Person
) -> None:
    translator.languages = ["hu"]
    bills.owner_id = author.id
    factories.revision(session, bills, "sv", title="Räkningar")
    newer = moved_on(session, bills)
    translations.tell_stale(session, newer, START)
    assert told(session) == {(translator.id, "hu"), (author.id, "hu"), (author.id, "sv")}
    first = session.scalars(select(Notice).where(Notice.person_id == translator.id)).one()
    assert (first.kind, first.params["title"]) == ("stale", "Számlák")
    assert first.path == f"/authoring/articles/{bills.id}/hu"
    translations.tell_stale(session, newer, START)
    assert len(session.scalars(select(Notice)).all()) == 3


def test_nobody_is_told_of_what_keeps_its_facts_or_of_a_translation(
    session: Session, bills: Article, translator: Person
) -> None:
    translator.languages = ["hu"]
    translations.tell_stale(session, moved_on(session, bills, BODY), START)
    translations.tell_stale(session, factories.newest(bills, "hu"), START)
    assert told(session) == set()


def test_what_was_behind_already_is_not_told_again(
    session: Session, bills: Article, translator: Person
) -> None:
    translator.languages = ["hu"]
    translations.tell_stale(session, moved_on(session, bills), START)
    translations.tell_stale(session, moved_on(session, bills, "All new.", START + HOUR), START)
    assert len(session.scalars(select(Notice)).all()) == 1


def test_a_translator_of_other_topics_is_not_told(
    session: Session, bills: Article, translator: Person
) -> None:
    phones, money = factories.topic(session, "phones"), factories.topic(session, "money")
    articles.place(session, bills, [money], by=SYSTEM)
    factories.limit(session, translator, topics=[phones.key], languages=["hu"])
    translations.tell_stale(session, moved_on(session, bills), START)
    assert told(session) == set()
