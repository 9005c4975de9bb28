"""What others ask: questions next to this one, and good questions that are asked often.

A stranger's words are shown to nobody unless they are everybody's: at least three visits asked it at the same portal in
the same language, nothing had to be taken out of it, it led to an article that this viewer may read, and nobody has set
it aside.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from kb.db import Database
from kb.models import Article
from kb.queries import visible_to
from kb.viewers import Viewer
from search.learning.log_writing import UNHELPFUL
from search.learning.scrubbing import HIDDEN
from search.learning.shapes import shape
from search.models import AskedQuestion, GapDecision, OpenedAnswer

log = structlog.get_logger(__name__)

FEWEST = 3
"""So many visits must have asked a question before others see it."""

LEAST_OPENED = 1 / 3
"""A question is good where at least this share of those who asked it opened an answer that did not disappoint."""

WITHIN = timedelta(days=30)
PAUSE_S = 600.0
"""Between two counts, in seconds."""

LOOKED_AT_EVERY = timedelta(minutes=1)
"""How often it is looked up which answers a kind of viewer may read."""

MOST_QUESTIONS = 5000
"""Kinds of question in memory, the commonest of all portals and languages; about a kilobyte each."""

MOST_KINDS_OF_VIEWERS = 500
LONGEST_SHOWN = 120
"""Characters; what is longer is no question that somebody else would ask."""

Place = tuple[str, str]
"""Portal and language."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A good question in its commonest words, and how often which article was opened for it."""

    shape: str
    text: str
    articles: Mapping[int, int]


@dataclass(frozen=True)
class _Known:
    """What is asked at one place: good questions, the commonest first, and which are asked after another."""

    candidates: Sequence[Candidate] = ()
    asked_next: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    by_shape: Mapping[str, Candidate] = field(default_factory=dict)
    by_article: Mapping[int, Sequence[Candidate]] = field(default_factory=dict)

    @classmethod
    def of(cls, candidates: Sequence[Candidate], asked_next: Mapping[str, Mapping[str, int]]) -> _Known:
        by_article: dict[int, list[Candidate]] = defaultdict(list)
        for one in candidates:
            for article_id in one.articles:
                by_article[article_id].append(one)
        return cls(candidates, asked_next, {one.shape: one for one in candidates}, by_article)

    def next_to(self, form: str, articles: Iterable[int]) -> list[Candidate]:
        """Questions that led to the same articles, or that were asked in the place of this one; the commonest first."""
        own = self.by_shape.get(form)
        found: Counter[str] = Counter(self.asked_next.get(form, {}))
        for article_id in own.articles if own else articles:
            for one in self.by_article.get(article_id, ()):
                found[one.shape] += one.articles[article_id]
        return [
            self.by_shape[name] for name, _ in found.most_common() if name != form and name in self.by_shape
        ]


