"""The page of a review: the text as readers will see it, what changes, what was found, and the decision."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from authoring.approval import checklists, checks, deciders, desk_queries, reviews, workflows
from authoring.approval.cases import Case, case
from authoring.approval.reviews import URGENT_STEP
from authoring.lifetimes import kinds
from authoring.models import Review
from authoring.views import desk, review_words
from authoring.views.blueprint import DESK, blueprint
from authoring.views.differing import difference
from authoring.views.review_changes import parts
from authoring.views.review_forms import DecisionForm, ReasonForm, with_points
from authoring.workflow import OPEN, PUBLISH_URGENTLY, RECALL, Refusal, allows, decides_as
from kb import articles
from kb.access import needs
from kb.context import now, session, structure, viewer
from kb.errors import N_, NotAllowed
from kb.languages import named
from kb.models import Revision, Role, State
from kb.permissions import PUBLISH_ARTICLES
from kb.standing import state_of
from kb.templating import moment
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order, row
from kb.views.admin.confirmation import confirmation
from kb.views.admin.revisions import preview

CONTEXT = 3  # unchanged lines before and after a change


@blueprint.route("/reviews/<int:review_id>", methods=["GET", "POST"])
@needs(*Role)
def review(review_id: int) -> Answer:
    """Read, compare, decide. What is sent decides; the answer leads on to what waits next."""
    found = case(session(), row(Review, review_id))
    _require_part(found)
    rule = kinds.rule_of(session(), found.article.kind)
    form = with_points(DecisionForm, rule.checklist, reading_order())(
        data={"seen": reviews.seen(session(), found)}
    )
    if form.submitted():
        with form.problems(), session().begin_nested():
            reviews.decide(
                session(),
                found.review,
                form.verdict.data or "",
                form.comment.data or "",
                by=viewer(),
                now=now(),
                marks=form.marks(),
                revision_seen=form.seen.data,
                withdraw=form.withdraw.data,
            )
            flash(_said(case(session(), found.review)), "ok")
            return redirect(_next_address(found.review.id), 303)
        found = case(session(), row(Review, review_id))
    return _page(found, form), form.status


def _require_part(found: Case) -> None:
    """Those who work on articles look at every review, others at those that ask them or asked them.

    Raises:
        NotAllowed: this person has no part in it.
    """
    decided = any(one.person_id == viewer().person_id for one in found.review.decisions)
    if not (viewer().has(*DESK) or decided or isinstance(_standing(found), int)):
        raise NotAllowed(N_("This step does not ask you, or not any more."))


def _standing(found: Case) -> int | Refusal:
    """As whom the viewer may decide, or why they may not."""
    who = deciders.candidate(session(), viewer().person_id or 0, now(), known=structure())
    if who is None or not found.is_open:
        return Refusal.NOT_ASKED
    answer = decides_as(found.matter, who.at(found.ground))
    return answer


def _said(found: Case) -> str:
    """What a decision came to, for the next page."""
    title, shows_at = found.revision.title, found.revision.publish_at
    if found.review.outcome == OPEN:
        said = _("“%(title)s”: your approval counts. It still needs others.", title=title)
    elif found.review.outcome == "returned" and found.revision.state == State.WITHDRAWN:
        said = _("“%(title)s” is returned, and readers see it no more.", title=title)
    elif found.review.outcome == "returned":
        said = _("“%(title)s” is returned to its author.", title=title)
    elif shows_at > now():
        said = _(
            "“%(title)s” is approved. It will show from %(moment)s on.", title=title, moment=moment(shows_at)
        )
    else:
        said = _("“%(title)s” is approved. Readers see it now.", title=title)
    return str(said)


def _next_address(review_id: int) -> str:
    """What waits for this person after this review; the desk when nothing does."""
    waiting = [one for one in desk.afresh() if one != review_id]
    return url_for("authoring.review", review_id=waiting[0]) if waiting else url_for("authoring.desk")


def _page(found: Case, form: DecisionForm) -> str:
    revision, standing = found.revision, _standing(found)
    before = checks.shown_before(session(), revision, now())
    waiting = desk.waiting()
    at = waiting.index(found.review.id) if found.review.id in waiting else None
    return render_template(
        "authoring/review.html",
        case=found,
        review=found.review,
        revision=revision,
        article=found.article,
        own=found.translation.language,
        page=preview(revision),
        before=before,
        parts=list(parts(before, revision)),
        changes=difference(before.body, revision.body, context=CONTEXT) if before else None,
        checked=checks.check(
            session(),
            revision,
            now=now(),
            languages=languages_in_use(),
            snippets=structure().snippets_in((found.translation.language, *reading_order())),
        ),
        form=form,
        may_decide=isinstance(standing, int),
        stands_for=standing if isinstance(standing, int) and standing != viewer().person_id else None,
        refusal=standing if isinstance(standing, Refusal) and found.is_open else None,
        may_recall=found.is_open
        and allows(revision.state, RECALL)
        and reviews.may_recall(found.review, revision, viewer()),
        may_hurry=_may_hurry(revision),
        may_withdraw=revision.state == State.PUBLISHED and _may(revision, PUBLISH_ARTICLES),
        newer=reviews.newer_than(session(), revision),
        marks=checklists.marks_of(session(), found.review),
        rule=kinds.rule_of(session(), found.article.kind),
        people=desk_queries.people_names(session(), _people(found)),
        groups=desk_queries.group_names(session(), [step.group for step in found.matter.steps]),
        audience=named(
            structure().audiences.get(found.article.audience, {}), reading_order(), found.article.audience
        ),
        languages=reading_order(),
        previous=waiting[at - 1] if at else None,
        following=waiting[at + 1] if at is not None and at + 1 < len(waiting) else None,
        place=(at + 1, len(waiting)) if at is not None else None,
        state=state_of(revision, now()),
        state_of=state_of,
        words=review_words,
        urgent_step=URGENT_STEP,
        now=now(),
    )


def _people(found: Case) -> set[int | None]:
    ids: set[int | None] = {found.revision.author_id, found.review.started_by_id}
    for one in found.review.decisions:
        ids |= {one.person_id, one.for_id}
    return ids.union(*(step.people for step in found.matter.steps), {_person(_standing(found))})


def _person(standing: int | Refusal) -> int | None:
    return standing if isinstance(standing, int) else None


def _may(revision: Revision, roles: frozenset[Role]) -> bool:
    translation = revision.translation
    return viewer().may(roles, articles.ground_of(translation.article, translation.language))


def _may_hurry(revision: Revision) -> bool:
    return allows(revision.state, PUBLISH_URGENTLY) and _may(revision, frozenset({Role.SUPERVISOR}))


@blueprint.post("/reviews/<int:review_id>/recall")
@needs(*DESK)
def review_recall(review_id: int) -> Response:
    """The author takes it back and goes on writing."""
    revision = reviews.recall(session(), row(Review, review_id), by=viewer(), now=now())
    flash(_("“%(title)s” is a draft again.", title=revision.title), "ok")
    return redirect(_edit_address(revision), 303)


def _edit_address(revision: Revision) -> str:
    translation = revision.translation
    return url_for("authoring.edit", article_id=translation.article_id, language=translation.language)


@blueprint.route("/revisions/<int:revision_id>/submit", methods=["GET", "POST"])
@needs(*DESK)
def review_submit(revision_id: int) -> Answer:
    """Where a revision is on its way: its review, else who will have to approve it, with the button to begin."""
    revision = row(Revision, revision_id)
    if request.method == "GET" and not reviews.may_submit(session(), revision):
        return redirect(_address(revision))
    form = ReasonForm()
    del form.why
    if form.submitted():
        with form.problems(), session().begin_nested():
            reviews.submit(session(), revision, by=viewer(), now=now())
            flash(_("“%(title)s” is on its way.", title=revision.title), "ok")
            return redirect(_address(revision), 303)
    translation = revision.translation
    plan = workflows.plan_for(session(), translation.article, revision.proposed)
    people = desk_queries.people_names(session(), {one for step in plan.steps for one in step.people})
    groups = desk_queries.group_names(session(), [step.group for step in plan.steps])
    page = render_template(
        "authoring/submit.html",
        revision=revision,
        article=translation.article,
        own=translation.language,
        plan=plan,
        steps=[
            (review_words.asked(step, people, groups), step, timedelta(hours=step.due_hours))
            for step in plan.steps
        ],
        form=form,
        words=review_words,
    )
    return page, form.status


@blueprint.route("/revisions/<int:revision_id>/urgent", methods=["GET", "POST"])
@needs(Role.SUPERVISOR)
def review_urgent(revision_id: int) -> Answer:
    """Past the reviewers, who look at it after."""
    revision = row(Revision, revision_id)
    form = ReasonForm()
    return confirmation(
        _("Publish “%(title)s” now?", title=revision.title),
        lambda: reviews.publish_urgently(
            session(), revision, by=viewer(), now=now(), why=form.why.data or ""
        ),
        loss=_(
            "Readers see it at once, before anybody has approved it. It is marked as urgent, and somebody else than "
            "you and its authors reviews it after."
        ),
        button=_("Publish now"),
        done=_("“%(title)s” is published. The reviewers are told to look at it.", title=revision.title),
        back=_address(revision),
        after=url_for("authoring.review_submit", revision_id=revision.id),
        form=form,
    )


@blueprint.route("/revisions/<int:revision_id>/withdraw", methods=["GET", "POST"])
@needs(*DESK)
def review_withdraw(revision_id: int) -> Answer:
    """Away from every reader, with a reason."""
    revision = row(Revision, revision_id)
    form = ReasonForm()
    return confirmation(
        _("Withdraw “%(title)s”?", title=revision.title),
        lambda: reviews.withdraw(session(), revision, by=viewer(), now=now(), why=form.why.data or ""),
        loss=_(
            "No reader sees it any more, from this second on. What was published before it does not come back."
        ),
        button=_("Withdraw"),
        done=_("It is withdrawn."),
        back=_address(revision),
        after=url_for("admin.article_revision", revision_id=revision.id),
        form=form,
    )


def _address(revision: Revision) -> str:
    """Its last review, else the revision itself."""
    latest = reviews.latest(session(), revision)
    if latest is None:
        return url_for("admin.article_revision", revision_id=revision.id)
    return url_for("authoring.review", review_id=latest.id)
