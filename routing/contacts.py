"""The verbs of contacts: one comes, somebody takes it or lets it pass, it is worked on, escalated, closed or lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cbr.guided import runs
from cbr.models import Case, GuidedRun
from kb import texts
from kb.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from kb.viewers import Viewer
from routing import deadlines, events, presence
from routing.arrivals import MOST_FACTS, fact_problems, priority_problem
from routing.events import Happening
from routing.lifecycle import ENDED, HELD, WAITS, Move, State, after
from routing.models import Agent, Contact, Queue
from routing.permissions import DIRECT, require_holder, require_taker

LONGEST_NOTES, MOST_TAGS, LONGEST_SOLVED_KEY = 20_000, 20, 128
ASKED_AGAIN = timedelta(seconds=60)
"""After so long those who let a contact pass are asked again: where they are the only ones it would wait for ever."""
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
    contact.offer_ends_at = offer_end(contact, now)
    events.add(session, Happening.OFFERED, now=now, contact=contact, person_id=person_id, order=order)


def offer_end(contact: Contact, now: datetime) -> datetime:
    """Until when an offer of this moment stands."""
    return now + timedelta(seconds=contact.queue.offer_s)


def accept(session: Session, contact: Contact, *, by: Viewer, now: datetime) -> Contact:
    """Take what is offered.

    Raises:
        NotAllowed: this person takes no contacts.
        Conflict: it is not offered any more, or to somebody else.
    """
    person_id = require_taker(by)
    if contact.state == State.ACTIVE and contact.agent_id == person_id:
        return contact  # the answer to the first request was lost
    if contact.agent_id != person_id:
        raise Conflict(N_("This contact went to somebody else meanwhile."))
    contact.state = after(contact.state, Move.ACCEPT, contact.level)
    _has_it(session, contact, person_id, now)
    events.add(session, Happening.ACCEPTED, now=now, contact=contact, by=by)
    return contact


def take_over(session: Session, contact: Contact, *, by: Viewer, now: datetime) -> Contact:
    """Take a contact without being asked: one that waits in a queue of one's own, or any at all for those who direct.

    Raises:
        NotAllowed: it is not for this person to do.
        Conflict: it has ended.
    """
    person_id = require_taker(by)
    if contact.state == State.ACTIVE and contact.agent_id == person_id:
        return contact
    from_id = contact.agent_id if contact.state in HELD else None
    agent = presence.require_agent(session, person_id)
    if not by.has(*DIRECT) and not _is_for(contact, agent):
        raise NotAllowed(N_("Only a supervisor takes this contact over."))
    if contact.state == State.ACTIVE:
        contact.state = after(contact.state, Move.COME_BACK, contact.level)
    elif contact.state == State.OFFERED:
        contact.state = after(contact.state, Move.PASS, contact.level)
    contact.state = after(after(contact.state, Move.OFFER, contact.level), Move.ACCEPT, contact.level)
    _has_it(session, contact, person_id, now)
    if from_id not in {None, person_id}:
        presence.freed(session, from_id, now=now)
    events.add(session, Happening.ACCEPTED, now=now, contact=contact, by=by, taken_from=from_id)
    return contact


def let_pass(
    session: Session, contact: Contact, *, now: datetime, by: Viewer | None = None, why: str = ""
) -> None:
    """It goes back to where it waited, and whoever let it pass is not asked for it again.

    Args:
        by: None where nobody answered.

    Raises:
        NotAllowed: it is offered to somebody else.
        Conflict: it is not offered any more.
    """
    if by is not None and contact.state == State.OFFERED:
        require_holder(contact, by)
    person_id = contact.agent_id
    contact.state = after(contact.state, Move.PASS, contact.level)
    before = contact.passed if contact.asked_again_at and contact.asked_again_at > now else []
    contact.passed = [*before, person_id] if person_id is not None else before
    contact.asked_again_at = now + ASKED_AGAIN
    leaves(contact)
    events.add(session, Happening.PASSED, now=now, contact=contact, by=by, person_id=person_id, why=why)


def come_back(
    session: Session, contact: Contact, *, now: datetime, by: Viewer | None = None, why: str = ""
) -> None:
    """It waits again, and its waiting counts from when it came: it is at the top.

    Raises:
        NotAllowed: somebody else has it.
        Conflict: nobody has it.
    """
    if by is not None:
        require_holder(contact, by)
    person_id = contact.agent_id
    contact.state = after(contact.state, Move.COME_BACK, contact.level)
    leaves(contact)
    if person_id is not None:
        presence.freed(session, person_id, now=now)
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
        NotAllowed: somebody else has it.
        Conflict: it has ended.
        Invalid: "queue" or "person" -> nobody would take it there.
    """
    require_holder(contact, by)
    if not queue.is_active and queue.id != contact.queue_id:
        raise Invalid({"queue": N_("This queue is out of use.")})
    if wanted_id is not None and presence.agent_of(session, wanted_id) is None:
        raise Invalid({"person": N_("This person takes no contacts.")})
    agent_id = contact.agent_id
    if contact.state in {State.ACTIVE, State.OFFERED}:
        contact.state = after(contact.state, Move.COME_BACK, contact.level)
    elif contact.state not in WAITS:
        raise Conflict(N_("This contact is not in a state for that any more."))
    before, contact.queue_id, contact.queue = contact.queue.key, queue.id, queue
    leaves(contact)
    contact.passed, contact.wanted_id = [], wanted_id
    deadlines.set_due(contact, queue)
    if agent_id is not None:
        presence.freed(session, agent_id, now=now)
    events.add(
        session,
        Happening.MOVED,
        now=now,
        contact=contact,
        by=by,
        before=before,
        queue=queue.key,
        wanted=wanted_id,
    )
    return contact


