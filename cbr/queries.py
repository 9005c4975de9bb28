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

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from cbr.cases import MAY_CONFIRM
from cbr.models import Case, CaseLink, CaseReport, CaseState, CaseTypeRow
from kb import queries as articles
from kb.errors import N_, NotFound
from kb.models import Article
from kb.viewers import AGENT, Viewer

FOR_AGENTS = (CaseState.CONFIRMED, CaseState.SOLVED)
EVERY_STATE = tuple(CaseState)


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
        solution_key: of the same solution.
        failing: did not work more often than it did.
    """

    case_type: str = ""
    state: str = ""
    audience: str = ""
    language: str = ""
    source: str = ""
    text: str = ""
    article: str = ""
    solution_key: str = ""
    failing: bool = False


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
) -> Page:
    """Some of the cases that this viewer may read: three queries, however many there are."""
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
        (Case.solution_key, filters.solution_key),
    ):
        if wanted:
            query = query.where(column == wanted)
    if filters.text:
        columns = (Case.problem, Case.title, Case.solution, Case.key)
        query = query.where(or_(*(column.icontains(filters.text, autoescape=True) for column in columns)))
    if filters.article:
        query = query.where(Case.id.in_(select(CaseLink.case_id).where(CaseLink.key == filters.article)))
    if filters.failing:
        query = query.where(Case.failed > Case.worked + Case.adapted)
    return query


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
        total: how many there are.
    """

    cases: Sequence[Case]
    total: int


def of_article(session: Session, viewer: Viewer, now: datetime, key: str, *, limit: int = 5) -> OfArticle:
    """The cases whose solution links to an article."""
    linked = select(CaseLink.case_id).where(CaseLink.key == key)
    states = Case.state.in_(found_states(viewer))
    query = visible_to(viewer, now, Case, func.count().over()).where(Case.id.in_(linked), states)
    rows = session.execute(query.order_by(Case.count.desc(), Case.id).limit(limit)).all()
    return OfArticle([row[0] for row in rows], rows[0][1] if rows else 0)


def linked_articles(
    session: Session, viewer: Viewer, now: datetime, keys: Iterable[str], languages: Sequence[str]
) -> dict[str, articles.Card]:
    """Key -> card of those of these articles that the viewer may read, each in the best language it has."""
    query = articles.visible_to(viewer, now, *articles.CARD).where(Article.key.in_(sorted(set(keys))))
    found = articles.best_language(articles.cards(session, query), languages)
    return {card.key: card for card in found}


class Saying(NamedTuple):
    """A solution as one case says it.

    Args:
        id: of the case.
        solution: Markdown, with its places not filled in.
        article: the key of the article or guide that says it best; "" for none.
    """

    solution_key: str
    id: int
    title: str
    solution: str
    article: str
    language: str


def solutions(
    session: Session, viewer: Viewer, now: datetime, type_key: str, keys: Iterable[str]
) -> dict[str, Saying]:
    """Solution key -> how the best case says it: a confirmed one, and of those the commonest."""
    columns = (Case.solution_key, Case.id, Case.title, Case.solution, Case.article, Case.language)
    query = (
        visible_to(viewer, now, *columns)
        .where(
            CaseTypeRow.key == type_key,
            Case.solution_key.in_(sorted(set(keys))),
            Case.state.in_(found_states(viewer)),
        )
        .order_by((Case.state == CaseState.CONFIRMED), Case.count, Case.id.desc())
    )
    return {row.solution_key: Saying(*row) for row in session.execute(query)}


def newest_report(session: Session, row: CaseTypeRow, kind: str) -> CaseReport | None:
    """What was measured last of a kind: weights, maintenance or evaluation."""
    query = select(CaseReport).where(CaseReport.case_type_id == row.id, CaseReport.kind == kind)
    return session.scalars(query.order_by(CaseReport.at.desc(), CaseReport.id.desc()).limit(1)).first()
