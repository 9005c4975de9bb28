"""Reviews: a revision's way from its author past its reviewers to its readers.

A draft is submitted and goes through the steps of its article's workflow. Each verb takes a turn (`turns`), looks at
what is stored now, and refuses what `workflow` does not allow. The last approval publishes; nothing else here does,
except a workflow that publishes first and a supervisor in a hurry, and both open a review for after.

A review for after can end in a return as well: the text shows on until a better one comes, or goes at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring import workflow
from authoring.approval import asking, checklists, deciders, guides, workflows
from authoring.approval.cases import Case, case
from authoring.approval.turns import hold, reread, take_turn
from authoring.approval.workflows import Plan
from authoring.languages import facts, translations
from authoring.models import Comment, Decision, Review
from authoring.workflow import APPROVE, OPEN, RETURN, Refusal, decides_as
from kb import articles, publication, queries, texts
from kb.errors import N_, Conflict, Invalid, LoginRequired, NotAllowed
from kb.models import Revision, Role, State, Translation
from kb.permissions import PUBLISH_ARTICLES, SYSTEM, require
from kb.viewers import Viewer

LONGEST_COMMENT = 5000
UNPUBLISHED = (State.DRAFT, State.IN_REVIEW, State.APPROVED)
URGENT_STEP = -1
"""Stands in the decisions of an urgent review for the publication itself, with its reason as comment."""

REFUSALS = {
    Refusal.CONTRIBUTED: N_("You wrote or changed this text yourself: somebody else has to decide."),
    Refusal.NOT_ASKED: N_("This step does not ask you, or not any more."),
}


def submit(
    session: Session, revision: Revision, *, by: Viewer, now: datetime, brought_in: bool = False
) -> Revision:
    """Hand a draft to its reviewers; one whose workflow publishes first shows at once and is reviewed after.

    Args:
        brought_in: from elsewhere, perhaps among hundreds: it is reviewed first whatever its workflow says, nobody
            is told of each, and there is no due time.

    Raises:
        Conflict: it is no draft any more, or there is a newer revision.
        Invalid: it would expire before anybody could read it, or is a guide in which people would be stuck.
    """
    take_turn(session)
    revision = reread(session, revision.id)
    translation, article = revision.translation, revision.translation.article
    ground = articles.ground_of(article, translation.language)
    require(by, articles.may_revise(article, translation.language), ground)
    plan = workflows.plan_for(session, article, revision.proposed)
    first = plan.publishes_first and not brought_in
    action = workflow.PUBLISH_FIRST if first else workflow.SUBMIT
    state = workflow.after(State.DRAFT if _is_stray(session, revision) else revision.state, action)
    _refuse_older(session, revision)
    if not brought_in and revision.expires_at is not None and revision.expires_at <= now:
        raise Invalid({"expires_at": N_("It has expired already: give it a later expiry.")})
    guides.refuse_broken(session, revision, by=by, now=now, brought_in=brought_in)
    _overtake(session, translation, now, below=revision.number)
    if first:
        _publish(session, revision, now)
    else:
        revision.state = State(state)
    _begin(session, revision, plan, by=by, now=now, after=first, quietly=brought_in)
    return revision


def _is_stray(session: Session, revision: Revision) -> bool:
    """Whether it is said to be in review and nobody reviews it: it came in before there were reviews."""
    return revision.state == State.IN_REVIEW and latest(session, revision) is None


def may_submit(session: Session, revision: Revision) -> bool:
    """Whether a revision is such that it can be handed to reviewers."""
    return workflow.allows(revision.state, workflow.SUBMIT) or _is_stray(session, revision)


def _begin(
    session: Session,
    revision: Revision,
    plan: Plan,
    *,
    by: Viewer,
    now: datetime,
    after: bool = False,
    urgent: bool = False,
    why: str = "",
    quietly: bool = False,
) -> Review:
    review = Review(
        revision_id=revision.id,
        workflow=plan.name,
        steps=[step.to_json() for step in plan.steps],
        after=after,
        urgent=urgent,
        started_by_id=by.person_id or None,
        started_at=now,
        due_at=None if quietly else now + timedelta(hours=plan.steps[0].due_hours),
    )
    session.add(review)
    session.flush()
    if urgent:
        review.decisions.append(
            Decision(
                step=URGENT_STEP,
                person_id=by.person_id or None,
                verdict=workflow.PUBLISH_URGENTLY,
                comment=why,
                decided_at=now,
            )
        )
        session.flush()
    if not quietly:
        asking.ask(session, case(session, review), now=now, why=why)
    return review


def overtake_open(session: Session, translation: Translation, *, now: datetime) -> None:
    """Let everything of a translation that was never published give way to newer work, and end its reviews.

    What shows and is being reviewed after goes on being so.
    """
    take_turn(session)
    _overtake(session, translation, now)


def _overtake(session: Session, translation: Translation, now: datetime, *, below: int | None = None) -> None:
    query = select(Revision).where(Revision.translation_id == translation.id, Revision.state.in_(UNPUBLISHED))
    if below is not None:
        query = query.where(Revision.number < below)
    overtaken = session.scalars(query.execution_options(populate_existing=True)).all()
    for one in overtaken:
        publication.overtake(session, one)
    _end_reviews(session, [one.id for one in overtaken], now)


def _end_reviews(
    session: Session, revision_ids: Sequence[int], now: datetime, outcome: str = "overtaken"
) -> None:
    query = select(Review).where(Review.revision_id.in_(revision_ids), Review.outcome == OPEN)
    for review in session.scalars(query.with_for_update()):
        review.outcome, review.ended_at = outcome, now
    session.flush()


def recall(session: Session, review: Review, *, by: Viewer, now: datetime) -> Revision:
    """The author, or whoever submitted it, takes a revision back: it is a draft again.

    Raises:
        Conflict: its review is over, or it shows already.
        NotAllowed: somebody else wrote it and handed it in.
    """
    revision = hold(session, review)
    if not may_recall(review, revision, by):
        raise NotAllowed(N_("Only its author can take it back."))
    _refuse_ended(session, review, revision)
    revision.state = State(workflow.after(revision.state, workflow.RECALL))
    review.outcome, review.ended_at = "recalled", now
    session.flush()
    return revision


def may_recall(review: Review, revision: Revision, by: Viewer) -> bool:
    """Whether a revision is this person's to take back."""
    return by.person_id is not None and by.person_id in {revision.author_id, review.started_by_id}


