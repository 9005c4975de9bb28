"""The case base: the cases that are nearest to what is known, with the reasons. Exact, whatever is known.

`CaseBase(case_type).fit(columns)` learns, `nearest(facts, k)` answers. Cases come and go meanwhile: those that came lie
in small segments behind the large one, those that went are marked. How a score is made is written down in
`cbr.index.scanning`. Pure; several threads may ask and change at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cbr.candidates import Candidates, collect
from cbr.case_type import CaseType
from cbr.index import snapshot
from cbr.index.compiled import at_hand
from cbr.index.scanning import Known, Question, Scan, known
from cbr.index.segment import Ids, Segment, build
from cbr.matches import Found, Match, joined, matches
from cbr.plain import Plain
from cbr.similarity import Floats
from cbr.values import Value, read_case, read_facts
from kb.errors import N_, Invalid

Columns = Mapping[str, Sequence[Value | None] | Floats]
Scores = Mapping[str, Mapping[int, float]]
"""Key of an attribute -> id of a case -> similarity from 0 to 1, found elsewhere (by a search in texts, say)."""

SMALL = 256
"""So many new cases are laid out anew with each that comes; more become a segment of their own."""

MOST_MERGED = 65_536
"""A segment of more cases is never laid out anew while somebody waits for an answer; `save` does it."""


class CaseBase:
    """Cases of one type.

    Args:
        case_type: says how they are compared.
        scan: the inner loops; the fastest that work here if not given.
    """

    def __init__(self, case_type: CaseType, *, scan: Scan | None = None) -> None:
        self.case_type = case_type
        self.note: Mapping[str, Plain] = {}
        self._scan = scan
        self._lock = Lock()
        self._segments: tuple[Segment, ...] = ()
        self._new: dict[int, Mapping[str, Value]] = {}
        self._newest: Segment | None = None
        self._live = 0
        self._changes = 0

    def fit(self, columns: Columns, ids: Sequence[int] | Ids | None = None) -> Self:
        """Take these cases in place of all others.

        Args:
            columns: key -> the value of each case as `read_case` gives it, None for none; numbers may be an array with
                NaN for none. An attribute without a column has no values.
            ids: (cases,) whole numbers, each once; 0, 1, 2... if not given.

        Raises:
            Invalid: columns of different lengths, of no attribute, or ids that come twice.
        """
        numbers, filled = _checked(self.case_type, columns, ids)
        segment = build(self.case_type, filled, numbers)
        with self._lock:
            self._segments, self._new, self._newest, self._live = (segment,), {}, None, len(numbers)
            self._changes += 1
        return self

    def __len__(self) -> int:
        return self._live

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays of cases."""
        return sum(segment.nbytes for segment in self._segments)

    @property
    def bytes_of_codes(self) -> int:
        """Bytes that a scan of everything would read at least."""
        return sum(stack.nbytes for segment in self._segments for stack in segment.stacks.values())

    def __contains__(self, id_: object) -> bool:
        return isinstance(id_, int) and (id_ in self._new or self._place_of(id_) is not None)

    def hold(self, ids: Ids) -> NDArray[np.bool_]:
        """(ids,) which of these cases are here."""
        there: NDArray[np.bool_] = np.isin(ids, np.fromiter(self._new.copy(), np.int64))
        for segment in self._segments:
            there |= segment.places_of(ids) >= 0
        return there

    def nearest(
        self,
        facts: Mapping[str, Plain],
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        scores: Scores | None = None,
    ) -> list[Match]:
        """The k cases that are most like what is known, best first; of equals the one with the smaller id.

        Args:
            facts: key -> what is known, as `read_value` takes it; None for what is not.
            k: so many; fewer where there are fewer.
            weights: key -> weight, in place of the case type's own.
            scores: similarities that were found elsewhere; they stand for the attribute of their key.

        Raises:
            Invalid: key -> what is wrong with a fact.
        """
        questions, found = self._found(facts, k, weights, scores)
        return matches(questions, found)

    def candidates(
        self,
        facts: Mapping[str, Plain],
        k: int,
        *,
        keys: Iterable[str] | None = None,
        weights: Mapping[str, float] | None = None,
        scores: Scores | None = None,
    ) -> Candidates:
        """The k nearest as columns, for what looks at many of them at once: without reasons, best first.

        Args:
            keys: the attributes to look at; all if not given.
        """
        questions, found = self._found(facts, k, weights, scores)
        wanted = [one.key for one in self.case_type.attributes] if keys is None else list(keys)
        for key in wanted:
            self.case_type.attribute(key)
        parts = []
        for number, question in enumerate(questions):
            rows = np.flatnonzero(found.segments == number)
            if len(rows):
                parts.append((question.segment, rows, found.places[rows]))
        return collect(found.ids, found.scores, wanted, parts)

    def values(self, id_: int) -> dict[str, Value]:
        """What a case holds, by key. Raises `KeyError`."""
        if id_ in self._new:
            return dict(self._new[id_])
        found = self._place_of(id_)
        if found is None:
            raise KeyError(id_)
        segment, place = found
        held = {key: segment.values(key, np.array([place]))[0] for key in segment.stored}
        return {key: value for key, value in held.items() if value is not None}

    def add(self, id_: int, values: Mapping[str, Plain]) -> None:
        """Take a case; one with the same id gives way. Raises `Invalid`: key -> sentence."""
        case = read_case(self.case_type, values)
        with self._lock:
            self._drop(id_)
            self._new[id_] = case
            self._newest = None
            self._live += 1
            self._changes += 1

    def remove(self, id_: int) -> bool:
        """Forget a case. False if there was none."""
        with self._lock:
            self._changes += 1
            return self._drop(id_)

    def save(self, path: Path, note: Mapping[str, Plain] | None = None) -> None:
        """Write all cases to a file that `open` maps into memory; the file is whole at every moment.

        Questions are answered meanwhile. What changes meanwhile may be in the file or not.

        Args:
            note: what belongs to this state at least, such as the position in the journal.
        """
        with self._lock:
            segments, new, changes, live = self._segments, dict(self._new), self._changes, self._live
        segment = segments[0] if segments else None
        if new or len(segments) > 1 or (segment and segment.cases > live):
            segment = _joined(self.case_type, segments, new)
        snapshot.write(path, self.case_type, segment, note or {})
        with self._lock:
            if segment and changes == self._changes:
                self._segments, self._new, self._newest = (segment,), {}, None

    @classmethod
    def open(cls, path: Path, *, scan: Scan | None = None) -> Self:
        """The case base that `save` wrote, with its `note`; what it needs of the file is read when it is needed.

        Raises:
            Unreadable: the file is none, or of another version.
            FileNotFoundError: there is none.
        """
        case_type, segment, note = snapshot.read(path)
        base = cls(case_type, scan=scan)
        base.note = note
        if segment:
            base._segments, base._live = (segment,), int(np.count_nonzero(segment.live))
        return base

    def _found(
        self,
        facts: Mapping[str, Plain],
        k: int,
        weights: Mapping[str, float] | None,
        scores: Scores | None,
    ) -> tuple[list[Question], Found]:
        case_type = self.case_type.weighted(weights) if weights else self.case_type
        counting = _counting(case_type, facts, scores)
        questions = [Question(segment, counting) for segment in self._current()] if k > 0 else []
        scan = self._scan or at_hand(len(self))
        return questions, joined([question.best(k, scan) for question in questions], k)

    def _current(self) -> tuple[Segment, ...]:
        """All segments, with one for what came since the last question."""
        with self._lock:
            if self._new and self._newest is None:
                columns = _columns(self.case_type, list(self._new.values()))
                self._newest = build(self.case_type, columns, np.array(list(self._new), np.int64))
                if len(self._new) > SMALL:
                    self._segments = _merged(self.case_type, (*self._segments, self._newest))
                    self._new, self._newest = {}, None
            return self._segments if self._newest is None else (*self._segments, self._newest)

    def _place_of(self, id_: int) -> tuple[Segment, int] | None:
        for segment in self._segments:
            place = int(segment.places_of(np.array([id_], np.int64))[0])
            if place >= 0:
                return segment, place
        return None

    def _drop(self, id_: int) -> bool:
        if self._new.pop(id_, None) is not None:
            self._newest = None
            self._live -= 1
            return True
        if (found := self._place_of(id_)) is None:
            return False
        segment, place = found
        segment.live[place] = False
        self._live -= 1
        return True


