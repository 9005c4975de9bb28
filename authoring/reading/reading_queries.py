"""What a person is asked to read, and what they have read. Who of a group has not: see reading_progress."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from authoring.models import ReadingReceipt, ReadingRequest
from kb import queries
from kb.listings import matches
from kb.models import Article
from kb.models.people import group_member
from kb.queries import CARD, Card
from kb.viewers import Viewer

MOST_READ = 20  # what a person confirmed last
MOST_OFFERED = 30


@dataclass(frozen=True, slots=True)
class ToRead:
    """Something that a person is asked to read."""

    request: ReadingRequest
    card: Card
    is_overdue: bool


# What one person is asked


def to_read(session: Session, viewer: Viewer, now: datetime, languages: Sequence[str]) -> list[ToRead]:
    """What this person is asked to read and has not confirmed, the soonest due first.

    Args:
        languages: the reader's, best first.
    """
    requests = session.scalars(_asked(viewer, now).order_by(ReadingRequest.due_at, ReadingRequest.id)).all()
    cards = _cards(session, viewer, now, {request.article_id for request in requests})
    return [
        ToRead(request, queries.best_language(cards[request.article_id], languages)[0], request.due_at <= now)
        for request in requests
        if request.article_id in cards
    ]


def count_to_read(session: Session, viewer: Viewer, now: datetime) -> int:
    """How much a person has still to read."""
    return session.scalar(select(func.count()).select_from(_asked(viewer, now).subquery())) or 0


def _asked(viewer: Viewer, now: datetime) -> Select[ReadingRequest]:
    groups = select(group_member.c.group_id).where(group_member.c.person_id == viewer.person_id)
    confirmed = select(ReadingReceipt.request_id).where(
        ReadingReceipt.person_id == viewer.person_id, ReadingReceipt.confirmed_at.is_not(None)
    )
    return select(ReadingRequest).where(
        ReadingRequest.closed_at.is_(None),
        ReadingRequest.group_id.in_(groups),
        ReadingRequest.id.not_in(confirmed),
        ReadingRequest.article_id.in_(queries.visible_to(viewer, now, Article.id)),
    )


def card_for(session: Session, request: ReadingRequest, viewer: Viewer, now: datetime) -> Card | None:
    """What this person would read for a request; None where they are not asked, or cannot read it."""
    if (
        session.scalar(_asked(viewer, now).where(ReadingRequest.id == request.id).with_only_columns(1))
        is None
    ):
        return None
    found = _cards(session, viewer, now, [request.article_id])
    return queries.best_language(found[request.article_id], viewer.languages)[0]


def receipt_of(session: Session, request_id: int, person_id: int | None) -> ReadingReceipt | None:
    """What a person has answered so far."""
    query = select(ReadingReceipt).where(
        ReadingReceipt.request_id == request_id, ReadingReceipt.person_id == person_id
    )
    return session.scalars(query.execution_options(populate_existing=True)).first()


def read(session: Session, viewer: Viewer) -> list[tuple[ReadingReceipt, ReadingRequest]]:
    """What a person confirmed last."""
    query = (
        select(ReadingReceipt, ReadingRequest)
        .join(ReadingRequest, ReadingRequest.id == ReadingReceipt.request_id)
        .where(ReadingReceipt.person_id == viewer.person_id, ReadingReceipt.confirmed_at.is_not(None))
        .order_by(ReadingReceipt.confirmed_at.desc(), ReadingReceipt.id.desc())
        .limit(MOST_READ)
    )
    return [(receipt, request) for receipt, request in session.execute(query)]


def titles(
    session: Session, viewer: Viewer, now: datetime, article_ids: Iterable[int], languages: Sequence[str]
) -> dict[int, Card]:
    """Article id -> what this person may read of it, in the best of these languages."""
    found = _cards(session, viewer, now, article_ids)
    return {article_id: queries.best_language(cards, languages)[0] for article_id, cards in found.items()}


# What is shown of articles


def shown(session: Session, article_ids: Iterable[int], now: datetime) -> dict[int, list[Card]]:
    """Article id -> what any reader sees of it now, whoever that is."""
    ids = set(article_ids)
    audiences = session.scalars(select(Article.audience).where(Article.id.in_(sorted(ids))).distinct()).all()
    return _cards(session, Viewer(audiences=frozenset(audiences)), now, ids)


def _cards(
    session: Session, viewer: Viewer, now: datetime, article_ids: Iterable[int]
) -> dict[int, list[Card]]:
    query = queries.visible_to(viewer, now, *CARD).where(Article.id.in_(sorted(set(article_ids))))
    found: dict[int, list[Card]] = {}
    for card in queries.cards(session, query.order_by(Article.id, CARD[3])):
        found.setdefault(card.article_id, []).append(card)
    return found


def in_source(cards: Sequence[Card], source: str) -> Card:
    """What is shown in the source's language, else in the first one."""
    return queries.best_language(cards, [source])[0]


def offered(
    session: Session, viewer: Viewer, now: datetime, text: str, languages: Sequence[str]
) -> list[Card]:
    """Articles that somebody could ask a group to read: standards first, then what was published last."""
    query = queries.visible_to(viewer, now, *CARD).order_by(
        Article.kind != "standard", CARD[8].desc(), Article.id
    )
    if text:
        query = query.where(or_(matches(CARD[5], text), Article.key == text))
    return queries.best_language(queries.cards(session, query.limit(MOST_OFFERED * 4)), languages)[
        :MOST_OFFERED
    ]


# What is asked now


def open_requests(session: Session, article_id: int, group_id: int) -> Sequence[ReadingRequest]:
    """What a group is asked about an article now."""
    query = select(ReadingRequest).where(
        ReadingRequest.closed_at.is_(None),
        ReadingRequest.article_id == article_id,
        ReadingRequest.group_id == group_id,
    )
    return session.scalars(query).all()


def all_open(session: Session) -> Sequence[ReadingRequest]:
    """Everything that anybody is asked to read."""
    query = select(ReadingRequest).where(ReadingRequest.closed_at.is_(None)).order_by(ReadingRequest.id)
    return session.scalars(query).all()
