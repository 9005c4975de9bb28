"""Portals, topics, folders, snippets and audiences are kept in memory and are never old."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.orm import Session

from kb import journal, structure
from kb.db import Database
from kb.models import Person, Portal, Topic
from kb.structure import Structure, StructureCache, load
from kb.viewers import Viewer
from tests import factories


def current(session: Session, cache: StructureCache) -> Structure:
    return cache.current(session, journal.head(session))


def test_the_tree_is_in_reading_order_with_paths_and_what_is_below(session: Session) -> None:
    phones = factories.topic(session, "phones")
    bills = factories.topic(session, "bills")
    android = factories.topic(session, "android", phones)
    ios = factories.topic(session, "ios", phones)
    apps = factories.topic(session, "apps", android)
    for place, topic in enumerate((bills, phones, ios, android)):
        topic.position = place
    session.flush()
    made = load(session, 1)
    assert [topic.key for topic in made.roots] == ["bills", "phones"]
    assert [topic.key for topic in made.topics["phones"].children] == ["ios", "android"]
    assert [topic.key for topic in made.topics_by_id[apps.id].path] == ["phones", "android", "apps"]
    assert made.topics["phones"].below == {phones.id, android.id, ios.id, apps.id}
    assert made.topics["apps"].below == {apps.id}
    assert list(made.topics) == ["bills", "phones", "ios", "android", "apps"]


def test_topics_in_a_circle_are_left_out_and_end_no_request(session: Session) -> None:
    one = factories.topic(session, "one")
    two = factories.topic(session, "two", one)
    factories.topic(session, "kept")
    one.parent_id = two.id
    session.flush()
    assert set(load(session, 1).topics) == {"kept"}


def test_a_very_deep_tree_is_read(session: Session) -> None:
    deep: Topic | None = None
    for number in range(300):
        deep = factories.topic(session, f"level-{number}", deep)
    made = load(session, 1)
    assert len(made.topics["level-299"].path) == 300
    assert len(made.topics["level-0"].below) == 300


def test_a_topic_is_called_in_the_readers_language(session: Session) -> None:
    factories.topic(session, "phones", en="Phones", hu="Telefonok")
    topic = load(session, 1).topics["phones"]
    assert (topic.name(["hu"]), topic.name(["ru", "en"]), topic.name([])) == ("Telefonok", "Phones", "Phones")


def test_a_portal_knows_its_topics_languages_and_names(session: Session) -> None:
    phones = factories.topic(session, "phones")
    android = factories.topic(session, "android", phones)
    factories.topic(session, "bills")
    factories.portal(
        session,
        topics=["phones", "no longer there"],
        languages=["hu", "en", "ru"],
        names={"hu": "Segítség", "en": "Help"},
        taglines={"en": "All answers"},
    )
    site = load(session, 1).portals["help"]
    assert site.topic_ids == frozenset({phones.id, android.id})
    assert [topic.key for topic in site.roots] == ["phones"]
    assert (site.name("ru"), site.name("en"), site.tagline("hu")) == ("Segítség", "Help", "All answers")
    assert site.preference("ru") == ("ru", "hu", "en")
    assert site.is_open


def test_a_portal_without_topics_shows_all_and_one_of_lost_topics_none(session: Session) -> None:
    factories.topic(session, "phones")
    factories.portal(session, "all")
    factories.portal(session, "lost", topics=["no longer there"])
    portals = load(session, 1).portals
    assert portals["all"].topic_ids is None
    assert [topic.key for topic in portals["all"].roots] == ["phones"]
    assert portals["lost"].topic_ids == frozenset()
    assert portals["lost"].roots == ()


def test_inside_a_portal_a_viewer_is_no_more_than_the_portal_allows(session: Session, admin: Person) -> None:
    portal = factories.portal(
        session, languages=["hu"], audiences=["public", "agent"], entry_audience="agent"
    )
    site = load(session, 1).portals[portal.key]
    seen = site.seen_by(Viewer(audiences=frozenset({"public", "customer", "vip"})))
    assert (seen.audiences, seen.portal_languages, seen.topic_ids) == (
        frozenset({"public"}),
        frozenset({"hu"}),
        None,
    )
    assert not site.is_open


def test_which_audiences_a_group_gives(session: Session) -> None:
    one, two = factories.group(session, "one"), factories.group(session, "two")
    factories.audience(session, "vip", [one, two])
    factories.audience(session, "press", [two])
    made = load(session, 1)
    assert made.audiences_of_groups == {one.id: {"vip"}, two.id: {"vip", "press"}}
    assert set(made.audiences) == {"public", "customer", "agent", "vip", "press"}


def test_a_snippet_is_taken_in_the_best_language_it_has(session: Session) -> None:
    factories.snippet(session, "hours", en="8 to 20", hu="8-tól 20-ig")
    factories.snippet(session, "phone", en="+36 1 234 5678")
    made = load(session, 1)
    assert made.snippets_in(["hu", "en"]) == {"hours": "8-tól 20-ig", "phone": "+36 1 234 5678"}


def test_folders_stand_in_their_order(session: Session) -> None:
    factories.folder(session, "second", position=2)
    factories.folder(session, "first", "tag:new", position=1, audience="agent")
    assert [(one.key, one.query, one.audience) for one in load(session, 1).folders] == [
        ("first", "tag:new", "agent"),
        ("second", "*", "public"),
    ]


# The copy in memory.


@pytest.mark.parametrize("kind", ["topic", "portal", "folder", "snippet", "audience", "group"])
def test_every_change_is_seen_by_the_next_request(session: Session, kind: str) -> None:
    cache = StructureCache()
    before = current(session, cache)
    with_key = getattr(factories, kind)
    made = with_key(session)
    if kind == "group":
        factories.audience(session, "vip", [made])
    session.commit()
    after = current(session, cache)
    assert after != before
    assert cache.position() == journal.head(session)
    session.delete(made)
    session.commit()
    assert len(str(current(session, cache))) < len(str(after))


def test_a_change_of_an_article_does_not_load_it_anew(session: Session) -> None:
    cache = StructureCache()
    before = current(session, cache)
    factories.article(session)
    session.commit()
    assert current(session, cache) is before
    assert cache.position() == journal.head(session)


def test_what_a_session_has_in_memory_is_not_what_is_loaded(both_databases: str, database: Database) -> None:
    with database.transaction() as writing:
        factories.portal(writing)
    cache = StructureCache()
    with database.session() as reading:
        held = reading.get_one(Portal, 1)
        assert current(reading, cache).portals["help"].names["en"] == "Help"
        with database.transaction() as writing:
            writing.get_one(Portal, 1).names = {"en": "New"}
        reading.commit()
        assert current(reading, cache).portals["help"].names["en"] == "New"
        assert held.names["en"] == "Help"


def test_a_slow_reader_of_the_past_does_not_bring_the_past_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests load at once: the one that began first, and so sees less, ends last."""
    cache, loading, go_on = StructureCache(), threading.Event(), threading.Event()
    plain_load = structure.load

    def slow_load(session: Session, version: int) -> Structure:
        made = plain_load(session, version)
        if threading.current_thread() is slow:
            loading.set()
            go_on.wait(timeout=1)
        return made

    def old_request() -> None:
        with database.session() as session:
            cache.current(session, journal.head(session))

    monkeypatch.setattr(structure, "load", slow_load)
    slow = threading.Thread(target=old_request)
    slow.start()
    loading.wait()
    with database.transaction() as writing:
        factories.topic(writing)
    with database.session() as session:
        quick = threading.Thread(target=lambda: current(session, cache))
        quick.start()
        quick.join(timeout=0.2)
        go_on.set()
        slow.join()
        quick.join()
        assert cache.position() == journal.head(session)
        assert set(current(session, cache).topics) == {"phones"}
