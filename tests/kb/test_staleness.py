"""From which moment on a translation says something else than its source."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kb import articles, publication, queries
from kb.articles import Text
from kb.models import Article, Revision, State
from kb.permissions import SYSTEM
from kb.staleness import facts_of, settle
from kb.validity import Validity
from kb.viewers import ANONYMOUS
from tests import factories
from tests.conftest import START

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def translated(session: Session) -> tuple[Article, Revision]:
    """Make an article with a Hungarian translation that says the same."""
    made = factories.article(session, translations={"hu": "Barangolás"})
    return made, factories.newest(made, "hu")


def written(
    session: Session,
    article: Article,
    language: str = "en",
    *,
    made_from: Revision | None = None,
    publish_at: datetime = START,
) -> Revision:
    return articles.revise(
        session,
        article,
        language,
        Text("Roaming", "Other words."),
        validity=Validity(publish_at),
        by=SYSTEM,
        now=START,
        made_from=made_from,
    )


def published(
    session: Session, revision: Revision, *, at: datetime = START, same_facts: bool = False
) -> Revision:
    publication.publish(session, revision, by=SYSTEM, approved_at=at, same_facts=same_facts)
    return revision


def test_a_new_translation_is_in_step_with_its_source(session: Session) -> None:
    made, hungarian = translated(session)
    assert hungarian.made_from_id == factories.newest(made).id
    assert hungarian.stale_at is None


def test_a_translation_is_stale_from_the_second_on_which_other_facts_show(
    session: Session, both_databases: str
) -> None:
    made, hungarian = translated(session)
    published(session, written(session, made, publish_at=START + HOUR))
    assert hungarian.stale_at == START + HOUR
    session.flush()
    hiding = ANONYMOUS.within(audiences=["public"], languages=["en", "hu"], topic_ids=None, hides_stale=True)
    shown = [
        {row.translation.language for row in queries.article_by_key(session, hiding, START + after, made.key)}
        for after in (HOUR - SECOND, HOUR)
    ]
    assert shown == [{"en", "hu"}, {"en"}]


def test_without_the_wish_of_the_portal_a_stale_translation_shows(session: Session) -> None:
    made, _ = translated(session)
    published(session, written(session, made))
    found = queries.article_by_key(session, ANONYMOUS, START, made.key)
    assert {row.translation.language for row in found} == {"en", "hu"}


def test_a_source_that_keeps_its_facts_leaves_translations_alone(session: Session) -> None:
    made, hungarian = translated(session)
    first = factories.newest(made)
    second = published(session, written(session, made), same_facts=True)
    third = published(session, written(session, made), same_facts=True)
    assert {facts_of(one) for one in (first, second, third)} == {first.id}
    assert hungarian.stale_at is None


def test_it_is_stale_from_the_first_revision_with_other_facts_not_from_the_last(session: Session) -> None:
    made, hungarian = translated(session)
    published(session, written(session, made), at=START + HOUR)
    published(session, written(session, made), at=START + 2 * HOUR, same_facts=True)
    published(session, written(session, made), at=START + 3 * HOUR)
    assert hungarian.stale_at == START + HOUR


def test_a_translation_of_the_newest_source_is_in_step_again(session: Session) -> None:
    made, old = translated(session)
    newer = published(session, written(session, made))
    fresh = published(session, written(session, made, "hu", made_from=newer))
    assert old.stale_at == START
    assert fresh.stale_at is None


def test_a_translation_published_late_from_an_old_source_is_stale_at_once(session: Session) -> None:
    made, _ = translated(session)
    first = factories.newest(made)
    late = written(session, made, "hu", made_from=first)
    published(session, written(session, made), at=START + HOUR)
    published(session, late, at=START + 2 * HOUR)
    assert late.stale_at == START + HOUR


def test_a_withdrawn_plan_of_the_source_makes_nothing_stale(session: Session) -> None:
    made, hungarian = translated(session)
    planned = published(session, written(session, made, publish_at=START + HOUR))
    publication.withdraw(session, planned, by=SYSTEM, now=START)
    assert hungarian.stale_at is None


def test_a_plan_that_another_one_overtook_makes_nothing_stale_until_that_is_withdrawn(
    session: Session,
) -> None:
    made, hungarian = translated(session)
    published(session, written(session, made, publish_at=START + 3 * HOUR))
    earlier = published(session, written(session, made, publish_at=START + 2 * HOUR), same_facts=True)
    assert hungarian.stale_at is None
    publication.withdraw(session, earlier, by=SYSTEM, now=START)
    assert hungarian.stale_at == START + 3 * HOUR


def test_a_source_that_was_withdrawn_after_it_showed_makes_nothing_stale(session: Session) -> None:
    made, hungarian = translated(session)
    newer = published(session, written(session, made), at=START)
    assert hungarian.stale_at == START
    publication.withdraw(session, newer, by=SYSTEM, now=START + HOUR)
    assert hungarian.stale_at is None


def test_a_translation_of_a_newer_draft_is_in_step_before_and_after_it_shows(session: Session) -> None:
    made, _ = translated(session)
    draft = written(session, made)
    ahead = published(session, written(session, made, "hu", made_from=draft))
    assert ahead.stale_at is None
    published(session, draft, at=START + HOUR)
    assert ahead.stale_at is None


def test_a_translation_of_a_draft_that_never_showed_is_stale_once_another_one_does(session: Session) -> None:
    made, _ = translated(session)
    draft = written(session, made)
    ahead = published(session, written(session, made, "hu", made_from=draft))
    publication.overtake(session, draft)
    published(session, written(session, made), at=START + HOUR)
    assert ahead.stale_at == START + HOUR


def test_a_draft_of_the_source_makes_nothing_stale(session: Session) -> None:
    made, hungarian = translated(session)
    written(session, made)
    settle(session, made)
    assert hungarian.stale_at is None


def test_a_translation_that_was_made_from_nothing_is_never_stale(session: Session) -> None:
    made = factories.article(session)
    alone = written(session, made, "hu")
    alone.made_from_id = None
    published(session, alone)
    published(session, written(session, made))
    assert alone.stale_at is None


def test_the_source_itself_and_drafts_are_never_stale(session: Session) -> None:
    made, _ = translated(session)
    draft = written(session, made, "hu")
    published(session, written(session, made))
    assert draft.stale_at is None
    assert {one.stale_at for one in factories.translation(made).revisions} == {None}
    assert draft.state == State.DRAFT


def test_every_language_has_its_own_moment(session: Session) -> None:
    made = factories.article(session, translations={"hu": "Barangolás", "sv": "Roaming"})
    newer = published(session, written(session, made))
    published(session, written(session, made, "sv", made_from=newer))
    assert factories.newest(made, "hu").stale_at == START
    assert factories.newest(made, "sv").stale_at is None


def test_the_page_cache_knows_when_a_translation_goes_stale(session: Session) -> None:
    made, _ = translated(session)
    published(session, written(session, made, publish_at=START + HOUR))
    for one in factories.translation(made).revisions:
        one.superseded_at = None
    session.flush()
    assert queries.next_boundary(session, START) == START + HOUR
