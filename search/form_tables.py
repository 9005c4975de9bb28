"""The forms of a language and the dictionary form of each, as one file that all processes of a node map into memory.

simplemma ships its lists as compressed streams: to read one takes up to a second, and every look-up ten microseconds.
A table is made of it once. It is a hash table without the words themselves: a bucket, and in it 40 further bits of
each word's hash, tell one word from another, so that one in 10**11 unknown words is taken for a known one.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
from array import array
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np
from simplemma.strategies.dictionaries import frontcode
from simplemma.strategies.dictionaries.dictionary_factory import _read_decompressed

FORMAT = b"forms-1\n"
PRIME = 0xB7E151628AED2A6B  # the first bits of e - 2; one near a power of two would take fél... for vél...
MIXING = (
    0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4)
)
WORD = 2**64 - 1
LEMMA_BITS = 24
IN_A_BUCKET = 2  # forms, about

_HEADER = struct.Struct(
    "<8sQQQQ"
)  # the format; how many forms, bits of a bucket, lemmas, bytes of all lemmas


class FormTable:
    """Form -> dictionary form."""

    def __init__(self, packed: bytes | mmap.mmap) -> None:
        """``packed`` is what :func:`packed` made; raises ValueError where it is something else or only a part."""
        if len(packed) < _HEADER.size:
            raise ValueError("no table of forms")
        name, forms, self._bits, lemmas, length = _HEADER.unpack_from(packed)
        sizes = (forms * 8, (2**self._bits + 1) * 4, (lemmas + 1) * 4, length)
        if name != FORMAT or len(packed) != _HEADER.size + sum(sizes):
            raise ValueError("no table of forms")
        entries, rest = _cut(memoryview(packed)[_HEADER.size :], sizes[0])
        buckets, rest = _cut(rest, sizes[1])
        ends, self._lemmas = _cut(rest, sizes[2])
        self._entries, self._buckets, self._ends = entries.cast("Q"), buckets.cast("I"), ends.cast("I")

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, form: str) -> str | None:
        """The dictionary form, None for a form that is not in the list."""
        mixed = int.from_bytes(form.encode(), "little") % PRIME * MIXING & WORD
        bucket = mixed >> (64 - self._bits)
        tag = mixed & (WORD >> LEMMA_BITS)
        for at in range(self._buckets[bucket], self._buckets[bucket + 1]):
            entry = self._entries[at]
            if entry >> LEMMA_BITS == tag:
                lemma = entry & (2**LEMMA_BITS - 1)
                return str(self._lemmas[self._ends[lemma] : self._ends[lemma + 1]], "utf-8")
        return None


def _cut(view: memoryview, size: int) -> tuple[memoryview, memoryview]:
    return view[:size], view[size:]


def packed(language: str) -> bytes:
    """The table of a language (two letters), made of simplemma's list; takes seconds and much memory."""
    data = _read_decompressed(language)
    # simplemma's own mappings take many times as long to go through, or hundreds of megabytes
    backwards, _, start = frontcode._read_header(data)  # noqa: SLF001
    step = -1 if backwards else 1
    numbers, lemma_of, lemmas = array("Q"), array("Q"), dict[bytes, int]()
    for _, form, lemma in frontcode._iter_records(data, start):  # noqa: SLF001
        numbers.append(int.from_bytes(form[::step], "little") % PRIME)
        lemma_of.append(lemmas.setdefault(lemma, len(lemmas)))
    bits = max(1, (len(numbers) // IN_A_BUCKET).bit_length())
    mixed = np.frombuffer(numbers, np.uint64) * np.uint64(MIXING)
    bucket = mixed >> np.uint64(64 - bits)
    order = np.argsort(bucket, kind="stable")
    entries = (mixed << np.uint64(LEMMA_BITS) | np.frombuffer(lemma_of, np.uint64))[order]
    buckets = np.searchsorted(bucket[order], np.arange(2**bits + 1, dtype=np.uint64)).astype(np.uint32)
    words = [lemma[::step] for lemma in lemmas]
    ends = np.cumsum([0, *map(len, words)]).astype(np.uint32)
    said = b"".join(words)
    header = _HEADER.pack(FORMAT, len(numbers), bits, len(words), len(said))
    return b"".join((header, entries.tobytes(), buckets.tobytes(), ends.tobytes(), said))


def table(language: str, folder: Path | None = None) -> FormTable:
    """The table of a language (two letters), from its file in a folder; made, and left there, where there is none.

    Without a folder, or in one that cannot be written, it is made for this process alone.
    """
    if folder is None:
        return FormTable(packed(language))
    path = folder / f"{language}-{version('simplemma')}"
    with suppress(OSError, ValueError):
        return _mapped(path)
    made = packed(language)
    with suppress(OSError):
        _leave(made, path)
        return _mapped(path)
    return FormTable(made)


def _mapped(path: Path) -> FormTable:
    with path.open("rb") as file:
        return FormTable(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _leave(made: bytes, path: Path) -> None:
    """In one piece, whatever other process or thread does so at this moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        beside.write_bytes(made)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
