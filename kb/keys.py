"""Keys and texts that administrators give: short names for addresses and references, texts per language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.errors import N_, Conflict, Invalid
from kb.languages import is_language

KEY = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def check_key(
    session: Session, column: InstrumentedAttribute[str], key: str, problems: Mapping[str, str] | None = None
) -> str:
    """A key for a new row.

    Args:
        column: where the keys of its table stand.
        problems: what else is wrong with the new row, by field; raised together with what is wrong with the key.

    Raises:
        Invalid: the key cannot be used, or there are other problems.
        Conflict: the key is taken.
    """
    wanted = key.strip()
    found = dict(problems or {})
    if not KEY.fullmatch(wanted):
        found["key"] = N_("Use lower-case letters, digits and '-', at most 63 characters.")
    if found:
        raise Invalid(found)
    if session.scalar(select(column).where(column == wanted)) is not None:
        raise Conflict(N_("The key %(key)s is taken.", key=wanted))
    return wanted


def texts(given: Mapping[str, str]) -> dict[str, str]:
    """Language -> text without blanks around it; empty texts and unknown languages left out."""
    return {code: text.strip() for code, text in given.items() if text.strip() and is_language(code)}
