"""Articles: create, revise, publish, withdraw, place, rename, delete; and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb import articles, journal, publication, queries
from kb.articles import Text
from kb.auth import person_by_email
from kb.errors import Conflict, Invalid, LoginRequired, NotAllowed
from kb.models import Article, ArticleTopic, Attachment, AttachmentContent, OldSlug, Revision, State
from kb.permissions import SYSTEM
from kb.validity import Validity
from kb.viewers import ANONYMOUS, Viewer
from tests import cast, factories
from tests.conftest import START

HOUR = timedelta(hours=1)
WRITERS = frozenset({"author", "specialist", "supervisor", "admin"})
PUBLISHERS = frozenset({"reviewer", "supervisor", "admin"})
SETTLERS = frozenset({"supervisor", "admin"})
PEOPLE = sorted({*cast.NAMES, "anonymous", "machine"})
MACHINE = Viewer(name="crm", audiences=frozenset({"public", "agent"}), scopes=frozenset({"key", "read"}))

Verb = Callable[[Session, Article, Viewer], object]


def create(session: Session, key: str = "new", by: Viewer = SYSTEM, **changed: Any) -> Article:
    given = {"kind": "faq", "source_language": "en", "audience": "public", **changed}
    return articles.create(session, key=key, by=by, now=START, **given)


def revise(
    session: Session, made: Article, by: Viewer = SYSTEM, language: str = "en", **text: Any
) -> Revision:
    given = Text(**{"title": "Roaming", "body": "Abroad.", **text})
    return articles.revise(session, made, language, given, validity=Validity(START), by=by, now=START)


def shown(session: Session, now: datetime = START, language: str = "en") -> list[str]:
    query = queries.visible_to(ANONYMOUS, now).order_by(Revision.id)
    return [row.title for row in session.scalars(query) if row.translation.language == language]


def asker(session: Session, part: str) -> Viewer:
    if part in {"anonymous", "machine"}:
        return ANONYMOUS if part == "anonymous" else MACHINE
    return factories.viewer(session, person_by_email(session, cast.email(part)))


VERBS: dict[str, tuple[frozenset[str], frozenset[str], Verb]] = {
    "create": (WRITERS, WRITERS, lambda session, made, by: create(session, by=by)),
    "change": (
        WRITERS,
        SETTLERS,
        lambda session, made, by: articles.change(session, made, kind="wiki", audience="agent", by=by),
    ),
    "place": (WRITERS, SETTLERS, lambda session, made, by: articles.place(session, made, [], by=by)),
    "revise": (WRITERS, WRITERS, revise),
    "translate": (WRITERS, WRITERS, lambda session, made, by: revise(session, made, by, "hu")),
    "rename": (
        WRITERS,
        WRITERS,
        lambda session, made, by: articles.rename(session, factories.translation(made), "elsewhere", by=by),
    ),
    "replace": (
        WRITERS,
        PUBLISHERS,
        lambda session, made, by: articles.replace(session, made, None, by=by),
    ),
    "publish": (
        PUBLISHERS,
        PUBLISHERS,
        lambda session, made, by: publication.publish(session, factories.newest(made, "hu"), by=by),
    ),
    "withdraw": (
        frozenset(),
        PUBLISHERS,
        lambda session, made, by: publication.withdraw(session, factories.newest(made), by=by, now=START),
    ),
    "delete": (WRITERS, PUBLISHERS, lambda session, made, by: articles.delete(session, made, by=by)),
}
"""A verb, with who may on an article of which nothing was ever published, and on one that readers know."""


TRIED = [
    (verb, published) for verb in VERBS for published in (False, True) if verb != "withdraw" or published
]


@pytest.mark.parametrize(("verb", "published"), TRIED)
def test_only_some_of_the_cast_may(session: Session, verb: str, published: bool) -> None:
    """Everybody tries; whoever is refused has changed nothing. The translator of the cast has no language."""
    before, after, act = VERBS[verb]
    allowed = after if published else before
    state = State.PUBLISHED if published else State.DRAFT
    made = factories.article(session, topics=[factories.topic(session)], state=state)
    made.replaced_by = "another"
    factories.revision(session, made, "hu", state=State.DRAFT)
    session.commit()
    for part in PEOPLE:
        by = asker(session, part)
        if part in allowed:
            act(session, made, by)
            assert journal.appended(session) or verb in {
                "revise",
                "translate",
            }  # a draft concerns no follower
        else:
            with pytest.raises(LoginRequired if part == "anonymous" else NotAllowed):
                act(session, made, by)
            assert not [*session.new, *session.dirty, *session.deleted]
            assert not journal.appended(session)
        session.rollback()
        session.expire_all()


@pytest.mark.parametrize(
    "state", [State.DRAFT, State.IN_REVIEW, State.APPROVED, State.REJECTED, State.PUBLISHED, State.WITHDRAWN]
)
def test_what_readers_once_got_or_will_get_counts_as_published(session: Session, state: State) -> None:
    made = factories.article(session, state=state, publish_at=START + HOUR)
    assert articles.was_published(session, made) == (state in {State.PUBLISHED, State.WITHDRAWN})
    factories.revision(session, made, "hu", state=State.DRAFT)
    assert articles.was_published(session, made) == (state in {State.PUBLISHED, State.WITHDRAWN})
    assert articles.is_settled(session, made) == (state not in {State.DRAFT, State.REJECTED})


def test_what_replaces_an_article_is_another_one_that_exists(session: Session) -> None:
    old, new = factories.article(session, "old"), factories.article(session, "new")
    articles.replace(session, old, "new", by=SYSTEM)
    assert old.replaced_by == "new"
    for key in ("old", "nothing"):
        with pytest.raises(Invalid) as refused:
            articles.replace(session, old, key, by=SYSTEM)
        assert set(refused.value.fields) == {"replaced_by"}
    articles.replace(session, old, None, by=SYSTEM)
    assert {old.replaced_by, new.replaced_by} == {None}


def test_a_new_article_has_no_text_and_shows_nowhere(session: Session) -> None:
    made = create(session)
    assert made.translations == []
    assert shown(session) == []


@pytest.mark.parametrize("key", ["a", "7", "roaming", "a.b_c-d", "a" * 128])
def test_a_key_of_plain_letters_is_taken(session: Session, key: str) -> None:
    assert create(session, key).key == key


@pytest.mark.parametrize("key", ["", "-a", "a-", "Roaming", "ár", "a b", "a/b", "a\n", "..", "a" * 129])
def test_any_other_key_is_refused(session: Session, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        create(session, key)
    assert set(refused.value.fields) == {"key"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "poem"), ("source_language", "xx"), ("source_language", "../en"), ("audience", "nobody")],
)
def test_an_unknown_kind_language_or_audience_is_refused(session: Session, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        create(session, **{field: value})
    assert set(refused.value.fields) == {field.removeprefix("source_")}


def test_a_key_is_given_once(session: Session) -> None:
    create(session)
    with pytest.raises(Conflict, match="already an article with the key new"):
        create(session)


def test_an_article_belongs_to_whoever_made_it(session: Session) -> None:
    by = asker(session, "author")
    assert create(session, by=by).owner_id == by.person_id
    assert create(session, "another", by=SYSTEM).owner_id is None


def test_what_is_related_stays_unless_it_is_said(session: Session) -> None:
    made = factories.article(session, related=["sim"])
    articles.change(session, made, kind="wiki", audience="public", by=SYSTEM)
    assert (made.kind, made.related) == ("wiki", ["sim"])
    articles.change(session, made, kind="wiki", audience="public", related=[], by=SYSTEM)
    assert made.related == []


def test_topics_are_replaced_and_the_first_is_the_breadcrumb(session: Session) -> None:
    first, second, third = (factories.topic(session, key) for key in ("first", "second", "third"))
    made = factories.article(session, topics=[first, second])
    assert queries.topic_ids_of(session, made.id) == [first.id, second.id]
    articles.place(session, made, [third, second], by=SYSTEM)
    assert queries.topic_ids_of(session, made.id) == [third.id, second.id]
    articles.place(session, made, [second, third, second], by=SYSTEM)
    assert queries.topic_ids_of(session, made.id) == [second.id, third.id]


def test_revisions_are_numbered_in_each_language(session: Session) -> None:
    made = create(session)
    numbers = [revise(session, made, language=code).number for code in ("en", "en", "hu", "en")]
    assert numbers == [1, 2, 1, 3]


def test_a_draft_does_not_show(session: Session) -> None:
    revise(session, create(session))
    assert shown(session) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", " \n"),
        ("title", "a" * 301),
        ("title", "a\0"),
        ("summary", "a\0"),
        ("body", "a\0"),
        ("body", "\ud83d"),
        ("tags", ("vpn", "a\0")),
        ("change_note", "a" * 501),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused(session: Session, field: str, value: Any) -> None:
    made = create(session)
    with pytest.raises(Invalid) as refused:
        revise(session, made, **{field: value})
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("language", ["", "xx", "en_US", "EN", "a" * 17])
def test_a_language_that_nobody_knows_is_refused(session: Session, language: str) -> None:
    with pytest.raises(Invalid, match="language"):
        revise(session, create(session), language=language)


def test_a_revision_that_expires_before_it_shows_is_refused(session: Session) -> None:
    with pytest.raises(Invalid, match="expires_at"):
        factories.article(session, publish_at=START, expires_at=START)


def test_the_longest_text_fits_into_every_database(both_databases: str, session: Session) -> None:
    made = create(session, "a" * 128)
    links = f"[much](kb:{'k' * 128}) [too much](kb:{'k' * 129}) {'ű' * 100_000}"
    made_of = revise(session, made, title="ű" * 300, body=links, change_note="ű" * 500)
    session.commit()
    assert [link.key for link in made_of.links] == ["k" * 128]
    assert len(made_of.body) > 100_000


def test_links_are_noted_once_each(session: Session) -> None:
    made = revise(
        session, create(session), body="[a](kb:sim) [b](kb:sim#pin) [c](kb:esim) [d](https://kb.example)"
    )
    assert sorted(link.key for link in made.links) == ["esim", "sim"]


def test_a_tag_is_kept_once_as_it_was_first_written(session: Session) -> None:
    assert revise(session, create(session), tags=("VPN", "wifi", "vpn", "Wifi")).tags == ["VPN", "wifi"]


# Which one shows.


def test_what_is_published_shows_from_its_time_on(session: Session) -> None:
    factories.article(session, title="Roaming", publish_at=START + HOUR, expires_at=START + 2 * HOUR)
    moments = (START, START + HOUR, START + 2 * HOUR - timedelta(seconds=1), START + 2 * HOUR)
    assert [shown(session, now) for now in moments] == [[], ["Roaming"], ["Roaming"], []]


def test_a_successor_takes_over_at_its_time_and_not_before(session: Session) -> None:
    made = factories.article(session, title="Old")
    factories.revision(session, made, title="New", publish_at=START + HOUR)
    assert shown(session, START + HOUR - timedelta(seconds=1)) == ["Old"]
    assert shown(session, START + HOUR) == ["New"]


def test_a_successor_in_one_language_leaves_the_others(session: Session) -> None:
    made = factories.article(session, title="Old", translations={"hu": "Régi"})
    factories.revision(session, made, title="New")
    assert (shown(session), shown(session, language="hu")) == (["New"], ["Régi"])


def test_what_is_published_last_counts_whatever_its_number(session: Session) -> None:
    made = factories.article(session, title="First")
    spare = factories.revision(session, made, title="Spare", state=State.DRAFT)
    factories.revision(session, made, title="Third")
    publication.publish(session, spare, by=SYSTEM)
    assert shown(session) == ["Spare"]


def test_what_is_published_now_replaces_what_was_to_come(session: Session) -> None:
    made = factories.article(session, title="Old")
    factories.revision(session, made, title="Planned", publish_at=START + HOUR)
    factories.revision(session, made, title="Now")
    assert [shown(session, now) for now in (START, START + 2 * HOUR)] == [["Now"], ["Now"]]


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_on_its_way_can_be_published(session: Session, state: State) -> None:
    made = factories.newest(factories.article(session, state=state))
    if state in {State.DRAFT, State.IN_REVIEW, State.APPROVED}:
        publication.publish(session, made, by=SYSTEM)
        assert shown(session) == ["Roaming"]
    else:
        with pytest.raises(Conflict):
            publication.publish(session, made, by=SYSTEM)


@pytest.mark.parametrize("state", sorted(set(State) - {State.PUBLISHED}))
def test_only_what_is_published_can_be_withdrawn(session: Session, state: State) -> None:
    made = factories.newest(factories.article(session, state=state))
    with pytest.raises(Conflict, match="Only a published revision"):
        publication.withdraw(session, made, by=SYSTEM, now=START)


def test_what_is_withdrawn_is_gone_at_once_and_brings_nothing_back(session: Session) -> None:
    made = factories.article(session, title="Old")
    publication.withdraw(session, factories.revision(session, made, title="Wrong"), by=SYSTEM, now=START)
    assert shown(session) == []


def test_a_successor_that_is_withdrawn_before_its_time_leaves_what_shows(session: Session) -> None:
    made = factories.article(session, title="Old")
    planned = factories.revision(session, made, title="Planned", publish_at=START + HOUR)
    publication.withdraw(session, planned, by=SYSTEM, now=START)
    assert shown(session, START + 2 * HOUR) == ["Old"]


def test_what_was_to_come_after_it_takes_over_at_its_own_time(session: Session) -> None:
    made = factories.article(session, title="Old")
    first = factories.revision(session, made, title="First", publish_at=START + HOUR)
    factories.revision(session, made, title="Second", publish_at=START + 2 * HOUR)
    publication.withdraw(session, first, by=SYSTEM, now=START)
    assert [shown(session, START + hours * HOUR) for hours in (0, 1, 2)] == [["Old"], ["Old"], ["Second"]]


def test_what_it_would_have_kept_from_showing_shows(session: Session) -> None:
    made = factories.article(session, title="Old")
    factories.revision(session, made, title="Late", publish_at=START + 2 * HOUR)
    early = factories.revision(session, made, title="Early", publish_at=START + HOUR)
    publication.withdraw(session, early, by=SYSTEM, now=START)
    assert [shown(session, START + hours * HOUR) for hours in (0, 1, 2)] == [["Old"], ["Old"], ["Late"]]


# What a translation is made from.


def test_a_translation_is_made_from_the_source_that_shows_when_it_begins(session: Session) -> None:
    made = factories.article(session)
    now_shown = factories.newest(made)
    planned = factories.revision(session, made, title="Planned", publish_at=START + HOUR)
    factories.revision(session, made, title="Draft", state=State.DRAFT)
    assert factories.revision(session, made, "hu").made_from_id == now_shown.id
    assert factories.revision(session, made, "hu", publish_at=START + HOUR).made_from_id == planned.id


def test_without_a_source_that_shows_it_is_made_from_the_newest(session: Session) -> None:
    made = factories.article(session, state=State.DRAFT)
    newest = factories.revision(session, made, state=State.IN_REVIEW)
    assert factories.revision(session, made, "hu").made_from_id == newest.id


def test_the_source_is_made_from_nothing(session: Session) -> None:
    made = factories.article(session)
    factories.revision(session, made, "hu")
    assert factories.revision(session, made).made_from_id is None


# Its end.


def test_a_deleted_article_leaves_nothing_behind(both_databases: str, session: Session) -> None:
    kept = factories.article(session, "kept", topics=[factories.topic(session)])
    factories.attachment(session, kept, data=b"shared")
    made = factories.article(session, topics=[], translations={"hu": "Barangolás"}, body="[x](kb:kept)")
    factories.attachment(session, made, data=b"shared")
    factories.attachment(session, made, data=b"its own")
    articles.rename(session, factories.translation(made), "elsewhere", by=SYSTEM)
    session.commit()
    session.expire_all()
    articles.delete(session, made, by=SYSTEM)
    session.commit()
    left = {
        model: session.scalar(select(func.count()).select_from(model))
        for model in (Article, Revision, OldSlug)
    }
    assert left == {Article: 1, Revision: 1, OldSlug: 0}
    assert session.scalar(select(func.count()).select_from(Attachment)) == 1
    assert session.scalars(select(AttachmentContent.data)).all() == [b"shared"]
    assert session.scalar(select(func.count()).select_from(ArticleTopic)) == 1
