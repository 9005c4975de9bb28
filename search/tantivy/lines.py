"""From what the index found to the lines of a list: signals beside the words, folding, pages.

Only the head of what was found is looked at, always the same part of it whatever page is asked for, so that pages
follow one another without gap or repeat. What comes after it stays as it was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from tantivy import DocAddress, Searcher

from search.advice import Advice
from search.analysis import label
from search.engine import Filters
from search.folding import Candidate, are_alike, folded
from search.folding import Line as Folded
from search.ranking import reasons, standing
from search.tantivy.asking import MOST_HITS, Outcome, page
from search.tantivy.index import Snapshot
from search.tantivy.schema import identity, shown, translation

HEAD, WIDE_HEAD = 30, 120
"""So many of the documents found are looked at: in one language, and in several, where articles come repeatedly."""

MOST_KEPT = 20_000  # pairs of texts that have been compared


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: the document that it shows, and what is said of it."""

    address: DocAddress
    score: float
    also_in: tuple[str, ...] = ()
    alike: int = 0
    reasons: tuple[str, ...] = ()


class _Found(NamedTuple):
    """A document of the head, as far as its fast fields tell of it."""

    address: DocAddress
    score: float
    candidate: Candidate
    signals: tuple[bool, int, float] | None = None


def head(filters: Filters) -> int:
    """How many documents to find before :func:`lines` can be made of them."""
    return HEAD if len(filters.languages) == 1 else WIDE_HEAD


def lines(
    snapshot: Snapshot, outcome: Outcome, filters: Filters, advice: Advice, *, limit: int, offset: int
) -> tuple[list[Line], int]:
    """One page of lines, and how many lines there are on all pages.

    Args:
        outcome: its page is the first of all, of :func:`head` documents.
    """
    if outcome.query is None:
        return [], 0
    first = _looked_at(snapshot.searcher, outcome.page, filters, None if outcome.newest_first else advice)
    listed = folded(
        [one.candidate for one in first], _preferred(filters), partial(_say_the_same, snapshot, first)
    )
    limit, offset = min(max(limit, 0), MOST_HITS), max(offset, 0)
    shown_here = listed[offset : offset + limit]
    wanted = _lines(snapshot, first, shown_here, filters)
    missing, beyond = limit - len(wanted), len(first) < outcome.total
    if missing > 0 and beyond:
        start = len(first) + max(0, offset - len(listed))
        tail, _ = page(snapshot, outcome.query, missing, start, newest_first=outcome.newest_first)
        wanted += [Line(address, score) for score, address in tail]
    return wanted, outcome.total - (len(first) - len(listed))


def _looked_at(
    searcher: Searcher, found: Sequence[tuple[float, DocAddress]], filters: Filters, advice: Advice | None
) -> list[_Found]:
    """The head with what its fast fields say; in the order of its signals too, where there is advice."""
    addresses = [address for _, address in found]
    candidates = map(Candidate, *(searcher.fast_field_values(name, addresses) for name in _CANDIDATE))
    if advice is None:
        return [
            _Found(address, score, candidate)
            for (score, address), candidate in zip(found, candidates, strict=True)
        ]
    helped = _helped(advice.signals) if advice.signals else {}
    signals = [
        (kind == _STANDARD, filters.now - changed_at, helped.get(place, 1.0))
        for kind, changed_at, place in zip(
            *(searcher.fast_field_values(name, addresses) for name in _SIGNALS), strict=True
        )
    ]
    looked_at = [
        _Found(address, score * standing(*signal), candidate, signal)
        for (score, address), candidate, signal in zip(found, candidates, signals, strict=True)
    ]
    return sorted(looked_at, key=attrgetter("score"), reverse=True)


_CANDIDATE = ("article_id", "language_id", "fingerprint")
_SIGNALS = ("kind_id", "changed_at", "translation_id")
_STANDARD = identity("standard")
_last_helped: list[tuple[Mapping[tuple[str, str], float], dict[int, float]]] = []


def _helped(signals: Mapping[tuple[str, str], float]) -> dict[int, float]:
    """The signals as the index names translations; made once for each mapping, which nobody changes."""
    if not _last_helped or _last_helped[0][0] is not signals:
        made = {translation(article, language): factor for (article, language), factor in signals.items()}
        _last_helped[:] = [(signals, made)]
    return _last_helped[0][1]


def _preferred(filters: Filters) -> dict[int, int]:
    return {identity(label(code)): rank for rank, code in reversed(list(enumerate(filters.languages)))}


def _lines(
    snapshot: Snapshot, found: Sequence[_Found], listed: Sequence[Folded], filters: Filters
) -> list[Line]:
    names = {identity(label(code)): code for code in tuple(filters.languages) or snapshot.languages}
    made = []
    for line in listed:
        address, score, _, signals = found[line.place]
        also_in = tuple(names[language] for language in line.also_in if language in names)
        made.append(Line(address, score, also_in, line.alike, reasons(*signals) if signals else ()))
    return made


def _say_the_same(snapshot: Snapshot, found: Sequence[_Found], one: int, other: int) -> bool:
    """Whether the texts at two places of the head are alike; read once."""
    ours, theirs = found[one].address, found[other].address
    key = (ours.segment_ord, ours.doc, theirs.segment_ord, theirs.doc)
    kept = snapshot.kept.alike
    if key not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        texts = [shown(snapshot.searcher.doc(address)) for address in (ours, theirs)]
        kept[key] = are_alike(*(f"{text.title}\n{text.summary}\n{text.body}" for text in texts))
    return kept[key]
