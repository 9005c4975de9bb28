"""The one box: a question goes to all sources side by side, and one answer comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple, cast

from flask import current_app

from kb.context import session
from kb.structure import PortalSite
from kb.viewers import Viewer
from search.analysis import analyzer
from search.answers import ARTICLES, Answer, Item, Offer, Passage
from search.asking import PAGE_SIZE, Search
from search.engine import Filters, Hit, Results
from search.evidence import says_too_little
from search.facets import facets_of
from search.federation.federation import Federation, is_narrowed
from search.federation.protocol import Asking
from search.learning.wiring import Learning
from search.meaning.asking import elsewhere_hits, is_question, joined, near_hits
from search.meaning.meaning import Meaning
from search.understanding import Understanding, offer, understandings

ENOUGH = 5
"""With fewer answers than this in the reader's language, those in other languages are looked for too."""

MOST_ELSEWHERE = 5
MOST_ALSO_ASKED = 5

MOST_NEAR_MISSES = 5

DEPTH = 20
"""So many articles by words and so many by meaning become one list; what follows it has the words alone."""


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
        found, words, near_misses, beyond = self._found(
            question, filters, place, limit, offset, facets=facets
        )
        asked = found.instead or question
        answer = Answer(
            items=_items(found.hits, place),
            total=found.total,
            asked=asked,
            instead_of=question if found.instead else "",
            did_you_mean=found.did_you_mean,
            given_up=found.given_up,
            near_misses=_items(near_misses, place),
            facets=facets_of(found.facets, beyond, place.site),
        )
        return answer if offset or not question else self._beside(answer, found, words, filters, place)

    def _found(
        self, question: str, filters: Filters, place: Place, limit: int, offset: int, *, facets: bool
    ) -> _Found:
        """Articles by their words, on the first pages of a sentence also by what it means."""
        ask = partial(self.search.ask, question, filters, facets=facets, exact=place.exact)
        is_sentence = self._is_sentence(question, filters)
        if self.meaning is None or self.meaning.has_failed or offset + limit > 2 * DEPTH or not is_sentence:
            words = ask(limit=limit, offset=offset)
            if is_sentence and not offset and says_too_little(words, question):
                return _Found(_none_of(words), words, words.hits[:MOST_NEAR_MISSES])
            return _Found(words, words)
        words = ask(limit=DEPTH, marked=False)
        if offset + limit > DEPTH and words.total > DEPTH:
            words = ask(limit=limit, offset=offset)
            return _Found(words, words)
        asked = words.instead or question
        near = near_hits(self.meaning, self.search.engine, asked, filters, DEPTH)
        hits, is_chance = joined(self.meaning, asked, words.hits, near, DEPTH, filters.languages)
        start, end = (0, MOST_NEAR_MISSES) if is_chance else (offset, offset + limit)
        shown = tuple(self._marked(hits[start:end], asked, filters))
        if is_chance:
            return _Found(_none_of(words), words, shown)
        known = {hit.id for hit in words.hits}
        beyond = [hit for hit in hits if hit.id not in known] if words.total <= DEPTH else []
        return _Found(replace(words, hits=shown, total=words.total + len(beyond)), words, beyond=beyond)

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
        understood = (
            ()
            if is_narrowed(filters)
            else understandings(answer.asked, place.language, place.viewer, place.now)
        )
        asking = Asking(
            question=answer.asked,
            languages=(place.language, *place.others),
            viewer=place.viewer,
            site=place.site,
            now=place.now,
            filters=filters,
            address=place.address,
            has_guides=not found.facets or any(kind == "guide" for kind, _ in found.facets["kind"]),
            understood=understood,
        )
        portal = place.site.key if place.site else ""
        federated = self.federation.ask(asking, answer.items)
        listed = (*federated.items, *answer.near_misses)
        hits = [item.hit for item in listed if item.hit and not item.hit.source]
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
        guide = best if best and best.kind == "guide" else None
        return replace(
            answer,
            items=federated.items,
            failures=federated.failures,
            elsewhere=self._elsewhere(answer, filters, place),
            passage=self._passage(answer, words),
            guide=guide,
            offer=None if guide else self._offer(understood, answer.asked, filters, place),
            also_asked=also_asked,
            token=self._kept(answer.instead_of or answer.asked, found, hits, place) if place.keeps else "",
        )

    def _passage(self, answer: Answer, words: Results) -> Passage | None:
        """What the best article says to the question, if it is the best by its words too; a guide asks back instead."""
        best = answer.items[0] if answer.items else None
        if best is None or best.hit is None or not words.hits or best.hit.id != words.hits[0].id:
            return None
        if best.kind == "guide":
            return None
        found = self.search.engine.answer(answer.asked, words.hits)
        return Passage(found.text, best, found.anchor) if found else None

    def _elsewhere(self, answer: Answer, filters: Filters, place: Place) -> tuple[Item, ...]:
        """Answers in other languages: where there are few in the reader's, or where they mean the same."""
        if not place.others:
            return ()
        wider = replace(filters, languages=place.others)
        hits: list[Hit] = []
        is_sentence = self._is_sentence(answer.asked, filters)
        if answer.total < ENOUGH:
            words = self.search.ask(answer.asked, wider, limit=MOST_ELSEWHERE, exact=True, marked=False)
            if not is_sentence or not says_too_little(words, answer.asked):
                hits += words.hits
        if self.meaning and is_sentence:
            near = elsewhere_hits(self.meaning, self.search.engine, answer.asked, wider, DEPTH)
            both, is_chance = joined(self.meaning, answer.asked, hits, near, DEPTH, wider.languages)
            hits = near if is_chance else both
        known = {item.hit.article for item in (*answer.items, *answer.near_misses) if item.hit}
        first: dict[str, Hit] = {}
        for hit in hits:
            if hit.article not in known:
                first.setdefault(hit.article, hit)
        return _items(self._marked([*first.values()][:MOST_ELSEWHERE], answer.asked, wider), place)

    def _offer(
        self, understood: Sequence[Understanding], question: str, filters: Filters, place: Place
    ) -> Offer | None:
        """Guided help on the portal that understands the question."""
        if place.site is None:
            return None
        spoken, is_sentence = (place.language, *place.others), self._is_sentence(question, filters)
        return offer(understood, question, spoken, is_sentence=is_sentence)

    def _is_sentence(self, question: str, filters: Filters) -> bool:
        common = analyzer(next(iter(filters.languages), "")).common
        return is_question(question, common)

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


class _Found(NamedTuple):
    """What becomes the list, what its words alone found, and, where the list is empty, what was no answer.

    `beyond`: what the list has beside those with the words, on all its pages.
    """

    shown: Results
    words: Results
    near_misses: Sequence[Hit] = ()
    beyond: Sequence[Hit] = ()


def _none_of(words: Results) -> Results:
    """Nothing; another spelling that finds nothing either is not worth a word."""
    return replace(words, hits=(), total=0, facets={}, instead="")


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
