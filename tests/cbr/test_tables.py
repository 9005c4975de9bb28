"""A file is read whatever its separator and encoding; what is wrong with a line is said, and reading goes on."""

from __future__ import annotations

import codecs
import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbr.tables import MOST_COLUMNS, Table, read_table
from kb.errors import Invalid

ROWS = "name;signal;used\nAnna;good;1,5\nBéla;poor;2\n"


def column(table: Table, key: str) -> list[str]:
    return list(table.columns[key])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    text = ROWS.replace(",", ".").replace(";", separator)
    table = read_table(text.encode())
    assert table.separator == separator
    assert column(table, "used") == ["1.5", "2"]


def test_a_comma_in_numbers_does_not_part_columns() -> None:
    assert column(read_table(ROWS.encode()), "used") == ["1,5", "2"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("szó\ntérerő, hűtő, sűrű\n", "cp1250"),
        ("слово\nнет связи за границей\n", "cp1251"),
        ("ord\nmobilnät går inte på båten\n", "cp1252"),
        ("szó\ntérerő\n", "utf-8"),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    table = read_table(text.encode(encoding))
    assert table.encoding == encoding
    assert next(iter(table.names.values())) + "\n" == text.splitlines(keepends=True)[0]
    assert not table.faults


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_mark_of_the_encoding_is_no_part_of_the_first_heading(mark: bytes, encoding: str) -> None:
    table = read_table(mark + ROWS.encode(encoding))
    assert list(table.names) == ["name", "signal", "used"]
    assert column(table, "name") == ["Anna", "Béla"]


def test_lines_in_another_encoding_are_read_and_named() -> None:
    lines = [f"térerő {number};ő".encode() for number in range(20)]
    lines[7] = "térerő hét;ő".encode("cp1250")
    table = read_table(b"\n".join([b"where;what", *lines]))
    assert column(table, "where")[7] == "térerő hét"
    assert [(fault.line, fault.kept) for fault in table.faults] == [(9, True)]


def test_ragged_rows_are_named_and_the_others_read() -> None:
    table = read_table(b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12,,\n\n13,14,15\n")
    assert column(table, "a") == ["1", "4", "10", "13"]
    assert column(table, "c") == ["3", "", "12", "15"]
    assert [(fault.line, fault.kept) for fault in table.faults] == [(3, True), (4, False)]
    assert list(table.lines) == [2, 3, 5, 7]


def test_a_field_may_hold_lines_and_separators() -> None:
    table = read_table(b'a,b\n"one, two\nthree",4\n5,6\n')
    assert column(table, "a") == ["one, two\nthree", "5"]
    assert list(table.lines) == [3, 4]


@pytest.mark.parametrize("limit", [131_072, 10_000_000])
def test_a_field_without_an_end_is_named_and_reading_ends_well(limit: int) -> None:
    before = csv.field_size_limit(limit)  # of the whole process: readers of other files set it too
    try:
        table = read_table(b'a,b\n1,2\n"' + b"x" * 200_000 + b"\n3,4\n")
    finally:
        csv.field_size_limit(before)
    assert column(table, "a")[0] == "1"
    assert [fault.kept for fault in table.faults][:1] == [False]


def test_headings_become_keys_of_attributes_each_once() -> None:
    table = read_table("Térerő (dBm),,Térerő (dBm),1\n1,2,3,4\n".encode())
    assert list(table.names) == ["terero_dbm", "column_2", "terero_dbm_2", "1"]
    assert table.names["terero_dbm_2"] == "Térerő (dBm)"


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"a\0b\n", b"\x89PNG\r\n\0\0"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_table(data)


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(Invalid):
        read_table(",".join(map(str, range(MOST_COLUMNS + 1))).encode())


def test_a_heading_alone_is_a_table_without_rows() -> None:
    table = read_table(b"a,b\n")
    assert len(table) == 0
    assert table.columns == {"a": [], "b": []}


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        table = read_table(data)
    except Invalid:
        return
    assert all(len(texts) == len(table) for texts in table.columns.values())
