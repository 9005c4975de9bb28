"""What was found, and why: a score carries its parts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cbr.index.scanning import Best, Question
from cbr.index.segment import Ids
from cbr.index.zones import Places
from cbr.similarity import Floats
from cbr.values import Fact, Value


class Part(NamedTuple):
    """What one fact did for the score of one case.

    Args:
        key: of the attribute.
        asked: what is known; None where only scores from elsewhere are.
        held: what the case has; None where it has nothing.
        similarity: from 0 to 1.
        weight: what it counted for this case, of 1 altogether.
    """

    key: str
    asked: Fact | None
    held: Value | None
    similarity: float
    weight: float

    @property
    def contribution(self) -> float:
        """Its part of the score."""
        return self.weight * self.similarity


class Found(NamedTuple):
    """Cases that were found in several segments, best first.

    Args:
        scores, ids: (found,)
        segments: (found,) which segment each lies in.
        places: (found,) where in it.
    """

    scores: Floats
    ids: Ids
    segments: Places
    places: Places


def joined(bests: Sequence[Best], k: int) -> Found:
    """The best k of what is best in each segment."""
    segments = np.repeat(np.arange(len(bests)), [len(best.ids) for best in bests])
    if len(bests) == 1:
        return Found(bests[0].scores, bests[0].ids, segments, bests[0].places)
    scores = np.concatenate([np.empty(0), *(best.scores for best in bests)])
    ids = np.concatenate([np.empty(0, np.int64), *(best.ids for best in bests)])
    places = np.concatenate([np.empty(0, np.intp), *(best.places for best in bests)])
    order = np.lexsort((ids, -scores))[:k]
    return Found(scores[order], ids[order], segments[order], places[order])


class Explanation:
    """Why the cases of one segment were found; worked out when somebody asks.

    Args:
        question: what was asked of the segment.
        places: where the cases lie in it.
    """

    def __init__(self, question: Question, places: Sequence[int]) -> None:
        self._question, self._places = question, places

    def parts(self, at: int) -> tuple[Part, ...]:
        """Of the score of one of the cases."""
        return tuple(column[at] for column in self._columns)

    @cached_property
    def _columns(self) -> list[list[Part]]:
        """For each fact the parts of all cases."""
        question, places = self._question, np.array(self._places, np.intp)
        reached, shares = question.similarities(places)
        weights = shares / np.maximum(shares.sum(axis=0), np.finfo(np.float64).tiny)
        similarities = np.minimum(
            np.divide(reached, shares, out=np.zeros_like(reached), where=shares > 0), 1.0
        )
        return [
            [
                Part(fact.attribute.key, fact.fact, *one)
                for one in zip(question.segment.values(fact.attribute.key, places), *figures, strict=True)
            ]
            for fact, *figures in zip(question.facts, similarities.tolist(), weights.tolist(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Match:
    """A case that was found.

    Args:
        id: of the case.
        score: from 0 to 1.
        why, at: where its parts come from.
    """

    id: int
    score: float
    why: Explanation = field(repr=False, compare=False)
    at: int = field(repr=False, compare=False)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Of the score, in the order of the attributes; they add up to it."""
        return self.why.parts(self.at)


def matches(questions: Sequence[Question], found: Found) -> list[Match]:
    """What was found in several segments, in its order."""
    places: list[list[int]] = [[] for _ in questions]
    explanations = [Explanation(*one) for one in zip(questions, places, strict=True)]
    made = []
    for score, id_, segment, place in zip(*(column.tolist() for column in found), strict=True):
        mine = places[segment]
        made.append(Match(id_, min(score, 1.0), explanations[segment], len(mine)))
        mine.append(place)
    return made
