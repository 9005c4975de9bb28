"""The verbs of cases: what solved a contact is recorded, confirmed by somebody else, tried again, one day retired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from cbr.case_types import audience_faults, schema_of
from cbr.contents import Content, digest, read_content
from cbr.models import Case, CaseLink, CaseState, CaseTypeRow, GuidedRun
from kb import texts
from kb.concurrency import refuse_stale
from kb.errors import N_, Conflict, Invalid, NotAllowed
from kb.models import Article
from kb.models.people import Role
from kb.permissions import require
from kb.viewers import Viewer

MAY_RECORD = frozenset({*Role})
MAY_CONFIRM = frozenset({Role.REVIEWER, Role.SPECIALIST, Role.SUPERVISOR})
SCOPE = "cases"
"""Machines whose key has it record cases, too."""

SOURCES = ("import", "run", "contact")
VERDICTS = ("worked", "adapted", "failed")
LONGEST_NOTE = 500
LONGEST_KEY = 64

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


def confirm(session: Session, case: Case, *, by: Viewer, now: datetime, seen: str | None = None) -> Case:
    """Say that a solved case is right: customers may be shown it from now on.

    Raises:
        NotAllowed: it is one's own.
        Conflict: it is not waiting for that.
    """
    require(by, MAY_CONFIRM)
    _require_sees(by, case)
    _hold(session, case, seen)
    if case.state != CaseState.SOLVED:
        raise Conflict(N_("Only a solved case can be confirmed."))
    if case.author_id is not None and case.author_id == by.person_id:
        raise NotAllowed(N_("Somebody else confirms a case that is your own."))
    case.state, case.reviewer_id = CaseState.CONFIRMED, by.person_id or None
    case.confirmed_at = case.changed_at = now
    return _saved(session, case, "case confirmed", by)


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
    wanted = " ".join(reason.split())
    problem = texts.problem(wanted, LONGEST_NOTE) or ("" if wanted else N_("Say why."))
    if problem:
        raise Invalid({"reason": problem})
    _hold(session, case, seen)
    if case.state == CaseState.RETIRED:
        raise Conflict(N_("This case is retired already."))
    case.state, case.note = CaseState.RETIRED, wanted
    case.retired_at = case.changed_at = now
    return _saved(session, case, "case retired", by)


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
    case.changed_at = now
    return _saved(session, case, "case reopened", by)


def merge_duplicates(session: Session, row: CaseTypeRow, *, by: Viewer, now: datetime) -> int:
    """Make one of cases with the same facts, solution, language and readers; returns how many went.

    The one that stays is confirmed if any of them is, and else the oldest; it stands for all of them.
    """
    require(by, MAY_CONFIRM)
    query = (
        select(Case)
        .where(Case.case_type_id == row.id, Case.state.in_([CaseState.CONFIRMED, CaseState.SOLVED]))
        .where(Case.solution_key.in_(_twice(row)))
        .options(selectinload(Case.links))
        .order_by(Case.id)
        .with_for_update()
    )
    groups: dict[tuple[str, str, str], list[Case]] = {}
    for case in session.scalars(query):
        if by.has(Role.ADMIN) or case.audience in by.audiences:
            same = Content(case.facts, solution=case.solution, article=case.article).digest
            groups.setdefault((same, case.audience, case.language), []).append(case)
    gone = sum(_merged(session, group, now) for group in groups.values() if len(group) > 1)
    log.info("cases merged", case_type=row.key, gone=gone, by=by.name)
    return gone


def _twice(row: CaseTypeRow) -> Select[str]:
    """Solutions that more than one case has."""
    return (
        select(Case.solution_key)
        .where(Case.case_type_id == row.id, Case.solution_key != "")
        .group_by(Case.solution_key)
        .having(func.count() > 1)
    )


def _merged(session: Session, group: Sequence[Case], now: datetime) -> int:
    kept = min(group, key=lambda case: (case.state != CaseState.CONFIRMED, case.id))
    linked = {link.key for link in kept.links}
    for other in group:
        if other is kept:
            continue
        kept.count += other.count
        for verdict in VERDICTS:
            setattr(kept, verdict, getattr(kept, verdict) + getattr(other, verdict))
        for key in sorted({link.key for link in other.links} - linked):
            kept.links.append(CaseLink(key=key))
            linked.add(key)
        session.execute(update(GuidedRun).where(GuidedRun.case_id == other.id).values(case_id=kept.id))
        session.delete(other)
    kept.changed_at = now
    session.flush()
    return len(group) - 1


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
    """The case of this name."""
    query = select(Case).where(Case.case_type_id == made.case_type_id, Case.key == made.key)
    return session.scalars(query).first()


def _check(session: Session, row: CaseTypeRow, read: Content, by: Viewer, audience: str, key: str) -> None:
    faults = audience_faults(session, audience, by)
    if not by.has(Role.ADMIN) and row.audience not in by.audiences:
        raise NotAllowed(N_("Your roles do not allow this."))
    if problem := texts.problem(key, LONGEST_KEY):
        faults["key"] = problem
    if read.article and session.scalar(select(Article.id).where(Article.key == read.article)) is None:
        faults["article"] = N_("There is no article %(key)s.", key=read.article)
    if faults:
        raise Invalid(faults)


def _require_recorder(by: Viewer) -> None:
    if SCOPE not in by.scopes:
        require(by, MAY_RECORD)


def _require_sees(by: Viewer, case: Case) -> None:
    if not by.has(Role.ADMIN) and case.audience not in by.audiences:
        raise NotAllowed(N_("Your roles do not allow this."))


def _hold(session: Session, case: Case, seen: str | None) -> None:
    refuse_stale(session, case, seen)
    if seen is None:
        session.refresh(case, with_for_update=True)


def _saved(session: Session, case: Case, said: str, by: Viewer) -> Case:
    session.flush()
    log.info(said, case=case.key, by=by.name)
    return case
