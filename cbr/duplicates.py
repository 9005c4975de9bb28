"""Cases that say the same: looked for, shown, and made one that stands for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, selectinload

from cbr.cases import MAY_CONFIRM, VERDICTS
from cbr.contents import Content, digest
from cbr.models import Case, CaseLink, CaseMerged, CaseState, CaseTypeRow, GuidedRun
from kb.models.people import Role
from kb.permissions import require
from kb.viewers import Viewer

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Same:
    """Cases with the same facts, solution, language and readers.

    Args:
        kept: the one that stays: confirmed if any of them is, and else the oldest.
        others: those that go.
    """

    kept: Case
    others: Sequence[Case]

    @property
    def name(self) -> str:
        """Names just these cases: another one more, or one less, has another name."""
        return digest(self.kept.key, sorted(case.key for case in self.others))

    @property
    def count(self) -> int:
        """How many contacts the one that stays will stand for."""
        return self.kept.count + sum(case.count for case in self.others)


def find(session: Session, row: CaseTypeRow, *, by: Viewer, hold: bool = False) -> list[Same]:
    """The cases of a type that say the same as another one, as far as this person sees them; the oldest first.

    Args:
        hold: whether nobody else may change them until the end of the transaction.
    """
    require(by, MAY_CONFIRM)
    query = (
        select(Case)
        .where(Case.case_type_id == row.id, Case.state.in_([CaseState.CONFIRMED, CaseState.SOLVED]))
        .where(Case.solution_key.in_(_twice(row)), Case.is_there())
        .options(selectinload(Case.links))
        .order_by(Case.id)
    )
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    groups: dict[tuple[str, str, str], list[Case]] = {}
    for case in session.scalars(query):
        if by.has(Role.ADMIN) or case.audience in by.audiences:
            same = Content(case.facts, solution=case.solution, article=case.article).digest
            groups.setdefault((same, case.audience, case.language), []).append(case)
    return [_same(group) for group in groups.values() if len(group) > 1]


def merge(
    session: Session, row: CaseTypeRow, names: Collection[str] | None = None, *, by: Viewer, now: datetime
) -> int:
    """Make one of the cases that say the same; returns how many went.

    Args:
        names: of those to merge, as `Same.name` has them; all if not given. What changed meanwhile has another name
            and stays as it is.
    """
    found = find(session, row, by=by, hold=True)
    gone = sum(_merged(session, same, now) for same in found if names is None or same.name in names)
    log.info("cases merged", case_type=row.key, gone=gone, by=by.name)
    return gone


def _twice(row: CaseTypeRow) -> Select[str]:
    """Solutions that more than one case has."""
    return (
        select(Case.solution_key)
        .where(Case.case_type_id == row.id, Case.solution_key != "", Case.is_there())
        .group_by(Case.solution_key)
        .having(func.count() > 1)
    )


def _remembered(other: Case, kept: Case) -> CaseMerged:
    """A second import of the same file, and a machine that sends a case twice, know it by its key."""
    return CaseMerged(
        case_type_id=other.case_type_id, key=other.key, case_id=kept.id, imported_hash=other.imported_hash
    )


def _same(group: Sequence[Case]) -> Same:
    kept = min(group, key=lambda case: (case.state != CaseState.CONFIRMED, case.id))
    return Same(kept, [case for case in group if case is not kept])


def _merged(session: Session, same: Same, now: datetime) -> int:
    kept = same.kept
    linked = {link.key for link in kept.links}
    for other in same.others:
        kept.count += other.count
        for verdict in VERDICTS:
            setattr(kept, verdict, getattr(kept, verdict) + getattr(other, verdict))
        for key in sorted({link.key for link in other.links} - linked):
            kept.links.append(CaseLink(key=key))
            linked.add(key)
        for column in (GuidedRun.case_id, GuidedRun.kept_id, CaseMerged.case_id):
            session.execute(update(column.class_).where(column == other.id).values({column: kept.id}))
        session.add(_remembered(other, kept))
        session.delete(other)
    kept.changed_at = now
    session.flush()
    return len(same.others)
