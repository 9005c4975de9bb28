"""What the pages that arrange the floor read: how queues are doing, and what leads where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from routing.lifecycle import WAITS
from routing.models import Contact, Presence, Queue, is_due


@dataclass(frozen=True, slots=True)
class Doing:
    """How a queue is doing.

    Args:
        waiting: how many wait now.
        waiting_from: since when the first of them.
        came: how many came since the beginning of the day.
        in_time: how many of those were answered within the queue's time.
        due: how many of those were answered, gave up, or have waited longer than that: of which `in_time` is a share.
    """

    waiting: int = 0
    waiting_from: datetime | None = None
    came: int = 0
    in_time: int = 0
    due: int = 0

    @property
    def level(self) -> float | None:
        """The service level of the day, 0 to 1; None where nothing was due yet."""
        return self.in_time / self.due if self.due else None


def doing(
    session: Session, queues: Mapping[int, Queue], *, since: datetime, now: datetime
) -> dict[int, Doing]:
    """How each queue is doing.

    Args:
        queues: id -> queue.
        since: when the day began.
    """
    wait = select(Contact.queue_id, func.count(), func.min(Contact.waited_from)).where(
        Contact.state.in_(WAITS), is_due(now)
    )
    waiting = {row[0]: (row[1], row[2]) for row in session.execute(wait.group_by(Contact.queue_id))}
    columns = (Contact.queue_id, Contact.waited_from, Contact.answered_at, Contact.ended_at)
    came: dict[int, list[int]] = {}
    for queue_id, waited_from, answered_at, ended_at in session.execute(
        select(*columns).where(Contact.came_at >= since, Contact.came_at <= now)
    ):
        counts = came.setdefault(queue_id, [0, 0, 0])
        level_s = queues[queue_id].level_s
        waited_s = ((answered_at or ended_at or now) - waited_from).total_seconds()
        is_in_time = answered_at is not None and waited_s <= level_s
        counts[0] += 1
        counts[1] += is_in_time
        counts[2] += answered_at is not None or ended_at is not None or waited_s > level_s
    return {
        queue_id: Doing(*waiting.get(queue_id, (0, None)), *came.get(queue_id, (0, 0, 0)))
        for queue_id in queues
    }


def standings(session: Session) -> dict[int, Presence]:
    """What each agent is doing now; nobody of whom nothing is known."""
    return {presence.person_id: presence for presence in session.scalars(select(Presence))}
