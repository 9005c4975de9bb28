"""Read and understood: the people of a group are asked to confirm that they read an article. The verbs.

Who is asked follows from the group at each moment: whoever joins is asked too, whoever leaves or is deactivated is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import ReadingReceipt, ReadingRequest
from authoring.reading import reading_progress, reading_queries
from authoring.reading.reading_questions import (
    LEAST_CHOICES,
    LONGEST,
    MOST_CHOICES,
    MOST_QUESTIONS,
    Question,
    wrong,
)
from authoring.telling import notices
from kb import articles, structure, texts
from kb.context import Services
from kb.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from kb.jobs import Job, in_transaction
from kb.models import Article, Group, Person
from kb.permissions import PUBLISH_ARTICLES, WRITE_ARTICLES, require
from kb.queries import Card
from kb.structure import Structure
from kb.viewers import Viewer

LONGEST_NOTE = 500
LONGEST_TIME = timedelta(days=730)
REMINDED_BEFORE = timedelta(days=2)
EVERY = timedelta(minutes=15)
ASK = WRITE_ARTICLES | PUBLISH_ARTICLES
"""Who may ask, where their roles hold."""


def ask(
    session: Session,
    article: Article,
    group: Group,
    *,
    due_at: datetime,
    by: Viewer,
    now: datetime,
    note: str = "",
    questions: Sequence[Question] = (),
    again: bool = False,
) -> ReadingRequest:
    """Ask the people of a group to read an article; they are told at once.

    Args:
        again: what they were asked before about it ends with this.

    Raises:
        Invalid: the time, the note or a question cannot be used.
        Conflict: nobody could read the article now, or the group is asked already.
    """
    require(by, ASK, articles.ground_of(article))
    _check(due_at, note, questions, now)
    shown = reading_queries.shown(session, [article.id], now).get(article.id)
    if not shown:
        raise Conflict(N_("Readers do not see this article now. Publish it first."))
    before = reading_queries.open_requests(session, article.id, group.id)
    if before and not again:
        raise Conflict(N_("This group is asked to read it already. Ask again instead, if it has changed."))
    for older in before:
        older.closed_at = now
    made = ReadingRequest(
        article_id=article.id,
        revision_id=reading_queries.in_source(shown, article.source_language).revision_id,
        group_id=group.id,
        note=note.strip(),
        questions=[question.to_json() for question in questions],
        due_at=due_at,
        asked_by_id=by.person_id or None,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _tell(session, made, structure.load(session, 0), now)
    return made


def _check(due_at: datetime, note: str, questions: Sequence[Question], now: datetime) -> None:
    problems: dict[str, str] = {}
    if not now < due_at <= now + LONGEST_TIME:
        problems["due_at"] = N_("Give a time in the future, at most two years away.")
    if reason := texts.problem(note, LONGEST_NOTE):
        problems["note"] = reason
    if len(questions) > MOST_QUESTIONS:
        problems["questions"] = N_("Ask at most %(most)s questions.", most=MOST_QUESTIONS)
    for number, question in enumerate(questions, 1):
        if reason := _fault(question):
            problems[f"question_{number}"] = reason
    if problems:
        raise Invalid(problems)


def _fault(question: Question) -> str:
    if not question.text:
        return N_("Write the question, or remove its choices.")
    if not LEAST_CHOICES <= len(question.choices) <= MOST_CHOICES:
        return N_("Give %(least)s to %(most)s choices.", least=LEAST_CHOICES, most=MOST_CHOICES)
    if len(set(question.choices)) < len(question.choices):
        return N_("Two choices are the same.")
    if not 0 <= question.right < len(question.choices):
        return N_("Mark the choice that is right.")
    faults = (texts.problem(text, LONGEST) for text in (question.text, *question.choices))
    return next((reason for reason in faults if reason), "")


def close(session: Session, request: ReadingRequest, *, by: Viewer, now: datetime) -> None:
    """Nobody is asked any more; who confirmed stays on record.

    Raises:
        NotAllowed: it is for whoever asked, supervisors and administrators.
    """
    require_sight(session, request, by)
    if request.closed_at is None:
        request.closed_at = now
        session.flush()


def require_sight(session: Session, request: ReadingRequest, by: Viewer) -> None:
    """Let go on only who may know which people have not read it: whoever asked, supervisors and administrators.

    Raises:
        NotAllowed: everybody else.
    """
    article = session.get_one(Article, request.article_id)
    if not reading_progress.may_see(request, article, by):
        raise NotAllowed(N_("This is for whoever asked, for supervisors and for administrators."))


def confirm(
    session: Session, request: ReadingRequest, answers: Sequence[int | None], *, by: Viewer, now: datetime
) -> tuple[int, ...]:
    """A person says that they read and understood; their answers must be right. Every try is counted.

    Args:
        answers: the place of the choice for each question; None for no answer.

    Returns:
        The places of the questions that were answered wrongly; none of them when it is confirmed.

    Raises:
        Invalid: a question has no answer; it does not count as a try.
        NotFound: this person is not asked, or not any more.
    """
    questions = [Question.from_json(stored) for stored in request.questions]
    card = reading_queries.card_for(session, request, by, now)
    session.execute(
        select(Person.id).where(Person.id == by.person_id).with_for_update()
    )  # two windows, one try
    receipt = reading_queries.receipt_of(session, request.id, by.person_id)
    if receipt is not None and receipt.confirmed_at is not None:
        return ()
    if card is None:
        raise NotFound(N_("You are not asked to read this, or not any more."))
    given = [*answers, *([None] * len(questions))][: len(questions)]
    if missing := {
        f"answer_{place}": N_("Choose an answer.") for place, answer in enumerate(given) if answer is None
    }:
        raise Invalid(missing)
    if receipt is None:
        receipt = ReadingReceipt(request_id=request.id, person_id=by.person_id, tries=0)
        session.add(receipt)
    mistakes = wrong(questions, given)
    receipt.answers = [answer for answer in given if answer is not None]
    receipt.tries += 1
    receipt.confirmed_at = None if mistakes else now
    session.flush()
    return mistakes


def job(services: Services) -> Job:
    """The job that tells those who joined a group, and reminds those who have not read yet."""
    return in_transaction("readings", EVERY, services.database, remind)


def remind(session: Session, now: datetime) -> None:
    """Tell everybody who should know at this moment and was not told yet."""
    known = structure.load(session, 0)
    for request in reading_queries.all_open(session):
        _tell(session, request, known, now)


def _tell(session: Session, request: ReadingRequest, known: Structure, now: datetime) -> None:
    """Nobody is told twice of the same; each in their language."""
    readers: dict[Card, list[int]] = {}
    for person, card in reading_progress.waiting(session, request, known, now):
        readers.setdefault(card, []).append(person.id)
    for kind, stage in _stages(request, now):
        for card, people in readers.items():
            notices.tell(
                session,
                people,
                kind,
                about=f"reading {request.id} {stage}",
                path=f"/authoring/readings/{request.id}",
                now=now,
                title=card.title,
                language=card.language,
                due_at=request.due_at.isoformat(),
            )


def _stages(request: ReadingRequest, now: datetime) -> list[tuple[str, str]]:
    """What there is to tell by now; whoever was asked in the last days before it is due is reminded when it is."""
    early = request.due_at - REMINDED_BEFORE
    stages = [("reading_asked", "asked")]
    if request.created_at <= early <= now < request.due_at:
        stages.append(("reading_due", "early"))
    if request.due_at <= now:
        stages.append(("reading_due", "due"))
    return stages
