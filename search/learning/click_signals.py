"""What was opened and what helped becomes a factor for the order of results; the maths is in `signals`."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.context import Services
from kb.db import Database, unindexed
from kb.jobs import Job, in_transaction
from kb.models import Article
from search.learning.days import day
from search.learning.signals import USUAL, Seen, Sums, chances, day_of, factor, learned
from search.models import AskedQuestion, ClickSignal, OpenedAnswer

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)
SETTLED_AFTER = timedelta(minutes=30)
"""How long readers have to open answers and to say whether they helped, before a question is learned from."""

AT_ONCE = 500
"""Questions that are learned from together."""

USUAL_OF = timedelta(days=7)
"""The chances that ranks are opened follow the questions of so long."""

CLICKABLE = ("portal", "panel", "widget")
"""Surfaces that tell what was opened; of the others, nothing opened means nothing."""

READ_EVERY = timedelta(minutes=1)
TOO_NEAR_1 = 0.005
"""A factor as near to 1 as this changes nothing, and is not kept in memory."""

Key = tuple[int, str]


def jobs(services: Services) -> list[Job]:
    """What is learned every ten minutes, and what has faded away."""
    database = services.database

    def run(now: datetime) -> None:
        learn(database, now)

    return [
        Job("click signals", EVERY, run),
        in_transaction("click signals clean-up", timedelta(days=1), database, drop_faded),
    ]


def learn(database: Database, now: datetime) -> int:
    """Learn from every question that has settled and was not learned from; returns how many there were.

    Each batch is a transaction, so that no other writer waits for all of them.
    """
    with database.session() as session:
        chance = _chances(session, now)
    done, batch = 0, AT_ONCE
    while batch == AT_ONCE:
        with database.transaction(actor="click signals") as session:
            batch = _learn_some(session, chance, now)
        done += batch
    return done


def _learn_some(session: Session, chance: Sequence[float], now: datetime) -> int:
    questions = _settled(session, now)
    seen = _seen(session, questions)
    _add(session, learned(seen, chance, _counted(session, seen)), now)
    ids = [question.id for question in questions]
    session.execute(update(AskedQuestion).where(AskedQuestion.id.in_(ids)).values(learned=True))
    return len(questions)


def drop_faded(session: Session, now: datetime) -> None:
    """Forget sums of which nothing is left."""
    for row in session.scalars(select(ClickSignal).where(ClickSignal.as_of < now - timedelta(days=30))):
        if _sums(row).faded(now - row.as_of).is_negligible:
            session.delete(row)


def _settled(session: Session, now: datetime) -> Sequence[AskedQuestion]:
    query = (
        select(AskedQuestion)
        .where(AskedQuestion.learned.is_(False), AskedQuestion.at <= now - SETTLED_AFTER)
        .order_by(AskedQuestion.at, AskedQuestion.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)  # whoever else may be at it, where a lease ran out
    )
    return session.scalars(query).all()


def _seen(session: Session, questions: Sequence[AskedQuestion]) -> list[Seen]:
    opened: dict[int, dict[int, str]] = defaultdict(dict)
    columns = (OpenedAnswer.question_id, OpenedAnswer.article_id, OpenedAnswer.verdict)
    query = select(*columns).where(OpenedAnswer.question_id.in_([question.id for question in questions]))
    for question_id, article_id, verdict in session.execute(query):
        opened[question_id][article_id] = verdict
    return [
        Seen(question.language, question.shape, question.at, tuple(question.shown), opened[question.id])
        for question in questions
        if question.surface in CLICKABLE and question.shown
    ]


def _counted(session: Session, seen: Sequence[Seen]) -> dict[tuple[str, str, str], int]:
    """How many questions of these shapes have been learned from already, day by day."""
    if not seen:
        return {}
    columns = (AskedQuestion.language, AskedQuestion.shape, day(session, AskedQuestion.at))
    places = {day_of(question) for question in seen}
    query = select(*columns, func.count()).where(
        AskedQuestion.learned.is_(True),
        unindexed(AskedQuestion.shape).in_(sorted({shape for _, shape, _ in places})),
        AskedQuestion.at >= min(question.at for question in seen) - timedelta(days=1),
        AskedQuestion.surface.in_(CLICKABLE),
    )
    rows = session.execute(query.group_by(*columns))
    found = {(language, shape, str(at)): int(number) for language, shape, at, number in rows}
    return {place: found[place] for place in places if place in found}


def _chances(session: Session, now: datetime) -> tuple[float, ...]:
    recent = (
        AskedQuestion.at > now - USUAL_OF,
        AskedQuestion.at <= now - SETTLED_AFTER,
        AskedQuestion.surface.in_(CLICKABLE),
    )
    lengths = session.execute(
        select(AskedQuestion.hits, func.count()).where(*recent).group_by(AskedQuestion.hits)
    ).all()
    shown = [float(sum(number for hits, number in lengths if hits > rank)) for rank in range(len(USUAL))]
    times = session.execute(
        select(OpenedAnswer.rank, func.count())
        .join(AskedQuestion, AskedQuestion.id == OpenedAnswer.question_id)
        .where(*recent, OpenedAnswer.rank <= len(USUAL))
        .group_by(OpenedAnswer.rank)
    )
    by_rank = {int(rank): int(number) for rank, number in times}
    return chances(shown, [float(by_rank.get(rank + 1, 0)) for rank in range(len(USUAL))])


def _add(session: Session, found: Mapping[Key, Sums], now: datetime) -> None:
    ids = sorted({article_id for article_id, _ in found})
    there = set(session.scalars(select(Article.id).where(Article.id.in_(ids)))) if ids else set()
    rows = _rows(session, ids)
    for (article_id, language), sums in found.items():
        if article_id not in there:
            continue
        row = rows.get((article_id, language))
        if row is None:
            row = ClickSignal(article_id=article_id, language=language, as_of=now)
            session.add(row)
        total = _sums(row).faded(now - row.as_of) + sums
        row.expected, row.opened = total.expected, total.opened
        row.helpful, row.unhelpful, row.as_of = total.helpful, total.unhelpful, max(now, row.as_of)
    session.flush()


def _rows(session: Session, ids: Iterable[int]) -> dict[Key, ClickSignal]:
    query = select(ClickSignal).where(ClickSignal.article_id.in_(list(ids)))
    return {(row.article_id, row.language): row for row in session.scalars(query)}


def _sums(row: ClickSignal) -> Sums:
    return Sums(row.expected or 0.0, row.opened or 0.0, row.helpful or 0.0, row.unhelpful or 0.0)


class Signals:
    """This process's copy of the factors, read again at most once a minute by whoever comes first after it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._factors: Mapping[tuple[str, str], float] = MappingProxyType({})
        self._read_at: datetime | None = None
        self._reading = threading.Lock()

    def factors(self, now: datetime) -> Mapping[tuple[str, str], float]:
        """(article id, language code) -> factor near 1, where it is not 1.

        While one reads it anew, others go on with what there was.
        """
        if not self._is_fresh(now) and self._reading.acquire(blocking=False):
            try:
                self._factors = MappingProxyType(self._read(now))
            except SQLAlchemyError:
                log.exception("click signals could not be read")
            finally:
                self._read_at = now
                self._reading.release()
        return self._factors

    def _is_fresh(self, now: datetime) -> bool:
        return self._read_at is not None and abs(now - self._read_at) < READ_EVERY

    def _read(self, now: datetime) -> dict[tuple[str, str], float]:
        columns = (
            ClickSignal.article_id,
            ClickSignal.language,
            ClickSignal.as_of,
            ClickSignal.expected,
            ClickSignal.opened,
            ClickSignal.helpful,
            ClickSignal.unhelpful,
        )
        found = {}
        with self._database.session() as session:
            for article_id, language, as_of, *sums in session.execute(select(*columns)):
                value = factor(Sums(*sums).faded(now - as_of))
                if abs(value - 1) > TOO_NEAR_1:
                    found[(str(article_id), language)] = value
        return found
