"""What a case type calls things, as phrases of stems, for one language. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from cbr.case_type import Attribute, CaseType, Choice, Kind
from cbr.guided.reading import words
from cbr.guided.reading.tokens import CONJUNCTIONS, Roots, Token, close, folded, phrase
from cbr.ladders import LADDERS

NAMED = frozenset({Kind.CATEGORY, Kind.ORDINAL, Kind.TAXONOMY, Kind.SET})

GENERAL = (
    frozenset(chain.from_iterable(ladder.levels for ladder in LADDERS))
    | words.STATES
    | frozenset("missing other unknown none normal new old open closed ok error problem issue".split())
)
"""They are said of many things: alone they are no fact."""

SHORTEST = 4
"""Letters of a key that is believed where nobody wrote down what people say."""


class Entry(NamedTuple):
    """A phrase that may be a fact.

    Args:
        stems: of its words.
        attribute: its key.
        value: the choice, or True or False; None for the name of a yes-no attribute, which only names it.
        telling: it is a fact wherever it stands; else only beside the name of its attribute.
    """

    stems: tuple[str, ...]
    attribute: str
    value: str | bool | None
    telling: bool


class Match(NamedTuple):
    """An entry in a sentence.

    Args:
        entry: which.
        first, last: the places of its words.
    """

    entry: Entry
    first: int
    last: int


@dataclass(frozen=True)
class Names:
    """The names of a case type in one language.

    Args:
        case_type: whose.
        language: of the sentence.
        roots: what all forms of a word have in common.
    """

    case_type: CaseType
    language: str
    roots: Roots

    def matches(self, told: Sequence[Token]) -> list[Match]:
        """All phrases in a sentence; of those within each other the longest."""
        found = []
        for at, token in enumerate(told):
            for length in self._lengths.get(token.stem, ()):
                span = told[at : at + length]
                entries = self._entries.get(tuple(one.stem for one in span), ())
                if len(span) == length and close(span):
                    found += [Match(entry, at, at + length - 1) for entry in entries]
        longest = [0] * len(told)
        for one in found:
            for at in range(one.first, one.last + 1):
                longest[at] = max(longest[at], one.last - one.first)
        return [
            one
            for one in found
            if all(longest[at] <= one.last - one.first for at in range(one.first, one.last + 1))
        ]

    def is_named(self, key: str, told: Sequence[Token]) -> int:
        """How many words there are that name this attribute and no other."""
        return len(self.own[key] & {one.stem for one in told})

    @cached_property
    def own(self) -> Mapping[str, frozenset[str]]:
        """Key of an attribute -> words of its names that no other attribute has."""
        every = {
            one.key: frozenset(chain.from_iterable(self.cores(one))) for one in self.case_type.attributes
        }
        times = Counter(chain.from_iterable(every.values()))
        return {key: frozenset(stem for stem in stems if times[stem] == 1) for key, stems in every.items()}

    @cached_property
    def _lengths(self) -> Mapping[str, Sequence[int]]:
        """First stem -> of how many words the phrases are that begin with it."""
        lengths: dict[str, set[int]] = defaultdict(set)
        for stems in self._entries:
            lengths[stems[0]].add(len(stems))
        return {first: sorted(counts) for first, counts in lengths.items()}

    @cached_property
    def _entries(self) -> Mapping[tuple[str, ...], Sequence[Entry]]:
        """Stems -> the phrases of those words."""
        entries: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
        for attribute in self.case_type.attributes:
            for entry in dict.fromkeys(one for one in self._of(attribute) if one.stems):
                entries[entry.stems].append(entry)
        return entries

    def _of(self, attribute: Attribute) -> Iterator[Entry]:
        if attribute.kind == Kind.BOOLEAN:
            yield from self._of_boolean(attribute)
        elif attribute.kind in NAMED:
            for choice in attribute.choices:
                for text, written in self._said(choice):
                    for stems in self._spelt(text):
                        telling = written or self._tells(attribute, text, stems)
                        yield Entry(stems, attribute.key, choice.key, telling)

    def _of_boolean(self, attribute: Attribute) -> Iterator[Entry]:
        for choice in attribute.choices:
            if choice.key in ("true", "false"):
                for text, written in self._said(choice):
                    for stems in self._spelt(text) if written else ():
                        yield Entry(stems, attribute.key, choice.key == "true", True)
        for name, core in zip(self.called(attribute), self.cores(attribute), strict=True):
            whole = core == phrase(name, self.language, self.roots)
            yield Entry(core, attribute.key, None, whole and (len(core) == 1 or self._is_placed(name)))

    def _said(self, choice: Choice) -> Iterator[tuple[str, bool]]:
        """What people say for a choice, and whether somebody wrote it down for that."""
        base = self.language.partition("-")[0]
        for synonym in choice.synonyms.get(base, "").split(","):
            if synonym.strip():
                yield synonym.strip(), True
        yield choice.names.get(base) or choice.names.get("en") or choice.key, False
        yield choice.key, False

    def _tells(self, attribute: Attribute, text: str, stems: Sequence[str]) -> bool:
        """Whether a name alone says enough."""
        small = text.casefold().replace("_", " ").strip()
        if attribute.kind == Kind.ORDINAL or small in GENERAL or not any(map(str.isalpha, small)):
            return False
        if len(stems) > 1:
            return any(stem not in self._little for stem in stems)
        mixed = any(map(str.isdigit, small)) and any(map(str.isalpha, small))
        return small not in self._little and (mixed or len(small) >= SHORTEST)

    @cached_property
    def _little(self) -> frozenset[str]:
        base = self.language.partition("-")[0]
        said = (words.NEGATIONS, words.BETWEEN, CONJUNCTIONS)
        return frozenset(chain.from_iterable(one.get(base, frozenset()) for one in said))

    def called(self, attribute: Attribute) -> list[str]:
        """The names of an attribute: in the language or else in English, also without accents, and its key."""
        base = self.language.partition("-")[0]
        name = attribute.names.get(base) or attribute.names.get("en") or ""
        plain = " ".join(map(folded, name.casefold().split()))
        unlike = plain if plain != name.casefold() else ""
        return list(dict.fromkeys(one for one in (name, unlike, attribute.key) if one))

    def cores(self, attribute: Attribute) -> list[tuple[str, ...]]:
        """Each name without the words that say how it is, and without its unit."""
        return [self._core(name, attribute.unit) for name in self.called(attribute)]

    def _spelt(self, text: str) -> tuple[tuple[str, ...], ...]:
        """The stems of a phrase, and those that it has when it is typed without accents."""
        spelt = (text, " ".join(map(folded, text.casefold().split())))
        return tuple(dict.fromkeys(phrase(one, self.language, self.roots) for one in spelt))

    def _is_placed(self, name: str) -> bool:
        base = self.language.partition("-")[0]
        return name.casefold().split()[0] in words.PLACED.get(base, ())

    def _core(self, name: str, unit: str) -> tuple[str, ...]:
        said = name.casefold().replace("_", " ").replace("ё", "е").split()
        telling = [word for word in said if word not in words.STATES and word != unit.casefold()]
        return phrase(" ".join(telling), self.language, self.roots)