def seen(session: Session, found: Case) -> str:
    """A mark of what a reviewer looks at: the step, the text, and the properties and files approved with it."""
    article = found.article
    places = [place.topic_id for place in article.topics]
    files = [file.id for file in queries.attachments_of(session, article.id)]
    shown = [found.revision.id, found.matter.progress.step, article.kind, article.audience, places, files]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def decide(
    session: Session,
    review: Review,
    verdict: str,
    comment: str,
    *,
    by: Viewer,
    now: datetime,
    marks: Mapping[str, bool] | None = None,
    revision_seen: str | None = None,
    withdraw: bool = False,
) -> Review:
    """Approve a revision at the step at hand, or return it to its author.

    Args:
        verdict: "approve" or "return".
        comment: what to mend; needed to return.
        marks: point of the checklist -> whether it is met.
        revision_seen: what `seen` said when the page was opened; None to decide on whatever is there.
        withdraw: with the return of a text that shows already: take it away from its readers at once.

    Raises:
        Conflict: decided already, by this person or by others; recalled, withdrawn, or overtaken by newer work;
            changed since it was seen; it would expire before it shows.
        NotAllowed: not asked, not any more, or their own text.
        Invalid: the comment is missing or cannot be kept; the verdict or a mark is unknown.
    """
    if by.is_anonymous:
        raise LoginRequired(N_("Log in to do this."))
    revision = hold(session, review)
    found = case(session, review)
    _refuse_twice(found, by)
    _refuse_ended(session, review, revision)
    stands_for = _allowed(session, found, by, now)
    if revision_seen is not None and revision_seen != seen(session, found):
        raise Conflict(N_("The step was decided or the article changed meanwhile: look again."))
    _check(found, verdict, comment, withdraw=withdraw)
    person_id = by.person_id or 0
    checklists.mark(session, review, found.article, person_id, marks or {}, now=now)
    review.decisions.append(
        Decision(
            step=found.matter.progress.step,
            person_id=person_id,
            for_id=stands_for if stands_for != person_id else None,
            verdict=verdict,
            comment=comment.strip(),
            decided_at=now,
        )
    )
    session.flush()
    _go_on(session, case(session, review), comment.strip(), by=by, now=now, withdraw=withdraw)
    return review


