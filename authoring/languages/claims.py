"""What a passage claims: the facts that a reader acts on, apart from the words that they are wrapped in. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from authoring.languages.fact_words import Vocabulary, vocabulary
from authoring.languages.passages import CODE, STEP, Passage, Piece

_SPACES = re.compile(r"[\s\u00ad\u200b\u2060\ufeff]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc`\u00b4]")
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d])")
_TOKEN = re.compile(
    r"(?P<number>(?:(?<![\w)])[+-])?\w*\d\w*(?:[.,:/-]\w*\d\w*)*)"
    r"|(?P<word>[^\W\d]+(?:['-][^\W\d]+)*)"
    r"|(?P<sign>[%‰°€$£₽¥≤≥<>=±×÷&+])"
)
_UNIT_BEHIND = re.compile(r"([+-]?[\d.,:/-]*\d)([^\W\d_]+)")
_FACTS = frozenset({"link", "image", "code", "value", "html"})
_HTML_NOISE = re.compile(r"\s+")


class Change(StrEnum):
    """How a passage differs from what it was.

    SAME: but for spaces, typography, punctuation and the case of its first letter. REWORDED: other words that carry
    no fact. CHANGED: a number, unit, date, condition, negation, link or code differs.
    """

    SAME = "same"
    REWORDED = "reworded"
    CHANGED = "changed"


def compare(before: Passage, after: Passage, language: str = "") -> Change:
    """How one version of a passage differs from another.

    Args:
        language: in which they are written; empty where that is not known.
    """
    if before.text == after.text and before.kind == after.kind:
        return Change.SAME
    if (before.kind == STEP) != (after.kind == STEP) or (before.kind == CODE) != (after.kind == CODE):
        return Change.CHANGED
    if claims(before, language) != claims(after, language):
        return Change.CHANGED
    return Change.SAME if words(before) == words(after) else Change.REWORDED


@lru_cache(maxsize=4096)
def claims(passage: Passage, language: str = "") -> tuple[str, ...]:
    """The facts of a passage in the order in which it says them.

    >>> from authoring.languages.passages import split
    >>> claims(split("Pay within three days, or only 5 EUR comes back.")[0], "en")
    ('within', '3', 'day', 'only', '5', 'EUR')
    """
    known = vocabulary(language)
    return tuple(fact for piece in _joined(passage.pieces) for fact in _facts(piece, known))


def _facts(piece: Piece, known: Vocabulary) -> Iterator[str]:
    if piece.sort in _FACTS:
        yield f"{piece.sort} {_HTML_NOISE.sub(' ', piece.text).strip()}"
        return
    found = list(_tokens(piece.text))
    at = 0
    while at < len(found):
        if any(sign.isdigit() for sign in found[at]):
            yield from _number(found[at], known)
            at += 1
            continue
        said, length = known.says(found[at : at + 2])
        if not said and not found[at][0].isalpha() and found[at] not in "&+":
            said = found[at]
        if said:
            yield said
        at += length


def _number(token: str, known: Vocabulary) -> Iterator[str]:
    """A number, and the unit that is written into one word with it."""
    match = _UNIT_BEHIND.fullmatch(token)
    unit = known.says([match[2]])[0] if match else ""
    yield from (match[1], unit) if match and unit else (token,)


def words(passage: Passage) -> tuple[str, ...]:
    """The words, numbers and signs of a passage, without what typography and punctuation add.

    >>> from authoring.languages.passages import split
    >>> words(split("Say “Hello”!")[0]) == words(split("say *'Hello'*")[0])
    True
    """
    found = [
        token
        for piece in _joined(passage.pieces)
        for token in (
            _tokens(piece.text, fold=False) if piece.sort == "text" else (f"{piece.sort} {piece.text}",)
        )
    ]
    return (found[0][:1].lower() + found[0][1:], *found[1:]) if found else ()


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces, with words that only emphasis parts put together again."""
    run: list[str] = []
    for piece in pieces:
        if piece.sort == "text":
            run.append(piece.text)
            continue
        if run:
            yield Piece("text", "".join(run))
            run = []
        yield piece
    if run:
        yield Piece("text", "".join(run))


def _tokens(text: str, *, fold: bool = True) -> Iterator[str]:
    straight = unicodedata.normalize("NFKC", text)
    straight = _APOSTROPHES.sub("'", _DASHES.sub("-", _SPACES.sub(" ", straight)))
    straight = _GROUPS.sub(lambda match: match[0].replace(" ", ""), straight)
    straight = "".join(str(unicodedata.digit(sign, sign)) if sign.isdigit() else sign for sign in straight)
    for match in _TOKEN.finditer(straight.casefold() if fold else straight):
        yield match[0]
