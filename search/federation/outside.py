"""Sources outside as this process knows them: an immutable copy of what administrators keep, followed by journal."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import journal
from kb.languages import named
from kb.models import JournalEntry
from search.federation.protocol import Asking
from search.models import SearchSource

SITEMAP = "sitemap"
KINDS = ("opensearch", "mediawiki", "discourse", "json", SITEMAP)
JOURNAL_KIND = "search_source"


@dataclass(frozen=True)
class Outside:
    """A source outside, as an administrator described it.

    Args:
        version: changes whenever it may answer differently.
        languages, portals: where it is asked; empty for everywhere.
        budget_s: how long a reader waits for it, in seconds.
        ttl_s: how long an answer of it is good, in seconds.
    """

    id: int
    key: str
    names: Mapping[str, str]
    kind: str
    url: str
    settings: Mapping[str, Any]
    languages: frozenset[str]
    portals: frozenset[str]
    audience: str
    budget_s: float
    ttl_s: float
    version: str

    def name(self, languages: Sequence[str]) -> str:
        """Its name for a reader of these languages."""
        return named(self.names, languages, self.key)

    def fits(self, asking: Asking) -> bool:
        """Whether it is asked here, by this viewer, in this language."""
        portal = asking.site.key if asking.site else ""
        return (
            self.audience in asking.viewer.audiences
            and (not self.portals or portal in self.portals)
            and (not self.languages or asking.language in self.languages)
        )


def described(row: SearchSource) -> Outside:
    """A row as the rest of the federation sees it."""
    telling = json.dumps([row.kind, row.url, row.settings], sort_keys=True)
    return Outside(
        id=row.id,
        key=row.key,
        names=row.names,
        kind=row.kind,
        url=row.url,
        settings=row.settings,
        languages=frozenset(row.languages),
        portals=frozenset(row.portals),
        audience=row.audience,
        budget_s=row.budget_ms / 1000,
        ttl_s=row.ttl_s,
        version=hashlib.sha256(telling.encode()).hexdigest()[:16],
    )


class SourceCache:
    """This process's copy of the sources in use, brought up to date by `current`."""

    name = "search sources"

    def __init__(self) -> None:
        self._position = -1
        self._sources: tuple[Outside, ...] | None = None
        self._lock = threading.Lock()

    def position(self) -> int:
        """The last seq that the copy reflects."""
        return self._position

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Load anew when one of the entries concerns a source."""
        if any(entry.kind == JOURNAL_KIND for entry in entries):
            self._sources = _load(session)
        self._position = entries[-1].seq

    def restart(self, session: Session) -> None:
        """Load it anew at once."""
        head = journal.head(session)
        self._sources, self._position = _load(session), head

    def current(self, session: Session, head: int) -> tuple[Outside, ...]:
        """The sources in use, in their order, as of `head`, the newest seq that the caller has seen."""
        with self._lock:
            if self._sources is None:
                self._sources, self._position = _load(session), head
            elif head > self._position:
                journal.follow(session, self)
            return self._sources or ()


def _load(session: Session) -> tuple[Outside, ...]:
    query = (
        select(SearchSource)
        .where(SearchSource.is_active)
        .order_by(SearchSource.position, SearchSource.id)
        .execution_options(populate_existing=True)
    )
    return tuple(described(row) for row in session.scalars(query))
