"""The database side of an import: records become articles, topics, revisions and attachments.

Every record is one savepoint: it comes in whole or not at all. Batches are committed, so that an import that was
stopped goes on where it was: what came in is recognised by its content and left alone. A dry run does the same and
rolls every batch back.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.approval import reviews
from authoring.importing.records import ArticleRecord, Fault, Item, TopicRecord
from authoring.importing.topic_tree import TopicTree
from kb import articles, attachments, publication
from kb.articles import Text
from kb.db import Database
from kb.errors import KalauzError
from kb.models import Article, Revision, RevisionLink, Translation
from kb.validity import Validity
from kb.viewers import Viewer

BATCH = 50
BATCH_BYTES = 32 * 1024 * 1024
_PICTURE = re.compile(r"attachment:([^\s)\"'>]+)")


@dataclass
class Report:
    """What an import did, or would do.

    Args:
        articles: how many the records belong to.
        topics: how many were made.
        links_broken: (article key, key it links to) where there is no such article.
    """

    articles: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    topics: int = 0
    links_resolved: int = 0
    links_broken: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def read(self) -> int:
        """Records that came in or were there already."""
        return self.created + self.updated + self.unchanged

    @property
    def refused(self) -> int:
        """Records that did not come in; the other faults are notes about ones that did."""
        return sum(not fault.kept for fault in self.faults)


def import_items(
    database: Database,
    items: Iterable[Item],
    *,
    by: Viewer,
    now: datetime,
    limit: int,
    dry_run: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> Report:
    """Bring what was read into the base.

    Args:
        items: as the readers give them; records of one article may come in any order of languages.
        limit: largest picture in bytes.
        dry_run: find out what would happen and leave everything as it is.
        progress: called after every record, read or refused.
    """
    started, report = time.perf_counter(), Report()
    with database.session(write=True) as session:
        session.info.update(actor_id=by.person_id or None, actor=by.name)
        run = _Run(session, by, now, limit, report)
        session.rollback()
        for batch in _batches(items):  # read before the first write, so that others wait for the writing only
            for item in batch:
                run.take(item)
                if not isinstance(item, TopicRecord) and not (isinstance(item, Fault) and item.kept):
                    progress()
            session.rollback() if dry_run else session.commit()
            session.expunge_all()
            run.topics.forget()
        run.count_links()
    report.topics = len(run.topics.made)
    report.seconds = time.perf_counter() - started
    return report


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += sum(len(image.data) for image in item.images) if isinstance(item, ArticleRecord) else 0
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


class _Run:
    """One import: what it has seen so far."""

    def __init__(self, session: Session, by: Viewer, now: datetime, limit: int, report: Report) -> None:
        self._session, self._by, self._now, self._limit = session, by, now, limit
        self._report = report
        self._links: dict[tuple[str, str], list[str]] = {}
        self._left_alone: set[tuple[str, str]] = set()
        self._known = self._hashes()
        self.topics = TopicTree(session)

    def _hashes(self) -> dict[tuple[str, str], str | None]:
        query = select(Article.key, Translation.language, Translation.imported_hash).join(Translation.article)
        return {(key, language): digest for key, language, digest in self._session.execute(query)}

    def take(self, item: Item) -> None:
        """One item, in a savepoint of its own."""
        if isinstance(item, Fault):
            self._report.faults.append(item)
            return
        made = set(self.topics.made)
        try:
            with self._session.begin_nested():
                self.topics.define(item) if isinstance(item, TopicRecord) else self._article(item)
        except KalauzError as error:
            self.topics.forget()
            self.topics.made = made
            self._report.faults.append(Fault(item.place, "record", str(error)))

    def _article(self, record: ArticleRecord) -> None:
        place = (record.key, record.language)
        if self._known.get(place) == record.digest:
            self._left_alone.add(place)
            self._report.unchanged += 1
            return
        article = self._session.scalars(select(Article).where(Article.key == record.key)).first()
        if article is None:
            article = self._create(record)
        elif record.language == article.source_language:
            self._change(article, record)
        revision, notes = self._revise(article, record)
        self._session.flush()
        if place in self._known:
            self._report.updated += 1
        else:
            self._report.created += 1
        self._report.faults.extend(notes)
        self._known[place] = record.digest
        self._links[place] = [link.key for link in revision.links]

    def _create(self, record: ArticleRecord) -> Article:
        made = articles.create(
            self._session,
            key=record.key,
            kind=record.kind,
            source_language=record.language,
            audience=record.audience,
            related=record.related,
            by=self._by,
            now=self._now,
        )
        self._place(made, record)
        return made

    def _change(self, article: Article, record: ArticleRecord) -> None:
        """What holds for all languages follows the source language."""
        articles.change(
            self._session,
            article,
            kind=record.kind,
            audience=record.audience,
            related=record.related,
            by=self._by,
        )
        self._place(article, record)

    def _place(self, article: Article, record: ArticleRecord) -> None:
        topics = [self.topics.place(ref, record.language) for ref in record.topics]
        articles.place(self._session, article, topics, by=self._by)

    def _revise(self, article: Article, record: ArticleRecord) -> tuple[Revision, list[Fault]]:
        publish_at = record.publish_at or record.changed_at or self._now
        body, notes = self._with_pictures(article, record)
        revision = articles.revise(
            self._session,
            article,
            record.language,
            Text(record.title, body, record.summary, record.tags),
            validity=Validity(publish_at, record.expires_at, review_by=record.review_by),
            by=self._by,
            now=self._now,
        )
        revision.translation.imported_hash = record.digest
        if record.state == "published":
            publication.publish(self._session, revision, by=self._by)
        elif record.state == "in_review":
            reviews.submit(self._session, revision, by=self._by, now=self._now, brought_in=True)
        return revision, notes

    def _with_pictures(self, article: Article, record: ArticleRecord) -> tuple[str, list[Fault]]:
        """The body with its pictures attached; one that cannot be attached is noted and stays a name."""
        ids: dict[str, int] = {}
        notes: list[Fault] = []
        for image in record.images:
            try:
                ids[image.name] = attachments.attach(
                    self._session,
                    article,
                    filename=image.name,
                    data=image.data,
                    limit=self._limit,
                    by=self._by,
                    now=self._now,
                ).id
            except KalauzError as error:
                notes.append(Fault(record.place, "images", f"{image.name}: {error}", kept=True))
        return _PICTURE.sub(lambda match: f"attachment:{ids.get(match[1], match[1])}", record.body), notes

    def count_links(self) -> None:
        """How many links of the imported texts lead somewhere; of those left alone, the newest revision's links."""
        self._report.articles = len({key for key, _ in [*self._links, *self._left_alone]})
        there = set(self._session.scalars(select(Article.key))) | {key for key, _ in self._links}
        for key, target in [*self._new_links(), *self._old_links()]:
            if target in there:
                self._report.links_resolved += 1
            else:
                self._report.links_broken.append((key, target))

    def _new_links(self) -> Iterator[tuple[str, str]]:
        for (key, _), targets in self._links.items():
            yield from ((key, target) for target in targets)

    def _old_links(self) -> Iterator[tuple[str, str]]:
        newest = select(func.max(Revision.id)).group_by(Revision.translation_id)
        query = (
            select(Article.key, Translation.language, RevisionLink.key)
            .join(Revision, Revision.id == RevisionLink.revision_id)
            .join(Revision.translation)
            .join(Translation.article)
            .where(Revision.id.in_(newest))
        )
        for key, language, target in self._session.execute(query) if self._left_alone else ():
            if (key, language) in self._left_alone:
                yield key, target
