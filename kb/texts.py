"""Text that every database can keep, within the length that its column has."""

from __future__ import annotations

import re

from kb.errors import N_

_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")  # PostgreSQL takes no NUL, and no database half a character


def problem(text: str, most: int | None = None) -> str:
    """Why a text cannot be kept, or nothing.

    Args:
        most: characters that its column takes; None for any number.

    >>> problem("Nora", most=200), problem("No\\0ra")
    ('', 'It contains a character that is no text.')
    """
    if most is not None and len(text) > most:
        return N_("Use at most %(most)s characters.", most=most)
    return N_("It contains a character that is no text.") if _UNSTORABLE.search(text) else ""
