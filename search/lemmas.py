"""What words come from: their dictionary form, the verb behind a noun, the words in a compound.

The word lists are simplemma's, in files that all processes of a node share: see :mod:`search.form_tables`. A language
costs a second or two when a node first meets it, and nothing in a process that never does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

import Stemmer  # type: ignore[import-not-found, unused-ignore]  # a compiled module without stubs

from search import form_tables
from search.compounds import Joints

STEMMERS = {"de": "german", "en": "english", "hu": "hungarian", "ru": "russian", "sv": "swedish"}
"""Languages whose words are led back; in all others a word is its own root."""

SHORTEST = 4
"""Letters; shorter words are names (SIM, PIN, PUK) as often as forms of something else."""

SHORTEST_LEMMAS = {"hu": 4}
"""Shorter dictionary forms are not believed: the Hungarian list leads ``hiba`` to ``hi``."""

HALFWAY = {"hu": ("tt", "a", "e")}
"""Endings of what is itself led back once more: ``elfelejtettem`` to ``elfelejtett``, and that to ``elfelejt``."""

CAPITALISED = frozenset({"de"})
"""Where the list has nouns as they are written, with a capital."""

PREFIXES = {
    "hu": tuple(
        "keresztül vissza tovább össze hozzá végig körül félre előre szét haza bele alá oda ide túl újra elő fel"
        " föl meg át rá be ki le el".split()
    )
}
"""What stands before a verb and its nouns, where the list knows them only without it."""

VERBS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "de": (("ung", "en"), ("ung", "n")),
    "hu": (
        ("ás", ""),
        ("és", ""),
        ("lás", "ol"),
        ("lés", "öl"),
        ("ható", ""),
        ("hető", ""),
        ("áció", "ál"),
    ),
    "ru": (
        ("ление", "ить"),
        ("ение", "ить"),
        ("ание", "ать"),
        ("ация", "ировать"),
        ("йка", "ить"),
        ("ка", "ить"),
        ("лять", "ить"),
        ("ять", "ить"),
        ("авливать", "овить"),
        ("аивать", "оить"),
        ("чивать", "тить"),
        ("рывать", "рыть"),
        ("ывать", "ать"),
        ("ивать", "ить"),
        ("ать", "ить"),
    ),
    "sv": (("ning", "a"), ("ning", "na"), ("ing", "a"), ("ande", "a")),
}
"""Endings of nouns made of verbs (and of Russian verbs made of others), and what the verb has instead; it counts only
where the list knows that verb."""

JOINTS = {
    "de": Joints(links=("s", "es", "n", "en", "er", "e"), endings=("e",)),
    "hu": Joints(),
    "sv": Joints(links=("s",), endings=("a", "e"), shortest=3, doubles=True),
}


class Forms(Protocol):
    """Form -> dictionary form."""

    def get(self, form: str, /) -> str | None: ...


class WordList:
    """The words of one language in all their forms."""

    def __init__(self, language: str, forms: Forms, stem: Callable[[str], str]) -> None:
        """``stem``: what a word is without its endings, as good as always."""
        self._forms = forms
        self._stem = stem
        self._capitalised = language in CAPITALISED
        self._prefixes = PREFIXES.get(language, ())
        self._verbs = VERBS.get(language, ())
        self._joints = JOINTS.get(language)
        self._shortest = SHORTEST_LEMMAS.get(language, 1)
        self._halfway = HALFWAY.get(language, ())

    def root(self, word: str) -> str:
        """What a word in lower case comes from; itself where nothing is known of it."""
        if len(word) < SHORTEST or not word.isalpha():
            return word
        return _plain(self._verb(self._lemma(word) or word))

    def inner(self, word: str) -> tuple[str, ...]:
        """The roots of the words that a word is put together of; none for one that is not."""
        if self._joints is None or len(word) < 2 * self._joints.shortest:
            return ()
        if lemma := self._lemma(word):
            parts = self._joints.split(lemma, self._is_lemma, self._is_lemma, shortest=SHORTEST)
        else:
            parts = self._joints.split(word, self._is_lemma, self.knows)
        return () if any(part in self._prefixes for part in parts) else tuple(map(self.root, parts))

    def knows(self, word: str) -> bool:
        """Whether the list has this very form of a word in lower case."""
        return self._form(word) is not None

    def _form(self, word: str) -> str | None:
        """The dictionary form of a form in the list; in lower case."""
        found = self._forms.get(word.capitalize()) if self._capitalised else None
        found = found or self._forms.get(word)
        return found.lower() if found and len(found) >= self._shortest else None

    def _is_lemma(self, word: str) -> bool:
        return self._form(word) == word

    def _lemma(self, word: str) -> str | None:
        """The dictionary form of a word, of it without its prefix, or of what is left without its endings."""
        found = self._form(word) or self._behind_prefix(word)
        if found is None and len(stem := self._stem(word)) > SHORTEST:
            found = self._form(stem)
        return self._form(found) or found if found and found.endswith(self._halfway) else found

    def _verb(self, word: str) -> str:
        """The verb that a word is made of, or the word."""
        for ending, instead in self._verbs:
            stem = word.removesuffix(ending)
            if SHORTEST - 1 <= len(stem) < len(word):
                verb = stem + instead
                if self._form(verb) or self._behind_prefix(verb):
                    return verb
        return word

    def _behind_prefix(self, word: str) -> str | None:
        """The dictionary form of a word without the prefix that it begins with; with the prefix again."""
        for prefix in self._prefixes:
            begins = word.startswith(prefix) and len(word) >= len(prefix) + SHORTEST
            if begins and (found := self._form(word[len(prefix) :])):
                return prefix + found
        return None


def _plain(word: str) -> str:
    """The list spells some words with ё, people seldom do."""
    return word.replace("ё", "е")


_folders: list[Path] = []


def keep_in(folder: Path) -> None:
    """Say where the word lists lie that are not open yet; without being told, a process makes its own."""
    _folders[:] = [folder]


@cache
def stemmer(language: str) -> Callable[[str], str] | None:
    """What cuts the endings off a word of a language (two letters); None where there is none."""
    return Stemmer.Stemmer(STEMMERS[language], 0).stemWord if language in STEMMERS else None


@cache
def word_list(language: str) -> WordList | None:
    """The list of a language (two letters), read when it is first asked for; None where there is none."""
    stem = stemmer(language)
    return WordList(language, form_tables.table(language, *_folders), stem) if stem else None
