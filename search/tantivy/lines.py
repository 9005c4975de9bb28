"""From what the index found to the lines of a list: signals beside the words, folding, pages.

Only the head of what was found is looked at, always the same part of it whatever page is asked for, so that pages
follow one another without gap or repeat. What comes after it stays as it was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from tantivy import DocAddress, Searcher

from search.advice import Advice
from search.analysis import label
from search.engine import Filters
from search.folding import Candidate, are_alike, folded
from search.ranking import reasons, standing
from search.tantivy.asking import MOST_HITS, Outcome, page
from search.tantivy.index import Snapshot
from search.tantivy.schema import identity, shown, translation

HEAD, WIDE_HEAD = 50, 200
"""So many of the documents found are looked at: in one language, and in several, where articles come repeatedly."""


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
    signals: tuple[bool, int, float] | None


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
    listed = _folded(snapshot, first, filters)
    limit, offset = min(max(limit, 0), MOST_HITS), max(offset, 0)
    wanted = listed[offset : offset + limit]
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
    columns = [searcher.fast_field_values(name, addresses) for name in _COLUMNS]
    helped = _helped(advice.signals) if advice and advice.signals else {}
    looked_at = []
    for (score, address), article, language, text, kind, place, changed_at in zip(
        found, *columns, strict=True
    ):
        signals = None
        if advice is not None:
            signals = (
                kind == _STANDARD,
                filters.now - int(changed_at or 0),
                helped.get(int(place or 0), 1.0),
            )
            score *= standing(*signals)  # noqa: PLW2901 - what is found is weighed here
        candidate = Candidate(int(article or 0), int(language or 0), int(text or 0))
        looked_at.append(_Found(address, score, candidate, signals))
    if advice is not None:
        looked_at.sort(key=lambda one: -one.score)
    return looked_at


_COLUMNS = ("article_id", "language_id", "fingerprint", "kind_id", "translation_id", "changed_at")
_STANDARD = identity("standard")
_last_helped: list[tuple[Mapping[tuple[str, str], float], dict[int, float]]] = []


def _helped(signals: Mapping[tuple[str, str], float]) -> dict[int, float]:
    """The signals as the index names translations; made once for each mapping, which nobody changes."""
    if not _last_helped or _last_helped[0][0] is not signals:
        made = {translation(article, language): factor for (article, language), factor in signals.items()}
        _last_helped[:] = [(signals, made)]
    return _last_helped[0][1]


def _folded(snapshot: Snapshot, found: Sequence[_Found], filters: Filters) -> list[Line]:
    labels = tuple(filters.languages) or snapshot.languages
    names = {identity(label(code)): code for code in labels}
    preferred = {identity(label(code)): rank for rank, code in reversed(list(enumerate(filters.languages)))}
    alike = partial(_say_the_same, snapshot.searcher, found)
    listed = []
    for line in folded([one.candidate for one in found], preferred, alike):
        address, score, _, signals = found[line.place]
        also_in = tuple(names[language] for language in line.also_in if language in names)
        listed.append(Line(address, score, also_in, line.alike, reasons(*signals) if signals else ()))
    return listed


def _say_the_same(searcher: Searcher, found: Sequence[_Found], one: int, other: int) -> bool:
    texts = [shown(searcher.doc(found[place].address)) for place in (one, other)]
    ours, theirs = (f"{text.title}\n{text.summary}\n{text.body}" for text in texts)
    return are_alike(ours, theirs)
