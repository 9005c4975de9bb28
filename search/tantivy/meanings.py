"""Synonyms and looser phrases as queries over the documents in one language."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tantivy import Query

from search.advice import Advice
from search.analysis import analyzer, chunks
from search.query import Question, Word
from search.ranking import FOLDED_WEIGHT, NEAR_WORDS, SYNONYM_WEIGHT, TITLE_WEIGHT, synonym_factor
from search.tantivy.clauses import any_if_any, any_of, best_of
from search.tantivy.schema import FOLDED, schema
from search.tantivy.words import Words
from search.thesaurus import meant_by


class Meanings:
    """What else the words of a question may mean, each for less than the word itself."""

    def __init__(self, words: Words, question: Question, advice: Advice) -> None:
        self._words = words
        synonyms = advice.synonyms.get(words.language) or advice.synonyms.get(
            words.language.partition("-")[0]
        )
        self._others = meant_by(_running(question), synonyms, words.language) if synonyms else {}

    def of(self, word: Word) -> Iterator[Query]:
        """The queries of its synonyms; each tells as much as the word, but for its weight."""
        for other in self._others.get(word.text, ()):
            if query := self._query(other, word.field):
                own = self._words.shares(word.field, [word.text])
                theirs = self._words.shares(word.field, chunks(other))
                factor = synonym_factor(own, theirs, self._words.documents)
                yield Query.boost_query(query, SYNONYM_WEIGHT * factor)

    def _query(self, words: str, field: str) -> Query | None:
        if " " not in words:
            return any_if_any(self._words.word(words, field))
        anywhere = self._words.phrase(words, field)
        titled = self._words.phrase(words, "title") if anywhere and field != "title" else None
        return (
            any_of([anywhere, Query.boost_query(titled, TITLE_WEIGHT)]) if anywhere and titled else anywhere
        )


def _running(question: Question) -> list[str]:
    """The words as they stand in the question, one behind the other."""
    nodes = (*question.wanted, *question.required)
    return [node.text for node in nodes if isinstance(node, Word)]


def near(words: Words, text: str, field: str) -> Query | None:
    """The words of a phrase in their order with few others between; a phrase of one word is that word."""
    terms = [analyzer(words.language)[chunk] for chunk in chunks(text)]
    if len(terms) == 1:
        return any_if_any(words.word(text, field))
    parts = list(chain.from_iterable(term.parts for term in terms))
    folded = list(chain.from_iterable(term.folded for term in terms))
    ways = [Query.phrase_query(schema(), field, list(parts), NEAR_WORDS)]
    for index in (field, FOLDED[field]):
        plain = Query.phrase_query(schema(), index, list(folded), NEAR_WORDS)
        ways.append(Query.boost_query(plain, FOLDED_WEIGHT))
    return best_of(ways)
