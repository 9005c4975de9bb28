"""CSV: delimiters, quotation marks, ragged rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from authoring.importing import readers
from authoring.importing.maps import ImportMap
from authoring.importing.readers import files
from tests.authoring.importing.sources import read, write

HEADER = "key,language,title,body,tags\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen_in_the_header(tmp_path: Path, delimiter: str) -> None:
    row = ["key", "language", "title", "body", '"note, with; all | of\tthem"']
    text = (
        delimiter.join(row) + "\n" + delimiter.join(["a", "hu", "Cím", '"Első sor\nmásodik sor"', "x"]) + "\n"
    )
    article = read(write(tmp_path / "a.csv", text)).article
    assert (article.key, article.title, article.body) == ("a", "Cím", "Első sor\nmásodik sor")


def test_delimiter_and_encoding_of_the_map_are_used(tmp_path: Path) -> None:
    rules = {"source": {"delimiter": "^", "encoding": "cp1251"}}
    path = write(tmp_path / "a.csv", "key^language^title^body\na^ru^Счёт^Текст\n".encode("cp1251"))
    assert read(path, rules=rules).article.title == "Счёт"


def test_a_spreadsheets_file_is_read_as_it_comes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '\ufeffkey;language;title;body\r\na;en;T;"B ""q"""\r\n;;;\r\n\r\n')
    assert read(path).article.body == 'B "q"'


def test_a_ragged_row_is_a_fault_with_the_line_it_begins_on(tmp_path: Path) -> None:
    text = HEADER + 'a,en,T,"two\nlines",x\nb,en,T,"two\nlines"\nc,en,T,B,x,y\nd,en,T,B,x\n'
    found = read(write(tmp_path / "a.csv", text))
    assert [(article.key, article.place.line) for article in found.articles] == [("a", 2), ("d", 7)]
    assert [(fault.place.line, fault.reason) for fault in found.faults] == [
        (4, "has 4 cells, but the header names 5 columns"),
        (6, "has 6 cells, but the header names 5 columns"),
    ]


def test_a_quotation_mark_that_does_not_close_is_a_fault_where_it_opens(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a.csv", HEADER + 'a,en,T,B,x\nb,en,T,"B,x\nc,en,T,B,x\n'))
    assert [article.key for article in found.articles] == ["a"]
    (fault,) = found.faults
    assert (fault.place.line, fault.field) == (3, "record")
    assert "not a row of CSV" in fault.reason


def test_reading_goes_on_behind_a_row_that_is_no_csv(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a.csv", HEADER + 'a,en,"T"x,B,x\nb,en,T,B,x\n'))
    assert [article.key for article in found.articles] == ["b"]
    assert [fault.place.line for fault in found.faults] == [2]


def test_bytes_that_are_not_text_are_a_fault_of_their_row(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a.csv", HEADER.encode() + b"a,en,T\xe9,B,x\nb,en,T,B,x\n"))
    assert [article.key for article in found.articles] == ["b"]
    assert [(fault.place.line, fault.field) for fault in found.faults] == [(2, "title")]


def test_a_line_that_is_too_long_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 100)
    found = read(write(tmp_path / "a.csv", HEADER + f"a,en,T,{'x' * 500},x\nb,en,T,B,x\n"))
    assert [article.key for article in found.articles] == ["b"]
    assert [fault.place.line for fault in found.faults] == [2]


def test_a_long_article_fits_into_a_cell(tmp_path: Path) -> None:
    assert (
        len(read(write(tmp_path / "a.csv", HEADER + f"a,en,T,{'x' * 200_000},x\n")).article.body) == 200_000
    )


def test_texts_in_a_cell_are_split(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER + 'a,en,T,B,"one; two, three|one"\n')
    assert read(path).article.tags == ("one", "two", "three")
    assert read(path, rules={"source": {"separator": "; "}}).article.tags == ("one", "two, three|one")


def test_a_header_without_what_is_needed_is_one_fault_for_the_file(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a.csv", "key,language,body\na,en,B\nb,en,B\n"))
    assert (found.fault.field, found.fault.place.line) == ("title", 1)
    assert found.fault.reason == "the header has no column 'title'"


def test_a_column_that_the_map_names_and_the_header_lacks_is_reported_once(tmp_path: Path) -> None:
    rules = {
        "fields": {
            "key": "key",
            "language": "language",
            "title": "title",
            "body": "body",
            "summary": ["s", "t"],
        }
    }
    found = read(write(tmp_path / "a.csv", HEADER + "a,en,T,B,x\nb,en,T,B,x\n"), rules=rules)
    assert len(found.articles) == 2
    assert [(fault.field, fault.reason, fault.kept) for fault in found.faults] == [
        ("summary", "the header has no column 's' or 't'", True)
    ]


def test_a_column_that_is_there_twice_is_a_fault(tmp_path: Path) -> None:
    assert (
        "names 'title' twice"
        in read(write(tmp_path / "a.csv", "key,language,title,title\na,en,T,U\n")).fault.reason
    )


def test_an_empty_file_is_a_fault(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.csv", "\n\n")).fault.reason == "has no row that names the columns"


def test_the_header_is_not_counted(tmp_path: Path) -> None:
    assert readers.count([write(tmp_path / "a.csv", HEADER + "a,en,T,B,x\nb,en,T,B,x")], ImportMap()) == 2
    assert readers.count([write(tmp_path / "b.csv", "")], ImportMap()) == 0
