"""The page cache: what an anonymous viewer was shown is right as long as the journal's head is the same and no
validity boundary has passed. Nothing else can change a page, so that nothing expired is ever served from here."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

LIMIT_BYTES = 16 * 1024 * 1024
ENTRY_BYTES = 1024  # what an entry takes beside its key and body, roughly
GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Page:
    """A finished answer, compressed.

    Args:
        body: gzip bytes.
        media_type: with charset.
        until: when it must be made anew for reasons of its own (values from outside); None for no such moment.
    """

    body: bytes
    media_type: str
    etag: str
    until: datetime | None = None

    def unpacked(self) -> bytes:
        """The body as it was, for clients that do not accept gzip."""
        return gzip.decompress(self.body)


def pack(data: bytes, media_type: str, until: datetime | None = None) -> Page:
    """Compress an answer."""
    body = gzip.compress(data, GZIP_LEVEL, mtime=0)
    return Page(body, media_type, hashlib.sha256(data).hexdigest()[:24], until)


class PageCache:
    """Least recently used pages of one process, within a limit of bytes."""

    def __init__(self, limit: int = LIMIT_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._head = -1
        self._since = datetime.min.replace(tzinfo=UTC)
        self._boundary: datetime | None = None
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, head: int, now: datetime) -> Page | None:
        """The page, if it would be made the same again now."""
        with self._lock:
            if not self._current(head, now):
                return None
            page = self._pages.get(key)
            if page is None or (page.until is not None and page.until <= now):
                return None
            self._pages.move_to_end(key)
            return page

    def put(
        self, key: str, page: Page, head: int, now: datetime, next_boundary: Callable[[], datetime | None]
    ) -> None:
        """Keep a page that was made at `now` from the knowledge at `head`.

        It is not kept where something newer is, or where it is larger than the whole cache.

        Args:
            next_boundary: when something next appears or disappears by itself; asked once a head.
        """
        if _weight(key, page) > self._limit:
            return
        boundary = None if self._current(head, now) else next_boundary()
        with self._lock:
            if (head, now) < (self._head, self._since):
                return
            if not self._current(head, now):
                self._pages.clear()
                self._size, self._head, self._since, self._boundary = 0, head, now, boundary
            self._drop(key)
            self._pages[key] = page
            self._size += _weight(key, page)
            while self._size > self._limit:
                self._drop(next(iter(self._pages)))

    def _current(self, head: int, now: datetime) -> bool:
        return head == self._head and self._since <= now and (self._boundary is None or now < self._boundary)

    def _drop(self, key: str) -> None:
        if page := self._pages.pop(key, None):
            self._size -= _weight(key, page)


def _weight(key: str, page: Page) -> int:
    return len(key) + len(page.body) + ENTRY_BYTES
