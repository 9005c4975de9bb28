"""What a source of answers is, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kb.structure import PortalSite
from kb.viewers import Viewer
from search.answers import Item
from search.engine import Filters, Hit
from search.understanding import Understanding

MOST = 3
"""Answers that one source gives to one question, unless more are wanted."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question on its way to the sources.

    Args:
        question: as typed.
        languages: the reader's first, then those of the portal in which answers may be.
        viewer: whoever asks, inside the portal when there is one.
        site: the portal.
        filters: what the viewer may see in the index.
        address: where an article is read.
        has_guides: whether there is a guide among all articles that have the words, as far as that is known.
        understood: what the question says in the terms of case types.
        limit: answers that one source gives at most.
    """

    question: str
    languages: tuple[str, ...]
    viewer: Viewer
    site: PortalSite | None
    now: datetime
    filters: Filters
    address: Callable[[Hit], str]
    has_guides: bool = True
    understood: Sequence[Understanding] = ()
    limit: int = MOST

    @property
    def language(self) -> str:
        """The reader's."""
        return self.languages[0] if self.languages else "en"


class Source(Protocol):
    """Whoever answers questions: a part of this base, or a system elsewhere."""

    @property
    def key(self) -> str:
        """Names it in items, filters and settings."""

    @property
    def weight(self) -> float:
        """What a place in its list is worth, where the articles' is worth 1."""

    def name(self, languages: Sequence[str]) -> str:
        """Its name for a reader of these languages, best first; empty for what is of this base."""

    def ask(self, asking: Asking, budget_s: float) -> Sequence[Item]:
        """Its answers, best first, as far as this viewer may see them.

        Args:
            budget_s: how long it may take, in seconds.

        Raises:
            Exception: it cannot answer, for whatever reason; whoever asks goes on without it.
        """
