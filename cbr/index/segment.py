"""Cases as columns of codes, laid out in blocks of cases that are alike; only who is alive changes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cbr.case_type import CaseType
from cbr.index.books import Book, Codes, Column, NumberBook, encode
from cbr.index.zones import BLOCK, Masks, Places, alike_order, blocks_of, masks_of
from cbr.similarity import Floats
from cbr.values import Value

Ids: TypeAlias = NDArray[np.int64]
NO_ID = np.iinfo(np.int64).max
"""Stands behind the last case, where a block is not full."""

WIDTHS: Mapping[int, type[np.uint8 | np.uint16 | np.uint32]] = {1: np.uint8, 2: np.uint16, 4: np.uint32}
"""Bytes of a code -> its type."""


class Stored(NamedTuple):
    """Where one attribute lies.

    Args:
        width: bytes of a code, which say in which stack.
        row: in that stack.
        book: what the codes stand for.
        numbers: (places,) where codes stand for many numbers.
    """

    width: int
    row: int
    book: Book
    numbers: Floats | None


@dataclass(frozen=True)
class Segment:
    """Some of the cases.

    Args:
        stored: key of an attribute -> where it lies.
        stacks: bytes of a code -> (rows, places) codes.
        masks: (attributes, blocks) which groups of values occur, in the order of `stored`.
        ids: (places,) `NO_ID` behind the last.
        live: (places,) False for who was removed; the only thing that changes.
        firsts: (blocks,) the smallest id of each.
        cases: how many there are, those removed counted too.
    """

    stored: Mapping[str, Stored]
    stacks: Mapping[int, NDArray[Any]]
    masks: Masks
    ids: Ids
    live: NDArray[np.bool_]
    firsts: Ids
    cases: int

    @cached_property
    def mask_rows(self) -> Mapping[str, int]:
        """Key -> row of the masks."""
        return {key: row for row, key in enumerate(self.stored)}

    @cached_property
    def _by_id(self) -> Places:
        return np.argsort(self.ids[: self.cases], kind="stable")

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays but those of the books."""
        numbers = (stored.numbers for stored in self.stored.values() if stored.numbers is not None)
        arrays = (*self.stacks.values(), *numbers, self.masks, self.ids, self.live, self.firsts)
        return sum(array.nbytes for array in arrays)

    def places_of(self, ids: Ids) -> Places:
        """Where cases lie; -1 for those that are not here or no longer."""
        if not self.cases:
            return np.full(len(ids), -1)
        order = self._by_id
        found = np.searchsorted(self.ids[: self.cases], ids, sorter=order)
        places = order[np.minimum(found, self.cases - 1)]
        return np.where((self.ids[places] == ids) & self.live[places], places, -1)

    def codes(self, key: str) -> Codes:
        """(places,) the codes of an attribute."""
        stored = self.stored[key]
        return self.stacks[stored.width][stored.row]  # type: ignore[no-any-return]

    def values(self, key: str, places: Places) -> list[Value | None]:
        """What cases hold."""
        stored = self.stored[key]
        if stored.numbers is not None and isinstance(stored.book, NumberBook):
            numbers = stored.numbers[places].tolist()
            return [None if isnan(number) else stored.book.number(number) for number in numbers]
        codes = self.codes(key)[places]
        if len(places) < BLOCK:
            return [stored.book.decode(code - 1) if code else None for code in codes.tolist()]
        held = np.unique(codes)
        table = np.full(int(held[-1]) + 1, None, dtype=object)
        for code in held.tolist():
            table[code] = stored.book.decode(code - 1) if code else None
        return table[codes].tolist()  # type: ignore[no-any-return]


def build(case_type: CaseType, columns: Mapping[str, Sequence[Value | None] | Floats], ids: Ids) -> Segment:
    """Lay cases out.

    Args:
        columns: key -> the value of each case; all attributes of the case type, all of the same length.
        ids: (cases,) each once.
    """
    encoded = {one.key: encode(one, columns[one.key]) for one in case_type.attributes}
    order = _order(case_type, encoded, len(ids))
    places = blocks_of(len(ids)) * BLOCK
    counts = dict.fromkeys(WIDTHS, 0)
    for column in encoded.values():
        counts[column.codes.itemsize] += 1
    stacks = {width: np.zeros((counts[width], places), WIDTHS[width]) for width in WIDTHS}
    rows = dict.fromkeys(WIDTHS, 0)
    stored = {}
    masks = np.zeros((len(encoded), places // BLOCK), np.uint64)
    for at, (key, column) in enumerate(encoded.items()):
        width = column.codes.itemsize
        codes = stacks[width][rows[width]]
        np.take(column.codes, order, out=codes[: len(ids)])
        masks[at] = masks_of(codes, len(column.book))
        numbers = None if column.numbers is None else column.numbers[order]
        stored[key] = Stored(width, rows[width], column.book, numbers)
        rows[width] += 1
    laid = np.full(places, NO_ID)
    laid[: len(ids)] = ids[order]
    live = np.zeros(places, np.bool_)
    live[: len(ids)] = True
    return Segment(stored, stacks, masks, laid, live, laid.reshape(-1, BLOCK).min(axis=1), len(ids))


def _order(case_type: CaseType, encoded: Mapping[str, Column], cases: int) -> Places:
    heaviest = sorted(case_type.attributes, key=lambda one: -one.weight)
    columns = [(encoded[one.key].codes, len(encoded[one.key].book) + 1) for one in heaviest if one.weight]
    return alike_order(columns) if columns else np.arange(cases)
