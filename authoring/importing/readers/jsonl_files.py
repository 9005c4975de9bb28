"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from authoring.importing.mapping import Raw
from authoring.importing.maps import ImportMap
from authoring.importing.readers.files import LARGEST, SourceFile, bounded_lines
from authoring.importing.records import Fault, Place


def raws(file: SourceFile, rules: ImportMap) -> Iterator[Raw | Fault]:
    """The objects of a file; a line that is none is a fault."""
    # A byte that is not text becomes a surrogate, which is refused with its line while reading goes on.
    with file.path.open(encoding=rules.source.encoding, errors="surrogateescape", newline="\n") as lines:
        for number, line in bounded_lines(lines):
            place = Place(str(file.path), number)
            if line is None:
                yield Fault(place, "record", f"is longer than {LARGEST // 2**20} million characters")
            elif line.strip():
                yield _object(line, place)


def _object(line: str, place: Place) -> Raw | Fault:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return Fault(place, "record", f"is not valid JSON: {error.msg} at column {error.colno}")
    except ValueError as error:
        return Fault(place, "record", f"is not valid JSON: {error}")
    except RecursionError:
        return Fault(place, "record", "is nested too deeply")
    if not isinstance(value, dict):
        return Fault(place, "record", "is not a JSON object")
    return Raw(place, value)
