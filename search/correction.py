"""What a mistyped word may have been meant to be; pure.

How many edits are allowed grows with the length of a word, and an edit costs less the more easily a hand makes it: a
neighbouring key, two letters swapped, a letter doubled. What has figures in it is never touched.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from search.analysis import CHUNK, clean, fold, lowered
from search.vocabulary import Vocabulary

MOST_CORRECTED = 4
"""Words of one question that are corrected; who mistypes more is asked to type again."""

MOST_CANDIDATES = 6
MOST_WEIGHED = 40
"""Words spelled alike of which the costs are worked out; the commonest of the nearest."""

ONE_EDIT_FROM, TWO_EDITS_FROM = 4, 8  # letters
LONGEST_CORRECTED = 24  # letters
SHORTEST_HALF = 3  # letters of each half of a word that is taken apart

SLIP = 0.6  # a neighbouring key, two letters swapped, one typed twice or once instead of twice
LEFT_OUT = 0.7  # a letter that was not typed, which is commoner than one too many
FIRST_LETTER = 0.5  # more for an edit there
DEAREST_FIRST = 1.25  # what an edit at the first letter may cost: "mother" is no slip of "other"
COMMONNESS = 0.1  # less for each e-fold of documents

_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "йцукенгшщзхъ",
    "фывапролджэ",
)
_ROWS_BELOW = (("qwertyuiop", "asdfghjkl"), ("asdfghjkl", "zxcvbnm"), ("qwertzuiop", "asdfghjkl"))
_CYRILLIC_BELOW = (("йцукенгшщзхъ", "фывапролджэ"), ("фывапролджэ", "ячсмитьбю"))
_LATIN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC_KEYS = "йцукенгшщзхъфывапролджэячсмитьбю"
_OTHER_LAYOUT = str.maketrans(_LATIN_KEYS + _CYRILLIC_KEYS, _CYRILLIC_KEYS + _LATIN_KEYS)

_UNTOUCHED = re.compile(
    r'"[^"]*"|(?<!\S)[+-]\S+|(?<!\S)(?i:kind|tag|topic|lang|changed):(?:"[^"]*"|\S+)|\S+\*|\b(?:AND|OR|NOT)\b'
)
_FILTERS = re.compile(r'(?<![^\s(+-])(?i:kind|tag|topic|lang|changed):(?:"[^"]*"|\([^)]*\)|[^\s)]+)')


class Candidate(NamedTuple):
    """A word, in letters without accents, that may have been meant, and what it takes to mistype it so."""

    word: str
    cost: float


SOUND_ALIKE = tuple((pair[0], pair[1]) for pair in "ck cs sz vw fv iy оа еи ий".split())
"""Letters that are taken for each other by those who write as they hear, or know another language better."""


def _neighbours() -> frozenset[tuple[str, str]]:
    pairs: set[tuple[str, str]] = {("y", "z"), *SOUND_ALIKE}
    for row in (*_ROWS, "ячсмитьбю"):
        pairs.update(pairwise(row))
    for above, below in (*_ROWS_BELOW, *_CYRILLIC_BELOW):
        for at, key in enumerate(below):
            pairs.update((key, other) for other in above[at : at + 2])
    return frozenset(pairs | {(second, first) for first, second in pairs})


NEIGHBOURS = _neighbours()
"""Keys side by side on the keyboards of the four languages, and letters that sound alike; folded."""


def edits_allowed(word: str) -> int:
    """How many edits a word may be from what was meant.

    >>> [edits_allowed(word) for word in ("puk", "sim", "wifi", "router", "password", "a54")]
    [0, 0, 1, 1, 2, 0]
    """
    if not word.isalpha() or len(word) < ONE_EDIT_FROM or len(word) > LONGEST_CORRECTED:
        return 0
    return 2 if len(word) >= TWO_EDITS_FROM else 1


def cost(typed: str, meant: str) -> float:
    """How much it takes to mistype ``meant`` as ``typed``: the optimal string alignment of Damerau (1964), with weights
    for what hands do as in Kernighan, Church and Gale, "A spelling correction program based on a noisy channel" (1990).

    >>> cost("rputer", "router"), cost("ruoter", "router"), cost("routter", "router"), cost("rxuter", "router")
    (0.6, 0.6, 0.6, 1.0)
    """
    two_above: list[float] = []
    above: list[float] = []
    first = FIRST_LETTER if typed[:1] != meant[:1] else 0.0
    row = [at and at * LEFT_OUT + first for at in range(len(meant) + 1)]
    for i, letter in enumerate(typed, 1):
        two_above, above, row = above, row, [i + first]
        for j, wanted in enumerate(meant, 1):
            more = first if 1 in (i, j) else 0.0
            too_many = SLIP if i > 1 and typed[i - 2] == letter else 1.0
            left_out = SLIP if j > 1 and meant[j - 2] == wanted else LEFT_OUT
            changed = 0.0 if letter == wanted else SLIP if (letter, wanted) in NEIGHBOURS else 1.0
            best = min(
                above[j] + too_many + more,
                row[j - 1] + left_out + more,
                above[j - 1] + changed + (more if changed else 0.0),
            )
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == wanted:
                best = min(best, two_above[j - 2] + SLIP)
            row.append(best)
    return row[-1]


def candidates(word: str, vocabulary: Vocabulary) -> list[Candidate]:
    """What a word of no document may have been meant to be, the likeliest first; at most seven.

    ``word`` in lower case. Commoner words are likelier; a word typed on a keyboard set to the other alphabet is found.
    """
    plain = fold(word)
    near = vocabulary.near(plain, edits_allowed(plain))
    near.sort(key=lambda neighbour: (neighbour.edits, -neighbour.documents))
    costs = {each: cost(plain, each.word) for each in near[:MOST_WEIGHED]}
    costs = {each: it for each, it in costs.items() if each.word[0] == plain[0] or it <= DEAREST_FIRST}
    likeliest = sorted(costs, key=lambda each: likelihood_cost(costs[each], each.documents))
    found = [Candidate(each.word, costs[each]) for each in likeliest[:MOST_CANDIDATES]]
    other = fold(lowered(word.translate(_OTHER_LAYOUT)))
    return [Candidate(other, 0.0), *found] if other != plain and other in vocabulary else found


def likelihood_cost(effort: float, documents: int) -> float:
    """What it takes to mistype a word so, less for a word that stands in many documents."""
    return effort - COMMONNESS * math.log1p(documents)


def halves(word: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Two words of which one may be made up, each known: ``wifirouter``.

    >>> list(halves("wifirouter", Vocabulary([("wifi", 1), ("router", 1)])))
    [('wifi', 'router')]
    """
    plain = fold(word)
    if plain.isalpha() and len(plain) <= LONGEST_CORRECTED:
        for at in range(SHORTEST_HALF, len(plain) - SHORTEST_HALF + 1):
            if plain[:at] in vocabulary and plain[at:] in vocabulary:
                yield plain[:at], plain[at:]


