"""What plays a run: a guide that somebody wrote, at the revision it began with, or the solved cases of a type.

What is made of a text is kept by its revision, which never changes, so that a step costs milliseconds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from cbr.case_type import CaseType
from cbr.guided import queries
from cbr.guided.steps import Guide, Told
from cbr.models import GuidedRun
from cbr.trees.body import read
from cbr.trees.running import TreeGuide, Walk
from cbr.trees.translation import translated
from cbr.trees.tree import Tree
from kb.errors import N_, Invalid, NotFound
from kb.queries import Card
from kb.viewers import Viewer

MOST_TREES = 64
"""Trees that a process keeps ready; the one that was asked for longest ago goes first."""


class Kind(StrEnum):
    """What a run follows."""

    TREE = "tree"
    ADAPTIVE = "adaptive"


class Understood(NamedTuple):
    """A fact that was read out of a sentence.

    Args:
        attribute: its key.
        value: plain data.
        words: those that say so.
    """

    attribute: str
    value: object
    words: str


class CaseHelp(Protocol):
    """Guided help by solved cases, as far as a viewer may see them."""

    def offered(self, session: Session, viewer: Viewer) -> Sequence[CaseType]:
        """The case types that this viewer may start with, by key."""

    def case_type(self, session: Session, viewer: Viewer, key: str) -> CaseType:
        """One of them. Raises `NotFound`."""

    def guide(self, session: Session, viewer: Viewer, now: datetime, case_type: CaseType) -> Guide:
        """What asks by its cases."""

    def understood(self, case_type: CaseType, text: str, language: str, today: date) -> Sequence[Understood]:
        """The facts that a sentence tells."""


class NoCases:
    """Where there are no cases: nothing is offered."""

    def offered(self, session: Session, viewer: Viewer) -> Sequence[CaseType]:
        """None."""
        return ()

    def case_type(self, session: Session, viewer: Viewer, key: str) -> CaseType:
        """There is none. Raises `NotFound`."""
        raise NotFound(N_("There is no guided help with this name here."))

    def guide(self, session: Session, viewer: Viewer, now: datetime, case_type: CaseType) -> Guide:
        """There is none. Raises `NotFound`."""
        raise NotFound(N_("There is no guided help with this name here."))

    def understood(self, case_type: CaseType, text: str, language: str, today: date) -> Sequence[Understood]:
        """Nothing."""
        return ()


@dataclass(frozen=True)
class Play:
    """What a run is played with.

    Args:
        guide: says the next step.
        title: of the guide or the case type.
        language: that it speaks.
        revision_id: of the guide; None for cases.
        case_type: of the cases; None for a guide.
        has_newer: whether the guide was changed since the run began.
    """

    guide: Guide
    title: str
    language: str
    revision_id: int | None = None
    case_type: CaseType | None = None
    has_newer: bool = False

    def walk(self, told: Told) -> Walk:
        """The next step, and the way to it through trees. Raises `Invalid` where an answer does not fit."""
        if isinstance(self.guide, TreeGuide):
            return self.guide.walk(told)
        return Walk(self.guide.step(told), (), dict(told.facts))


@dataclass(frozen=True)
class Offers:
    """What a viewer can start.

    Args:
        guides: that can be played, by title.
        case_types: by key.
    """

    guides: Sequence[Card] = ()
    case_types: Sequence[CaseType] = ()


@dataclass
class Players:
    """What one process keeps ready to play.

    Args:
        cases: guided help by cases.
    """

    cases: CaseHelp = field(default_factory=NoCases)
    _trees: OrderedDict[int, Tree | None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def offers(self, session: Session, viewer: Viewer, now: datetime, languages: Sequence[str]) -> Offers:
        """What this viewer can start.

        Args:
            languages: best first.
        """
        guides = queries.guides(session, viewer, now, languages)
        playable = [card for card in guides if self._tree(session, card.revision_id)]
        return Offers(playable, self.cases.offered(session, viewer))

    def begin(
        self,
        session: Session,
        viewer: Viewer,
        now: datetime,
        kind: Kind,
        key: str,
        languages: Sequence[str],
    ) -> Play:
        """What a new run is played with. Raises `NotFound`."""
        if kind == Kind.ADAPTIVE:
            return self._adaptive(session, viewer, now, key, languages[0])
        found = queries.sources(session, viewer, now, key)
        source = _best(found, languages)
        if source is None:
            raise NotFound(N_("There is no guided help with this name here."))
        return self._guide(session, viewer, now, key, source, source)

    def play(
        self, session: Session, viewer: Viewer, now: datetime, run: GuidedRun, language: str = ""
    ) -> Play:
        """What a run is played with.

        Args:
            language: to speak, where the guide has it; the run's own if not given.

        Raises:
            NotFound: this viewer may not read it, or not any more.
        """
        wanted = language or run.language
        if run.kind == Kind.ADAPTIVE:
            return self._adaptive(session, viewer, now, run.subject, wanted)
        found = queries.sources(session, viewer, now, run.subject)
        newest = _best(found, (wanted, run.language))
        if newest is None:
            raise NotFound(N_("This guide is not available any more. Start again."))
        own = newest
        if wanted == run.language and run.revision_id not in (None, newest.revision_id):
            own = queries.begun_with(session, viewer, now, run.revision_id or 0) or newest
        return self._guide(session, viewer, run.started_at, run.subject, own, newest, now)

    def _adaptive(self, session: Session, viewer: Viewer, now: datetime, key: str, language: str) -> Play:
        case_type = self.cases.case_type(session, viewer, key)
        guide = self.cases.guide(session, viewer, now, case_type)
        title = case_type.names.get(language) or case_type.names.get("en") or case_type.key
        return Play(guide, title, language, case_type=case_type)

    def _guide(
        self,
        session: Session,
        viewer: Viewer,
        started_at: datetime,
        key: str,
        own: queries.Source,
        newest: queries.Source,
        now: datetime | None = None,
    ) -> Play:
        tree = self._tree(session, own.revision_id)
        if tree is None:
            raise NotFound(N_("This guide can only be read, not played."))
        guide = self.through(
            session, viewer, now or started_at, key, tree, own.language, today=started_at.date()
        )
        has_newer = own.revision_id != newest.revision_id
        return Play(guide, own.title, own.language, own.revision_id, has_newer=has_newer)

    def through(
        self,
        session: Session,
        viewer: Viewer,
        now: datetime,
        key: str,
        tree: Tree,
        language: str,
        *,
        today: date,
    ) -> TreeGuide:
        """A tree to be played, with the guides and cases inside of it as this viewer may see them.

        Args:
            key: of its guide.
            today: from which days are counted.
        """

        def inner(inner_key: str) -> Tree | None:
            source = _best(queries.sources(session, viewer, now, inner_key), (language,))
            return self._tree(session, source.revision_id) if source else None

        def by_cases(case_key: str) -> Guide | None:
            try:
                case_type = self.cases.case_type(session, viewer, case_key)
            except NotFound:
                return None
            return self.cases.guide(session, viewer, now, case_type)

        return TreeGuide(key, tree, today, inner, by_cases)

    def is_tree(self, session: Session, revision_id: int) -> bool:
        """Whether somebody can be led through a revision's text; others can only be read."""
        return self._tree(session, revision_id) is not None

    def _tree(self, session: Session, revision_id: int) -> Tree | None:
        """The tree of a revision; None where its text is none, or begins nowhere."""
        with self._lock:
            if revision_id in self._trees:
                self._trees.move_to_end(revision_id)
                return self._trees[revision_id]
        made = _made(queries.text_of(session, revision_id))
        with self._lock:
            self._trees[revision_id] = made
            while len(self._trees) > MOST_TREES:
                self._trees.popitem(last=False)
        return made


def _made(text: queries.Text) -> Tree | None:
    try:
        tree = read(text.body)
        tree = translated(read(text.source), tree) if text.source else tree
    except Invalid:
        return None
    return tree if tree.first else None


def _best(found: Sequence[queries.Source], languages: Sequence[str]) -> queries.Source | None:
    """The revision in the first of the languages that there is, else any, else None."""
    by_language: Mapping[str, queries.Source] = {source.language: source for source in found}
    first = next((by_language[code] for code in languages if code in by_language), None)
    return first or next(iter(found), None)
