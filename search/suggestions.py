"""What the box offers while somebody types: questions that others asked, articles to open at once, topics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from search.analysis import WORD, clean, fold, typed_words

MOST_ARTICLES = 6
MOST_QUESTIONS = 3
MOST_TOPICS = 3

MOST_REMEMBERED = 8192
"""Texts whose words are remembered: whatever is typed is compared with every topic and every frequent question."""

QUESTION, ARTICLE, TOPIC = "question", "article", "topic"


@dataclass(frozen=True, slots=True)
class Completion:
    """One line under the box.

    Args:
        type: "question", "article" or "topic".
        title: as it is.
        html: the title, escaped, what was typed of it in `<mark>`.
        url: what it opens.
        key: of the article or topic; "" for a question.
    """

    type: str
    title: str
    html: Markup
    url: str
    key: str = ""


def completion(type: str, title: str, url: str, typed: str, key: str = "") -> Completion:
    """A line for what has been typed so far."""
    return Completion(type, title, marked(title, typed), url, key)


def goes_on(text: str, typed: str) -> bool:
    """Whether every word typed so far begins a word of the text, in whichever order, accents or not.

    >>> goes_on("SIM és eSIM", "esim s"), goes_on("SIM és eSIM", "sim puk"), goes_on("SIM", " ")
    (True, False, False)
    """
    words, wanted = _words(text), _typed(typed)
    return bool(wanted) and all(any(word.startswith(start) for word in words) for start in wanted)


@lru_cache(maxsize=MOST_REMEMBERED)
def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in WORD.findall(clean(text).lower()))


@lru_cache(maxsize=16)
def _typed(typed: str) -> tuple[str, ...]:
    """The words typed so far, which are compared with hundreds of texts."""
    return tuple(typed_words(clean(typed)))


def marked(title: str, typed: str) -> Markup:
    """The title as HTML, with the letters that were typed in `<mark>`: beginnings of words, or else within them.

    >>> marked("Nätfakturan & du", "faktura")
    Markup('Nät<mark>faktura</mark>n &amp; du')
    """
    title = clean(title)
    starts = sorted(typed_words(clean(typed)), key=len, reverse=True)
    pieces, at = [Markup()], 0
    for start, end in _spans(title, starts):
        pieces += [escape(title[at:start]), Markup("<mark>"), escape(title[start:end]), Markup("</mark>")]
        at = end
    return Markup().join([*pieces, escape(title[at:])])


def _spans(title: str, starts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where in the title what was typed stands, in order; at most once a word."""
    for word in WORD.finditer(title):
        plain, places = _folded(word)
        for start in starts:
            found = 0 if plain.startswith(start) else plain.find(start) if len(start) > 3 else -1
            if found >= 0:
                yield places[found], places[found + len(start)]
                break


def _folded(word: re.Match[str]) -> tuple[str, list[int]]:
    """A word without accents, and where in the title each of its letters (and its end) comes from."""
    letters = [
        (fold(letter.lower().replace("ё", "е")), word.start() + at) for at, letter in enumerate(word[0])
    ]
    plain = "".join(folded for folded, _ in letters)
    return plain, [at for folded, at in letters for _ in folded] + [word.end()]


def unlike(lines: Iterable[Completion]) -> list[Completion]:
    """Without a second line that says the same as one before it."""
    kept: dict[str, Completion] = {}
    for line in lines:
        kept.setdefault(" ".join(typed_words(clean(line.title))), line)
    return list(kept.values())
