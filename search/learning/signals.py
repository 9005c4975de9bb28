"""How readers took to an answer, as a factor near 1 for its place in later lists; pure.

Who stands first is opened more often because of standing first. So an answer is not measured by how often it was
opened, but by how much more often than answers at the same ranks are: the examination model of clicks (Richardson,
Dominowska and Ragno 2007; Craswell and others 2008), with the chance at each rank taken from the log itself. Both sums
carry a strong prior and fade with a half-life, so that a few readers move little and nothing stays for ever.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

HALF_LIFE = timedelta(days=30)
LEAST, MOST = 0.8, 1.25
"""The bounds of the factor."""

PRIOR_OPENED = 40.0
"""Openings, as many as expected, that every answer is taken to have had already."""

PRIOR_VERDICTS, USUALLY_HELPFUL = 20.0, 0.7
"""Verdicts that every answer is taken to have had, and the share of them that were good."""

USUAL = (0.36, 0.18, 0.12, 0.08, 0.06, 0.05, 0.04, 0.03, 0.03, 0.03)
"""The chance that the answer at rank 1, 2, 3, ... is opened, as long as nothing is known."""

PRIOR_SHOWN = 200.0
"""Lists with the usual chances that every rank is taken to have had already."""

NEGLIGIBLE = 0.05
"""Sums below this are nothing any more."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What is known of one translation, fading.

    Args:
        expected: openings of its ranks' usual chances.
        opened: openings.
        helpful: good verdicts.
        unhelpful: bad ones.
    """

    expected: float = 0.0
    opened: float = 0.0
    helpful: float = 0.0
    unhelpful: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.expected + other.expected,
            self.opened + other.opened,
            self.helpful + other.helpful,
            self.unhelpful + other.unhelpful,
        )

    @property
    def is_negligible(self) -> bool:
        """Whether nothing is left of it."""
        return max(self.expected, self.opened, self.helpful, self.unhelpful) < NEGLIGIBLE

    def faded(self, passed: timedelta) -> Sums:
        """What is left of it after this time.

        >>> Sums(expected=4, opened=2).faded(HALF_LIFE)
        Sums(expected=2.0, opened=1.0, helpful=0.0, unhelpful=0.0)
        """
        left = 0.5 ** (max(passed, timedelta()) / HALF_LIFE)
        return Sums(self.expected * left, self.opened * left, self.helpful * left, self.unhelpful * left)


def factor(sums: Sums) -> float:
    """The factor of a translation, from 0.8 to 1.25; 1 where nothing is known.

    It is the root of what was seen: what re-ranks also decides what is seen next, and must not run after itself.

    >>> factor(Sums()), round(factor(Sums(expected=10, opened=40)), 3), factor(Sums(expected=400))
    (1.0, 1.25, 0.8)
    """
    pull = (sums.opened + PRIOR_OPENED) / (sums.expected + PRIOR_OPENED)
    verdicts = sums.helpful + sums.unhelpful + PRIOR_VERDICTS
    praise = (sums.helpful + PRIOR_VERDICTS * USUALLY_HELPFUL) / (verdicts * USUALLY_HELPFUL)
    return min(max(math.sqrt(pull * praise), LEAST), MOST)


def chances(shown: Sequence[float], opened: Sequence[float]) -> tuple[float, ...]:
    """The chance that the answer at each rank is opened; no rank's is above that of a better one.

    Args:
        shown: how many lists reached rank 1, 2, 3, ...
        opened: how often the answer there was opened.

    >>> chances([], []) == USUAL
    True
    >>> [round(chance, 2) for chance in chances([1000, 1000], [500, 50])[:3]]
    [0.48, 0.07, 0.07]
    """
    found, ceiling = [], 1.0
    for rank, usual in enumerate(USUAL):
        lists = shown[rank] if rank < len(shown) else 0.0
        times = opened[rank] if rank < len(opened) else 0.0
        ceiling = min(ceiling, (times + PRIOR_SHOWN * usual) / (lists + PRIOR_SHOWN))
        found.append(ceiling)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one question: the answers shown, best first, those opened, and what was said of them.

    Args:
        at: when it was asked.
        shown: article ids.
        opened: article id -> "", "helpful" or "unhelpful".
    """

    language: str
    shape: str
    at: datetime
    shown: tuple[int, ...]
    opened: Mapping[int, str]


MOST_OF_A_SHAPE = 5
"""Questions of one shape that count on one day: the same question again teaches less, and nobody can ask their own
article upwards by asking it all day."""


def learned(
    questions: Sequence[Seen], chance: Sequence[float], counted: Mapping[tuple[str, str, str], int]
) -> dict[tuple[int, str], Sums]:
    """What questions say of translations: (article id, language) -> sums to be added.

    A question counts an article once.

    Args:
        chance: of being opened, rank by rank; see :func:`chances`.
        counted: (language, shape, day) -> how many questions of the same shape have counted already on that day.
    """
    found: dict[tuple[int, str], Sums] = {}
    have_counted = dict(counted)
    for question in questions:
        place = day_of(question)
        have_counted[place] = have_counted.get(place, 0) + 1
        if have_counted[place] > MOST_OF_A_SHAPE:
            continue
        for rank, article_id in enumerate(dict.fromkeys(question.shown)):
            if rank >= len(chance):
                break
            key = (article_id, question.language)
            found[key] = found.get(key, Sums()) + _of_one(chance[rank], question.opened.get(article_id))
    return found


def day_of(question: Seen) -> tuple[str, str, str]:
    """Under what a question is counted: its language, its shape, its day (UTC)."""
    return question.language, question.shape, question.at.date().isoformat()


def _of_one(chance: float, verdict: str | None) -> Sums:
    sums = Sums(expected=chance)
    if verdict is None:
        return sums
    return replace(
        sums, opened=1.0, helpful=float(verdict == "helpful"), unhelpful=float(verdict == "unhelpful")
    )
