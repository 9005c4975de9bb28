"""The structure of the sites: portals, topics, folders, snippets, audiences, kept in memory and followed by journal.

It is small, read by every page and changed rarely: each process holds one immutable copy and loads it anew when the
journal says that a part of it changed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb import journal
from kb.languages import named, preference
from kb.models import Audience, Folder, JournalEntry, Portal, Snippet, Topic
from kb.viewers import PUBLIC, Viewer

KINDS = frozenset({"portal", "topic", "folder", "snippet", "audience", "group"})


@dataclass(frozen=True)
class TopicNode:
    """A topic in the tree."""

    id: int
    key: str
    parent: TopicNode | None
    names: Mapping[str, str]
    children: list[TopicNode] = field(default_factory=list)

    @cached_property
    def path(self) -> tuple[TopicNode, ...]:
        """From the top down to this topic."""
        return (*(self.parent.path if self.parent else ()), self)

    @cached_property
    def below(self) -> frozenset[int]:
        """The ids of this topic and everything under it."""
        return frozenset([self.id]).union(*(child.below for child in self.children))

    def name(self, languages: Iterable[str]) -> str:
        """Its name in the best of these languages."""
        return named(self.names, languages, self.key)


@dataclass(frozen=True)
class PortalSite:
    """A portal as pages see it."""

    key: str
    names: Mapping[str, str]
    taglines: Mapping[str, str]
    languages: tuple[str, ...]
    default_language: str
    audiences: frozenset[str]
    entry_audience: str
    topic_keys: frozenset[str]
    topic_ids: frozenset[int] | None
    roots: tuple[TopicNode, ...]
    features: frozenset[str]
    tokens: Mapping[str, str]
    logo: str
    hides_stale: bool

    @property
    def is_open(self) -> bool:
        """Whether one can read it without a login."""
        return self.entry_audience == PUBLIC

    def name(self, language: str) -> str:
        """Its name for a reader of `language`."""
        return named(self.names, self.preference(language), self.key)

    def tagline(self, language: str) -> str:
        """The sentence under its name."""
        return named(self.taglines, self.preference(language))

    def preference(self, language: str) -> tuple[str, ...]:
        """Its languages in the order in which a reader of `language` is offered them."""
        return preference(language, self.default_language, self.languages)

    def seen_by(self, viewer: Viewer) -> Viewer:
        """The viewer inside this portal."""
        return viewer.within(
            audiences=self.audiences,
            languages=self.languages,
            topic_ids=self.topic_ids,
            hides_stale=self.hides_stale,
        )


@dataclass(frozen=True)
class FolderLink:
    """A dynamic folder as pages see it."""

    key: str
    names: Mapping[str, str]
    query: str
    audience: str


@dataclass(frozen=True)
class Structure:
    """An immutable copy of all of it, as of one journal position."""

    portals: Mapping[str, PortalSite]
    topics: Mapping[str, TopicNode]
    topics_by_id: Mapping[int, TopicNode]
    roots: tuple[TopicNode, ...]
    folders: tuple[FolderLink, ...]
    snippets: Mapping[str, Mapping[str, str]]
    audiences: Mapping[str, Mapping[str, str]]
    audiences_of_groups: Mapping[int, frozenset[str]]
    version: int

    def snippets_in(self, languages: Sequence[str]) -> dict[str, str]:
        """Snippet key -> body in the best of these languages."""
        return {key: named(bodies, languages) for key, bodies in self.snippets.items()}

    def below(self, keys: Sequence[str]) -> frozenset[int] | None:
        """The ids of these topics and everything under them; None for no keys at all, which is no limit."""
        if not keys:
            return None
        return frozenset[int]().union(*(self.topics[key].below for key in keys if key in self.topics))


class StructureCache:
    """This process's copy, brought up to date by `current`."""

    name = "structure"

    def __init__(self) -> None:
        self._position = -1
        self._structure: Structure | None = None
        self._lock = threading.Lock()

    def position(self) -> int:
        """The last seq that the copy reflects."""
        return self._position

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Load anew when one of the entries concerns the structure."""
        if any(entry.kind in KINDS for entry in entries):
            self._structure = load(session, entries[-1].seq)
        self._position = entries[-1].seq

    def restart(self, session: Session) -> None:
        """Load it anew at once."""
        head = journal.head(session)
        self._structure, self._position = load(session, head), head

    def current(self, session: Session, head: int) -> Structure:
        """The structure as of `head`, the newest seq that the caller has seen.

        One thread at a time, and only forward: a caller who sees less than another has loaded gets the newer copy.
        """
        with self._lock:
            if self._structure is None:
                self._structure = load(session, head)
                self._position = head
            elif head > self._position:
                journal.follow(session, self)
            return self._structure


def load(session: Session, version: int) -> Structure:
    """Read the whole structure."""
    topics = _topics(session)
    by_key = {topic.key: topic for topic in topics}
    portals = session.scalars(select(Portal).order_by(Portal.position, Portal.id)).all()
    audiences = session.scalars(select(Audience).options(selectinload(Audience.groups))).all()
    of_groups: dict[int, frozenset[str]] = {}
    for audience in audiences:
        for group in audience.groups:
            of_groups[group.id] = of_groups.get(group.id, frozenset()) | {audience.key}
    return Structure(
        portals={portal.key: _site(portal, topics, by_key) for portal in portals},
        topics=by_key,
        topics_by_id={topic.id: topic for topic in topics},
        roots=tuple(topic for topic in topics if topic.parent is None),
        folders=tuple(
            FolderLink(folder.key, folder.names, folder.query, folder.audience)
            for folder in session.scalars(select(Folder).order_by(Folder.position, Folder.id))
        ),
        snippets={snippet.key: dict(snippet.bodies) for snippet in session.scalars(select(Snippet))},
        audiences={audience.key: dict(audience.names) for audience in audiences},
        audiences_of_groups=of_groups,
        version=version,
    )


def _topics(session: Session) -> list[TopicNode]:
    """All topics in reading order; one in a loop (no path from the top) is left out."""
    rows = session.scalars(select(Topic).order_by(Topic.position, Topic.id)).all()
    below: dict[int | None, list[Topic]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    nodes: list[TopicNode] = []

    def grow(parent: TopicNode | None) -> None:
        for row in below.get(parent.id if parent else None, []):
            node = TopicNode(row.id, row.key, parent, row.names)
            nodes.append(node)
            if parent:
                parent.children.append(node)
            grow(node)

    grow(None)
    return nodes


def _site(portal: Portal, topics: Sequence[TopicNode], by_key: Mapping[str, TopicNode]) -> PortalSite:
    chosen = [by_key[key] for key in portal.topics if key in by_key]
    return PortalSite(
        key=portal.key,
        names=portal.names,
        taglines=portal.taglines,
        languages=tuple(portal.languages),
        default_language=portal.default_language,
        audiences=frozenset(portal.audiences),
        entry_audience=portal.entry_audience,
        topic_keys=frozenset(portal.topics),
        topic_ids=frozenset[int]().union(*(topic.below for topic in chosen)) if portal.topics else None,
        roots=tuple(chosen) if portal.topics else tuple(topic for topic in topics if topic.parent is None),
        features=frozenset(portal.features),
        tokens=portal.tokens,
        logo=portal.logo,
        hides_stale=portal.hides_stale,
    )
