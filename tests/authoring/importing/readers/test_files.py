"""Which files are read, and how many records they will give."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from authoring.importing import readers
from authoring.importing.maps import ImportMap, parse
from tests.authoring.importing.sources import NOW, read, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "b" / "hu.md", "# B\n\nx")
    write(tmp_path / "a" / "hu.md", "# A\n\nx")
    write(tmp_path / "c.html", '<html lang="en"><title>C</title><body>x</body></html>')
    write(tmp_path / "d.jsonl", '{"key": "d", "language": "en", "title": "D", "body": "x"}\n')
    write(tmp_path / "notes.txt", "not read")
    write(tmp_path / ".git" / "hu.md", "# Hidden\n\nx")
    write(tmp_path / "~$letter.docx", "a word processor's lock")
    return tmp_path


def test_a_folder_is_walked_in_order_of_name(folder: Path) -> None:
    found = read(folder)
    assert sorted(article.title for article in found.articles) == ["A", "B", "C", "D"]
    titles = [article.title for article in found.articles]
    assert titles.index("A") < titles.index("B")
    assert found.faults == []


def test_the_map_can_limit_a_folder_to_one_format(folder: Path) -> None:
    assert [article.title for article in read(folder, rules={"source": {"format": "html"}}).articles] == ["C"]


def test_counting_a_folder_counts_files_and_lines(folder: Path) -> None:
    assert readers.count([folder], ImportMap()) == 4
    assert readers.count([folder], parse({"source": {"format": "markdown"}})) == 2


def test_what_does_not_exist_is_a_fault_and_the_rest_is_read(folder: Path) -> None:
    found = read(folder / "absent", folder / "c.html")
    assert [fault.reason for fault in found.faults] == ["does not exist"]
    assert [article.title for article in found.articles] == ["C"]
    assert readers.count([folder / "absent", folder / "c.html"], ImportMap()) == 1


def test_a_file_of_unknown_format_is_a_fault_until_the_map_names_it(folder: Path) -> None:
    path = write(folder / "export.dump", '{"key": "x", "language": "en", "title": "X", "body": "x"}')
    assert "name its format in the map" in read(path).fault.reason
    assert read(path, rules={"source": {"format": "jsonl"}}).article.key == "x"


def test_a_file_that_may_not_be_read_is_a_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert read(folder / "d.jsonl").fault.reason == "cannot be read: Permission denied"
    assert readers.count([folder / "d.jsonl"], ImportMap()) == 0


def test_a_key_in_two_files_is_a_fault(folder: Path) -> None:
    write(folder / "a.hu.md", "# Again\n\nx")
    found = read(folder)
    (fault,) = found.faults
    assert "was read before" in fault.reason


def test_memory_stays_flat(tmp_path: Path) -> None:
    line = '{"key": "k%d", "language": "en", "title": "T", "body": "%s"}\n'
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(line % (number, "word " * 2000) for number in range(300))
    tracemalloc.start()
    try:
        total = sum(1 for _ in readers.read([path], ImportMap(), now=NOW))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == 300
    assert peak < path.stat().st_size / 3
