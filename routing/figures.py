"""How the floor is doing, counted by the database: what is open now, how a day went by interval, who is there.

Three queries whatever the floor's size: the wall asks them every few seconds, and the report of a day asks one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, Integer, and_, case, cast, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kb.models import Person
from routing.chain.models import Escalation, Outcome
from routing.lifecycle import OPEN, WAITS, State
from routing.models import Agent, Contact, Presence, Queue, Standing, is_due
from routing.tally import Counts

SLOT_S = 900
"""An interval, in seconds; all time zones begin their days at one."""
RECENT = timedelta(minutes=30)
"""What "now" means for a service level."""
KEPT_FOR = timedelta(seconds=4)
_CLIMBED = select(Escalation.contact_id).where(Escalation.state != Outcome.AVOIDED)


class _Seconds(FunctionElement[float]):
    """A moment as seconds since 1970; whole ones on SQLite, as those of the clock of the house are."""

    type = Float()
    inherit_cache = True


class _Slot(FunctionElement[int]):
    """The interval that a moment lies in, by its place since 1970."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Seconds, "sqlite")
def _unix(element: _Seconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(_Seconds, "postgresql")
def _epoch(element: _Seconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)}) AS DOUBLE PRECISION)"


@compiles(_Slot, "sqlite")
def _whole(element: _Slot, compiler: SQLCompiler, **options: Any) -> str:
    return f"(CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER) / {SLOT_S})"


@compiles(_Slot, "postgresql")
def _floored(element: _Slot, compiler: SQLCompiler, **options: Any) -> str:
    inner = compiler.process(element.clauses, **options)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {inner}) / {SLOT_S}) AS BIGINT)"


@dataclass(frozen=True, slots=True)
class Counted:
    """The contacts of a queue that came within an interval and are at a level of the chain."""

    queue_id: int
    level: int
    begins: datetime
    counts: Counts


@dataclass(frozen=True, slots=True)
class Open:
    """What is open in a queue now.

    Args:
        waiting: for whoever takes them, escalated ones as well.
        waiting_from: since when the first of them.
        escalated: of those who wait, above the first level.
        talking: with an agent.
        writing: being written up.
        overdue: past what their queue promises, for an answer or for the end.
    """

    waiting: int = 0
    waiting_from: datetime | None = None
    escalated: int = 0
    talking: int = 0
    writing: int = 0
    overdue: int = 0


def by_interval(session: Session, since: datetime, until: datetime, now: datetime) -> list[Counted]:
    """What became of the contacts that came within some time, by interval, queue and level: one query.

    Args:
        since, until: the first moment, and the first after it.
        now: what still waits has waited until now.
    """
    came, answered, ended = (
        _Seconds(column) for column in (Contact.waited_from, Contact.answered_at, Contact.ended_at)
    )
    waited_s = answered - came
    is_answered, is_resolved = Contact.answered_at.is_not(None), Contact.state == State.RESOLVED
    is_late = now.timestamp() - came > Queue.level_s
    slot = _Slot(Contact.came_at)
    query = (
        select(
            Contact.queue_id,
            Contact.level,
            slot,
            func.count(),
            func.count(Contact.answered_at),
            _many(and_(is_answered, waited_s <= Queue.level_s)),
            _many(or_(is_answered, Contact.ended_at.is_not(None), is_late)),
            _many(Contact.state == State.ABANDONED),
            _many(is_resolved),
            _many(and_(is_resolved, Contact.solved_kind != "")),
            _many(or_(Contact.level > 1, Contact.id.in_(_CLIMBED))),
            func.coalesce(func.sum(waited_s), 0.0),
            func.coalesce(func.sum(case((and_(is_resolved, is_answered), ended - answered))), 0.0),
        )
        .join(Queue, Queue.id == Contact.queue_id)
        .where(Contact.came_at >= since, Contact.came_at < until)
        .group_by(Contact.queue_id, Contact.level, slot)
        .order_by(slot)
    )
    return [
        Counted(queue_id, level, datetime.fromtimestamp(place * SLOT_S, UTC), Counts(*counts))
        for queue_id, level, place, *counts in session.execute(query)
    ]


def open_now(session: Session, now: datetime) -> dict[int, Open]:
    """What is open in each queue that has anything open: one query over what is open alone."""
    waits = and_(Contact.state.in_(WAITS), is_due(now))
    late = or_(and_(Contact.answered_at.is_(None), Contact.answer_due_at < now), Contact.resolve_due_at < now)
    query = (
        select(
            Contact.queue_id,
            _many(waits),
            func.min(case((waits, Contact.waited_from))),
            _many(Contact.state == State.ESCALATED),
            _many(Contact.state == State.ACTIVE),
            _many(Contact.state == State.WRAP_UP),
            _many(late),
        )
        .where(Contact.state.in_(OPEN))
        .group_by(Contact.queue_id)
    )
    return {queue_id: Open(*counts) for queue_id, *counts in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody who takes contacts, as the wall shows them; with what they have at hand.

    Args:
        standing: what they are doing, since `since`.
        holds: contacts that they talk to, write up or are asked to take.
    """

    person_id: int
    name: str
    level: int
    queues: Mapping[str, int]
    standing: str
    reason: str
    since: datetime | None
    holds: int


def agents(session: Session) -> Sequence[Here]:
    """All who take contacts, those who are here first: one query."""
    held = (
        select(Contact.agent_id, func.count().label("count"))
        .where(Contact.agent_id.is_not(None), Contact.state.in_(OPEN - WAITS))
        .group_by(Contact.agent_id)
        .subquery()
    )
    standing = func.coalesce(Presence.standing, Standing.AWAY.value)
    query = (
        select(
            Agent.person_id, Person.name, Agent.level, Agent.queues, standing, Presence.reason, Presence.since
        )
        .add_columns(func.coalesce(held.c.count, 0))
        .join(Person, Person.id == Agent.person_id)
        .outerjoin(Presence, Presence.person_id == Agent.person_id)
        .outerjoin(held, held.c.agent_id == Agent.person_id)
        .where(Agent.is_active, Person.is_active)
        .order_by(case((standing == Standing.AWAY, 1), else_=0), Agent.level, Person.name, Agent.person_id)
    )
    return [
        Here(row[0], row[1], row[2], row[3], row[4], row[5] or "", row[6], row[7])
        for row in session.execute(query)
    ]


class Today:
    """The day's counts of a process, counted anew when a few seconds are over, however many walls ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: tuple[datetime, datetime] | None = None
        self._counted: Sequence[Counted] = ()

    def of(self, session: Session, since: datetime, now: datetime) -> Sequence[Counted]:
        """What became of those that came since the beginning of the day."""
        with self._lock:
            if self._of is None or self._of[0] != since or not self._of[1] <= now < self._of[1] + KEPT_FOR:
                self._counted = by_interval(session, since, now + timedelta(seconds=1), now)
                self._of = since, now
            return self._counted


def _many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)
