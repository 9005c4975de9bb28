"""The encoding follows the index: newest first, one process a node, stopped and killed at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from search.meaning import background
from search.meaning.background import Background, encode, progress
from search.meaning.encoder import Floats
from search.tantivy.engine import TantivyEngine
from tests.processes import python, told
from tests.search.documents import document, put
from tests.search.meaning.encoders import UNREADABLE, ByThings, encode_all, meaning_in

ENCODE_SLOWLY = """
import sys, time
from pathlib import Path
from search.meaning.background import encode
from search.tantivy.engine import TantivyEngine
from tests.search.meaning.encoders import meaning_in
folder = Path(sys.argv[1])
background = __import__("search.meaning.background", fromlist=["SAVED_EVERY_S"])
background.SAVED_EVERY_S = 0
meaning = meaning_in(folder)
with meaning.store.writing() as writer:
    for done in encode(meaning, TantivyEngine(folder / "index"), writer):
        print(done, flush=True)
        sys.stdin.readline()
"""


def held(folder: Path) -> set[str]:
    """The ids of everything encoded, as another reader sees it."""
    return {id_ for shelf in meaning_in(folder).store.shelves().values() for id_ in shelf.ids}


def documents(engine: TantivyEngine, *numbers: int, position: int = 1) -> None:
    put(engine, *(document(f"Card {number}", id=str(number)) for number in numbers), position=position)


def test_the_newest_are_encoded_first(tmp_path: Path, engine: TantivyEngine) -> None:
    documents(engine, 9, 10, 2, 100)
    encoder = ByThings()
    assert encode_all(meaning_in(tmp_path, encoder), engine) == 4
    assert encoder.encoded == ["Card 100", "Card 10", "Card 9", "Card 2"]


def test_nothing_is_encoded_twice(tmp_path: Path, engine: TantivyEngine) -> None:
    documents(engine, 1, 2)
    assert encode_all(meaning_in(tmp_path), engine) == 2
    documents(engine, 3, position=2)
    assert encode_all(meaning_in(tmp_path), engine) == 1
    assert encode_all(meaning_in(tmp_path), engine) == 0


def test_what_is_published_meanwhile_does_not_wait_for_the_rest(
    tmp_path: Path, engine: TantivyEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "AT_ONCE", 2)
    documents(engine, 1, 2, 3, 4)
    encoder = ByThings()
    meaning = meaning_in(tmp_path, encoder)
    with meaning.store.writing() as writer:
        assert writer is not None
        for done in encode(meaning, engine, writer):
            if done == 1:
                documents(engine, 5, position=2)
    assert encoder.encoded == ["Card 4", "Card 3", "Card 5", "Card 2", "Card 1"]


def test_what_was_done_before_it_was_stopped_is_kept(tmp_path: Path, engine: TantivyEngine) -> None:
    documents(engine, 1, 2, 3)
    meaning = meaning_in(tmp_path)
    with meaning.store.writing() as writer:
        assert writer is not None
        with closing(encode(meaning, engine, writer)) as work:
            assert next(work) == 1
            assert next(work) == 2
    assert held(tmp_path) == {"3", "2"}


def test_a_killed_process_leaves_what_it_had_saved(tmp_path: Path, engine: TantivyEngine) -> None:
    documents(engine, *range(10, 20))
    with python("-c", ENCODE_SLOWLY, tmp_path) as other:
        assert [told(other), told(other, "on"), told(other, "on")] == ["1", "2", "3"]
        other.kill()
    assert {"19", "18"} <= held(tmp_path)
    encode_all(meaning_in(tmp_path), engine)
    assert held(tmp_path) == {str(number) for number in range(10, 20)}


def test_what_left_the_index_goes_when_it_is_most_of_the_shelf(tmp_path: Path, engine: TantivyEngine) -> None:
    put(engine, *(document("Card", id=str(number), article=str(number)) for number in range(10)))
    meaning = meaning_in(tmp_path)
    encode_all(meaning, engine)
    with engine.rebuild() as writer:
        writer.apply(deletes=(), documents=[document("Card", id="9"), document("Card", id="10")], position=2)
    encode_all(meaning, engine)
    assert held(tmp_path) == {"9", "10"}


def test_progress_counts_documents_and_passages(tmp_path: Path, engine: TantivyEngine) -> None:
    documents(engine, 1, 2)
    put(engine, document("Kort", "Lång text. " * 200, id="3", language="sv"))
    meaning = meaning_in(tmp_path)
    before = progress(meaning, engine)
    assert (before.done, before.total, before.languages, before.left_s) == (0, 3, {}, 0.0)
    encode_all(meaning, engine)
    after = progress(meaning, engine)
    assert (after.done, after.total, after.languages) == (3, 3, {"en": (2, 2), "sv": (1, 2)})
    documents(engine, 4, 5, position=2)
    more = progress(meaning, engine)
    assert (more.done, more.total) == (3, 5)
    assert more.left_s == pytest.approx(2 * more.pace_s)
    assert more.pace_s > 0


def test_a_document_that_left_the_index_is_not_waited_for(tmp_path: Path, engine: TantivyEngine) -> None:
    put(engine, document("Card", id="1", article="a"), document("Invoice", id="2"))
    engine.apply(deletes=["a"], documents=(), position=2)
    meaning = meaning_in(tmp_path)
    assert encode_all(meaning, engine) == 1
    now = progress(meaning, engine)
    assert (now.done, now.total) == (1, 1)


class Slow(ByThings):
    """Says when it has begun, and goes on when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may = threading.Event(), threading.Event()

    def passages(self, texts: Sequence[str]) -> Floats:
        self.begun.set()
        self.may.wait()
        return super().passages(texts)


