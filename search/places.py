"""Where articles are placed, and which topics hold something for whom: asked by every page of results.

What the database says is remembered until the journal moves; what depends on the moment too, until the next validity
boundary. Nothing else can change it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy.orm import Session

from kb import queries
from kb.structure import TopicNode
from kb.viewers import Viewer
from search.queries import placements

MOST_ARTICLES = 20_000
MOST_KINDS_OF_VIEWERS = 500

Seen = tuple[frozenset[str], frozenset[str] | None, frozenset[int] | None, bool]
"""What of a viewer decides which articles are visible."""


@dataclass
class _Moments:
    """What holds from one moment until before another: kind of viewer -> topic id -> whether there is something."""

    since: datetime
    until: datetime | None
    holding: dict[Seen, dict[int, bool]] = field(default_factory=dict)

    def has(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


@dataclass
class _AsOf:
    """What is known as of one position of the journal."""

    head: int
    placed: dict[int, tuple[int, ...]] = field(default_factory=dict)
    moments: _Moments | None = None


class Places:
    """This process's memory. Shared by its threads; whoever has seen less than another asks the database."""

    def __init__(self) -> None:
        self._kept = _AsOf(-1)

    def of(self, session: Session, head: int, article_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
        """Article id -> ids of the topics it is placed in, its breadcrumb's first.

        Args:
            head: the newest seq of the journal that the caller has seen.
            article_ids: of articles that the viewer sees.
        """
        kept = self._as_of(head).placed
        known = {one: placed for one in set(article_ids) if (placed := kept.get(one)) is not None}
        if missing := set(article_ids) - known.keys():
            found = placements(session, missing)
            fresh = {one: tuple(found.get(one, ())) for one in missing}
            if len(kept) + len(fresh) > MOST_ARTICLES:
                kept.clear()
            kept.update(fresh)
            known.update(fresh)
        return known

    def holding(
        self, session: Session, viewer: Viewer, now: datetime, head: int, topics: Sequence[TopicNode]
    ) -> set[int]:
        """The ids of those topics in or below which there is something for this viewer.

        Args:
            viewer: inside the portal when there is one.
            head: the newest seq of the journal that the caller has seen.
        """
        if not topics:
            return set()
        known = self._known_by(session, viewer, now, head)
        below = frozenset[int]().union(*(topic.below for topic in topics))
        if missing := below - known.keys():
            found = queries.filled(session, viewer, now, [(one, (one,)) for one in missing])
            known.update((one, one in found) for one in missing)
        return {topic.id for topic in topics if any(known[one] for one in topic.below)}

    def _as_of(self, head: int) -> _AsOf:
        """What is kept, or something to be thrown away for whoever has seen less."""
        kept = self._kept
        if kept.head == head:
            return kept
        made = _AsOf(head)
        if head > kept.head:
            self._kept = made
        return made

    def _known_by(self, session: Session, viewer: Viewer, now: datetime, head: int) -> dict[int, bool]:
        as_of = self._as_of(head)
        moments = as_of.moments
        if moments is None or not moments.has(now):
            made = _Moments(now, queries.next_boundary(session, now))
            if moments is None or now > moments.since:
                as_of.moments = made
            moments = made
        if len(moments.holding) >= MOST_KINDS_OF_VIEWERS:
            moments.holding.clear()
        kind = viewer.audiences, viewer.portal_languages, viewer.topic_ids, viewer.hides_stale
        return moments.holding.setdefault(kind, {})


def places() -> Places:
    """This process's memory of places."""
    return cast(Places, current_app.extensions["places"])
