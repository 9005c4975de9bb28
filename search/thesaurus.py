"""Groups of words that mean the same, and what a question may mean by them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from search.advice import Synonyms
from search.analysis import analyzer, chunks, clean

LONGEST_RUN = 8
"""Words of one entry that are looked for in a row."""

MOST_MEANINGS = 12
"""So many synonyms of one word are asked for; authors may list more, but each costs time."""

Stems = tuple[str, ...]


class Thesaurus(Mapping[str, tuple[str, ...]]):
    """The synonyms of one language; an entry is also found by other forms of its words."""

    def __init__(self, language: str, synonyms: Synonyms) -> None:
        """``synonyms``: entry -> others, all as :func:`entry` writes them."""
        self.language = language
        self._entries = dict(synonyms)
        self._by_stems: dict[Stems, tuple[str, ...]] = {}
        for words, others in self._entries.items():
            stems = self._stems(words.split(" "))
            self._by_stems[stems] = (*self._by_stems.get(stems, ()), *others)
        self._longest = min(LONGEST_RUN, max(map(len, self._by_stems), default=0))
        self._firsts = frozenset(stems[0] for stems in self._by_stems)

    def __getitem__(self, words: str) -> tuple[str, ...]:
        return self._entries[words]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def meanings(self, words: Sequence[str]) -> dict[str, list[str]]:
        """Word -> what else it may mean, for words that stand in a row; of entries that overlap the longest counts.

        A word of a longer entry stands for all of it: who has the synonym has each of its words, so to say.

        >>> Thesaurus("en", {"personal key": ("puk",)}).meanings(["my", "personal", "keys"])
        {'personal': ['puk'], 'keys': ['puk']}
        """
        stems = [self._stems([word])[0] for word in words]
        found: dict[str, list[str]] = {}
        at = 0
        while at < len(words):
            run = self._run_at(stems, at) if stems[at] in self._firsts else 0
            others = self._by_stems[tuple(stems[at : at + run])][:MOST_MEANINGS] if run else ()
            for word in dict.fromkeys(words[at : at + run]):
                known = found.setdefault(word, [])
                known += [other for other in others if other not in known]
            at += run or 1
        return found

    def _run_at(self, stems: Sequence[str], at: int) -> int:
        for run in range(min(self._longest, len(stems) - at), 0, -1):
            if tuple(stems[at : at + run]) in self._by_stems:
                return run
        return 0

    def _stems(self, words: Sequence[str]) -> Stems:
        analyse = analyzer(self.language)
        return tuple(analyse[word].whole or "".join(analyse[word].folded) for word in words)


def entry(typed: str) -> str:
    """Words as a thesaurus has them: in lower case, single spaces between.

    >>> entry(" Personal  unblocking-key! ")
    'personal unblocking-key'
    """
    return " ".join(chunks(clean(typed)))


def synonyms(groups: Iterable[tuple[Sequence[str], bool]]) -> dict[str, tuple[str, ...]]:
    """What groups of words say: entry -> what else it may mean.

    Args:
        groups: the words of each, and whether only the first of them also means the others.

    >>> synonyms([(("PUK", "personal key"), False), (("phone", "mobile", "PUK"), True)])
    {'puk': ('personal key',), 'personal key': ('puk',), 'phone': ('mobile', 'puk')}
    """
    found: dict[str, dict[str, None]] = {}
    for words, one_way in groups:
        entries = list(dict.fromkeys(filter(None, map(entry, words))))
        for one in entries[:1] if one_way else entries:
            found.setdefault(one, {}).update(dict.fromkeys(other for other in entries if other != one))
    return {one: tuple(others) for one, others in found.items() if others}


def meant_by(words: Sequence[str], known: Synonyms, language: str) -> dict[str, list[str]]:
    """:meth:`Thesaurus.meanings`, whatever form the synonyms come in."""
    thesaurus = known if isinstance(known, Thesaurus) else Thesaurus(language, known)
    return thesaurus.meanings(words)
