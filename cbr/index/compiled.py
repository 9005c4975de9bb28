"""Which inner loops there are: numba's kernels where they work, numpy's everywhere."""

from __future__ import annotations

import importlib
from functools import cache
from threading import Lock
from typing import cast

import numpy as np

from cbr.index import baseline
from cbr.index.scanning import Laid, Scan, Tables
from cbr.index.zones import BLOCK, GROUPS

BASELINE = cast(Scan, baseline)


@cache
def fastest() -> Scan:
    """The kernels, compiled or read from their cache, and tried once; the baseline where any of that fails.

    The first call of a process takes half a second, the first on a machine ten: a server makes it when it starts.
    """
    try:
        kernels = cast(Scan, importlib.import_module("cbr.index.kernels"))
        works = _tried(kernels)
    except Exception:  # whatever is odd about this machine, the baseline answers
        return BASELINE
    return kernels if works else BASELINE


_trying = Lock()

FEW = 20_000
"""Cases that numpy goes through in a millisecond or two: for them no process need hold the compiler's 135 megabytes."""


def at_hand(cases: int) -> Scan:
    """What answers now: the fastest, and the baseline as long as another thread is still compiling it.

    Args:
        cases: so many there are to go through; of few the baseline is fast enough.
    """
    if cases <= FEW:
        return BASELINE
    if fastest.cache_info().currsize:
        return fastest()
    if not _trying.acquire(blocking=False):
        return BASELINE
    try:
        return fastest()
    finally:
        _trying.release()


def _tried(kernels: Scan) -> bool:
    """Both say the same of two blocks, with every kind of column, and are compiled by it."""
    generator = np.random.default_rng(1)
    places = 2 * BLOCK
    one, two, four = (
        generator.integers(0, 3, (1, places)).astype(kind) for kind in (np.uint8, np.uint16, np.uint32)
    )
    masks = np.full((3, 2), 0b111, np.uint64)
    counts = np.array([0.25, 0.25, 0.5])
    groups = np.full((3, GROUPS), -np.inf)
    groups[:, :3] = counts[:, np.newaxis]
    tables = np.outer(counts, [0.0, 0.5, 1.0]).ravel()
    ids = generator.permutation(places).astype(np.int64)
    laid = Laid(one, two, four, ids, np.ones(places, np.bool_), ids.reshape(-1, BLOCK).min(axis=1))
    shares = np.outer(counts, [0.0, 1.0, 1.0]).ravel()
    where = np.array([1, 2, 4]), np.zeros(3, np.int64), np.array([0, 3, 6, 9])
    for skips, exact in ((False, True), (True, False)):
        answers = []
        compiled = Tables(*where, tables, tables, shares, 1.0, skips, exact)
        for scan in (kernels, BASELINE):
            reached = scan.bounds(masks, np.arange(3), groups)
            found = scan.scan(np.argsort(-reached), reached, laid, compiled, 10)
            answers.append(sorted(zip(found[0].tolist(), found[1].tolist(), strict=True)))
        if answers[0] != answers[1]:
            return False
    return True