_Decoded = tuple[Ids, dict[str, list[Value | None]]]


def _decoded(case_type: CaseType, segment: Segment) -> _Decoded:
    live = np.flatnonzero(segment.live)
    return segment.ids[live], {one.key: segment.values(one.key, live) for one in case_type.attributes}


def _joined(
    case_type: CaseType, segments: Sequence[Segment], new: Mapping[int, Mapping[str, Value]] | None = None
) -> Segment:
    """One segment of all cases that are alive."""
    parts = [_decoded(case_type, segment) for segment in segments]
    if new:
        parts.append((np.array(list(new), np.int64), _columns(case_type, list(new.values()))))
    ids = np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in parts)])
    columns = {
        one.key: list(chain.from_iterable(columns[one.key] for _, columns in parts))
        for one in case_type.attributes
    }
    return build(case_type, columns, ids)


def _merged(case_type: CaseType, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """As many segments as their number can be logarithmic in: a small one joins its neighbour of the same size."""
    merged = list(segments)
    while len(merged) > 1 and merged[-2].cases <= min(2 * merged[-1].cases, MOST_MERGED):
        merged[-2:] = [_joined(case_type, merged[-2:])]
    return tuple(merged)


def _columns(case_type: CaseType, cases: Sequence[Mapping[str, Value]]) -> dict[str, list[Value | None]]:
    return {one.key: [case.get(one.key) for case in cases] for one in case_type.attributes}


def _checked(
    case_type: CaseType, columns: Columns, ids: Sequence[int] | Ids | None
) -> tuple[Ids, dict[str, Sequence[Value | None] | Floats]]:
    """The ids and a column for each attribute. Raises `Invalid`."""
    lengths = {len(column) for column in columns.values()} | ({len(ids)} if ids is not None else set())
    if len(lengths) > 1:
        raise Invalid({"columns": N_("All columns have one value for each case.")})
    for key in columns:
        if key not in case_type.by_key:
            raise Invalid({key: N_("There is no attribute %(key)s.", key=key)})
    cases = lengths.pop() if lengths else 0
    numbers = np.arange(cases) if ids is None else np.asarray(ids, np.int64)
    if ids is not None and len(np.unique(numbers)) < cases:
        raise Invalid({"ids": N_("An id stands for one case only.")})
    nothing: list[Value | None] = [None] * cases
    return numbers, {one.key: columns.get(one.key, nothing) for one in case_type.attributes}


def _counting(case_type: CaseType, facts: Mapping[str, Plain], scores: Scores | None) -> list[Known]:
    """What is known and counts. Raises `Invalid`."""
    for key, found in (scores or {}).items():
        if key not in case_type.by_key:
            raise Invalid({key: N_("There is no attribute %(key)s.", key=key)})
        if not all(0.0 <= score <= 1.0 for score in found.values()):
            raise Invalid({key: N_("A similarity is a number from 0 to 1.")})
    return known(case_type, read_facts(case_type, facts), scores)
