"""Whether there is guided help to be offered, for every page of a portal: remembered until something changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app, g, url_for

from cbr.guided.pages import players
from cbr.guided.playing import Players
from kb import context, page_cache
from kb.context import now, session, viewer
from kb.models import Revision
from kb.structure import PortalSite

MOST_KEPT = 256
"""Portals and audiences; more than these are looked up again."""

_Key = tuple[str, frozenset[str]]


@dataclass(frozen=True)
class _Known:
    """An answer, with the journal's position and the moment up to which it holds."""

    is_any: bool
    head: int
    until: datetime | None


@dataclass
class Offering:
    """What one process remembers of where guided help can be started."""

    _known: dict[_Key, _Known] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_any(self, players: Players, site: PortalSite) -> bool:
        """Whether this viewer can start anything in a portal; asks the database only after a change."""
        key, head, moment = (site.key, viewer().audiences), context.head(), now()
        with self._lock:
            known = self._known.get(key)
        if known is None or known.head != head or (known.until is not None and known.until <= moment):
            offers = players.offers(session(), viewer(), moment, site.preference(context.language()))
            is_any = bool(offers.guides or offers.case_types)
            known = _Known(is_any, head, page_cache.boundary())
            with self._lock:
                if len(self._known) >= MOST_KEPT:
                    self._known.clear()
                self._known[key] = known
        return known.is_any


OFFERING = "guided offering"
"""Its name among the extensions of the application."""


def address() -> str:
    """Where guided help begins in this portal; "" where there is none, and on a page that tells of a failure."""
    site = context.portal()
    if site is None or g.get("failed"):
        return ""
    offering: Offering = current_app.extensions[OFFERING]
    if not offering.is_any(players(), site):
        return ""
    return url_for("guided.index", portal=site.key, language=context.language())


def can_start(revision: Revision) -> bool:
    """Whether the text of a guide is a tree that somebody can be led through."""
    return players().is_tree(session(), revision.id)
