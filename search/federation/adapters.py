"""How other systems are asked, each by its own search: MediaWiki, Discourse, OpenSearch, anything with JSON.

An adapter makes one question of it and understands the answer with distrust: whatever has another shape than it
should is left out, and an answer that is none at all is a failure of the source.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import feedparser  # type: ignore[import-untyped, unused-ignore]

from kb.errors import N_
from kb.fetching import Fetched, Limits, Unusable, fetch
from search.federation.memory import Memory
from search.federation.outside import Outside
from search.federation.replies import LONGEST_TITLE, Reply, Wanted, language_of, link, plain, tree_of

LARGEST = 2 * 1024 * 1024  # bytes of an answer
REDIRECTS = 3
DESCRIPTION_TTL_S = 3600.0
JSON_TYPES = ("application/json", "text/json", "text/javascript", "application/javascript", "+json")
XML_TYPES = ("application/xml", "text/xml", "+xml")
DESCRIPTION = "{http://a9.com/-/spec/opensearch/1.1/}"
FEEDS = ("application/atom+xml", "application/rss+xml")
_WIKITEXT = re.compile(r"'{2,}|={2,}|\[\[|\]\]|\{\{|\}\}")
"""Signs that a wiki without a search engine of its own leaves in what it shows."""

_PARAMETER = re.compile(r"\{([A-Za-z:]+)(\??)\}")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an adapter may go.

    Args:
        hosts: those that may be asked.
        seconds: for each request.
        descriptions: what is asked for once in a while only: how a source wants to be asked.
    """

    hosts: frozenset[str]
    seconds: float
    descriptions: Memory[Fetched]

    def get(self, url: str, types: Sequence[str]) -> Fetched:
        """What stands at an address; raises like `kb.fetching.fetch`."""
        limits = Limits(self.seconds, LARGEST, REDIRECTS)
        wanted = ", ".join(kind for kind in types if kind[0] != "+")
        return fetch(url, self.hosts, limits, accept=wanted, types=types)

    def json(self, url: str) -> Any:
        """The JSON at an address.

        Raises:
            Unusable: it is none.
        """
        body = self.get(url, JSON_TYPES).body
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Unusable(N_("It answered with JSON that cannot be read.")) from error


Adapter = Callable[[Outside, Wanted, Reach], list[Reply]]


def ask(source: Outside, wanted: Wanted, reach: Reach) -> list[Reply]:
    """What a source replies, at most as much as is wanted.

    Raises:
        as `kb.fetching.fetch`; Unusable for an answer of another shape.
    """
    found = ADAPTERS[source.kind](source, wanted, reach)
    return [reply for reply in found if reply.url][: wanted.limit]


def _mediawiki(source: Outside, wanted: Wanted, reach: Reach) -> list[Reply]:
    """MediaWiki's action API (api.php): one request for the pages and for where they are read."""
    asked = {
        "action": "query",
        "format": "json",
        "formatversion": "2",
        "list": "search",
        "srsearch": wanted.text,
        "srwhat": "text",  # without it, a wiki that has no search engine of its own looks at titles only
        "srlimit": str(wanted.limit),
        "srprop": "snippet",
        "meta": "siteinfo",
        "siprop": "general",
    }
    answer = reach.json(f"{source.url}?{urlencode(asked)}")
    if problem := at(answer, "error.info"):
        raise Unusable(N_("It refuses the question: %(reason)s", reason=plain(problem, 200)))
    site = at(answer, "query.general")
    where = link(source.url, at(site, "server")) or source.url
    path = at(site, "articlepath")
    pattern = path if isinstance(path, str) and "$1" in path else "/index.php?title=$1"
    return [
        Reply(
            title=plain(title, LONGEST_TITLE),
            url=link(where, pattern.replace("$1", quote(title.replace(" ", "_"), safe=":/,;@"))),
            snippet=" ".join(_WIKITEXT.sub("", plain(at(found, "snippet"))).split()),
            language=language_of(at(site, "lang")),
        )
        for found in _every(answer, "query.search")
        if isinstance(title := at(found, "title"), str)
    ]


def _discourse(source: Outside, wanted: Wanted, reach: Reach) -> list[Reply]:
    """Discourse's search (/search.json): the best post of each topic."""
    base = source.url.rstrip("/")
    answer = reach.json(f"{base}/search.json?{urlencode({'q': wanted.text})}")
    topics = {str(at(topic, "id")): topic for topic in _every(answer, "topics", needed=False)}
    best: dict[Any, Reply] = {}
    for post in _every(answer, "posts", needed=False):
        number, topic = at(post, "post_number"), topics.get(str(at(post, "topic_id")))
        topic_id, slug = at(topic, "id"), at(topic, "slug")
        if isinstance(topic_id, int) and topic_id not in best:
            path = f"/t/{quote(slug if isinstance(slug, str) else '-', safe='')}/{topic_id}"
            place = f"/{number}" if isinstance(number, int) and number > 1 else ""
            title = plain(at(topic, "title"), LONGEST_TITLE)
            best[topic_id] = Reply(title, link(base, base + path + place), plain(at(post, "blurb")))
    return list(best.values())


