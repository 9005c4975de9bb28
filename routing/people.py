"""Those who take contacts: their level, what they can do, for which queues, how much at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.concurrency import refuse_stale
from kb.errors import N_, Invalid
from kb.models import Person
from kb.permissions import require
from kb.viewers import Viewer
from routing.models import Agent, Channel, Queue, Skill
from routing.overflow import FIRST_ORDER, LAST_ORDER
from routing.permissions import DIRECT, TAKE

LEVELS = (1, 2, 3)
MOST_AT_ONCE = 20
USUAL_CAPACITY: Mapping[str, int] = {Channel.PHONE: 1, Channel.CHAT: 2, Channel.MAIL: 5}
"""What somebody new takes at once; a callback counts as a call, a form on the web as a mail."""


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody does.

    Args:
        level: of the chain, 1 to 3.
        is_active: whether they take contacts at all.
        capacity: channel -> how many at once; what is not named is taken like the channel it resembles.
        queues, skills: key -> order, 1 is the best.
    """

    level: int = 1
    is_active: bool = True
    capacity: Mapping[str, int] = field(default_factory=lambda: dict(USUAL_CAPACITY))
    queues: Mapping[str, int] = field(default_factory=dict)
    skills: Mapping[str, int] = field(default_factory=dict)


def every(session: Session, *, like: str = "") -> Sequence[Agent]:
    """All agents by level and name.

    Args:
        like: part of the name; "" for all.
    """
    query = select(Agent).join(Person).order_by(Agent.level, Person.name, Person.id)
    if like:
        query = query.where(Person.name.icontains(like, autoescape=True))
    return session.scalars(query).all()


def candidates(session: Session) -> Sequence[Person]:
    """People whose roles let them take contacts, and who do not yet."""
    taking = select(Agent.person_id)
    query = select(Person).where(Person.is_active, Person.id.not_in(taking)).order_by(Person.name, Person.id)
    return [person for person in session.scalars(query) if TAKE.intersection(person.roles)]


def save(
    session: Session,
    found: Agent | None,
    work: Work,
    *,
    by: Viewer,
    person_id: int = 0,
    seen: str | None = None,
) -> Agent:
    """Let somebody take contacts, or change what they do.

    Args:
        found: None for somebody new, who is then `person_id`.
        seen: the version when the form was opened.

    Raises:
        Invalid: under the name of the field, what is wrong; an order's under "queues_" or "skills_" and its key.
        Conflict: somebody else saved it meanwhile.
    """
    require(by, DIRECT)
    problems = _problems(session, work)
    if found is None:
        person = session.get(Person, person_id)
        if person is None or not TAKE.intersection(person.roles) or session.get(Agent, person_id) is not None:
            problems["person"] = N_(
                "Choose somebody whose role lets them take contacts, and who does not yet."
            )
    if problems:
        raise Invalid(problems)
    if found is None:
        found = Agent(person_id=person_id)
    else:
        refuse_stale(session, found, seen)
    found.level, found.is_active, found.capacity = work.level, work.is_active, dict(work.capacity)
    found.queues, found.skills = dict(work.queues), dict(work.skills)
    session.add(found)
    session.flush()
    return found


def work_of(agent: Agent) -> Work:
    """What an agent does now."""
    return Work(agent.level, agent.is_active, agent.capacity, agent.queues, agent.skills)


def _problems(session: Session, work: Work) -> dict[str, str]:
    problems = {}
    if work.level not in LEVELS:
        problems["level"] = N_("Choose level 1, 2 or 3.")
    for channel, most in work.capacity.items():
        if channel not in {*Channel} or not 0 <= most <= MOST_AT_ONCE:
            problems[f"capacity_{channel}"] = N_("A number from 0 to %(most)s.", most=MOST_AT_ONCE)
    for family, orders, known in (
        ("queues", work.queues, {*session.scalars(select(Queue.key))}),
        ("skills", work.skills, {*session.scalars(select(Skill.key))}),
    ):
        for key, order in orders.items():
            if key not in known or not FIRST_ORDER <= order <= LAST_ORDER:
                problems[f"{family}_{key}"] = N_("Choose an order from A to I.")
    return problems