class OtherQuestions:
    """What others ask: counted in the background, so that whoever asks reads it from memory.

    Who may see it is looked up once a minute for each kind of viewer.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._known: Mapping[Place, _Known] = {}
        self._readable: dict[tuple[Place, frozenset[str]], tuple[datetime, _Known, frozenset[int]]] = {}
        self._stopped = threading.Event()

    def also_asked(
        self,
        session: Session,
        viewer: Viewer,
        now: datetime,
        *,
        portal: str,
        language: str,
        text: str,
        articles: Sequence[int] = (),
        most: int = 5,
    ) -> tuple[str, ...]:
        """Questions that led to the same articles as this one, or that the same visits asked next; the commonest first.

        Args:
            viewer: inside the portal.
            articles: ids of the best answers, for a question of which nothing is known yet.
        """
        known = self._known.get((portal, language))
        if known is None:
            return ()
        found = known.next_to(shape(text, language), articles)
        return self._shown(session, viewer, now, (portal, language), found, most)

    def popular(
        self, session: Session, viewer: Viewer, now: datetime, *, portal: str, language: str, most: int = 500
    ) -> tuple[str, ...]:
        """Good questions that are asked often, the commonest first.

        Args:
            viewer: inside the portal.
        """
        known = self._known.get((portal, language), _Known())
        return self._shown(session, viewer, now, (portal, language), known.candidates, most)

    def _shown(
        self,
        session: Session,
        viewer: Viewer,
        now: datetime,
        place: Place,
        found: Sequence[Candidate],
        most: int,
    ) -> tuple[str, ...]:
        """The words of those of which this viewer may read an answer."""
        if not found:
            return ()
        readable = self._readable_by(session, viewer, now, place)
        return tuple([one.text for one in found if not readable.isdisjoint(one.articles)][:most])

    def _readable_by(self, session: Session, viewer: Viewer, now: datetime, place: Place) -> frozenset[int]:
        key, known = (place, viewer.audiences), self._known[place]
        kept = self._readable.get(key)
        if kept is None or kept[1] is not known or abs(now - kept[0]) >= LOOKED_AT_EVERY:
            query = visible_to(viewer, now, Article.id).where(Article.id.in_(sorted(known.by_article)))
            if len(self._readable) >= MOST_KINDS_OF_VIEWERS:
                self._readable.clear()
            kept = self._readable[key] = (now, known, frozenset(session.scalars(query)))
        return kept[2]

    def count(self) -> None:
        """Count what was asked."""
        since = self._clock() - WITHIN
        with self._database.session() as session:
            asked_next = _asked_next(session, since)
            self._known = {
                place: _Known.of(_good(session, place, shapes, since), asked_next[place])
                for place, shapes in _frequent(session, since).items()
            }

    def start(self) -> None:
        """Begin to count in the background, soon and then every ten minutes or so."""
        threading.Thread(target=self._turn, name="other questions", daemon=True).start()

    def stop(self) -> None:
        """End after the count at hand."""
        self._stopped.set()

    def _turn(self) -> None:
        pause_s = PAUSE_S / 60
        while not self._stopped.wait(pause_s * random.uniform(0.5, 1)):  # noqa: S311 - nothing secret
            pause_s = PAUSE_S
            try:
                self.count()
            except Exception:
                log.exception("what others ask could not be counted")


def _frequent(session: Session, since: datetime) -> dict[Place, list[str]]:
    times = func.count()
    columns = (AskedQuestion.portal, AskedQuestion.language, AskedQuestion.shape)
    query = select(*columns).where(AskedQuestion.at > since).group_by(*columns).having(times >= FEWEST)
    found: dict[Place, list[str]] = defaultdict(list)
    ordered = query.order_by(times.desc(), AskedQuestion.shape).limit(MOST_QUESTIONS)
    for portal, language, form in session.execute(ordered):
        if form:
            found[portal, language].append(form)
    return found


def _asked_next(session: Session, since: datetime) -> dict[Place, dict[str, Counter[str]]]:
    """Place -> shape -> the shapes that the same visits asked within two minutes after it."""
    following = aliased(AskedQuestion)
    columns = (AskedQuestion.portal, AskedQuestion.language, AskedQuestion.shape, following.shape)
    query = (
        select(*columns, func.count())
        .join(following, following.previous == AskedQuestion.token)
        .where(
            AskedQuestion.at > since,
            following.portal == AskedQuestion.portal,
            following.language == AskedQuestion.language,
        )
        .group_by(*columns)
    )
    found: dict[Place, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for portal, language, first, then, number in session.execute(query):
        found[portal, language][first][then] += number
    return found


def _good(session: Session, place: Place, shapes: Sequence[str], since: datetime) -> list[Candidate]:
    """Those of these shapes that may be shown to others, in their order."""
    portal, language = place
    asked = (
        AskedQuestion.portal == portal,
        AskedQuestion.language == language,
        AskedQuestion.at > since,
        AskedQuestion.shape.in_(shapes),
    )
    opened = _opened(session, asked)
    ruled_out = set(_set_aside(session, place, shapes))
    found = []
    texts = _texts(session, asked)
    for form in shapes:
        times, wording = texts[form].total(), _commonest(texts[form])
        articles = opened.get(form, Counter())
        is_good = times >= FEWEST and articles.total() >= times * LEAST_OPENED
        if is_good and wording and form not in ruled_out:
            found.append(Candidate(form, wording, articles))
    return found


def _texts(session: Session, asked: Sequence[ColumnElement[bool]]) -> dict[str, Counter[str]]:
    columns = (AskedQuestion.shape, AskedQuestion.text)
    found: dict[str, Counter[str]] = {}
    for form, text, number in session.execute(
        select(*columns, func.count()).where(*asked).group_by(*columns)
    ):
        found.setdefault(form, Counter())[text] += number
    return found


def _commonest(texts: Counter[str]) -> str:
    """The wording that most have chosen, the shortest of equals; nothing where each may tell of somebody."""
    fit = [text for text in texts if HIDDEN not in text and len(text) <= LONGEST_SHOWN]
    return min(fit, key=lambda text: (-texts[text], len(text), text), default="")


def _opened(session: Session, asked: Sequence[ColumnElement[bool]]) -> dict[str, Counter[int]]:
    """Shape -> article -> how often it was opened without disappointing."""
    columns = (AskedQuestion.shape, OpenedAnswer.article_id)
    query = (
        select(*columns, func.count())
        .join(OpenedAnswer, OpenedAnswer.question_id == AskedQuestion.id)
        .where(*asked, OpenedAnswer.verdict != UNHELPFUL)
        .group_by(*columns)
    )
    found: dict[str, Counter[int]] = {}
    for form, article_id, number in session.execute(query):
        found.setdefault(form, Counter())[article_id] += number
    return found


def _set_aside(session: Session, place: Place, shapes: Sequence[str]) -> Sequence[str]:
    portal, language = place
    query = select(GapDecision.shape).where(
        GapDecision.portal == portal,
        GapDecision.language == language,
        GapDecision.state == GapDecision.SET_ASIDE,
        GapDecision.shape.in_(shapes),
    )
    return session.scalars(query).all()
