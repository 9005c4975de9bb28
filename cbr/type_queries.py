"""Reads of case types for those who shape them: those put away are there as well. Each starts from the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cbr.models import Case, CaseArrival, CaseReport, CaseTypeRow
from kb.errors import N_, NotFound
from kb.viewers import Viewer


def shaped_by(session: Session, viewer: Viewer) -> Sequence[CaseTypeRow]:
    """The case types for an audience that the viewer belongs to: those in use first, then by key."""
    being_made = select(CaseArrival.case_type_id).where(CaseArrival.makes_type)
    query = select(CaseTypeRow).where(
        CaseTypeRow.audience.in_(sorted(viewer.audiences)), CaseTypeRow.id.not_in(being_made)
    )
    return session.scalars(query.order_by(CaseTypeRow.is_active.desc(), CaseTypeRow.key)).all()


def one_shaped_by(session: Session, viewer: Viewer, key: str) -> CaseTypeRow:
    """One of them. Raises `NotFound`."""
    query = select(CaseTypeRow).where(
        CaseTypeRow.key == key, CaseTypeRow.audience.in_(sorted(viewer.audiences))
    )
    found = session.scalars(query).first()
    if found is None:
        raise NotFound(N_("There is no case type %(key)s.", key=key))
    return found


def is_taken(session: Session, key: str) -> bool:
    """Whether there is a case type of this key, whoever may know of it."""
    return session.scalar(select(CaseTypeRow.id).where(CaseTypeRow.key == key)) is not None


def counts(session: Session, viewer: Viewer) -> Mapping[int, Mapping[str, int]]:
    """Id of a case type -> state -> how many cases for an audience of the viewer it has, in use or not."""
    query = (
        select(Case.case_type_id, Case.state, func.count())
        .where(Case.audience.in_(sorted(viewer.audiences)), Case.is_there())
        .group_by(Case.case_type_id, Case.state)
    )
    found: dict[int, dict[str, int]] = {}
    for type_id, state, number in session.execute(query):
        found.setdefault(type_id, {})[state] = number
    return found


class Measured(NamedTuple):
    """What the newest evaluation says.

    Args:
        result: as it was kept.
        version: of the schema that was measured.
    """

    result: Mapping[str, Any]
    version: int


def evaluations(session: Session) -> Mapping[int, Measured]:
    """Id of a case type -> its newest evaluation."""
    rank = func.row_number().over(
        partition_by=CaseReport.case_type_id, order_by=(CaseReport.at.desc(), CaseReport.id.desc())
    )
    ranked = select(CaseReport.id, rank.label("rank")).where(CaseReport.kind == "evaluation").subquery()
    query = (
        select(CaseReport.case_type_id, CaseReport.result, CaseReport.version)
        .join(ranked, ranked.c.id == CaseReport.id)
        .where(ranked.c.rank == 1)
    )
    return {
        type_id: Measured(result, version) for type_id, result, version in session.execute(query) if result
    }
