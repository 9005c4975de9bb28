"""The index and its position are one; it is started, refilled and replaced without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from search.engine import Document
from search.tantivy import engine as tantivy_engine
from search.tantivy.engine import TantivyEngine
from tests.search.documents import document, put, seen_by, titles


def generations(folder: Path) -> list[Path]:
    return [path for path in folder.glob("index-*") if path.is_dir()]


def test_a_new_index_is_empty_and_at_the_start_of_the_journal(engine: TantivyEngine) -> None:
    assert engine.position() == 0
    assert titles(engine, "") == []


def test_position_and_documents_are_still_there_when_it_is_opened_again(tmp_path: Path) -> None:
    put(TantivyEngine(tmp_path), document("Sim"), position=42)
    engine = TantivyEngine(tmp_path)
    assert engine.position() == 42
    assert titles(engine, "sim") == ["Sim"]


def test_applying_twice_does_no_harm(engine: TantivyEngine) -> None:
    given = document("Sim", id="r1")
    for _ in range(2):
        engine.apply(deletes=[given.article], documents=[given, given], position=3)
        assert engine.search("sim", seen_by()).total == 1
        assert engine.position() == 3


def test_a_document_replaces_the_one_with_its_id(engine: TantivyEngine) -> None:
    put(engine, document("Old", id="r1"))
    put(engine, document("New", id="r1"))
    assert titles(engine, "") == ["New"]


def test_an_article_leaves_with_all_its_translations(engine: TantivyEngine) -> None:
    put(engine, document("Sim", article="a1"), document("Sim", article="a1", language="hu"), document("Pin"))
    engine.apply(deletes=["a1", "never there"], documents=[], position=2)
    assert titles(engine, "") == ["Pin"]


def test_an_article_that_is_deleted_and_put_in_at_once_is_there(engine: TantivyEngine) -> None:
    put(engine, document("Old", id="r1", article="a1"))
    engine.apply(deletes=["a1"], documents=[document("New", id="r2", article="a1")], position=2)
    assert titles(engine, "") == ["New"]


def test_the_position_alone_can_move(engine: TantivyEngine) -> None:
    put(engine, document("Sim"), position=1)
    engine.apply(deletes=(), documents=(), position=9)
    assert engine.position() == 9
    assert titles(engine, "") == ["Sim"]


def test_a_slow_follower_sets_the_position_back_so_that_nothing_is_missed(engine: TantivyEngine) -> None:
    put(engine, position=9)
    put(engine, position=7)
    assert engine.position() == 7


class Broken(Exception):
    """A source of documents that fails."""


def broken() -> Iterator[Document]:
    yield document("Half")
    raise Broken


def test_where_the_documents_fail_nothing_is_applied(engine: TantivyEngine) -> None:
    put(engine, document("Sim", article="a1"), position=1)
    with pytest.raises(Broken):
        engine.apply(deletes=["a1"], documents=broken(), position=2)
    assert engine.position() == 1
    assert titles(engine, "") == ["Sim"]
    put(engine, document("Next"), position=2)
    assert set(titles(engine, "")) == {"Sim", "Next"}


def test_clearing_starts_at_the_beginning(engine: TantivyEngine, tmp_path: Path) -> None:
    put(engine, document("Sim"), position=5)
    engine.clear()
    assert engine.position() == 0
    assert titles(engine, "") == []
    assert len(generations(tmp_path / "index")) == 1


def test_while_an_index_is_rebuilt_the_old_one_answers_and_follows(
    engine: TantivyEngine, tmp_path: Path
) -> None:
    put(engine, document("Old"), position=5)
    with engine.rebuild() as fresh:
        fresh.apply(deletes=(), documents=[document("Fresh")], position=4)
        fresh.apply(deletes=(), documents=[document("Fresher")], position=5)
        assert fresh.position() == 5
        put(engine, document("Meanwhile"), position=6)
        assert engine.position() == 6
        assert set(titles(engine, "")) == {"Old", "Meanwhile"}
    assert engine.position() == 5
    assert set(titles(engine, "")) == {"Fresh", "Fresher"}
    assert len(generations(tmp_path / "index")) == 1


def test_what_a_rebuild_takes_in_batch_by_batch_lies_in_one_segment_and_once(engine: TantivyEngine) -> None:
    with engine.rebuild() as fresh:
        fresh.apply(deletes=(), documents=[document("Sim", id="1", article="a1")], position=1)
        fresh.apply(deletes=(), documents=[document("Gone", id="2", article="a2")], position=2)
        fresh.apply(deletes=["a2"], documents=[document("Sim card", id="1", article="a1")], position=3)
        fresh.apply(deletes=(), documents=[document("Late")], position=9, after=4)
    assert (engine.position(), titles(engine, "")) == (3, ["Sim card"])
    assert engine.snapshot().searcher.num_segments == 1


def test_a_rebuild_that_fails_changes_nothing_and_leaves_nothing(
    engine: TantivyEngine, tmp_path: Path
) -> None:
    put(engine, document("Old"), position=5)
    with pytest.raises(Broken), engine.rebuild() as fresh:
        fresh.apply(deletes=(), documents=broken(), position=6)
    assert engine.position() == 5
    assert titles(engine, "") == ["Old"]
    assert len(generations(tmp_path / "index")) == 1


def test_two_engines_at_one_folder_see_each_other(tmp_path: Path) -> None:
    one, other = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    put(one, document("Sim"), position=1)
    assert titles(other, "sim") == ["Sim"]
    other.clear()
    assert one.position() == 0
    put(one, document("Pin"), position=2)
    assert titles(other, "pin") == ["Pin"]


def test_another_version_of_the_analysis_starts_empty_beside_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = TantivyEngine(tmp_path)
    put(old, document("Sim"), position=5)
    with monkeypatch.context() as patched:
        patched.setattr(tantivy_engine, "version", lambda: "another")
        new = TantivyEngine(tmp_path)
        assert new.position() == 0
        put(new, document("Pin"), position=1)
        new.clear()
    assert old.position() == 5
    assert titles(old, "") == ["Sim"]
    assert TantivyEngine(tmp_path).position() == 5


def test_what_an_older_version_has_left_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(TantivyEngine(tmp_path), document("Sim"))  # closed at once: nobody uses it any more
    monkeypatch.setattr(tantivy_engine, "version", lambda: "another")
    TantivyEngine(tmp_path)
    assert len(generations(tmp_path)) == 1


@pytest.mark.parametrize("damage", ["emptied", "removed"])
def test_an_index_that_cannot_be_read_is_started_anew(tmp_path: Path, damage: str) -> None:
    put(TantivyEngine(tmp_path), document("Sim"), position=5)
    (meta,) = tmp_path.glob("index-*/meta.json")
    if damage == "removed":
        meta.unlink()
    else:
        meta.write_text("")
    with capture_logs() as said:
        engine = TantivyEngine(tmp_path)
    assert [line["event"] for line in said] == ["index made anew"]
    assert engine.position() == 0
    put(engine, document("Sim"), position=5)
    assert titles(engine, "sim") == ["Sim"]


def test_many_small_commits_leave_few_files(engine: TantivyEngine, tmp_path: Path) -> None:
    for number in range(20):
        put(engine, document(f"Sim {number}", id=str(number % 7)), position=number)
    assert engine.search("sim", seen_by()).total == 7
    assert sum(1 for path in (tmp_path / "index").rglob("*") if path.is_file()) < 100


def test_what_is_no_word_stands_between_no_two_words(engine: TantivyEngine) -> None:
    put(engine, document("SIM — PIN", "One -- ... two"))
    assert titles(engine, '"sim pin"') == titles(engine, '"one two"') == ["SIM — PIN"]
