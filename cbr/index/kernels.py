"""The inner loops, compiled by numba. `cbr.index.baseline` says the same in numpy and serves where this cannot be.

What goes in and out is written down in `cbr.index.scanning`; only that imports this, and only when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from cbr.index import zones

Loop = TypeVar("Loop", bound=Callable[..., Any])

BLOCK = zones.BLOCK  # a constant for the compiler


def _compiled(loop: Loop) -> Loop:
    """Compile at the first call, keep what was compiled on the disk, and let other threads go on meanwhile."""
    try:
        return cast(Loop, numba.njit(cache=True, nogil=True)(loop))
    except RuntimeError:  # nowhere to keep it
        return cast(Loop, numba.njit(nogil=True)(loop))


@_compiled
def bounds(masks: Any, rows: Any, most_of_groups: Any) -> Any:
    """(blocks,) the most that a case of each block can reach."""
    blocks = masks.shape[1]
    reached = np.zeros(blocks)
    order = np.empty(64, np.uint64)
    for column in range(len(rows)):
        most = most_of_groups[column]
        falling = np.argsort(-most)
        for rank in range(64):
            order[rank] = np.uint64(falling[rank])
        mask_row = masks[rows[column]]
        for block in range(blocks):
            mask = mask_row[block]
            rank = 0
            while not (mask >> order[rank]) & np.uint64(1):
                rank += 1
            reached[block] += most[order[rank]]
    return reached


@_compiled
def scan(  # noqa: PLR0912, PLR0915 - one loop over the memory; a call inside of it would cost more than what it does
    order: Any, reached: Any, laid: Any, tables: Any, k: int
) -> Any:
    """The best k by their least similarity, and who could be better than the last of them."""
    one, two, four, ids, live, firsts = laid
    widths, rows, starts, most, least, shares, full, skips, exact = tables
    scores = np.full(k, -np.inf)
    names = np.full(k, np.iinfo(np.int64).max)
    places = np.full(k, -1, np.int64)
    columns = len(rows)
    sums = np.empty(BLOCK)
    present = np.empty(BLOCK)
    could_be = np.empty(0 if exact else 4 * k + 64, np.int64)
    could = 0
    for block in order:
        if reached[block] < scores[0]:
            break
        if reached[block] == scores[0] and firsts[block] > names[0]:
            continue
        start = block * BLOCK
        sums[:] = 0.0
        for column in range(columns):
            table = most[starts[column] : starts[column + 1]]
            row = rows[column]
            if widths[column] == 1:
                narrow = one[row, start : start + BLOCK]
                for at in range(BLOCK):
                    sums[at] += table[narrow[at]]
            elif widths[column] == 2:
                wider = two[row, start : start + BLOCK]
                for at in range(BLOCK):
                    sums[at] += table[wider[at]]
            else:
                widest = four[row, start : start + BLOCK]
                for at in range(BLOCK):
                    sums[at] += table[widest[at]]
        if skips:
            present[:] = 0.0
            for column in range(columns):
                table = shares[starts[column] : starts[column + 1]]
                row = rows[column]
                if widths[column] == 1:
                    for at in range(BLOCK):
                        present[at] += table[one[row, start + at]]
                elif widths[column] == 2:
                    for at in range(BLOCK):
                        present[at] += table[two[row, start + at]]
                else:
                    for at in range(BLOCK):
                        present[at] += table[four[row, start + at]]
            for at in range(BLOCK):
                if present[at] == 0.0:
                    sums[at] = 0.0
                elif present[at] != full:
                    sums[at] /= present[at]
        for at in range(BLOCK):
            score = sums[at]
            if score < scores[0]:
                continue
            place = start + at
            name = ids[place]
            if not live[place] or (score == scores[0] and name > names[0]):
                continue
            if not exact:
                if could == len(could_be):
                    longer = np.empty(2 * could, np.int64)
                    longer[:could] = could_be
                    could_be = longer
                could_be[could] = place
                could += 1
                score = 0.0
                for column in range(columns):
                    row = rows[column]
                    if widths[column] == 1:
                        code = np.int64(one[row, place])
                    elif widths[column] == 2:
                        code = np.int64(two[row, place])
                    else:
                        code = np.int64(four[row, place])
                    score += least[starts[column] + code]
                if skips:
                    if present[at] == 0.0:
                        score = 0.0
                    elif present[at] != full:
                        score /= present[at]
                if score < scores[0] or (score == scores[0] and name > names[0]):
                    continue
            # The worst of the best stands on top of a heap; the new one takes its place and sinks.
            hole = 0
            while True:
                child = 2 * hole + 1
                if child >= k:
                    break
                if child + 1 < k and (
                    scores[child + 1] < scores[child]
                    or (scores[child + 1] == scores[child] and names[child + 1] > names[child])
                ):
                    child += 1
                if scores[child] > score or (scores[child] == score and names[child] < name):
                    break
                scores[hole], names[hole], places[hole] = scores[child], names[child], places[child]
                hole = child
            scores[hole], names[hole], places[hole] = score, name, place
    return scores, names, places, could_be[:could]
