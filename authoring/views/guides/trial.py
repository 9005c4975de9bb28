"""A guide tried out while it is drawn: the step that the player would show of a tree that nobody has saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from authoring.views.blueprint import WRITERS, blueprint
from cbr.guided import runs, saying, shown
from cbr.guided.api import told_step
from cbr.guided.assist import article_address
from cbr.guided.pages import players
from cbr.guided.playing import Kind, Play
from cbr.guided.standing import replayed, told_by
from cbr.guided.steps import Answer
from cbr.models import GuidedRun
from cbr.trees.plain_tree import read_tree
from cbr.trees.running import Passed
from kb.access import needs
from kb.context import language as own_language
from kb.context import now, session, viewer
from kb.errors import N_, Invalid
from kb.languages import is_language
from kb.limits import API, limiter

MOST_BYTES = 4_000_000
"""A tree of as many steps as a guide can have takes about half of it."""
UNSAVED = "(trial)"
"""The key of a guide that has none yet; no article can be named so."""

Json = dict[str, Any]


@blueprint.post("/guides/trial")
@needs(*WRITERS)
@limiter.limit(API)
def guide_trial() -> Json:
    """The step after these answers, and the way to it by the ids of its steps. Nothing is kept."""
    if (request.content_length or 0) > MOST_BYTES:
        raise Invalid({"tree": N_("The guide is too large to be tried.")})
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise Invalid({"tree": N_("Send the tree of the guide.")})
    run, play = _begun(sent)
    found = replayed(told_by(run, play), play)
    run.answers = [{"step": one.step, "value": one.value} for one in found.answers]
    return {
        "step": told_step(shown.shown(run, play, found, article_address), article_address),
        "node": next((one.node for one in reversed(found.passed) if one.guide == run.subject), ""),
        "path": [_passed(one) for one in found.passed if one.guide == run.subject],
        "answers": [
            {"step": given.step, "value": given.value, "question": said.name, "text": said.value}
            for said, given in zip(shown.answers(run, play, found), found.answers, strict=True)
        ],
        "lost": found.lost,
    }


def _begun(sent: Mapping[str, object]) -> tuple[GuidedRun, Play]:
    """A run that is only thought of. Raises `Invalid`: place -> sentence."""
    try:
        tree = read_tree(sent.get("tree"))
    except Invalid as refused:
        fields = {f"tree.{place}".rstrip("."): sentence for place, sentence in refused.fields.items()}
        raise Invalid(fields) from None
    key = str(sent.get("key") or UNSAVED)[:128]
    wanted = str(sent.get("language") or "")
    language = wanted if is_language(wanted) else own_language()
    run = GuidedRun(
        kind=Kind.TREE.value,
        subject=key,
        language=language,
        answerer="agent",
        text="",
        facts=_facts(sent.get("facts")),
        understood={},
        answers=[{"step": one.step, "value": one.value} for one in _answers(sent.get("answers"))],
        wants_best=False,
    )
    guide = players().through(session(), viewer(), now(), key, tree, language, today=now().date())
    return run, Play(guide, key, language)


def _facts(given: object) -> dict[str, object]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Invalid({"facts": N_("Send facts as an object: attribute and value.")})
    if faults := saying.faults_of(given):
        raise Invalid(faults)
    return {key: value for key, value in given.items() if value is not None}


def _answers(given: object) -> Sequence[Answer]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > runs.MOST_ANSWERS:
        raise Invalid(
            {"answers": N_("A list of at most %(most)s answers belongs here.", most=runs.MOST_ANSWERS)}
        )
    found = []
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("step"), str):
            raise Invalid({"answers": N_("Each answer names its step and its value.")})
        saying.check_value(one.get("value"))
        found.append(Answer(one["step"], one.get("value")))
    return found


def _passed(one: Passed) -> Json:
    return {"node": one.node, "way": one.way, "how": one.how, "title": one.title, "answer": one.answer}
