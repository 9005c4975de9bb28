"""The inner loops in numpy: always there. `cbr.index.kernels` says the same to numba.

What goes in and out is written down in `cbr.index.scanning`. Pure.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cbr.index.zones import BLOCK, GROUPS

FIRST_BATCH, MOST_BATCH = 4, 256
"""Blocks scanned at once: few at first, since they may already hold the best."""


def bounds(masks: Any, rows: Any, most_of_groups: Any) -> Any:
    """(blocks,) the most that a case of each block can reach."""
    reached = np.zeros(masks.shape[1])
    bits = np.uint64(1) << np.arange(GROUPS, dtype=np.uint64)
    for row, most in zip(rows, most_of_groups, strict=True):
        occurs = (masks[row][:, np.newaxis] & bits) != 0
        reached += np.where(occurs, most, -np.inf).max(axis=1)
    return reached


def scan(order: Any, reached: Any, laid: Any, tables: Any, k: int) -> Any:
    """The best k by their least similarity, and who could be better than the last of them."""
    ids, live, firsts = laid.ids, laid.live, laid.firsts
    shares, full, skips = tables.shares, tables.full, tables.skips
    stacks = {
        width: stack.reshape(len(stack), len(firsts), BLOCK)
        for width, stack in zip((1, 2, 4), (laid.one, laid.two, laid.four), strict=True)
    }
    columns = [
        (stacks[int(width)][row], slice(start, end))
        for width, row, start, end in zip(
            tables.widths, tables.rows, tables.starts[:-1], tables.starts[1:], strict=True
        )
    ]
    by_block = ids.reshape(-1, BLOCK), live.reshape(-1, BLOCK)
    scores, names, places = np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)
    could_be = [places]
    at, batch = 0, FIRST_BATCH
    worst, last = -np.inf, np.iinfo(np.int64).max
    while at < len(order) and reached[order[at]] >= worst:
        blocks = order[at : at + batch]
        at, batch = at + batch, min(batch * 2, MOST_BATCH)
        blocks = blocks[(reached[blocks] > worst) | ((reached[blocks] == worst) & (firsts[blocks] <= last))]
        there = np.flatnonzero(by_block[1][blocks])
        codes = [(codes[blocks].ravel()[there], table) for codes, table in columns]
        found_names = by_block[0][blocks].ravel()[there]
        found_places = (blocks[:, np.newaxis] * BLOCK + np.arange(BLOCK)).ravel()[there]
        found = _sums(codes, tables.least, shares, full, skips)
        if not tables.exact:
            highest = _sums(codes, tables.most, shares, full, skips)
            could_be.append(found_places[(highest > worst) | ((highest == worst) & (found_names <= last))])
        scores = np.concatenate([scores, found])
        names, places = np.concatenate([names, found_names]), np.concatenate([places, found_places])
        kept = best_of(scores, names, k)
        scores, names, places = scores[kept], names[kept], places[kept]
        if len(scores) == k:
            worst, last = scores[-1], names[-1]
    return scores, names, places, np.concatenate(could_be)


def best_of(scores: Any, names: Any, k: int) -> Any:
    """(at most k,) the places of the best, best first; of equals the smaller name first."""
    if len(scores) > 4 * k:
        threshold = np.partition(scores, -k)[-k]
        near = np.flatnonzero(scores >= threshold)
        return near[np.lexsort((names[near], -scores[near]))[:k]]
    return np.lexsort((names, -scores))[:k]


def _sums(codes: Any, tables: Any, shares: Any, full: float, skips: bool) -> Any:
    sums = np.zeros(len(codes[0][0]))
    for held, table in codes:
        sums += tables[table][held]
    if not skips:
        return sums
    left = np.zeros(len(sums))
    for held, table in codes:
        left += shares[table][held]
    some = (left != full) & (left > 0.0)
    sums[some] /= left[some]
    sums[left == 0.0] = 0.0
    return sums
