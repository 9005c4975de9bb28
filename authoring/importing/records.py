"""What an import reads, whatever the format: articles, the topics that some pages define, and faults."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

KINDS = ("standard", "wiki", "faq", "guide")
STATES = ("published", "in_review", "draft")

KEY_LIMIT = 128
TITLE_LIMIT = 300
SUMMARY_LIMIT = 1000
BODY_LIMIT = 1_000_000
AUDIENCE_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was read.

    Args:
        file: the path as it was given, or below the folder that was given.
        line: counted from 1; 0 means the file as a whole.
    """

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that could not be read. Reading goes on behind it.

    Args:
        place: file and line.
        field: our name of the field, or "record" or "file" where no single field is to blame.
        reason: one English sentence part that says what is wrong and, where it helps, how to mend it.
        kept: the record was read all the same, without the part that is named.
    """

    place: Place
    field: str
    reason: str
    kept: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.field}: {self.reason}"


@dataclass(frozen=True, slots=True)
class TopicRef:
    """A topic that an article belongs to; the parent is known only where the source writes whole paths."""

    key: str
    name: str
    parent: TopicRef | None = None


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A topic, named in one language, that a page of the source defines; parent None is the top level."""

    key: str
    language: str
    name: str
    parent: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that came with an article; the body refers to it as `attachment:NAME`."""

    name: str
    media_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """One article in one language, ready to be stored.

    Args:
        key: the same in all languages.
        language: BCP 47 tag, for example "hu" or "pt-BR".
        summary: plain text.
        body: Markdown; links to other articles are `kb:KEY`, pictures of its own `attachment:NAME`.
        kind: one of KINDS.
        state: one of STATES.
        publish_at, expires_at, review_by: aware, in UTC.
        changed_at: when the source says that it was last changed; aware, in UTC.
        related: keys of articles to read next, in order, without itself.
        review_now: review_by is only the moment of reading, because the source names no date.
    """

    key: str
    language: str
    title: str
    summary: str
    body: str
    kind: str
    topics: tuple[TopicRef, ...]
    tags: tuple[str, ...]
    audience: str
    state: str
    publish_at: datetime | None
    expires_at: datetime | None
    review_by: datetime | None
    changed_at: datetime | None
    related: tuple[str, ...]
    images: tuple[Image, ...]
    place: Place
    review_now: bool = False

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the content: the same wherever and whenever it is read."""
        content = [
            *(self.key, self.language, self.title, self.summary, self.body),
            *(self.kind, self.audience, self.state),
            *(_written(moment) for moment in (self.publish_at, self.expires_at)),
            "now" if self.review_now else _written(self.review_by),
            [topic.key for topic in self.topics],
            self.tags,
            self.related,
            [(image.name, image.sha256) for image in self.images],
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


Item = ArticleRecord | TopicRecord | Fault


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
