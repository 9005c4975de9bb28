"""Requests as customers see them: on a portal, without a script too, and the same as a part of the widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import redirect, render_template, request
from flask_babel import format_datetime
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from kb import content, context
from kb.context import now, services, session, viewer
from kb.errors import N_, AsksTooMuch, NotFound
from kb.http import told
from kb.views.admin.blueprint import Answer
from kb.views.portal import needs_feature, site
from routing import core, looking_up, replies
from routing.lifecycle import ENDED, State
from search import answers
from search.asking import LONGEST_QUESTION, filters_for
from search.box import Place, box
from widgets.requests import asking, guard
from widgets.requests.asking import Sent, Wish
from widgets.requests.forms import CALL, SOON, RequestForm
from widgets.requests.models import HelpRequest

FEATURE = "requests"
MOST_SHOWN = 3
WHEN = "EEEE d MMMM, HH:mm zzz"
PICKED_UP = frozenset({State.ACTIVE, State.WRAP_UP, State.ESCALATED})


@dataclass(frozen=True)
class Surface:
    """Where requests stand.

    Args:
        name: of the surface, for what is learned from questions.
        form, sent: the templates of the form, and of a request that was sent.
        article: slug -> address.
        done: the address of a request.
        facts: what the page around knows of the customer: attribute -> plain value.
    """

    name: str
    form: str
    sent: str
    article: Callable[[str], str]
    done: Callable[[HelpRequest], str]
    facts: Mapping[str, object] = field(default_factory=dict)


def new(surface: Surface) -> Answer:
    """A new request. What may help already stands beside the form, so that nobody waits for what is written."""
    _refuse_where_nobody_is()
    form = _form()
    if form.submitted():
        with form.problems():
            return redirect(surface.done(_asked(surface, form)), 303)
    question = (form.question.data or "").strip()
    page = render_template(
        surface.form, form=form, trap=guard.TRAP, answer=_answered(surface, question), question=question
    )
    return page, form.status


def one(surface: Surface, token: str) -> str:
    """A request, for whoever has its link: how it stands, and what was answered."""
    found = asking.found(session(), token)
    if found.contact.portal != site().key:
        raise NotFound(N_("There is no such request, or it is too old."))
    sent = [reply for reply in replies.of(session(), found.contact) if reply.sent_at]
    return render_template(
        surface.sent, found=found, replies=sent, stands=_stands(found), render=content.render
    )


def lost(surface: Surface) -> Answer | Response:
    """To a request by its number and the address that was given with it, for whoever lost the link."""
    _refuse_where_nobody_is()
    problem = ""
    if request.method == "POST":
        number, email = request.form.get("number", "")[:40], request.form.get("email", "")[:300]
        try:
            return redirect(surface.done(asking.by_number(session(), number, email)), 303)
        except NotFound as error:
            problem = told(error.sentence)
    return render_template("widgets/requests.html", problem=problem), 404 if problem else 200


def _refuse_where_nobody_is() -> None:
    needs_feature(FEATURE)
    if not asking.is_offered(session()):
        raise NotFound(N_("There is nobody here who takes requests."))


def _form() -> RequestForm:
    known = {"question": request.args.get("q", ""), "run": request.args.get("run", "")}
    data = {**known, "read": request.args.get("read", "")}
    form = RequestForm(data=data, meta={"csrf": False})  # it stands on other sites' pages too
    times = asking.hours_to_call(session(), site().key, now())
    form.call_at.choices = [
        SelectChoice(SOON, _("As soon as possible")),
        *(SelectChoice(at.isoformat(), format_datetime(at, WHEN, rebase=False)) for at in times),
    ]
    if not form.is_submitted():
        form.stamp.data = guard.stamp(services().config.secret_key, now())
    return form


def _asked(surface: Surface, form: RequestForm) -> HelpRequest:
    secret, trap = services().config.secret_key, request.form.get(guard.TRAP, "")
    guard.check(secret, form.stamp.data or "", trap, now())
    wants_call = form.kind.data == CALL
    at = form.call_at.data
    wish = Wish(
        portal=site().key,
        language=context.language(),
        question=form.question.data or "",
        name=form.name.data or "",
        email=form.email.data or "",
        phone=form.phone.data or "",
        wants_call=wants_call,
        call_at=datetime.fromisoformat(at) if wants_call and at != SOON else None,
        run_id=form.run.data or "",
        read=(form.read.data or "").split(",") if form.read.data else (),
        files=[Sent(one.filename or "", one.read()) for one in form.files.data or [] if one],
        agreed=form.agreed.data,
        facts=surface.facts,
    )
    return asking.ask(
        session(),
        services().config,
        wish,
        core.of_this_process(),
        looking_up.of_this_process(),
        by=viewer(),
        now=now(),
    )


def _answered(surface: Surface, question: str) -> answers.Answer:
    """What the one box says to what is asked."""
    if not question:
        return answers.Answer()
    place = Place(
        surface=surface.name,
        viewer=viewer(),
        site=site(),
        now=now(),
        language=context.language(),
        others=(),
        address=lambda hit: hit.slug if hit.source else surface.article(hit.slug),
        keeps=False,
    )
    filters = filters_for(viewer(), languages=[context.language()], portal=site())
    try:
        return box().answer(question[:LONGEST_QUESTION], filters, place, limit=MOST_SHOWN, facets=False)
    except AsksTooMuch:
        return answers.Answer()


def _stands(found: HelpRequest) -> str:
    """How it stands, in the customer's words."""
    contact = found.contact
    if contact.state in ENDED:
        return str(_("It is done."))
    if contact.state in PICKED_UP:
        return str(_("Somebody is working on it."))
    if found.call_at and found.call_at > now():
        return str(_("We call you at the time that you chose."))
    return str(_("It waits for somebody who can help."))
