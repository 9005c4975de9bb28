"""Guided help by the solved cases that a viewer may see, kept ready until one of them changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cbr import queries
from cbr.case_type import CaseType
from cbr.case_types import schema_of
from cbr.followers import CaseBases
from cbr.guided.adaptive import Adaptive
from cbr.guided.facts import FactReader
from cbr.guided.library import Library, Solution
from cbr.guided.playing import Understood
from cbr.guided.steps import Guide, Outcome, Step, Told
from cbr.models import Case, CaseTypeRow
from cbr.shelves import COUNT, SOLUTION, Shelves
from cbr.values import write_value
from kb import content, journal
from kb.models import JournalEntry
from kb.viewers import Viewer

MOST_GUIDES = 16
"""Kept ready; the one that was asked for longest ago goes first."""
LONGEST_TITLE = 120
SMALL = 5000
"""Of more cases, what asks is made anew only now and then."""
REMADE_AFTER = timedelta(seconds=30)

_Key = tuple[str, frozenset[str], frozenset[str]]


@dataclass
class _Kept:
    """A guide, the position in the journal up to which nothing of it has changed, and when it was made."""

    guide: Adaptive
    position: int
    made_at: datetime

    def may_wait(self, now: datetime) -> bool:
        """Whether it is too large to be made anew with every case that comes."""
        return len(self.guide.library) > SMALL and now < self.made_at + REMADE_AFTER


@dataclass(frozen=True)
class Current:
    """Guided help for one request: chances may be some seconds old, what is proposed is as it stands now.

    Args:
        guide: knows solutions by their keys only.
    """

    guide: Adaptive
    session: Session
    viewer: Viewer
    now: datetime

    def step(self, told: Told) -> Step:
        """The next step. Raises `Invalid` as the guide does."""
        step = self.guide.step(told)
        if not isinstance(step, Outcome) or not step.proposals:
            return step
        keys = [one.id for one in step.proposals]
        texts = _solutions(self.session, self.viewer, self.now, self.guide.case_type.key, keys)
        proposals = tuple(
            replace(one, title=text.title, text=text.text, article=text.article)
            for one in step.proposals
            if (text := texts.get(one.id))
        )
        kind = step.kind
        if kind != "handover":
            kind = "handover" if not proposals else "article" if proposals[0].article else "solution"
        return replace(step, kind=kind, proposals=proposals)


class CaseGuides:
    """Guided help by this process's case bases.

    Args:
        bases: kept current by the journal.
    """

    def __init__(self, bases: CaseBases) -> None:
        self._bases = bases
        self._lock = threading.Lock()
        self._guides: OrderedDict[_Key, _Kept] = OrderedDict()
        self._building: set[_Key] = set()
        self._types: dict[int, tuple[int, CaseType]] = {}
        self._readers: dict[str, FactReader] = {}

    def offered(self, session: Session, viewer: Viewer) -> Sequence[CaseType]:
        """The case types that this viewer may know of, by key."""
        return [self._type(row) for row in queries.case_types(session, viewer)]

    def case_type(self, session: Session, viewer: Viewer, key: str) -> CaseType:
        """One of them. Raises `NotFound`."""
        return self._type(queries.case_type(session, viewer, key))

    def guide(self, session: Session, viewer: Viewer, now: datetime, case_type: CaseType) -> Guide:
        """What asks by the cases that this viewer may see."""
        head = journal.head(session)
        key = (case_type.key, viewer.audiences, frozenset(queries.found_states(viewer)))
        with self._lock:
            kept = self._guides.get(key)
            if kept is not None and (key in self._building or kept.may_wait(now)):
                return Current(kept.guide, session, viewer, now)
            self._building.add(key)
        try:
            if kept is not None and not _changed(session, kept.position, head):
                kept.position = max(kept.position, head)
            else:
                kept = self._made(session, viewer, case_type, head, now)
                self._keep(key, kept)
        finally:
            with self._lock:
                self._building.discard(key)
        return Current(kept.guide, session, viewer, now)

    def _made(self, session: Session, viewer: Viewer, case_type: CaseType, head: int, now: datetime) -> _Kept:
        shelves = self._bases.current(session, head).shelves(viewer, case_type.key)
        return _Kept(Adaptive(case_type, _library(shelves, case_type)), head, now)

    def _keep(self, key: _Key, kept: _Kept) -> None:
        with self._lock:
            self._guides[key] = kept
            self._guides.move_to_end(key)
            while len(self._guides) > MOST_GUIDES:
                self._guides.popitem(last=False)

    def understood(self, case_type: CaseType, text: str, language: str, today: date) -> Sequence[Understood]:
        """The facts that a sentence tells."""
        with self._lock:
            reader = self._readers.get(case_type.key)
            if reader is None or reader.case_type is not case_type:
                reader = self._readers[case_type.key] = FactReader(case_type)
        return [
            Understood(
                one.key, write_value(one.fact, case_type.by_key[one.key].kind), text[one.start : one.end]
            )
            for one in reader.read(text, language, today=today)
        ]

    def _type(self, row: CaseTypeRow) -> CaseType:
        version, known = self._types.get(row.id, (0, None))
        if known is None or version != row.version:
            known = schema_of(row)
            self._types[row.id] = (row.version, known)
        return known


def _changed(session: Session, since: int, head: int) -> bool:
    """Whether a case or a case type changed after a position in the journal."""
    if head <= since:
        return False
    kinds = (Case.journal_kind, CaseTypeRow.journal_kind)
    query = select(JournalEntry.seq).where(JournalEntry.seq > since, JournalEntry.kind.in_(kinds)).limit(1)
    return session.scalar(query) is not None


def _library(shelves: Shelves | None, case_type: CaseType) -> Library:
    if shelves is None or not len(shelves):
        return Library.of(case_type, {}, [])
    found = shelves.candidates({}, len(shelves))
    solved_by, counted = found.columns[SOLUTION], found.columns[COUNT]
    named = [Solution(str(value)) if value else None for value in solved_by.values]
    ids = found.ids.tolist()
    solutions = {
        id_: solution
        for id_, code in zip(ids, solved_by.codes.tolist(), strict=True)
        if code >= 0 and (solution := named[code])
    }
    counts = {
        id_: float(counted.values[code])
        for id_, code in zip(ids, counted.codes.tolist(), strict=True)
        if code >= 0
    }
    own = {one.key: found.columns[one.key] for one in case_type.attributes}
    return Library.of_candidates(case_type, replace(found, columns=own), solutions, counts)


def _solutions(
    session: Session, viewer: Viewer, now: datetime, key: str, wanted: Sequence[str]
) -> Mapping[str, Solution]:
    """Key -> what stands in the first case with that solution which this viewer may be shown."""
    mine = (CaseTypeRow.key == key, Case.state.in_(queries.found_states(viewer)))
    first = queries.visible_to(viewer, now, func.min(Case.id)).where(*mine, Case.solution_key.in_(wanted))
    columns = (Case.solution_key, Case.title, Case.solution, Case.article)
    rows = session.execute(select(*columns).where(Case.id.in_(first.group_by(Case.solution_key))))
    return {row.solution_key: _solution(*row) for row in rows}


def _solution(key: str, title: str, text: str, article: str) -> Solution:
    """A solution without a title is called as its text begins; a short one is not said twice."""
    if title:
        return Solution(key, title, text, article)
    line = content.plain_excerpt(text, LONGEST_TITLE)
    return Solution(key, line or key, "" if line == text.strip() else text, article)
