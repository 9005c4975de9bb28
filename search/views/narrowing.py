"""Narrowing the answers down: what was chosen, as chips that can be taken off, and what can be chosen, with counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from flask import request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from kb.languages import native_name
from kb.models import KINDS
from kb.structure import PortalSite, TopicNode
from kb.templating import KIND_NAMES
from search.answers import Facet
from search.engine import Filters

FACETS: Mapping[str, LazyString] = {
    "kind": _l("Kind"),
    "topic": _l("Topic"),
    "language": _l("Language"),
    "tag": _l("Tag"),
}
PARAMETERS = {"kind": "kind", "topic": "topic", "language": "in", "tag": "tag"}
"""How a facet is called in an address, where `language` is that of the page."""

MOST = {"kind": 8, "topic": 12, "language": 8, "tag": 6}
LONGEST_TAG = 100


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that answers can be narrowed down to, or are.

    Args:
        arguments: of the address of the page that is narrowed down to it, or no longer.
    """

    facet: str
    words: str
    count: int
    arguments: Mapping[str, str]
    language: str = ""


@dataclass(frozen=True)
class Narrowing:
    """What a reader has chosen on the results page of a portal, from the address.

    Args:
        chosen: facet -> value; only what there is.
    """

    site: PortalSite
    language: str
    chosen: Mapping[str, str]

    def applied(self, filters: Filters) -> Filters:
        """The filters, narrowed down."""
        kind, tag, language = (self.chosen.get(name) for name in ("kind", "tag", "language"))
        return replace(
            filters,
            kinds=frozenset([kind]) if kind else frozenset(),
            tags=frozenset([tag]) if tag else frozenset(),
            topic=self.chosen.get("topic"),
            languages=(language,) if language else filters.languages,
        )

    @property
    def arguments(self) -> dict[str, str]:
        """What was chosen, as it is in the address."""
        return _arguments(self.chosen)

    def chips(self) -> list[Value]:
        """What was chosen, each with the address without it."""
        return [
            Value(facet, self._words(facet, value), 0, self._without(facet), _spoken(facet, value))
            for facet, value in self.chosen.items()
        ]

    def facets(self, counted: Mapping[str, Sequence[Facet]]) -> list[tuple[LazyString, list[Value]]]:
        """What the answers can be narrowed down to: (name, values), what would change nothing left out.

        Args:
            counted: how many of the answers have which value, among what this viewer may see.
        """
        offered = [
            (name, list(islice(self._offered(facet, counted.get(facet, ())), MOST[facet])))
            for facet, name in FACETS.items()
        ]
        return [(name, values) for name, values in offered if values]

    def _offered(self, facet: str, values: Sequence[Facet]) -> Iterator[Value]:
        if facet == "topic":
            next_topics = {node.key for node in self._next_topics()}
            values = [value for value in values if value.value in next_topics]
        elif facet in self.chosen:
            return
        if facet == "language" and len(values) < 2:
            return
        for value, count in ((one.value, one.count) for one in values if one.count):
            arguments = _arguments({**self.chosen, facet: value})
            yield Value(facet, self._words(facet, value), count, arguments, _spoken(facet, value))

    def _next_topics(self) -> Iterable[TopicNode]:
        """The topics one step further down."""
        node = _topic(self.site, self.chosen.get("topic", ""))
        return node.children if node else self.site.roots

    def _without(self, facet: str) -> dict[str, str]:
        return _arguments({name: value for name, value in self.chosen.items() if name != facet})

    def _words(self, facet: str, value: str) -> str:
        if facet == "kind":
            return str(KIND_NAMES.get(value, value))
        if facet == "topic":
            node = _topic(self.site, value)
            return node.name(self.site.preference(self.language)) if node else value
        return native_name(value) if facet == "language" else value


def narrowing(site: PortalSite, language: str) -> Narrowing:
    """What this request asks for; what there is not is not asked for."""
    wanted = {facet: request.args.get(name, "").strip() for facet, name in PARAMETERS.items()}
    known = {
        "kind": wanted["kind"] in KINDS,
        "topic": _topic(site, wanted["topic"]) is not None,
        "language": wanted["language"] in site.languages,
        "tag": 0 < len(wanted["tag"]) <= LONGEST_TAG,
    }
    return Narrowing(site, language, {facet: value for facet, value in wanted.items() if known[facet]})


def _arguments(chosen: Mapping[str, str]) -> dict[str, str]:
    return {PARAMETERS[facet]: value for facet, value in chosen.items()}


def _topic(site: PortalSite, key: str) -> TopicNode | None:
    """The topic with this key among those that the portal shows."""
    nodes = list(site.roots) if key else []
    while nodes:
        node = nodes.pop()
        if node.key == key:
            return node
        nodes += node.children
    return None


def _spoken(facet: str, value: str) -> str:
    """The language that a value's name is in, where it is its own."""
    return value if facet == "language" else ""
