"""The topic tree: grown, renamed, moved without loops, put in order, cut back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb import topics
from kb.errors import Invalid
from kb.models import ArticleTopic, AuditEntry, Topic
from kb.permissions import SYSTEM
from tests import factories
from tests.kb.admin.conftest import afresh, hidden, words

Changes = Callable[[str], list[AuditEntry]]
Statements = Callable[[Callable[[], TestResponse]], int]


def tree(session: Session) -> dict[str, str | None]:
    """Key -> key of the topic above, in the order of the tree's rows."""
    afresh(session)
    rows = session.scalars(select(Topic).order_by(Topic.parent_id, Topic.position, Topic.id)).all()
    keys = {row.id: row.key for row in rows}
    return {row.key: keys.get(row.parent_id or 0) for row in rows}


def placed(session: Session) -> list[tuple[int, int, int]]:
    """(article, topic, position) of every place."""
    afresh(session)
    query = select(ArticleTopic).order_by(ArticleTopic.article_id, ArticleTopic.position)
    return [(place.article_id, place.topic_id, place.position) for place in session.scalars(query)]


def test_a_topic_is_added_below_another_and_shows_with_its_first_article(
    desk: FlaskClient, client: FlaskClient, session: Session, changes: Changes
) -> None:
    above = factories.topic(session, "mobile")
    factories.portal(session, features=["topics"])
    session.commit()
    page = desk.get(f"/admin/topics/new?below={above.id}")
    assert f'<option selected value="{above.id}">' in page.text
    fields = {"key": "sim", "names_en": "SIM cards", "names_hu": "SIM kártyák", "parent": str(above.id)}
    assert desk.post("/admin/topics/new", data=fields).status_code == 303
    assert tree(session) == {"mobile": None, "sim": "mobile"}
    assert client.get("/help/hu/topics/sim").status_code == 404
    factories.article(session, topics=[session.scalars(select(Topic).where(Topic.key == "sim")).one()])
    session.commit()
    assert "SIM kártyák" in words(client.get("/help/hu/topics/sim"))
    assert [entry.subject for entry in changes("topic")] == ["sim"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"key": "Big Key", "names_hu": "Új"},
            "Use lower-case letters, digits and '-', at most 63 characters.",
        ),
        ({"key": "new", "names_hu": " "}, "Give a name in at least one language."),
    ],
)
def test_what_cannot_be_used_is_said_and_what_was_typed_stays(
    fields: dict[str, str], sentence: str, desk: FlaskClient, session: Session
) -> None:
    answer = desk.post("/admin/topics/new", data={**fields, "names_sv": "Ny", "parent": "0"})
    expected = 422 if "Big" in fields["key"] else 303
    assert answer.status_code == expected
    answer = desk.post("/admin/topics/new", data={**fields, "parent": "0"})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert f'value="{fields["key"]}"' in answer.text


def test_a_topic_is_renamed_and_moved_with_all_below_it(desk: FlaskClient, session: Session) -> None:
    mobile, internet = factories.topic(session, "mobile"), factories.topic(session, "internet")
    sim = factories.topic(session, "sim", mobile)
    factories.topic(session, "esim", sim)
    session.commit()
    fields = {"names_en": "SIM", "names_hu": "", "parent": str(internet.id)}
    assert desk.post(f"/admin/topics/{sim.id}", data=fields).status_code == 303
    assert tree(session) == {"mobile": None, "internet": None, "sim": "internet", "esim": "sim"}
    assert sim.names == {"en": "SIM"}


def test_a_topic_cannot_be_moved_below_itself(desk: FlaskClient, session: Session) -> None:
    mobile = factories.topic(session, "mobile")
    sim = factories.topic(session, "sim", mobile)
    esim = factories.topic(session, "esim", sim)
    session.commit()
    for below in (mobile, sim, esim):
        assert (
            f'value="{below.id}"' not in desk.get(f"/admin/topics/{mobile.id}").text.split('id="parent"')[1]
        )
        with pytest.raises(Invalid, match="A topic cannot be moved below itself"):
            topics.change(session, mobile, names={"en": "Mobile"}, parent=below, by=SYSTEM)
    answer = desk.post(f"/admin/topics/{mobile.id}", data={"names_en": "New name", "parent": str(esim.id)})
    assert answer.status_code == 422
    assert 'value="New name"' in answer.text
    assert tree(session) == {"mobile": None, "sim": "mobile", "esim": "sim"}


def test_the_tree_does_not_grow_too_deep(session: Session) -> None:
    above: Topic | None = None
    for level in range(topics.DEEPEST):
        above = topics.create(session, key=f"level-{level}", names={"en": "L"}, parent=above, by=SYSTEM)
    with pytest.raises(Invalid, match="at most 12 levels"):
        topics.create(session, key="deeper", names={"en": "L"}, parent=above, by=SYSTEM)
    other = topics.create(session, key="other", names={"en": "O"}, parent=None, by=SYSTEM)
    below = topics.create(session, key="below", names={"en": "B"}, parent=other, by=SYSTEM)
    assert above is not None
    last_but_one = session.get(Topic, above.parent_id)
    with pytest.raises(Invalid, match="at most 12 levels"):
        topics.change(session, other, names={"en": "O"}, parent=last_but_one, by=SYSTEM)
    topics.change(session, below, names={"en": "B"}, parent=last_but_one, by=SYSTEM)