def _refuse_twice(found: Case, by: Viewer) -> None:
    if any(one.person_id == by.person_id for one in found.review.decisions if one.step != URGENT_STEP):
        raise Conflict(N_("You have decided already."))


def _refuse_ended(session: Session, review: Review, revision: Revision) -> None:
    """What is over stays as it is; what is still open must still be what was handed in."""
    if not review.after:
        _refuse_older(session, revision)
    if review.outcome == "recalled":
        raise Conflict(N_("Its author took it back meanwhile."))
    if review.outcome in {"approved", "returned"}:
        raise Conflict(N_("Others have decided already."))
    if review.outcome == "overtaken":
        raise Conflict(N_("This review is over: something newer took its place."))
    wanted = State.PUBLISHED if review.after else State.IN_REVIEW
    if revision.state != wanted:
        raise Conflict(
            N_("This is not possible any more: something else happened to the revision meanwhile.")
        )


def _refuse_older(session: Session, revision: Revision) -> None:
    if newer := newer_than(session, revision):
        raise Conflict(
            N_("There is a newer revision, number %(number)s: look at that one.", number=newer.number)
        )


def newer_than(session: Session, revision: Revision) -> Revision | None:
    """The newest revision of the same translation, where it is newer work or shows."""
    query = select(Revision).where(
        Revision.translation_id == revision.translation_id,
        Revision.number > revision.number,
        Revision.state.in_([*UNPUBLISHED, State.PUBLISHED]),
    )
    return session.scalars(query.order_by(Revision.number.desc()).limit(1)).first()


def latest(session: Session, revision: Revision) -> Review | None:
    """The last review of a revision."""
    query = select(Review).where(Review.revision_id == revision.id).order_by(Review.id.desc())
    return session.scalars(query.limit(1)).first()


def _allowed(session: Session, found: Case, by: Viewer, now: datetime) -> int:
    """As whom this person decides; asked of the database, which knows of a role that was taken away meanwhile."""
    who = deciders.candidate(session, by.person_id or 0, now)
    answer = decides_as(found.matter, who.at(found.ground)) if who else Refusal.NOT_ASKED
    if answer == Refusal.DECIDED:
        raise Conflict(N_("Somebody who stands in for you has decided already."))
    if isinstance(answer, Refusal):
        raise NotAllowed(REFUSALS[answer])
    return answer


def _check(found: Case, verdict: str, comment: str, *, withdraw: bool) -> None:
    problems: dict[str, str] = {}
    if verdict not in {APPROVE, RETURN}:
        problems["verdict"] = N_("Approve it or return it.")
    if reason := texts.problem(comment, LONGEST_COMMENT):
        problems["comment"] = reason
    elif verdict == RETURN and not comment.strip():
        problems["comment"] = N_("Say what has to be mended.")
    if withdraw and not (verdict == RETURN and found.review.after):
        problems["withdraw"] = N_(
            "Only a text that shows already can be taken away, and only by returning it."
        )
    if problems:
        raise Invalid(problems)


