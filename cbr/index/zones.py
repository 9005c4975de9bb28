"""An order of cases in which neighbours are alike, and what each block of it holds, so that most blocks can be skipped.

The order interleaves the first bits of all columns, the bits of the heavier attribute first: a Z-order curve (Morton,
"A computer oriented geodetic data base", IBM 1966) over the ranks of the values. A block remembers for each column
which of 64 groups of values occur in it: a zone map (Moerkotte, "Small materialized aggregates", VLDB 1998) that also
knows what lies between. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cbr.index.books import Codes
from cbr.similarity import Floats

BLOCK = 512
"""Cases in a block: few enough that the sums of one stay in the nearest cache."""

GROUPS = 64
Masks: TypeAlias = NDArray[np.uint64]
Places: TypeAlias = NDArray[np.intp]
KEY_BITS = 24


def blocks_of(cases: int) -> int:
    """How many blocks hold so many cases; at least one."""
    return max(-(-cases // BLOCK), 1)


def alike_order(columns: Sequence[tuple[Codes, int]]) -> Places:
    """The order in which cases with like values are neighbours.

    Args:
        columns: (cases,) codes and the number of different ones, the heaviest attribute first.
    """
    cases = len(columns[0][0])
    if cases <= BLOCK:
        return np.arange(cases)
    key = np.zeros(cases, np.uint32)
    bits = ((column, bit) for bit in range(8) for column in columns)
    for column, bit in islice(((c, b) for c, b in bits if c[1] > 1 << b), KEY_BITS):
        codes, kinds = column
        key = (key << np.uint32(1)) | _bit(codes, kinds, bit)
    return np.argsort(key, kind="stable")


def _bit(codes: Codes, kinds: int, bit: int) -> NDArray[np.uint32]:
    """One binary digit of the place that each case has among all, from 0 to 1."""
    counts = np.bincount(codes, minlength=kinds)
    middles = (np.cumsum(counts) - counts / 2) / len(codes)
    digits = (middles * (2 << bit)).astype(np.uint32) & np.uint32(1)
    return np.asarray(digits[codes], np.uint32)


def group_of(kinds: int) -> NDArray[np.uint8]:
    """(kinds + 1,) the group of each code; the code for no value is alone in the first."""
    groups = 1 + np.arange(kinds) * (GROUPS - 1) // max(kinds, GROUPS - 1)
    return np.concatenate([[0], groups]).astype(np.uint8)


def masks_of(codes: Codes, kinds: int) -> Masks:
    """(blocks,) which groups occur in each block, one bit each.

    Args:
        codes: (blocks * BLOCK,) what lies behind the last case counts too, and does no harm.
    """
    bits = np.uint64(1) << group_of(kinds).astype(np.uint64)
    masks: Masks = np.bitwise_or.reduce(bits[codes].reshape(-1, BLOCK), axis=1)
    return masks


@cache
def _groups(kinds: int) -> tuple[NDArray[np.uint8], Places]:
    """The groups that so many values fall into, and the code with which each begins."""
    groups = group_of(kinds)
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    return groups[starts], starts


def most_of_groups(table: Floats, out: Floats) -> None:
    """Find the most that the codes of each group reach.

    Args:
        table: (values + 1,) what each code reaches.
        out: (GROUPS,) where it is written; what is no group of the table stays as it is.
    """
    if len(table) <= GROUPS:
        out[: len(table)] = table
    else:
        groups, starts = _groups(len(table) - 1)
        out[groups] = np.maximum.reduceat(table, starts)