def until(met: Callable[[], bool]) -> None:
    """Wait for it."""
    waiting = threading.Event()
    while not met():
        waiting.wait(0.01)


def test_the_thread_encodes_what_comes_until_it_is_stopped(tmp_path: Path, engine: TantivyEngine) -> None:
    documents(engine, 1)
    thread = Background(meaning_in(tmp_path), engine, pause_s=0.01)
    thread.start()
    until(lambda: held(tmp_path) == {"1"})
    documents(engine, 2, position=2)
    until(lambda: held(tmp_path) == {"1", "2"})
    thread.stop()


def test_a_stop_waits_for_no_more_than_the_document_at_hand(tmp_path: Path, engine: TantivyEngine) -> None:
    documents(engine, 1, 2, 3)
    encoder = Slow()
    thread = Background(meaning_in(tmp_path, encoder), engine, pause_s=0.01)
    thread.start()
    encoder.begun.wait()
    stopping = threading.Thread(target=thread.stop)
    stopping.start()
    until(thread._stop.is_set)
    encoder.may.set()
    stopping.join()
    assert held(tmp_path) == {"3"}


def test_while_one_encodes_the_others_of_the_node_wait(tmp_path: Path, engine: TantivyEngine) -> None:
    documents(engine, 1, 2)
    first, second = Slow(), ByThings()
    threads = [Background(meaning_in(tmp_path, one), engine, pause_s=0.01) for one in (first, second)]
    threads[0].start()
    first.begun.wait()
    threads[1]._work()
    assert second.encoded == []
    first.may.set()
    until(lambda: held(tmp_path) == {"1", "2"})
    threads[0].stop()


def test_an_encoder_that_fails_ends_the_thread_and_nothing_else(
    tmp_path: Path, engine: TantivyEngine
) -> None:
    documents(engine, 1)
    encoder = ByThings()
    encoder.fails = True
    thread = Background(meaning_in(tmp_path, encoder), engine, pause_s=0.01)
    thread.start()
    thread._thread.join()
    assert held(tmp_path) == set()


def test_a_document_that_the_encoder_cannot_read_keeps_no_other_waiting(
    tmp_path: Path, engine: TantivyEngine
) -> None:
    put(engine, document("Card 1", id="1"), document(f"Card {UNREADABLE}", id="2"))
    encoder = ByThings()
    thread = Background(meaning_in(tmp_path, encoder), engine)
    assert thread._is_something_new()
    thread._work()
    assert held(tmp_path) == {"1"}
    assert not thread._is_something_new()
    documents(engine, 3, position=2)
    assert thread._is_something_new()


def test_while_nothing_changes_nothing_is_compared(
    tmp_path: Path, engine: TantivyEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents(engine, 1)
    meaning = meaning_in(tmp_path)
    thread = Background(meaning, engine)
    encode_all(meaning, engine)
    assert not thread._is_something_new()
    with monkeypatch.context() as watched:
        watched.setattr(engine, "ids", lambda: pytest.fail("compared again"))
        assert not thread._is_something_new()
    documents(engine, 2, position=2)
    assert thread._is_something_new()


def test_vectors_of_another_encoder_go_once_this_one_is_through(
    tmp_path: Path, engine: TantivyEngine
) -> None:
    old = tmp_path / "meaning-old-1" / "en"
    old.mkdir(parents=True)
    documents(engine, 1)
    Background(meaning_in(tmp_path), engine)._work()
    assert not old.parent.exists()
    assert (tmp_path / "index").exists()
    assert held(tmp_path) == {"1"}
