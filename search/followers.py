"""The index follows the journal: what changed is read again from the database and put in."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, selectinload

from kb import content, journal
from kb.article_page import rendered
from kb.models import Article, ArticleTopic, JournalEntry, Revision, State, Translation
from kb.structure import Structure, StructureCache
from kb.validity import Validity
from search.engine import Document, Engine, Writer

FOREVER = 2**40
BATCH = 200


class IndexFollower:
    """Keeps this node's index current.

    Args:
        engine: the index; it remembers its own position together with its documents.
    """

    name = "search"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._structure = StructureCache()
        self._lock = threading.Lock()

    def position(self) -> int:
        """The last seq in the index."""
        return self._engine.position()

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Index anew every article that an entry concerns, in one commit of the index."""
        with self._lock:
            position = entries[-1].seq
            structure = self._structure.current(session, position)
            ids = _concerned(session, entries, structure)
            self._engine.apply(
                deletes=[str(article_id) for article_id in ids],
                documents=documents(session, structure, ids),
                position=position,
            )

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
            writer.apply(deletes=(), documents=documents(session, structure, batch), position=0)
            session.expunge_all()
            yield start + len(batch)
        writer.apply(deletes=(), documents=(), position=head)


def _concerned(session: Session, entries: Iterable[JournalEntry], structure: Structure) -> list[int]:
    """The articles that entries concern: themselves, those placed in a topic that moved, those with a snippet."""
    ids = {entry.subject_id for entry in entries if entry.kind == "article"}
    topics = {entry.subject_id for entry in entries if entry.kind == "topic"}
    below = frozenset[int]().union(
        *(structure.topics_by_id[topic].below for topic in topics if topic in structure.topics_by_id)
    )
    if below:
        ids |= set(session.scalars(select(ArticleTopic.article_id).where(ArticleTopic.topic_id.in_(sorted(below)))))
    if any(entry.kind == "snippet" for entry in entries):
        with_snippet = select(Translation.article_id).join(Revision).where(Revision.body.contains("{{snippet:"))
        ids |= set(session.scalars(with_snippet))
    return sorted(ids)


def documents(session: Session, structure: Structure, article_ids: Sequence[int]) -> Iterator[Document]:
    """Every revision of these articles that shows now or will, as the index holds it."""
    query = (
        select(Revision)
        .join(Revision.translation)
        .join(Translation.article)
        .where(Article.id.in_(article_ids), Revision.state == State.PUBLISHED)
        .options(
            contains_eager(Revision.translation)
            .contains_eager(Translation.article)
            .options(selectinload(Article.topics))
        )
    )
    for revision in session.scalars(query):
        yield document(revision, structure)


def document(revision: Revision, structure: Structure) -> Document:
    """A revision as plain text with everything that filters need."""
    translation = revision.translation
    article = translation.article
    made = rendered(content.expand_snippets(revision.body, structure.snippets_in([translation.language])))
    validity = Validity(revision.publish_at, revision.expires_at, revision.superseded_at)
    placed = (structure.topics_by_id.get(place.topic_id) for place in article.topics)
    topics = {node.key: None for topic in placed if topic for node in topic.path}
    return Document(
        id=str(revision.id),
        article=str(article.id),
        key=article.key,
        kind=article.kind,
        language=translation.language,
        slug=translation.slug,
        title=revision.title,
        summary=revision.summary,
        body=made.text,
        headings=tuple(heading.text for heading in made.headings),
        tags=tuple(revision.tags),
        topics=tuple(topics),
        audience=article.audience,
        visible_from=_second(revision.publish_at),
        visible_until=_second(validity.until) if validity.until else FOREVER,
        changed_at=_second(revision.publish_at),
    )


def _second(moment: datetime) -> int:
    """The first whole second that is not before the moment, as the database sees it too."""
    return ceil(moment.timestamp())
