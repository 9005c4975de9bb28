"""Kinds of question counted by the hundred thousand: how often each was asked, and how often it missed.

A database takes half a second to count the questions of three months. What was counted of a day lies here as columns of
numbers, some forty bytes for each wording of a day, and adding up the days takes some milliseconds.
"""

from __future__ import annotations

import threading
from array import array
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from search.learning.days import Days, day, day_of
from search.learning.misses import MISSES, Kind, Scope, times
from search.models import AskedQuestion

Numbers = NDArray[np.int64]


MOST_KINDS = 500_000
"""Kinds that are numbered, of some two hundred bytes each; beyond them all is counted anew."""


class Columns(NamedTuple):
    """What was counted of a day, a row for each wording.

    Args:
        kinds: (rows,) number of the kind of question.
        wordings: (rows,) stands for the words.
        newest: (rows,) id of the newest question.
        counts: (rows, 1 + misses) how often it was asked, and how often it missed, as `MISSES` has it.
    """

    kinds: NDArray[np.int32]
    wordings: Numbers
    newest: Numbers
    counts: NDArray[np.int32]


class Counted(NamedTuple):
    """A kind of question that missed.

    Args:
        newest: the id of its newest question.
        wordings: ids of questions that ask it in different words, the commonest first.
        asked, missed: how often.
        lately: how often it missed in the second half of the period.
    """

    kind: Kind
    newest: int
    wordings: Sequence[int]
    asked: int
    missed: int
    lately: int


class DayKinds:
    """What was counted day by day, in this process.

    Args:
        kept_days: how long questions are kept, in days.
    """

    def __init__(self, kept_days: int) -> None:
        self._kept_days = kept_days
        self._lock = threading.Lock()
        self._forget()

    def count(self, session: Session, now: datetime) -> None:
        """Count all days that questions are kept, so that nobody has to wait for it."""
        with self._lock:
            self._days.between(session, now - timedelta(days=self._kept_days), now)

    def commonest(
        self,
        session: Session,
        scope: Scope,
        miss: str,
        without: Collection[Kind],
        *,
        most: int,
        most_wordings: int,
    ) -> list[Counted]:
        """The kinds that missed most, the one asked last first of equals.

        Args:
            miss: one of `MISSES`.
            without: kinds that are left out.
        """
        with self._lock:
            if len(self._kinds) > MOST_KINDS:
                self._forget()
            days = self._days.between(session, scope.since, scope.now)
            looked_at, kinds = self._looked_at(scope, without), self._kinds
        every = _joined([days[on] for on in sorted(days)])
        lately = _joined([days[on] for on in sorted(days) if on > scope.middle.date()])
        place = 1 + [*MISSES].index(miss)
        size = len(looked_at)
        missed = np.where(looked_at, _sums(every, place, size), 0)
        newest = np.zeros(size, np.int64)
        np.maximum.at(newest, every.kinds, every.newest)
        best = [int(kind) for kind in np.lexsort((-newest, -missed))[:most] if missed[kind]]
        asked, missed_lately = _sums(every, 0, size), _sums(lately, place, size)
        wordings = _wordings(every, best, most_wordings)
        return [
            Counted(
                kinds[kind],
                int(newest[kind]),
                wordings[kind],
                int(asked[kind]),
                int(missed[kind]),
                int(missed_lately[kind]),
            )
            for kind in best
        ]

    def _forget(self) -> None:
        self._kinds: list[Kind] = []
        self._numbers: dict[Kind, int] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._place_of = array("i")
        self._days = Days(self._count, _columns([]), self._kept_days)

    def _looked_at(self, scope: Scope, without: Collection[Kind]) -> NDArray[np.bool_]:
        """(kinds,) whether a kind is within the scope."""
        fitting = [
            portal in scope.portals and scope.language in {"", language} for portal, language in self._places
        ]
        found = np.array(fitting, np.bool_)[self._place_of]
        found[[self._numbers[kind] for kind in without if kind in self._numbers]] = False
        return found

    def _count(self, session: Session, within: Sequence[ColumnElement[bool]]) -> Mapping[date, Columns]:
        named = (AskedQuestion.portal, AskedQuestion.language, AskedQuestion.shape, AskedQuestion.text)
        by_day = (day(session, AskedQuestion.at), *named)
        counts = (func.count(), *map(times, MISSES.values()))
        query = select(*by_day, func.max(AskedQuestion.id), *counts).where(*within).group_by(*by_day)
        rows: dict[date, list[tuple[int, ...]]] = defaultdict(list)
        for on, portal, language, shape, text, newest, *numbers in session.execute(query):
            kind = self._number((portal, language, shape))
            rows[day_of(on)].append((kind, hash(text), newest, *map(int, numbers)))
        return {on: _columns(held) for on, held in rows.items()}

    def _number(self, kind: Kind) -> int:
        number = self._numbers.setdefault(kind, len(self._kinds))
        if number == len(self._kinds):
            self._kinds.append(kind)
            self._place_of.append(self._places.setdefault(kind[:2], len(self._places)))
        return number


def _columns(rows: Sequence[tuple[int, ...]]) -> Columns:
    table = np.array(rows, np.int64).reshape(len(rows), 4 + len(MISSES))
    return Columns(
        table[:, 0].astype(np.int32), table[:, 1].copy(), table[:, 2].copy(), table[:, 3:].astype(np.int32)
    )


def _joined(days: Sequence[Columns]) -> Columns:
    return Columns(*map(np.concatenate, zip(_columns([]), *days, strict=True)))


def _sums(every: Columns, place: int, size: int) -> Numbers:
    """(kinds,) one of the counts."""
    return np.bincount(every.kinds, every.counts[:, place], minlength=size).astype(np.int64)


def _wordings(every: Columns, kinds: Sequence[int], most: int) -> Mapping[int, Sequence[int]]:
    """Kind -> a question of each of its commonest wordings, the newest first of equals."""
    rows = np.flatnonzero(np.isin(every.kinds, np.array(kinds, np.int32)))
    of_kinds, words = every.kinds[rows], every.wordings[rows]
    rows = rows[order := np.lexsort((words, of_kinds))]
    of_kinds, words = of_kinds[order], words[order]
    if not len(rows):
        return {}
    starts = np.flatnonzero(np.diff(of_kinds, prepend=-1) | np.diff(words, prepend=~words[0]))
    asked = np.add.reduceat(every.counts[rows, 0], starts)
    newest = np.maximum.reduceat(every.newest[rows], starts)
    found: dict[int, list[int]] = {kind: [] for kind in kinds}
    commonest = np.lexsort((-newest, -asked))
    for kind, question in zip(of_kinds[starts][commonest].tolist(), newest[commonest].tolist(), strict=True):
        if len(found[kind]) < most:
            found[kind].append(question)
    return found
