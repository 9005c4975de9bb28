"""Whether a source revision keeps the facts of what shows before it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from authoring.languages.facts import same_facts, traced
from authoring.languages.tracing import Fate
from kb import articles, publication
from kb.articles import Text
from kb.models import Article, Revision
from kb.permissions import SYSTEM
from kb.validity import Validity
from tests import factories
from tests.conftest import START

HOUR = timedelta(hours=1)
BODY = "You pay 5 EUR.\n\nAsk us."


def source(session: Session) -> Article:
    return factories.article(session, title="Bills", body=BODY, translations={"hu": "Számlák"})


def draft(
    session: Session,
    article: Article,
    body: str,
    *,
    marked: bool = False,
    language: str = "en",
    title: str = "Bills",
    publish_at: datetime = START,
) -> Revision:
    return articles.revise(
        session,
        article,
        language,
        Text(title, body),
        validity=Validity(publish_at),
        by=SYSTEM,
        now=START,
        wording_only=marked,
    )


def publish(session: Session, revision: Revision, at: datetime = START) -> Revision:
    keeps = same_facts(session, revision, at=at)
    publication.publish(session, revision, by=SYSTEM, approved_at=at, same_facts=keeps)
    return revision


def test_the_same_text_with_other_typography_keeps_the_facts(session: Session) -> None:
    assert same_facts(session, draft(session, source(session), "You pay **5\u00a0EUR**!\n\nask us"))


def test_a_reworded_text_keeps_them_with_its_authors_word_only(session: Session) -> None:
    made = source(session)
    assert same_facts(session, draft(session, made, "You pay 5 EUR.\n\nCall us.", marked=True))
    assert not same_facts(session, draft(session, made, "You pay 5 EUR.\n\nCall us."))


def test_a_changed_price_does_not_keep_them_whatever_its_author_says(session: Session) -> None:
    assert not same_facts(session, draft(session, source(session), "You pay 6 EUR.\n\nAsk us.", marked=True))


def test_the_title_counts(session: Session) -> None:
    made = source(session)
    assert not same_facts(session, draft(session, made, BODY, title="Bills of 2027", marked=True))
    assert not same_facts(session, draft(session, made, BODY, title="Invoices"))
    assert same_facts(session, draft(session, made, BODY, title="Invoices", marked=True))


def test_a_translation_names_no_facts(session: Session) -> None:
    made = source(session)
    assert not same_facts(session, draft(session, made, BODY, language="hu", title="Számlák"))


def test_the_first_text_keeps_nothing(session: Session) -> None:
    made = articles.create(
        session, key="new", kind="faq", source_language="en", audience="public", by=SYSTEM, now=START
    )
    assert not same_facts(session, draft(session, made, BODY, marked=True))


def test_what_shows_at_the_approval_counts_not_what_showed_at_the_writing(session: Session) -> None:
    made = source(session)
    waiting = draft(session, made, BODY)
    publish(session, draft(session, made, "You pay 6 EUR.\n\nAsk us."), at=START + HOUR)
    assert not same_facts(session, waiting, at=START + 2 * HOUR)
    assert not same_facts(session, waiting)


def test_a_plan_is_compared_with_what_shows_when_it_begins(session: Session) -> None:
    made = source(session)
    other = "You pay 6 EUR.\n\nAsk us."
    publish(session, draft(session, made, other, publish_at=START + HOUR))
    later = draft(session, made, other, publish_at=START + 2 * HOUR)
    assert same_facts(session, later, at=START)
    assert not same_facts(session, draft(session, made, BODY, publish_at=START + 2 * HOUR), at=START)


def test_without_a_moment_everything_that_shows_from_then_on_counts(session: Session) -> None:
    made = source(session)
    publish(session, draft(session, made, "You pay 6 EUR.\n\nAsk us.", publish_at=START + HOUR))
    now = draft(session, made, BODY)
    assert same_facts(session, now, at=START)
    assert not same_facts(session, now)


def test_a_translation_follows_the_facts_through_publications(session: Session) -> None:
    made = source(session)
    hungarian = factories.newest(made, "hu")
    publish(session, draft(session, made, "You pay 5 EUR.\n\nCall us.", marked=True))
    assert hungarian.stale_at is None
    publish(session, draft(session, made, "You pay 6 EUR.\n\nCall us.", marked=True), at=START + HOUR)
    assert hungarian.stale_at == START + HOUR


def test_the_way_of_a_passage_goes_through_what_was_published(session: Session) -> None:
    made = source(session)
    first = factories.newest(made)
    publish(session, draft(session, made, "You pay 5 EUR.\n\nCall us.", marked=True))
    newest = publish(session, draft(session, made, "You pay 6 EUR.\n\nPlease call us.", marked=True))
    found = traced(session, first, newest)
    assert [one.passage.text for one in found.passages if one.fate == Fate.STALE] == ["You pay 6 EUR."]
    assert traced(session, newest, newest).is_current


def test_a_mark_on_a_draft_says_nothing_about_another_draft(session: Session) -> None:
    made = source(session)
    never = draft(session, made, "You pay 5 EUR.\n\nVisit us.")
    newest = publish(session, draft(session, made, "You pay 5 EUR.\n\nAsk us now.", marked=True))
    assert not traced(session, never, newest).is_current
