"""Asking this node's index on behalf of a viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from kb import context, journal
from kb.context import now, session
from kb.errors import N_, AsksTooMuch
from kb.structure import PortalSite
from kb.viewers import Viewer
from search.advice import Advice
from search.engine import Engine, Filters, Results, Suggestion
from search.followers import IndexFollower
from search.learning.click_signals import Signals
from search.query import MOST_WILDCARDS, asks_too_much
from search.synonyms import SynonymCache

LONGEST_QUESTION = 2000
PAGE_SIZE = 10


def check(question: str) -> None:
    """Refuse a question that asks for too much.

    Raises:
        AsksTooMuch: it is longer than 2,000 characters, or has more than 20 asterisks.
    """
    if len(question) > LONGEST_QUESTION:
        raise AsksTooMuch({"q": N_("Use at most %(most)s characters.", most=LONGEST_QUESTION)})
    if asks_too_much(question):
        raise AsksTooMuch({"q": N_("Use at most %(most)s words with an asterisk.", most=MOST_WILDCARDS)})


@dataclass(frozen=True)
class Search:
    """The index of this node: it catches up with the journal before it answers, so that nobody reads old knowledge."""

    engine: Engine
    follower: IndexFollower
    signals: Signals
    synonyms: SynonymCache = field(default_factory=SynonymCache)

    def ask(
        self,
        question: str,
        filters: Filters,
        *,
        limit: int = PAGE_SIZE,
        offset: int = 0,
        facets: bool = False,
        exact: bool = False,
        marked: bool = True,
    ) -> Results:
        """The best articles for a question; see :meth:`search.engine.Engine.search`.

        Raises:
            AsksTooMuch: the question is longer than 2,000 characters, or has more than 20 asterisks.
        """
        check(question)
        self._catch_up()
        return self.engine.search(
            question,
            filters,
            limit=limit,
            offset=offset,
            advice=self.advice(),
            facets=facets,
            exact=exact,
            marked=marked,
        )

    def suggest(self, prefix: str, filters: Filters) -> tuple[Suggestion, ...]:
        """Titles that go on as typed."""
        self._catch_up()
        return self.engine.suggest(prefix[:LONGEST_QUESTION], filters)

    def advice(self) -> Advice:
        """What people have taught the search, as of this request."""
        return Advice(
            synonyms=self.synonyms.current(session(), context.head()), signals=self.signals.factors(now())
        )

    def _catch_up(self) -> None:
        if context.head() > self.follower.position():
            journal.follow(session(), self.follower)


def search() -> Search:
    """This process's search."""
    return cast(Search, current_app.extensions["search"])


def filters_for(
    asker: Viewer,
    *,
    languages: Sequence[str] = (),
    portal: PortalSite | None = None,
    topic: str | None = None,
    kinds: frozenset[str] = frozenset(),
    tags: frozenset[str] = frozenset(),
) -> Filters:
    """What this viewer may see, as the index understands it; what they chose only narrows it.

    Args:
        asker: inside the portal when there is one.
    """
    return Filters(
        audiences=asker.audiences,
        now=int(now().timestamp()),
        languages=tuple(languages),
        portal_topics=portal.topic_keys if portal and portal.topic_keys else None,
        topic=topic,
        kinds=kinds,
        tags=tags,
        hides_stale=asker.hides_stale,
    )
