"""What exists already with a title like the one being typed: what shows, through search, and what is on its way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from authoring.writing.likeness import Weigh, likeness, telling_words
from kb.articles import LONGEST_TITLE
from kb.concerns import is_newest
from kb.listings import matches
from kb.models import Article, Revision, State, Translation
from kb.viewers import Viewer
from search.engine import Filters, Results
from search.ranking import idf

THRESHOLD = 0.36
"""Chosen on one half of judged question pairs, see `python -m bench duplicates`."""

MOST = 3
MOST_FOUND = 20  # by search, before their titles are compared
MOST_UNPUBLISHED = 200
MOST_WORDS = 5  # that are looked for among the unpublished, the longest ones
SHORTEST_PART = 4  # letters of a word that are looked for at least; endings differ


class Ask(Protocol):
    """Asks the index at hand."""

    def __call__(self, question: str, filters: Filters, *, limit: int) -> Results: ...


class Similar(NamedTuple):
    """An article with a title like the one being typed.

    Args:
        state: of its newest revision in this language; "published" where readers see it.
        score: from THRESHOLD to 1.
    """

    article_id: int
    key: str
    title: str
    state: str
    score: float


def similar(
    session: Session,
    ask: Ask,
    title: str,
    language: str,
    viewer: Viewer,
    now: datetime,
    *,
    without: int | None = None,
    threshold: float = THRESHOLD,
) -> list[Similar]:
    """The articles whose titles in a language are most like this one, best first; at most three.

    Args:
        ask: of the search at hand: `search.asking.search().ask`.
        viewer: who types: of what shows they are told what they may read; of what is on its way, everything.
        without: id of the article that is being written, which is no duplicate of itself.
        threshold: how alike they are at least.
    """
    typed = telling_words(title[:LONGEST_TITLE], language)
    if not typed:
        return []
    filters = Filters(audiences=viewer.audiences, now=int(now.timestamp()), languages=(language,))
    weigh = rarity(ask, filters)
    best: dict[int, Similar] = {}
    for one in (*_shown(ask, typed.values(), filters), *_unpublished(session, typed.values(), language, now)):
        score = likeness(typed, telling_words(one.title, language), weigh)
        known = best.get(one.article_id)
        if one.article_id != without and score >= threshold and (known is None or score > known.score):
            best[one.article_id] = one._replace(score=score)
    return sorted(best.values(), key=lambda one: (-one.score, one.key))[:MOST]


def _shown(ask: Ask, words: Iterable[str], filters: Filters) -> list[Similar]:
    hits = ask(" ".join(words), filters, limit=MOST_FOUND).hits
    return [Similar(int(hit.article), hit.key, hit.title, State.PUBLISHED, 0.0) for hit in hits]


def _unpublished(session: Session, words: Iterable[str], language: str, now: datetime) -> Sequence[Similar]:
    """Titles of the newest work that readers do not see yet, with one of the words in them."""
    parts = [_part(word) for word in sorted(words, key=len, reverse=True)[:MOST_WORDS]]
    query = (
        select(Article.id, Article.key, Revision.title, Revision.state)
        .select_from(Revision)
        .join(Revision.translation)
        .join(Translation.article)
        .where(
            or_(
                Revision.state.in_([State.DRAFT, State.IN_REVIEW, State.APPROVED]),
                and_(Revision.state == State.PUBLISHED, Revision.publish_at > now),
            ),
            is_newest(),
            Translation.language == language,
            or_(*(matches(Revision.title, part) for part in parts)),
        )
        .order_by(Revision.id.desc())
        .limit(MOST_UNPUBLISHED)
    )
    return [Similar(*row, 0.0) for row in session.execute(query)]


def _part(word: str) -> str:
    """The beginning of a word, which its other forms have too."""
    return word[: max(SHORTEST_PART, len(word) * 2 // 3)]


def rarity(ask: Ask, filters: Filters) -> Weigh:
    """What a word in a title is worth: the rarer in the titles that this viewer can find, the more."""
    total = max(ask("", filters, limit=0).total, 1)
    known: dict[str, float] = {}

    def weigh(word: str) -> float:
        if word not in known:
            having = ask(f"title:{word}", filters, limit=0).total
            known[word] = idf(total, min(having, total))
        return known[word]

    return weigh
