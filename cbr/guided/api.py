"""Guided help as JSON: for other systems' pages, chat programs and telephone menus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request, url_for

from cbr.guided import runs, shown
from cbr.guided.pages import STARTS, answerer, players
from cbr.guided.playing import Kind, Play
from cbr.guided.schemas import GivenAnswer, Named, NewRun, RunAndStep, Verdict
from cbr.guided.shown import Reason, Said, ShownProposal, ShownStep
from cbr.guided.standing import Standing, standing
from cbr.guided.steps import Answer, Outcome, Question
from cbr.models import GuidedRun
from kb import context, openapi
from kb.access import public, same_site
from kb.api import article_address, asker, reading_languages
from kb.context import now, services, session, structure
from kb.http import told
from kb.limits import API, limiter
from kb.queries import Card
from kb.views.staff import keep_private

blueprint = openapi.Blueprint("runs", __name__, description="Guided help")
blueprint.before_request(keep_private)


def init_app(app: Flask) -> None:
    """Add guided help to the API."""
    app.extensions["api"].register_blueprint(blueprint)


@blueprint.post("/runs")
@public
@same_site
@limiter.limit(API)
@limiter.limit(STARTS, exempt_when=lambda: not context.viewer().is_anonymous)
@blueprint.arguments(NewRun)
@blueprint.response(201, RunAndStep)
def start(args: dict[str, Any]) -> dict[str, Any]:
    """Begin a run: through a guide, or by the solved cases of a type."""
    own, site = asker(args.get("portal"))
    kind, subject = (Kind.TREE, args["guide"]) if "guide" in args else (Kind.ADAPTIVE, args["case_type"])
    beginning = runs.Beginning(
        kind,
        subject,
        reading_languages(args.get("language"), site, own),
        portal=site.key if site else "",
        text=args["text"].strip(),
        facts=args["facts"],
        answerer=args.get("answerer") or answerer(),
        request=_request(args),
    )
    secret = services().config.secret_key
    run, play = runs.start(session(), players(), beginning, by=own, now=now(), secret=secret)
    return _told(run, play, standing(run, play))


@blueprint.get("/runs/<run_id>")
@public
@limiter.limit(API)
@blueprint.response(200, RunAndStep)
def run(run_id: str) -> dict[str, Any]:
    """A run, to go on with it."""
    found, play = _found(run_id)
    return _told(found, play, standing(found, play))


@blueprint.post("/runs/<run_id>/answers")
@public
@same_site
@limiter.limit(API)
@blueprint.arguments(GivenAnswer)
@blueprint.response(200, RunAndStep)
def answer(args: dict[str, Any], run_id: str) -> dict[str, Any]:
    """Answer the present step, or change an earlier answer."""
    found, play = _found(run_id, change=True)
    rest: dict[str, Any] = {"now": now(), "request": _request(args)}
    if "at" in args:
        after = runs.change(session(), found, play, args["at"], args["value"], **rest)
    else:
        after = runs.answer(session(), found, play, Answer(args["step"], args["value"]), **rest)
    return _told(found, play, after)


@blueprint.post("/runs/<run_id>/back")
@public
@same_site
@limiter.limit(API)
@blueprint.arguments(Named)
@blueprint.response(200, RunAndStep)
def back(args: dict[str, Any], run_id: str) -> dict[str, Any]:
    """Take back the last answer, or the wish to see the best."""
    found, play = _found(run_id, change=True)
    return _told(found, play, runs.back(session(), found, play, now=now(), request=_request(args)))


@blueprint.post("/runs/<run_id>/best")
@public
@same_site
@limiter.limit(API)
@blueprint.arguments(Named)
@blueprint.response(200, RunAndStep)
def best(args: dict[str, Any], run_id: str) -> dict[str, Any]:
    """Stop asking and show the best there is; `back` goes on asking."""
    found, play = _found(run_id, change=True)
    return _told(found, play, runs.show_best(session(), found, play, now=now(), request=_request(args)))


@blueprint.delete("/runs/<run_id>/facts/<attribute>")
@public
@same_site
@limiter.limit(API)
@blueprint.response(200, RunAndStep)
def forget(run_id: str, attribute: str) -> dict[str, Any]:
    """Forget a fact that was misunderstood."""
    found, play = _found(run_id, change=True)
    request_id = request.headers.get("Idempotency-Key", "")
    after = runs.remove_fact(session(), found, play, attribute, now=now(), request=request_id)
    return _told(found, play, after)


@blueprint.post("/runs/<run_id>/finish")
@public
@same_site
@limiter.limit(API)
@blueprint.arguments(Verdict)
@blueprint.response(200, RunAndStep)
def finish(args: dict[str, Any], run_id: str) -> dict[str, Any]:
    """Say how it went. It can be taken back for a few minutes."""
    found, play = _found(run_id, change=True)
    after = runs.finish(
        session(),
        found,
        play,
        args["verdict"],
        proposal=args["proposal"],
        now=now(),
        request=_request(args),
    )
    return _told(found, play, after)


def _request(args: dict[str, Any]) -> str:
    """The request's name: in its body, or where HTTP has a header for it."""
    return str(args.get("request") or request.headers.get("Idempotency-Key", ""))


