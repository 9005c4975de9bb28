"""The chain: what the agent in front cannot solve climbs to supervisors and specialists, or just does not have to.

Whoever has a contact escalates it; a supervisor or a specialist answers, hands it on, or gives it back with advice.
Either way it comes back to whoever asked, unless the one who was asked keeps it and closes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from kb.viewers import Viewer
from routing import contacts, deadlines, events, presence
from routing.chain.carrying import path_of
from routing.chain.models import Escalation, Outcome
from routing.events import Happening
from routing.lifecycle import ENDED, HELD, WAITS, Move, State, after
from routing.models import Contact, Queue
from routing.permissions import DIRECT, require_holder, require_taker

HIGHEST = 3
LONGEST_NOTE = 4_000
HELPERS = frozenset({"article", "case", "guide"})
_SETTLED = (
    Escalation.state == Outcome.SENT,
    exists().where(Contact.id == Escalation.contact_id, Contact.state.in_(ENDED)),
)


@dataclass(frozen=True, slots=True)
class Escalating:
    """Where a contact is to go, and what whoever takes it should know.

    Args:
        level: 2 supervisors, 3 specialists; 0 for the next one up.
        queue: another queue; None for the one it is in.
        person_id: the one person who is to have it; None for whoever can.
        note: in the agent's words.
    """

    level: int = 0
    queue: Queue | None = None
    person_id: int | None = None
    note: str = ""


def escalate(
    session: Session, contact: Contact, what: Escalating, *, by: Viewer, now: datetime
) -> Escalation:
    """Send a contact up the chain with everything that was tried; a round follows, as after every verb.

    Raises:
        NotAllowed: somebody else has it.
        Conflict: nobody is working on it.
        Invalid: "level", "queue", "person" or "note" -> what is wrong.
    """
    require_holder(contact, by)
    after(contact.state, Move.ESCALATE, contact.level)
    return _sent(session, contact, what, by, now)


def avoided(
    session: Session, contact: Contact, kind: str, key: str, *, by: Viewer, now: datetime
) -> Escalation:
    """What was shown at the brink helped: it is not sent, and counted.

    Args:
        kind: what helped: "article", "case" or "guide".
        key: which.

    Raises:
        NotAllowed: somebody else has it.
        Conflict: nobody is working on it.
        Invalid: "helped" -> what is wrong.
    """
    require_holder(contact, by)
    if kind not in HELPERS or not key or texts.problem(key, contacts.LONGEST_SOLVED_KEY):
        raise Invalid({"helped": N_("Say what helped: an article, a case or a guide.")})
    level = min(contact.level + 1, HIGHEST)
    after(contact.state, Move.ESCALATE, level)
    made = Escalation(
        contact_id=contact.id,
        contact=contact,
        queue_id=contact.queue_id,
        state=Outcome.AVOIDED,
        from_level=contact.level,
        level=level,
        by_id=contact.agent_id or by.person_id,
        at=now,
        helped_kind=kind,
        helped_key=key,
        decided_at=now,
    )
    session.add(made)
    session.flush()
    events.add(
        session, Happening.AVOIDED, now=now, contact=contact, by=by, escalation=made.id, helped=[kind, key]
    )
    return made


def answer(session: Session, escalation: Escalation, words: str, *, by: Viewer, now: datetime) -> Escalation:
    """Say what solves it; the contact goes back to whoever asked, with the answer.

    Raises:
        NotAllowed: it is not for this person to decide.
        Conflict: it is decided, or somebody decided meanwhile.
        Invalid: "answer" -> what is wrong.
    """
    return _returned(session, escalation, Outcome.ANSWERED, words, by, now)


def give_back(
    session: Session, escalation: Escalation, words: str, *, by: Viewer, now: datetime
) -> Escalation:
    """Coach: the contact goes back to whoever asked, with advice how to go on. Raises as `answer`."""
    return _returned(session, escalation, Outcome.GIVEN_BACK, words, by, now)


def hand_on(
    session: Session,
    escalation: Escalation,
    what: Escalating,
    *,
    by: Viewer,
    now: datetime,
) -> Escalation:
    """Send it further up, or to somebody else who knows.

    Raises:
        NotAllowed, Conflict: as `answer`.
        Invalid: as `escalate`.
    """
    contact = _to_decide(session, escalation, by)
    return _sent(session, contact, what, by, now)


def found(session: Session, escalation_id: int) -> Escalation:
    """One of them, for those who take contacts to look at. Raises `NotFound`."""
    one = session.get(Escalation, escalation_id)
    if one is None or one.state == Outcome.AVOIDED:
        raise NotFound(N_("There is no such escalation."))
    return one


def unsettled(session: Session) -> bool:
    """Whether one of them was sent whose contact has ended."""
    return session.scalars(select(Escalation.id).where(*_SETTLED).limit(1)).first() is not None


def settle(session: Session, now: datetime) -> None:
    """What was sent up is answered with the end of its contact, by whoever it was that closed it."""
    who = select(Contact.agent_id).where(Contact.id == Escalation.contact_id).scalar_subquery()
    session.execute(
        update(Escalation)
        .where(*_SETTLED)
        .values(state=Outcome.ANSWERED, decided_at=now, decided_by_id=who)
        .execution_options(synchronize_session=False)
    )


def _sent(session: Session, contact: Contact, what: Escalating, by: Viewer, now: datetime) -> Escalation:
    """It is on its way up. What is handed on comes back to whoever asked first."""
    level = _level(session, contact, what)
    note = what.note.strip()
    if problem := texts.problem(note, LONGEST_NOTE):
        raise Invalid({"note": problem})
    before = _open_of(session, contact)
    made = Escalation(
        contact=contact,
        queue_id=contact.queue_id,
        state=Outcome.SENT,
        from_level=before.from_level if before else contact.level,
        level=level,
        by_id=before.by_id if before else contact.agent_id or by.person_id,
        at=now,
        note=note,
        path=[list(pair) for pair in path_of(session, contact, by, now)],
    )
    if before is not None:
        _decide(before, Outcome.HANDED_ON, note, by, now)
    _goes(session, contact, State.ESCALATED, level, what.person_id, now)
    if what.queue is not None and what.queue.id != contact.queue_id:
        contact.queue_id, contact.queue = what.queue.id, what.queue
        deadlines.set_due(contact, what.queue)
    session.add(made)
    session.flush()
    events.add(
        session,
        Happening.ESCALATED,
        now=now,
        contact=contact,
        by=by,
        escalation=made.id,
        level=level,
        queue=contact.queue.key,
        wanted=what.person_id,
        note=note,
    )
    return made


def _level(session: Session, contact: Contact, what: Escalating) -> int:
    """Where it goes in the chain. Raises `Invalid`."""
    if what.queue is not None and not what.queue.is_active and what.queue.id != contact.queue_id:
        raise Invalid({"queue": N_("This queue is out of use.")})
    if what.person_id is not None:
        agent = presence.agent_of(session, what.person_id)
        if agent is None:
            raise Invalid({"person": N_("This person takes no contacts.")})
        if agent.id == contact.agent_id or agent.level < max(contact.level, 2):
            raise Invalid({"person": N_("Choose somebody further up the chain.")})
        return max(what.level, contact.level, 2) if what.level <= agent.level else agent.level
    level = what.level or min(contact.level + 1, HIGHEST)
    lowest = contact.level if what.queue is not None else contact.level + 1
    if not max(lowest, 2) <= level <= HIGHEST:
        raise Invalid({"level": N_("Choose a level further up, another queue, or a person.")})
    return level


def _goes(
    session: Session, contact: Contact, state: State, level: int, wanted_id: int | None, now: datetime
) -> None:
    """It leaves whoever has it, and waits for somebody at a level."""
    agent_id = contact.agent_id
    contact.state, contact.level = state, level
    contacts.leaves(contact)
    contact.passed, contact.wanted_id, contact.wrap_up_ends_at = [], wanted_id, None
    if agent_id is not None:
        presence.freed(session, agent_id, now=now)


def _to_decide(session: Session, escalation: Escalation, by: Viewer) -> Contact:
    """The contact of an escalation that waits for a decision, in a turn. Raises `NotAllowed` and `Conflict`."""
    person_id = require_taker(by)
    contact = contacts.held(session, escalation.contact_id)
    session.refresh(escalation)
    if not by.has(*DIRECT) and contact.agent_id != person_id:
        agent = presence.agent_of(session, person_id)
        is_free = contact.state in WAITS and contact.wanted_id in {None, person_id}
        if agent is None or agent.level < escalation.level or not is_free:
            raise NotAllowed(N_("Supervisors decide this, and whoever it was sent to."))
    if escalation.state != Outcome.SENT or contact.state in {*ENDED, State.WRAP_UP}:
        raise Conflict(N_("This was decided meanwhile."))
    return contact


def _returned(
    session: Session,
    escalation: Escalation,
    outcome: Outcome,
    words: str,
    by: Viewer,
    now: datetime,
) -> Escalation:
    contact = _to_decide(session, escalation, by)
    said = words.strip()
    if problem := texts.problem(said, LONGEST_NOTE) or ("" if said else N_("Say what to do.")):
        raise Invalid({"answer": problem})
    _decide(escalation, outcome, said, by, now)
    back = presence.agent_of(session, escalation.by_id) if escalation.by_id else None
    state = State.WAITING if escalation.from_level <= 1 else State.ESCALATED
    agent_id = contact.agent_id if contact.state in HELD else None
    _goes(session, contact, state, escalation.from_level, back.id if back else None, now)
    events.add(
        session,
        Happening.DECIDED,
        now=now,
        contact=contact,
        by=by,
        escalation=escalation.id,
        outcome=outcome,
        answer=said,
        taken_from=agent_id,
    )
    return escalation


def _decide(escalation: Escalation, outcome: Outcome, said: str, by: Viewer, now: datetime) -> None:
    escalation.state, escalation.answer = outcome, said
    escalation.decided_by_id, escalation.decided_at = by.person_id, now


def _open_of(session: Session, contact: Contact) -> Escalation | None:
    query = select(Escalation).where(Escalation.contact_id == contact.id, Escalation.state == Outcome.SENT)
    return session.scalars(query.order_by(Escalation.id.desc())).first()
