"""The columns of a table as people correct them: what is in each, and what it is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from cbr.arranging import Arrangement, Role, Use
from cbr.case_type import Kind
from cbr.tables import Table
from cbr.values import NOTHING

EXAMPLES = 3
LONGEST_EXAMPLE = 60


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        key: in the table.
        heading: as the file has it.
        examples: the commonest values.
        different: how many different values it has.
        empty: how many rows say nothing.
        use: what it is for.
    """

    key: str
    heading: str
    examples: Sequence[str]
    different: int
    empty: int
    use: Use


def described(table: Table, arrangement: Arrangement) -> list[Column]:
    """All columns, with what stands in them."""
    return [_described(table, key, arrangement.uses.get(key, Use(Role.OUT))) for key in table.columns]


def _described(table: Table, key: str, use: Use) -> Column:
    counts = Counter(text.strip() for text in table.columns[key])
    empty = sum(count for text, count in counts.items() if text.casefold() in NOTHING)
    said = [text for text, _ in counts.most_common() if text.casefold() not in NOTHING]
    return Column(
        key, table.names[key], [_short(text) for text in islice(said, EXAMPLES)], len(said), empty, use
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"


def sent_uses(table: Table, before: Arrangement, sent: Mapping[str, str]) -> dict[str, Use]:
    """What was said of each column; what cannot be meant stays as it was before."""
    return {
        key: _sent(place, before.uses.get(key, Use(Role.OUT)), sent)
        for place, key in enumerate(table.columns)
    }


def _sent(place: int, before: Use, sent: Mapping[str, str]) -> Use:
    role, kind = sent.get(f"role-{place}", ""), sent.get(f"kind-{place}", "")
    return Use(
        Role(role) if role in set(Role) else before.role,
        sent.get(f"key-{place}", before.key).strip(),
        Kind(kind) if kind in set(Kind) else before.kind,
        sent.get(f"name-{place}", before.name).strip(),
    )