def as_typed(typed: str) -> dict[str, str]:
    """The chunks of a question, in lower case -> as they were typed.

    >>> as_typed("Reset my PUK")
    {'reset': 'Reset', 'my': 'my', 'puk': 'PUK'}
    """
    text = clean(typed)
    return {lowered(found[0]): found[0] for found in CHUNK.finditer(text)}


def replaced(typed: str, meant: Mapping[tuple[str, ...], str]) -> str:
    """The question as a person would have written it.

    Args:
        meant: words that follow each other, in lower case -> what to put in their place. Filters, phrases, signs and
            what begins with one stay as they are.

    >>> replaced('Rowter "rowter" -rowter WIFI', {("rowter",): "router", ("wifi",): "wi-fi"})
    'Router "rowter" -rowter WI-FI'
    """
    text = clean(typed)
    firm = [found.span() for found in _UNTOUCHED.finditer(text)]
    loose = [
        found
        for found in CHUNK.finditer(lowered(text))
        if not any(start < found.end() and found.start() < end for start, end in firm)
    ]
    pieces, at, place = [], 0, 0
    while place < len(loose):
        run = _run_at([found[0] for found in loose[place : place + 2]], meant)
        if run:
            start, end = loose[place].start(), loose[place + run - 1].end()
            words = tuple(found[0] for found in loose[place : place + run])
            pieces += [text[at:start], _cased(meant[words], text[start:end])]
            at = end
        place += run or 1
    return "".join([*pieces, text[at:]])


def _run_at(words: list[str], meant: Collection[tuple[str, ...]]) -> int:
    return next((run for run in (2, 1) if len(words) >= run and tuple(words[:run]) in meant), 0)


def _cased(word: str, like: str) -> str:
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word


def unfiltered(typed: str) -> str:
    """The question without the filters in it.

    >>> unfiltered("kind:faq sim tag:(red OR blue)")
    'sim'
    """
    return " ".join(_FILTERS.sub(" ", clean(typed)).split())


def written(folded: str, texts: Iterable[str]) -> str:
    """A word as these texts write it most often, with its accents; the word itself where none does.

    >>> written("uveg", ["Egy üveg, két Üveg. Uveg?"])
    'üveg'
    """
    counted: dict[str, int] = {}
    for text in texts:
        for found in CHUNK.finditer(lowered(text)):
            if fold(found[0]) == folded:
                counted[found[0]] = counted.get(found[0], 0) + 1
    return max(counted, key=lambda word: counted[word], default=folded)
