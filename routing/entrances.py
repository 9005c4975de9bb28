"""Ways in: which number, address or form, with which choice, leads to which queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import texts
from kb.concurrency import refuse_stale
from kb.errors import N_, Invalid
from kb.languages import is_language
from kb.models import Portal
from kb.permissions import require
from kb.viewers import Viewer
from routing.arrivals import LONGEST_ADDRESS, priority_problem
from routing.models import Channel, Entrance, Queue, Skill
from routing.permissions import DIRECT

LONGEST_CHOICE = 16


@dataclass(frozen=True, slots=True)
class WayIn:
    """What a way in is to be.

    Args:
        channel: by which contacts come.
        address: the number or mail address that was called, or the name of a form.
        queue: key of the queue it leads to.
        choice: the digit of a menu; "" for whatever nothing else is said of.
        language: of those who come this way; "" where that is not known.
        skills: keys of what their agent must be able to do.
        portal: key of the portal whose articles they are sent; "" for none.
    """

    channel: str
    address: str
    queue: str
    choice: str = ""
    language: str = ""
    priority: int = 0
    skills: Sequence[str] = ()
    portal: str = ""


def every(session: Session) -> Sequence[Entrance]:
    """All of them, those of one number together."""
    order = (Entrance.channel, Entrance.address, Entrance.choice)
    return session.scalars(select(Entrance).order_by(*order)).all()


def save(
    session: Session, found: Entrance | None, way: WayIn, *, by: Viewer, seen: str | None = None
) -> Entrance:
    """Make or change a way in.

    Args:
        found: None for a new one.
        seen: its version when the form was opened.

    Raises:
        Invalid: under the name of the field, what is wrong.
        Conflict: somebody else saved it meanwhile.
    """
    require(by, DIRECT)
    queue = session.scalars(select(Queue).where(Queue.key == way.queue)).first()
    problems = _problems(session, found, way)
    if queue is None:
        problems["queue"] = N_("There is no such queue.")
    if problems or queue is None:
        raise Invalid(problems)
    if found is None:
        found = Entrance()
    else:
        refuse_stale(session, found, seen)
    found.channel, found.address, found.choice = way.channel, way.address.strip(), way.choice.strip()
    found.queue_id, found.language, found.priority = queue.id, way.language, way.priority
    found.skills, found.portal = sorted(set(way.skills)), way.portal
    session.add(found)
    session.flush()
    return found


def delete(session: Session, entrance: Entrance, *, by: Viewer) -> None:
    """Remove a way in; contacts that came by it stay where they are."""
    require(by, DIRECT)
    session.delete(entrance)
    session.flush()


def _problems(session: Session, found: Entrance | None, way: WayIn) -> dict[str, str]:
    problems = {}
    if way.channel not in {*Channel}:
        problems["channel"] = N_("This is no channel.")
    for name, value, most in (
        ("address", way.address.strip(), LONGEST_ADDRESS),
        ("choice", way.choice.strip(), LONGEST_CHOICE),
    ):
        if reason := texts.problem(value, most):
            problems[name] = reason
    if not way.address.strip():
        problems["address"] = N_("Give the number or address that they call or write to.")
    if way.language and not is_language(way.language):
        problems["language"] = N_("This is no language code.")
    if reason := priority_problem(way.priority):
        problems["priority"] = reason
    unknown = {*way.skills} - {*session.scalars(select(Skill.key))}
    if unknown:
        problems["skills"] = N_("There is no skill %(key)s.", key=min(unknown)[:64])
    if way.portal and way.portal not in {*session.scalars(select(Portal.key))}:
        problems["portal"] = N_("There is no such portal.")
    if not problems:
        same = select(Entrance.id).where(
            Entrance.channel == way.channel,
            Entrance.address == way.address.strip(),
            Entrance.choice == way.choice.strip(),
        )
        taken = session.scalar(same)
        if taken is not None and (found is None or taken != found.id):
            problems["choice"] = N_("This address and choice lead somewhere already.")
    return problems
