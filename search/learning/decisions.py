"""What is done about questions without a good answer: an article is begun, or they are set aside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.permissions import WRITE_ARTICLES, require
from kb.structure import Structure
from kb.viewers import Viewer
from search.models import AskedQuestion, GapDecision

NO_PORTAL = ""
"""In place of a portal's key, for what machines ask without one."""

MOST_AT_ONCE = 100
LARGEST_ID = 2**31 - 1


def portals_open_to(viewer: Viewer, structure: Structure) -> frozenset[str]:
    """The portals whose questions this viewer may see: those that they may enter, and none at all."""
    entered = (key for key, site in structure.portals.items() if site.entry_audience in viewer.audiences)
    return frozenset([NO_PORTAL, *entered])


def set_aside(
    session: Session, questions: Iterable[int], *, portals: Collection[str], by: Viewer, now: datetime
) -> int:
    """Say of questions that no article shall answer them; returns how many kinds of question these are.

    Args:
        questions: ids of questions, one for each kind; those that are gone are left out.
        portals: whose questions this person may see.

    Raises:
        NotAllowed: this person does not look after articles.
    """
    return _decide(session, questions, GapDecision.SET_ASIDE, None, portals=portals, by=by, now=now)


def drafted(
    session: Session,
    questions: Iterable[int],
    article_id: int,
    *,
    portals: Collection[str],
    by: Viewer,
    now: datetime,
) -> int:
    """Note that an article was begun to answer questions; the arguments are those of `set_aside`."""
    return _decide(session, questions, GapDecision.DRAFTED, article_id, portals=portals, by=by, now=now)


def show_again(
    session: Session, decisions: Iterable[int], *, portals: Collection[str], by: Viewer
) -> Sequence[GapDecision]:
    """Take decisions back; returns those that are gone with it.

    Raises:
        NotAllowed: this person does not look after articles.
    """
    require(by, WRITE_ARTICLES)
    query = select(GapDecision).where(
        GapDecision.id.in_(_sane(decisions)), GapDecision.portal.in_(sorted(portals))
    )
    found = session.scalars(query).all()
    for decision in found:
        session.delete(decision)
    session.flush()
    return found


def wordings(
    session: Session, questions: Iterable[int], *, portals: Collection[str], most: int
) -> tuple[str, ...]:
    """How questions of these kinds were worded, the newest first, each wording once.

    Args:
        questions: ids of questions, one for each kind.
        most: wordings.
    """
    found: dict[str, None] = {}
    for kind in _kinds(session, questions, portals):
        query = (
            select(AskedQuestion.text)
            .where(
                AskedQuestion.portal == kind.portal,
                AskedQuestion.language == kind.language,
                AskedQuestion.shape == kind.shape,
            )
            .order_by(AskedQuestion.id.desc())
            .limit(most * 5)
        )
        found.update(dict.fromkeys(session.scalars(query)))
    return tuple(found)[:most]


def _decide(
    session: Session,
    questions: Iterable[int],
    state: str,
    article_id: int | None,
    *,
    portals: Collection[str],
    by: Viewer,
    now: datetime,
) -> int:
    require(by, WRITE_ARTICLES)
    kinds = _kinds(session, questions, portals)
    for kind in kinds:
        said = {"text": kind.text, "state": state, "article_id": article_id, "at": now}
        _say(session, {"portal": kind.portal, "language": kind.language, "shape": kind.shape}, said)
    session.flush()
    return len(kinds)


def _say(session: Session, place: Mapping[str, str], said: Mapping[str, Any]) -> None:
    """Of two who decide the same at once, the second changes what the first has said."""
    stored = select(GapDecision).filter_by(**place).with_for_update()
    decision = session.scalars(stored).first()
    if decision is None:
        try:
            with session.begin_nested():
                session.add(GapDecision(**place, **said))
        except IntegrityError:
            decision = session.scalars(stored).one()
    if decision is not None:
        for name, value in said.items():
            setattr(decision, name, value)


def _kinds(session: Session, questions: Iterable[int], portals: Collection[str]) -> list[AskedQuestion]:
    """One question of each kind among these."""
    query = select(AskedQuestion).where(
        AskedQuestion.id.in_(_sane(questions)), AskedQuestion.portal.in_(sorted(portals))
    )
    by_kind = {(one.portal, one.language, one.shape): one for one in session.scalars(query)}
    return list(by_kind.values())


def _sane(ids: Iterable[int]) -> list[int]:
    return [one for one in ids if 0 < one <= LARGEST_ID][:MOST_AT_ONCE]
