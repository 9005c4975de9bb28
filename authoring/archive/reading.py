"""Opening an archive with suspicion: nothing in it is believed before it is counted and its checksum is right.

Nothing is ever unpacked to the disk, so that a member's name leads nowhere; names that try are refused all the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authoring.archive.format import (
    CONTENTS,
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    BadArchive,
    Manifest,
    Member,
    content_member,
    table_member,
    tables,
)

CHUNK = 1024 * 1024
MB = 1024 * 1024
LARGEST_MANIFEST = 64 * MB
LONGEST_LINE = 64 * MB
MOST_PACKED = 250  # to 1; what `exporting` packs stays below, a bomb has up to 1030
SMALL = MB  # a member below this may be packed as it likes
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What reading a ZIP file raises whose bytes are wrong, depending on which."""

_NAME = re.compile(r"tables/[a-z][a-z0-9_]*\.jsonl|attachments/[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still believed to be an archive.

    Args:
        total: bytes of all members together, unpacked.
        attachment: bytes of a file.
    """

    total: int = 20 * 1024 * MB
    attachment: int = 100 * MB


class Archive:
    """An open archive whose names, sizes and manifest have been checked; its members are checked as they are read."""

    def __init__(self, file: zipfile.ZipFile, limits: Limits) -> None:
        self._file = file
        self._entries = _entries(file, limits)
        self.manifest = _manifest(b"".join(self._parts(MANIFEST, self._entries[MANIFEST].file_size)))
        _compare(self.manifest, self._entries)

    def verify(self) -> None:
        """Read all members once.

        Raises:
            BadArchive: one is not what the manifest says.
        """
        for name in self.manifest.members:
            for _part in self._checked(name):
                pass

    def data(self, name: str) -> bytes:
        """A member whole; for the bytes of a file."""
        return b"".join(self._checked(name))

    def lines(self, name: str) -> Iterator[tuple[int, str]]:
        """The lines of a member with their numbers, one in memory at a time.

        Raises:
            BadArchive: it is no text, or a line is too long or does not end.
        """
        held, number = b"", 0
        for part in self._checked(name):
            *whole, held = (held + part).split(b"\n")
            for line in whole:
                number += 1
                yield number, _text(f"{name} line {number}", line)
            if len(held) > LONGEST_LINE:
                raise BadArchive(f"{name} line {number + 1}", f"is longer than {LONGEST_LINE // MB} MB.")
        if held:
            raise BadArchive(f"{name} line {number + 1}", "does not end: the table is cut off.")

    def _checked(self, name: str) -> Iterator[bytes]:
        """The parts of a member; after the last one, whether it was all of it and nothing else."""
        expected, digest, size = self.manifest.members[name], hashlib.sha256(), 0
        for part in self._parts(name, expected.size):
            digest.update(part)
            size += len(part)
            yield part
        if size != expected.size:
            raise BadArchive(name, f"has {size} bytes, but the manifest says {expected.size}.")
        if digest.hexdigest() != expected.sha256:
            raise BadArchive(name, "is damaged: its checksum is not that of the manifest.")

    def _parts(self, name: str, most: int) -> Iterator[bytes]:
        """The unpacked bytes, counted: whatever the entry claims, no more than `most` come out."""
        size = 0
        try:
            with self._file.open(self._entries[name]) as member:
                while part := member.read(CHUNK):
                    size += len(part)
                    if size > most:
                        raise BadArchive(name, f"holds more than the {most} bytes that it should.")
                    yield part
        except DAMAGED as error:
            raise BadArchive(name, f"is damaged ({error}).") from error


@contextmanager
def opened(path: Path, limits: Limits | None = None) -> Iterator[Archive]:
    """Open an archive.

    Raises:
        BadArchive: it is none, is cut off, comes from a newer version, or is made to do harm.
        OSError: there is no such file, or it cannot be read.
    """
    with path.open("rb") as stream:
        try:
            file = zipfile.ZipFile(stream)
        except DAMAGED as error:
            raise BadArchive("", f"This is no ZIP file, or it is cut off ({error}).") from error
        with file:
            yield Archive(file, limits or Limits())


def _entries(file: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The members by name, after everything that can be known without unpacking."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in file.infolist():
        if entry.filename in entries:
            raise BadArchive(entry.filename, "is in the archive twice.")
        _refuse_tricks(entry)
        _refuse_bombs(entry, limits)
        entries[entry.filename] = entry
    total = sum(entry.file_size for entry in entries.values())
    if total > limits.total:
        raise BadArchive(
            "", f"Unpacked it has {_mb(total)}, but at most {_mb(limits.total)} are taken (--most-mb)."
        )
    if MANIFEST not in entries:
        raise BadArchive(MANIFEST, "is missing: this is no archive of Kalauz.")
    return entries


def _refuse_tricks(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    if name != entry.filename or (name != MANIFEST and not _NAME.fullmatch(name)):
        raise BadArchive(repr(name), "is no name that an archive has.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise BadArchive(name, "is no ordinary file but a link or something else.")
    if entry.flag_bits & 0x1:
        raise BadArchive(name, "is encrypted.")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise BadArchive(name, "is packed in a way that archives do not use.")


def _refuse_bombs(entry: zipfile.ZipInfo, limits: Limits) -> None:
    most = limits.total
    if entry.filename == MANIFEST:
        most = LARGEST_MANIFEST
    elif entry.filename.startswith("attachments/"):
        most = limits.attachment
    if entry.file_size > most:
        raise BadArchive(
            entry.filename, f"has {_mb(entry.file_size)} unpacked; at most {_mb(most)} are taken."
        )
    if entry.file_size > SMALL and entry.file_size > MOST_PACKED * entry.compress_size:
        raise BadArchive(entry.filename, f"is packed more than {MOST_PACKED} to 1, as no archive of ours is.")


def _mb(size: int) -> str:
    return f"{size / MB:.1f} MB"


def _manifest(data: bytes) -> Manifest:
    try:
        found = json.loads(data)
        if found["format"] != FORMAT:
            raise BadArchive(MANIFEST, "this is no archive of Kalauz.")
        version, schema = found["format_version"], found["schema"]
        if not isinstance(version, int) or not isinstance(schema, str) or not schema.isdigit():
            raise ValueError("versions")
        if version > FORMAT_VERSION:
            raise BadArchive(
                MANIFEST,
                f"the archive has format {version}, made by a newer Kalauz; this one reads up to {FORMAT_VERSION}.",
            )
        members = {name: _member(entry) for name, entry in found["members"].items()}
        counts = {str(name): _count(count) for name, count in found["counts"].items()}
        return Manifest(schema, str(found["made_at"]), counts, members, FORMAT, version)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadArchive(MANIFEST, f"cannot be understood ({type(error).__name__}: {error}).") from error


def _member(entry: Any) -> Member:
    if not isinstance(entry["sha256"], str) or not _SHA256.fullmatch(entry["sha256"]):
        raise ValueError("a checksum")
    return Member(_count(entry["size"]), entry["sha256"])


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a number")
    return value


def _compare(manifest: Manifest, entries: dict[str, zipfile.ZipInfo]) -> None:
    """What is there must be what the manifest says, no more and no less."""
    there = entries.keys() - {MANIFEST}
    if unnamed := sorted(there - manifest.members.keys()):
        raise BadArchive(unnamed[0], "is not named in the manifest.")
    if missing := sorted(manifest.members.keys() - there):
        raise BadArchive(missing[0], "is named in the manifest, but missing.")
    known = {table.name for table in tables()}
    if unknown := sorted(manifest.counts.keys() - known):
        raise BadArchive(MANIFEST, f"there is no table {unknown[0]!r} here.")
    expected = {table_member(name) for name in manifest.counts if name != CONTENTS}
    files = {name for name in there if name.startswith("attachments/")}
    if stray := sorted((there - files) ^ expected):
        raise BadArchive(stray[0], "is a table without a count in the manifest, or the other way round.")
    if wrong := sorted(name for name in files if content_member(manifest.members[name].sha256) != name):
        raise BadArchive(wrong[0], "is not called after its checksum.")
    if len(files) != manifest.counts.get(CONTENTS, 0):
        raise BadArchive(
            MANIFEST, f"counts {manifest.counts.get(CONTENTS, 0)} files, but there are {len(files)}."
        )


def _text(place: str, line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise BadArchive(place, "is no text in UTF-8.") from None
