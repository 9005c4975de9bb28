"""Solved cases as coded columns, with their solutions: what beliefs are formed over. Pure.

Cases lie in an order that is mixed once and for all, so that any of them stand for all where only some are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cbr.candidates import Candidates
from cbr.case_type import Attribute, CaseType
from cbr.similarity import Floats
from cbr.values import Value, place
from kb.errors import N_, Invalid

Codes = NDArray[np.int32]
Columns = Mapping[str, Sequence[Value | None] | Floats]


@dataclass(frozen=True)
class Solution:
    """What solved a case. Cases with the same one are one proposal.

    Args:
        id: the same for the same solution.
        title: one line.
        text: what to do; Markdown.
        article: the key of the article or guide that says it, or "".
        language: of title and text; "" for that of whoever reads them.
    """

    id: str
    title: str = ""
    text: str = ""
    article: str = ""
    language: str = ""


@dataclass(frozen=True)
class Column:
    """What all cases hold of one attribute.

    Args:
        attribute: whose values they are.
        values: those that occur, each once, sorted.
        codes: (cases,) the place of each case's value; the number of values where it has none.
    """

    attribute: Attribute
    values: Sequence[Value]
    codes: Codes

    @cached_property
    def places(self) -> Mapping[Value, int]:
        """Value -> its place."""
        return {value: at for at, value in enumerate(self.values)}

    @cached_property
    def on_line(self) -> Floats:
        """(values,) where each stands: dates by their day, levels by their place."""
        return np.array([place(self.attribute, value) for value in self.values], np.float64)

    @classmethod
    def of(cls, attribute: Attribute, held: Sequence[Value | None] | Floats) -> Self:
        """From the value of each case; None or NaN for none."""
        plain = held.tolist() if isinstance(held, np.ndarray) else held
        present = {value for value in plain if value is not None and value == value}  # noqa: PLR0124 - NaN is not
        values = sorted(present, key=_sorting)
        places: dict[Value | None, int] = {value: place for place, value in enumerate(values)}
        none = len(values)
        return cls(attribute, values, np.array([places.get(value, none) for value in plain], np.int32))


def _sorting(value: Value) -> tuple[str, Value]:
    """Sets have no order of their own."""
    return ("set", "|".join(sorted(value))) if isinstance(value, frozenset) else (type(value).__name__, value)


@dataclass(frozen=True)
class Library:
    """Solved cases.

    Args:
        case_type: says what their values mean.
        columns: key of an attribute -> what they hold.
        solutions: those that occur, each once.
        solved_by: (cases,) the place of each case's solution.
        counts: (cases,) how often each case came.
        ids: (cases,) of the cases.
    """

    case_type: CaseType
    columns: Mapping[str, Column]
    solutions: Sequence[Solution]
    solved_by: Codes
    counts: Floats
    ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.solved_by)

    @classmethod
    def of(
        cls,
        case_type: CaseType,
        columns: Columns,
        solutions: Sequence[Solution | str | None],
        *,
        ids: Sequence[int] | NDArray[np.int64] | None = None,
        counts: Sequence[float] | Floats | None = None,
    ) -> Self:
        """Lay out cases.

        Args:
            columns: key -> the value of each case as `read_case` gives it, None for none; an attribute without a
                column has no values.
            solutions: of each case; a case with None or "" says nothing of what to do and is left out.
            ids: of the cases; 0, 1, 2... if not given.
            counts: how often each came; once if not given. What never came is left out.

        Raises:
            Invalid: columns of different lengths, or of no attribute.
        """
        cases = len(solutions)
        if any(len(column) != cases for column in columns.values()):
            raise Invalid({"columns": N_("All columns have one value for each case.")})
        for key in columns:
            if key not in case_type.by_key:
                raise Invalid({key: N_("There is no attribute %(key)s.", key=key)})
        named = [Solution(one, one) if isinstance(one, str) and one else one or None for one in solutions]
        weights = np.ones(cases) if counts is None else np.asarray(counts, np.float64)
        numbers = np.arange(cases) if ids is None else np.asarray(ids, np.int64)
        mixed = np.random.default_rng(0).permutation(cases).tolist()
        kept = np.array([at for at in mixed if named[at] is not None and weights[at] > 0], np.intp)
        places, distinct = _distinct(one for at in kept.tolist() if isinstance(one := named[at], Solution))
        return cls(
            case_type,
            {
                attribute.key: Column.of(attribute, _taken(columns[attribute.key], kept))
                for attribute in case_type.attributes
                if attribute.key in columns
            },
            distinct,
            places,
            weights[kept],
            numbers[kept],
        )

    @classmethod
    def of_candidates(
        cls,
        case_type: CaseType,
        candidates: Candidates,
        solutions: Mapping[int, Solution],
        counts: Mapping[int, float] | None = None,
    ) -> Self:
        """From the nearest of a case base.

        Args:
            solutions: id of a case -> what solved it; a case without one is left out.
            counts: id of a case -> how often it came; once for others.
        """
        ids = candidates.ids.tolist()
        kept = np.array([at for at, id_ in enumerate(ids) if id_ in solutions], np.intp)
        kept = kept[np.random.default_rng(0).permutation(len(kept))]
        places, distinct = _distinct(solutions[ids[at]] for at in kept.tolist())
        columns = {
            key: Column(
                case_type.attribute(key),
                held.values,
                np.where(held.codes[kept] < 0, len(held.values), held.codes[kept]),
            )
            for key, held in candidates.columns.items()
        }
        weights = np.array([(counts or {}).get(ids[at], 1.0) for at in kept.tolist()])
        return cls(case_type, columns, distinct, places, weights, candidates.ids[kept])

    def case(self, at: int) -> dict[str, Value]:
        """What one of them holds; what it does not hold is left out."""
        held = {key: (column, int(column.codes[at])) for key, column in self.columns.items()}
        return {key: column.values[code] for key, (column, code) in held.items() if code < len(column.values)}


def _taken(
    column: Sequence[Value | None] | Floats, kept: NDArray[np.intp]
) -> Sequence[Value | None] | Floats:
    return column[kept] if isinstance(column, np.ndarray) else [column[at] for at in kept.tolist()]


def _distinct(solutions: Iterable[Solution]) -> tuple[Codes, list[Solution]]:
    """The place of each solution among the different ones."""
    found: dict[str, tuple[int, Solution]] = {}
    places = [found.setdefault(one.id, (len(found), one))[0] for one in solutions]
    return np.array(places, np.int32), [one for _, one in found.values()]
