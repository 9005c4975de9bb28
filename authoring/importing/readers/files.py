"""A file that is read: what its name says about key and language, and what an address inside it means."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TextIO
from urllib.parse import unquote

from authoring.importing.pictures import Pictures
from authoring.importing.values import article_key, language_tag
from kb.errors import TooLarge

SUFFIXES = {
    "jsonl": (".jsonl", ".ndjson"),
    "csv": (".csv", ".tsv"),
    "markdown": (".md", ".markdown"),
    "html": (".html", ".htm"),
    "docx": (".docx",),
}
DOCUMENTS = {suffix for format_ in ("markdown", "html", "docx") for suffix in SUFFIXES[format_]}
LARGEST = 16 * 1024 * 1024
"""Of one record: a line, a row or a document of text, in bytes or characters."""
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/|#", re.IGNORECASE)


@dataclass(frozen=True)
class SourceFile:
    """One file to read.

    Args:
        relative: its path below the folder that was given; for a single file, with the folder that holds it.
        root: pictures are read from below this folder only.
    """

    path: Path
    relative: PurePath
    root: Path
    format: str

    def lines(self) -> int:
        """How many lines it has."""
        total, last = 0, b"\n"
        with self.path.open("rb") as file:
            while block := file.read(1024 * 1024):
                total, last = total + block.count(b"\n"), block[-1:]
        return total + (last != b"\n")

    def data(self) -> bytes:
        """The whole file.

        Raises:
            TooLarge: it is larger than LARGEST.
        """
        with self.path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise TooLarge(f"is larger than {LARGEST // 2**20} MB")
        return data

    def pictures(self) -> Pictures:
        """Finds the pictures beside this file."""
        return Pictures(self.path.parent, self.root)

    def sibling(self, address: str) -> str | None:
        """The key of another document of the folder that a relative address means, with its "#heading"."""
        target, mark, heading = address.partition("#")
        if not target or _ELSEWHERE.match(address) or PurePath(target).suffix.lower() not in DOCUMENTS:
            return None
        path = posixpath.normpath(self.relative.parent.joinpath(unquote(target)).as_posix())
        key = "" if path.startswith("..") else article_key(identify(PurePath(path))[0])
        return f"{key}{mark}{heading}" if key else None


def bounded_lines(file: TextIO) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers, counted from 1; of one longer than LARGEST characters only the number."""
    number = 0
    while line := file.readline(LARGEST + 1):
        number += 1
        too_long, rest = len(line) > LARGEST, line
        while too_long and rest and not rest.endswith(("\n", "\r")):
            rest = file.readline(LARGEST)
        yield number, None if too_long else line


def identify(relative: PurePath, said: str = "") -> tuple[str, str | None]:
    """Key and language as a file's path says them: KEY/LANG.md, KEY.LANG.md, LANG/KEY.md, else KEY.md.

    Args:
        relative: the path below the folder.
        said: the language that the file itself names; it decides where a name only looks like a language.

    >>> [identify(PurePath(path)) for path in ("puk/hu.md", "puk.hu.md", "hu/sim/puk.md", "sim/puk.md")]
    [('puk', 'hu'), ('puk', 'hu'), ('puk', 'hu'), ('puk', None)]
    >>> identify(PurePath("departments/it.md"), "en")
    ('it', 'en')
    """
    tag = language_tag(said) or said or None
    stem, folders = relative.stem, relative.parts[:-1]
    base, _, ending = stem.rpartition(".")
    if base and (found := _short_tag(ending)):
        return base, found
    if folders and (found := _short_tag(stem)) and _agrees(found, tag):
        return folders[-1], found
    if folders and (found := _short_tag(folders[0])) and _agrees(found, tag):
        return stem, found
    return stem, tag


def _short_tag(text: str) -> str | None:
    """A language tag with a base of two letters: names of folders too often look like those of three."""
    return language_tag(text) if re.match("[A-Za-z]{2}(?![A-Za-z])", text) else None


def _agrees(found: str, said: str | None) -> bool:
    return said is None or found.split("-", maxsplit=1)[0] == said.split("-")[0]
