"""What a contact will need, foreseen from the nearest solved cases and from the contacts that ended with them.

It reads: a few queries by keys, and the case base that this process has in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cbr import retrieving
from cbr.candidates import Candidates
from cbr.followers import CaseBases
from cbr.models import Case, CaseState, CaseTypeRow
from cbr.plain import Plain
from cbr.shelves import Shelves
from cbr.values import Fact, Value, read_value, write_value
from kb import journal
from kb.errors import Invalid, KalauzError
from kb.viewers import BUILT_IN_AUDIENCES, Viewer
from routing import arrivals
from routing.arrivals import Arrival
from routing.core import Proposal
from routing.foresight import LOOK, USUAL, Foresight, Precedent, Rules, foreseen
from routing.foresight_models import ForesightPlan, ForesightSource, Mode
from routing.foresight_words import reasons
from routing.lifecycle import State
from routing.models import Contact, Queue

log = structlog.get_logger(__name__)

NAME = "Kalauz"
HOUSE = Viewer(name=NAME, audiences=frozenset(BUILT_IN_AUDIENCES))
"""Who looks where nobody does: what is told of cases is where they were solved."""

MOST_CONTACTS = 300
"""So many contacts that ended with the nearest cases are looked at, the newest first."""

LEVEL_OF = {True: 3, False: 1}
"""What an attribute that says yes or no means: escalated, or not."""


@dataclass(frozen=True)
class Plan:
    """What a queue does with it."""

    mode: Mode = Mode.SHOWN
    rules: Rules = USUAL


def plan_of(session: Session, queue_id: int) -> Plan:
    """The one that is kept, or else the usual one: what is foreseen is shown, and nothing follows from it."""
    row = session.scalars(select(ForesightPlan).where(ForesightPlan.queue_id == queue_id)).first()
    if row is None:
        return Plan()
    return Plan(Mode(row.mode), Rules(row.near, row.often, row.sure, row.fewest))


def foresee(
    session: Session,
    bases: CaseBases,
    question: str,
    facts: Mapping[str, Plain],
    language: str,
    *,
    rules: Rules = USUAL,
    viewer: Viewer = HOUSE,
    head: int | None = None,
) -> Foresight | None:
    """What those like it needed; None where nothing tells.

    Args:
        bases: `cbr.followers.case_bases()`.
        question: in somebody's words; "" for none.
        facts: attribute -> plain value; what no case type knows says nothing.
        language: of the question; "" for English.
        rules: those of the queue, `plan_of(session, queue_id).rules`.
        viewer: whose cases are looked at.
        head: the journal's newest seq that the caller has seen; looked up if not given.
    """
    current = bases.current(session, journal.head(session) if head is None else head)
    sources = _sources(session)
    asked = [
        found
        for shelves in current.offered(viewer)
        if (found := _asked(session, bases, shelves, question, facts, language or "en", sources))
    ]
    if not asked:
        return None
    best = max(asked, key=lambda one: (one.known, float(one.found.scores[0]), one.key))
    told = foreseen(_precedents(session, best), rules)
    return told if told.told or told.queue or told.standard else None


class CaseCore:
    """The routing core of the house: proposes what is foreseen, for queues that follow it.

    Args:
        bases: the case bases of this process.
    """

    def __init__(self, bases: CaseBases) -> None:
        self._bases = bases

    def propose(self, session: Session, arrival: Arrival) -> Proposal | None:
        """Where those like it were solved, if that is somewhere else than where it goes anyway."""
        try:
            return self._proposed(session, arrival)
        except KalauzError:
            return None  # what is wrong with it, `bring` says
        except Exception:
            log.exception("a contact was not foreseen", channel=arrival.channel)
            return None

    def _proposed(self, session: Session, arrival: Arrival) -> Proposal | None:
        coming = arrivals.expected(session, arrival)
        plan = plan_of(session, coming.queue.id)
        if plan.mode != Mode.APPLIED:
            return None
        told = foresee(
            session, self._bases, arrival.question, coming.facts, coming.language, rules=plan.rules
        )
        if told is None:
            return None
        queue = told.queue if told.queue != coming.queue.key else ""
        level = told.level if told.level != arrival.level else 0
        skills = [skill for skill in told.skills if skill not in arrival.skills]
        if not (queue or level or skills):
            return None
        return Proposal(NAME, queue, level, skills, why=" ".join(reasons(told, _queue_names(session, told))))


class _Asked(NamedTuple):
    """The nearest cases of one type.

    Args:
        known: of how many attributes something is known.
    """

    key: str
    known: int
    found: Candidates
    source: ForesightSource | None


def _sources(session: Session) -> dict[str, ForesightSource]:
    """Key of a case type -> where its cases say who solved them."""
    query = select(CaseTypeRow.key, ForesightSource).join(
        ForesightSource, ForesightSource.case_type_id == CaseTypeRow.id
    )
    return {row.key: row.ForesightSource for row in session.execute(query)}


def _asked(
    session: Session,
    bases: CaseBases,
    shelves: Shelves,
    question: str,
    facts: Mapping[str, Plain],
    language: str,
    sources: Mapping[str, ForesightSource],
) -> _Asked | None:
    case_type, source = shelves.case_type, sources.get(shelves.case_type.key)
    outcomes = _outcomes(source)
    known = _known(shelves, {key: value for key, value in facts.items() if key not in outcomes})
    scores, of_text = retrieving.of_text(session, bases, shelves, known, question, language)
    if not known and not scores:
        return None
    plain = {key: write_value(fact, case_type.by_key[key].kind) for key, fact in known.items()}
    weights = {**_learned(shelves, source), **(of_text or {})}
    keys = [key for key in outcomes if key in case_type.by_key]
    found = shelves.candidates(plain, LOOK, keys=keys, weights=weights or None, scores=scores)
    return _Asked(case_type.key, len(known), found, source) if len(found.ids) else None


def _outcomes(source: ForesightSource | None) -> tuple[str, ...]:
    """The attributes that say how a case was solved: nobody knows them of a contact that comes."""
    named = (source.level_key, source.queue_key, source.skills_key) if source else ()
    return tuple(dict.fromkeys(filter(None, named)))


def _learned(shelves: Shelves, source: ForesightSource | None) -> dict[str, float]:
    """Weights that foresee better than those of the case type; what a person has given the weight 0 stays out."""
    if source is None or not source.learned.get("better"):
        return {}
    counting = {one.key for one in shelves.case_type.attributes if one.weight > 0}
    return {key: weight for key, weight in source.learned["weights"].items() if key in counting}


def _known(shelves: Shelves, facts: Mapping[str, Plain]) -> dict[str, Fact]:
    """What a case type understands of the facts of a contact, which have more in them."""
    known: dict[str, Fact] = {}
    for key, written in facts.items():
        attribute = shelves.case_type.by_key.get(key)
        try:
            fact = read_value(attribute, written) if attribute else None
        except Invalid:
            continue
        if fact is not None:
            known[key] = fact
    return known


def _precedents(session: Session, asked: _Asked) -> list[Precedent]:
    """The contacts that ended with each of the cases, and else what the case itself says."""
    ids: list[int] = asked.found.ids.tolist()
    cases = {row.id: row for row in session.execute(_OF_CASES.where(Case.id.in_(ids)))}
    contacts = _contacts(session, cases)
    precedents = []
    for at, (id_, score) in enumerate(zip(ids, asked.found.scores.tolist(), strict=True)):
        if (case := cases.get(id_)) is None:
            continue  # it went meanwhile
        standard = case.article if case.state == CaseState.CONFIRMED else ""
        base = Precedent(id_, min(score, 1.0), standard=standard)
        own = [_of_contact(base, contact, case.confirmed_at) for contact in contacts[id_]]
        precedents += own or [_of_case(base, asked, at, case.contacts)]
    return precedents


_OF_CASES = select(
    Case.id, Case.key, Case.article, Case.state, Case.confirmed_at, Case.count.label("contacts")
)
_OF_CONTACTS = (
    select(
        *(Contact.case_id, Contact.solved_key, Contact.level, Queue.key.label("queue"), Contact.skills),
        *(Contact.answered_at, Contact.ended_at),
    )
    .join(Queue, Queue.id == Contact.queue_id)
    .where(Contact.state == State.RESOLVED)
)


def _contacts(session: Session, cases: Mapping[int, Any]) -> Mapping[int, Sequence[Any]]:
    """Case -> the contacts that ended with it."""
    by_key = {row.key: id_ for id_, row in cases.items()}
    solved = (Contact.solved_kind == "case") & Contact.solved_key.in_(by_key)
    query = _OF_CONTACTS.where(or_(Contact.case_id.in_(cases), solved))
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query.order_by(Contact.id.desc()).limit(MOST_CONTACTS)):
        found[row.case_id if row.case_id in cases else by_key[row.solved_key]].append(row)
    return found


def _of_contact(base: Precedent, contact: Any, confirmed_at: Any) -> Precedent:
    took = (contact.ended_at - contact.answered_at) if contact.ended_at and contact.answered_at else None
    return base._replace(
        level=contact.level,
        queue=contact.queue,
        skills=frozenset(contact.skills),
        handled_s=took.total_seconds() if took is not None else None,
        before_standard=bool(base.standard and confirmed_at and contact.ended_at < confirmed_at),
    )


def _of_case(base: Precedent, asked: _Asked, at: int, contacts: int) -> Precedent:
    """What its attributes say; that was before it was confirmed."""
    source = asked.source
    if source is None:
        return base
    queue, skills = _held(asked, source.queue_key, at), _held(asked, source.skills_key, at)
    return base._replace(
        level=level_said(_held(asked, source.level_key, at)),
        queue=queue if isinstance(queue, str) else "",
        skills=skills if isinstance(skills, frozenset) else frozenset({skills} if skills else ()),  # type: ignore[arg-type]
        before_standard=bool(base.standard),
        contacts=contacts,
    )


def _held(asked: _Asked, key: str, at: int) -> Value | None:
    column = asked.found.columns.get(key)
    code = int(column.codes[at]) if column else -1
    return column.values[code] if column and code >= 0 else None


def level_said(value: Value | None) -> int:
    """The level of the chain that a value means: yes is a specialist, no is in front, a number is a level.

    >>> level_said(True), level_said("2"), level_said(1.0), level_said("maybe"), level_said(None)
    (3, 2, 1, 0, 0)
    """
    if isinstance(value, bool):
        return LEVEL_OF[value]
    try:
        level = int(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0
    return level if level in {1, 2, 3} else 0


def _queue_names(session: Session, told: Foresight) -> dict[str, str]:
    names = session.scalar(select(Queue.names).where(Queue.key == told.queue)) if told.queue else None
    return {told.queue: names.get("en") or told.queue} if names else {}
