"""When meaning is asked beside words, and how the two become one list; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from math import log
from typing import NamedTuple

from search.engine import Engine, Filters, Hit
from search.evidence import is_weak
from search.meaning.meaning import Meaning
from search.query import Changed, Is, Word, parse
from search.ranking import MOST_KEYWORDS

ROUNDS = 3
"""So often are the nearest looked up where the filters let too few of them through, each time four times as many."""

WORD = 0.1
"""What a word that one document alone has is worth beside the nearness, of which 1 means the same. Anything from .09 to
.14 finds nearly the same places; of each kind of question in `bench/search_quality.py`, the others too choose .1."""

SATURATED = 2.2
"""How many times its inverse document frequency a word adds to BM25 at most: 1 + k1."""

BEHIND = 0.25
"""So far behind the nearest, as a share of the range of cosines that say something, may be what has only the meaning: a
list has an end."""

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

ENDS = (".", "?", "!", "\u2026")
"""What is put behind a sentence, and not behind keywords."""


def is_question(typed: str, common: Collection[str]) -> bool:
    """Whether this is a sentence, of which the meaning says more than its words do.

    A look-up by keywords, a model number, a phrase, operators are taken at their word, and filters alone ask nothing.

    Args:
        common: the words of the language that tell nothing (:attr:`search.analysis.Analyzer.common`).

    >>> is_question("how do I change my plan", {"how", "do", "i", "my"}), is_question("Plan changed?", set())
    (True, True)
    >>> is_question("change plan", {"how", "do", "i", "my"})
    False
    """
    asked = parse(typed, now=0)
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
        or (len(words) > 1 and (words[0] in ASKING or typed.rstrip().endswith(ENDS)))
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
    nearness: dict[str, float] = {}
    most = wanted * 3 // 2
    for _ in range(ROUNDS):
        near = meaning.nearest(question, filters.languages, most, least)
        # by their names, not their places: what is encoded meanwhile comes between them
        fresh = {one.id: one.cosine for one in near if one.id not in nearness}
        nearness |= {id_: (cosine - meaning.encoder.near) / meaning.range for id_, cosine in fresh.items()}
        found = engine.chosen(list(fresh), question, filters, marked=False)
        hits += [replace(hit, score=nearness[hit.id]) for hit in found]
        if len(hits) >= wanted or len(near) < most:
            break
        most *= 4
    return sorted(hits, key=lambda hit: -hit.score)[:wanted]


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


def joined(
    meaning: Meaning,
    question: str,
    words: Sequence[Hit],
    near: Sequence[Hit],
    most: int,
    languages: Sequence[str],
) -> tuple[list[Hit], bool]:
    """One list of what has the words and what has the meaning, and whether it is no more than chance brings about.

    That is not said while a document that has the words is not encoded yet, nor where the question cannot be.

    Args:
        question: of which `near` was found.
        words, near, most: as :func:`fused` has them.
        languages: in which the documents are written; none means all.
    """
    documents = meaning.documents(languages)
    hits, evidence = fused(words, near, most, documents, meaning.knows)
    is_sure = meaning.reads(question) and all(meaning.knows(hit.id, hit.language) for hit in words)
    return hits, is_sure and is_weak(evidence, documents)


class Fused(NamedTuple):
    """One list, best first, and how much speaks for its first: its nearness and its words."""

    hits: list[Hit]
    evidence: float


def fused(
    words: Sequence[Hit],
    near: Sequence[Hit],
    most: int,
    documents: int,
    knows: Callable[[str, str], bool],
) -> Fused:
    """One list of what has the words and what has the meaning; what is in both is shown by its words.

    The sum of both scores on scales that do not depend on what else was found (cf. Bruch, Gai and Ingber, "An Analysis
    of Fusion Functions for Hybrid Retrieval", TOIS 2023): cosines as they are, words in units of a word that only one
    document has. So a question of many matching words leans on its words, one in other words on its meaning. On the
    sets of `bench/search_quality.py` that is worth .01 of the mean reciprocal rank more than shares of the best score
    of each question, and .03 more than reciprocal ranks.

    Args:
        words: with the score of their words (BM25).
        near: with the score that :func:`near_hits` gives them.
        most: how many of them were looked for; what is not among them is no nearer than the last of so many.
        documents: how many there were to choose from.
        knows: whether a document, by its id and language, is encoded. Of one that is not yet, its words speak for its
            meaning too.
    """
    rare = SATURATED * log(documents + 2)
    best = max((hit.score for hit in words), default=0.0)
    nearness = {hit.id: hit.score for hit in near}
    nearest = max(nearness.values(), default=0.0)
    farthest = min(nearness.values()) if len(nearness) >= most else 0.0
    scores = {hit.id: hit.score for hit in near if hit.score >= nearest - BEHIND}
    for hit in words:
        unknown = farthest if knows(hit.id, hit.language) else nearest * hit.score / (best or 1.0)
        scores[hit.id] = nearness.get(hit.id, unknown) + WORD * hit.score / rare
    hits = {hit.id: hit for hit in (*near, *words)}
    listed = sorted(scores, key=lambda name: -scores[name])
    return Fused([hits[name] for name in listed], scores[listed[0]] if listed else 0.0)
