"""How text becomes terms: the same way for what is written and for what is asked.

A text is cut into chunks (``A54-5G``, ``2.4``, ``don't``, ``printer``). A chunk gives one term per part, in
order, and, where it has several parts, one more for the whole, so that a model number is found typed either way.
Terms are stemmed in their language and carry its code, so that languages never meet by accident; beside them
stand a folded form without accents, for those who type ``arvizturo``, and the root: what a word comes from
(``mentett``, ``mentés`` and ``menteni`` from ``ment``), with the words that a long one is put together of.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from whoosh.lang.stopwords import stoplists  # type: ignore[import-untyped, unused-ignore]

from search.lemmas import stemmer, word_list

VERSION = "2"
"""Raise it with any change that gives other terms: indexes made before are then left and filled anew."""

LONGEST_TERM = 64
LONGEST_BEGINNING = 20
CACHED_CHUNKS = 20_000  # of each language; about half a kilobyte each
CACHED_WORDS = 40_000  # of each language that documents are written in; about as much each
CACHED_LABELS = 4096

_INVISIBLE = ("\u00ad", "\u200b", "\u2060", "\ufeff")  # soft hyphen and its kind: they would split words
WORD = re.compile(r"[^\W_]++")
CHUNK = re.compile(r"[^\W_]++(?:[-_.'&][^\W_]++)*+(?:\+{1,2}(?!\w))?")
JOINED = re.compile(r"(?<![^\W_])[^\W_]++(?:[-_.'&][^\W_]++)++")
"""A word, a chunk, a chunk of several parts; all in lower case."""
_VARIANTS = {"ё": "е", "\u2010": "-", "\u2011": "-", "\u2019": "'"}
# letters that are not made of a plain one and an accent
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}


class Terms(NamedTuple):
    """The terms of one chunk in one language."""

    parts: tuple[str, ...]  # a stem for each part, in order; never empty
    folded: tuple[str, ...]  # the same without accents, part by part
    whole: str | None  # the chunk as one term, where it has several parts
    words: tuple[str, ...]  # parts and whole as written: folded, not stemmed
    roots: tuple[str, ...]  # a root for each part, in order, stemmed; none in a language without a word list
    inner: tuple[str, ...]  # the roots of the words that the parts are put together of


class Written(NamedTuple):
    """What a chunk, or several, add to the fields of an index: terms with spaces between, "" for none."""

    line: str  # the parts
    folded: str
    bare: str  # those of the folded parts that are not as in ``line``
    whole: str
    words: str
    roots: str  # and inner ones, of the parts that tell something; "the" does not
    digests: bytes  # eight for a chunk, the same in any language


def clean(text: str) -> str:
    """Text as it is stored and searched: composed (NFC), without invisible characters and halves of characters."""
    if text.isascii():
        return text
    for character in _INVISIBLE:
        text = text.replace(character, "")
    composed = unicodedata.normalize("NFC", text)
    try:
        composed.encode()
    except UnicodeEncodeError:
        return composed.encode("utf-8", "replace").decode()
    return composed


def lowered(text: str) -> str:
    """Lower case, ё as е, hyphens and apostrophes as keyboards have them; every character stays in its place.

    >>> lowered("İ Ёлка")
    'i елка'
    """
    if text.isascii():
        return text.lower()
    lower = text.replace("İ", "i").lower()
    for variant, plain in _VARIANTS.items():
        lower = lower.replace(variant, plain)
    return lower


def chunks(text: str) -> list[str]:
    """The chunks of a clean text, in lower case.

    >>> chunks("Az A54-5G (5G-s), S23+")
    ['az', 'a54-5g', '5g-s', 's23+']
    """
    return CHUNK.findall(lowered(text))


@lru_cache(maxsize=CACHED_LABELS)
def label(text: str) -> str:
    """A tag, topic, kind or language as it is compared: in lower case, its spaces single."""
    return " ".join(clean(text).lower().split())


def fold(word: str) -> str:
    """A word in lower case without its accents; Cyrillic keeps its letters (й is no и).

    >>> fold("árvíztűrő"), fold("straße"), fold("йод")
    ('arvizturo', 'strasse', 'йод')
    """
    return word if word.isascii() else "".join(map(_fold_character, word))


def unaccented(lower: str) -> str:
    """A text in lower case with plain letters for accented ones, each still in its place (``ß`` is one ``s``)."""
    if lower.isascii():
        return lower
    for character in set(lower):
        if character > "\x7f" and (plain := _fold_character(character)[0]) != character:
            lower = lower.replace(character, plain)
    return lower


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _LETTERS:
        return _LETTERS[character]
    base = unicodedata.normalize("NFD", character)[0]
    return base if base < "\u0400" else character


class Analyzer(dict[str, Terms]):
    """Chunk -> terms of one language, remembered: an index asks for the same words again and again."""

    def __init__(self, language: str) -> None:
        """``language`` is a code such as ``hu`` or ``en-GB``; without a stemmer for it, words stay as they are."""
        super().__init__()
        self.language = label(language)
        base = self.language.partition("-")[0]
        self._english = base == "en"
        self._base = base
        self._stem = stemmer(base)
        self._written = _Remembered(self._write)
        self.common = frozenset(lowered(clean(word)) for word in stoplists.get(base, ()))

    def __missing__(self, chunk: str) -> Terms:
        if len(self) >= CACHED_CHUNKS:
            self.clear()
        terms = self[chunk] = self._analyse(chunk)
        return terms

    def _analyse(self, chunk: str) -> Terms:
        if self._english:
            chunk = chunk.removesuffix("'s")
        words = WORD.findall(chunk)
        wholes = [joined(chunk)] if len(words) > 1 or chunk[-1] == "+" else []
        parts = tuple(map(self.term, words))
        plain = words if chunk.isascii() else list(map(fold, words))
        folded = parts if chunk.isascii() else tuple(map(self.term, plain))
        roots, inner = self._roots(words)
        return Terms(
            parts=parts,
            folded=folded,
            whole=self.term(wholes[0]) if wholes else None,
            words=tuple(map(self.namespaced, plain + list(map(fold, wholes)))),
            roots=roots,
            inner=inner,
        )

    def _write(self, chunk: str) -> Written:
        terms = self._analyse(chunk)
        words = zip(terms.roots, WORD.findall(chunk), strict=False)
        telling = [root for root, word in words if word not in self.common]
        folded = zip(terms.parts, terms.folded, strict=True)
        return Written(
            line=" ".join(terms.parts),
            folded=" ".join(terms.folded),
            bare=" ".join(bare for part, bare in folded if bare != part),
            whole=terms.whole or "",
            words=" ".join(terms.words),
            roots=" ".join((*telling, *terms.inner)),
            digests=digest(chunk),
        )

    def _roots(self, words: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The roots of words, and of the words within them."""
        known = word_list(self._base)
        if known is None:
            return (), ()
        inner = [root for word in words if word not in self.common for root in known.inner(word)]
        return tuple(self.term(known.root(word)) for word in words), tuple(map(self.term, inner))

    def knows(self, word: str) -> bool:
        """Whether the word list of this language has this very form of a word in lower case."""
        known = word_list(self._base)
        return known is not None and known.knows(word)

    def term(self, word: str) -> str:
        """The term of one word in lower case."""
        return self.namespaced(self._stem(word) if self._stem else word)

    def namespaced(self, word: str) -> str:
        """A word as this language's own: ``hu:nyomtató``."""
        return f"{self.language}:{word[:LONGEST_TERM]}"

    def written(self, text: str) -> list[Written]:
        """What an index takes of a clean text, in order.

        No chunk reaches beyond a space, so that what stands between spaces is cut once and remembered with its commas.
        """
        return list(map(self._written.__getitem__, lowered(text).split()))


