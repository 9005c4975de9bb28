"""Reading the pages of sitemaps: politely, a few at a time, and never inside a transaction.

A job reads for some seconds and leaves; the next one goes on. What was read is kept at once, the index hears of it
when the round is complete (`SearchSource.crawled_at`). A crash at any point means that a few pages are read again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kb.db import Database
from kb.errors import Invalid
from kb.fetching import FAILURES, Fetched, Limits, Unusable, check_url, fetch, reason
from kb.jobs import Job
from search.federation.adapters import REDIRECTS, XML_TYPES
from search.federation.extraction import PageText, page_text
from search.federation.health import stored
from search.federation.outside import SITEMAP, Outside, described
from search.federation.sitemaps import LARGEST, Listed, Robots, robots_address, sitemap_of
from search.models import CrawledPage, SearchSource

log = structlog.get_logger(__name__)

ACTOR = "search pages"
EVERY = timedelta(minutes=1)
SLICE_S = 10.0  # of the thread that does all jobs of a process
PAGE_S = 5.0
LARGEST_PAGE = 2 * 1024 * 1024
BATCH = 20  # pages that are kept together
MOST_FAILURES = 5  # in a row, before a site is left in peace
RETRY_AFTER = timedelta(hours=1)
LONGEST_ETAG = 200
BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS})
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
PAGE_TYPES = ("text/html", "application/xhtml+xml")
SITEMAP_TYPES = (*XML_TYPES, "application/gzip", "application/x-gzip", "text/plain")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Known:
    """A page as it was last read."""

    etag: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a page: its text, None where it is as it was; `is_gone` where there is none any more."""

    url: str
    text: PageText | None = None
    etag: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """What may be read of a site."""

    pages: tuple[Listed, ...]
    robots: Robots


