"""Pages read from outside as the index holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import JournalEntry
from search.engine import FOREVER, Document
from search.federation.outside import JOURNAL_KIND, SITEMAP
from search.models import CrawledPage, SearchSource

READ_AT_ONCE = 100


def concerned(entries: Iterable[JournalEntry]) -> list[int]:
    """The sources that entries of the journal concern; those that are gone as well."""
    return sorted({entry.subject_id for entry in entries if entry.kind == JOURNAL_KIND})


def all_sources(session: Session) -> list[int]:
    """The sources whose pages are in the index."""
    return list(session.scalars(select(SearchSource.id).where(SearchSource.kind == SITEMAP)))


def held(ids: Iterable[str], source_ids: Iterable[int]) -> list[str]:
    """Which of the documents in the index are pages of these sources; they leave it by these names.

    >>> held(["7", "page1-7", "page11-7"], [1])
    ['page1-7']
    """
    beginnings = tuple(_name(source_id, "") for source_id in source_ids)
    return [name for name in ids if name.startswith(beginnings)]


def _name(source_id: int, page: object) -> str:
    return f"page{source_id}-{page}"


def documents(session: Session, source_ids: Sequence[int]) -> Iterator[Document]:
    """Every page of these sources that says anything. A source that is not in use has none."""
    query = (
        select(CrawledPage, SearchSource)
        .join(SearchSource, SearchSource.id == CrawledPage.source_id)
        .where(CrawledPage.source_id.in_(source_ids), CrawledPage.text != "", SearchSource.is_active)
        .order_by(CrawledPage.id)
        .execution_options(yield_per=READ_AT_ONCE)
    )
    for page, source in session.execute(query):
        yield _document(page, source)


def _document(page: CrawledPage, source: SearchSource) -> Document:
    return Document(
        id=_name(source.id, page.id),
        article=_name(source.id, page.id),
        key=source.key,
        kind="page",
        language=page.language,
        slug=page.url,
        title=page.title or page.url,
        summary="",
        body=page.text,
        headings=(),
        tags=(),
        topics=(),
        audience=source.audience,
        visible_from=0,
        visible_until=FOREVER,
        changed_at=ceil(page.changed_at.timestamp()),
        source=source.key,
    )
