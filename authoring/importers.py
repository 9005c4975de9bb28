"""The database side of an import: records become articles, topics, revisions and attachments.

Every record is one savepoint: it comes in whole or not at all. Batches are committed, so that an import that was
stopped goes on where it was: what came in is recognised by its content and left alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.records import ArticleRecord, Fault, Item, TopicRecord, TopicRef
from kb import articles, attachments
from kb.articles import Text
from kb.db import Database
from kb.errors import KalauzError
from kb.models import Article, Revision, RevisionLink, State, Topic, Translation
from kb.validity import Validity
from kb.viewers import Viewer

BATCH = 50
_PICTURE = re.compile(r"attachment:([^\s)\"'>]+)")


@dataclass
class Report:
    """What an import did, or would do.

    Args:
        links_broken: (article key, key it links to) where there is no such article.
    """

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
        progress: called after every item.
    """
    started, report = time.perf_counter(), Report()
    with database.session(write=True) as session:
        session.info.update(actor_id=by.person_id or None, actor=by.name)
        run = _Run(session, by, now, limit, report)
        for number, item in enumerate(items, 1):
            run.take(item)
            progress()
            if number % BATCH == 0 and not dry_run:
                session.commit()
                session.expunge_all()
                run.forget()
        run.count_links()
        session.rollback() if dry_run else session.commit()
    report.seconds = time.perf_counter() - started
    return report


class _Run:
    """One import: what it has seen so far."""

    def __init__(self, session: Session, by: Viewer, now: datetime, limit: int, report: Report) -> None:
        self._session, self._by, self._now, self._limit = session, by, now, limit
        self._report = report
        self._keys: set[str] = set()
        self._topics: dict[str, Topic] = {}
        self._known = self._hashes()

    def _hashes(self) -> dict[tuple[str, str], str | None]:
        query = select(Article.key, Translation.language, Translation.imported_hash).join(Translation.article)
        return {(key, language): digest for key, language, digest in self._session.execute(query)}

    def take(self, item: Item) -> None:
        """One item, in a savepoint of its own."""
        if isinstance(item, Fault):
            self._report.faults.append(item)
            return
        try:
            with self._session.begin_nested():
                self._topic(item) if isinstance(item, TopicRecord) else self._article(item)
        except KalauzError as error:
            self._topics.clear()
            self._report.faults.append(Fault(item.place, "record", str(error)))

    def forget(self) -> None:
        """After a commit, rows are looked up anew."""
        self._topics.clear()

    def _topic(self, record: TopicRecord) -> None:
        parent = self._topic_by_key(record.parent, record.parent) if record.parent else None
        topic = self._topic_by_key(record.key, record.name)
        if topic.names.get(record.language) != record.name:
            topic.names = {**topic.names, record.language: record.name}
        if parent is not None and topic.parent_id is None and not self._is_below(parent, topic):
            topic.parent_id = parent.id
        self._session.flush()

    def _is_below(self, node: Topic, ancestor: Topic) -> bool:
        while node.id != ancestor.id and node.parent_id is not None:
            node = self._session.get_one(Topic, node.parent_id)
        return node.id == ancestor.id

    def _topic_by_key(self, key: str, name: str, parent: Topic | None = None) -> Topic:
        found = self._topics.get(key) or self._session.scalars(select(Topic).where(Topic.key == key)).first()
        if found is None:
            last = self._session.scalar(select(func.max(Topic.position))) or 0
            found = Topic(key=key, names={"": name}, parent_id=parent.id if parent else None, position=last + 1)
            self._session.add(found)
            self._session.flush()
            self._report.topics += 1
        self._topics[key] = found
        return found

    def _placed(self, ref: TopicRef) -> Topic:
        parent = self._placed(ref.parent) if ref.parent else None
        return self._topic_by_key(ref.key, ref.name, parent)

    def _article(self, record: ArticleRecord) -> None:
        self._keys.add(record.key)
        place = (record.key, record.language)
        if self._known.get(place) == record.digest:
            self._report.unchanged += 1
            return
        article = self._session.scalars(select(Article).where(Article.key == record.key)).first()
        if article is None:
            article = self._create(record)
        elif record.language == article.source_language:
            articles.change(
                self._session,
                article,
                kind=record.kind,
                audience=record.audience,
                related=record.related,
                by=self._by,
            )
            articles.place(self._session, article, [self._placed(ref) for ref in record.topics], by=self._by)
        revision = self._revise(article, record)
        revision.translation.imported_hash = record.digest
        self._session.flush()
        if place in self._known:
            self._report.updated += 1
        else:
            self._report.created += 1
        self._known[place] = record.digest

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
        articles.place(self._session, made, [self._placed(ref) for ref in record.topics], by=self._by)
        return made

    def _revise(self, article: Article, record: ArticleRecord) -> Revision:
        publish_at = record.publish_at or record.changed_at or self._now
        revision = articles.revise(
            self._session,
            article,
            record.language,
            Text(record.title, self._with_pictures(article, record), record.summary, record.tags),
            validity=Validity(publish_at, record.expires_at, review_by=record.review_by),
            by=self._by,
            now=self._now,
            state=State.IN_REVIEW if record.state == "in_review" else State.DRAFT,
        )
        if record.state == "published":
            articles.publish(self._session, revision, by=self._by)
        return revision

    def _with_pictures(self, article: Article, record: ArticleRecord) -> str:
        ids = {
            image.name: attachments.attach(
                self._session,
                article,
                filename=image.name,
                data=image.data,
                limit=self._limit,
                by=self._by,
                now=self._now,
            ).id
            for image in record.images
        }
        return _PICTURE.sub(lambda match: f"attachment:{ids.get(match[1], match[1])}", record.body)

    def count_links(self) -> None:
        """How many links of the imported articles' newest revisions lead somewhere."""
        newest = select(func.max(Revision.id)).group_by(Revision.translation_id)
        query = (
            select(Article.key, RevisionLink.key)
            .join(Revision, Revision.id == RevisionLink.revision_id)
            .join(Revision.translation)
            .join(Translation.article)
            .where(Revision.id.in_(newest))
        )
        there = set(self._session.scalars(select(Article.key)))
        for key, target in self._session.execute(query):
            if key in self._keys and target in there:
                self._report.links_resolved += 1
            elif key in self._keys:
                self._report.links_broken.append((key, target))


