"""How much speaks for the best answer: whether what was found is an answer, or no more than a near miss; pure.

Something is always nearest, and some word always stands somewhere. Who asks a telephone company how to bake bread is
told that there is nothing, with the near misses under it, instead of ten pages that answer something else.
"""

from __future__ import annotations

from math import log

from search.analysis import analyzer
from search.engine import Results
from search.query import parse

ONE, MORE = -0.02, 0.05
"""What must speak for the best of one document (nothing at all), and how much more of e times as many: by chance alone,
the best of many is better than the best of few. By `bench/honesty.py`, 90 of 100 questions about something else are
told that there is nothing, and of 100 right answers 1 is a near miss."""

MOST_MEASURED = 300
"""With more documents it is as with these: nobody has measured more, and to show too much is the lesser fault."""

LACKING, EACH = 0.4, 0.12
"""Where words alone speak: the share of the telling words that the best document may lack, and how much more it may for
each point of score that it has for every telling word. Then 56 of 100 are told so, and fewer than 1 right answer of 100
is a near miss."""


def is_weak(evidence: float, documents: int) -> bool:
    """Whether what speaks for the best document is no more than chance brings about.

    Args:
        evidence: of the best one, as :func:`search.meaning.asking.fused` sums it up.
        documents: how many there were to choose from.

    >>> is_weak(0.1, 40), is_weak(0.2, 40), is_weak(0.2, 300), is_weak(0.3, 50_000)
    (True, False, True, False)
    """
    return evidence < ONE + MORE * log(min(max(documents, 1), MOST_MEASURED))


def says_too_little(found: Results, question: str) -> bool:
    """Whether the best document that a sentence found by its words has too few of them; nothing found is no near miss.

    Args:
        found: the first page.
        question: as it was asked.
    """
    if not found.hits:
        return False
    best = found.hits[0]
    telling = len(parse(found.instead or question, now=0).telling(analyzer(best.language).common))
    return telling > 0 and lacks_too_much(best.score / telling, len(found.given_up) / telling)


def lacks_too_much(score: float, lacking: float) -> bool:
    """Whether a document that lacks so much of a question does not answer it.

    Args:
        score: of its words (BM25), divided by the number of telling words that were asked for.
        lacking: the share of those that it does not have.

    >>> lacks_too_much(1.0, 0.6), lacks_too_much(6.0, 0.6)
    (True, False)
    """
    return lacking > LACKING + EACH * score
