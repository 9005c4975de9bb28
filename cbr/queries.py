"""Reads of cases. Every one starts from the viewer and the moment: `visible_to(viewer, now)`.

A case is for its audience, within the audience of its case type. Customers get what was confirmed; whoever belongs to
the agents gets what is solved but not confirmed yet, too; those who confirm cases see them in every state, and
everybody their own. Inside a portal a viewer is no more than the portal shows, here as with articles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from cbr.cases import MAY_CONFIRM
from cbr.models import Case, CaseLink, CaseReport, CaseState, CaseTypeRow
from kb import queries as articles
from kb.errors import N_, NotFound
from kb.listings import matches
from kb.models import Article, AuditEntry, Person
from kb.viewers import AGENT, Viewer

FOR_AGENTS = (CaseState.CONFIRMED, CaseState.SOLVED)
EVERY_STATE = (CaseState.SOLVED, CaseState.CONFIRMED, CaseState.OPEN, CaseState.RETIRED)
"""As a list has them: what waits to be confirmed first."""


def found_states(viewer: Viewer) -> tuple[CaseState, ...]:
    """The states of cases that are found for this viewer as help."""
    return FOR_AGENTS if AGENT in viewer.audiences else (CaseState.CONFIRMED,)


def visible_to(viewer: Viewer, now: datetime, *columns: Any) -> Select[Any]:
    """Select what this viewer may read at this moment.

    Args:
        now: cases are not limited in time; it is asked for so that they can be, one day, without a door left open.
        columns: what to select of Case and CaseTypeRow; the Case entity when none is named.
    """
    mine = viewer.audiences
    query = (
        select(*(columns or (Case,)))
        .select_from(Case)
        .join(CaseTypeRow, CaseTypeRow.id == Case.case_type_id)
        .where(
            Case.is_there(),
            Case.audience.in_(sorted(mine)),
            CaseTypeRow.audience.in_(sorted(mine)),
            CaseTypeRow.is_active,
        )
    )
    if AGENT in mine and viewer.has(*MAY_CONFIRM):
        return query
    shown = Case.state.in_(found_states(viewer))
    if AGENT in mine and viewer.person_id:
        return query.where(or_(shown, Case.author_id == viewer.person_id))
    return query.where(shown)


def types_visible_to(viewer: Viewer, *columns: Any) -> Select[Any]:
    """Select the case types that this viewer may know of."""
    return (
        select(*(columns or (CaseTypeRow,)))
        .where(CaseTypeRow.audience.in_(sorted(viewer.audiences)), CaseTypeRow.is_active)
        .order_by(CaseTypeRow.key)
    )


def case_types(session: Session, viewer: Viewer) -> Sequence[CaseTypeRow]:
    """The case types that this viewer may know of, by key."""
    return session.scalars(types_visible_to(viewer)).all()


def case_type(session: Session, viewer: Viewer, key: str) -> CaseTypeRow:
    """One of them. Raises `NotFound`."""
    found = session.scalars(types_visible_to(viewer).where(CaseTypeRow.key == key)).first()
    if found is None:
        raise NotFound(N_("There is no case type %(key)s.", key=key))
    return found  # type: ignore[no-any-return]


def case(session: Session, viewer: Viewer, now: datetime, type_key: str, key: str) -> Case:
    """One case with its links. Raises `NotFound`."""
    query = visible_to(viewer, now).where(CaseTypeRow.key == type_key, Case.key == key)
    found = session.scalars(query.options(selectinload(Case.links))).first()
    if found is None:
        raise NotFound(N_("There is no case %(key)s that you may read.", key=key))
    return found  # type: ignore[no-any-return]


def by_ids(session: Session, viewer: Viewer, now: datetime, ids: Iterable[int]) -> dict[int, Case]:
    """Those of these cases that the viewer may read, with their links."""
    query = visible_to(viewer, now).where(Case.id.in_(sorted(ids))).options(selectinload(Case.links))
    return {found.id: found for found in session.scalars(query)}


class Filters(NamedTuple):
    """Which cases to list; empty says nothing.

    Args:
        case_type: its key.
        text: is part of the problem, the title, the solution or the key.
        article: is linked to.
        proposes: of cases that propose the same, as `Case.proposes` has it.
        failing: did not work more often than it did.
        author_id: of whoever wrote it; 0 for anybody.
    """

    case_type: str = ""
    state: str = ""
    audience: str = ""
    language: str = ""
    source: str = ""
    text: str = ""
    article: str = ""
    proposes: str = ""
    failing: bool = False
    author_id: int = 0


@dataclass(frozen=True)
class Page:
    """A page of cases, the newest first.

    Args:
        types: id -> key of their case types.
        total: on all pages.
    """

    cases: Sequence[Case]
    types: Mapping[int, str]
    total: int


def page(
    session: Session,
    viewer: Viewer,
    now: datetime,
    filters: Filters = Filters(),  # noqa: B008 - it cannot change
    *,
    offset: int = 0,
    limit: int = 20,
    total: int | None = None,
) -> Page:
    """Some of the cases that this viewer may read: three queries, however many there are.

    Args:
        total: how many there are, where that is known: one query less.
    """
    if total is None:
        ids = _filtered(visible_to(viewer, now, Case.id, CaseTypeRow.key), filters)
        total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    query = _filtered(visible_to(viewer, now, Case, CaseTypeRow.key), filters)
    query = query.order_by(Case.changed_at.desc(), Case.id.desc()).offset(offset).limit(limit)
    rows = session.execute(query.options(selectinload(Case.links))).all()
    return Page([row[0] for row in rows], {row[0].case_type_id: row[1] for row in rows}, total)


def _filtered(query: Select[Any], filters: Filters) -> Select[Any]:
    for column, wanted in (
        (CaseTypeRow.key, filters.case_type),
        (Case.state, filters.state),
        (Case.audience, filters.audience),
        (Case.language, filters.language),
        (Case.source, filters.source),
    ):
        if wanted:
            query = query.where(column == wanted)
    if filters.text:
        columns = (Case.problem, Case.title, Case.solution, Case.key)
        query = query.where(or_(*(matches(column, filters.text) for column in columns)))
    if filters.article:
        query = query.where(Case.id.in_(select(CaseLink.case_id).where(CaseLink.key == filters.article)))
    if filters.proposes:
        query = query.where(proposing(filters.proposes))
    if filters.failing:
        query = query.where(Case.failed > Case.worked + Case.adapted)
    if filters.author_id:
        query = query.where(Case.author_id == filters.author_id)
    return query


def proposing(wanted: str) -> ColumnElement[bool]:
    """Whether a case proposes this, as `Case.proposes` has it; said so that an index can be used."""
    return or_(Case.article == wanted, and_(Case.article == "", Case.solution_key == wanted))


def states(session: Session, viewer: Viewer, now: datetime, filters: Filters) -> dict[str, int]:
    """State -> how many cases this viewer may read, whatever state the filters name."""
    query = _filtered(visible_to(viewer, now, Case.state, func.count(Case.id)), filters._replace(state=""))
    return {row[0]: row[1] for row in session.execute(query.group_by(Case.state))}


class Waiting(NamedTuple):
    """What waits for a confirmation by this viewer.

    Args:
        case: the oldest; None where nothing waits.
        type_key: of its case type.
        total: how many wait.
    """

    case: Case | None
    type_key: str
    total: int


def waiting(
    session: Session, viewer: Viewer, now: datetime, type_key: str = "", *, after: int = 0
) -> Waiting:
    """What this viewer can confirm, the oldest first: two queries.

    Args:
        type_key: of the case types one; "" for all.
        after: the id of the case that was looked at last; the first of all comes after the last.
    """
    query = _waiting(visible_to(viewer, now, Case, CaseTypeRow.key), viewer, type_key)
    order = (Case.id <= after, Case.id) if after else (Case.id,)
    row = session.execute(query.options(selectinload(Case.links)).order_by(*order).limit(1)).first()
    return (
        Waiting(row[0], row[1], waiting_count(session, viewer, now, type_key))
        if row
        else Waiting(None, "", 0)
    )


def waiting_count(
    session: Session, viewer: Viewer, now: datetime, type_key: str = "", *, most: int | None = None
) -> int:
    """How many cases wait for a confirmation by this viewer.

    Args:
        most: counted are so many at most, which costs the same however many there are.
    """
    ids = _waiting(visible_to(viewer, now, Case.id), viewer, type_key).limit(most)
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def _waiting(query: Select[Any], viewer: Viewer, type_key: str) -> Select[Any]:
    """Nobody confirms what is their own."""
    query = query.where(Case.state == CaseState.SOLVED)
    if viewer.person_id:
        query = query.where(or_(Case.author_id.is_(None), Case.author_id != viewer.person_id))
    return query.where(CaseTypeRow.key == type_key) if type_key else query


def counts(session: Session, viewer: Viewer, now: datetime) -> dict[str, dict[str, int]]:
    """Key of a case type -> state -> how many cases this viewer may read."""
    query = visible_to(viewer, now, CaseTypeRow.key, Case.state, func.count(Case.id)).group_by(
        CaseTypeRow.key, Case.state
    )
    found: dict[str, dict[str, int]] = {}
    for key, state, number in session.execute(query):
        found.setdefault(key, {})[state] = number
    return found


class OfArticle(NamedTuple):
    """The cases that an article solved.

    Args:
        cases: the commonest first.
        types: id -> their case types.
        total: how many there are.
    """

    cases: Sequence[Case]
    types: Mapping[int, CaseTypeRow]
    total: int


def of_article(session: Session, viewer: Viewer, now: datetime, key: str, *, limit: int = 5) -> OfArticle:
    """The cases whose solution links to an article."""
    linked = select(CaseLink.case_id).where(CaseLink.key == key)
    states = Case.state.in_(found_states(viewer))
    query = visible_to(viewer, now, Case, CaseTypeRow, func.count().over())
    query = query.where(Case.id.in_(linked), states).order_by(Case.count.desc(), Case.id).limit(limit)
    rows = session.execute(query).all()
    types = {row[0].case_type_id: row[1] for row in rows}
    return OfArticle([row[0] for row in rows], types, rows[0][2] if rows else 0)


def linked_articles(
    session: Session, viewer: Viewer, now: datetime, keys: Iterable[str], languages: Sequence[str]
) -> dict[str, articles.Card]:
    """Key -> card of those of these articles that the viewer may read, each in the best language it has."""
    query = articles.visible_to(viewer, now, *articles.CARD).where(Article.key.in_(sorted(set(keys))))
    found = articles.best_language(articles.cards(session, query), languages)
    return {card.key: card for card in found}


def spoken(session: Session, viewer: Viewer, now: datetime, case: Case, language: str) -> Case:
    """The same as it is said in a language: of cases that an article holds together the first in it, else the case."""
    if not case.article or case.language == language:
        return case
    same = (Case.article == case.article, Case.language == language, Case.state.in_(found_states(viewer)))
    query = visible_to(viewer, now).where(Case.case_type_id == case.case_type_id, *same)
    found = session.scalars(query.order_by(Case.id).limit(1)).first()
    return found or case


def history(session: Session, case: Case, limit: int = 50) -> Sequence[AuditEntry]:
    """What was done to a case, the newest first."""
    query = select(AuditEntry).where(
        AuditEntry.subject_kind == Case.__tablename__, AuditEntry.subject_id == case.id
    )
    return session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def people(session: Session, cases: Iterable[Case]) -> dict[int, str]:
    """Id -> name of those who wrote and confirmed these cases."""
    ids = {id_ for case in cases for id_ in (case.author_id, case.reviewer_id) if id_}
    query = select(Person.id, Person.name).where(Person.id.in_(sorted(ids)))
    return {row.id: row.name for row in session.execute(query)} if ids else {}


def reports(session: Session, row: CaseTypeRow, kind: str) -> Sequence[CaseReport]:
    """What was measured of a kind, the newest first: weights, maintenance or evaluation."""
    query = select(CaseReport).where(CaseReport.case_type_id == row.id, CaseReport.kind == kind)
    return session.scalars(query.order_by(CaseReport.at.desc(), CaseReport.id.desc())).all()


def newest_report(session: Session, row: CaseTypeRow, kind: str) -> CaseReport | None:
    """What was measured last of a kind."""
    query = select(CaseReport).where(CaseReport.case_type_id == row.id, CaseReport.kind == kind)
    return session.scalars(query.order_by(CaseReport.at.desc(), CaseReport.id.desc()).limit(1)).first()
