"""Vectors on the disk: whatever a crash leaves behind, what is counted is whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.meaning import shelf
from search.meaning.shelf import NAMES, VECTORS, Unreadable, opened
from tests.search.meaning.encoders import vectors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shelf with two documents, of one and of two passages."""
    made = tmp_path / "en"
    shelf.create(made, 3)
    shelf.append(made, [("r1", vectors([1, 0, 0])), ("r2", vectors([0, 1, 0], [0, 0, 1]))])
    return made


def test_the_best_passage_of_a_document_counts(folder: Path) -> None:
    found = opened(folder).nearest(vectors([0, 0, 1])[0], 5)
    assert [(id_, round(cosine, 3)) for id_, cosine in found] == [("r2", 1.0), ("r1", 0.0)]


def test_a_passage_further_down_counts_a_little_less(folder: Path) -> None:
    found = opened(folder).nearest(vectors([0, 0, 1])[0], 5, later=0.1)
    assert [(id_, round(cosine, 3)) for id_, cosine in found] == [("r2", 0.9), ("r1", 0.0)]


def test_no_more_are_found_than_are_asked_for(folder: Path) -> None:
    asked = vectors([1, 0, 0])[0]
    assert [id_ for id_, _ in opened(folder).nearest(asked, 1)] == ["r1"]
    assert opened(folder).nearest(asked, 0) == []


def test_an_empty_shelf_finds_nothing(tmp_path: Path) -> None:
    shelf.create(tmp_path / "sv", 3)
    assert opened(tmp_path / "sv").nearest(vectors([1, 0, 0])[0], 5) == []


def test_what_is_appended_is_read_and_what_was_read_stays_as_it_was(folder: Path) -> None:
    before = opened(folder)
    shelf.append(folder, [("r3", vectors([1, 1, 0]))])
    after = opened(folder, before)
    assert list(before.ids) == ["r1", "r2"]
    assert list(after.ids) == ["r1", "r2", "r3"] == list(opened(folder).ids)
    assert after.starts.tolist() == [0, 1, 3]
    assert np.array_equal(after.vectors, opened(folder).vectors)


@given(names=st.integers(0, 12), of_vectors=st.integers(0, 52))
def test_a_torn_end_is_cut_off_wherever_it_is_torn(
    tmp_path_factory: pytest.TempPathFactory, names: int, of_vectors: int
) -> None:
    folder = tmp_path_factory.mktemp("torn") / "en"
    shelf.create(folder, 3)
    shelf.append(folder, [("r1", vectors([1, 0, 0])), ("r2", vectors([0, 1, 0], [0, 0, 1]))])
    for name, cut in ((NAMES, names), (VECTORS, of_vectors)):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: max(len(whole) - cut, 16 if name == VECTORS else 0)])
    left = list(opened(folder).ids)
    assert left == ["r1", "r2"][: len(left)]
    shelf.mend(folder)
    shelf.append(folder, [("r3", vectors([0, 0, 1]))])
    healed = opened(folder)
    assert list(healed.ids) == [*left, "r3"]
    assert healed.nearest(vectors([0, 0, 1])[0], 9)[0][1] == pytest.approx(1.0)
    assert np.allclose(np.linalg.norm(healed.vectors, axis=1), 1)


@pytest.mark.parametrize("said", [b"nonsense\n", b"0 r9\n", b"1 \n", b"-1 r9\n", b"\xff\xfe\n"])
def test_lines_that_say_nothing_are_not_taken_for_documents(folder: Path, said: bytes) -> None:
    (folder / NAMES).write_bytes(said)
    with pytest.raises(Unreadable):
        opened(folder)


@pytest.mark.parametrize("header", [b"", b"kalauz-1", b"another!" + bytes(8), b"kalauz-1" + bytes(8)])
def test_vectors_of_another_making_are_not_read(folder: Path, header: bytes) -> None:
    (folder / VECTORS).write_bytes(header)
    with pytest.raises(Unreadable):
        opened(folder)
