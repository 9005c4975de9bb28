"""Words that mean the same, as authors keep them; and this process's copy of them, which every question uses."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import journal, texts
from kb.concurrency import refuse_stale
from kb.errors import N_, Invalid
from kb.languages import is_language
from kb.models import JournalEntry
from kb.permissions import WRITE_ARTICLES, require
from kb.viewers import Viewer
from search import synonym_lines, thesaurus
from search.models import SynonymGroup
from search.thesaurus import LONGEST_RUN, Thesaurus

MAY_EDIT = WRITE_ARTICLES
FEWEST_WORDS, MOST_WORDS = 2, 20
LONGEST_WORD = 60  # characters
LONGEST_IMPORT = 200_000  # characters
MOST_GROUPS = 5_000  # of one language
MOST_FAULTS = 20  # lines that are named at once

_OPERATORS = re.compile(r'["()*:,]|=>|(?<!\S)[+-]|\b(?:AND|OR|NOT)\b')


class Imported(NamedTuple):
    """How many groups an import added, and how many were there already."""

    added: int
    known: int


def every(session: Session, language: str) -> Sequence[SynonymGroup]:
    """The groups of a language in the order in which they were made."""
    query = select(SynonymGroup).where(SynonymGroup.language == language).order_by(SynonymGroup.id)
    return session.scalars(query).all()


def save(
    session: Session,
    group: SynonymGroup | None,
    *,
    language: str,
    words: Sequence[str],
    by: Viewer,
    one_way: bool = False,
    seen: str | None = None,
) -> SynonymGroup:
    """Make or change a group; the next question knows of it.

    Args:
        group: None for a new one.
        language: its code.
        words: 2 to 20 words or short phrases, each of at most 60 characters.
        one_way: whether only the first of them also means the others.
        seen: its version when the form was opened.

    Raises:
        Invalid: under "language" or "words", what is wrong.
        Conflict: somebody else saved it meanwhile.
    """
    require(by, MAY_EDIT)
    wanted = synonym_lines.tidied(words)
    if not is_language(language):
        raise Invalid({"language": N_("Choose a language.")})
    others = [one for one in every(session, language) if one is not group]
    known = {_meaning(one.words, one.one_way) for one in others}
    if reason := _problem(wanted) or _repeated(wanted, one_way, known):
        raise Invalid({"words": reason})
    if group is None:
        if len(others) >= MOST_GROUPS:
            raise Invalid({"words": N_("There are %(most)s groups already.", most=MOST_GROUPS)})
        group = SynonymGroup()
    else:
        refuse_stale(session, group, seen)
    group.language, group.words, group.one_way = language, list(wanted), one_way
    session.add(group)
    session.flush()
    return group


def delete(session: Session, group: SynonymGroup, *, by: Viewer) -> None:
    """Remove a group."""
    require(by, MAY_EDIT)
    session.delete(group)
    session.flush()


def import_lines(session: Session, language: str, text: str, *, by: Viewer) -> Imported:
    """Add the groups of a text, one a line; those that are there already are passed over. All of them or none.

    Raises:
        Invalid: under "line7" and alike, what is wrong with that line; under "language" or "lines" with all of it.
    """
    require(by, MAY_EDIT)
    if not is_language(language):
        raise Invalid({"language": N_("Choose a language.")})
    if len(text) > LONGEST_IMPORT:
        raise Invalid({"lines": N_("Use at most %(most)s characters.", most=LONGEST_IMPORT)})
    groups = every(session, language)
    known = {_meaning(one.words, one.one_way) for one in groups}
    lines = list(synonym_lines.read(text))
    faults = {f"line{line.number}": reason for line in lines if (reason := _problem(line.words))}
    if not lines:
        faults["lines"] = N_("Give at least one line.")
    elif len(groups) + len(lines) > MOST_GROUPS:
        faults["lines"] = N_("A language has room for %(most)s groups.", most=MOST_GROUPS)
    if faults:
        raise Invalid(dict(list(faults.items())[:MOST_FAULTS]))
    added = 0
    for line in lines:
        meaning = _meaning(line.words, line.one_way)
        if meaning not in known:
            known.add(meaning)
            session.add(SynonymGroup(language=language, words=list(line.words), one_way=line.one_way))
            added += 1
    session.flush()
    return Imported(added, len(lines) - added)


def exported(session: Session, language: str) -> str:
    """The groups of a language as `import_lines` reads them."""
    return "".join(synonym_lines.written(one.words, one.one_way) + "\n" for one in every(session, language))


Meaning = tuple[str, frozenset[str]]


def _meaning(words: Sequence[str], one_way: bool) -> Meaning:
    """What two groups have in common that say the same."""
    entries = list(map(thesaurus.entry, words))
    return (entries[0] if one_way and entries else ""), frozenset(entries)


def _repeated(words: Sequence[str], one_way: bool, known: set[Meaning]) -> str:
    return N_("There is a group of these words already.") if _meaning(words, one_way) in known else ""


def _problem(words: Sequence[str]) -> str:
    """Why these words make no group; "" where they do."""
    entries = [thesaurus.entry(word) for word in words]
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS:
        return N_("Give %(fewest)s to %(most)s words.", fewest=FEWEST_WORDS, most=MOST_WORDS)
    for word, entry in zip(words, entries, strict=True):
        if reason := texts.problem(word):
            return reason
        if len(word) > LONGEST_WORD:
            return N_("%(word)s… is longer than %(most)s characters.", word=word[:20], most=LONGEST_WORD)
        if _OPERATORS.search(word):
            return N_("%(word)s holds a sign that has a meaning of its own in a question.", word=word)
        if not entry:
            return N_("%(word)s holds no letter and no figure.", word=word)
        if entry.count(" ") >= LONGEST_RUN:
            return N_("%(word)s has more than %(most)s words.", word=word, most=LONGEST_RUN)
    if len(set(entries)) < len(entries):
        return N_("The same word stands there twice.")
    return ""


class SynonymCache:
    """This process's copy, brought up to date by `current`."""

    name = "synonyms"

    def __init__(self) -> None:
        self._position = -1
        self._known: Mapping[str, Thesaurus] | None = None
        self._lock = threading.Lock()

    def position(self) -> int:
        """The last seq that the copy reflects."""
        return self._position

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Load anew when one of the entries concerns synonyms."""
        if any(entry.kind == SynonymGroup.journal_kind for entry in entries):
            self._known = load(session)
        self._position = entries[-1].seq

    def restart(self, session: Session) -> None:
        """Load it anew at once."""
        head = journal.head(session)
        self._known, self._position = load(session), head

    def current(self, session: Session, head: int) -> Mapping[str, Thesaurus]:
        """Language -> its synonyms, as of `head`, the newest seq that the caller has seen."""
        with self._lock:
            if self._known is None:
                self._known, self._position = load(session), head
            elif head > self._position:
                journal.follow(session, self)
            return self._known


def load(session: Session) -> dict[str, Thesaurus]:
    """Read all synonyms."""
    groups: dict[str, list[tuple[list[str], bool]]] = {}
    for one in session.scalars(select(SynonymGroup).order_by(SynonymGroup.id)):
        groups.setdefault(one.language, []).append((one.words, one.one_way))
    return {language: Thesaurus(language, thesaurus.synonyms(found)) for language, found in groups.items()}
