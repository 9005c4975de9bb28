"""What a finished run teaches: its verdict counts at the case that proposed, and what solved it may become a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from cbr import cases, queries
from cbr.contents import Content
from cbr.guided.answers import read_told
from cbr.guided.playing import Kind, Play
from cbr.guided.standing import standing
from cbr.guided.steps import Outcome, Step
from cbr.models import Case, GuidedRun
from cbr.plain import Plain
from cbr.similarity import Span
from cbr.values import write_value
from kb.errors import N_, Conflict, Invalid
from kb.permissions import SYSTEM
from kb.viewers import Viewer

HELPED = ("worked", "adapted")


def proposing_case(session: Session, step: Step, proposal: str) -> int | None:
    """The id of the case that a proposal was made from; None where it was made from none, or from one that is gone."""
    if not proposal or not isinstance(step, Outcome):
        return None
    cited = (
        why.values.get("case")
        for one in step.proposals
        if one.id == proposal
        for why in one.why
        if why.code == "cases"
    )
    found = session.get(Case, next(cited, None) or 0)
    return found.id if found else None


def revise(session: Session, run: GuidedRun, now: datetime) -> None:
    """Count the verdict of a run that is over at the case whose solution was tried; the caller sees to it that it is
    asked for once.
    """
    case = session.get(Case, run.case_id) if run.case_id and run.verdict in cases.VERDICTS else None
    if case is not None:
        cases.revise(session, case, run.verdict, by=SYSTEM, now=now)


def may_keep(run: GuidedRun, viewer: Viewer) -> bool:
    """Whether this viewer can make a case of a run: people who work here, of their own adaptive runs that helped."""
    own = viewer.person_id is not None and run.person_id == viewer.person_id
    return own and viewer.is_staff and run.kind == Kind.ADAPTIVE and run.verdict in HELPED


def proposed(session: Session, viewer: Viewer, now: datetime, run: GuidedRun, language: str) -> Case | None:
    """The case whose solution was tried, as it was shown, as far as this viewer may read it.

    Args:
        language: that the run speaks: of cases that an article holds together, the one in it was shown.
    """
    if not run.case_id:
        return None
    found = queries.by_ids(session, viewer, now, [run.case_id]).get(run.case_id)
    return queries.spoken(session, viewer, now, found, language) if found else None


def content_of(run: GuidedRun, play: Play, tried: Case | None) -> Content:
    """What a case of this run says: what is known now, and the solution that was tried."""
    content = Content(facts_of(run, play), run.text, language=play.language)
    if tried is None:
        return content
    links = tuple(sorted(link.key for link in tried.links))
    return Content(content.facts, run.text, tried.title, tried.solution, tried.article, tried.language, links)


def facts_of(run: GuidedRun, play: Play) -> Mapping[str, Plain]:
    """All that the run knows, as plain values; of what it knows only roughly a case has none."""
    if play.case_type is None:
        return {}
    known = read_told(play.case_type, standing(run, play).told).facts
    kinds = play.case_type.by_key
    return {
        key: write_value(fact, kinds[key].kind) for key, fact in known.items() if not isinstance(fact, Span)
    }


def keep(
    session: Session,
    run: GuidedRun,
    play: Play,
    content: Content,
    *,
    by: Viewer,
    now: datetime,
    audience: str = "",
) -> Case:
    """Make a case of a run; somebody else confirms it. Asked for twice, it is made once.

    Raises:
        Conflict: the run did not help, or is somebody else's.
        Invalid: as with `cases.record`; "solution" where it worked with a change and nothing is changed.
    """
    if not may_keep(run, by):
        raise Conflict(N_("Only guided help by cases that helped can become a case."))
    if run.kept_id and (kept := session.get(Case, run.kept_id)):
        return kept
    tried = proposed(session, by, now, run, play.language)
    if run.verdict == "adapted" and tried is not None and content.solution_key == tried.solution_key:
        raise Invalid({"solution": N_("It worked with a change: say what you did differently.")})
    row = queries.case_type(session, by, run.subject)
    made = cases.record(session, row, content, by=by, now=now, source="run", audience=audience)
    run.kept_id = made.id
    session.flush()
    return made
