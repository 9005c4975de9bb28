"""What the tests of reading share: a moment, a way to write files and read them back, sorted by what came out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from authoring.importing import maps, readers
from authoring.importing.records import ArticleRecord, Fault, Item, TopicRecord

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PAGE = {"key": "puk-code", "language": "en", "title": "Find your PUK code", "body": "Look on the card."}


@dataclass(frozen=True)
class Read:
    """Everything that came out, by kind."""

    items: Sequence[Item]

    @property
    def articles(self) -> list[ArticleRecord]:
        return [item for item in self.items if isinstance(item, ArticleRecord)]

    @property
    def topics(self) -> list[TopicRecord]:
        return [item for item in self.items if isinstance(item, TopicRecord)]

    @property
    def faults(self) -> list[Fault]:
        return [item for item in self.items if isinstance(item, Fault)]

    @property
    def article(self) -> ArticleRecord:
        """The only article, read without any fault."""
        assert self.faults == []
        (only,) = self.articles
        return only

    @property
    def fault(self) -> Fault:
        """The only fault, with no article beside it."""
        assert self.articles == []
        (only,) = self.faults
        return only


def read(*paths: Path, rules: Mapping[str, Any] | None = None, forced_state: str | None = None) -> Read:
    """Read with a map as it would stand in TOML."""
    return Read(list(readers.read(paths, maps.parse(rules or {}), now=NOW, state=forced_state)))


def read_jsonl(
    folder: Path, *objects: object, rules: Mapping[str, Any] | None = None, forced_state: str | None = None
) -> Read:
    """Write objects as JSON Lines and read them back."""
    path = folder / "articles.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf-8")
    return read(path, rules=rules, forced_state=forced_state)


def read_page(
    folder: Path, *, rules: Mapping[str, Any] | None = None, forced_state: str | None = None, **fields: object
) -> Read:
    """Read one page that is sound but for these fields."""
    return read_jsonl(folder, {**PAGE, **fields}, rules=rules, forced_state=forced_state)


def write(path: Path, text: str | bytes) -> Path:
    """A file with all the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
