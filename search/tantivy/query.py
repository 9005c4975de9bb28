"""From the tree of a question to tantivy's query.

Each language of the searcher gets a query of its own: the words analysed in that language, among the documents
in that language. They are put together with the preferred language first, and everything the viewer may not see
is cut off within the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, product, starmap

from tantivy import Occur, Query

from search.advice import NO_ADVICE, Advice
from search.analysis import analyzer, label
from search.engine import Filters
from search.query import AllOf, AnyOf, Changed, Is, Near, Node, Not, Phrase, Prefix, Question, Text, Word
from search.ranking import least, preference
from search.tantivy.clauses import (
    all_of,
    any_if_any,
    any_of,
    best_of,
    moment_within,
    unscored,
    value_is_one_of,
)
from search.tantivy.index import Snapshot
from search.tantivy.meanings import Meanings, near
from search.tantivy.schema import gate
from search.tantivy.words import Words, asked_in

MOST_MARKED = 20
"""So many parts of a question are looked for in one document at once: a score holds as many bits without rounding."""


def shows_nothing(filters: Filters) -> bool:
    """Whether there is no need to look: without an audience, or in a portal without topics, there is nothing."""
    return not filters.audiences or filters.portal_topics == frozenset() or not filters.sources


def visible(snapshot: Snapshot, filters: Filters) -> list[Query]:
    """What a document must be for this viewer to know of it, whatever its language."""
    queries = [
        _let_through(snapshot, filters),
        moment_within("visible_from", None, filters.now + 1),
        moment_within("visible_until", filters.now + 1, None),
    ]
    if filters.hides_stale:
        queries.append(moment_within("stale_from", filters.now + 1, None))
    if filters.portal_topics is not None:
        queries.append(value_is_one_of("topic", map(label, filters.portal_topics)))
    if filters.topic is not None:
        queries.append(value_is_one_of("topic", [label(filters.topic)]))
    if filters.tags:
        queries.append(value_is_one_of("tag", map(label, filters.tags)))
    return queries


def _let_through(snapshot: Snapshot, filters: Filters) -> Query:
    """Documents of the sources, for the audiences, of the kinds that are looked for: one look-up for the three."""
    asked = (filters.sources, filters.audiences, filters.kinds)
    if asked not in snapshot.kept.gates:
        gates = starmap(gate, product(filters.sources, filters.audiences, filters.kinds or ("",)))
        known = [name for name in gates if snapshot.searcher.doc_freq("gate", name)]
        snapshot.kept.gates[asked] = value_is_one_of("gate", known) if known else Query.empty_query()
    return snapshot.kept.gates[asked]


class Compiled:
    """A question among what the viewer may see: its parts are made once, and put together as often as is tried."""

    def __init__(
        self,
        snapshot: Snapshot,
        languages: Sequence[str],
        question: Question,
        filters: Filters,
        advice: Advice = NO_ADVICE,
    ) -> None:
        """``languages``: those to look in; the order is a preference if the filters name them."""
        self.question = question
        self._prefers = bool(filters.languages)
        self._visible = visible(snapshot, filters)
        asked = asked_in(snapshot, languages)
        self._versions = [_InLanguage(words, question, advice) for words in asked]

    def query(self, share: float) -> Query | None:
        """All of it, or None where nothing can match. ``share``: of the telling words that a document must have.

        In one language all stands on one level with what the viewer may see: each further level costs time.
        """
        versions = []
        for rank, version in enumerate(self._versions):
            clauses = version.clauses(share)
            if clauses:
                versions.append((clauses, preference(rank) if self._prefers else 1.0))
        if len(versions) == 1:
            clauses, weight = versions[0]
            asked = Query.boolean_query([*clauses, *((Occur.Must, query) for query in self._visible)])
            return asked if weight == 1.0 else Query.boost_query(asked, weight)
        found = [Query.boost_query(Query.boolean_query(clauses), weight) for clauses, weight in versions]
        return all_of([any_of(found), *self._visible]) if found else None

    def having(self, node: Node) -> Query | None:
        """The visible documents that have one part, in whichever language; None where there can be none."""
        versions = [query for version in self._versions if (query := version.having(node))]
        return all_of([unscored(any_of(versions)), *self._visible]) if versions else None

    def spelled(self, word: str, language: str) -> Query:
        """The visible documents in which a word stands in just this form; ``word`` without accents."""
        return all_of([value_is_one_of("words", [analyzer(language).namespaced(word)]), *self._visible])

    def frequency(self, node: Word) -> int:
        """In how many documents of these languages a word stands about, visible or not."""
        return sum(version.frequency(node) for version in self._versions)

    def stands(self, chunk: str) -> bool:
        """Whether a chunk of one part stands in any document of these languages, visible or not."""
        return any(version.stands(chunk) for version in self._versions)

    def marking(self, document: str, nodes: Sequence[Node]) -> Query:
        """One document, by its id; its score tells which of the parts (at most 20) it has, a bit for each."""
        marks = [(Occur.Must, value_is_one_of("id", [document]))]
        for bit, node in enumerate(nodes[:MOST_MARKED]):
            versions = [query for version in self._versions if (query := version.having(node))]
            if versions:
                marks.append((Occur.Should, Query.const_score_query(any_of(versions), float(1 << bit))))
        return Query.boolean_query(marks)


class _InLanguage:
    """The question among the documents in one language."""

    def __init__(self, words: Words, question: Question, advice: Advice) -> None:
        self._words = words
        self._question = question
        self._meanings = Meanings(words, question, advice)
        self._made: dict[Node, tuple[Query, ...]] = {}
        self._own = value_is_one_of("language", [words.language])
        self._required = self._possible((*question.required, *question.quoted))
        self._is_possible = len(self._required) == len(question.required) + len(question.quoted)
        banned = [query for node in question.banned if (query := self._avoided(node))]
        self._banned = [(Occur.MustNot, query) for query in banned]
        self._telling = question.telling(words.common)
        self._beside = tuple(node for node in question.wanted if node not in self._telling)

    def clauses(self, share: float) -> list[tuple[Occur, Query]] | None:
        """What a document must, may and must not have, with at least one that it must; None where nothing can match."""
        needed = least(len(self._telling), share)
        wanted = self._wanted(needed) if self._is_possible else None
        if wanted is None:
            return None
        musts = [(Occur.Must, query) for query in self._required]
        firm = any(map(_has_language, (*self._question.required, *self._question.quoted)))
        if not firm and not (needed and all(map(_has_language, self._telling))):
            musts.append((Occur.Must, self._own))
        return musts + wanted + self._banned

    def having(self, node: Node) -> Query | None:
        query = any_if_any(self._meant(node))
        return query if query is None or _has_language(node) else all_of([self._own, query])

    def frequency(self, node: Word) -> int:
        return round(max(self._words.shares(node.field, [node.text]), default=0) * self._words.documents)

    def stands(self, chunk: str) -> bool:
        return self._words.stands(chunk)

    def _wanted(self, needed: int) -> list[tuple[Occur, Query]] | None:
        """Clauses for the wanted words. Function words ("how do I") help with the order, but need not be there.

        Where one word is enough, all that speaks for any of them stands on one level: it is read several times as fast
        as a level for each word.
        """
        telling = [queries for node in self._telling if (queries := self._meant(node))]
        if len(telling) < needed:
            return None
        if needed == 1:
            clauses = [(Occur.Must, any_of(list(chain.from_iterable(telling))))]
        elif needed in (0, len(telling)):
            clauses = [(Occur.Must if needed else Occur.Should, any_of(queries)) for queries in telling]
        else:
            clauses = [(Occur.Must, any_of(list(map(any_of, telling)), needed))]
        return clauses + [
            (Occur.Should, query) for query in chain.from_iterable(map(self._meant, self._beside))
        ]

    def _possible(self, nodes: Iterable[Node]) -> list[Query]:
        return [query for node in nodes if (query := any_if_any(self._meant(node)))]

    def _meant(self, node: Node) -> tuple[Query, ...]:
        """A part of the question, or for less what else is meant by it; a document has any of these, and what it has
        adds up. None where nothing can match.
        """
        if node not in self._made:
            self._made[node] = self._ways(node)
        return self._made[node]

    def _ways(self, node: Node) -> tuple[Query, ...]:
        if not isinstance(node, Word):
            query = self._node(node)
            return (query,) if query else ()
        own = self._words.word(node.text, node.field)
        others = list(self._meanings.of(node))
        if not others:
            return own
        return (best_of([any_of(own), *others] if own else others),)

    def _node(self, node: Node) -> Query | None:
        """The query of one part of the tree, to the letter; None where nothing can match it."""
        match node:
            case Word() | Phrase() | Near() | Prefix():
                return self._text(node)
            case Is(attribute, value):
                return value_is_one_of(attribute, [value])
            case Changed((since, until)):
                return moment_within("changed_at", since, until)
            case Not(inner):
                avoided = self._avoided(inner)
                everything = unscored(Query.all_query())
                return everything.and_must_not_match(avoided) if avoided else everything
            case AllOf(nodes):
                queries = [query for one in nodes if (query := self._node(one))]
                return all_of(queries) if len(queries) == len(nodes) else None
            case AnyOf(nodes):
                queries = [query for one in nodes if (query := self._node(one))]
                return any_of(queries) if queries else None

    def _avoided(self, node: Node) -> Query | None:
        """A part of the tree that is not wanted: its words only, and not what comes from the same root."""
        return self._words.exactly(node.text, node.field) if isinstance(node, Word) else self._node(node)

    def _text(self, text: Text) -> Query | None:
        match text:
            case Word(words, field):
                return any_if_any(self._words.word(words, field))
            case Phrase(words, field):
                return self._words.phrase(words, field)
            case Near(words, field):
                return near(self._words, words, field)
            case Prefix(beginning, field):
                return self._words.prefix(beginning, field)


def _has_language(node: Node) -> bool:
    """Whether a part only matches documents in the language it was analysed in: its terms carry the language."""
    match node:
        case Word() | Phrase() | Near():
            return True
        case AnyOf(nodes):
            return all(map(_has_language, nodes))
        case AllOf(nodes):
            return any(map(_has_language, nodes))
        case _:
            return False
