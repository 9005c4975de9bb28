"""Several orders made into one; pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")

K = 10
"""How soon a place in one order stops to matter; small, since the first places are what people look at (measured on
help pages asked for by their descriptions)."""


def fuse(
    orders: Sequence[Sequence[T]],
    key: Callable[[T], Hashable],
    weights: Sequence[float] | None = None,
    k: int = K,
) -> list[T]:
    """One order of everything in the orders, by reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).

    Args:
        orders: best first; of things with the same key the one in the earlier order stays.
        weights: what each order is worth, 1 where none are given.

    >>> fuse([["a", "b"], ["b", "c"]], key=str)
    ['b', 'a', 'c']
    """
    scores: dict[Hashable, float] = {}
    things: dict[Hashable, T] = {}
    for order, weight in zip(orders, weights or [1.0] * len(orders), strict=True):
        for rank, thing in enumerate(order, 1):
            name = key(thing)
            things.setdefault(name, thing)
            scores[name] = scores.get(name, 0.0) + weight / (k + rank)
    return [things[name] for name in sorted(scores, key=lambda name: -scores[name])]
