"""Queues: where contacts wait, when they are open, who is asked after how long, what is due when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import holidays
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kb import texts
from kb.concurrency import refuse_stale
from kb.errors import N_, Conflict, Invalid
from kb.keys import check_key
from kb.keys import texts as kept_texts
from kb.permissions import require
from kb.viewers import Viewer
from routing.arrivals import HIGHEST_PRIORITY
from routing.hours import Hours, Span, Unopened
from routing.models import Agent, Channel, Contact, Entrance, Queue
from routing.overflow import FIRST_ORDER, LAST_ORDER
from routing.permissions import DIRECT

LONGEST_NAME, LONGEST_MESSAGE = 120, 1_000
MOST_STEPS, MOST_TARGETS, MOST_DAYS = 12, 24, 400
LONGEST_WAIT_S = 7 * 86_400
LONGEST_DUE_S = 90 * 86_400
SHORTEST_OFFER_S, LONGEST_OFFER_S = 5, 600
LONGEST_WRAP_UP_S = 7_200


@dataclass(frozen=True, slots=True)
class Plan:
    """What a queue is to be; the shapes of `hours`, `steps` and `targets` are those of `routing.models.Queue`.

    Args:
        names: language -> name.
        position: queues stand in this order.
        level_share: of all who come, 0 to 1, is to be answered within `level_s` seconds.
        offer_s: how long somebody has to take an offer, in seconds.
        wrap_up_s: how long there is for writing up, in seconds.
        messages: language -> what everybody who waits is told, until `messages_until`.
        fallback: key of the queue that takes what nobody here serves; "" for none.
    """

    names: Mapping[str, str]
    position: int = 0
    is_active: bool = True
    hours: Mapping[str, Any] = field(default_factory=dict)
    steps: Sequence[Mapping[str, Any]] = ()
    targets: Sequence[Mapping[str, Any]] = ()
    level_share: float = 0.85
    level_s: int = 60
    offer_s: int = 20
    wrap_up_s: int = 120
    messages: Mapping[str, str] = field(default_factory=dict)
    messages_until: datetime | None = None
    fallback: str = ""


def every(session: Session) -> Sequence[Queue]:
    """All queues in their order."""
    return session.scalars(select(Queue).order_by(Queue.position, Queue.id)).all()


def save(
    session: Session, found: Queue | None, plan: Plan, *, by: Viewer, key: str = "", seen: str | None = None
) -> Queue:
    """Make or change a queue; its steps are kept in the order of their times.

    Args:
        found: None for a new one.
        key: of a new one; it stays for ever, because numbers, agents and other queues refer to it.
        seen: its version when the form was opened.

    Raises:
        Invalid: under the name of the field, what is wrong; a step's under "step0_queue" and alike.
        Conflict: the key is taken, or somebody else saved it meanwhile.
    """
    require(by, DIRECT)
    known = {queue.key: queue for queue in every(session)}
    own = found.key if found else key.strip()
    problems = {
        **_plain_problems(plan),
        **hours_problems(plan.hours),
        **step_problems(plan.steps, {*known, own}),
        **_target_problems(plan.targets),
        **_fallback_problems(plan.fallback, own, known),
    }
    if found is None:
        found = Queue(key=check_key(session, Queue.key, key, problems))
    elif problems:
        raise Invalid(problems)
    else:
        refuse_stale(session, found, seen)
    found.names, found.messages = kept_texts(plan.names), kept_texts(plan.messages)
    found.position, found.is_active = plan.position, plan.is_active
    found.hours = dict(plan.hours)
    found.steps = sorted((dict(step) for step in plan.steps), key=lambda step: step["after_s"])
    found.targets = [dict(target) for target in plan.targets]
    found.level_share, found.level_s = plan.level_share, plan.level_s
    found.offer_s, found.wrap_up_s = plan.offer_s, plan.wrap_up_s
    found.messages_until = plan.messages_until if found.messages else None
    found.fallback_id = known[plan.fallback].id if plan.fallback else None
    session.add(found)
    session.flush()
    return found


def delete(session: Session, queue: Queue, *, by: Viewer) -> None:
    """Remove a queue that nothing ever came to.

    Raises:
        Conflict: contacts came to it, a way in leads to it, or another queue's steps ask its agents.
    """
    require(by, DIRECT)
    if session.scalar(select(exists().where(Contact.queue_id == queue.id))):
        raise Conflict(N_("Contacts came to this queue, and they keep it. Put it out of use instead."))
    if session.scalar(select(exists().where(Entrance.queue_id == queue.id))):
        raise Conflict(N_("A way in leads to this queue. Let it lead elsewhere first."))
    others = [one for one in every(session) if one.id != queue.id]
    asking = next((one for one in others if any(step["queue"] == queue.key for step in one.steps)), None)
    if asking is not None:
        raise Conflict(N_("The overflow of %(key)s asks agents of this queue.", key=asking.key))
    for agent in session.scalars(select(Agent)):
        if queue.key in agent.queues:
            agent.queues = {key: order for key, order in agent.queues.items() if key != queue.key}
    session.delete(queue)
    session.flush()


def hours_problems(hours: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a calendar as it would be kept, by field; nothing with none."""
    if not hours:
        return {}
    problems = {}
    try:
        Hours(
            hours["zone"],
            tuple(tuple(Span(*span) for span in spans) for spans in hours["week"]),
            {
                date.fromisoformat(day): tuple(Span(*span) for span in spans)
                for day, spans in hours.get("days", {}).items()
            },
        )
    except Unopened as error:
        name = "zone" if str(error) == "zone" else "week"
        problems[name] = N_("Give a time zone, and hours that do not cross.")
    if len(hours.get("days", {})) > MOST_DAYS:
        problems["days"] = N_("Give at most %(most)s days.", most=MOST_DAYS)
    land, _, part = hours.get("country", "").partition("-")
    known = holidays.list_supported_countries()
    if land and land not in known:
        problems["country"] = N_("The holidays of this country are not known.")
    elif part and part not in known[land]:
        problems["part"] = N_("Choose one of these: %(parts)s.", parts=", ".join(known[land]) or "–")
    return problems


