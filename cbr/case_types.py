"""The verbs of case types: made, changed, weighed and put away by specialists and administrators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.case_type import CaseType, read_case_type
from cbr.columns import read_columns
from cbr.models import Case, CaseTypeRow
from cbr.plain import Plain
from cbr.shelves import MOST_OF_PEOPLE
from cbr.similarity import Cyclic
from kb import texts
from kb.concurrency import refuse_stale
from kb.errors import N_, Conflict, Invalid, NotFound
from kb.models import Audience
from kb.models.people import Role
from kb.permissions import require
from kb.viewers import Viewer

MAY_SHAPE = frozenset({Role.SPECIALIST, Role.ADMIN})
RESERVED = "0-"
"""Keys of attributes that begin so are the house's own."""

IN_ADDRESSES = frozenset({"import", "types"})
"""Keys that no case type has: at their addresses are other pages of cases."""

READ_AT_ONCE = 1000
MOST_NAMED = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Changed:
    """What a change of a schema left behind.

    Args:
        row: the case type.
        unfit: where the change is one of what values can be: key of a case -> attribute -> what is wrong with its
            value now; at most `MOST_NAMED` cases. The values are kept, and count again as soon as the schema takes
            them.
        cases: how many cases have such values.
    """

    row: CaseTypeRow
    unfit: Mapping[str, Mapping[str, str]]
    cases: int


def schema_of(row: CaseTypeRow) -> CaseType:
    """The case type that a row holds."""
    return read_case_type(row.schema)


def create(session: Session, case_type: CaseType, *, audience: str, by: Viewer, now: datetime) -> CaseTypeRow:
    """Make a case type.

    Args:
        audience: who may know of it.

    Raises:
        Invalid: "audience", or a place in the schema.
        Conflict: there is one with this key.
    """
    require(by, MAY_SHAPE)
    if case_type.key in IN_ADDRESSES:
        raise Invalid({"key": N_("This word is taken. Choose another key.")})
    schema = _checked(case_type)
    _check_audience(session, audience, by)
    if session.scalar(select(CaseTypeRow.id).where(CaseTypeRow.key == case_type.key)) is not None:
        raise Conflict(N_("There is a case type %(key)s already.", key=case_type.key))
    row = CaseTypeRow(
        key=case_type.key, schema=schema, version=1, audience=audience, created_at=now, changed_at=now
    )
    session.add(row)
    session.flush()
    log.info("case type made", key=row.key, by=by.name)
    return row


def change(
    session: Session,
    row: CaseTypeRow,
    case_type: CaseType,
    *,
    by: Viewer,
    now: datetime,
    audience: str | None = None,
    is_active: bool = True,
    seen: str | None = None,
) -> Changed:
    """Give a case type another schema; its version grows where that says something else.

    Args:
        audience: None to leave it.
        is_active: whether it is in use from now on: a change brings back what was put away.
        seen: its version when the form was opened.

    Raises:
        Invalid: "key" (it stays for ever), "audience", or a place in the schema.
        Conflict: somebody else saved it meanwhile.
    """
    _require_shaper(row, by)
    refuse_stale(session, row, seen)
    if case_type.key != row.key:
        raise Invalid({"key": N_("The key of a case type cannot change.")})
    schema = _checked(case_type)
    if audience is not None and audience != row.audience:
        _check_audience(session, audience, by)
        row.audience = audience
    before = schema_of(row)
    if schema != row.schema:
        row.schema, row.version = schema, row.version + 1
    row.changed_at, row.is_active = now, is_active
    session.flush()
    log.info("case type changed", key=row.key, version=row.version, by=by.name)
    if _takes(before) == _takes(case_type):
        return Changed(row, {}, 0)  # the values of all cases need not be looked at
    return what_does_not_fit(session, row, by)


def set_weights(
    session: Session,
    row: CaseTypeRow,
    weights: Mapping[str, float],
    *,
    by: Viewer,
    now: datetime,
    seen: str | None = None,
) -> CaseTypeRow:
    """Take over weights, learned or chosen.

    Args:
        weights: key of an attribute -> weight; who is not named keeps theirs.

    Raises:
        Invalid: key -> what is wrong.
    """
    _require_shaper(row, by)
    case_type = schema_of(row)
    if unknown := [key for key in weights if key not in case_type.by_key]:
        raise Invalid({key: N_("There is no attribute %(key)s.", key=key) for key in unknown})
    weighted = case_type.weighted(weights)
    return change(session, row, weighted, by=by, now=now, is_active=row.is_active, seen=seen).row


