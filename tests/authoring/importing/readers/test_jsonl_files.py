"""JSON Lines: every line gives a record or a fault, and never an exception."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authoring.importing import readers
from authoring.importing.maps import ImportMap
from authoring.importing.readers import files
from tests.authoring.importing.sources import PAGE, read, write

SOUND = json.dumps(PAGE)


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (b'{"key": "a",', "record", "is not valid JSON: Expecting property name"),
        (b'{"key": 1' + b"0" * 5000 + b"}", "record", "is not valid JSON"),
        (b"[" * 200_000, "record", "is nested too deeply"),
        (b'["key"]', "record", "is not a JSON object"),
        (b'"key"', "record", "is not a JSON object"),
        (b"null", "record", "is not a JSON object"),
        (b"{}", "key", "is missing"),
        (b'{"key": "a", "title": "\xff", "language": "en", "body": "x"}', "title", "bytes that are not text"),
        (
            b'{"key": "a", "title": "\\ud800", "language": "en", "body": "x"}',
            "title",
            "bytes that are not text",
        ),
    ],
)
def test_a_bad_line_is_a_fault_with_its_number_and_reading_goes_on(
    tmp_path: Path, line: bytes, field: str, reason: str
) -> None:
    found = read(write(tmp_path / "a.jsonl", b"\n" + line + b"\n" + SOUND.encode()))
    (fault,) = found.faults
    assert (fault.field, fault.place.line) == (field, 2)
    assert reason in fault.reason
    assert [article.place.line for article in found.articles] == [3]


def test_a_line_without_end_is_passed_over_without_being_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 200)
    long = json.dumps({**PAGE, "body": "x" * 1000})
    found = read(write(tmp_path / "a.jsonl", f"{long}\n{SOUND}\n{long}"))
    assert [(fault.field, fault.place.line) for fault in found.faults] == [("record", 1), ("record", 3)]
    assert [article.place.line for article in found.articles] == [2]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a.jsonl", b"\xef\xbb\xbf" + SOUND.encode() + b"\r\n"))
    assert found.article.key == "puk-code"


def test_another_encoding_is_named_by_the_map(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", json.dumps({**PAGE, "title": "Űrlap"}, ensure_ascii=False).encode("cp1250")
    )
    assert read(path, rules={"source": {"encoding": "cp1250"}}).article.title == "Űrlap"
    assert read(path).fault.field == "title"


def test_a_file_in_a_wholly_different_encoding_is_one_fault(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", SOUND.encode() + b"\n")
    fault = read(path, rules={"source": {"encoding": "utf-16"}}).fault
    assert fault.field == "file"
    assert "is not in the encoding utf-16" in fault.reason


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {}, optional={name: VALUES | st.just(PAGE.get(name, "x")) for name in ImportMap().fields}
)


@given(
    st.one_of(
        RECORDS.map(lambda record: json.dumps(record).encode()),
        VALUES.map(lambda v: json.dumps(v).encode()),
        st.binary(),
    )
)
@example(b'{"key": "a", "title": "b", "language": "en", "body": "c", "changed_at": "0001-01-01T00:00+14:00"}')
def test_any_line_gives_a_record_or_a_fault(line: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.jsonl", line.replace(b"\n", b" ").replace(b"\r", b" "))
        found = read(path)
        blank = not path.read_text("utf-8-sig", errors="surrogateescape").strip()
        assert len(found.articles) + len([fault for fault in found.faults if not fault.kept]) == (
            0 if blank else 1
        )


def test_counting_lines_needs_no_reading(tmp_path: Path) -> None:
    assert (
        readers.count(
            [write(tmp_path / "a.jsonl", "{}\nx\n"), write(tmp_path / "b.jsonl", "{}\n{}")], ImportMap()
        )
        == 4
    )