def step_problems(steps: Sequence[Mapping[str, Any]], known: set[str]) -> dict[str, str]:
    """What is wrong with steps of overflow, under "step0_queue" and alike.

    Args:
        known: keys of queues.
    """
    problems = {}
    for number, step in enumerate(steps):
        if not 0 <= step["after_s"] <= LONGEST_WAIT_S:
            problems[f"step{number}_after"] = N_("Give a time of at most a week.")
        if step["queue"] not in known:
            problems[f"step{number}_queue"] = N_("There is no such queue.")
        if not FIRST_ORDER <= step["order"] <= LAST_ORDER:
            problems[f"step{number}_order"] = N_("Choose an order from A to I.")
    if len(steps) > MOST_STEPS:
        problems["step0_after"] = N_("Give at most %(most)s steps.", most=MOST_STEPS)
    return problems


def _plain_problems(plan: Plan) -> dict[str, str]:
    problems = {}
    if not kept_texts(plan.names):
        problems["names"] = N_("Give a name in at least one language.")
    for family, given, most in (
        ("names", plan.names, LONGEST_NAME),
        ("messages", plan.messages, LONGEST_MESSAGE),
    ):
        for code, text in given.items():
            if reason := texts.problem(text, most):
                problems[f"{family}_{code}"] = reason
    if kept_texts(plan.messages) and plan.messages_until is None:
        problems["messages_until"] = N_("Say until when it is told.")
    if not 0 < plan.level_share <= 1:
        problems["level_share"] = N_("Give a share from 1 to 100 %.")
    for name, value, least, most in (
        ("level_s", plan.level_s, 1, LONGEST_WAIT_S),
        ("offer_s", plan.offer_s, SHORTEST_OFFER_S, LONGEST_OFFER_S),
        ("wrap_up_s", plan.wrap_up_s, 0, LONGEST_WRAP_UP_S),
    ):
        if not least <= value <= most:
            problems[name] = N_("Give from %(least)s to %(most)s seconds.", least=least, most=most)
    return problems


def _target_problems(targets: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    problems = {}
    said = set()
    for number, target in enumerate(targets):
        channel, priority = target.get("channel", ""), target.get("priority", 0)
        answer_s, resolve_s = target.get("answer_s"), target.get("resolve_s")
        if channel and channel not in {*Channel}:
            problems[f"target{number}_channel"] = N_("This is no channel.")
        elif (channel, priority) in said:
            problems[f"target{number}_channel"] = N_("This channel and priority stand above already.")
        if not 0 <= priority <= HIGHEST_PRIORITY:
            problems[f"target{number}_priority"] = N_("A number from 0 to %(most)s.", most=HIGHEST_PRIORITY)
        for name, due_s in (("answer", answer_s), ("resolve", resolve_s)):
            if due_s is not None and not 0 < due_s <= LONGEST_DUE_S:
                problems[f"target{number}_{name}"] = N_("Give a time of at most 90 days.")
        if answer_s is not None and resolve_s is not None and resolve_s < answer_s:
            problems[f"target{number}_resolve"] = N_("It is solved no sooner than it is answered.")
        said.add((channel, priority))
    if len(targets) > MOST_TARGETS:
        problems["target0_channel"] = N_("Give at most %(most)s lines.", most=MOST_TARGETS)
    return problems


def _fallback_problems(fallback: str, own: str, known: Mapping[str, Queue]) -> dict[str, str]:
    """A queue that nobody serves hands on to another, and never in a circle."""
    if fallback and fallback not in known:
        return {"fallback": N_("There is no such queue.")}
    keys = {queue.id: queue.key for queue in known.values()}
    seen, at = {own}, fallback
    while at:
        if at in seen:
            return {"fallback": N_("This goes round in a circle: it would come back to this queue.")}
        seen.add(at)
        next_id = known[at].fallback_id
        at = keys.get(next_id, "") if next_id else ""
    return {}
