"""Numbers and mail addresses as they are compared, however they were written; pure."""

from __future__ import annotations

import re

_WRITTEN_BETWEEN_DIGITS = re.compile(r"[\s()./\u00a0\u2010-\u2015-]")
_NUMBER = re.compile(r"\+?\d+")


def plain_address(written: str) -> str:
    """An address without what people put in to read it more easily.

    >>> plain_address("+46 (0)8-123 45 67"), plain_address(" Anna@Example.COM "), plain_address("sip:anna@pbx")
    ('+4681234567', 'anna@example.com', 'sip:anna@pbx')
    """
    # who calls from abroad leaves out the zero in brackets
    dialled = written.replace("(0)", "") if written.lstrip().startswith("+") else written
    together = _WRITTEN_BETWEEN_DIGITS.sub("", dialled)
    return together if _NUMBER.fullmatch(together) else written.strip().lower()
