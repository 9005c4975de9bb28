"""The verbs of contacts: one comes, somebody takes it or lets it pass, it is worked on, escalated, closed or lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cbr.models import Case
from kb import texts
from kb.errors import N_, Conflict, Invalid, NotFound
from kb.viewers import Viewer
from routing import deadlines, events, presence
from routing.arrivals import MOST_FACTS, fact_problems
from routing.events import Happening
from routing.lifecycle import HELD, WAITS, Move, State, after
from routing.models import Contact, Queue
from routing.permissions import require_bringer, require_holder

LONGEST_NOTES, MOST_TAGS = 20_000, 20
SOLVERS = frozenset({"", "article", "guide", "case", "answer"})


def held(session: Session, contact_id: int) -> Contact:
    """A contact in a turn, as it is now; nobody else changes it until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    events.take_turn(session)
    contact = session.get(Contact, contact_id, populate_existing=True)
    if contact is None:
        raise NotFound(N_("There is no such contact."))
    return contact


def offer(session: Session, contact: Contact, person_id: int, *, now: datetime, order: int) -> None:
    """Ask somebody to take it, for as long as its queue says."""
    contact.state = after(contact.state, Move.OFFER, contact.level)
    contact.agent_id = person_id
    contact.offer_ends_at = now + timedelta(seconds=contact.queue.offer_s)
    events.add(session, Happening.OFFERED, now=now, contact=contact, person_id=person_id, order=order)


def accept(session: Session, contact: Contact, *, by: Viewer, now: datetime) -> Contact:
    """Take what is offered.

    Raises:
        NotAllowed: it is offered to somebody else.
        Conflict: it is not offered any more.
    """
    if contact.state == State.ACTIVE and contact.agent_id == by.person_id:
        return contact  # the answer to the first request was lost
    if contact.agent_id != by.person_id:
        raise Conflict(N_("This contact went to somebody else meanwhile."))
    contact.state = after(contact.state, Move.ACCEPT, contact.level)
    contact.offer_ends_at, contact.passed = None, []
    contact.answered_at = contact.answered_at or now
    events.add(session, Happening.ACCEPTED, now=now, contact=contact, by=by)
    return contact


def take_over(session: Session, contact: Contact, *, by: Viewer, now: datetime) -> Contact:
    """Take a contact that waits, or that somebody else has, without being asked.

    Raises:
        NotAllowed: it is not for this person to do.
        Conflict: it has ended.
    """
    from_id = contact.agent_id if contact.state in HELD else None
    if contact.state == State.ACTIVE:
        contact.state = after(contact.state, Move.COME_BACK, contact.level)
    elif contact.state == State.OFFERED:
        contact.state = after(contact.state, Move.PASS, contact.level)
    contact.state = after(after(contact.state, Move.OFFER, contact.level), Move.ACCEPT, contact.level)
    contact.agent_id, contact.offer_ends_at, contact.passed = by.person_id, None, []
    contact.answered_at = contact.answered_at or now
    events.add(session, Happening.ACCEPTED, now=now, contact=contact, by=by, taken_from=from_id)
    return contact


def let_pass(
    session: Session, contact: Contact, *, now: datetime, by: Viewer | None = None, why: str = ""
) -> None:
    """It goes back to where it waited, and whoever let it pass is not asked for it again.

    Args:
        by: None where nobody answered.
    """
    person_id = contact.agent_id
    contact.state = after(contact.state, Move.PASS, contact.level)
    contact.passed = [*contact.passed, person_id] if person_id is not None else contact.passed
    contact.agent_id = contact.offer_ends_at = None
    events.add(session, Happening.PASSED, now=now, contact=contact, by=by, person_id=person_id, why=why)


def come_back(
    session: Session, contact: Contact, *, now: datetime, by: Viewer | None = None, why: str = ""
) -> None:
    """It waits again, and its waiting counts from when it came: it is at the top."""
    person_id = contact.agent_id
    contact.state = after(contact.state, Move.COME_BACK, contact.level)
    contact.agent_id = contact.offer_ends_at = None
    events.add(session, Happening.CAME_BACK, now=now, contact=contact, by=by, person_id=person_id, why=why)


def move(
    session: Session,
    contact: Contact,
    queue: Queue,
    *,
    by: Viewer,
    now: datetime,
    wanted_id: int | None = None,
) -> Contact:
    """Send it to another queue, or to one person; what is due is due as in the new queue.

    Raises:
        Conflict: it has ended.
    """
    require_bringer(by)
    if contact.state in {State.ACTIVE, State.OFFERED}:
        contact.state = after(contact.state, Move.COME_BACK, contact.level)
    elif contact.state not in WAITS:
        raise Conflict(N_("This contact is not in a state for that any more."))
    before, contact.queue_id, contact.queue = contact.queue.key, queue.id, queue
    contact.agent_id = contact.offer_ends_at = None
    contact.passed, contact.wanted_id = [], wanted_id
    deadlines.set_due(contact, queue)
    events.add(session, Happening.MOVED, now=now, contact=contact, by=by, before=before, queue=queue.key)
    return contact


