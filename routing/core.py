"""Who says where a contact should go: the protocol of a routing core, and how the house follows what one proposes.

The house asks before the contact comes, and matches it to people itself. What it does not know of a proposal, as a
queue that was closed for good, it leaves out and says so in the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol, cast

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.arrivals import Arrival, priority_problem
from routing.models import Queue, Skill

log = structlog.get_logger(__name__)

LEVELS = (1, 2, 3)
LONGEST_SUMMARY = 1_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a contact should go; what is empty is left as it came.

    Args:
        by: who proposes it.
        queue: key of a queue.
        level: of the chain: 1 in front, 2 supervisors, 3 specialists; 0 for no opinion.
        skills: keys of further skills that its agent must have.
        priority: 0 is usual, up to 9.
        summary: what the agent should know first.
        why: the reasons, as a sentence.
    """

    by: str
    queue: str = ""
    level: int = 0
    skills: Sequence[str] = ()
    priority: int | None = None
    summary: str = ""
    why: str = ""


class Core(Protocol):
    """Proposes where contacts should go."""

    def propose(self, session: Session, arrival: Arrival) -> Proposal | None:
        """What it makes of a contact that comes; None for no opinion. It never raises, and never takes long."""


def of_this_process() -> Core:
    """Whom the application asks."""
    return cast(Core, current_app.extensions["routing core"])


class FirstOf:
    """Asks one core after another until one has an opinion."""

    def __init__(self, cores: Sequence[Core]) -> None:
        self._cores = cores

    def propose(self, session: Session, arrival: Arrival) -> Proposal | None:
        """What the first of them says that says anything."""
        return next(filter(None, (core.propose(session, arrival) for core in self._cores)), None)


def followed(session: Session, arrival: Arrival, proposal: Proposal) -> Arrival:
    """The arrival as it is proposed, as far as the house knows what is meant."""
    queue = select(Queue.key).where(Queue.is_active, Queue.key == proposal.queue)
    skills = select(Skill.key).where(Skill.key.in_(proposal.skills))
    known = replace(
        proposal,
        queue=session.scalar(queue) or "",
        level=proposal.level if proposal.level in LEVELS else 0,
        skills=session.scalars(skills.order_by(Skill.key)).all(),
        priority=None
        if proposal.priority is None or priority_problem(proposal.priority)
        else proposal.priority,
        summary=proposal.summary[:LONGEST_SUMMARY],
        why=proposal.why[:LONGEST_SUMMARY],
    )
    proposed = {name: value for name, value in asdict(known).items() if value not in ("", None, 0, [])}
    unknown = sorted(
        name for name, value in asdict(proposal).items() if name in _PLACES and value != getattr(known, name)
    )
    if unknown:
        log.warning("a proposal was followed in part", by=proposal.by, unknown=unknown)
    return replace(
        arrival,
        queue=known.queue or arrival.queue,
        level=known.level or arrival.level,
        skills=sorted({*arrival.skills, *known.skills}),
        priority=known.priority if known.priority is not None else arrival.priority,
        proposed=proposed | ({"unknown": unknown} if unknown else {}),
    )


_PLACES = ("queue", "level", "skills", "priority")
