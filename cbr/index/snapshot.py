"""A case base as a file: a page of JSON that says what it is, then the arrays as they lie in memory. Pure.

A reader maps the file; writers put a new one in its place, and who has the old one open keeps it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbr.case_type import CaseType, read_case_type
from cbr.index.books import unpack
from cbr.index.segment import WIDTHS, Segment, Stored
from cbr.plain import Plain
from kb.errors import Invalid

_HEADER = Struct("<8sQ")  # a word to know it by, and the length of the JSON
_MAGIC = b"kalauzC1"
_ALIGNED = 64  # bytes; a line of the cache


class Unreadable(Exception):
    """The file is none that this version has written."""


Arrays = dict[str, NDArray[Any]]


def write(path: Path, case_type: CaseType, segment: Segment | None, note: Mapping[str, Plain]) -> None:
    """Put a snapshot in the place of the one before, in one step."""
    arrays: Arrays = {} if segment is None else _arrays(segment)
    layout, at = {}, 0
    for name, array in arrays.items():
        layout[name] = {"type": array.dtype.str, "shape": array.shape, "at": at}
        at += -(-array.nbytes // _ALIGNED) * _ALIGNED
    described: dict[str, Plain] = {
        "case_type": case_type.to_plain(),
        "note": dict(note),
        "arrays": layout,
        "bytes": at,
    }
    if segment:
        described["cases"] = segment.cases
        described["stored"] = {key: [stored.width, stored.row] for key, stored in segment.stored.items()}
    head = json.dumps(described, ensure_ascii=False).encode()
    head += b" " * (-(len(head) + _HEADER.size) % _ALIGNED)
    written = path.with_name(f"{path.name}.{os.getpid()}.new")
    with written.open("wb") as file:
        file.write(_HEADER.pack(_MAGIC, len(head)) + head)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).data)
            file.write(bytes(-array.nbytes % _ALIGNED))
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)


def read(path: Path) -> tuple[CaseType, Segment | None, Mapping[str, Plain]]:
    """What `write` wrote, mapped into memory; changes stay in memory.

    Raises:
        Unreadable: it is something else, or not whole.
        FileNotFoundError: there is none.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size or not header.startswith(_MAGIC):
            raise Unreadable(f"{path} has another beginning")
        length = int(_HEADER.unpack(header)[1])
        size = os.fstat(file.fileno()).st_size
        head = file.read(min(length, size))
        try:
            described = json.loads(head)
            case_type = read_case_type(described["case_type"])
            if size != _HEADER.size + length + described["bytes"]:
                raise Unreadable(f"{path} is not whole")
            if "cases" not in described:
                return case_type, None, described["note"]
            mapped = np.memmap(file, np.uint8, "c", _HEADER.size + length)
            arrays = {name: _array(mapped, **layout) for name, layout in described["arrays"].items()}
            return case_type, _segment(described, arrays), described["note"]
        except (ValueError, KeyError, TypeError, Invalid) as fault:
            raise Unreadable(f"{path} cannot be read: {fault}") from fault


def _array(mapped: NDArray[np.uint8], type: str, shape: list[int], at: int) -> NDArray[Any]:
    kind = np.dtype(type)
    length = int(np.prod(shape)) * kind.itemsize
    return np.asarray(mapped[at : at + length]).view(kind).reshape(shape)


def _arrays(segment: Segment) -> Arrays:
    arrays: Arrays = {f"stack {width}": segment.stacks[width] for width in WIDTHS}
    arrays |= {"masks": segment.masks, "ids": segment.ids, "live": segment.live, "firsts": segment.firsts}
    for key, stored in segment.stored.items():
        arrays |= {f"book {key} {name}": array for name, array in stored.book.packed().items()}
        if stored.numbers is not None:
            arrays[f"numbers {key}"] = stored.numbers
    return arrays


def _segment(described: Mapping[str, Any], arrays: Arrays) -> Segment:
    stored = {}
    for key, (width, row) in described["stored"].items():
        start = f"book {key} "
        book = unpack({name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)})
        stored[key] = Stored(width, row, book, arrays.get(f"numbers {key}"))
    return Segment(
        stored,
        {width: arrays[f"stack {width}"] for width in WIDTHS},
        arrays["masks"],
        arrays["ids"],
        arrays["live"],
        arrays["firsts"],
        described["cases"],
    )
