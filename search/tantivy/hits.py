"""From lines to hits: what a document says, with the words that were asked for marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup
from tantivy import Query, Searcher

from search.analysis import clean, label
from search.answering import LEAST_LEAD, Answering, Source, answer
from search.engine import Hit
from search.query import Question, parse
from search.ranking import idf
from search.snippets import Highlighter
from search.tantivy.lines import Line
from search.tantivy.schema import FOLDED, schema, shown


def hits(searcher: Searcher, lines: Iterable[Line], asked: Question, *, marked: bool) -> tuple[Hit, ...]:
    """The documents of these lines; if they are to be marked, each with the passage that fits best."""
    texts = asked.texts()
    highlighters: dict[str, Highlighter] = {}
    made = []
    for line in lines:
        kept = shown(searcher.doc(line.address))
        if marked and kept.language not in highlighters:
            highlighters[kept.language] = Highlighter(texts, kept.language)
        highlighter = highlighters.get(kept.language)
        hit = Hit(
            id=kept.id,
            article=kept.article,
            key=kept.key,
            kind=kept.kind,
            language=kept.language,
            slug=kept.slug,
            title=kept.title,
            summary=kept.summary,
            score=line.score,
            snippet=highlighter.passage(kept.body, kept.summary) if highlighter else Markup(),
            title_html=highlighter.whole(kept.title) if highlighter else Markup(),
            changed_at=kept.changed_at,
            source=kept.source,
            also_in=line.also_in,
            alike=line.alike,
            reasons=line.reasons,
        )
        made.append(hit)
    return tuple(made)


def passage(searcher: Searcher, question: str, hits: Sequence[Hit]) -> Answering | None:
    """The passage of the first of these hits that answers, where the evidence is strong."""
    best = hits[0]
    if best.score < LEAST_LEAD * max((hit.score for hit in hits[1:]), default=0.0):
        return None
    marker = Highlighter(parse(clean(question), now=0).texts(), best.language)
    documents = searcher.doc_freq("language", label(best.language))

    def weight(word: str) -> float:
        return idf(documents, max(searcher.doc_freq(field, word) for field in ("text", FOLDED["text"])))

    found = searcher.search(Query.term_query(schema(), "id", best.id, "basic"), 1).hits
    if not found or not documents:
        return None
    kept = shown(searcher.doc(found[0][1]))
    return answer(marker, Source(kept.title, kept.summary, kept.body, kept.anchors), weight=weight)
