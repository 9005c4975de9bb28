"""A dry run: the contacts of a day played once as the floor is arranged now, and once as it would be.

Both go through the very same matching (`routing.playing_out`), so that they differ in nothing but the arrangement.
Contacts come when they came, with the handling times that they had. Who gave up is as patient as they were; who was
answered would have waited at least so long, and on from there as an exponential time with the mean that the day itself
tells: all waiting over the number who gave up, the maximum likelihood where most are censored (Brown et al. 2005,
"Statistical analysis of a telephone call center", section 5). Letters and callbacks have all the patience there is.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.permissions import require
from kb.viewers import Viewer
from routing import people, queues
from routing.events import Happening
from routing.floor import base, overflow_of
from routing.lifecycle import State
from routing.matching import ANY_LANGUAGE
from routing.models import Agent, Channel, Contact, ContactEvent, Standing
from routing.overflow import Overflow, Step, Way
from routing.permissions import DIRECT
from routing.playing_out import Coming, Fate, Outcome, Rostered, Shift, play_out

IMPATIENT = frozenset({Channel.PHONE, Channel.CHAT, Channel.IVR})
HERE = frozenset({Standing.AVAILABLE, Standing.AFTER_CALL})
USUAL_HANDLING_S = 300.0
"""Where nobody answered anything that day."""
MOST_CONTACTS = 5_000
ENDINGS = (Happening.RESOLVED, Happening.ESCALATED, Happening.MOVED, Happening.CAME_BACK)
TOLD = (Happening.CAME, Happening.ACCEPTED, *ENDINGS)


@dataclass(frozen=True, slots=True)
class Change:
    """What would be otherwise.

    Args:
        steps: queue -> its steps, as they would be kept.
        orders: agent -> (queues, skills), each key -> order.
    """

    steps: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    orders: Mapping[int, tuple[Mapping[str, int], Mapping[str, int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rehearsal:
    """What became of a day's contacts, in truth and in two plays.

    Args:
        real: as it was.
        before: played as the floor is arranged now.
        after: played as it would be.
        left_out: how many contacts were too many to play.
    """

    real: Outcome
    before: Outcome
    after: Outcome
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class _Lived:
    """A contact as it was."""

    contact: Contact
    queue: str
    came_s: float
    answered_s: float | None
    ended_s: float | None
    agent: int | None


def rehearse(
    session: Session, begin: datetime, end: datetime, change: Change, *, by: Viewer, seed: int = 0
) -> Rehearsal:
    """Play the contacts that came from `begin` to before `end`.

    Args:
        seed: of the patience that is drawn, and of what settles between agents.

    Raises:
        NotAllowed: this viewer does not arrange the floor.
    """
    require(by, DIRECT)
    lived, left_out = _lived(session, begin, end)
    agents = people.every(session)
    shifts = _shifts(session, begin, end, lived)
    arrivals = _arrivals(lived, seed)
    now = [_rostered(agent, shifts, agent.queues, agent.skills) for agent in agents if agent.is_active]
    then = [
        _rostered(agent, shifts, *change.orders.get(agent.person_id, (agent.queues, agent.skills)))
        for agent in agents
        if agent.is_active
    ]
    plans = {queue.key: overflow_of(queue) for queue in queues.every(session)}
    changed = plans | {key: _overflow(key, steps) for key, steps in change.steps.items()}
    return Rehearsal(
        Outcome(tuple(map(_fate, lived))),
        play_out(arrivals, now, plans, seed),
        play_out(arrivals, then, changed, seed),
        left_out,
    )


def _lived(session: Session, begin: datetime, end: datetime) -> tuple[list[_Lived], int]:
    query = select(Contact).where(Contact.came_at >= begin, Contact.came_at < end).order_by(Contact.came_at)
    contacts = session.scalars(query).all()
    played = contacts[:MOST_CONTACTS]
    told: dict[int | None, list[ContactEvent]] = defaultdict(list)
    until = end + timedelta(days=1)  # what came late in the day ends after it
    events = select(ContactEvent).where(
        ContactEvent.kind.in_(TOLD), ContactEvent.at >= begin, ContactEvent.at < until
    )
    for event in session.scalars(events.order_by(ContactEvent.id)):
        told[event.contact_id].append(event)
    return [_one(contact, told[contact.id], begin) for contact in played], len(contacts) - len(played)


def _one(contact: Contact, told: Sequence[ContactEvent], begin: datetime) -> _Lived:
    """Its first answer, and where that piece of work ended."""
    came = next((event for event in told if event.kind == Happening.CAME), None)
    first = next((event for event in told if event.kind == Happening.ACCEPTED), None)
    after = next((event for event in told if first and event.id > first.id and event.kind in ENDINGS), None)
    ended_at = after.at if after else contact.ended_at
    return _Lived(
        contact,
        came.said.get("queue", contact.queue.key) if came else contact.queue.key,
        (contact.came_at - begin).total_seconds(),
        (first.at - begin).total_seconds() if first else None,
        (ended_at - begin).total_seconds() if ended_at else None,
        first.person_id if first else None,
    )


def _fate(one: _Lived) -> Fate:
    if one.answered_s is not None:
        handled_s = max((one.ended_s or one.answered_s) - one.answered_s, 0)
        return Fate(one.queue, max(one.answered_s - one.came_s, 0), one.agent or 0, 1, handled_s)
    gave_up = one.contact.state == State.ABANDONED and one.ended_s is not None
    return Fate(one.queue, max((one.ended_s or 0) - one.came_s, 0) if gave_up else math.inf)


def _arrivals(lived: Sequence[_Lived], seed: int) -> list[Coming]:
    fates = [_fate(one) for one in lived]
    handled = [fate.handled_s for fate in fates if fate.handled_s > 0]
    usual_s = median(handled) if handled else USUAL_HANDLING_S
    waited_s = [
        fate.waited_s
        for one, fate in zip(lived, fates, strict=True)
        if one.contact.channel in IMPATIENT and math.isfinite(fate.waited_s)
    ]
    gave_up = sum(
        fate.agent is None and math.isfinite(fate.waited_s) and one.contact.channel in IMPATIENT
        for one, fate in zip(lived, fates, strict=True)
    )
    mean_s = max(sum(waited_s) / gave_up, 1.0) if gave_up else math.inf
    drawn = random.Random(seed)  # noqa: S311 - the same patience in both plays, and in the next
    arrivals = []
    for one, fate in zip(lived, fates, strict=True):
        patience_s = fate.waited_s if fate.agent is None else fate.waited_s + drawn.expovariate(1) * mean_s
        if one.contact.channel not in IMPATIENT:
            patience_s = math.inf
        arrivals.append(
            Coming(
                one.came_s,
                one.queue,
                fate.handled_s or usual_s,
                patience_s,
                one.contact.channel,
                frozenset(one.contact.skills),
                base(one.contact.language),
                one.contact.priority,
            )
        )
    return arrivals


def _shifts(
    session: Session, begin: datetime, end: datetime, lived: Sequence[_Lived]
) -> dict[int, tuple[Shift, ...]]:
    """When each agent was there to be asked, as presence tells; of whom it tells nothing, from first to last answer."""
    query = select(ContactEvent).where(
        ContactEvent.kind == Happening.PRESENCE,
        ContactEvent.at >= begin - timedelta(days=1),
        ContactEvent.at < end,
    )
    length_s = (end - begin).total_seconds()
    since: dict[int, float] = {}
    found: dict[int, list[Shift]] = defaultdict(list)
    told: set[int] = set()
    for event in session.scalars(query.order_by(ContactEvent.id)):
        if event.person_id is None:
            continue
        at_s = max((event.at - begin).total_seconds(), 0)
        told.add(event.person_id)
        if event.said.get("standing") in HERE:
            since.setdefault(event.person_id, at_s)
        elif (began_s := since.pop(event.person_id, None)) is not None and at_s > began_s:
            found[event.person_id].append(Shift(began_s, at_s))
    for person_id, began_s in since.items():
        found[person_id].append(Shift(began_s, length_s))
    for one in lived:
        if one.agent is not None and one.agent not in told and one.answered_s is not None:
            ends_s = max(one.ended_s or 0, one.answered_s) + 1
            own = found[one.agent]
            own[:] = [
                Shift(
                    min([one.answered_s, *(s.since_s for s in own)]), max([ends_s, *(s.until_s for s in own)])
                )
            ]
    return {person_id: _joined(shifts) for person_id, shifts in found.items()}


def _joined(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    """Without overlaps."""
    joined: list[Shift] = []
    for shift in sorted(shifts):
        if joined and shift.since_s <= joined[-1].until_s:
            joined[-1] = Shift(joined[-1].since_s, max(joined[-1].until_s, shift.until_s))
        else:
            joined.append(shift)
    return tuple(joined)


def _rostered(
    agent: Agent,
    shifts: Mapping[int, tuple[Shift, ...]],
    in_queues: Mapping[str, int],
    skills: Mapping[str, int],
) -> Rostered:
    languages = frozenset(map(base, agent.person.languages)) or frozenset({ANY_LANGUAGE})
    own = shifts.get(agent.person_id, ())
    return Rostered(agent.person_id, in_queues, skills, languages, agent.capacity, own)


def _overflow(queue: str, steps: Sequence[Mapping[str, Any]]) -> Overflow:
    return Overflow(
        queue,
        tuple(
            Step(step["after_s"], Way(step["queue"], step["order"], step.get("skilled", True)))
            for step in steps
        ),
    )
