"""The topic tree as an import needs it: topics are found by key, made when they are missing, and named."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.importing.records import TopicRecord, TopicRef
from kb.models import Topic


class TopicTree:
    """Topics by key.

    `made` are the keys of topics that were not there before.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[str, Topic] = {}
        self.made: set[str] = set()

    def forget(self) -> None:
        """After a commit or a rollback, rows are looked up anew."""
        self._found.clear()

    def define(self, record: TopicRecord) -> None:
        """Name a topic in one language; one without a place gets its place below its parent, never below itself."""
        parent = self._topic(record.parent, record.parent, record.language) if record.parent else None
        topic = self._topic(record.key, record.name, record.language)
        if topic.names.get(record.language) != record.name:
            topic.names = {**topic.names, record.language: record.name}
        if parent is not None and topic.parent_id is None and not self._is_below(parent, topic):
            topic.parent_id = parent.id
        self._session.flush()

    def place(self, ref: TopicRef, language: str) -> Topic:
        """The topic that a reference means, with all above it; a new one is called as the reference says."""
        parent = self.place(ref.parent, language) if ref.parent else None
        return self._topic(ref.key, ref.name, language, parent)

    def _topic(self, key: str, name: str, language: str, parent: Topic | None = None) -> Topic:
        found = self._found.get(key) or self._session.scalars(select(Topic).where(Topic.key == key)).first()
        if found is None:
            last = self._session.scalar(select(func.max(Topic.position))) or 0
            found = Topic(
                key=key, names={language: name}, parent_id=parent.id if parent else None, position=last + 1
            )
            self._session.add(found)
            self._session.flush()
            self.made.add(key)
        self._found[key] = found
        return found

    def _is_below(self, node: Topic, ancestor: Topic) -> bool:
        while node.id != ancestor.id and node.parent_id is not None:
            node = self._session.get_one(Topic, node.parent_id)
        return node.id == ancestor.id
