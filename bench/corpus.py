"""Documents for an index, as many as wanted, made from the texts; and questions to ask of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, cycle, islice
from random import Random

from authoring.importing.records import ArticleRecord
from kb import content
from search.engine import Document, Filters

NOW = 1_800_000_000
FOREVER = 2**40
MONTH = 30 * 24 * 3600
KINDS = ("standard", "wiki", "wiki", "faq")
AUDIENCES = ("public",) * 16 + ("agent",) * 3 + ("customer",)
SOON_OR_PAST = 20  # one document in so many does not show yet, one no longer


def corpus(records: Sequence[ArticleRecord], size: int) -> list[Document]:
    """First the records themselves, then new documents: a title with the paragraphs of others in its language.

    Args:
        size: how many documents.
    """
    return corpus_of([_document(number, record) for number, record in enumerate(records)], size)


def corpus_of(real: Sequence[Document], size: int) -> list[Document]:
    """The same from documents."""
    return [*real, *islice(_mixed(real), max(0, size - len(real)))][:size]


def _document(number: int, record: ArticleRecord) -> Document:
    made = content.render(record.body)
    from_, until = _validity(number)
    return Document(
        id=str(number),
        article=record.key,
        key=record.key,
        kind=KINDS[number % len(KINDS)],
        language=record.language,
        slug=record.key,
        title=record.title,
        summary=record.summary,
        body=made.text,
        headings=tuple(heading.text for heading in made.headings),
        tags=record.tags,
        topics=tuple(topic.key for topic in record.topics),
        audience=AUDIENCES[number % len(AUDIENCES)],
        visible_from=from_,
        visible_until=until,
        changed_at=NOW - number % 1000 * MONTH // 30,
    )


def _validity(number: int) -> tuple[int, int]:
    if number % SOON_OR_PAST == 1:
        return NOW + MONTH, FOREVER
    return NOW - 12 * MONTH, NOW - MONTH if number % SOON_OR_PAST == 2 else FOREVER


def _mixed(real: Sequence[Document]) -> Iterator[Document]:
    chance = Random(1)
    paragraphs: dict[str, list[str]] = {}
    for document in real:
        paragraphs.setdefault(document.language, []).extend(document.body.split("\n"))
    for number, model in zip(count(len(real)), cycle(real), strict=False):
        length = model.body.count("\n") + 1
        from_, until = _validity(number)
        yield replace(
            model,
            id=str(number),
            article=f"{model.article}-{number}",
            key=f"{model.key}-{number}",
            body="\n".join(chance.choices(paragraphs[model.language], k=length)),
            kind=KINDS[number % len(KINDS)],
            audience=AUDIENCES[number % len(AUDIENCES)],
            visible_from=from_,
            visible_until=until,
        )


def questions(documents: Sequence[Document], amount: int) -> list[tuple[str, Filters]]:
    """Titles and summaries as questions in turn, each with every filter: what a customer may see in one portal."""
    step = max(1, len(documents) // amount)
    topics = sorted({topic for document in documents for topic in document.topics})
    portal_topics = frozenset(topics[::2]) | frozenset(topics[:1])
    return [
        (
            document.summary if place % 2 and document.summary else document.title,
            _filters(document, portal_topics),
        )
        for place, document in enumerate(documents[::step][:amount])
    ]


def _filters(document: Document, portal_topics: frozenset[str]) -> Filters:
    return Filters(
        audiences=frozenset({"public", "customer"}),
        now=NOW,
        languages=(document.language,),
        portal_topics=portal_topics or None,
        kinds=frozenset({"wiki", "faq"}),
    )