def _mapped(source: Outside, wanted: Wanted, reach: Reach) -> list[Reply]:
    """Any JSON, by paths to the list and to what stands in each of its lines."""
    settings = source.settings
    url = filled(source.url, wanted)
    return [
        Reply(
            title=plain(at(found, settings["title_path"]), LONGEST_TITLE),
            url=link(url, at(found, settings["link_path"])),
            snippet=plain(at(found, settings["snippet_path"])) if settings.get("snippet_path") else "",
            language=language_of(at(found, settings["language_path"]))
            if settings.get("language_path")
            else "",
        )
        for found in _every(reach.json(url), settings.get("items_path", ""))
    ]


def filled(template: str, wanted: Wanted) -> str:
    """An address with the question in it.

    >>> filled("https://x.example/s?q={q}&l={lang}", Wanted("a&b", "hu", 3))
    'https://x.example/s?q=a%26b&l=hu'
    """
    values = {"{q}": wanted.text, "{lang}": wanted.language, "{limit}": str(wanted.limit)}
    return re.sub(r"\{(?:q|lang|limit)\}", lambda found: quote(values[found[0]], safe=""), template)


def _opensearch(source: Outside, wanted: Wanted, reach: Reach) -> list[Reply]:
    """OpenSearch 1.1: its description says where to ask, and the answer is a feed (RSS or Atom)."""
    described = reach.descriptions.get(source.url) or reach.get(source.url, XML_TYPES)
    reach.descriptions.put(source.url, described, DESCRIPTION_TTL_S)
    fetched = reach.get(feed_address(described.body, described.url, wanted), XML_TYPES)
    tree_of(fetched.body)  # well-formed and harmless, before a reader that forgives everything sees it
    feed = feedparser.parse(io.BytesIO(fetched.body))
    if not feed.version:
        raise Unusable(N_("It answered with XML that is no feed."))
    return [
        Reply(
            title=plain(entry.get("title"), LONGEST_TITLE),
            url=link(fetched.url, entry.get("link")),
            snippet=plain(entry.get("summary")),
            language=language_of(feed.feed.get("language")),
        )
        for entry in feed.entries[: wanted.limit]
    ]


def feed_address(description: bytes, base: str, wanted: Wanted) -> str:
    """Where a description sends a question, of its feeds the first that we can ask.

    Raises:
        Unusable: it is no description, or none that has a feed to ask.
    """
    root = tree_of(description)
    if root.tag != f"{DESCRIPTION}OpenSearchDescription":
        raise Unusable(N_("This is no OpenSearch description."))
    for one in root.iterfind(f"{DESCRIPTION}Url"):
        if (one.get("type") or "").partition(";")[0].strip().lower() not in FEEDS:
            continue
        if address := _template(one.get("template") or "", dict(one.attrib), wanted):
            return link(base, address)
    raise Unusable(N_("Its OpenSearch description names no feed (RSS or Atom) that can be asked."))


def _template(template: str, url: Mapping[Any, Any], wanted: Wanted) -> str:
    """The address with its parameters filled in; "" where it needs one that we do not know."""
    values = {
        "searchTerms": wanted.text,
        "count": str(wanted.limit),
        "startIndex": str(url.get("indexOffset") or 1),
        "startPage": str(url.get("pageOffset") or 1),
        "language": wanted.language,
        "inputEncoding": "UTF-8",
        "outputEncoding": "UTF-8",
    }
    needed = {name for name, optional in _PARAMETER.findall(template) if not optional}
    if not needed <= values.keys() or "searchTerms" not in template:
        return ""
    return _PARAMETER.sub(lambda found: quote(values.get(found[1], ""), safe=""), template)


def at(value: Any, path: str) -> Any:
    """The value at a path of names and list positions with dots between; None where there is none.

    >>> at({"data": [{"name": "x"}]}, "data.0.name"), at([1], "data"), at([1], "")
    ('x', None, [1])
    """
    for name in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _every(answer: Any, path: str, *, needed: bool = True) -> Iterator[Any]:
    """The lines of a list in an answer.

    Raises:
        Unusable: there is no such list, although there has to be one.
    """
    found: Iterable[Any] | None = at(answer, path)
    if not isinstance(found, list):
        if needed or not isinstance(answer, dict):
            raise Unusable(N_("Its answer has no list at “%(path)s”.", path=path or "."))
        found = ()
    return iter(found)


ADAPTERS: Mapping[str, Adapter] = {
    "opensearch": _opensearch,
    "mediawiki": _mediawiki,
    "discourse": _discourse,
    "json": _mapped,
}
