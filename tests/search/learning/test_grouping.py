"""What means the same comes together."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.learning.grouping import Vectors, near


def at(*degrees: float) -> Vectors:
    """Vectors of length 1 at these angles; two of them are as like as the cosine between."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_near_ones_are_together_and_far_ones_apart() -> None:
    assert near(at(0, 90, 5, 88, 180), 0.9) == [[0, 2], [1, 3], [4]]


def test_the_mean_of_all_pairs_counts_so_that_a_chain_does_not_grow_without_end() -> None:
    groups = near(at(*range(0, 91, 10)), 0.96)
    assert len(groups) > 2
    assert all(max(group) - min(group) <= 3 for group in groups)


def test_of_nothing_and_of_one() -> None:
    assert near(np.zeros((0, 2), dtype=np.float32), 0.9) == []
    assert near(at(7), 0.9) == [[0]]


@given(st.lists(st.floats(0, 360), min_size=1, max_size=30), st.floats(-0.99, 1))
def test_every_row_is_in_one_group(angles: list[float], threshold: float) -> None:
    groups = near(at(*angles), threshold)
    assert sorted(row for group in groups for row in group) == list(range(len(angles)))
    assert groups == sorted(groups)
