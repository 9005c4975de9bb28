"""Several processes at one index: one writes, all read, and one that is killed takes nothing with it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from search.tantivy.engine import TantivyEngine
from tests.processes import told
from tests.search.documents import document, put, seen_by, titles
from tests.search.process import BATCH, batch, started

MOST_FILES = 60  # of an index with a handful of segments


def batches(engine: TantivyEngine) -> int:
    """How many whole batches are in the index; half a one would not divide."""
    total = engine.search("batch", seen_by()).total
    assert total % BATCH == 0
    return total // BATCH


def test_another_process_sees_what_is_committed(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    put(engine, document("First"), position=1)
    with started(tmp_path, "ask") as reader:
        assert json.loads(told(reader, "first")) == [1, ["First"]]
        put(engine, document("Second"), position=2)
        assert json.loads(told(reader, "second")) == [2, ["Second"]]
        engine.clear()
        assert json.loads(told(reader, "first")) == [0, []]
        with engine.rebuild() as writer:
            writer.apply(deletes=(), documents=[document("Third")], position=3)
            assert json.loads(told(reader, "third")) == [0, []]
        assert json.loads(told(reader, "third")) == [3, ["Third"]]


def test_this_process_sees_what_another_has_committed(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    with started(tmp_path, "write", "1") as writer:
        assert told(writer) == "1"
        assert engine.position() == 1
        assert batches(engine) == 1


def test_a_process_killed_in_the_middle_of_a_batch_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    put(engine, *batch(1), document("Kept", article="a1"), position=1)
    with started(tmp_path, "hang") as writer:
        assert told(writer) == "hanging"
        assert engine.position() == 1
        writer.kill()
        writer.wait()
    for survivor in (engine, TantivyEngine(tmp_path)):
        assert survivor.position() == 1
        assert batches(survivor) == 1
        assert titles(survivor, "kept") == ["Kept"]
    put(engine, *batch(2), position=2)
    assert engine.position() == 2
    assert batches(engine) == 2


def test_killing_a_writer_in_its_commits_again_and_again_loses_nothing_committed(tmp_path: Path) -> None:
    for _ in range(5):
        with started(tmp_path, "commit") as writer:
            assert told(writer) == "committing"
            said = int(told(writer))
            assert told(writer) == "committing"
            writer.kill()
        engine = TantivyEngine(tmp_path)
        assert engine.position() >= said
        assert batches(engine) == engine.position()
    put(engine, *batch(engine.position() + 1), position=engine.position() + 1)
    assert batches(engine) == engine.position()
    assert sum(1 for path in tmp_path.rglob("*") if path.is_file()) < MOST_FILES


def test_writers_in_several_processes_and_threads_wait_for_one_another(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(5):
                put(engine, document(f"Thread {name} {number}"), position=0)
        except BaseException as failure:  # to be looked at in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=write, args=[name]) for name in "ab"]
    with started(tmp_path, "write", "5") as one, started(tmp_path, "write", "5") as other:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (one.wait(), other.wait()) == (0, 0)
    assert failures == []
    assert engine.search("thread", seen_by()).total == 10
    assert batches(engine) == 5  # the processes wrote the same batches: each replaced the other's


def test_a_reader_is_never_disturbed_by_a_writer(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    put(engine, document("Always there"))
    with started(tmp_path, "write", "10") as writer:
        while writer.poll() is None:
            assert titles(engine, "always") == ["Always there"]
            batches(engine)
    assert writer.returncode == 0
