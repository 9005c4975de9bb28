"""The one box: a question goes to all sources side by side, and one answer comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import cast

from flask import current_app

from kb.context import session
from kb.structure import PortalSite
from kb.viewers import Viewer
from search.analysis import analyzer
from search.answers import ARTICLES, Answer, Facet, Item, Passage
from search.asking import PAGE_SIZE, Search
from search.engine import Filters, Hit, Results
from search.federation.federation import Federation
from search.federation.protocol import Asking
from search.learning.wiring import Learning
from search.meaning.asking import elsewhere_hits, fused, is_question, near_hits
from search.meaning.meaning import Meaning
from search.query import parse

ENOUGH = 5
"""With fewer answers than this in the reader's language, those in other languages are looked for too."""

MOST_ELSEWHERE = 5
MOST_ALSO_ASKED = 5

DEPTH = 20
"""So many articles by words and so many by meaning become one list; further pages go on by words alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and by whom a question is asked.

    Args:
        surface: portal, api, panel, widget, ivr.
        viewer: whoever asks, inside the portal when there is one.
        language: the reader's.
        others: further languages in which answers may be offered, the preferred one first.
        address: where an article is read.
        previous: the token of the question that the same page was asked before, "" for none.
        keeps: whether the question may be kept for learning.
        exact: whether the question is meant as it is typed, without correction.
        visitor: what tells a reload from a second question, as `learning.visits` makes it; it is never kept.
    """

    surface: str
    viewer: Viewer
    site: PortalSite | None
    now: datetime
    language: str
    others: tuple[str, ...]
    address: Callable[[Hit], str]
    previous: str = ""
    keeps: bool = False
    exact: bool = False
    visitor: str = ""


