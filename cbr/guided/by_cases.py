"""Guided help by the solved cases that a viewer may see, kept ready until one of them changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr import queries
from cbr.case_type import CaseType
from cbr.case_types import schema_of
from cbr.followers import CaseBases
from cbr.guided.adaptive import Adaptive
from cbr.guided.facts import FactReader
from cbr.guided.library import Library, Solution
from cbr.guided.playing import Understood
from cbr.guided.steps import Guide, Outcome, Proposal, Step, Told
from cbr.models import MANY_CASES, Case, CaseTypeRow
from cbr.shelves import COUNT, SOLUTION, Shelves
from cbr.values import write_value
from kb import content, journal
from kb.article_page import rendered
from kb.models import JournalEntry
from kb.viewers import Viewer

MOST_GUIDES = 16
"""Kept ready; the one that was asked for longest ago goes first."""
MOST_STEPS = 500
"""Of each, as many are remembered as runs may be going on at once."""
LONGEST_TITLE = 120
SMALL = 5000
"""Of more cases, what asks is made anew only now and then."""
REMADE_AFTER = timedelta(seconds=30)

_Key = tuple[str, frozenset[str], frozenset[str]]


class Steps:
    """What a guide said, remembered: an answer is held against the question, which the request before worked out.

    Args:
        guide: says the same whenever it is told the same.
    """

    def __init__(self, guide: Adaptive) -> None:
        self.guide = guide
        self._lock = threading.Lock()
        self._said: OrderedDict[str, Step] = OrderedDict()

    def step(self, told: Told) -> Step:
        """The next step. Raises `Invalid` as the guide does."""
        key = repr(replace(told, facts=sorted(told.facts.items())))  # type: ignore[arg-type]
        with self._lock:
            said = self._said.get(key)
        if said is None:
            said = self.guide.step(told)
            with self._lock:
                self._said[key] = said
                if len(self._said) > MOST_STEPS:
                    self._said.popitem(last=False)
        return said


@dataclass
class _Kept:
    """A guide, the case type for which it was made, when, and up to which position in the journal nothing changed."""

    steps: Steps
    case_type: CaseType
    position: int
    made_at: datetime

    def may_wait(self, now: datetime) -> bool:
        """Whether it is too large to be made anew with every case that comes."""
        return len(self.steps.guide.library) > SMALL and now < self.made_at + REMADE_AFTER


@dataclass(frozen=True)
class Current:
    """Guided help for one request: chances may be some seconds old, what is proposed is as it stands now.

    Args:
        steps: of a guide that knows solutions by their keys only.
    """

    steps: Steps
    session: Session
    viewer: Viewer
    now: datetime

    def step(self, told: Told) -> Step:
        """The next step. Raises `Invalid` as the guide does."""
        step = self.steps.step(told)
        if not isinstance(step, Outcome) or not step.proposals:
            return step
        texts = _solutions(
            self.session, self.viewer, self.now, self.steps.guide.case_type.key, step.proposals, told.language
        )
        proposals = tuple(
            replace(one, title=text.title, text=text.text, article=text.article, language=text.language)
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
            if kept is not None and kept.case_type is not case_type and kept.case_type != case_type:
                kept = None
            if kept is not None and (key in self._building or kept.may_wait(now)):
                return Current(kept.steps, session, viewer, now)
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
        return Current(kept.steps, session, viewer, now)

    def _made(self, session: Session, viewer: Viewer, case_type: CaseType, head: int, now: datetime) -> _Kept:
        shelves = self._bases.current(session, head).shelves(viewer, case_type.key)
        # The cases may be ahead of what this request has read of their type: they go by their own.
        own = case_type if shelves is None else shelves.case_type
        return _Kept(Steps(Adaptive(own, _library(shelves, own))), case_type, head, now)

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
        kept = self._bases.kept(row.key)
        if kept is not None and kept.version == row.version:
            return kept.case_type  # one and the same for all, so that what reads facts is made once
        version, known = self._types.get(row.id, (0, None))
        if known is None or version != row.version:
            known = schema_of(row)
            self._types[row.id] = (row.version, known)
        return known


def _changed(session: Session, since: int, head: int) -> bool:
    """Whether a case or a case type changed after a position in the journal."""
    if head <= since:
        return False
    kinds = (Case.journal_kind, CaseTypeRow.journal_kind, MANY_CASES)
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
    session: Session,
    viewer: Viewer,
    now: datetime,
    type_key: str,
    proposals: Sequence[Proposal],
    language: str,
) -> Mapping[str, Solution]:
    """Id of a proposal -> what stands in the case that it cites, or in another one that proposes the same.

    Where an article holds cases of several languages together, one in the language that is spoken goes before.
    """
    columns = (Case.proposes, Case.id, Case.title, Case.solution, Case.article, Case.language)
    mine = (CaseTypeRow.key == type_key, Case.state.in_(queries.found_states(viewer)))
    query = queries.visible_to(viewer, now, *columns).where(*mine)
    cited = [why.values["case"] for one in proposals for why in one.why if why.code == "cases"]
    said = {row.proposes: row for row in session.execute(query.where(Case.id.in_(cited)))}
    for one in proposals:
        same = query.where(queries.proposing(one.id))
        found = said.get(one.id)
        if found is not None and found.article and found.language != language:
            found = (
                session.execute(same.where(Case.language == language).order_by(Case.id).limit(1)).first()
                or found
            )
        elif found is None:  # the case changed since the chances were worked out
            found = session.execute(same.order_by(Case.id).limit(1)).first()
        if found is not None:
            said[one.id] = found
    return {
        key: replace(_solution(key, row.title, row.solution, row.article), language=row.language)
        for key, row in said.items()
    }


def _solution(key: str, title: str, text: str, article: str) -> Solution:
    """A solution without a title is called as its text begins; a short one is not said twice."""
    if title:
        return Solution(key, title, text, article)
    words = rendered(text).text
    line = content.plain_excerpt(words, LONGEST_TITLE)
    return Solution(key, line or key, "" if line == text.strip() else text, article)