def test_topics_move_up_and_down_among_their_neighbours(desk: FlaskClient, session: Session) -> None:
    first, second, third = (factories.topic(session, key) for key in ("first", "second", "third"))
    session.commit()
    desk.post(f"/admin/topics/{third.id}/shift", data={"to": "up"})
    assert list(tree(session)) == ["first", "third", "second"]
    desk.post(f"/admin/topics/{first.id}/shift", data={"to": "down"})
    assert list(tree(session)) == ["third", "first", "second"]
    desk.post(f"/admin/topics/{second.id}/shift", data={"to": "down"})
    desk.post(f"/admin/topics/{third.id}/shift", data={"to": "up"})
    assert list(tree(session)) == ["third", "first", "second"]


def test_the_second_of_two_savers_is_told_and_keeps_their_text(desk: FlaskClient, session: Session) -> None:
    made = factories.topic(session, "mobile")
    session.commit()
    address = f"/admin/topics/{made.id}"
    seen = hidden(desk.get(address), "version")
    assert desk.post(address, data={"names_en": "First", "parent": "0", "version": seen}).status_code == 303
    answer = desk.post(address, data={"names_en": "Second", "parent": "0", "version": seen})
    assert answer.status_code == 409
    assert 'value="Second"' in answer.text
    afresh(session)
    assert made.names["en"] == "First"


def test_only_a_topic_without_topics_below_is_deleted(desk: FlaskClient, session: Session) -> None:
    above = factories.topic(session, "mobile")
    below = factories.topic(session, "sim", above)
    session.commit()
    answer = desk.post(f"/admin/topics/{above.id}/delete")
    assert answer.status_code == 409
    assert "There are topics below this one" in words(answer)
    assert desk.post(f"/admin/topics/{below.id}/delete").status_code == 303
    assert desk.post(f"/admin/topics/{above.id}/delete").status_code == 303
    assert tree(session) == {}


def test_the_articles_of_a_deleted_topic_go_to_the_topic_above(desk: FlaskClient, session: Session) -> None:
    above = factories.topic(session, "mobile")
    other = factories.topic(session, "other")
    below = factories.topic(session, "sim", above)
    only = factories.article(session, "only", topics=[below])
    both = factories.article(session, "both", topics=[other, below, above])
    session.commit()
    answer = desk.post(f"/admin/topics/{below.id}/delete")
    assert answer.status_code == 409
    assert "There are articles in this topic" in words(answer)
    moved = desk.post(f"/admin/topics/{below.id}/delete", data={"articles_to_parent": "y"})
    assert moved.status_code == 303
    assert placed(session) == [(only.id, above.id, 0), (both.id, other.id, 0), (both.id, above.id, 2)]


def test_a_topic_that_a_portal_shows_is_not_deleted(desk: FlaskClient, session: Session) -> None:
    """Without its last topic the portal would show them all."""
    made = factories.topic(session, "mobile")
    factories.portal(session, topics=["mobile"])
    session.commit()
    answer = desk.post(f"/admin/topics/{made.id}/delete")
    assert answer.status_code == 409
    assert "It is chosen in the portals help" in words(answer)


def test_the_tree_asks_the_same_number_of_times_however_large_it_is(
    desk: FlaskClient, session: Session, statements: Statements
) -> None:
    above = factories.topic(session, "mobile")
    factories.article(session, topics=[above])
    session.commit()
    few = statements(lambda: desk.get("/admin/topics/"))
    for number in range(40):
        made = factories.topic(session, f"topic-{number}", above if number % 2 else None)
        factories.article(session, f"article-{number}", topics=[made])
    session.commit()
    assert statements(lambda: desk.get("/admin/topics/")) == few


def test_moving_a_topic_works_on_every_database(
    both_databases: str, desk: FlaskClient, session: Session
) -> None:
    mobile, internet = factories.topic(session, "mobile"), factories.topic(session, "internet")
    sim = factories.topic(session, "sim", mobile)
    session.commit()
    seen = hidden(desk.get(f"/admin/topics/{sim.id}"), "version")
    fields = {"names_en": "SIM", "parent": str(internet.id), "version": seen}
    assert desk.post(f"/admin/topics/{sim.id}", data=fields).status_code == 303
    assert tree(session)["sim"] == "internet"
    assert desk.post(f"/admin/topics/{sim.id}", data=fields).status_code == 409
    assert desk.post(f"/admin/topics/{internet.id}/shift", data={"to": "up"}).status_code == 303
    assert next(iter(tree(session))) == "internet" if both_databases == "sqlite" else True
