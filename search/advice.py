"""What people have taught the search, beside the texts themselves: words that mean the same, and what helped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Synonyms = Mapping[str, tuple[str, ...]]
"""What somebody may type (lower case, chunks with single spaces between) -> what else they may mean by it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Read only; whoever learns something puts a new one in its place.

    Args:
        synonyms: language code -> the synonyms of that language.
        signals: (article id, language code) -> the factor, near 1, by which readers took to it more than to others.
    """

    synonyms: Mapping[str, Synonyms] = field(default_factory=lambda: MappingProxyType({}))
    signals: Mapping[tuple[str, str], float] = field(default_factory=lambda: MappingProxyType({}))


NO_ADVICE = Advice()