def _go_on(session: Session, found: Case, comment: str, *, by: Viewer, now: datetime, withdraw: bool) -> None:
    """After a decision: wait for more, ask the next step, publish, or give it back."""
    review, progress = found.review, found.matter.progress
    if progress.outcome == OPEN and progress.step == review.step:
        return
    if progress.outcome == OPEN:
        review.step, review.escalated_at = progress.step, None
        review.due_at = now + timedelta(hours=found.matter.steps[progress.step].due_hours)
        session.flush()
        asking.ask(session, case(session, review), now=now)
        return
    review.outcome, review.ended_at = progress.outcome, now
    if progress.outcome == "approved":
        if not review.after:
            found.revision.state = State(workflow.after(found.revision.state, APPROVE))
            _publish(session, found.revision, now)
    elif not review.after:
        found.revision.state = State(workflow.after(found.revision.state, RETURN))
    elif withdraw:
        publication.withdraw(session, found.revision, by=SYSTEM, now=now)
    session.flush()
    asking.tell_author(session, found, comment, by=by, now=now)


def _publish(session: Session, revision: Revision, now: datetime) -> None:
    """Let it show, in place of all earlier work on the same translation."""
    _overtake(session, revision.translation, now, below=revision.number)
    same_facts = facts.same_facts(session, revision, at=now)
    publication.publish(session, revision, by=SYSTEM, approved_at=now, same_facts=same_facts)
    translations.tell_stale(session, revision, now)
    if revision.publish_at <= now:
        earlier = select(Revision.id).where(
            Revision.translation_id == revision.translation_id, Revision.number < revision.number
        )
        _end_reviews(session, session.scalars(earlier).all(), now)


def publish_urgently(session: Session, revision: Revision, *, by: Viewer, now: datetime, why: str) -> Review:
    """A supervisor lets a text show at once, past its reviewers; they are told, and review it after.

    Neither its authors nor the supervisor who did it may be among those reviewers.

    Raises:
        Invalid: no reason is given.
        Conflict: it is not waiting for publication, there is a newer revision, or it has expired.
    """
    take_turn(session)
    revision = reread(session, revision.id)
    article = revision.translation.article
    require(by, frozenset({Role.SUPERVISOR}), articles.ground_of(article, revision.translation.language))
    workflow.after(revision.state, workflow.PUBLISH_URGENTLY)
    _refuse_older(session, revision)
    _check_reason(why)
    plan = workflows.plan_for(session, article, revision.proposed)
    _end_reviews(session, [revision.id], now)
    revision.publish_at = min(revision.publish_at, now)
    _publish(session, revision, now)
    return _begin(session, revision, plan, by=by, now=now, after=True, urgent=True, why=why.strip())


def withdraw(session: Session, revision: Revision, *, by: Viewer, now: datetime, why: str) -> None:
    """Take a published text away from every reader at once; the reason stays with it as a comment.

    Raises:
        Invalid: no reason is given.
        Conflict: it is not published.
    """
    take_turn(session)
    revision = reread(session, revision.id)
    language = revision.translation.language
    require(by, PUBLISH_ARTICLES, articles.ground_of(revision.translation.article, language))
    workflow.after(revision.state, workflow.WITHDRAW)
    _check_reason(why)
    publication.withdraw(session, revision, by=by, now=now)
    reason = Comment(
        revision_id=revision.id, person_id=by.person_id or None, body=why.strip(), created_at=now
    )
    reason.resolved_at, reason.resolved_by_id = now, by.person_id or None
    session.add(reason)
    _end_reviews(session, [revision.id], now, outcome="returned")


def _check_reason(why: str) -> None:
    reason = texts.problem(why, LONGEST_COMMENT) if why.strip() else N_("Say why.")
    if reason:
        raise Invalid({"why": reason})
