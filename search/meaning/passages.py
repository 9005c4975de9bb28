"""A document cut into the passages that are encoded; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.engine import DocumentText

VERSION = "1"
"""Raise it with any change that cuts otherwise: what was encoded before is then encoded anew."""

LENGTH = 1_000
"""Characters of a passage, about: some 200 to 300 of the 512 tokens that sentence encoders read at once."""

MOST_PASSAGES = 8
"""Of one document. What stands further down was seldom what a question is about, and every passage costs."""

_ENDS = re.compile(r"(?<=[.!?\u2026])\s+|\n+")


def passages(text: DocumentText) -> list[str]:
    """The passages of a document, each beginning with its title; one at least, even of an empty one.

    The summary stands at the beginning of the first. Cut is between sentences where there are any.

    >>> passages(DocumentText("1", "en", "PUK", "Where it is.", "On the card."))
    ['PUK\\nWhere it is.\\nOn the card.']
    """
    body = "\n".join(filter(None, (text.summary.strip(), text.body.strip())))
    cut = list(_cut(body))[:MOST_PASSAGES] or [""]
    return ["\n".join(filter(None, (text.title.strip(), piece))) for piece in cut]


def _cut(body: str) -> Iterator[str]:
    """Pieces of about `LENGTH` characters; a last one that is short joins the one before."""
    start = end = 0
    for at in _places(body):
        if at - start > LENGTH and end > start:
            if len(body) - start <= LENGTH * 5 // 4:
                break
            yield body[start:end].strip()
            start = end
        end = at
    if body[start:].strip():
        yield body[start:].strip()


def _places(body: str) -> Iterator[int]:
    """Where the text may be cut: behind sentences and lines, and within what has neither."""
    last = 0
    for at in (*(found.end() for found in _ENDS.finditer(body)), len(body)):
        yield from range(last + LENGTH, at, LENGTH)
        if at > last:
            yield at
        last = at
