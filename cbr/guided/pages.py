"""The pages of guided help, wherever they stand: on a portal for its readers, in the work area for agents.

Each form is answered by a redirect to the run, so that a page can be loaded again, and names its request, so that a
form that is sent twice counts once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cbr.case_type import CaseType
from cbr.guided import runs, shown
from cbr.guided.playing import Kind, Play, Players
from cbr.guided.retaining import may_keep
from cbr.guided.saying import LONGEST_TEXT
from cbr.guided.standing import Standing, standing
from cbr.guided.steps import Answer, Question
from cbr.models import GuidedRun
from kb.context import now, services, session, viewer
from kb.errors import N_, Conflict, Invalid, NotFound
from kb.http import told
from kb.languages import named
from kb.queries import Card
from kb.views import portal

STARTS = "30 per minute; 300 per hour"
"""Each is a row in the database; people who are logged in may start more."""

DONE, COULD_NOT = "done", "could-not"
FACT = "facts."
Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class Surface:
    """Where the pages stand.

    Args:
        name: of the blueprint.
        layout: the template around them.
        portal: the key of the portal; "" for none.
        language: of the page.
        languages: best first.
        article: the address of an article.
        has_token: whether forms carry a token; else they must come from this site.
        values: of the addresses of all its pages.
        start, step: the templates of what can be started, and of a step.
        facts: what is known of the customer before anything is asked: attribute -> plain value.
    """

    name: str
    layout: str
    portal: str
    language: str
    languages: Sequence[str]
    article: Callable[[Card], str]
    has_token: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    start: str = "cbr/guided.html"
    step: str = "cbr/player.html"
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_staff(self) -> bool:
        """Whether these are work pages."""
        return not self.portal

    def to(self, page: str, **values: object) -> str:
        """The address of one of its pages."""
        return url_for(f"{self.name}.{page}", **self.values, **values)  # type: ignore[arg-type]


def players() -> Players:
    """What this process keeps ready to play."""
    return cast(Players, current_app.extensions["guided"])


def answerer() -> str:
    """Who answers: an agent is asked what only agents know."""
    return "agent" if viewer().is_staff else "customer"


def index(surface: Surface, problem: str = "") -> Page:
    """What can be started."""
    offers = players().offers(session(), viewer(), now(), surface.languages)
    page = render_template(
        surface.start,
        layout=surface.layout,
        surface=surface,
        offers=offers,
        text=request.values.get("text", ""),
        problem=problem,
        longest=LONGEST_TEXT,
        name=lambda case_type: _name(case_type, surface.languages),
        new_request=_new_request,
    )
    return (page, 422) if problem else page


def start(surface: Surface) -> Page:
    """Begin a run: a guide, a case type, or whichever case type understands most of the text."""
    form = request.form
    text = form.get("text", "").strip()
    if guide := form.get("guide"):
        kind, subject = Kind.TREE, guide
    else:
        kind, subject = Kind.ADAPTIVE, form.get("case_type") or _best_for(text, surface)
    beginning = runs.Beginning(
        kind,
        subject,
        surface.languages,
        portal=surface.portal,
        text=text,
        facts=surface.facts,
        answerer=answerer(),
        request=form.get("request", ""),
    )
    try:
        return redirect(surface.to("run", run_id=_begun(beginning)), 303)
    except Invalid as refused:
        return index(surface, _said(refused))


def _begun(beginning: runs.Beginning) -> str:
    """The id of the run; what the page around knows and this guided help does not is left out."""

    def begin(wanted: runs.Beginning) -> str:
        secret = services().config.secret_key
        return runs.start(session(), players(), wanted, by=viewer(), now=now(), secret=secret)[0].id

    try:
        return begin(beginning)
    except Invalid as refused:
        unknown = {name.removeprefix(FACT) for name in refused.fields if name.startswith(FACT)}
        if len(unknown) < len(refused.fields):
            raise
        facts = {key: value for key, value in (beginning.facts or {}).items() if key not in unknown}
        return begin(replace(beginning, facts=facts))


def run_page(surface: Surface, run_id: str) -> Page:
    """The step that a run is at; with `?change=` an earlier one, to be answered anew."""
    run = runs.find(session(), run_id, by=viewer(), now=now(), portal=surface.portal)
    return _page(surface, run, _play(surface, run))


def act(surface: Surface, run_id: str, verb: str) -> Page:
    """Do one of the things that can be done with a run."""
    run = runs.find(session(), run_id, by=viewer(), now=now(), portal=surface.portal, change=True)
    play = _play(surface, run)
    try:
        found = _VERBS[verb](run, play)
    except Invalid as refused:
        return _page(surface, run, play, _said(refused)), 422
    except Conflict as conflict:
        session().rollback()
        run = runs.find(session(), run_id, by=viewer(), now=now(), portal=surface.portal)
        return _page(surface, run, play, told(conflict.sentence)), 409
    lost = {"lost": found.lost} if found.lost else {}
    return redirect(surface.to("run", run_id=run_id, **lost) + "#step-head", 303)


def _answer(run: GuidedRun, play: Play) -> Standing:
    given = Answer(request.form.get("step", ""), _value())
    return runs.answer(session(), run, play, given, now=now(), request=_request())


def _change(run: GuidedRun, play: Play) -> Standing:
    at = request.form.get("at", -1, type=int)
    return runs.change(session(), run, play, at, _value(), now=now(), request=_request())


def _back(run: GuidedRun, play: Play) -> Standing:
    return runs.back(session(), run, play, now=now(), request=_request())


def _forget(run: GuidedRun, play: Play) -> Standing:
    attribute = request.form.get("attribute", "")
    return runs.remove_fact(session(), run, play, attribute, now=now(), request=_request())


def _best(run: GuidedRun, play: Play) -> Standing:
    return runs.show_best(session(), run, play, now=now(), request=_request())


def _finish(run: GuidedRun, play: Play) -> Standing:
    form = request.form
    return runs.finish(
        session(),
        run,
        play,
        form.get("verdict", ""),
        proposal=form.get("proposal", ""),
        now=now(),
        request=_request(),
    )


_VERBS: Mapping[str, Callable[[GuidedRun, Play], Standing]] = {
    "answer": _answer,
    "change": _change,
    "back": _back,
    "forget": _forget,
    "best": _best,
    "finish": _finish,
}
VERBS = ",".join(_VERBS)


def _value() -> object:
    """What the form answers, None for "don't know". Raises `Invalid` where it says nothing."""
    form = request.form
    if "unknown" in form:
        return None
    given = form.getlist("value")
    if form.get("kind") == "several":
        return given
    value = given[0].strip() if given else ""
    if form.get("kind") == "instruction":
        return {DONE: True, COULD_NOT: False}.get(value, value)
    if not value:
        raise Invalid({"value": N_("Answer the question, or choose “I don't know”.")})
    return value


def _request() -> str:
    return request.form.get("request", "")


def _new_request() -> str:
    return secrets.token_urlsafe(16)


def _said(refused: Invalid) -> str:
    return " ".join(dict.fromkeys(told(sentence) for sentence in refused.fields.values()))


def _play(surface: Surface, run: GuidedRun) -> Play:
    return players().play(session(), viewer(), now(), run, surface.language)


def _page(surface: Surface, run: GuidedRun, play: Play, problem: str = "") -> str:
    present = standing(run, play)
    at = request.args.get("change", type=int)
    if problem and request.view_args and request.view_args.get("verb") == "change":
        at = request.form.get("at", type=int)
    changing = at is not None and 0 <= at < len(present.answers) and not run.verdict
    found = standing(run, play, at) if changing else present
    given = present.answers[at].value if changing and at is not None else None
    return render_template(
        surface.step,
        layout=surface.layout,
        surface=surface,
        run=run,
        play=play,
        shown=shown.shown(run, play, found, surface.article),
        facts=shown.facts(run, play),
        answers=shown.answers(run, play, present),
        at=at if changing else None,
        given=_as_typed(found, given),
        lost=present.lost or min(max(request.args.get("lost", 0, type=int), 0), runs.MOST_ANSWERS),
        problem=problem,
        contact="" if surface.is_staff else portal.contact(),
        may_keep=surface.is_staff and may_keep(run, viewer()),
        article=surface.article,
        told=told,
        new_request=_new_request,
    )


def _as_typed(found: Standing, given: object) -> object:
    """An earlier answer as the form has it."""
    if isinstance(given, list):
        return given
    is_done = {True: DONE, False: COULD_NOT}
    if isinstance(given, bool) and not isinstance(found.step, Question):
        return is_done[given]
    return "" if given is None else str(given)


def _best_for(text: str, surface: Surface) -> str:
    """The case type in which most of a text is understood; of equals the first. Raises `NotFound`."""
    offered = players().cases.offered(session(), viewer())
    if not offered:
        raise NotFound(N_("There is no guided help with this name here."))

    def understood(case_type: CaseType) -> int:
        return len(players().cases.understood(case_type, text, surface.language, now().date()))

    return max(offered, key=understood).key if text and len(offered) > 1 else offered[0].key


def _name(case_type: CaseType, languages: Sequence[str]) -> str:
    return named(case_type.names, (*languages, "en"), case_type.key.replace("_", " "))
