"""Every read starts from the viewer: nobody sees what is not for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kb import publication, queries
from kb.models import Article, Person, State
from kb.permissions import SYSTEM
from kb.queries import CARD, best_language, cards, visible_to
from kb.viewers import ANONYMOUS, Viewer
from tests import factories
from tests.conftest import START

HOUR = timedelta(hours=1)


def keys(session: Session, viewer: Viewer) -> set[str]:
    return {card.key for card in queries.sitemap(session, viewer, START)}


@pytest.fixture
def one_for_each(session: Session, agent: Person, customer: Person) -> None:
    """An article for each audience; the partners are an agent and a customer."""
    partners = factories.group(session, "partners", [agent, customer])
    factories.audience(session, "partners", [partners])
    factories.audience(session, "nobody")
    for audience in ("public", "customer", "agent", "partners", "nobody"):
        factories.article(session, f"for-{audience}", audience=audience)
    session.commit()


PUBLIC, CUSTOMER = {"for-public"}, {"for-public", "for-customer"}
AGENT = CUSTOMER | {"for-agent"}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("outsider", CUSTOMER),
        ("customer", CUSTOMER | {"for-partners"}),
        ("agent", AGENT | {"for-partners"}),
        ("author", AGENT),
        ("reviewer", AGENT),
        ("supervisor", AGENT),
        ("specialist", AGENT),
        ("admin", AGENT | {"for-partners", "for-nobody"}),
    ],
)
def test_everybody_sees_what_is_for_them(
    session: Session, one_for_each: None, request: pytest.FixtureRequest, part: str, expected: set[str]
) -> None:
    assert keys(session, factories.viewer(session, request.getfixturevalue(part))) == expected


def test_who_is_not_logged_in_sees_what_is_public(session: Session, one_for_each: None) -> None:
    assert keys(session, ANONYMOUS) == PUBLIC
    assert keys(session, Viewer(audiences=frozenset())) == set()


def test_nobody_sees_more_in_a_portal_than_the_portal_shows(
    session: Session, one_for_each: None, admin: Person
) -> None:
    portal = factories.portal(session, audiences=["public", "agent"])
    assert keys(session, factories.viewer(session, admin, portal)) == {"for-public", "for-agent"}
    assert keys(session, factories.viewer(session, None, portal)) == PUBLIC


def test_a_portal_shows_its_languages_and_topics_with_all_below(session: Session) -> None:
    phones = factories.topic(session, "phones")
    android = factories.topic(session, "android", phones)
    bills = factories.topic(session, "bills")
    factories.article(session, "a", topics=[android], translations={"hu": "A", "ru": "А"})
    factories.article(session, "b", topics=[bills])
    factories.article(session, "c")
    factories.article(session, "d", topics=[bills, phones], language="ru")
    portal = factories.portal(session, languages=["hu", "en"], topics=["phones"])
    found = queries.sitemap(session, factories.viewer(session, None, portal), START)
    assert [(card.key, card.language) for card in found] == [("a", "en"), ("a", "hu")]
    gone = factories.portal(session, "gone", topics=["no longer there"])
    assert keys(session, factories.viewer(session, None, gone)) == set()


def test_every_read_leaves_out_what_does_not_show(session: Session) -> None:
    """Scheduled, expired, superseded, withdrawn, never published, for somebody else: none may be found by any way."""
    topic = factories.topic(session)
    shown = factories.article(
        session, "shown", topics=[topic], title="Shown", tags=["tag"], related=["hidden-0"]
    )
    hidden: dict[str, Any] = {
        "publish_at": START + HOUR,
        "expires_at": START,
        "state": State.WITHDRAWN,
        "audience": "agent",
    }
    for number, (field, value) in enumerate(hidden.items()):
        factories.article(
            session,
            f"hidden-{number}",
            title="Hidden",
            topics=[topic],
            tags=["secret"],
            body="[x](kb:shown)",
            **{"publish_at": START - HOUR, field: value},
        )
    factories.article(
        session, "hidden-draft", state=State.DRAFT, title="Hidden", body="[x](kb:shown)", topics=[topic]
    )
    session.commit()
    now = START
    around = queries.neighbours(session, ANONYMOUS, now, shown, ["hidden-0", "hidden-3", "shown"], ["en"])
    assert [card.key for card in around.translations] == ["shown"]
    assert (around.by_key, around.backlinks) == ({}, [])
    assert [card.key for card in queries.in_topics(session, ANONYMOUS, now, [topic.id], ["en"])] == ["shown"]
    assert queries.topic_counts(session, ANONYMOUS, now) == {topic.id: {shown.id}}
    assert [card.key for card in queries.newest(session, ANONYMOUS, now, "en", 10)] == ["shown"]
    assert list(queries.tag_lists(session, ANONYMOUS, now, "en")) == [["tag"]]
    for number in range(len(hidden)):
        assert not queries.article_by_key(session, ANONYMOUS, now, f"hidden-{number}")
    assert not queries.article_by_slug(session, ANONYMOUS, now, "hidden")
    assert [row.title for row in queries.article_by_slug(session, ANONYMOUS, now, "shown")] == ["Shown"]


def test_a_link_target_is_given_in_the_readers_best_language(session: Session) -> None:
    linked = factories.article(session, "sim", title="SIM", translations={"hu": "SIM-kártya", "ru": "СИМ"})
    back = factories.article(
        session, "start", title="Start", body="[x](kb:sim)", translations={"hu": "Kezdet"}
    )
    session.commit()
    around = queries.neighbours(session, ANONYMOUS, START, back, ["sim"], ["hu", "en"])
    assert around.by_key["sim"].title == "SIM-kártya"
    assert [card.language for card in around.translations] == ["en", "hu"]
    around = queries.neighbours(session, ANONYMOUS, START, linked, [], ["de", "hu"])
    assert [card.title for card in around.backlinks] == ["Kezdet"]


def test_a_backlink_from_a_text_that_was_replaced_is_none(session: Session) -> None:
    target = factories.article(session, "sim")
    source = factories.article(session, "start", body="[x](kb:sim)")
    factories.revision(session, source, body="No link any more.")
    session.commit()
    assert queries.neighbours(session, ANONYMOUS, START, target, [], ["en"]).backlinks == []


def test_an_article_stands_once_in_a_list_in_the_best_language_it_has(session: Session) -> None:
    factories.article(session, "a", title="B", translations={"hu": "Á"})
    factories.article(session, "b", title="A", language="ru")
    found = cards(session, visible_to(ANONYMOUS, START, *CARD))
    assert [(card.key, card.language) for card in best_language(found, ["hu", "en"])] == [
        ("a", "hu"),
        ("b", "ru"),
    ]
    assert [card.title for card in best_language(found, [])] == ["B", "A"]


def test_the_newest_come_first(session: Session) -> None:
    for number in (2, 1, 3):
        factories.article(session, f"article-{number}", publish_at=START - number * HOUR)
    assert [card.key for card in queries.newest(session, ANONYMOUS, START, "en", 2)] == [
        "article-1",
        "article-2",
    ]


def test_a_slug_belongs_to_a_language(session: Session) -> None:
    factories.article(session, "first", title="SIM")
    factories.article(session, "second", title="SIM", language="hu")
    found = queries.article_by_slug(session, ANONYMOUS, START, "sim")
    assert {row.translation.article.key for row in found} == {"first", "second"}
    owner = queries.slug_owner(session, "hu", "sim")
    assert owner is not None
    assert owner.article.key == "second"
    assert queries.slug_owner(session, "hu", "nothing") is None


@pytest.mark.parametrize(
    ("fields", "moment", "expected"),
    [
        ({"expires_at": START + HOUR}, START + HOUR, True),
        ({"expires_at": START + HOUR}, START - HOUR, False),
        ({"state": State.WITHDRAWN}, START, True),
        ({"state": State.DRAFT}, START, False),
        ({"state": State.IN_REVIEW}, START, False),
        ({"state": State.REJECTED}, START, False),
        ({"state": State.WITHDRAWN, "audience": "agent"}, START, False),
        ({"publish_at": START + HOUR}, START, False),
        ({"publish_at": START + HOUR, "state": State.WITHDRAWN}, START + 2 * HOUR, False),
    ],
)
def test_it_was_here_once_only_for_who_could_read_it(
    session: Session, fields: dict[str, object], moment: object, expected: bool
) -> None:
    held = factories.translation(factories.article(session, **fields))  # type: ignore[arg-type]
    assert queries.was_public(session, ANONYMOUS, held.id, moment) is expected  # type: ignore[arg-type]


def test_it_was_not_here_for_who_is_in_a_portal_that_never_showed_it(session: Session) -> None:
    bills = factories.topic(session, "bills")
    factories.topic(session, "phones")
    held = factories.translation(factories.article(session, topics=[bills], expires_at=START + HOUR))
    viewers = {
        key: factories.viewer(session, None, factories.portal(session, key, topics=[key]))
        for key in ("bills", "phones")
    }
    found = {
        key: queries.was_public(session, viewer, held.id, START + HOUR) for key, viewer in viewers.items()
    }
    assert found == {"bills": True, "phones": False}


def test_what_was_replaced_before_it_ever_showed_was_never_here(session: Session) -> None:
    made = factories.article(session, publish_at=START + HOUR)
    publication.withdraw(
        session, factories.revision(session, made, publish_at=START), by=SYSTEM, now=START - HOUR
    )
    assert not queries.was_public(session, ANONYMOUS, factories.translation(made).id, START)
    assert queries.was_public(session, ANONYMOUS, factories.translation(made).id, START + HOUR)


def test_files_and_topics_of_an_article_come_in_their_order(session: Session) -> None:
    first, second = factories.topic(session, "first"), factories.topic(session, "second")
    made: Article = factories.article(session, topics=[second, first])
    for name in ("b.txt", "a.txt"):
        factories.attachment(session, made, name, name.encode())
    assert queries.topic_ids_of(session, made.id) == [second.id, first.id]
    assert [file.filename for file in queries.attachments_of(session, made.id)] == ["a.txt", "b.txt"]
