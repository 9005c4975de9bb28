"""Sources whose index pages are the topics: where every page lies, learned from a first reading without bodies."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from authoring.importing.records import Place, TopicRecord, TopicRef


@dataclass(frozen=True, slots=True)
class Outline:
    """A page without its body.

    Args:
        parents: what it names as its topics, in order; None is the top level.
        is_topic: it defines a topic of its own key and title.
    """

    key: str
    language: str
    title: str
    parents: tuple[TopicRef | None, ...]
    is_topic: bool
    place: Place


class TopicPages:
    """The topics that pages define, and the way up from pages that define none.

    Args:
        outlines: of every page; of two for one key and language the first counts.
        open_ended: references to what no page defines are topics all the same.
    """

    def __init__(self, outlines: Iterable[Outline], *, open_ended: bool = False) -> None:
        self._open_ended = open_ended
        self._parents: dict[str, tuple[TopicRef | None, ...]] = {}
        self._topics: dict[str, dict[str, Outline]] = {}
        for page in outlines:
            self._parents.setdefault(page.key, page.parents)
            if page.is_topic:
                self._topics.setdefault(page.key, {}).setdefault(page.language, page)

    def records(self) -> Iterator[TopicRecord]:
        """All topics in all their languages, each behind its parent; a loop is cut open at the top level."""
        done: set[str] = set()
        for key in self._topics:
            way_up: list[str] = []
            node: str | None = key
            while node is not None and node not in done and node not in way_up:
                way_up.append(node)
                node = self._parent(node)
            top = node if node in done else None
            for parent, child in zip([top, *reversed(way_up)], reversed(way_up), strict=False):
                for page in self._topics[child].values():
                    yield TopicRecord(child, page.language, page.title, parent, page.place)
            done.update(way_up)

    def placed(
        self, refs: Sequence[TopicRef | None], language: str
    ) -> tuple[list[TopicRef | None], list[str]]:
        """References as topics, named in a language, and the keys that lead nowhere.

        A page that is no topic stands for the topics that it lies in itself.
        """
        found: list[TopicRef | None] = []
        unknown: list[str] = []
        for ref in refs:
            if ref is None or (self._open_ended and ref.key not in self._parents):
                found.append(ref)
            elif keys := self._above(ref.key):
                found.extend(self._named(key, language) if key else None for key in keys)
            else:
                unknown.append(ref.key)
        return found, unknown

    def _parent(self, key: str) -> str | None:
        first = next(iter(self._parents[key]), None)
        return next(iter(self._above(first.key)), None) if first else None

    def _above(self, key: str) -> list[str | None]:
        """The topics that a reference means, in the order in which the pages name them; None is the top level."""
        found: dict[str | None, None] = {}
        passed: set[str] = set()
        waiting: deque[str | None] = deque([key])
        while waiting:
            node = waiting.popleft()
            if node is None or node in self._topics:
                found[node] = None
            elif node not in passed:
                passed.add(node)
                waiting.extendleft(ref.key if ref else None for ref in reversed(self._parents.get(node, ())))
        return list(found)

    def _named(self, key: str, language: str) -> TopicRef:
        pages = self._topics[key]
        return TopicRef(key, pages[language if language in pages else next(iter(pages))].title)
