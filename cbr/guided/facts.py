"""Facts read out of what somebody says first: what it names, denies, counts and dates. Pure.

What is not sure is not taken: a fact that is wrong costs more than a question. Each fact says which words it was read
from, so that people see it and can take it away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from cbr.case_type import Attribute, CaseType, Kind
from cbr.guided.reading import words
from cbr.guided.reading.claims import Claims
from cbr.guided.reading.days import Day, days
from cbr.guided.reading.names import Match, Names
from cbr.guided.reading.numbers import quantities
from cbr.guided.reading.tokens import Roots, Token, phrase, stems, tokens
from cbr.values import Fact

LONGEST = 2000
"""Characters that are read; nobody says more at first."""


class Found(NamedTuple):
    """A fact in a sentence.

    Args:
        key: of the attribute.
        fact: what is known of it.
        start, end: of the words that say so; ``text[start:end]`` is what a chip can show.
    """

    key: str
    fact: Fact
    start: int
    end: int


class FactReader:
    """Reads the facts of one case type.

    Args:
        case_type: what can be known.
        roots: (word in lower case, language) -> what all forms of the word have in common; stems if not given.
    """

    def __init__(self, case_type: CaseType, roots: Roots = stems) -> None:
        self.case_type = case_type
        self.roots = roots
        self._names: dict[str, Names] = {}

    def read(self, text: str, language: str, *, today: date) -> list[Found]:
        """The facts of a sentence, each attribute once, in the order in which they are said.

        Args:
            language: of the sentence.
            today: from which "yesterday" counts.
        """
        text = text[:LONGEST]
        names = self._in(language)
        told = tokens(text, language, self.roots)
        spoken = days(text, told, language, today, self.roots)
        dated = list(self._dates(spoken, told, names))
        rest = [
            one
            for one in (*self._named(told, names), *self._numbers(text, told, names))
            if not any(one.start < day.end and day.start < one.end for day in spoken)
        ]
        return sorted(_each_once([*dated, *rest], self.case_type), key=lambda one: (one.start, one.key))

    def _in(self, language: str) -> Names:
        """Kept by the language alone: of its variants there is no end."""
        base = language.partition("-")[0]
        if base not in self._names:
            self._names[base] = Names(self.case_type, base, self.roots)
        return self._names[base]

    def _named(self, told: Sequence[Token], names: Names) -> Iterator[Found]:
        """Choices and things that are so or not so."""
        claims = Claims(names, told)
        meant: dict[tuple[int, int], list[Match]] = defaultdict(list)
        for match in names.matches(told):
            meant[match.first, match.last].append(match)
        for (first, last), matches in meant.items():
            # what a yes-no attribute is called is not taken for a choice of another one
            named = [match for match in matches if match.entry.value is None] or matches
            said = [(match.entry.attribute, claims.of(match)) for match in named]
            said = [one for one in dict.fromkeys(said) if one[1] is not None]
            if len(said) > 1:
                clause = [one for one in told if one.clause == told[first].clause]
                beside = [one for one in clause if not told[first].start <= one.start <= told[last].start]
                said = [one for one in said if names.is_named(one[0], beside)]
            for key, claimed in said:
                if claimed is not None:
                    yield Found(key, claimed, told[first].start, told[last].end)

    def _numbers(self, text: str, told: Sequence[Token], names: Names) -> Iterator[Found]:
        for found in quantities(text, told, names):
            yield Found(*found)

    def _dates(self, spoken: Sequence[Day], told: Sequence[Token], names: Names) -> Iterator[Found]:
        """Each day for the date that its clause names; "since then" also for the one on which it began."""
        dates = [one for one in self.case_type.attributes if one.kind == Kind.DATE]
        onsets = [one for one in dates if self._is_onset(one, names)]
        for day in spoken:
            clause = [
                one for one in told if one.clause == day.clause and not day.start <= one.start < day.end
            ]
            named = [one for one in dates if names.is_named(one.key, clause)]
            meant = named or (onsets if day.since or len(dates) == 1 else [])
            if len(meant) == 1:
                yield Found(meant[0].key, day.day, day.start, day.end)

    def _is_onset(self, attribute: Attribute, names: Names) -> bool:
        said = " ".join((*names.called(attribute), attribute.question(names.language)))
        wanted = {stem for word in words.ONSET for stem in phrase(word, names.language, self.roots)}
        return bool(wanted & set(phrase(said, names.language, self.roots)))


def _each_once(found: Sequence[Found], case_type: CaseType) -> Iterator[Found]:
    """One fact for each attribute; none where the sentence says two that cannot both be."""
    said: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        said[one.key].append(one)
    for key, each in said.items():
        attribute = case_type.attribute(key)
        if attribute.kind == Kind.SET:
            start, end = min(one.start for one in each), max(one.end for one in each)
            yield Found(key, frozenset(str(one.fact) for one in each), start, end)
            continue
        facts = _deepest(each, attribute) if attribute.kind == Kind.TAXONOMY else each
        if len({one.fact for one in facts}) == 1:
            yield facts[0]


def _deepest(facts: Sequence[Found], attribute: Attribute) -> list[Found]:
    """Without those that only say less exactly what another says."""
    parents = {choice.key: choice.parent for choice in attribute.choices}
    above: set[str] = set()
    for one in facts:
        at = parents.get(str(one.fact), "")
        while at:
            above.add(at)
            at = parents.get(at, "")
    return [one for one in facts if one.fact not in above]
