"""How far groups are with what they were asked to read, and who has not: for those who may know it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from authoring.models import ReadingReceipt, ReadingRequest
from authoring.reading.reading_queries import in_source, shown
from kb import articles, auth, queries
from kb.models import Article, Group, Person, Role
from kb.models.people import group_member
from kb.queries import Card
from kb.structure import Structure
from kb.viewers import Viewer


class Standing(StrEnum):
    """How somebody stands to what they were asked to read."""

    OVERDUE = "overdue"
    OPEN = "open"
    CONFIRMED = "confirmed"
    BARRED = "barred"  # the article is not for them, or not shown now


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody who was asked; `confirmed_at` and `tries` are those of their receipt."""

    person: Person
    standing: Standing
    confirmed_at: datetime | None
    tries: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a group is with what it was asked.

    Args:
        title: of the article, in the language of the next field.
        lines: its people, those who are overdue first, then by name.
        is_shown: whether readers see the article now.
        has_changed: readers see another text of the source than the one that was asked about.
    """

    request: ReadingRequest
    group: Group
    article: Article
    title: str
    language: str
    asked_by: str
    lines: Sequence[Line]
    is_shown: bool
    has_changed: bool

    def count(self, *standings: Standing) -> int:
        """How many people stand so."""
        return sum(line.standing in standings for line in self.lines)


def may_see(request: ReadingRequest, article: Article, viewer: Viewer) -> bool:
    """Whether a viewer may know who has not read it: whoever asked, supervisors there, administrators."""
    asked = viewer.person_id is not None and request.asked_by_id == viewer.person_id
    return asked or viewer.may([Role.SUPERVISOR], articles.ground_of(article))


def waiting(
    session: Session, request: ReadingRequest, structure: Structure, now: datetime
) -> list[tuple[Person, Card]]:
    """Who has still to read, with what they would read."""
    cards = shown(session, [request.article_id], now).get(request.article_id, [])
    people = _people(session, [request.group_id])[request.group_id]
    receipts = _receipts(session, [request.id])
    return [
        (person, queries.best_language(cards, person.languages)[0])
        for person in people
        if _may_read(person, cards, structure) and not _is_confirmed(receipts.get((request.id, person.id)))
    ]


def progress(
    session: Session,
    viewer: Viewer,
    structure: Structure,
    now: datetime,
    languages: Sequence[str],
    *,
    only: int | None = None,
) -> list[Progress]:
    """How far the groups are, as far as this viewer may know: what is overdue first, then what is due soonest.

    Args:
        languages: for titles, best first.
        only: the id of one request, open or closed; None for all that are open.
    """
    query = select(ReadingRequest, Article).join(Article, Article.id == ReadingRequest.article_id)
    query = query.where(ReadingRequest.id == only if only is not None else ReadingRequest.closed_at.is_(None))
    found = [
        (request, article)
        for request, article in session.execute(query.options(selectinload(Article.topics)))
        if may_see(request, article, viewer)
    ]
    made = _progress(session, found, structure, now, languages)
    return sorted(made, key=lambda one: (-one.count(Standing.OVERDUE), one.request.due_at, one.request.id))


def _progress(
    session: Session,
    found: Sequence[tuple[ReadingRequest, Article]],
    structure: Structure,
    now: datetime,
    languages: Sequence[str],
) -> list[Progress]:
    cards = shown(session, {article.id for _, article in found}, now)
    groups = {group.id: group for group in session.scalars(select(Group))}
    people = _people(session, {request.group_id for request, _ in found})
    receipts = _receipts(session, [request.id for request, _ in found])
    askers = _names(session, {request.asked_by_id for request, _ in found})
    made = []
    for request, article in found:
        own = cards.get(article.id, [])
        best = queries.best_language(own, languages)[0] if own else None
        asked = [
            _Asked(request, person, receipts.get((request.id, person.id)))
            for person in people[request.group_id]
        ]
        made.append(
            Progress(
                request=request,
                group=groups[request.group_id],
                article=article,
                title=best.title if best else article.key,
                language=best.language if best else "",
                asked_by=askers.get(request.asked_by_id or 0, ""),
                lines=sorted((one.line(own, structure, now) for one in asked), key=_urgency),
                is_shown=bool(own),
                has_changed=bool(own)
                and request.revision_id != in_source(own, article.source_language).revision_id,
            )
        )
    return made


@dataclass(frozen=True, slots=True)
class _Asked:
    request: ReadingRequest
    person: Person
    receipt: ReadingReceipt | None

    def line(self, cards: Sequence[Card], structure: Structure, now: datetime) -> Line:
        return Line(
            self.person,
            self._standing(cards, structure, now),
            self.receipt.confirmed_at if self.receipt else None,
            self.receipt.tries if self.receipt else 0,
        )

    def _standing(self, cards: Sequence[Card], structure: Structure, now: datetime) -> Standing:
        if _is_confirmed(self.receipt):
            return Standing.CONFIRMED
        if not _may_read(self.person, cards, structure):
            return Standing.BARRED
        return Standing.OVERDUE if self.request.due_at <= now else Standing.OPEN


def _urgency(line: Line) -> tuple[int, str]:
    return list(Standing).index(line.standing), line.person.name.casefold()


def _may_read(person: Person, cards: Sequence[Card], structure: Structure) -> bool:
    """Whether the article shows now, and to this person."""
    return bool(cards) and cards[0].audience in auth.viewer_of(person, structure).audiences


def _is_confirmed(receipt: ReadingReceipt | None) -> bool:
    return receipt is not None and receipt.confirmed_at is not None


def _people(session: Session, group_ids: Iterable[int]) -> dict[int, list[Person]]:
    """Group id -> those of its people who can log in."""
    wanted = sorted(set(group_ids))
    query = (
        select(group_member.c.group_id, Person)
        .join(Person, Person.id == group_member.c.person_id)
        .where(group_member.c.group_id.in_(wanted), Person.is_active)
        .options(selectinload(Person.groups), selectinload(Person.limits))
        .order_by(Person.name, Person.id)
    )
    found: dict[int, list[Person]] = {group_id: [] for group_id in wanted}
    for group_id, person in session.execute(query):
        found[group_id].append(person)
    return found


def _receipts(session: Session, request_ids: Sequence[int]) -> Mapping[tuple[int, int], ReadingReceipt]:
    query = select(ReadingReceipt).where(ReadingReceipt.request_id.in_(request_ids))
    return {(receipt.request_id, receipt.person_id): receipt for receipt in session.scalars(query)}


def _names(session: Session, person_ids: Iterable[int | None]) -> Mapping[int, str]:
    query = select(Person.id, Person.name).where(
        Person.id.in_([one for one in person_ids if one is not None])
    )
    return dict(session.execute(query).all())