def _found(run_id: str, *, change: bool = False) -> tuple[GuidedRun, Play]:
    """A run for this caller, inside of the portal that it began in. Raises `NotFound`."""
    asker(None)
    whole = context.viewer()
    found = runs.find(session(), run_id, by=whole, now=now(), change=change)
    own, _ = asker(found.portal or None)
    return found, players().play(session(), own, now(), found)


def _told(run: GuidedRun, play: Play, found: Standing) -> dict[str, Any]:
    site = structure().portals.get(run.portal)

    def address(card: Card) -> str:
        return article_address(card.language, card.slug, site)

    step = shown.shown(run, play, found, address)
    said = shown.answers(run, play, found)
    return {
        "run": {
            "id": run.id,
            "guide": run.subject if run.kind == Kind.TREE else None,
            "case_type": run.subject if run.kind == Kind.ADAPTIVE else None,
            "title": play.title,
            "language": play.language,
            "portal": run.portal or None,
            "answerer": run.answerer,
            "text": run.text,
            "facts": [_fact(one, run) for one in shown.facts(run, play)],
            "answers": [
                {"step": one.key, "question": one.name, "value": given.value, "text": one.value}
                for one, given in zip(said, found.answers, strict=True)
            ],
            "lost": found.lost,
            "wants_best": run.wants_best,
            "proposal": run.proposal,
            "verdict": run.verdict,
            "expires_at": run.expires_at,
            "url": _page(run, play),
        },
        "step": told_step(step, address),
    }


def told_step(step: ShownStep, address: Callable[[Card], str]) -> dict[str, Any]:
    """A step as plain data.

    Args:
        address: of an article, for links.
    """
    raw = step.step
    return {
        "type": step.kind,
        "id": raw.id,
        "kind": raw.kind if isinstance(raw, Question | Outcome) else "",
        "text": step.title or step.plain,
        "html": str(step.html),
        "options": [{"key": one.key, "text": told(one.text)} for one in raw.options]
        if isinstance(raw, Question)
        else [],
        "dont_know": isinstance(raw, Question),
        "dont_know_text": told(raw.unknown) if isinstance(raw, Question) else "",
        "unit": raw.unit if isinstance(raw, Question) else "",
        "proposals": [_proposal(one, address) for one in step.proposals],
        "why": [_reason(one) for one in step.reasons],
    }


def _fact(one: Said, run: GuidedRun) -> dict[str, Any]:
    return {
        "attribute": one.key,
        "name": one.name,
        "value": run.facts[one.key],
        "text": one.value,
        "words": one.words,
    }


def _reason(one: Reason) -> dict[str, Any]:
    return {"code": one.why.code, "values": dict(one.why.values), "text": one.text, "share": one.share}


def _proposal(one: ShownProposal, address: Callable[[Card], str]) -> dict[str, Any]:
    card = one.card
    article = card and {
        "key": card.key,
        "title": card.title,
        "language": card.language,
        "url": address(card),
    }
    return {
        "id": one.proposal.id,
        "title": one.proposal.title,
        "html": str(one.html),
        "article": article,
        "chance": one.proposal.chance,
        "why": [_reason(each) for each in one.reasons],
    }


def _page(run: GuidedRun, play: Play) -> str:
    site = structure().portals.get(run.portal)
    if site is None:
        return ""
    language = play.language if play.language in site.languages else site.default_language
    return url_for("guided.run", portal=site.key, language=language, run_id=run.id, _external=True)
