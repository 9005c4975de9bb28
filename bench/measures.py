"""How good an order of documents is: measures of retrieval, each with its source; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import log2


def reciprocal_rank(found: Sequence[str], right: Collection[str], depth: int = 10) -> float:
    """One divided by the place of the first right document; 0 where there is none among the first `depth`.

    Its mean over the questions is MRR (Voorhees, "The TREC-8 Question Answering Track Report", 1999).

    >>> reciprocal_rank(["a", "b", "c"], {"c", "b"})
    0.5
    """
    return next((1 / place for place, name in enumerate(found[:depth], 1) if name in right), 0.0)


def success(found: Sequence[str], right: Collection[str], depth: int) -> float:
    """1 where a right document is among the first `depth`, else 0 (success@k of trec_eval).

    >>> success(["a", "b"], {"b"}, 1), success(["a", "b"], {"b"}, 2)
    (0.0, 1.0)
    """
    return float(any(name in right for name in found[:depth]))


def ndcg(found: Sequence[str], right: Collection[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain with a gain of 1 for what is right and 0 for all else.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 20(4), 2002, with the discount
    log2(place + 1) of Burges et al. (ICML 2005), as trec_eval has it.

    >>> ndcg(["b", "a"], {"a", "b"}), round(ndcg(["x", "a"], {"a"}), 3)
    (1.0, 0.631)
    """
    gained = sum(1 / log2(place + 1) for place, name in enumerate(found[:depth], 1) if name in right)
    most = sum(1 / log2(place + 1) for place in range(1, min(len(right), depth) + 1))
    return gained / most if most else 0.0