def deactivate(session: Session, row: CaseTypeRow, *, by: Viewer, now: datetime) -> CaseTypeRow:
    """Put a case type away: nobody finds its cases until it is changed again or brought back."""
    _require_shaper(row, by)
    row.is_active, row.changed_at = False, now
    session.flush()
    log.info("case type put away", key=row.key, by=by.name)
    return row


def bring_back(session: Session, row: CaseTypeRow, *, by: Viewer, now: datetime) -> CaseTypeRow:
    """Use a case type that was put away again."""
    _require_shaper(row, by)
    row.is_active, row.changed_at = True, now
    session.flush()
    log.info("case type brought back", key=row.key, by=by.name)
    return row


def by_key(session: Session, key: str) -> CaseTypeRow:
    """The case type of a key, for verbs and commands. Raises `NotFound`."""
    row = session.scalars(select(CaseTypeRow).where(CaseTypeRow.key == key)).first()
    if row is None:
        raise NotFound(N_("There is no case type %(key)s.", key=key))
    return row


def _require_shaper(row: CaseTypeRow, by: Viewer) -> None:
    """Raises `NotAllowed`, or `NotFound` for somebody who may not know of it."""
    require(by, MAY_SHAPE)
    if not belongs(by, row.audience):
        raise NotFound(N_("There is no case type %(key)s.", key=row.key))


def belongs(by: Viewer, audience: str) -> bool:
    """Whether somebody is among the readers that an audience is; administrators are among all."""
    return by.has(Role.ADMIN) or audience in by.audiences


def _checked(case_type: CaseType) -> dict[str, Plain]:
    """The schema as plain data, read again: what would not be read tomorrow is refused today."""
    reserved = {
        f"attributes[{at}].key": N_("No key begins with %(start)s.", start=RESERVED)
        for at, one in enumerate(case_type.attributes)
        if one.key.startswith(RESERVED)
    }
    if len(case_type.attributes) > MOST_OF_PEOPLE:
        most = N_("A case type has at most %(most)s attributes.", most=MOST_OF_PEOPLE)
        reserved["attributes"] = most
    if reserved:
        raise Invalid(reserved)
    schema = case_type.to_plain()
    faults = {place: problem for place, text in _texts(schema) if (problem := texts.problem(text))}
    if faults:
        raise Invalid(faults)
    read_case_type(schema)
    return schema


def _texts(data: Plain, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, str):
        yield place.strip("."), data
    elif isinstance(data, Mapping):
        for name, value in data.items():
            yield from _texts(name, f"{place}{name}.")
            yield from _texts(value, f"{place}{name}.")
    elif isinstance(data, list | tuple):
        for at, value in enumerate(data):
            yield from _texts(value, f"{place.rstrip('.')}[{at}].")


def audience_faults(session: Session, audience: str, by: Viewer) -> dict[str, str]:
    """What is wrong with an audience that somebody chose: nothing, if there is one and they belong to it."""
    there = session.scalar(select(Audience.key).where(Audience.key == audience)) is not None
    if there and belongs(by, audience):
        return {}
    return {"audience": N_("Choose an audience that you belong to.")}


def _check_audience(session: Session, audience: str, by: Viewer) -> None:
    if faults := audience_faults(session, audience, by):
        raise Invalid(faults)


def _takes(case_type: CaseType) -> list[object]:
    """All that says which values the attributes take."""
    return [
        (one.key, one.kind, one.unit, one.choices, isinstance(one.similarity, Cyclic))
        for one in sorted(case_type.attributes, key=lambda one: one.key)
    ]


def what_does_not_fit(session: Session, row: CaseTypeRow, by: Viewer) -> Changed:
    """The values of cases that their case type does not take as it is now. All are counted; named are those of cases
    that this person belongs to the readers of.
    """
    _require_shaper(row, by)
    case_type, named, cases = schema_of(row), dict[str, dict[str, str]](), 0
    query = select(Case.key, Case.facts, Case.audience).where(Case.case_type_id == row.id).order_by(Case.id)
    for batch in session.execute(query).partitions(READ_AT_ONCE):
        keys, facts, audiences = zip(*batch, strict=True)
        of_batch = _by_case(case_type, keys, facts)
        cases += len(of_batch)
        readable = {key for key, audience in zip(keys, audiences, strict=True) if belongs(by, audience)}
        told = [(key, faults) for key, faults in of_batch.items() if key in readable]
        named |= dict(told[: MOST_NAMED - len(named)])
    return Changed(row, named, cases)


def _by_case(
    case_type: CaseType, keys: Sequence[str], facts: Sequence[Mapping[str, Plain]]
) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for at, key, sentence in read_columns(case_type, facts)[1]:
        found.setdefault(keys[at], {})[key] = sentence
    return found
