"""Tables as CSV for spreadsheets, in which no text becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else
_FORMULA = re.compile(r"\s*[=+\-@|%]|[\t\r\n]")


def csv_table(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as CSV. A text that a spreadsheet would calculate is given an apostrophe, which it does not show.

    >>> csv_table([["name", "tries"], ["=1+1", 2], ["Åsa, Umeå", -1]]).decode().lstrip(BYTE_ORDER_MARK).split()
    ['name,tries', "'=1+1,2", '"Åsa,', 'Umeå",-1']
    """
    table = io.StringIO()
    csv.writer(table).writerows([_harmless(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + table.getvalue()).encode()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