def change_facts(
    session: Session, contact: Contact, facts: Mapping[str, object], *, by: Viewer, now: datetime
) -> Contact:
    """Say what is known: a value for each attribute that changes, None to forget it.

    Raises:
        Invalid: "facts." and the attribute -> what is wrong.
        NotAllowed: somebody else has it.
    """
    require_holder(contact, by)
    if problems := fact_problems(facts):
        raise Invalid(problems)
    known = {key: value for key, value in {**contact.facts, **facts}.items() if value is not None}
    if len(known) > MOST_FACTS:
        raise Invalid({"facts": N_("At most %(most)s facts are kept.", most=MOST_FACTS)})
    if known != contact.facts:
        contact.facts = known
        events.add(session, Happening.FACTS, now=now, contact=contact, by=by, facts=dict(facts))
    return contact


def write_notes(session: Session, contact: Contact, notes: str, *, by: Viewer, now: datetime) -> Contact:
    """What the agent wrote down.

    Raises:
        Invalid: "notes" -> too long, or not storable.
        NotAllowed: somebody else has it.
    """
    require_holder(contact, by)
    if reason := texts.problem(notes, LONGEST_NOTES):
        raise Invalid({"notes": reason})
    contact.notes = notes
    return contact


def tried(
    session: Session, contact: Contact, what: str, key: str, *, by: Viewer, now: datetime, title: str = ""
) -> None:
    """Note what was shown, read or tried for it; it goes along when the contact is handed on.

    Args:
        what: "article", "case" or "guide".
    """
    require_holder(contact, by)
    events.add(
        session, Happening.TRIED, now=now, contact=contact, by=by, what=what, key=key[:128], title=title[:300]
    )


def wrap_up(session: Session, contact: Contact, *, by: Viewer, now: datetime) -> Contact:
    """The customer is gone; what is left is to write it down, for as long as the queue allows."""
    require_holder(contact, by)
    if contact.state == State.WRAP_UP:
        return contact
    contact.state = after(contact.state, Move.WRAP_UP, contact.level)
    contact.wrap_up_ends_at = now + timedelta(seconds=contact.queue.wrap_up_s)
    events.add(session, Happening.WRAP_UP, now=now, contact=contact, by=by)
    if contact.agent_id is not None:
        presence.after_call(session, contact.agent_id, now=now)
    return contact


@dataclass(frozen=True, slots=True)
class Ending:
    """How a contact ended.

    Args:
        tags: its disposition, from the tag tree.
        solved_kind: what solved it: "article", "guide", "case", "answer" for somebody's own words, "" for nothing.
        solved_key: which; with "answer" nothing.
        case: the case that was made of it.
    """

    tags: Sequence[str] = ()
    solved_kind: str = ""
    solved_key: str = ""
    case: Case | None = None


def close(session: Session, contact: Contact, ending: Ending, *, by: Viewer | None, now: datetime) -> Contact:
    """It is done. Closing what is closed changes nothing.

    Args:
        by: None where its wrap-up ran out.

    Raises:
        Invalid: "tags" or "solved" -> what is wrong.
        NotAllowed: somebody else has it.
    """
    if by is not None:
        require_holder(contact, by)
    if contact.state == State.RESOLVED:
        return contact
    if ending.solved_kind not in SOLVERS or len(ending.solved_key) > 128:
        raise Invalid(
            {"solved": N_("Say what solved it: an article, a guide, a case, or an answer of your own.")}
        )
    if len(ending.tags) > MOST_TAGS or any(texts.problem(tag, 128) for tag in ending.tags):
        raise Invalid({"tags": N_("At most %(most)s tags of 128 characters.", most=MOST_TAGS)})
    agent_id = contact.agent_id
    contact.state = after(contact.state, Move.CLOSE, contact.level)
    contact.tags = sorted(set(ending.tags)) or contact.tags
    contact.solved_kind, contact.solved_key = ending.solved_kind, ending.solved_key
    contact.case_id = ending.case.id if ending.case else contact.case_id
    contact.wrap_up_ends_at, contact.ended_at = None, now
    solved = [ending.solved_kind, ending.solved_key]
    events.add(
        session, Happening.RESOLVED, now=now, contact=contact, by=by, solved=solved, filed=by is not None
    )
    if agent_id is not None:
        presence.freed(session, agent_id, now=now)
    return contact


def abandon(session: Session, contact: Contact, *, by: Viewer, now: datetime, why: str = "") -> Contact:
    """The customer hung up, or left; what has ended already stays as it ended.

    Raises:
        NotAllowed: not for this viewer.
    """
    require_bringer(by)
    if contact.state in {State.ABANDONED, State.RESOLVED}:
        return contact
    if contact.state in {State.ACTIVE, State.WRAP_UP}:
        return contact if contact.state == State.WRAP_UP else wrap_up(session, contact, by=by, now=now)
    agent_id = contact.agent_id
    contact.state = after(contact.state, Move.ABANDON, contact.level)
    contact.agent_id = contact.offer_ends_at = None
    contact.ended_at = now
    events.add(session, Happening.ABANDONED, now=now, contact=contact, by=by, person_id=agent_id, why=why)
    return contact
