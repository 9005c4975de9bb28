"""The verbs of cases: what solved a contact is recorded, confirmed by somebody else, tried again, one day retired."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cbr.case_types import audience_faults, belongs, schema_of
from cbr.contents import Content, digest, read_content
from cbr.models import Case, CaseArrival, CaseLink, CaseMerged, CaseState, CaseTypeRow
from kb import texts
from kb.concurrency import refuse_stale, version_of
from kb.errors import N_, Conflict, Invalid, KalauzError, NotAllowed
from kb.models import Article
from kb.models.people import Role
from kb.permissions import require
from kb.viewers import Viewer

MAY_RECORD = frozenset({*Role})
MAY_CONFIRM = frozenset({Role.REVIEWER, Role.SPECIALIST, Role.SUPERVISOR})
SCOPE = "cases"
"""Machines whose key has it record cases, too."""

SOURCES = ("contact", "run", "import")
VERDICTS = ("worked", "adapted", "failed")
LONGEST_NOTE = 500
KEY = re.compile(r"\w[\w .:@+-]{0,63}")
"""It stands in addresses."""

log = structlog.get_logger(__name__)


def record(
    session: Session,
    row: CaseTypeRow,
    content: Content,
    *,
    by: Viewer,
    now: datetime,
    source: str = "contact",
    audience: str = "",
    key: str = "",
) -> Case:
    """Keep what solved a contact; the same facts with the same solution are one case, and it is counted.

    Args:
        audience: who may read it; the case type's if not given.
        key: names it, so that sending it twice is keeping it once; its content does if not given.

    Raises:
        Invalid: an attribute's key, or a name of the content, "audience", "key" -> sentence.
    """
    _require_recorder(by)
    read = read_content(schema_of(row), content)
    _check(session, row, read, by, audience or row.audience, key)
    made = Case(
        case_type_id=row.id,
        key=key or content_key(read, audience or row.audience),
        audience=audience or row.audience,
        source=source,
        created_at=now,
    )
    held = _held(session, made)
    while held is not None and not key and _content_key_of(held) != content_key(read, made.audience):
        made.key = digest(made.key)  # the case of this name was changed since, and says something else
        held = _held(session, made)
    if held is None:
        _fill(made, read, by, now)
        try:
            with session.begin_nested():
                session.add(made)
        except IntegrityError:  # somebody else recorded the same at this moment
            held = _held(session, made)
            if held is None:
                raise
    if held is not None:
        _require_sees(by, held)
        return held if key else _counted_once_more(session, held, now)
    log.info("case recorded", case=made.key, case_type=row.key, by=by.name)
    return made


def content_key(read: Content, audience: str) -> str:
    """What names a case that was given no key: its content and its readers."""
    return digest(read.digest, read.language, audience)


def _content_key_of(case: Case) -> str:
    held = Content(case.facts, solution=case.solution, article=case.article, language=case.language)
    return content_key(held, case.audience)


def confirm(session: Session, case: Case, *, by: Viewer, now: datetime, seen: str | None = None) -> Case:
    """Say that a solved case is right: customers may be shown it from now on.

    Raises:
        NotAllowed: it is one's own.
        Conflict: it is not waiting for that.
    """
    require(by, MAY_CONFIRM)
    _require_sees(by, case)
    _hold(session, case, seen)
    _confirmed(case, "", by, now)
    return _saved(session, case, "case confirmed", by)


def _confirmed(case: Case, _reason: str, by: Viewer, now: datetime) -> None:
    if case.state != CaseState.SOLVED:
        raise Conflict(N_("Only a solved case can be confirmed."))
    if case.author_id is not None and case.author_id == by.person_id:
        raise NotAllowed(N_("Somebody else confirms a case that is your own."))
    case.state, case.reviewer_id = CaseState.CONFIRMED, by.person_id or None
    case.confirmed_at = case.changed_at = now


def change(
    session: Session,
    case: Case,
    content: Content,
    *,
    by: Viewer,
    now: datetime,
    audience: str = "",
    seen: str | None = None,
) -> Case:
    """Say it better. Whoever changes it is its author from then on, and somebody else confirms it anew.

    Raises:
        Invalid: as with `record`.
        NotAllowed: it is confirmed, or somebody else's, and this person confirms no cases.
        Conflict: somebody else saved it meanwhile.
    """
    _require_recorder(by)
    _require_sees(by, case)
    own = case.author_id is not None and case.author_id == by.person_id and case.state != CaseState.CONFIRMED
    if not own:
        require(by, MAY_CONFIRM)
    row = session.get_one(CaseTypeRow, case.case_type_id)
    read = read_content(schema_of(row), content)
    _check(session, row, read, by, audience or case.audience, "")
    _hold(session, case, seen)
    retired = case.state == CaseState.RETIRED
    case.audience = audience or case.audience
    _fill(case, read, by, now)
    if retired:
        case.state = CaseState.RETIRED
    else:
        case.note = ""
    case.reviewer_id = case.confirmed_at = None
    return _saved(session, case, "case changed", by)


def revise(session: Session, case: Case, verdict: str, *, by: Viewer, now: datetime) -> None:
    """Count what became of its solution when it was tried again.

    Args:
        verdict: worked, adapted (it worked with a change) or failed.

    Raises:
        Invalid: "verdict".
    """
    _require_sees(by, case)
    if verdict not in VERDICTS:
        raise Invalid({"verdict": N_("It can be one of these: %(words)s.", words=", ".join(VERDICTS))})
    counted = getattr(Case, verdict)
    session.execute(update(Case).where(Case.id == case.id).values({counted: counted + 1}))
    session.refresh(case, [verdict])
    log.info("case tried", case=case.key, verdict=verdict, by=by.name, at=now.isoformat())


def retire(
    session: Session, case: Case, reason: str, *, by: Viewer, now: datetime, seen: str | None = None
) -> Case:
    """Show it to nobody any more.

    Raises:
        Invalid: "reason" is missing or too long.
        Conflict: it is retired already.
    """
    require(by, MAY_CONFIRM)
    _require_sees(by, case)
    wanted = _reason(reason)
    _hold(session, case, seen)
    _retired(case, wanted, by, now)
    return _saved(session, case, "case retired", by)


def _retired(case: Case, reason: str, _by: Viewer, now: datetime) -> None:
    if case.state == CaseState.RETIRED:
        raise Conflict(N_("This case is retired already."))
    case.state, case.note = CaseState.RETIRED, reason
    case.retired_at = case.changed_at = now


def send_back(
    session: Session, case: Case, reason: str, *, by: Viewer, now: datetime, seen: str | None = None
) -> Case:
    """Ask whoever wrote it to say it better; as soon as they change it, it waits for a confirmation again.

    Raises:
        Invalid: "reason" is missing or too long.
        Conflict: it is not waiting for a confirmation.
    """
    require(by, MAY_CONFIRM)
    _require_sees(by, case)
    wanted = _reason(reason)
    _hold(session, case, seen)
    _sent_back(case, wanted, by, now)
    return _saved(session, case, "case sent back", by)


def _sent_back(case: Case, reason: str, _by: Viewer, now: datetime) -> None:
    if case.state != CaseState.SOLVED:
        raise Conflict(N_("Only a case that waits for a confirmation can be sent back."))
    case.state, case.note, case.changed_at = CaseState.OPEN, reason, now


DECISIONS: Mapping[str, Callable[[Case, str, Viewer, datetime], None]] = {
    "confirm": _confirmed,
    "send_back": _sent_back,
    "retire": _retired,
}
"""What can be decided of several cases at once."""


class Decided(NamedTuple):
    """What became of several cases.

    Args:
        done: those that were decided.
        left: key of a case that stays as it is -> why.
    """

    done: list[Case]
    left: dict[str, str]


def decide_several(
    session: Session, picked: Mapping[int, str], verb: str, reason: str, *, by: Viewer, now: datetime
) -> Decided:
    """Decide the same of several cases, each as it would be decided alone; a fixed number of queries.

    Args:
        picked: id -> the version that was seen.
        verb: one of `DECISIONS`.
        reason: of all; none is needed to confirm.

    Raises:
        Invalid: "verb", or "reason" is missing or too long.
    """
    require(by, MAY_CONFIRM)
    if verb not in DECISIONS:
        raise Invalid({"verb": N_("It can be one of these: %(words)s.", words=", ".join(DECISIONS))})
    wanted = "" if verb == "confirm" else _reason(reason)
    query = select(Case).where(Case.id.in_(sorted(picked)), Case.is_there()).order_by(Case.id)
    held = session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()
    decided = Decided([], {})
    for case in held:
        try:
            _require_sees(by, case)
            if version_of(case) != picked[case.id]:
                raise Conflict(N_("Somebody changed it meanwhile."))
            DECISIONS[verb](case, wanted, by, now)
        except KalauzError as refused:
            decided.left[case.key] = refused.sentence
        else:
            decided.done.append(case)
    session.flush()
    log.info("cases decided", verb=verb, cases=len(decided.done), left=len(decided.left), by=by.name)
    return decided


def reopen(session: Session, case: Case, *, by: Viewer, now: datetime, seen: str | None = None) -> Case:
    """Bring a retired case back, to be confirmed anew; take a confirmation back.

    Raises:
        Conflict: it is neither retired nor confirmed.
    """
    require(by, MAY_CONFIRM)
    _require_sees(by, case)
    _hold(session, case, seen)
    if case.state not in (CaseState.RETIRED, CaseState.CONFIRMED):
        raise Conflict(N_("This case is open already."))
    case.state = CaseState.SOLVED if case.solution_key else CaseState.OPEN
    case.retired_at = case.confirmed_at = case.reviewer_id = None
    case.note, case.changed_at = "", now
    return _saved(session, case, "case reopened", by)


def _fill(case: Case, read: Content, by: Viewer, now: datetime) -> None:
    case.facts, case.problem, case.language = dict(read.facts), read.problem, read.language
    case.title, case.solution, case.article = read.title, read.solution, read.article
    case.solution_key = read.solution_key
    case.state = CaseState.SOLVED if read.solution_key else CaseState.OPEN
    case.author_id, case.changed_at = by.person_id or None, now
    held = {link.key: link for link in case.links}
    case.links = [held.get(key) or CaseLink(key=key) for key in read.all_links]


def _counted_once_more(session: Session, case: Case, now: datetime) -> Case:
    session.refresh(case, with_for_update=True)
    case.count, case.changed_at = case.count + 1, now
    session.flush()
    return case


def _held(session: Session, made: Case) -> Case | None:
    """The case of this name, or the one that it was merged with. Raises `Conflict`: an import is just bringing it."""
    merged = select(CaseMerged.case_id).where(
        CaseMerged.case_type_id == made.case_type_id, CaseMerged.key == made.key
    )
    query = select(Case).where(Case.case_type_id == made.case_type_id, Case.key == made.key)
    found = session.scalars(query).first() or session.scalars(select(Case).where(Case.id.in_(merged))).first()
    if found is not None and found.arrival and session.get(CaseArrival, found.arrival) is not None:
        raise Conflict(N_("An import is just bringing this case in. Try again in a minute."))
    return found


def _check(session: Session, row: CaseTypeRow, read: Content, by: Viewer, audience: str, key: str) -> None:
    faults = audience_faults(session, audience, by)
    if not belongs(by, row.audience):
        raise NotAllowed(N_("Your roles do not allow this."))
    if key and not KEY.fullmatch(key):
        faults["key"] = N_("A key has letters, digits and . : @ + - _, at most 64.")
    if not read.facts and not read.problem:
        faults["problem"] = N_("Say what the matter was, or give a fact.")
    if read.article and session.scalar(select(Article.id).where(Article.key == read.article)) is None:
        faults["article"] = N_("There is no article %(key)s.", key=read.article)
    if faults:
        raise Invalid(faults)


def _reason(reason: str) -> str:
    """Why, in one line. Raises `Invalid`: "reason"."""
    wanted = " ".join(reason.split())
    problem = texts.problem(wanted, LONGEST_NOTE) or ("" if wanted else N_("Say why."))
    if problem:
        raise Invalid({"reason": problem})
    return wanted


def _require_recorder(by: Viewer) -> None:
    if SCOPE not in by.scopes:
        require(by, MAY_RECORD)


def _require_sees(by: Viewer, case: Case) -> None:
    if not belongs(by, case.audience):
        raise NotAllowed(N_("Your roles do not allow this."))


def _hold(session: Session, case: Case, seen: str | None) -> None:
    refuse_stale(session, case, seen)
    if seen is None:
        session.refresh(case, with_for_update=True)


def _saved(session: Session, case: Case, said: str, by: Viewer) -> Case:
    session.flush()
    log.info(said, case=case.key, by=by.name)
    return case
