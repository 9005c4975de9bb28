"""Sitemaps (sitemaps.org, protocol 0.9) and robots.txt (RFC 9309): which pages of a site may be read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from kb.errors import N_
from kb.fetching import AGENT, Unusable, unpacked
from search.federation.replies import link, tree_of

MOST_SITEMAPS = 20  # that an index of them may name
LARGEST = 10 * 1024 * 1024  # bytes of a sitemap, unpacked
LONGEST_PAUSE_S = 10.0
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Listed:
    """A page that a sitemap names; `changed_at` is None where it does not say."""

    url: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap names: pages, or further sitemaps."""

    pages: tuple[Listed, ...] = ()
    sitemaps: tuple[str, ...] = ()


def sitemap_of(body: bytes, url: str) -> Sitemap:
    """A sitemap as it was fetched from `url`; only pages of the same host are taken, as the protocol has it.

    Raises:
        Unusable: it is no sitemap, or too large unpacked.
    """
    root = tree_of(unpacked(body, LARGEST) if body.startswith(GZIP) else body)
    kind = _local(root.tag)
    if kind not in {"urlset", "sitemapindex"}:
        raise Unusable(N_("This is no sitemap."))
    host = urlsplit(url).netloc.lower()
    found = []
    for entry in root:
        values = {_local(child.tag): (child.text or "").strip() for child in entry}
        address = link(url, values.get("loc"))
        if address and urlsplit(address).netloc.lower() == host:
            found.append(Listed(address.partition("#")[0], _moment(values.get("lastmod", ""))))
    if kind == "sitemapindex":
        return Sitemap(sitemaps=tuple(one.url for one in found[:MOST_SITEMAPS]))
    return Sitemap(pages=tuple({one.url: one for one in found}.values()))


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _moment(text: str) -> datetime | None:
    """A W3C date, or none.

    >>> _moment("2026-03-02"), _moment("soon")
    (datetime.datetime(2026, 3, 2, 0, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Robots:
    """What a site lets us read. A rule for us goes before one for everybody.

    Args:
        text: its robots.txt; "" allows everything.
    """

    def __init__(self, text: str) -> None:
        self._parser = RobotFileParser()
        self._parser.parse(text.splitlines())

    def allows(self, url: str) -> bool:
        """Whether a page may be read."""
        return self._parser.can_fetch(AGENT, url)

    def pause_s(self, least: float) -> float:
        """How long to wait between two pages, in seconds: what the site asks for, within reason.

        Args:
            least: what we wait anyway.
        """
        delay = self._parser.crawl_delay(AGENT)
        return min(max(least, float(delay or 0)), max(least, LONGEST_PAUSE_S))


def robots_address(url: str) -> str:
    """Where the robots.txt of a page's site stands.

    >>> robots_address("https://x.example/a/sitemap.xml")
    'https://x.example/robots.txt'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"