@dataclass(frozen=True)
class Box:
    """Everything that answers, put together once a process.

    Args:
        meaning: None where there is no encoder.
    """

    search: Search
    meaning: Meaning | None
    federation: Federation
    learning: Learning

    def answer(
        self,
        question: str,
        filters: Filters,
        place: Place,
        *,
        limit: int = PAGE_SIZE,
        offset: int = 0,
        facets: bool = True,
    ) -> Answer:
        """One page of what all sources say to a question.

        Args:
            filters: what the viewer may see, in the reader's language.
            limit, offset: which part of the list; what stands beside it comes with its beginning only.
            facets: whether they are counted.

        Raises:
            AsksTooMuch: the question is longer than 2,000 characters, or has too many asterisks.
        """
        found, words = self._found(question, filters, place, limit, offset, facets=facets)
        asked = found.instead or question
        answer = Answer(
            items=_items(found.hits, place),
            total=found.total,
            asked=asked,
            instead_of=question if found.instead else "",
            did_you_mean=found.did_you_mean,
            given_up=found.given_up,
            facets={
                name: tuple(Facet(value, count) for value, count in values)
                for name, values in found.facets.items()
            },
        )
        return answer if offset or not question else self._beside(answer, found, words, filters, place)

    def _found(
        self, question: str, filters: Filters, place: Place, limit: int, offset: int, *, facets: bool
    ) -> tuple[Results, Results]:
        """Articles by their words, on the first pages of a sentence also by what it means; and those by words alone."""
        ask = partial(self.search.ask, question, filters, facets=facets, exact=place.exact)
        if self.meaning is None or offset + limit > DEPTH or not self._is_sentence(question, filters):
            words = ask(limit=limit, offset=offset)
            return words, words
        words = ask(limit=DEPTH, marked=False)
        asked = words.instead or question
        near = near_hits(self.meaning, self.search.engine, asked, filters, DEPTH)
        hits = fused(words.hits, near, self.meaning.knows)
        total = words.total + len(hits) - len(words.hits)
        shown = self._marked(hits[offset : offset + limit], asked, filters)
        return replace(words, hits=tuple(shown), total=total), words

    def _marked(self, hits: Sequence[Hit], question: str, filters: Filters) -> list[Hit]:
        made = {hit.id: hit for hit in self.search.engine.chosen([hit.id for hit in hits], question, filters)}
        return [
            replace(hit, snippet=made[hit.id].snippet, title_html=made[hit.id].title_html)
            for hit in hits
            if hit.id in made
        ]

    def _beside(
        self, answer: Answer, found: Results, words: Results, filters: Filters, place: Place
    ) -> Answer:
        """What the beginning of a list has in addition."""
        asking = Asking(
            question=answer.asked,
            languages=(place.language, *place.others),
            viewer=place.viewer,
            site=place.site,
            now=place.now,
            filters=filters,
            address=place.address,
        )
        portal = place.site.key if place.site else ""
        federated = self.federation.ask(asking, answer.items)
        hits = [item.hit for item in federated.items if item.hit and not item.hit.source]
        also_asked = self.learning.others.also_asked(
            session(),
            place.viewer,
            place.now,
            portal=portal,
            language=place.language,
            text=answer.asked,
            articles=[int(hit.article) for hit in hits[:MOST_ELSEWHERE]],
            most=MOST_ALSO_ASKED,
        )
        best = federated.items[0] if federated.items else None
        return replace(
            answer,
            items=federated.items,
            failures=federated.failures,
            elsewhere=self._elsewhere(answer, filters, place),
            passage=self._passage(answer, words),
            guide=best if best and best.kind == "guide" else None,
            also_asked=also_asked,
            token=self._kept(answer.instead_of or answer.asked, found, hits, place) if place.keeps else "",
        )

    def _passage(self, answer: Answer, words: Results) -> Passage | None:
        """What the best article says to the question, if it is the best by its words too."""
        best = answer.items[0] if answer.items else None
        if best is None or best.hit is None or not words.hits or best.hit.id != words.hits[0].id:
            return None
        found = self.search.engine.answer(answer.asked, words.hits)
        return Passage(found.text, best, found.anchor) if found else None

    def _elsewhere(self, answer: Answer, filters: Filters, place: Place) -> tuple[Item, ...]:
        """Answers in other languages: where there are few in the reader's, or where they mean the same."""
        if not place.others:
            return ()
        wider = replace(filters, languages=place.others)
        hits: list[Hit] = []
        if answer.total < ENOUGH:
            hits += self.search.ask(answer.asked, wider, limit=MOST_ELSEWHERE, exact=True, marked=False).hits
        if self.meaning and self._is_sentence(answer.asked, filters):
            near = elsewhere_hits(self.meaning, self.search.engine, answer.asked, wider, DEPTH)
            hits = fused(hits, near, self.meaning.knows)
        known = {item.hit.article for item in answer.items if item.hit}
        first: dict[str, Hit] = {}
        for hit in hits:
            if hit.article not in known:
                first.setdefault(hit.article, hit)
        return _items(self._marked([*first.values()][:MOST_ELSEWHERE], answer.asked, wider), place)

    def _is_sentence(self, question: str, filters: Filters) -> bool:
        common = analyzer(next(iter(filters.languages), "")).common
        return is_question(parse(question, now=filters.now), common)

    def _kept(self, question: str, found: Results, shown: Sequence[Hit], place: Place) -> str:
        return self.learning.log.asked(
            text=question,
            language=place.language,
            portal=place.site.key if place.site else "",
            surface=place.surface,
            hits=found.total,
            relaxed=found.relaxed,
            shown=[int(hit.article) for hit in shown],
            previous=place.previous or None,
            now=place.now,
            visitor=place.visitor,
        )


def box() -> Box:
    """This process's box."""
    return cast(Box, current_app.extensions["box"])


def _items(hits: Sequence[Hit], place: Place) -> tuple[Item, ...]:
    return tuple(
        Item(
            source=ARTICLES,
            source_name="",
            kind=hit.kind,
            title=hit.title_html,
            snippet=hit.snippet,
            url=place.address(hit),
            language=hit.language,
            hit=hit,
        )
        for hit in hits
    )