@dataclass(frozen=True)
class Crawler:
    """Reads what is due.

    Args:
        hosts: those that may be asked.
        slice_s: how long one run may take, in seconds.
        wait: waits so many seconds between two pages.
        clock: tells the seconds, from anywhere, never backwards.
    """

    database: Database
    hosts: frozenset[str]
    slice_s: float = SLICE_S
    wait: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def job(self) -> Job:
        """The recurring job."""
        return Job(ACTOR, EVERY, self.run)

    def run(self, now: datetime) -> None:
        """Go on with every source whose time has come, as far as the time goes."""
        until = self.clock() + self.slice_s
        with self.database.session() as session:
            due = [described(row) for row in session.scalars(_sitemaps()) if _is_due(row, now)]
        for source in due:
            if self.clock() < until:
                self._go_on(source, now, until)

    def look(self, source: Outside) -> tuple[Site, PageText | None]:
        """What a source has to read, and its first page: to see whether it is described rightly.

        Raises:
            as `kb.fetching.fetch`.
        """
        site = self._site(source)
        return site, self._fetched(site.pages[0].url, None).text if site.pages else None

    def _go_on(self, source: Outside, now: datetime, until: float) -> None:
        try:
            is_done = self._round(source, now, until)
        except FAILURES as failure:
            log.warning("site not read", source=source.key, error=str(failure))
            self._end(source, now, reason(failure))
        else:
            if is_done:
                self._end(source, now, "")

    def _round(self, source: Outside, now: datetime, until: float) -> bool:
        """Read what was not read in this round yet; whether that was all.

        Raises:
            as `kb.fetching.fetch`: the site cannot be read.
        """
        site = self._site(source)
        with self.database.session() as session:
            known = _known(session, source.id)
        listed = {page.url for page in site.pages}
        self._keep(source, [Read(url, is_gone=True) for url in known.keys() - listed], now)
        pause = site.robots.pause_s(source.settings["pause_s"])
        since = now - timedelta(hours=source.settings["hours"])
        left = [page for page in site.pages if _is_unread(page, known, since)]
        batch: list[Read] = []
        failed = 0
        try:
            for place, page in enumerate(left):
                if place and self.clock() + pause >= until:
                    return False
                if place:
                    self.wait(pause)
                try:
                    batch.append(self._read(page, known.get(page.url)))
                    failed = 0
                except FAILURES as failure:
                    log.info("page not read", source=source.key, url=page.url, error=str(failure))
                    batch.append(Read(page.url))  # as it was; it has its turn in the next round
                    failed += _is_serious(failure)
                    if failed >= MOST_FAILURES:
                        raise
                if len(batch) >= BATCH:
                    self._keep(source, batch, now)
                    batch = []
            return True
        finally:
            self._keep(source, batch, now)

    def _site(self, source: Outside) -> Site:
        robots = self._robots(source.url)
        found: dict[str, Listed] = {}
        for page in self._listed(source.url):
            if len(found) < source.settings["pages"] and self._may_read(page.url, robots):
                found.setdefault(page.url, page)
        return Site(tuple(found.values()), robots)

    def _robots(self, url: str) -> Robots:
        """No robots.txt allows everything; one that cannot be had for another reason, nothing (RFC 9309)."""
        try:
            body = self._get(robots_address(url), ("text/plain",), LARGEST_PAGE).body
        except Unusable as error:
            if not HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return Robots("")
        return Robots(body.decode("utf-8", "replace"))

    def _listed(self, url: str) -> Iterator[Listed]:
        top = sitemap_of(self._get(url, SITEMAP_TYPES, LARGEST).body, url)
        yield from top.pages
        for address in top.sitemaps:
            yield from sitemap_of(self._get(address, SITEMAP_TYPES, LARGEST).body, address).pages

    def _may_read(self, url: str, robots: Robots) -> bool:
        try:
            check_url(url, self.hosts)
        except Invalid:
            return False
        return robots.allows(url)

    def _read(self, page: Listed, known: Known | None) -> Read:
        if known and page.changed_at and page.changed_at <= known.read_at:
            return Read(page.url)
        return self._fetched(page.url, known)

    def _fetched(self, url: str, known: Known | None) -> Read:
        asked = {}
        if known and known.etag:
            asked["If-None-Match"] = known.etag
        elif known and known.read_at > NEVER:
            asked["If-Modified-Since"] = format_datetime(known.read_at, usegmt=True)
        try:
            got = self._get(url, PAGE_TYPES, LARGEST_PAGE, asked)
        except Unusable as error:
            if error.status not in GONE:
                raise
            return Read(url, is_gone=True)
        if got.status == HTTPStatus.NOT_MODIFIED:
            return Read(url)
        etag = got.etag if len(got.etag) <= LONGEST_ETAG else ""
        return Read(url, page_text(got.body, got.charset), etag)

    def _get(
        self, url: str, types: Sequence[str], largest: int, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        limits = Limits(PAGE_S, largest, REDIRECTS)
        return fetch(url, self.hosts, limits, types=types, headers=headers)

    def _keep(self, source: Outside, batch: Sequence[Read], now: datetime) -> None:
        if not batch:
            return
        with self.database.transaction(actor=ACTOR) as session:
            row = session.get(SearchSource, source.id)
            if row is not None:  # it may have been deleted meanwhile
                _kept(session, row, batch, now)

    def _end(self, source: Outside, now: datetime, error: str) -> None:
        """The round is over; the index is told where anything has changed since it last was."""
        with self.database.transaction(actor=ACTOR) as session:
            row = session.get(SearchSource, source.id)
            if row is None:
                return
            row.tried_at, row.error = now, stored(error)
            if _changed_since(session, row):
                row.crawled_at = now


def _sitemaps() -> Select[SearchSource]:
    used = SearchSource.kind == SITEMAP, SearchSource.is_active
    return select(SearchSource).where(*used).order_by(SearchSource.tried_at, SearchSource.id)


def _is_due(row: SearchSource, now: datetime) -> bool:
    """A round that failed is tried again sooner."""
    pause = RETRY_AFTER if row.error else timedelta(hours=row.settings["hours"])
    return row.tried_at is None or row.tried_at + pause <= now


def _is_unread(page: Listed, known: Mapping[str, Known], since: datetime) -> bool:
    return page.url not in known or known[page.url].read_at <= since


def _is_serious(failure: Exception) -> bool:
    """Whether the site is in trouble, and not only this page of another kind than we read."""
    if not isinstance(failure, Unusable):
        return True
    return failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR or failure.status in BUSY


def _known(session: Session, source_id: int) -> dict[str, Known]:
    query = select(CrawledPage.url, CrawledPage.etag, CrawledPage.read_at).where(
        CrawledPage.source_id == source_id
    )
    return {url: Known(etag, read_at) for url, etag, read_at in session.execute(query)}


def _kept(session: Session, source: SearchSource, batch: Sequence[Read], now: datetime) -> None:
    """Pages that are gone leave the index at once."""
    hashes = {_hash(read.url): read for read in batch}
    chosen = CrawledPage.source_id == source.id, CrawledPage.url_hash.in_(hashes)
    rows = {row.url_hash: row for row in session.scalars(select(CrawledPage).where(*chosen))}
    for name, read in hashes.items():
        row = rows.get(name)
        if not read.is_gone:
            _written(session, row or _unread(source, read.url), read, source.languages, now)
        elif row is not None:
            session.delete(row)
            source.crawled_at = now


def _unread(source: SearchSource, url: str) -> CrawledPage:
    return CrawledPage(
        source_id=source.id, url=url, url_hash=_hash(url), title="", text="", language="", changed_at=NEVER
    )


def _written(session: Session, row: CrawledPage, read: Read, languages: Sequence[str], now: datetime) -> None:
    row.read_at = now
    if read.text is not None:
        said = read.text.title, read.text.text, read.text.language or next(iter(languages), "en")
        if said != (row.title, row.text, row.language):
            row.title, row.text, row.language = said
            row.changed_at = now
        row.etag = read.etag
    session.add(row)


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _changed_since(session: Session, row: SearchSource) -> bool:
    """Whether a page changed after the index was told; in the same second counts, for nobody knows which was first."""
    newest = select(func.max(CrawledPage.changed_at)).where(CrawledPage.source_id == row.id)
    changed_at = session.scalar(newest)
    return changed_at is not None and changed_at > NEVER and changed_at >= (row.crawled_at or NEVER)
