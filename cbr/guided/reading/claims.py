"""Whether what a sentence names is so, or is not. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from cbr.guided.reading import words
from cbr.guided.reading.names import Match, Names
from cbr.guided.reading.tokens import Token

NEAR = 4
"""So many small words may stand between a word and what is said of it."""

OFTEN_PLACES = frozenset("on på av".split())
"""They say that something is on or off only at the end, or after a verb."""

VERBS = frozenset("is are was turned switched set är var slagit stängt stängd slagen".split())


class Claims:
    """What is said of the things in one sentence.

    Args:
        names: of things.
        told: the words of the sentence.
    """

    def __init__(self, names: Names, told: Sequence[Token]) -> None:
        self._told = told
        self._names = names
        self._base = names.language.partition("-")[0]

    def negated(self, match: Match) -> bool:
        """Whether a word before it (or one of those that stand behind) denies it."""
        before = self._first(self._before(match))
        behind = next(iter(self._behind(match)), None)
        return (before is not None and before.word in self._of(words.NEGATIONS)) or (
            behind is not None and behind.word in self._of(words.NEGATIONS_BEHIND)
        )

    def of(self, match: Match) -> str | bool | None:
        """The value that the sentence claims for what it names; None where it claims none."""
        value = match.entry.value
        if isinstance(value, str):
            named = match.entry.telling or self._is_named_beside(match)
            return value if named and not self.negated(match) else None
        if isinstance(value, bool):
            return value != self.negated(match)
        claimed = self._state(match)
        return None if claimed is None else claimed != self._upside_down(match.entry.attribute)

    def _state(self, match: Match) -> bool | None:
        """How it is with something that is only named."""
        said = self._said_behind(match)
        if said is not None:
            return said
        before = self._first(self._before(match))
        if before and (before.word in self._of(words.ON) or before.word in self._of(words.OFF)):
            again = self._first([one for one in self._before(match) if one.end <= before.start])
            denied = again is not None and again.word in self._of(words.NEGATIONS)
            return (before.word in self._of(words.ON)) != denied
        if self.negated(match):
            return False
        return True if match.entry.telling or self._is_inside(match) else None

    def _said_behind(self, match: Match) -> bool | None:
        denied, verb = False, False
        behind = self._behind(match)
        for at, one in enumerate(behind[:NEAR]):
            word = one.word
            sure = word not in OFTEN_PLACES or verb or at == len(behind) - 1
            if sure and word in self._of(words.ON):
                return not denied
            if sure and word in self._of(words.OFF):
                return denied
            if word in self._of(words.NEGATIONS):
                denied = True
            elif word not in self._of(words.BETWEEN):
                return None
            verb = verb or word in VERBS or word in self._of(words.NEGATIONS)
        return None

    def _is_inside(self, match: Match) -> bool:
        before = self._before(match)
        if before and before[0].word in self._of(words.INSIDE):
            return True
        return self._told[match.last].word.endswith(words.INSIDE_ENDINGS.get(self._base, ("\0",)))

    def _is_named_beside(self, match: Match) -> bool:
        """Whether the name of its attribute stands in the same clause."""
        clause = self._told[match.first].clause
        beside = [
            one
            for at, one in enumerate(self._told)
            if one.clause == clause and not match.first <= at <= match.last
        ]
        return self._names.is_named(match.entry.attribute, beside) > 0

    def _upside_down(self, key: str) -> bool:
        """Whether the name of an attribute says that something is off."""
        said = (
            " ".join(self._names.called(self._names.case_type.attribute(key)))
            .casefold()
            .replace("_", " ")
            .replace("ё", "е")
        )
        return any(word in self._of(words.OFF) or word in words.OFF["en"] for word in said.split())

    def _first(self, near: Sequence[Token]) -> Token | None:
        """The first that is not one of the small words."""
        small = self._of(words.BETWEEN)
        return next((one for one in near[:NEAR] if one.word not in small), None)

    def _before(self, match: Match) -> list[Token]:
        """The words before it in its clause, the nearest first."""
        clause = self._told[match.first].clause
        return [one for one in reversed(self._told[: match.first]) if one.clause == clause]

    def _behind(self, match: Match) -> list[Token]:
        clause = self._told[match.last].clause
        return [one for one in self._told[match.last + 1 :] if one.clause == clause]

    def _of(self, which: object) -> frozenset[str]:
        return which.get(self._base, frozenset()) if isinstance(which, dict) else frozenset()
