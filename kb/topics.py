"""The topic tree: grown, renamed, moved, put in order, cut back."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kb.concurrency import refuse_stale
from kb.errors import N_, Conflict, Invalid
from kb.keys import check_key, texts
from kb.models import ArticleTopic, Portal, Topic
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer

DEEPEST = 12  # levels; nobody finds what lies deeper


def create(
    session: Session, *, key: str, names: Mapping[str, str], parent: Topic | None, by: Viewer
) -> Topic:
    """A new topic, the last below its parent.

    Args:
        key: it stays for ever, because it is part of the address.
        parent: None for the top of the tree.

    Raises:
        Invalid: no name, a key that cannot be used, or a place too deep.
        Conflict: the key is taken.
    """
    require(by, ADMINISTER)
    problems = _problems(session, None, texts(names), parent)
    made = Topic(
        key=check_key(session, Topic.key, key, problems),
        names=texts(names),
        parent_id=parent.id if parent else None,
        position=_end_below(session, parent),
    )
    session.add(made)
    session.flush()
    return made


def change(
    session: Session,
    topic: Topic,
    *,
    names: Mapping[str, str],
    parent: Topic | None,
    by: Viewer,
    seen: str | None = None,
) -> Topic:
    """Rename a topic, and move it with all below it.

    Args:
        parent: the topic that it comes below; None for the top of the tree.
        seen: its version when the form was opened.

    Raises:
        Invalid: no name, or a place below itself or too deep.
        Conflict: somebody else saved it meanwhile.
    """
    require(by, ADMINISTER)
    if problems := _problems(session, topic, texts(names), parent):
        raise Invalid(problems)
    refuse_stale(session, topic, seen)
    topic.names = texts(names)
    if topic.parent_id != (parent.id if parent else None):
        topic.position = _end_below(session, parent)
        topic.parent_id = parent.id if parent else None
    session.flush()
    return topic


def _problems(
    session: Session, topic: Topic | None, names: Mapping[str, str], parent: Topic | None
) -> dict[str, str]:
    problems = {} if names else {"names": N_("Give a name in at least one language.")}
    above = _path(session, parent)
    if topic is not None and topic.id in above:
        problems["parent"] = N_("A topic cannot be moved below itself.")
    elif len(above) + _height(session, topic) > DEEPEST:
        problems["parent"] = N_("The tree can have at most %(most)s levels.", most=DEEPEST)
    return problems


def _path(session: Session, topic: Topic | None) -> list[int]:
    """Ids from this topic up to the top; on PostgreSQL the tree is held until the end of the transaction."""
    parents = dict(session.execute(select(Topic.id, Topic.parent_id).with_for_update()).all())
    path: list[int] = []
    at = topic.id if topic else None
    while at is not None and at not in path:
        path.append(at)
        at = parents.get(at)
    return path


def _height(session: Session, topic: Topic | None) -> int:
    """How many levels this topic and what is below it take."""
    height, level = 1, [topic.id] if topic else []
    while level := list(session.scalars(select(Topic.id).where(Topic.parent_id.in_(level)))):
        height += 1
    return height


def _end_below(session: Session, parent: Topic | None) -> int:
    last = session.scalar(select(func.max(Topic.position)).where(_below(parent.id if parent else None)))
    return 0 if last is None else last + 1


def _below(parent_id: int | None) -> ColumnElement[bool]:
    return Topic.parent_id.is_(None) if parent_id is None else Topic.parent_id == parent_id


def shift(session: Session, topic: Topic, steps: int, *, by: Viewer) -> None:
    """Move a topic up (negative) or down among its neighbours; at the end of the row it stays."""
    require(by, ADMINISTER)
    query = select(Topic).where(_below(topic.parent_id)).order_by(Topic.position, Topic.id).with_for_update()
    row = list(session.scalars(query))
    place = row.index(topic)
    row.insert(min(max(place + steps, 0), len(row) - 1), row.pop(place))
    for position, neighbour in enumerate(row):
        neighbour.position = position
    session.flush()


def delete(session: Session, topic: Topic, *, by: Viewer, articles_to_parent: bool = False) -> None:
    """Remove a topic that has nothing below it.

    Args:
        articles_to_parent: move its articles to the topic above first.

    Raises:
        Conflict: there are topics below it, articles in it that are not to be moved, or a portal shows it.
    """
    require(by, ADMINISTER)
    if session.scalar(select(Topic.id).where(Topic.parent_id == topic.id).limit(1)):
        raise Conflict(N_("There are topics below this one: move or delete them first."))
    # a portal without topics shows all of them: taking the last one away from it here would open it wide
    if portals := [
        key for key, keys in session.execute(select(Portal.key, Portal.topics)) if topic.key in keys
    ]:
        raise Conflict(
            N_("It is chosen in the portals %(keys)s: take it out there first.", keys=", ".join(portals))
        )
    placed = session.scalars(select(ArticleTopic).where(ArticleTopic.topic_id == topic.id)).all()
    if placed and not (articles_to_parent and topic.parent_id):
        raise Conflict(N_("There are articles in this topic: move them first."))
    for place in placed:
        _move_up(session, place, topic)
    session.flush()
    session.delete(topic)
    session.flush()


def _move_up(session: Session, place: ArticleTopic, topic: Topic) -> None:
    if session.get(ArticleTopic, (place.article_id, topic.parent_id)):
        session.delete(place)
    else:
        place.topic_id = topic.parent_id or 0
