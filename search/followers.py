"""The index follows the journal: what changed is read again from the database and put in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from math import ceil
from typing import Any

import structlog
from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.orm import Session

from kb import content, journal
from kb.db import unindexed
from kb.models import Article, ArticleTopic, JournalEntry, Revision, State, Translation
from kb.structure import Structure, StructureCache
from kb.validity import Validity
from search.answering import anchors
from search.engine import FOREVER, Document, Engine, Writer
from search.federation import pages

ALWAYS = datetime.min.replace(tzinfo=UTC)
BATCH = 1000  # articles that a rebuild commits together
READ_AT_ONCE = 100  # articles; the texts of more need not be in memory

log = structlog.get_logger(__name__)

_COLUMNS: tuple[Any, ...] = (
    Revision.id,
    Revision.title,
    Revision.summary,
    Revision.body,
    Revision.tags,
    Revision.publish_at,
    Revision.expires_at,
    Revision.superseded_at,
    Revision.stale_at,
    Translation.language,
    Translation.slug,
    Translation.article_id,
    Article.key,
    Article.kind,
    Article.audience,
)


class IndexFollower:
    """Keeps this node's index current.

    Args:
        engine: the index; it remembers its own position together with its documents.
        since: the earliest moment that anybody asks about; what was over before it stays outside.
    """

    name = "search"

    def __init__(self, engine: Engine, since: Callable[[], datetime] = lambda: ALWAYS) -> None:
        self._engine = engine
        self._since = since
        self._structure = StructureCache()
        self._lock = threading.Lock()

    def position(self) -> int:
        """The last seq in the index."""
        return self._engine.position()

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Index anew every article and every outside page that an entry concerns, in one commit of the index."""
        with self._lock:
            known, position = self._engine.position(), entries[-1].seq
            if _lie_between(session, known, entries[0].seq):
                return  # another index has taken the place of the one they follow on; it is asked again how far it is
            structure = self._structure.current(session, position)
            ids, sources = _concerned(session, entries, structure), pages.concerned(entries)
            held = pages.held(self._engine.ids(), sources) if sources else []
            self._engine.apply(
                deletes=[*map(str, ids), *held],
                documents=chain(
                    documents(session, structure, ids, self._since()), pages.documents(session, sources)
                ),
                position=position,
                after=known,
            )

    def restart(self, session: Session) -> None:
        """Fill the index anew; the old one answers meanwhile."""
        self._structure.restart(session)
        total = session.scalar(select(func.count(Article.id))) or 0
        for done in self.rebuild(session):
            log.info("index is being built", articles=done, of=total)

    def rebuild(self, session: Session) -> Iterator[int]:
        """Fill a second index from the database and put it in place; yields how many articles are done.

        The old index answers meanwhile, and what is committed meanwhile is followed from the journal afterwards.
        """
        head = journal.head(session)
        structure = self._structure.current(session, head)
        ids = list(session.scalars(select(Article.id).order_by(Article.id)))
        with self._engine.rebuild() as writer:
            yield from self._fill(session, structure, ids, writer, head)
        journal.follow(session, self)

    def _fill(
        self, session: Session, structure: Structure, ids: list[int], writer: Writer, head: int
    ) -> Iterator[int]:
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            found = documents(session, structure, batch, self._since())
            writer.apply(deletes=(), documents=found, position=0)
            yield start + len(batch)
        outside = pages.documents(session, pages.all_sources(session))
        writer.apply(deletes=(), documents=outside, position=head)


def _lie_between(session: Session, known: int, first: int) -> bool:
    """Whether there are entries after those known and before the first one; numbers can be missing."""
    between = (JournalEntry.seq > known) & (JournalEntry.seq < first)
    return known < first - 1 and bool(session.scalar(select(exists().where(between))))


def _concerned(session: Session, entries: Iterable[JournalEntry], structure: Structure) -> list[int]:
    """The articles that entries concern: themselves, those placed in a topic that moved, those with a snippet."""
    ids = {entry.subject_id for entry in entries if entry.kind == "article"}
    topics = {entry.subject_id for entry in entries if entry.kind == "topic"}
    below = frozenset[int]().union(
        *(structure.topics_by_id[topic].below for topic in topics if topic in structure.topics_by_id)
    )
    if below:
        ids |= set(
            session.scalars(select(ArticleTopic.article_id).where(ArticleTopic.topic_id.in_(sorted(below))))
        )
    if any(entry.kind == "snippet" for entry in entries):
        with_snippet = (
            select(Translation.article_id).join(Revision).where(Revision.body.contains("{{snippet:"))
        )
        ids |= set(session.scalars(with_snippet))
    return sorted(ids)


def documents(
    session: Session, structure: Structure, article_ids: Sequence[int], since: datetime = ALWAYS
) -> Iterator[Document]:
    """Every published revision of these articles that shows at `since` or later, as the index holds it."""
    snippets = cache(lambda language: structure.snippets_in([language]))
    for start in range(0, len(article_ids), READ_AT_ONCE):
        ids = article_ids[start : start + READ_AT_ONCE]
        topics = _topics(session, structure, ids)
        query = (
            select(*_COLUMNS)
            .select_from(Revision)
            .join(Revision.translation)
            .join(Translation.article)
            .where(
                Article.id.in_(ids),
                unindexed(Revision.state) == State.PUBLISHED,
                or_(Revision.expires_at.is_(None), Revision.expires_at > since),
                or_(Revision.superseded_at.is_(None), Revision.superseded_at > since),
            )
        )
        for row in session.execute(query).all():
            yield _document(row, topics.get(row.article_id, ()), snippets(row.language))


def _topics(session: Session, structure: Structure, article_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Article id -> keys of the topics it is placed in, with all above them."""
    query = (
        select(ArticleTopic.article_id, ArticleTopic.topic_id)
        .where(ArticleTopic.article_id.in_(article_ids))
        .order_by(ArticleTopic.article_id, ArticleTopic.position)
    )
    found: dict[int, dict[str, None]] = {}
    for article_id, topic_id in session.execute(query):
        if node := structure.topics_by_id.get(topic_id):
            found.setdefault(article_id, {}).update((above.key, None) for above in node.path)
    return {article_id: tuple(keys) for article_id, keys in found.items()}


def _document(row: Row[Any], topics: tuple[str, ...], snippets: Mapping[str, str]) -> Document:
    """A revision as plain text with everything that filters need."""
    made = content.render(content.expand_snippets(row.body, snippets))
    until = Validity(row.publish_at, row.expires_at, row.superseded_at).until
    return Document(
        id=str(row.id),
        article=str(row.article_id),
        key=row.key,
        kind=row.kind,
        language=row.language,
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        body=made.text,
        headings=tuple(heading.text for heading in made.headings),
        anchors=anchors(made.text, [(heading.text, heading.id) for heading in made.headings]),
        tags=tuple(row.tags),
        topics=topics,
        audience=row.audience,
        visible_from=_second(row.publish_at),
        visible_until=_second(until) if until else FOREVER,
        changed_at=_second(row.publish_at),
        stale_from=_second(row.stale_at) if row.stale_at else FOREVER,
    )


def _second(moment: datetime) -> int:
    """The first whole second that is not before the moment, as the database sees it too."""
    return ceil(moment.timestamp())
