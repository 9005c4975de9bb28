"""The values of one column, each once, and the codes that stand for them; pure.

Code 0 stands for no value; code c for the value c - 1 of the book. Asked for a fact, a book gives what similarity each
code has, the least and the most of it: they differ only where one code stands for many numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from cbr.case_type import Attribute, Kind
from cbr.index.strings import Strings
from cbr.similarity import DistanceMeasure, Floats, Overlap, Span, Symbol, SymbolMeasure
from cbr.values import Fact, Value, place, words

MOST_BYTES = 255
"""So many values fit into codes of one byte, beside the code for none."""

Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]
Arrays: TypeAlias = dict[str, NDArray[Any]]


class Range(NamedTuple):
    """Similarities of all values of a book, in their order; both are the same array where they are exact."""

    least: Floats
    most: Floats


@dataclass(frozen=True)
class SymbolBook:
    """Names: booleans, categories, levels, nodes of a tree.

    Args:
        values: each once.
    """

    values: Sequence[Symbol]

    @cached_property
    def places(self) -> Mapping[Symbol, int]:
        """Value -> its place among them."""
        return {value: at for at, value in enumerate(self.values)}

    def __len__(self) -> int:
        return len(self.values)

    def similarities(self, attribute: Attribute, asked: Fact) -> Range:
        """How alike each value is to what is asked for."""
        measure = attribute.similarity
        if attribute.kind == Kind.ORDINAL and isinstance(measure, DistanceMeasure):
            levels = np.array([attribute.levels.get(str(value), -1) for value in self.values], np.float64)
            table = measure.many(cast(float, place(attribute, asked)), levels)
        else:
            known, otherwise = cast(SymbolMeasure, measure).row(cast(Symbol, asked))
            table = np.full(len(self.values), otherwise)
            for value, similarity in known.items():
                if (at := self.places.get(value)) is not None:
                    table[at] = similarity
        return Range(table, table)

    def decode(self, place: int) -> Value:
        """The value at a place."""
        return self.values[place]

    def packed(self) -> Arrays:
        """As arrays that `unpack` reads back."""
        if all(isinstance(value, bool) for value in self.values):
            return {"flags": np.array(self.values, np.uint8)}
        texts = Strings.of(cast(Iterable[str], self.values))
        return {"blob": texts.blob, "ends": texts.ends}


@dataclass(frozen=True)
class NumberBook:
    """Numbers or days, each on its own or many of them as what lies between two.

    Args:
        low, high: (values,) sorted; the same array where each stands for one number.
        days: they are the ordinals of days.
    """

    low: Floats
    high: Floats
    days: bool = False

    @property
    def exact(self) -> bool:
        """Each code stands for one number."""
        return self.low is self.high

    def __len__(self) -> int:
        return len(self.low)

    def similarities(self, attribute: Attribute, asked: Fact) -> Range:
        """How alike the numbers of each code are to what is asked for."""
        measure = cast(DistanceMeasure, attribute.similarity)
        wanted = cast(float | Span, place(attribute, asked))
        if self.exact:
            table = measure.many(wanted, self.low)
            return Range(table, table)
        return Range(*measure.bounds(wanted, self.low, self.high))

    def decode(self, place: int) -> Value:
        """The number or day at a place, where each has one."""
        return self.number(float(self.low[place]))

    def number(self, number: float) -> Value:
        """A number or day as the value that it is."""
        return date.fromordinal(int(number)) if self.days else number

    def packed(self) -> Arrays:
        """As arrays that `unpack` reads back."""
        arrays: Arrays = {"low": self.low, "days": np.array([self.days], np.uint8)}
        return arrays if self.exact else arrays | {"high": self.high}


@dataclass(frozen=True)
class SetBook:
    """Sets of words: those of a set, or of a text.

    Args:
        elements: the words, each once.
        members: the places of the words of all sets, one set behind the other.
        ends: (sets,) where the words of each set end.
        texts: what the words were taken from; None for sets.
    """

    elements: Sequence[str]
    members: NDArray[np.uint32]
    ends: NDArray[np.int64]
    texts: Sequence[str] | None = None

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Word -> its place among them."""
        return {element: at for at, element in enumerate(self.elements)}

    def __len__(self) -> int:
        return len(self.ends)

    def similarities(self, attribute: Attribute, asked: Fact) -> Range:
        """How alike each set is to what is asked for."""
        wanted = words(asked) if isinstance(asked, str) else cast(frozenset[str], asked)
        sets, starts = self._by_word
        places = [self.places[word] for word in wanted if word in self.places]
        rows = [sets[starts[at] : starts[at + 1]] for at in places]
        sharing, shared = _counted(np.concatenate([*rows, sets[:0]]), len(self))
        table = np.zeros(len(self)) if wanted else (self._sizes == 0).astype(np.float64)
        measure = cast(Overlap, attribute.similarity)
        table[sharing] = measure.of_counts(shared, len(wanted), self._sizes[sharing])
        return Range(table, table)

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        return np.diff(self.ends, prepend=0)

    @cached_property
    def _by_word(self) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """The sets that have each word, one word behind the other, and where those of each word begin."""
        sets = np.repeat(np.arange(len(self)), self._sizes)
        counts = np.bincount(self.members, minlength=len(self.elements))
        return sets[np.argsort(self.members, kind="stable")], np.concatenate([[0], np.cumsum(counts)])

    def decode(self, place: int) -> Value:
        """The set or text at a place."""
        if self.texts is not None:
            return self.texts[place]
        start = int(self.ends[place - 1]) if place else 0
        return frozenset(self.elements[at] for at in self.members[start : int(self.ends[place])].tolist())

    def packed(self) -> Arrays:
        """As arrays that `unpack` reads back."""
        elements = Strings.of(self.elements)
        arrays: Arrays = {
            "members": self.members,
            "set_ends": self.ends,
            "blob": elements.blob,
            "ends": elements.ends,
        }
        if self.texts is None:
            return arrays
        texts = Strings.of(self.texts)
        return arrays | {"text_blob": texts.blob, "text_ends": texts.ends}


