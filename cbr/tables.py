"""Tables as files hold them: whatever the separator and the encoding, and with rows that are not as they should be.

A row that cannot be taken is named by its line, and reading goes on behind it. Pure.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from slugify import slugify

from kb.errors import N_, Invalid

SEPARATORS = ",;\t|"
NO_SEPARATOR = "\x1f"
"""Of a table with one column: a character that no text has."""

SAMPLE = 50
"""So many rows say which separator it is."""

MOST_BYTES = 500_000_000
MOST_COLUMNS = 500
MOST_CHARACTERS = 131_072
"""Of a field: whatever is longer swallowed what stands behind it, for want of a quotation mark."""
MOST_FAULTS = 1000
"""More are counted, not kept."""

ENCODINGS: Mapping[str, str] = {
    "cp1251": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "cp1250": "áéíóöőúüűäčďěňřšťůýžąćęłńśźż",
    "cp1252": "åäöéæøüßñçàèêîôû",
}
"""Encodings of one byte that files come in, and the letters beyond ASCII that their languages are full of."""

CYRILLIC = "cp1251"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
BEYOND_ASCII = re.compile(r"[^\W\x00-\x7f]+")


class Fault(NamedTuple):
    """What is wrong with a line.

    Args:
        line: counted from 1.
        sentence: says it.
        kept: the row was read all the same.
        column: the heading of the column that it is about; "" for the whole row.
    """

    line: int
    sentence: str
    kept: bool
    column: str = ""


@dataclass(frozen=True)
class Table:
    """Columns of texts.

    Args:
        names: key of a column, as attributes have them -> its heading.
        columns: key -> the text of each row, "" for none.
        lines: the line of each row.
        faults: of lines, at most `MOST_FAULTS`.
        encoding: of most of it.
        separator: between columns.
    """

    names: Mapping[str, str]
    columns: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    faults: Sequence[Fault]
    encoding: str
    separator: str

    def __len__(self) -> int:
        return len(self.lines)


def read_table(data: bytes) -> Table:
    """Read a file with a heading and rows.

    Raises:
        Invalid: it is no table: empty, binary, or of more than `MOST_COLUMNS` columns.
    """
    if len(data) > MOST_BYTES:
        raise Invalid({"file": N_("The file is larger than %(most)s bytes.", most=f"{MOST_BYTES:,}")})
    text, encoding, faults = decoded(data)
    if not text.strip() or "\0" in text:
        raise Invalid({"file": N_("This is no table of texts.")})
    separator = _separator(text)
    rows = _rows(text, separator, faults)
    try:
        _, heading = next(rows)
    except StopIteration:
        raise Invalid({"file": N_("This is no table of texts.")}) from None
    if len(heading) > MOST_COLUMNS:
        raise Invalid({"file": N_("A table has at most %(most)s columns.", most=MOST_COLUMNS)})
    names = _names(heading)
    columns: list[list[str]] = [[] for _ in names]
    lines, held = list[int](), dict[str, str]()
    for line, row in rows:
        fitting = _fitting(line, row, len(names), faults)
        if fitting is not None:
            lines.append(line)
            for column, written in zip(columns, fitting, strict=True):
                column.append(held.setdefault(written, written))  # rows repeat one another: once is enough
    return Table(
        names,
        dict(zip(names, columns, strict=True)),
        lines,
        sorted(faults)[:MOST_FAULTS],
        encoding,
        separator,
    )


def decoded(data: bytes) -> tuple[str, str, list[Fault]]:
    """The text, its encoding, and the lines that are in another one.

    >>> decoded("térerő".encode("cp1250"))[:2], decoded("связь".encode("cp1251"))[:2]
    (('térerő', 'cp1250'), ('связь', 'cp1251'))
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding, []
    try:
        return data.decode(), "utf-8", []
    except UnicodeDecodeError:
        pass
    lines = data.splitlines(keepends=True)
    other = [at for at, line in enumerate(lines) if not _is_utf8(line)]
    encoding = _likely(b" ".join(lines[at] for at in other))
    beyond_ascii = sum(not line.isascii() for line in lines)
    if 2 * len(other) > beyond_ascii:
        return data.decode(encoding, "replace"), encoding, []
    sentence = N_("This line is not in UTF-8 as others are; it was read as %(encoding)s.", encoding=encoding)
    wrong = set(other)
    text = "".join(
        line.decode(encoding, "replace") if at in wrong else line.decode() for at, line in enumerate(lines)
    )
    return text, "utf-8", [Fault(at + 1, sentence, True) for at in other]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _likely(data: bytes) -> str:
    """The encoding in which most bytes beyond ASCII are letters as its languages use them.

    Cyrillic ones stand together, Latin ones with accents alone among others; capital letters are rarer than small ones.
    """

    def letters(encoding: str) -> float:
        text = data.decode(encoding, "replace")
        usual = ENCODINGS[encoding]
        runs = BEYOND_ASCII.findall(text)
        counts = Counter("".join(run for run in runs if (len(run) > 1) == (encoding == CYRILLIC)))
        return sum(counts[letter] + counts[letter.upper()] / 2 for letter in usual)

    return max(ENCODINGS, key=letters)


def _separator(text: str) -> str:
    """What parts the first rows most evenly into the most columns."""
    sample = text[:200_000]

    def evenness(separator: str) -> tuple[float, int]:
        widths = [len(row) for _, row in islice(_rows(sample, separator, []), SAMPLE)]
        width, times = Counter(widths).most_common(1)[0] if widths else (1, 1)
        return (times / max(len(widths), 1) if width > 1 else 0.0, width)

    best = max(SEPARATORS, key=evenness)
    return best if evenness(best)[1] > 1 else NO_SEPARATOR


def _rows(text: str, separator: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with the line on which each ends."""
    reader = csv.reader((found[0] for found in _LINE.finditer(text)), delimiter=separator)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            row = None
        if row is None or any(len(field) > MOST_CHARACTERS for field in row):
            sentence = N_("This line cannot be read; is a quotation mark missing?")
            faults.append(Fault(reader.line_num, sentence, False))
        elif any(field.strip() for field in row):
            yield reader.line_num, row


def _names(heading: Sequence[str]) -> dict[str, str]:
    """A key for each heading; two of the same get numbers."""
    names: dict[str, str] = {}
    for place, written in enumerate(heading, 1):
        key = base = slugify(written, separator="_")[:56].strip("_") or f"column_{place}"
        number = 1
        while key in names:
            number += 1
            key = f"{base}_{number}"
        names[key] = written.strip() or key
    return names


def _fitting(line: int, row: list[str], width: int, faults: list[Fault]) -> list[str] | None:
    """The row as wide as the heading, or None where nobody can say what belongs where."""
    if len(row) == width:
        return row
    if len(row) < width:
        faults.append(Fault(line, N_("This row ends early; the columns behind have no value."), True))
        return row + [""] * (width - len(row))
    if not any(field.strip() for field in row[width:]):
        return row[:width]
    faults.append(Fault(line, N_("This row has more columns than the heading; it was left out."), False))
    return None