def prioritise(session: Session, contact: Contact, priority: int, *, by: Viewer, now: datetime) -> Contact:
    """Say how urgent it is; what is due follows, counted from when it came.

    Args:
        priority: 0 is usual, up to 9.

    Raises:
        Invalid: "priority" -> what is wrong.
        NotAllowed: somebody else has it.
        Conflict: it has ended.
    """
    require_holder(contact, by)
    if problem := priority_problem(priority):
        raise Invalid({"priority": problem})
    if contact.state in ENDED:
        raise Conflict(N_("This contact is not in a state for that any more."))
    if priority != contact.priority:
        before, contact.priority = contact.priority, priority
        deadlines.set_due(contact, contact.queue)
        events.add(
            session, Happening.PRIORITY, now=now, contact=contact, by=by, before=before, priority=priority
        )
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


def guided_by(session: Session, contact: Contact, run_id: str, *, by: Viewer, now: datetime) -> Contact:
    """The guided help that goes with it from now on, one's own or a customer's; what was answered there is its path.

    Raises:
        NotAllowed: somebody else has it.
        NotFound: there is no such run, or it is somebody else's.
    """
    require_holder(contact, by)
    if run_id != contact.run_id:
        contact.run_id = runs.find(session, run_id, by=by, now=now).id
    return contact


def wrap_up(session: Session, contact: Contact, *, by: Viewer | None, now: datetime) -> Contact:
    """The customer is gone; what is left is to write it down, for as long as the queue allows.

    Args:
        by: None for the house itself.
    """
    if by is not None:
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
    if ending.solved_kind not in SOLVERS or texts.problem(ending.solved_key, LONGEST_SOLVED_KEY):
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


def abandon(
    session: Session, contact: Contact, *, by: Viewer | None, now: datetime, why: str = ""
) -> Contact:
    """The customer hung up, or left; what has ended already stays as it ended.

    Args:
        by: who has it or directs, or a machine; None for the house itself.

    Raises:
        NotAllowed: not for this viewer.
    """
    if by is not None:
        require_holder(contact, by)
    if contact.state in ENDED:
        return contact
    if contact.state in {State.ACTIVE, State.WRAP_UP}:
        return contact if contact.state == State.WRAP_UP else wrap_up(session, contact, by=by, now=now)
    agent_id = contact.agent_id
    contact.state = after(contact.state, Move.ABANDON, contact.level)
    leaves(contact)
    contact.ended_at = now
    events.add(session, Happening.ABANDONED, now=now, contact=contact, by=by, person_id=agent_id, why=why)
    return contact


def _has_it(session: Session, contact: Contact, person_id: int, now: datetime) -> None:
    """Somebody has it from now on, and is here: without a word from their panel it would come back."""
    contact.agent_id, contact.offer_ends_at, contact.passed = person_id, None, []
    contact.answered_at = contact.answered_at or now
    run = session.get(GuidedRun, contact.run_id) if contact.run_id else None
    if run is not None and run.person_id is not None:
        run.person_id = person_id  # guided help goes on with whoever has the contact
    presence.seen(session, person_id, now)


def leaves(contact: Contact) -> None:
    """Nobody has it any more, and nobody is waited for who had it and is not there."""
    if contact.wanted_id == contact.agent_id:
        contact.wanted_id = None
    contact.agent_id = contact.offer_ends_at = None


def _is_for(contact: Contact, agent: Agent) -> bool:
    """Whether an agent who does not direct may take it unasked."""
    if contact.state in HELD:
        return contact.agent_id == agent.id
    if contact.wanted_id is not None:
        return contact.wanted_id == agent.id
    return contact.queue.key in agent.queues and contact.level <= agent.level
