"""A table of forms says what simplemma's own list says, whoever made it and whatever became of its file."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simplemma.strategies.dictionaries.stream_dictionary_factory import StreamDictionaryFactory

from search import form_tables
from search.form_tables import FormTable, packed, table
from search.lemmas import STEMMERS

EVERY = 97  # one form in so many is looked up


@pytest.fixture(scope="module")
def english() -> bytes:
    return packed("en")


@pytest.fixture(scope="module")
def theirs() -> Mapping[str, str]:
    """simplemma's English list."""
    return StreamDictionaryFactory().get_dictionary("en")


@pytest.mark.parametrize("language", STEMMERS)
def test_it_has_the_dictionary_form_of_every_form(language: str) -> None:
    theirs, made = StreamDictionaryFactory().get_dictionary(language), FormTable(packed(language))
    assert len(made) == len(theirs)
    forms = list(islice(theirs, 0, None, EVERY))
    assert [made.get(form) for form in forms] == [theirs[form] for form in forms]
    unknown = [form + "qx" for form in forms if form + "qx" not in theirs]
    assert unknown
    assert not any(map(made.get, unknown))


@given(st.text())
def test_any_text_can_be_looked_up(english: bytes, theirs: Mapping[str, str], text: str) -> None:
    assert FormTable(english).get(text) == theirs.get(text)


def test_a_file_is_made_once_and_then_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "words"
    assert table("en", folder).get("mice") == "mouse"
    monkeypatch.setattr(form_tables, "packed", lambda language: pytest.fail("made twice"))
    assert table("en", folder).get("mice") == "mouse"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("kept", [0, 7, 1000])
def test_a_file_that_is_only_a_part_is_made_anew(tmp_path: Path, kept: int) -> None:
    table("en", tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    assert table("en", tmp_path).get("mice") == "mouse"
    assert path.read_bytes() == whole


def test_what_is_no_table_is_refused(english: bytes) -> None:
    for bad in (b"", b"forms-1\n", b"another\n" + english[8:], english[:-1], english + b"x"):
        with pytest.raises(ValueError, match="no table of forms"):
            FormTable(bad)


def test_without_a_folder_or_in_one_that_is_none_a_process_makes_its_own(tmp_path: Path) -> None:
    in_the_way = tmp_path / "words"
    in_the_way.write_text("no folder")
    assert table("en").get("mice") == table("en", in_the_way).get("mice") == "mouse"


def _look_up(folder: Path) -> str | None:
    return table("en", folder).get("mice")


def test_processes_that_make_the_same_table_at_once_leave_one(tmp_path: Path) -> None:
    with get_context("spawn").Pool(3) as pool:
        assert pool.map(_look_up, [tmp_path] * 3) == ["mouse"] * 3
    assert len(list(tmp_path.iterdir())) == 1


def test_threads_that_make_the_same_table_at_once_leave_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, english: bytes
) -> None:
    both = Barrier(2)

    def made(_language: str) -> bytes:
        both.wait()
        return english

    monkeypatch.setattr(form_tables, "packed", made)
    replace = Path.replace

    def replaced(path: Path, target: Path) -> Path:
        both.wait()  # both have written, and none has put it in place
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replaced)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(_look_up, [tmp_path] * 2)) == ["mouse"] * 2
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [english]