class _Remembered(dict[str, Written]):
    """What stands between spaces, in lower case -> what it adds to an index."""

    def __init__(self, write: Callable[[str], Written]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, word: str) -> Written:
        found = CHUNK.findall(word)
        written = self._write(word) if found == [word] else _together([self[chunk] for chunk in found])
        if len(word) <= LONGEST_TERM:
            if len(self) >= CACHED_WORDS:
                self.clear()
            self[word] = written
        return written


def _together(written: Sequence[Written]) -> Written:
    """Several as one."""
    if len(written) == 1:
        return written[0]

    def line(name: str) -> str:
        return " ".join(filter(None, (getattr(each, name) for each in written)))

    return Written(
        line=line("line"),
        folded=line("folded"),
        bare=line("bare"),
        whole=line("whole"),
        words=line("words"),
        roots=line("roots"),
        digests=b"".join(each.digests for each in written),
    )


def digest(chunk: str) -> bytes:
    """Eight bytes that stand for a chunk, the same in every process.

    >>> digest("sim") == digest("sim"), digest("sim") == digest("pin")
    (True, False)
    """
    return (zlib.crc32(chunk.encode()) * 0x9E3779B1 + 1).to_bytes(8, "little")


def joined(chunk: str) -> str:
    """A chunk written as one: names lose their hyphens, figures keep them.

    >>> joined("wi-fi"), joined("a54-5g"), joined("10-12"), joined("192.168.0.1")
    ('wifi', 'a545g', '10-12', '192.168.0.1')
    """
    return chunk.replace("-", "").replace("_", "") if any(map(str.isalpha, chunk)) else chunk


@lru_cache(maxsize=64)
def analyzer(language: str) -> Analyzer:
    """The analyzer of a language code; one for all who ask."""
    return Analyzer(language)


def beginnings(text: str, longest: int = LONGEST_BEGINNING) -> list[str]:
    """What may have been typed so far of a title: all beginnings of its words, folded, at most ``longest`` letters.

    Those of the first word come a second time with ``^`` in front.

    >>> beginnings("Új PIN")
    ['^u', '^uj', 'u', 'uj', 'p', 'pi', 'pin']
    """
    found = chunks(text)
    first = _beginnings(found[0], longest, "^") if found else ()
    return list(dict.fromkeys(chain(first, *(_beginnings(chunk, longest) for chunk in found))))


@lru_cache(maxsize=CACHED_CHUNKS)
def _beginnings(chunk: str, longest: int, mark: str = "") -> tuple[str, ...]:
    words = dict.fromkeys(fold(word)[:longest] for word in (*WORD.findall(chunk), joined(chunk)))
    starts = dict.fromkeys(plain[:end] for plain in words for end in range(1, len(plain) + 1))
    return tuple(f"{mark}{start}" for start in starts)


def typed_words(text: str, longest: int = LONGEST_BEGINNING) -> list[str]:
    """The words typed so far of a title, as :func:`beginnings` has them.

    >>> typed_words("Új wi-f")
    ['uj', 'wi', 'f']
    """
    return [fold(word)[:longest] for chunk in chunks(text) for word in WORD.findall(chunk)]