def _counted(rows: NDArray[np.intp], kinds: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows that occur, and how often; by sorting where they are few."""
    if len(rows) < kinds // 16:
        return np.unique(rows, return_counts=True)
    counts = np.bincount(rows, minlength=kinds)
    occurring = np.flatnonzero(counts)
    return occurring, counts[occurring]


Book: TypeAlias = SymbolBook | NumberBook | SetBook


def unpack(arrays: Mapping[str, NDArray[Any]]) -> Book:
    """The book that `packed` took apart."""
    if "flags" in arrays:
        return SymbolBook([bool(flag) for flag in arrays["flags"]])
    if "low" in arrays:
        low = arrays["low"]
        return NumberBook(low, arrays.get("high", low), bool(arrays["days"][0]))
    strings = Strings(arrays["blob"], arrays["ends"])
    if "members" not in arrays:
        return SymbolBook(strings)
    texts = Strings(arrays["text_blob"], arrays["text_ends"]) if "text_ends" in arrays else None
    return SetBook(strings, arrays["members"], arrays["set_ends"], texts)


class Column(NamedTuple):
    """One attribute of many cases.

    Args:
        codes: (cases,) of the smallest type that has room.
        book: what they stand for.
        numbers: (cases,) the numbers themselves, NaN for none, where a code stands for many of them.
    """

    codes: Codes
    book: Book
    numbers: Floats | None = None


def encode(attribute: Attribute, values: Sequence[Value | None] | Floats) -> Column:
    """Codes for the values of one attribute.

    Args:
        values: one for each case, None where it has none. Numbers may come as an array with NaN for none.
    """
    if attribute.kind == Kind.NUMBER:
        return _numbers(np.asarray(values, np.float64))
    if attribute.kind == Kind.DATE:
        nothing = float("nan")
        days = [nothing if day is None else cast(date, day).toordinal() for day in values]
        return _numbers(np.array(days, np.float64), days=True)
    places = {value: code for code, value in enumerate(dict.fromkeys(chain((None,), values)))}
    if attribute.kind in (Kind.SET, Kind.TEXT):
        distinct = list(places)[1:]
        return Column(_coded(places, values), _set_book(distinct))
    # Neighbours in the order of names are often alike; the layout makes use of it.
    distinct = sorted(list(places)[1:])
    places = {value: code for code, value in enumerate([None, *distinct])}
    return Column(_coded(places, values), SymbolBook(cast(list[Symbol], distinct)))


def _coded(places: Mapping[Any, int], values: Iterable[object]) -> Codes:
    smallest = _smallest(len(places) - 1)
    return cast(Codes, np.fromiter(map(places.__getitem__, values), smallest))


def _smallest(most: int) -> type[np.uint8 | np.uint16 | np.uint32]:
    if most <= MOST_BYTES:
        return np.uint8
    return np.uint16 if most <= np.iinfo(np.uint16).max else np.uint32


def _numbers(numbers: Floats, days: bool = False) -> Column:
    known = np.sort(numbers[~np.isnan(numbers)])
    first = np.ones(len(known), np.bool_)
    first[1:] = known[1:] != known[:-1]
    distinct = known[first]
    if len(distinct) <= MOST_BYTES:
        low = high = distinct
    else:
        # Equal shares of the cases, so that each code says as much as any other.
        cuts = np.unique(known[np.linspace(0, len(known), MOST_BYTES, endpoint=False).astype(np.intp)])
        low = cuts
        high = distinct[np.append(np.searchsorted(distinct, cuts[1:]), len(distinct)) - 1]
    codes = np.searchsorted(low, numbers, side="right").astype(np.uint8)
    codes[np.isnan(numbers)] = 0
    return Column(codes, NumberBook(low, high, days), None if low is high else numbers)


def _set_book(values: Sequence[Any]) -> SetBook:
    texts = None if not values or isinstance(values[0], frozenset) else values
    sets = [words(text) for text in texts] if texts is not None else values
    places: dict[str, int] = {}
    members = [places.setdefault(word, len(places)) for held in sets for word in sorted(held)]
    ends = np.cumsum([len(held) for held in sets], dtype=np.int64)
    return SetBook(list(places), np.array(members, np.uint32), ends, texts)
