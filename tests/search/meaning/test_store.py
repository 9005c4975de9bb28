"""The vectors of a node: one process writes, all read, and what is no longer wanted goes."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from search.meaning.shelf import NAMES, VECTORS
from search.meaning.store import Store, Writer, generations
from tests.processes import python, told
from tests.search.meaning.encoders import vectors

HOLD = """
import sys
from pathlib import Path
from search.meaning.store import Store
from tests.search.meaning.encoders import vectors
with Store(Path(sys.argv[1])).writing() as writer:
    writer.add("en", [("theirs", vectors([1, 0]))])
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "meaning")


def add(store: Store, language: str, *ids: str) -> None:
    """Documents with a passage each."""
    with store.writing() as writer:
        assert writer is not None
        writer.add(language, [(id_, vectors([1, 0])) for id_ in ids])


def held(store: Store) -> dict[str, list[str]]:
    """Language -> ids."""
    return {language: list(one.ids) for language, one in store.shelves().items()}


def known(store: Store) -> dict[str, str]:
    """What a writer knows."""
    with store.writing() as writer:
        assert isinstance(writer, Writer)
        return writer.known


def test_a_store_that_nobody_has_written_is_empty(store: Store) -> None:
    assert held(store) == {}


def test_readers_see_every_language_and_every_document_as_it_comes(store: Store) -> None:
    reader = Store(store.folder)
    assert held(reader) == {}
    add(store, "en", "r1")
    assert held(reader) == {"en": ["r1"]}
    add(store, "hu", "r2")
    add(store, "en", "r3", "r4")
    assert held(reader) == {"en": ["r1", "r3", "r4"], "hu": ["r2"]}


def test_looking_again_reads_nothing_where_nothing_has_changed(store: Store) -> None:
    add(store, "en", "r1")
    assert store.shelves()["en"] is store.shelves()["en"]


def test_a_language_is_a_folder_of_its_own_whatever_it_is_called(store: Store) -> None:
    add(store, "../pt-BR", "r1")
    assert held(store) == {"../pt-BR": ["r1"]}
    assert sorted(path.name for path in store.folder.parent.iterdir()) == ["meaning"]


def test_one_writes_at_a_time_and_the_others_are_told_at_once(store: Store) -> None:
    with store.writing() as first, Store(store.folder).writing() as second:
        assert first is not None
        assert second is None
    assert known(store) == {}


def test_a_writer_in_another_process_is_respected_and_what_it_wrote_survives_its_death(store: Store) -> None:
    with python("-c", HOLD, store.folder) as other:
        assert told(other) == "writing"
        with store.writing() as writer:
            assert writer is None
        assert held(store) == {"en": ["theirs"]}
        other.kill()
    assert known(store) == {"theirs": "en"}


def test_less_than_half_of_what_is_dead_stays_and_more_goes(store: Store) -> None:
    add(store, "en", "r1", "r2", "r3")
    add(store, "hu", "r4")
    reader = Store(store.folder)
    assert len(held(reader)["en"]) == 3
    with store.writing() as writer:
        assert writer is not None
        writer.compact({"r1", "r2", "r4"})
        assert writer.known == {"r1": "en", "r2": "en", "r3": "en", "r4": "hu"}
        writer.compact({"r2", "r4"})
        assert writer.known == {"r2": "en", "r4": "hu"}
        writer.add("en", [("r5", vectors([0, 1], [1, 0]))])
    assert held(reader) == held(store) == {"en": ["r2", "r5"], "hu": ["r4"]}


def test_passages_keep_their_documents_when_others_go(store: Store) -> None:
    with store.writing() as writer:
        assert writer is not None
        writer.add("en", [(f"r{number}", vectors([1, 0], [0, 1])) for number in range(5)])
        writer.compact({"r3"})
    (shelf,) = store.shelves().values()
    assert list(shelf.ids) == ["r3"]
    assert shelf.vectors.tolist() == [[1, 0], [0, 1]]


def test_who_reads_while_a_shelf_is_renewed_reads_on(store: Store) -> None:
    add(store, "en", "r1", "r2", "r3")
    before = store.shelves()["en"]
    with store.writing() as writer:
        assert writer is not None
        writer.compact({"r1"})
    assert [id_ for id_, _ in before.nearest(vectors([1, 0])[0], 5)] == ["r1", "r2", "r3"]
    assert held(store) == {"en": ["r1"]}


def test_what_a_writer_that_died_has_left_is_mended(store: Store) -> None:
    add(store, "en", "r1", "r2")
    home = store.folder / "en"
    shutil.copytree(home / "1", home / "2.new")
    (home / "2.new" / VECTORS).write_bytes(b"half")
    with (home / "1" / NAMES).open("ab") as names:
        names.write(b"1 r3")
    assert known(store) == {"r1": "en", "r2": "en"}
    assert [path.name for path in home.iterdir()] == ["1"]


def test_of_two_generations_the_newer_one_counts(store: Store) -> None:
    add(store, "en", "r1", "r2")
    home = store.folder / "en"
    shutil.copytree(home / "1", home / "2")
    assert held(store) == {"en": ["r1", "r2"]}
    assert known(store) == {"r1": "en", "r2": "en"}
    assert [path.name for path in generations(home)] == ["2"]


def test_what_cannot_be_read_is_thrown_away_and_made_anew(store: Store) -> None:
    add(store, "en", "r1")
    (store.folder / "en" / "1" / VECTORS).write_bytes(b"something else entirely")
    assert held(Store(store.folder)) == {}
    assert known(store) == {}
    add(store, "en", "r1")
    assert held(store) == {"en": ["r1"]}


def test_a_folder_that_is_taken_away_is_an_empty_store(store: Store) -> None:
    add(store, "en", "r1")
    assert held(store) == {"en": ["r1"]}
    shutil.rmtree(store.folder)
    assert held(store) == {}


def test_threads_that_read_while_one_writes_always_see_whole_documents(store: Store) -> None:
    wrong: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            for shelf in store.shelves().values():
                found = shelf.nearest(vectors([1, 0])[0], 1_000)
                if {id_ for id_, _ in found} != set(shelf.ids):
                    wrong.append("a document is missing")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    with store.writing() as writer:
        assert writer is not None
        for number in range(60):
            writer.add("en", [(f"r{number}", vectors([1, 0], [0, 1]))])
            if number % 20 == 19:
                writer.compact({f"r{number}"})
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert held(store) == {"en": ["r59"]}
