"""A table of likeness as people type it: squares while it is small, else lines "asked | held | 0.5"; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cbr.values import parse_number
from cbr.views.type_values import escaped, parted, plain
from kb.errors import N_

MOST_SQUARES = 12
"""Values of a table that is edited as squares."""

Entries = dict[str, dict[str, float]]


@dataclass
class TypedTable:
    """What was typed.

    Args:
        entries: asked -> held -> likeness.
        cells: (asked, held) -> as it was typed, for squares.
        faults: what cannot be read.
    """

    entries: Entries = field(default_factory=dict)
    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def is_small(keys: Sequence[str]) -> bool:
    """Whether a table of these values is edited as squares."""
    return 2 <= len(keys) <= MOST_SQUARES


def cells_of(entries: Mapping[str, Mapping[str, float]]) -> dict[tuple[str, str], str]:
    """Stored entries as squares show them."""
    return {(asked, held): f"{value:g}" for asked, row in entries.items() for held, value in row.items()}


def lines_of(entries: Mapping[str, Mapping[str, float]]) -> str:
    """Stored entries as lines."""
    return "\n".join(
        f"{escaped(asked, '|')} | {escaped(held, '|')} | {value!r}"
        for asked, row in entries.items()
        for held, value in row.items()
    )


def read_cells(form: Mapping[str, str]) -> TypedTable | None:
    """What the squares of a form hold, None where it has none. Empty squares say nothing."""
    keys: list[str] = []
    while (key := form.get(f"level-{len(keys)}")) is not None and len(keys) < MOST_SQUARES:
        keys.append(key)
    if not keys:
        return None
    typed = TypedTable()
    for row, asked in enumerate(keys):
        for column, held in enumerate(keys):
            text = form.get(f"cell-{row}-{column}", "").strip()
            if not text:
                continue
            typed.cells[asked, held] = text
            share = parse_number(text)
            if 0 <= share <= 1:
                typed.entries.setdefault(asked, {})[held] = share
            else:
                typed.faults.append(
                    N_(
                        "Between %(asked)s and %(held)s stands %(text)s; write a number from 0 to 1.",
                        asked=asked,
                        held=held,
                        text=text,
                    )
                )
    return typed


def read_lines(text: str) -> TypedTable:
    """What lines say; `lines_of` writes them back."""
    typed = TypedTable()
    for number, line in enumerate(text.replace("\r", "").split("\n"), 1):
        if not line.strip():
            continue
        parts = parted(line)
        share = parse_number(parts[-1]) if len(parts) == 3 else -1.0
        if 0 <= share <= 1:
            typed.entries.setdefault(plain(parts[0]), {})[plain(parts[1])] = share
        else:
            typed.faults.append(
                N_("Line %(line)s needs two values and a number from 0 to 1, with | between.", line=number)
            )
    return typed
