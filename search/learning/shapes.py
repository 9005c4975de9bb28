"""The shape of a question: what stays the same when it is only worded a little differently."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from search.analysis import WORD, analyzer, chunks, clean, fold

LONGEST = 200
_REST = 8  # bytes of the hash that stands for what is too long to be kept


def shape(text: str, language: str) -> str:
    """The roots of a question's telling words, without accents, in alphabetical order, each once.

    A question of nothing but common words ("how do I") keeps them; one without any word has no shape.

    Args:
        language: code of the language that it is asked in.

    Returns:
        At most 200 characters.

    >>> shape("How do I change the printers?", "en") == shape("changing a printer", "en")
    True
    >>> shape("Fényképet nyomtatok", "hu") == shape("fénykép nyomtatása", "hu")
    True
    >>> shape("?!", "en")
    ''
    """
    analysed = analyzer(language)
    words: list[str] = []
    telling: list[str] = []
    for chunk in chunks(clean(text)):
        terms = analysed[chunk]
        for word, term in zip(WORD.findall(chunk), terms.roots or terms.parts, strict=False):
            stem = fold(term.partition(":")[2])
            words.append(stem)
            if fold(word) not in _common(language):
                telling.append(stem)
    stems = sorted(set(telling or words))
    found = " ".join(stems)
    if len(found) <= LONGEST:
        return found
    rest = blake2b(found.encode(), digest_size=_REST).hexdigest()
    return f"{found[: LONGEST - len(rest) - 1]} {rest}"


@lru_cache(maxsize=64)
def _common(language: str) -> frozenset[str]:
    return frozenset(map(fold, analyzer(language).common))
