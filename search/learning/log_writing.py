"""What the log writes in one transaction: questions first, then what is told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kb.models import Article
from search.learning.shapes import shape
from search.models import AskedQuestion, OpenedAnswer

ASKED_AGAIN_WITHIN = timedelta(minutes=2)
"""Other words after longer than this are another question."""

TOLD_WITHIN = timedelta(days=1)
"""What is told of a question later than this has nothing to do with it any more."""

HELPFUL, UNHELPFUL = "helpful", "unhelpful"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, with nothing in it that tells who asked; the fields are those of `QuestionLog.asked`."""

    token: str
    previous: str | None
    at: datetime
    portal: str
    language: str
    surface: str
    text: str
    hits: int
    relaxed: bool
    shown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer that was opened."""

    token: str
    article_id: int
    rank: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer helped."""

    token: str
    article_id: int
    helpful: bool
    at: datetime


Entry = Asked | Opened | Verdict


class _Known(NamedTuple):
    id: int
    at: datetime
    shape: str
    shown: Sequence[int]


def write(session: Session, entries: Sequence[Entry], last: Collection[Entry]) -> list[Entry]:
    """Write entries; an entry twice does no harm.

    Args:
        last: entries that are not tried again: what they refer to and what is not there is left out of them.

    Returns:
        The entries that came too early: they refer to a question that is not there, and were not written.
    """
    questions = [entry for entry in entries if isinstance(entry, Asked)]
    told = [entry for entry in entries if not isinstance(entry, Asked)]
    before = _known(session, {entry.previous for entry in questions if entry.previous})
    early = _ask(session, questions, before, last)
    known = _known(session, {entry.token for entry in told})
    early += [entry for entry in told if entry.token not in known]
    articles = _existing(session, {entry.article_id for entry in told})
    fitting = [
        entry
        for entry in told
        if entry.article_id in articles
        and entry.token in known
        and timedelta() <= entry.at - known[entry.token].at <= TOLD_WITHIN
    ]
    _open(session, [entry for entry in fitting if isinstance(entry, Opened)], known)
    _judge(session, [entry for entry in fitting if isinstance(entry, Verdict)], known)
    return early


def _known(session: Session, tokens: Iterable[str]) -> dict[str, _Known]:
    wanted = sorted(tokens)
    if not wanted:
        return {}
    columns = (
        AskedQuestion.token,
        AskedQuestion.id,
        AskedQuestion.at,
        AskedQuestion.shape,
        AskedQuestion.shown,
    )
    query = select(*columns).where(AskedQuestion.token.in_(wanted))
    return {
        token: _Known(question_id, at, form, shown)
        for token, question_id, at, form, shown in session.execute(query)
    }


def _existing(session: Session, ids: Iterable[int]) -> set[int]:
    wanted = sorted(ids)
    return set(session.scalars(select(Article.id).where(Article.id.in_(wanted)))) if wanted else set()


def _ask(
    session: Session, questions: Sequence[Asked], before: Mapping[str, _Known], last: Collection[Entry]
) -> list[Entry]:
    early: list[Entry] = []
    moments = {token: (known.at, known.shape) for token, known in before.items()}
    rows = []
    for entry in questions:
        form = shape(entry.text, entry.language)
        moments.setdefault(entry.token, (entry.at, form))
        previous = moments.get(entry.previous or "")
        if entry.previous and previous is None and entry not in last:
            early.append(entry)
            continue
        again = previous and form != previous[1] and timedelta() <= entry.at - previous[0]
        is_rewording = again and previous and entry.at - previous[0] <= ASKED_AGAIN_WITHIN
        rows.append(_row(entry, form, entry.previous if is_rewording else None))
    if rows:
        statement = _insert(session, AskedQuestion).on_conflict_do_nothing(index_elements=["token"])
        session.connection().execute(statement, rows)
    return early


def _row(entry: Asked, form: str, previous: str | None) -> dict[str, Any]:
    return {
        "token": entry.token,
        "previous": previous,
        "at": entry.at,
        "portal": entry.portal,
        "language": entry.language,
        "surface": entry.surface,
        "text": entry.text,
        "shape": form,
        "hits": entry.hits,
        "relaxed": entry.relaxed,
        "shown": list(entry.shown),
        "learned": False,
    }


def _open(session: Session, opened: Sequence[Opened], known: Mapping[str, _Known]) -> None:
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for entry in opened:
        question = known[entry.token]
        rows.setdefault(
            (question.id, entry.article_id),
            {
                "question_id": question.id,
                "article_id": entry.article_id,
                "rank": _rank(question, entry.article_id, entry.rank),
                "at": entry.at,
                "verdict": "",
            },
        )
    if rows:
        statement = _insert(session, OpenedAnswer).on_conflict_do_nothing(
            index_elements=["question_id", "article_id"]
        )
        session.connection().execute(statement, list(rows.values()))


def _judge(session: Session, verdicts: Sequence[Verdict], known: Mapping[str, _Known]) -> None:
    """Only of answers that were shown or opened: of what else was read, the question says nothing."""
    ids = sorted({known[entry.token].id for entry in verdicts})
    if not ids:
        return
    query = select(OpenedAnswer.question_id, OpenedAnswer.article_id).where(OpenedAnswer.question_id.in_(ids))
    opened = {(question_id, article_id) for question_id, article_id in session.execute(query)}
    rows = {}
    for entry in verdicts:
        question = known[entry.token]
        key = (question.id, entry.article_id)
        if key in opened or entry.article_id in question.shown:
            rows[key] = {
                "question_id": question.id,
                "article_id": entry.article_id,
                "rank": _rank(question, entry.article_id, 1),
                "at": entry.at,
                "verdict": HELPFUL if entry.helpful else UNHELPFUL,
            }
    if rows:
        statement = _insert(session, OpenedAnswer)
        statement = statement.on_conflict_do_update(
            index_elements=["question_id", "article_id"], set_={"verdict": statement.excluded.verdict}
        )
        session.connection().execute(statement, list(rows.values()))


def _rank(question: _Known, article_id: int, told: int) -> int:
    """What was shown where is known better here than by the page; of later pages only the page can tell."""
    return question.shown.index(article_id) + 1 if article_id in question.shown else told


def _insert(session: Session, table: type[Any]) -> Any:
    """An insert that both databases let meet a row that is there already; SQLAlchemy has one for each."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)
