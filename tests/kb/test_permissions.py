"""Roles with limits: who may do what in which topics and languages, and that no verb forgets to ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from kb import articles, people, publication
from kb.articles import Text
from kb.auth import person_by_email
from kb.errors import Invalid, LoginRequired, NotAllowed
from kb.models import Article, Person, Revision, RoleLimit, State, Topic
from kb.permissions import ADMINISTER, PUBLISH_ARTICLES, SYSTEM, WRITE_ARTICLES, require
from kb.validity import Validity
from kb.viewers import ANONYMOUS, Ground, Limit, Viewer
from tests import cast, factories
from tests.conftest import START


@pytest.fixture
def phones(session: Session) -> Topic:
    """The topic that roles are limited to."""
    return factories.topic(session, "phones")


@pytest.fixture
def esim(session: Session, phones: Topic) -> Topic:
    """A topic below it."""
    return factories.topic(session, "esim", factories.topic(session, "sim", phones))


@pytest.fixture
def bills(session: Session) -> Topic:
    """A topic elsewhere."""
    return factories.topic(session, "bills")


def limited(session: Session, person: Person, **limit: list[str]) -> Viewer:
    """The viewer that a person is with this limit of their role."""
    factories.limit(session, person, **limit)  # type: ignore[arg-type]  # "role" is no list, and never given
    return factories.viewer(session, person)


def write(session: Session, made: Article, language: str, by: Viewer) -> Revision:
    return articles.revise(
        session, made, language, Text("Title", "Text."), validity=Validity(START), by=by, now=START
    )


def may(act: Callable[[], object]) -> bool:
    try:
        act()
    except NotAllowed:
        return False
    return True


# What a limit covers.


@pytest.mark.parametrize(
    ("limit", "covered"),
    [
        (Limit(), {"phones hu", "phones en", "bills hu", " hu", "phones "}),
        (Limit(topic_ids=frozenset({1})), {"phones hu", "phones en", "phones "}),
        (Limit(languages=frozenset({"hu"})), {"phones hu", "bills hu", " hu"}),
        (Limit(frozenset({1}), frozenset({"hu"})), {"phones hu"}),
        (Limit(frozenset(), None), set()),
        (Limit(None, frozenset()), set()),
    ],
)
def test_a_limit_covers_its_topics_in_its_languages(limit: Limit, covered: set[str]) -> None:
    ids = {"phones": frozenset({1, 7}), "bills": frozenset({2}), "": frozenset[int]()}
    grounds = ["phones hu", "phones en", "bills hu", " hu", "phones "]
    found = {
        name
        for name in grounds
        if limit.covers(Ground(ids[name.partition(" ")[0]], name.partition(" ")[2] or None))
    }
    assert found == covered


def test_one_role_may_be_limited_and_another_not() -> None:
    limits = {"author": Limit(topic_ids=frozenset({1}))}
    by = Viewer(person_id=1, roles=frozenset({"author", "reviewer"}), limits=limits)
    elsewhere = Ground(frozenset({2}), "en")
    require(by, PUBLISH_ARTICLES, elsewhere)
    with pytest.raises(NotAllowed, match="for this topic and language"):
        require(by, WRITE_ARTICLES, elsewhere)
    require(by, WRITE_ARTICLES)


def test_an_administrator_is_limited_by_nothing() -> None:
    limits = dict.fromkeys(["author", "admin"], Limit(frozenset(), frozenset()))
    by = Viewer(person_id=1, roles=frozenset({"admin", "author"}), limits=limits)
    for roles in (WRITE_ARTICLES, PUBLISH_ARTICLES, ADMINISTER):
        require(by, roles, Ground(frozenset({2}), "en"))


def test_who_is_not_logged_in_is_asked_to() -> None:
    with pytest.raises(LoginRequired):
        require(ANONYMOUS, WRITE_ARTICLES, Ground())


# Translators.


@pytest.mark.parametrize("published", [False, True])
def test_a_translator_writes_translations_of_their_languages_and_never_the_source(
    session: Session, translator: Person, published: bool
) -> None:
    state = State.PUBLISHED if published else State.DRAFT
    english = factories.article(session, "english", state=state)
    hungarian = factories.article(session, "hungarian", language="hu", state=state)
    by = limited(session, translator, languages=["hu", "sv"])
    assert may(lambda: write(session, english, "hu", by))
    assert may(lambda: write(session, english, "sv", by))
    assert may(lambda: write(session, hungarian, "sv", by))
    assert not may(lambda: write(session, english, "en", by))
    assert not may(lambda: write(session, english, "ru", by))
    assert not may(lambda: write(session, hungarian, "hu", by))


def test_a_translator_without_a_limit_writes_their_own_languages(
    session: Session, translator: Person
) -> None:
    made = factories.article(session)
    assert not may(lambda: write(session, made, "hu", factories.viewer(session, translator)))
    translator.languages = ["hu"]
    assert may(lambda: write(session, made, "hu", factories.viewer(session, translator)))
    assert not may(lambda: write(session, made, "sv", factories.viewer(session, translator)))


def test_a_translator_may_be_limited_to_topics_too(
    session: Session, translator: Person, phones: Topic, esim: Topic, bills: Topic
) -> None:
    translator.languages = ["hu"]
    by = limited(session, translator, topics=["phones"])
    within = factories.article(session, "within", topics=[esim])
    outside = factories.article(session, "outside", topics=[bills])
    assert may(lambda: write(session, within, "hu", by))
    assert not may(lambda: write(session, within, "sv", by))
    assert not may(lambda: write(session, outside, "hu", by))


def test_a_translator_changes_nothing_else(session: Session, translator: Person, bills: Topic) -> None:
    by = limited(session, translator, languages=["hu", "en"])
    made = factories.article(session, state=State.DRAFT, translations={"hu": "Barangolás"})
    draft = factories.newest(made, "hu")
    given = {"kind": "faq", "source_language": "hu", "audience": "public"}
    assert not may(lambda: articles.create(session, key="new", by=by, now=START, **given))
    assert not may(lambda: articles.change(session, made, kind="wiki", audience="public", by=by))
    assert not may(lambda: articles.place(session, made, [bills], by=by))
    assert not may(lambda: articles.replace(session, made, None, by=by))
    assert not may(lambda: articles.rename(session, factories.translation(made), "elsewhere", by=by))
    assert not may(lambda: articles.delete(session, made, by=by))
    assert not may(lambda: publication.publish(session, draft, by=by))
    assert may(lambda: articles.rename(session, factories.translation(made, "hu"), "mashol", by=by))


# Topics.


def test_an_author_limited_to_a_topic_writes_in_it_and_below_it_only(
    session: Session, author: Person, phones: Topic, esim: Topic, bills: Topic
) -> None:
    by = limited(session, author, topics=["phones"])
    places = {"in": [phones], "below": [esim], "also": [bills, esim], "elsewhere": [bills], "nowhere": []}
    allowed = set()
    for key, topics in places.items():
        made = factories.article(session, key, topics=topics, state=State.DRAFT)
        if may(lambda made=made: write(session, made, "en", by)):  # type: ignore[misc]
            allowed.add(key)
    assert allowed == {"in", "below", "also"}


def test_an_author_limited_to_a_topic_leaves_an_article_in_it(
    session: Session, author: Person, phones: Topic, esim: Topic, bills: Topic
) -> None:
    by = limited(session, author, topics=["phones"])
    made = factories.article(session, topics=[phones], state=State.DRAFT)
    assert may(lambda: articles.place(session, made, [bills, esim], by=by))
    assert not may(lambda: articles.place(session, made, [bills], by=by))
    assert not may(lambda: articles.place(session, made, [], by=by))
    assert [place.topic_id for place in made.topics] == [bills.id, esim.id]


def test_an_author_limited_to_a_topic_takes_nothing_from_elsewhere(
    session: Session, author: Person, phones: Topic, bills: Topic
) -> None:
    by = limited(session, author, topics=["phones"])
    made = factories.article(session, topics=[bills], state=State.DRAFT)
    assert not may(lambda: articles.place(session, made, [bills, phones], by=by))
    assert not may(lambda: articles.change(session, made, kind="wiki", audience="public", by=by))
    assert not may(lambda: articles.delete(session, made, by=by))
    assert not may(lambda: articles.rename(session, factories.translation(made), "elsewhere", by=by))


def test_what_a_limited_author_makes_anew_they_place_in_their_topic(
    session: Session, author: Person, phones: Topic, bills: Topic
) -> None:
    by = limited(session, author, topics=["phones"])
    made = articles.create(
        session, key="new", kind="faq", source_language="en", audience="public", by=by, now=START
    )
    assert not may(lambda: write(session, made, "en", by))
    assert not may(lambda: articles.place(session, made, [bills], by=by))
    articles.place(session, made, [phones], by=by)
    assert may(lambda: write(session, made, "en", by))


def test_a_reviewer_limited_to_a_topic_and_a_language_publishes_there_only(
    session: Session, reviewer: Person, phones: Topic, esim: Topic, bills: Topic
) -> None:
    by = limited(session, reviewer, topics=["phones"], languages=["hu"])
    drafts = {
        (topic.key, language): factories.revision(session, made, language, state=State.IN_REVIEW)
        for topic in (esim, bills)
        for made in [factories.article(session, f"about-{topic.key}", topics=[topic])]
        for language in ("hu", "en")
    }
    allowed = {
        place
        for place, draft in drafts.items()
        if may(lambda draft=draft: publication.publish(session, draft, by=by))  # type: ignore[misc]
    }
    assert allowed == {("esim", "hu")}
    assert may(lambda: publication.withdraw(session, drafts["esim", "hu"], by=by, now=START))
    shown = factories.newest(factories.article(session, "other", language="hu", topics=[bills]))
    assert not may(lambda: publication.withdraw(session, shown, by=by, now=START))


# What readers know already.


def test_what_an_article_is_changes_with_an_approved_revision_only(
    session: Session, author: Person, bills: Topic
) -> None:
    by = factories.viewer(session, author)
    made = factories.article(session)
    assert not may(lambda: articles.change(session, made, kind="wiki", audience="agent", by=by))
    proposed = {"kind": "wiki", "audience": "agent", "topics": ["bills"]}
    text = Text("Title", "Text.")
    draft = articles.revise(
        session, made, "en", text, validity=Validity(START), by=by, now=START, proposed=proposed
    )
    assert (made.kind, made.audience, made.topics) == ("faq", "public", [])
    publication.publish(session, draft, by=SYSTEM, approved_at=START)
    assert (made.kind, made.audience) == ("wiki", "agent")
    assert [place.topic_id for place in made.topics] == [bills.id]


# How limits are kept.


def test_limits_are_set_changed_and_taken_away(session: Session, author: Person, phones: Topic) -> None:
    author.roles = ["author", "reviewer"]
    both = {"author": (["phones", "phones"], []), "reviewer": ([], ["hu", "en"])}
    people.set_limits(session, author, both, by=SYSTEM)
    assert kept(author) == {"author": (["phones"], []), "reviewer": ([], ["en", "hu"])}
    row = author.limits[0]
    people.set_limits(session, author, {"author": (["phones"], ["hu"]), "reviewer": ([], [])}, by=SYSTEM)
    assert kept(author) == {"author": (["phones"], ["hu"])}
    assert author.limits[0] is row
    people.set_limits(session, author, {}, by=SYSTEM)
    session.commit()
    assert session.query(RoleLimit).count() == 0


def kept(person: Person) -> dict[str, tuple[list[str], list[str]]]:
    return {limit.role: (limit.topics, limit.languages) for limit in person.limits}


def test_a_role_that_they_do_not_hold_is_not_limited(session: Session, author: Person, phones: Topic) -> None:
    people.set_limits(session, author, {"reviewer": (["phones"], [])}, by=SYSTEM)
    assert author.limits == []


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"author": (["nowhere"], [])}, "topics_author"),
        ({"author": ([], ["xx"])}, "languages_author"),
        ({"agent": ([], ["hu"])}, "limits"),
        ({"admin": ([], ["hu"])}, "limits"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(
    session: Session, author: Person, limits: dict[str, tuple[list[str], list[str]]], field: str
) -> None:
    author.roles = ["author", "agent", "admin"]
    with pytest.raises(Invalid) as refused:
        people.set_limits(session, author, limits, by=SYSTEM)
    assert set(refused.value.fields) == {field}
    assert author.limits == []


@pytest.mark.parametrize("part", sorted(set(cast.NAMES) - {"admin"}))
def test_only_an_administrator_limits_roles(session: Session, author: Person, part: str) -> None:
    by = factories.viewer(session, person_by_email(session, cast.email(part)))
    with pytest.raises(NotAllowed):
        people.set_limits(session, author, {}, by=by)


def test_a_topic_that_goes_leaves_a_limited_role_with_nothing_rather_than_everything(
    session: Session, author: Person, bills: Topic
) -> None:
    factories.limit(session, author, topics=["bills"])
    made = factories.article(session, state=State.DRAFT)
    session.delete(bills)
    session.flush()
    assert not may(lambda: write(session, made, "en", factories.viewer(session, author)))
