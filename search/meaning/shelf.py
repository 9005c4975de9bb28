"""The vectors of one language as they lie in a folder: appended to, mapped into memory, read while they grow.

`vectors` holds a header of 16 bytes and the vectors one behind the other, `names` one line for each document: how many
vectors it has, and its id. A vector is written and on the disk before the line that counts it, so that whatever a crash
leaves behind, what the lines count is whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from search.meaning.encoder import Floats

NAMES, VECTORS = "names", "vectors"
_HEADER = Struct("<8sI4x")  # a word to know it by, and the length of a vector
_MAGIC = b"kalauz-1"


class Unreadable(Exception):
    """The files are none that this version has written."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What could be read at one moment; it stays as it is while others write.

    Args:
        ids: the documents, in the order in which they came.
        starts: (documents,) the row at which the vectors of each begin.
        vectors: (rows, dimensions)
        read_to: how many bytes of the names have been read.
        members: the documents once more, to ask whether one is here.
    """

    ids: Sequence[str]
    starts: NDArray[np.int64]
    vectors: Floats
    read_to: int
    members: frozenset[str] = frozenset()

    def nearest(self, vector: Floats, most: int, later: float = 0.0) -> list[tuple[str, float]]:
        """The documents whose best passage is nearest, with its cosine, nearest first; exact.

        Args:
            vector: (dimensions,) of length 1.
            later: what the cosine of every passage but a document's first is lowered by.
        """
        if not len(self.ids) or most < 1:
            return []
        cosines = self.vectors @ vector
        if later:
            firsts = cosines[self.starts]
            cosines -= later
            cosines[self.starts] = firsts
        scores = np.maximum.reduceat(cosines, self.starts)
        best: NDArray[np.intp] = np.arange(len(scores))
        if most < len(scores):
            best = np.argpartition(scores, -most)[-most:]
        best = best[np.argsort(-scores[best], kind="stable")]
        return [(self.ids[at], float(scores[at])) for at in best.tolist()]


def opened(folder: Path, before: Shelf | None = None) -> Shelf:
    """The shelf in a folder. Of what was read `before` nothing is read again.

    Raises:
        Unreadable: it holds something else.
        FileNotFoundError: there is none, or no longer.
    """
    known = before or Shelf((), np.empty(0, np.int64), np.empty((0, 0), np.float32), 0)
    with (folder / NAMES).open("rb") as names:
        names.seek(known.read_to)
        new = names.read()
    dimensions, held = _held(folder / VECTORS)
    ids, starts, rows, read_to = list(known.ids), [], len(known.vectors), known.read_to
    for line in new[: new.rfind(b"\n") + 1].splitlines(keepends=True):
        count, id_ = _read(line)
        if rows + count > held:
            break  # written before a power cut took the vectors
        ids.append(id_)
        starts.append(rows)
        rows += count
        read_to += len(line)
    shape = rows, dimensions
    mapped = np.memmap(folder / VECTORS, np.float32, "r", _HEADER.size, shape) if rows else np.empty(shape)
    return Shelf(
        ids=ids,
        starts=np.concatenate([known.starts, np.array(starts, np.int64)]),
        vectors=np.asarray(mapped, np.float32),
        read_to=read_to,
        members=known.members.union(ids[len(known.ids) :]),
    )


def create(folder: Path, dimensions: int) -> None:
    """An empty shelf in a new folder."""
    folder.mkdir(parents=True)
    _append(folder / VECTORS, _HEADER.pack(_MAGIC, dimensions))
    _append(folder / NAMES, b"")


def mend(folder: Path) -> None:
    """Cut off what a writer that died has left half written. Raises as :func:`opened` does."""
    kept = opened(folder)
    os.truncate(folder / NAMES, kept.read_to)
    os.truncate(folder / VECTORS, _HEADER.size + kept.vectors.nbytes)


def append(folder: Path, documents: Iterable[tuple[str, Floats]]) -> None:
    """Put documents with their vectors (passages, dimensions) behind the others."""
    lines, vectors = [], []
    for id_, found in documents:
        lines.append(b"%d %s\n" % (len(found), id_.encode()))
        vectors.append(np.asarray(found, np.float32).tobytes())
    _append(folder / VECTORS, b"".join(vectors))
    _append(folder / NAMES, b"".join(lines))


def _append(path: Path, more: bytes) -> None:
    with path.open("ab") as file:
        file.write(more)
        file.flush()
        os.fsync(file.fileno())


def _held(path: Path) -> tuple[int, int]:
    """The length of a vector, and how many are there altogether."""
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        size = os.fstat(file.fileno()).st_size
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise Unreadable(f"{path} has another beginning")
    dimensions = int(_HEADER.unpack(header)[1])
    if not dimensions:
        raise Unreadable(f"{path} holds vectors without length")
    return dimensions, (size - _HEADER.size) // (dimensions * np.dtype(np.float32).itemsize)


def _read(line: bytes) -> tuple[int, str]:
    count, _, id_ = line.rstrip(b"\n").partition(b" ")
    if not count.isdigit() or not int(count) or not id_:
        raise Unreadable("a line of the names says nothing")
    return int(count), id_.decode("utf-8", "replace")
