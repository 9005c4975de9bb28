"""What a browser has to fetch for a page: the page, its stylesheets and scripts, icons, pictures and fonts."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urljoin

from bench.programs import Failed, Server

FETCHED = frozenset({"stylesheet", "icon", "preload", "modulepreload", "manifest"})
_IN_STYLESHEET = re.compile(r"""url\(\s*["']?(?!data:)([^"')]+)""")


@dataclass(frozen=True, slots=True)
class Weight:
    """What was fetched: address -> bytes of the body as they were sent."""

    sizes: dict[str, int]

    @property
    def kilobytes(self) -> float:
        """All of it together, in units of 1,024 bytes."""
        return sum(self.sizes.values()) / 1024

    @property
    def requests(self) -> int:
        """How often the browser has to ask."""
        return len(self.sizes)


def weigh(server: Server, path: str) -> Weight:
    """Fetch a page and everything that it needs, as a browser with an empty cache does.

    Raises:
        Failed: something that the page needs is not there.
    """
    sizes: dict[str, int] = {}
    wanted = [path]
    while wanted:
        address = wanted.pop()
        if address in sizes:
            continue
        body, sizes[address], media_type = _fetch(server, address)
        if media_type.startswith("text/html"):
            wanted += _needed(body.decode())
        elif media_type.startswith("text/css"):
            wanted += [urljoin(address, found) for found in _IN_STYLESHEET.findall(body.decode())]
    return Weight(sizes)


def _fetch(server: Server, path: str) -> tuple[bytes, int, str]:
    connection = HTTPConnection("127.0.0.1", server.port)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        sent = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise Failed(f"{path} answers {answer.status}")
    packed = answer.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(sent) if packed else sent, len(sent), answer.headers.get("Content-Type", "")


def _needed(html: str) -> list[str]:
    page = _Page()
    page.feed(html)
    return page.needed


@dataclass
class _Page(HTMLParser):
    needed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and FETCHED & set((values.get("rel") or "").split()):
            self.needed.append(values.get("href") or "")
        elif tag in {"script", "img"} and values.get("src"):
            self.needed.append(values["src"] or "")
