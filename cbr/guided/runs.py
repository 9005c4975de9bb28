"""The verbs of a run: somebody's walk through guided help.

A run is what was known at its start and the answers since; every step follows from them anew. So to go back is to leave
out the last answer, to change one is to put another in its place, and nothing is lost by an answer that is refused.
A request that names itself and comes again changes nothing and gets the step that it got before.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from cbr.guided.playing import Kind, Play, Players, Understood
from cbr.guided.retaining import proposing_case
from cbr.guided.saying import LONGEST_TEXT, check_value, faults_of, request_problem
from cbr.guided.standing import Standing, answers_of, replayed, standing, told_by, with_answer
from cbr.guided.steps import Answer, Outcome
from cbr.models import GuidedRun
from cbr.values import read_facts, write_value
from kb import texts
from kb.errors import N_, Conflict, Invalid, NotFound
from kb.viewers import Viewer

KEPT = timedelta(days=2)
"""How long a run waits for its next answer."""
SETTLED_AFTER = timedelta(minutes=10)
"""How long a verdict can be taken back."""
VERDICTS = ("worked", "adapted", "failed", "left")
ANSWERERS = ("customer", "agent")

MOST_ANSWERS = 200
"""Each page goes through all of them once for each answer it shows: more would take seconds."""
MOST_REQUESTS = 50
ENDED = N_("This guided help has ended. Start again.")
SHORTEST_OWN_NAME = 16
"""Of the first request of somebody who is not known: it must not be guessed by others."""


@dataclass(frozen=True)
class Beginning:
    """What a run begins with.

    Args:
        kind, subject: what to follow: the key of a guide or of a case type.
        languages: best first.
        portal: the key of the portal it is in; "" for none.
        text: what the matter is, in a sentence.
        facts: attribute -> plain value.
        answerer: who answers: "customer" or "agent".
        request: names this request, so that it can be repeated; "" for none.
    """

    kind: Kind
    subject: str
    languages: Sequence[str]
    portal: str = ""
    text: str = ""
    facts: Mapping[str, object] | None = None
    answerer: str = "customer"
    request: str = ""


def start(
    session: Session, players: Players, beginning: Beginning, *, by: Viewer, now: datetime, secret: str
) -> tuple[GuidedRun, Play]:
    """Begin a run.

    Args:
        secret: of this installation; with it the id of a run follows from the request that began it.

    Raises:
        NotFound: there is no such guide or case type that this viewer may see, or what the request began is over.
        Invalid: field -> what is wrong with it; a fact's field is "facts." and its attribute.
        Conflict: a request of this name began something else.
    """
    _check(beginning, by)
    play = players.begin(
        session, by, now, beginning.kind, beginning.subject, list(beginning.languages) or ["en"]
    )
    known = _known(play, dict(beginning.facts or {}))
    id_ = _id(beginning.request, by, secret)
    found = session.get(GuidedRun, id_) if beginning.request else None
    if found is None:
        run = _new(id_, beginning, play, by, now)
        _understand(run, play, players, known, now)
        _follow(run, standing(run, play), now)
        try:
            with session.begin_nested():
                session.add(run)
        except IntegrityError:  # the same request came twice at this moment
            found = session.get(GuidedRun, id_, populate_existing=True)
            if found is None:
                raise
        else:
            return run, play
    _refuse_another(found, beginning, known, now)
    return found, players.play(session, by, now, found)


def _new(id_: str, beginning: Beginning, play: Play, by: Viewer, now: datetime) -> GuidedRun:
    return GuidedRun(
        id=id_,
        kind=beginning.kind.value,
        subject=beginning.subject,
        revision_id=play.revision_id,
        portal=beginning.portal,
        language=play.language,
        answerer=beginning.answerer,
        person_id=by.person_id,
        text=beginning.text,
        facts={},
        understood={},
        removed=[],
        answers=[],
        requests=[],
        wants_best=False,
        started_at=now,
    )


def _refuse_another(run: GuidedRun, beginning: Beginning, known: Mapping[str, object], now: datetime) -> None:
    """Raises `NotFound` where the run of this request is over, `Conflict` where it was begun with something else."""
    if run.expires_at <= now:
        raise NotFound(ENDED)
    begun = (run.kind, run.subject, run.portal, run.answerer, run.text)
    asked = (
        beginning.kind.value,
        beginning.subject,
        beginning.portal,
        beginning.answerer,
        beginning.text,
    )
    given = {key: value for key, value in run.facts.items() if key not in run.understood}
    if begun != asked or given != {key: value for key, value in known.items() if key not in run.removed}:
        raise Conflict(N_("A request of this name began something else."))


def find(
    session: Session,
    run_id: str,
    *,
    by: Viewer,
    now: datetime,
    portal: str | None = None,
    change: bool = False,
) -> GuidedRun:
    """A run, for whoever may go on with it.

    Args:
        portal: where it must be; None for anywhere.
        change: whether it is going to be changed: then nobody else does so meanwhile.

    Raises:
        NotFound: there is none, it has ended, or it is somebody else's: nobody is told which.
    """
    run = session.get(GuidedRun, run_id, with_for_update=True if change else None, populate_existing=change)
    is_own = run is not None and run.person_id in (None, by.person_id)
    if run is None or not is_own or run.expires_at <= now or portal not in (None, run.portal):
        raise NotFound(ENDED)
    return run


def answer(
    session: Session, run: GuidedRun, play: Play, given: Answer, *, now: datetime, request: str = ""
) -> Standing:
    """Answer the present step.

    Raises:
        Invalid: "step" where it is not the present one, "value" where it is no answer to it; nothing changes.
    """
    if (before := _repeated(run, play, request)) is not None:
        return before
    _refuse_finished(run)
    check_value(given.value)
    present = standing(run, play)
    if run.wants_best or isinstance(present.step, Outcome) or given.step != present.step.id:
        raise Invalid({"step": N_("This is an answer to a question that was not asked.")})
    if len(present.answers) >= MOST_ANSWERS:
        raise Invalid({"step": N_("This goes on for too long. Start again, or ask a person.")})
    answers = (*present.answers, given)
    found = with_answer(run, play, answers)
    _take(run, answers)
    return _done(session, run, replace(found, lost=present.lost), now, request)


def change(
    session: Session, run: GuidedRun, play: Play, at: int, value: object, *, now: datetime, request: str = ""
) -> Standing:
    """Put another answer in the place of an earlier one; those after it stay as far as they still fit.

    Args:
        at: which, counted from 0.

    Raises:
        Invalid: "at" where there is none, "value" where it is no answer to that step; nothing changes.
    """
    if (before := _repeated(run, play, request)) is not None:
        return before
    _refuse_finished(run)
    check_value(value)
    answers = answers_of(run)
    if not 0 <= at < len(answers):
        raise Invalid({"at": N_("There is no answer to change there.")})
    changed = (*answers[:at], replace(answers[at], value=value), *answers[at + 1 :])
    with_answer(run, play, changed[: at + 1])
    found = replayed(replace(told_by(run, play), answers=changed, wants_best=False), play)
    _take(run, found.answers)
    return _done(session, run, found, now, request)


def back(session: Session, run: GuidedRun, play: Play, *, now: datetime, request: str = "") -> Standing:
    """Take back what was done last: the verdict, the wish to see the best, or the last answer."""
    if (before := _repeated(run, play, request)) is not None:
        return before
    if run.tallied:
        _refuse_finished(run)
    if run.verdict:
        run.verdict, run.proposal, run.case_id = "", "", None
    elif run.wants_best:
        run.wants_best = False
    else:
        _take(run, standing(run, play).answers[:-1])
    return _done(session, run, standing(run, play), now, request)


def remove_fact(
    session: Session, run: GuidedRun, play: Play, attribute: str, *, now: datetime, request: str = ""
) -> Standing:
    """Forget a fact that was known at the start, or was misunderstood.

    Raises:
        Invalid: "attribute" where nothing is known of it.
    """
    if (before := _repeated(run, play, request)) is not None:
        return before
    _refuse_finished(run)
    if attribute not in run.facts:
        raise Invalid({"attribute": N_("Nothing is known of this.")})
    run.facts = {key: value for key, value in run.facts.items() if key != attribute}
    run.removed = [*run.removed, attribute]
    found = standing(run, play)
    _take(run, found.answers, wants_best=run.wants_best)
    return _done(session, run, found, now, request)


def show_best(session: Session, run: GuidedRun, play: Play, *, now: datetime, request: str = "") -> Standing:
    """Stop asking and show the best there is; `back` goes on asking."""
    if (before := _repeated(run, play, request)) is not None:
        return before
    _refuse_finished(run)
    run.wants_best = True
    return _done(session, run, standing(run, play), now, request)


def finish(
    session: Session,
    run: GuidedRun,
    play: Play,
    verdict: str,
    *,
    proposal: str = "",
    now: datetime,
    request: str = "",
) -> Standing:
    """Say how it went: worked, adapted, failed or left. It can be taken back for a few minutes.

    Args:
        proposal: the id of the one that was tried; that of the only one if not given.

    Raises:
        Invalid: "verdict" or "proposal" is none of those there are.
    """
    if (before := _repeated(run, play, request)) is not None:
        return before
    if run.tallied:
        _refuse_finished(run)
    if verdict not in VERDICTS:
        raise Invalid({"verdict": N_("It can be one of these: %(words)s.", words=", ".join(VERDICTS))})
    found = standing(run, play)
    proposals = [one.id for one in found.step.proposals] if isinstance(found.step, Outcome) else []
    if proposal and proposal not in proposals:
        raise Invalid({"proposal": N_("This was not proposed.")})
    run.verdict = verdict
    run.proposal = proposal or (proposals[0] if len(proposals) == 1 and verdict != "left" else "")
    run.case_id = proposing_case(session, found.step, run.proposal)
    return _done(session, run, found, now, request)


# What is said.


def _check(beginning: Beginning, by: Viewer) -> None:
    faults = {}
    if problem := texts.problem(beginning.text, LONGEST_TEXT):
        faults["text"] = problem
    if beginning.answerer not in ANSWERERS:
        faults["answerer"] = N_("It can be one of these: %(words)s.", words=", ".join(ANSWERERS))
    if problem := request_problem(beginning.request):
        faults["request"] = problem
    elif beginning.request and by.is_anonymous and len(beginning.request) < SHORTEST_OWN_NAME:
        faults["request"] = N_("Name the request by something that nobody can guess, such as a UUID.")
    faults |= faults_of(beginning.facts or {})
    if faults:
        raise Invalid(faults)


def _known(play: Play, facts: Mapping[str, object]) -> dict[str, object]:
    """What is known at the start, as plain data. Raises `Invalid`: "facts." and an attribute -> sentence."""
    if play.case_type is None:
        return {key: value for key, value in facts.items() if value is not None}
    try:
        read = read_facts(play.case_type, facts)
    except Invalid as refused:
        raise Invalid({f"facts.{key}": sentence for key, sentence in refused.fields.items()}) from None
    return {key: write_value(fact, play.case_type.by_key[key].kind) for key, fact in read.items()}


def _understand(
    run: GuidedRun, play: Play, players: Players, known: Mapping[str, object], now: datetime
) -> None:
    """Note what is known and what the text tells; what somebody said in so many words goes before."""
    read: Sequence[Understood] = ()
    if play.case_type is not None and run.text:
        read = players.cases.understood(play.case_type, run.text, play.language, now.date())
    told = {one.attribute: one for one in read if one.attribute not in known}
    run.facts = {**{key: one.value for key, one in told.items()}, **known}
    run.understood = {key: one.words for key, one in told.items()}


# What is kept.


def _take(run: GuidedRun, answers: Sequence[Answer], *, wants_best: bool = False) -> None:
    run.answers = [{"step": one.step, "value": one.value} for one in answers]
    run.wants_best = wants_best


def _done(session: Session, run: GuidedRun, found: Standing, now: datetime, request: str) -> Standing:
    if request:
        run.requests = [*run.requests, [request, len(found.answers)]][-MOST_REQUESTS:]
    _follow(run, found, now)
    try:
        session.flush()
    except StaleDataError:
        raise Conflict(N_("This was answered a moment ago, perhaps in another window. Look again.")) from None
    return found


def _follow(run: GuidedRun, found: Standing, now: datetime) -> None:
    run.path = [[one.guide, one.node, one.way, one.how] for one in found.passed]
    run.outcome = found.step.kind if isinstance(found.step, Outcome) else ""
    run.touched_at, run.expires_at = now, now + KEPT


def _repeated(run: GuidedRun, play: Play, request: str) -> Standing | None:
    """Where the same request left the run before; None for a new one. Raises `Invalid`."""
    if not request:
        return None
    if problem := request_problem(request):
        raise Invalid({"request": problem})
    found = next((count for name, count in run.requests if name == request), None)
    return None if found is None else standing(run, play, None if found == len(run.answers) else found)


def _refuse_finished(run: GuidedRun) -> None:
    if run.verdict:
        raise Conflict(N_("This guided help is finished. Go back first, or start again."))


def _id(request: str, by: Viewer, secret: str) -> str:
    """A name that nobody can guess; the same for the same request of the same person or machine."""
    if not request:
        return secrets.token_urlsafe(16)
    owner = by.person_id if by.person_id is not None else by.name
    said = "\0".join(["guided run", str(owner), request]).encode()
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), said, "sha256")[:16]).rstrip(b"=").decode()
