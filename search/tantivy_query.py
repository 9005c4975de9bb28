"""From the tree of a question to tantivy's query.

Each language of the searcher gets a query of its own: the words analysed in that language, among the documents
in that language. They are put together with the preferred language first, and everything the viewer may not see
is cut off within the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tantivy import Occur, Query, Searcher

from search.analysis import label
from search.engine import Filters
from search.query import AllOf, AnyOf, Changed, Is, Node, Not, Phrase, Prefix, Question, Word
from search.ranking import LANGUAGE_WEIGHT, START_WEIGHT, least, preference
from search.tantivy_clauses import all_of, any_of, moment_within, unscored, value_is_one_of
from search.tantivy_schema import schema
from search.tantivy_words import Words


def shows_nothing(filters: Filters) -> bool:
    """Whether there is no need to look: without an audience, or in a portal without topics, there is nothing."""
    return not filters.audiences or filters.portal_topics == frozenset()


def visible(filters: Filters) -> list[Query]:
    """What a document must be for this viewer to know of it, whatever its language."""
    queries = [
        value_is_one_of("audience", filters.audiences),
        moment_within("visible_from", None, filters.now + 1),
        moment_within("visible_until", filters.now + 1, None),
    ]
    if filters.hides_stale:
        queries.append(moment_within("stale_from", filters.now + 1, None))
    if filters.portal_topics is not None:
        queries.append(value_is_one_of("topic", map(label, filters.portal_topics)))
    if filters.topic is not None:
        queries.append(value_is_one_of("topic", [label(filters.topic)]))
    for field, values in (("kind", filters.kinds), ("tag", filters.tags)):
        if values:
            queries.append(value_is_one_of(field, map(label, values)))
    return queries


def compiled(
    searcher: Searcher, languages: Sequence[str], question: Question, filters: Filters, share: float
) -> Query | None:
    """The query for what was asked, among what the viewer may see; None where nothing can match.

    Args:
        languages: those to look in; the order is a preference if the filters name them.
        share: of the telling words that a document must have, from 0 to 1.
    """
    asked = [words for language in languages if (words := Words(searcher, language)).documents]
    versions = []
    for rank, words in enumerate(asked):
        words.asked_beside(asked)
        query = _in_language(words, question, share)
        if query:
            versions.append(Query.boost_query(query, preference(rank)) if filters.languages else query)
    return all_of([any_of(versions), *visible(filters)]) if versions else None


def typed_so_far(typed: Sequence[str], filters: Filters) -> Query:
    """The query for titles whose words begin like these (at least one); best, the title begins like the first."""
    words = [Query.term_query(schema(), "typed", word, "freq") for word in typed]
    clauses = [(Occur.Must, query) for query in (*words, *visible(filters))]
    start = Query.term_query(schema(), "typed", f"^{typed[0]}", "freq")
    clauses.append((Occur.Should, Query.boost_query(start, START_WEIGHT)))
    if filters.languages:
        languages = list(map(label, filters.languages))
        clauses.append((Occur.Must, value_is_one_of("language", languages)))
        for rank, language in enumerate(languages):
            preferred = Query.term_query(schema(), "language", language, "basic")
            weight = LANGUAGE_WEIGHT * preference(rank)
            clauses.append((Occur.Should, Query.const_score_query(preferred, weight)))
    return Query.boolean_query(clauses)


def _in_language(words: Words, question: Question, share: float) -> Query | None:
    """The question among the documents in one language."""
    required = [_node(words, node) for node in question.required]
    wanted = _wanted(words, question, share)
    if wanted is None or None in required:
        return None
    musts = [value_is_one_of("language", [words.language]), *filter(None, required)]
    banned = _possible(words, question.banned)
    clauses = [(Occur.Must, query) for query in musts] + wanted
    return Query.boolean_query(clauses + [(Occur.MustNot, query) for query in banned])


def _wanted(words: Words, question: Question, share: float) -> list[tuple[Occur, Query]] | None:
    """Clauses for the wanted words. Function words ("how do I") help with the order, but need not be there."""
    telling = question.telling(words.common)
    queries = _possible(words, telling)
    needed = least(len(telling), share)
    if len(queries) < needed:
        return None
    if needed == 0 or needed == len(queries):
        clauses = [(Occur.Must if needed else Occur.Should, query) for query in queries]
    else:
        clauses = [(Occur.Must, any_of(queries, needed))]
    beside = _possible(words, (node for node in question.wanted if node not in telling))
    return clauses + [(Occur.Should, query) for query in beside]


def _possible(words: Words, nodes: Iterable[Node]) -> list[Query]:
    return [query for node in nodes if (query := _node(words, node))]


def _node(words: Words, node: Node) -> Query | None:
    """The query of one part of the tree; None where nothing can match it."""
    match node:
        case Word(text, field):
            return words.word(text, field)
        case Phrase(text, field):
            return words.phrase(text, field)
        case Prefix(text, field):
            return words.prefix(text, field)
        case Is(attribute, value):
            return value_is_one_of(attribute, [value])
        case Changed((since, until)):
            return moment_within("changed_at", since, until)
        case Not(inner):
            avoided = _node(words, inner)
            everything = unscored(Query.all_query())
            return everything.and_must_not_match(avoided) if avoided else everything
        case AllOf(nodes):
            queries = _possible(words, nodes)
            return all_of(queries) if len(queries) == len(nodes) else None
        case AnyOf(nodes):
            queries = _possible(words, nodes)
            return any_of(queries) if queries else None
