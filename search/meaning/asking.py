"""When meaning is asked beside words, and how the two become one list; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from search.engine import Engine, Filters, Hit
from search.meaning.meaning import Meaning
from search.query import Changed, Is, Question, Word
from search.ranking import MOST_KEYWORDS

ROUNDS = 3
"""So often are the nearest looked up where the filters let too few of them through, each time four times as many."""

WORDS = 0.4
"""What the words are worth in the sum of words and meaning."""

SPREAD = 0.5
"""So far behind the nearest, as a share of the range of cosines that say something, meaning counts no more."""

LEAST_SHARE = 0.5
"""So near the nearest, as a share of that spread, must be what has only the meaning: a list has an end."""

ELSEWHERE = 0.06
"""How much nearer what is offered in another language has to be, as a share of that range: of questions about something
else altogether 2 to 4 % find a help page as near, of those that it does answer three in four."""

ASKING = frozenset(
    "can do does how is what when where which who why "
    "hány hogy hogyan hol honnan hova hová kell ki kit lehet melyik mennyi mennyibe mi miért mikor mit "
    "får hur kan måste när vad var varför vart vem vilka vilken vilket "
    "где зачем какая какие какой как когда кто куда можно откуда почему сколько что "
    "kann wann warum was welche wer wie wo".split()
)
"""Words that questions begin with, in any language: who asks in another one than the page's asks all the same."""


def is_question(asked: Question, common: Collection[str]) -> bool:
    """Whether this is a sentence, of which the meaning says more than its words do.

    A look-up by keywords, a model number, a phrase, operators are taken at their word, and filters alone ask nothing.

    Args:
        common: the words of the language that tell nothing (:attr:`search.analysis.Analyzer.common`).

    >>> from search.query import parse
    >>> is_question(parse("how do I change my plan", now=0), {"how", "do", "i", "my"})
    True
    >>> is_question(parse("change plan", now=0), {"how", "do", "i", "my"})
    False
    """
    if asked.quoted or not all(isinstance(node, Is | Changed) for node in (*asked.required, *asked.banned)):
        return False
    words = [node.text for node in asked.wanted if isinstance(node, Word) and node.field == "text"]
    if len(words) < len(asked.wanted) or not words:
        return False
    telling = [word for word in words if word not in common]
    if all(any(map(str.isdigit, word)) for word in telling):
        return False
    return (
        len(telling) > MOST_KEYWORDS
        or len(telling) < len(words) > 2
        or (words[0] in ASKING and len(words) > 1)
    )


def near_hits(
    meaning: Meaning, engine: Engine, question: str, filters: Filters, wanted: int, least: float | None = None
) -> list[Hit]:
    """What means most nearly what is asked among what the filters let through, nearest first.

    The score of each says how near it is: 1 means the same, 0 is just near enough for an answer. None is marked yet.

    Args:
        wanted: how many at most.
        least: the cosine that they have at least; None for that of the encoder.
    """
    least = meaning.encoder.near if least is None else least
    hits: list[Hit] = []
    most, looked_at = wanted * 3 // 2, 0
    for _ in range(ROUNDS):
        near = meaning.nearest(question, filters.languages, most, least)
        nearness = {one.id: (one.cosine - meaning.encoder.near) / meaning.range for one in near[looked_at:]}
        found = engine.chosen(list(nearness), question, filters, marked=False)
        hits += [replace(hit, score=nearness[hit.id]) for hit in found]
        if len(hits) >= wanted or len(near) < most:
            break
        most, looked_at = most * 4, len(near)
    return hits[:wanted]


def elsewhere_hits(
    meaning: Meaning, engine: Engine, question: str, filters: Filters, wanted: int
) -> list[Hit]:
    """What answers in other languages than the question's, nearest first; nothing rather than something far.

    Args:
        filters: with those languages.
        wanted: how many at most.
    """
    least = meaning.encoder.near + ELSEWHERE * meaning.range
    return near_hits(meaning, engine, question, filters, wanted, least)


def fused(words: Sequence[Hit], near: Sequence[Hit], knows: Callable[[str, str], bool]) -> list[Hit]:
    """One list of what has the words and what has the meaning; what is in both is shown by its words.

    A weighted sum of both scores, each put on a scale from 0 to 1 (Bruch, Gai and Ingber, "An Analysis of Fusion
    Functions for Hybrid Retrieval", TOIS 2023). How much better the first is than the second says something, and ranks
    lose it: by reciprocal rank the mean reciprocal rank was .01 to .04 less on each set of `bench/search_quality.py`.

    Args:
        words: with the score of their words.
        near: with the score that :func:`near_hits` gives them.
        knows: whether a document, by its id and language, is encoded. Of one that is not yet, its words tell all.
    """
    scores: dict[str, float] = {}
    best = max((hit.score for hit in words), default=0.0)
    for rank, hit in enumerate(words):
        share = hit.score / best if best > 0 else 1 / (rank + 1)
        scores[hit.id] = share * (WORDS if knows(hit.id, hit.language) else 1.0)
    nearest = max((hit.score for hit in near), default=0.0)
    for hit in near:
        share = 1 - (nearest - hit.score) / SPREAD
        if hit.id in scores or share >= LEAST_SHARE:
            scores[hit.id] = scores.get(hit.id, 0.0) + (1 - WORDS) * max(share, 0.0)
    hits = {hit.id: hit for hit in (*near, *words)}
    return [hits[name] for name in sorted(scores, key=lambda name: -scores[name])]
