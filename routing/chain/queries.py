"""Reads of the chain: what waits for a decision, what was decided, and how much is kept from climbing, by queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from routing.chain.models import Escalation, NeedState, Outcome, TrainingNeed
from routing.lifecycle import OPEN
from routing.models import Agent, Contact, Queue

MOST_SHOWN = 100
_WHOLE = (
    joinedload(Escalation.contact, innerjoin=True).joinedload(Contact.queue, innerjoin=True),
    joinedload(Escalation.contact, innerjoin=True).joinedload(Contact.customer),
    joinedload(Escalation.by),
    joinedload(Escalation.decided_by),
)


@dataclass(frozen=True, slots=True)
class Climb:
    """How much of a queue climbed the chain in some time.

    Args:
        contacts: that came.
        sent: times that one was escalated.
        avoided: times that an answer at the brink helped instead.
        decided_s: from an escalation to its decision, in seconds, on average; None where nothing was decided.
    """

    queue: Queue
    contacts: int
    sent: int
    avoided: int
    decided_s: float | None

    @property
    def avoided_share(self) -> float | None:
        """Of all that stood at the brink; None where nobody did."""
        brink = self.sent + self.avoided
        return self.avoided / brink if brink else None

    @property
    def climbed_share(self) -> float | None:
        """Of the contacts that came; None where none came."""
        return self.sent / self.contacts if self.contacts else None


def undecided(session: Session) -> Sequence[Escalation]:
    """Escalations that wait for a decision, the highest priority and then the oldest first."""
    query = (
        select(Escalation)
        .join(Escalation.contact)
        .where(Escalation.state == Outcome.SENT, Contact.state.in_(OPEN))
        .options(*_WHOLE)
        .order_by(Contact.priority.desc(), Escalation.at, Escalation.id)
        .limit(MOST_SHOWN)
    )
    return session.scalars(query).unique().all()


def decided(session: Session) -> Sequence[Escalation]:
    """Those that were decided last, the newest first."""
    over = [Outcome.ANSWERED, Outcome.HANDED_ON, Outcome.GIVEN_BACK]
    query = (
        select(Escalation)
        .where(Escalation.state.in_(over))
        .options(*_WHOLE)
        .order_by(Escalation.decided_at.desc(), Escalation.id.desc())
        .limit(MOST_SHOWN)
    )
    return session.scalars(query).unique().all()


def climbs(session: Session, since: datetime) -> list[Climb]:
    """Each queue with how much of it climbed: three queries over what happened since then."""
    arrived = select(Contact.queue_id, func.count().label("contacts")).where(Contact.came_at >= since)
    came = {row.queue_id: row.contacts for row in session.execute(arrived.group_by(Contact.queue_id))}
    counted: dict[int, list[int]] = {}
    spans: dict[int, list[float]] = {}
    query = select(Escalation.queue_id, Escalation.state, Escalation.at, Escalation.decided_at)
    for queue_id, state, at, decided_at in session.execute(query.where(Escalation.at >= since)):
        counts = counted.setdefault(queue_id, [0, 0])
        counts[state == Outcome.AVOIDED] += 1
        if state != Outcome.AVOIDED and decided_at is not None:
            spans.setdefault(queue_id, []).append((decided_at - at).total_seconds())
    found = []
    for queue in session.scalars(select(Queue).order_by(Queue.position, Queue.id)):
        took = spans.get(queue.id, [])
        sent, avoided = counted.get(queue.id, (0, 0))
        mean = sum(took) / len(took) if took else None
        found.append(Climb(queue, came.get(queue.id, 0), sent, avoided, mean))
    return found


def agents_above(session: Session, level: int) -> Sequence[Agent]:
    """Those who can be asked from a level of the chain, by level and name."""
    query = select(Agent).where(Agent.is_active, Agent.level >= max(level, 2))
    agents = [agent for agent in session.scalars(query) if agent.person.is_active]
    return sorted(agents, key=lambda agent: (agent.level, agent.person.name.casefold()))


def needs(session: Session) -> Sequence[TrainingNeed]:
    """What is to be learned: what is still open first, then the newest."""
    query = (
        select(TrainingNeed)
        .options(joinedload(TrainingNeed.queue, innerjoin=True), joinedload(TrainingNeed.by))
        .order_by(TrainingNeed.state == NeedState.DONE, TrainingNeed.at.desc(), TrainingNeed.id.desc())
        .limit(MOST_SHOWN)
    )
    return session.scalars(query).all()
