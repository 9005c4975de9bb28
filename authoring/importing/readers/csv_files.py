"""CSV: one record a row, the first row names the columns. The delimiter is given or seen in that row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from authoring.importing.mapping import Raw
from authoring.importing.maps import FIELDS, ImportMap
from authoring.importing.readers.files import LARGEST, SourceFile, bounded_lines
from authoring.importing.records import Fault, Place

DELIMITERS = ",;\t|"
NEEDED = ("key", "language", "title")


def raws(file: SourceFile, rules: ImportMap) -> Iterator[Raw | Fault]:
    """The rows of a file; one that does not fit the header is a fault."""
    csv.field_size_limit(LARGEST)  # for the whole process; 128 K otherwise, less than a long article
    # A byte that is not text becomes a surrogate, which is refused with its line while reading goes on.
    with file.path.open(encoding=rules.source.encoding, errors="surrogateescape", newline="") as text:
        delimiter = rules.source.delimiter or _delimiter(text.readline(LARGEST))
        text.seek(0)
        rows = _rows(text, delimiter, str(file.path))
        header = next((row for row in rows if not isinstance(row, Fault)), None)
        if header is None:
            yield Fault(Place(str(file.path)), "file", "has no row that names the columns")
            return
        place, columns = header[0], [name.strip() for name in header[1]]
        faults = list(_header_faults(columns, rules, place))
        yield from faults
        if all(fault.kept for fault in faults):
            for row in rows:
                yield row if isinstance(row, Fault) else _record(row[1], columns, row[0])


def _rows(text: TextIO, delimiter: str, name: str) -> Iterator[tuple[Place, list[str]] | Fault]:
    """Rows that are not empty, with the line that each begins on."""
    too_long: list[int] = []

    def lines() -> Iterator[str]:
        for number, line in bounded_lines(text):
            if line is None:
                too_long.append(number)
            yield line or "\n"

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        place = Place(name, reader.line_num + 1)
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield Fault(place, "record", f"is not a row of CSV: {error}")
            continue
        while too_long:
            reason = f"is longer than {LARGEST // 2**20} million characters"
            yield Fault(Place(name, too_long.pop(0)), "record", reason)
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield place, row


def _record(row: list[str], columns: list[str], place: Place) -> Raw | Fault:
    if len(row) != len(columns):
        return Fault(place, "record", f"has {len(row)} cells, but the header names {len(columns)} columns")
    return Raw(place, dict(zip(columns, row, strict=True)))


def _header_faults(columns: list[str], rules: ImportMap, place: Place) -> Iterator[Fault]:
    """Mapped columns that are not there or are there twice; key, language and title are needed."""
    for name in FIELDS:
        theirs = rules.fields.get(name, ())
        found = [column for column in theirs if column in columns]
        needed = name in NEEDED and name not in rules.defaults
        if not found and (needed or name in rules.explicit):
            named = " or ".join(repr(column) for column in theirs)
            yield Fault(place, name, f"the header has no column {named}", kept=not needed)
        elif any(columns.count(column) > 1 for column in found):
            yield Fault(place, name, f"the header names {found[0]!r} twice")


def _delimiter(header: str) -> str:
    """The one that stands most often between the names, outside quotation marks."""
    bare = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=bare.count)
