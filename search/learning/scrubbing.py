"""What people type without what tells who they are: e-mail addresses and long numbers become an ellipsis.

Phone, card, account, contract and personal identity numbers are all long rows of digits, written in one or with
separators between; so is an IBAN. Names cannot be told from other words, which is why questions are kept for a while
only.
"""

from __future__ import annotations

import re

from search.analysis import clean

FEWEST_DIGITS = 6
"""So many digits in a row are a number that may belong to somebody; years, prices and models have fewer."""

LONGEST_KEPT = 300
"""Characters of a question that are kept; who pastes a whole mail needs no more of it to be understood."""

HIDDEN = "…"

_ADDRESS = re.compile(r"(?<![^\s@])[^\s@]++@[^\s@]++")
_BETWEEN = r"[\s./()+\u2010-\u2015-]{0,3}"
_NUMBER = re.compile(rf"\+?(?:[^\W\d_]{{1,4}})?\d(?:{_BETWEEN}\d){{{FEWEST_DIGITS - 1},}}[^\W_]*")
_IBAN = re.compile(
    r"\b[a-z]{2}\d{2} ?[a-z0-9]{4}(?: ?\d[a-z0-9]{3}){1,6}(?: ?\d[a-z0-9]{0,2})?\b", re.IGNORECASE
)
_UNSEEN = re.compile(r"[\0-\x1f\x7f-\x9f\u2028\u2029]")


def scrub(text: str) -> str:
    """A question as it may be kept, in one line of at most 300 characters.

    >>> scrub("I am  kim@example.com, call +36 30/123-45-67!")
    'I am … call …!'
    >>> scrub("A54-5G for 1,990 in 2026?"), scrub("my number is 850709-9805")
    ('A54-5G for 1,990 in 2026?', 'my number is …')
    """
    line = " ".join(_UNSEEN.sub(" ", clean(text)).split())
    for personal in (_ADDRESS, _IBAN, _NUMBER):
        line = personal.sub(HIDDEN, line)
    return line if len(line) <= LONGEST_KEPT else line[: LONGEST_KEPT - 1].rstrip() + HIDDEN
