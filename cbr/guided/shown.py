"""A run as it is shown, on a page and in the API alike: texts as HTML, reasons as sentences, values as words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import format_date
from flask_babel import gettext as _
from markupsafe import Markup, escape

from cbr.guided.answers import TOGETHER, read_told
from cbr.guided.playing import Play
from cbr.guided.sentences import sentence, share, worded
from cbr.guided.standing import Standing, standing
from cbr.guided.steps import Answer, Instruction, Outcome, Proposal, Question, Step, Why
from cbr.models import GuidedRun
from cbr.rendering import Rendering, rendering
from cbr.values import Fact, parse_date
from cbr.wording import filled_in
from kb import context
from kb.article_page import rendered
from kb.http import told
from kb.queries import Card

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
"""As a run keeps it; other texts of digits are no days."""


@dataclass(frozen=True)
class Reason:
    """Why something is proposed or asked.

    Args:
        why: as data.
        text: as a sentence.
        share: what it did for the score, of 1 altogether; None where that cannot be said.
    """

    why: Why
    text: str
    share: float | None = None


@dataclass(frozen=True)
class ShownProposal:
    """Something that may help.

    Args:
        html: what to do.
        card: the article that says it, where this viewer may read it.
    """

    proposal: Proposal
    html: Markup
    card: Card | None
    reasons: Sequence[Reason]


@dataclass(frozen=True)
class ShownStep:
    """A step.

    Args:
        title: the question; "" for others.
        html: the help of a question, what to do, what is said beside an outcome.
        plain: the same as words without markup, to be spoken.
    """

    step: Step
    kind: str
    title: str
    html: Markup
    plain: str
    reasons: Sequence[Reason]
    proposals: Sequence[ShownProposal] = ()


@dataclass(frozen=True)
class Said:
    """A fact or an answer.

    Args:
        key: the attribute, or the id of the step.
        name: what it is, or what was asked.
        value: in words.
        words: those that it was read out of; "" for others.
        is_known: whether it says anything: not to know is an answer, too.
    """

    key: str
    name: str
    value: str
    words: str = ""
    is_known: bool = True


def facts(run: GuidedRun, play: Play) -> list[Said]:
    """What was known at the start."""
    return [_fact(key, value, run, play) for key, value in run.facts.items()]


def _fact(key: str, value: object, run: GuidedRun, play: Play) -> Said:
    attribute = play.case_type.by_key.get(key) if play.case_type else None
    words = run.understood.get(key, "")
    if attribute is None:
        return Said(key, key.replace("_", " "), _plain_words(value), words)
    return Said(key, attribute.name(play.language), worded(attribute, value, play.language), words)


def answers(run: GuidedRun, play: Play, found: Standing) -> list[Said]:
    """What was answered, in order."""
    return [_answer(run, play, at, given) for at, given in enumerate(found.answers)]


def _answer(run: GuidedRun, play: Play, at: int, given: Answer) -> Said:
    if play.case_type is None:
        step = standing(run, play, at).step
        return Said(
            given.step, _asked(step), _in_words_of(step, given.value), is_known=given.value is not None
        )
    attributes = play.case_type.by_key
    language = play.language
    asked = [attributes[key] for key in given.step.split(TOGETHER) if key in attributes]
    if given.value is None:
        value = _("I don't know")
    elif given.value == []:
        value = _("None of these")
    elif len(asked) == 1:
        value = worded(asked[0], given.value, language)
    else:
        ticked = given.value if isinstance(given.value, list) else []
        value = ", ".join(one.name(language) for one in asked if one.key in ticked)
    name = asked[0].question(language) if len(asked) == 1 else ", ".join(one.name(language) for one in asked)
    return Said(given.step, name, value, is_known=given.value is not None)


def _asked(step: Step) -> str:
    if isinstance(step, Question):
        return told(step.text)
    words = rendered(step.text).text if isinstance(step, Instruction) else ""
    return words.partition("\n")[0]


def _in_words_of(step: Step, value: object) -> str:
    if isinstance(step, Instruction):
        return str(_("Done") if _truth(value) else _("Could not be done"))
    if value is None:
        return str(_("I don't know"))
    if isinstance(step, Question):
        texts = {option.key: told(option.text) for option in step.options}
        if str(value) in texts:
            return texts[str(value)]
        if step.kind == "number" and step.unit:
            return f"{_plain_words(value)} {step.unit}"
    return _plain_words(value)


def _truth(value: object) -> bool:
    return value is True or str(value) in {"done", "yes", "True", "true"}


def _plain_words(value: object) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    day = parse_date(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    return str(value) if day is None else str(format_date(day, "medium"))


# Steps.


def shown(run: GuidedRun, play: Play, found: Standing, address: Callable[[Card], str]) -> ShownStep:
    """The step that a run is at.

    Args:
        address: of an article, for links in texts.
    """
    step = found.step
    known = _known(play, found)
    languages = (play.language, *context.viewer().languages, "en")
    texts = [_text_of(step)]
    proposals = [_filled(one, play, known) for one in step.proposals] if isinstance(step, Outcome) else []
    texts += [one.text for one in proposals]
    html = rendering(texts, [one.article for one in proposals if one.article], languages, address)
    reasons = _reasons(step.why, play, known)
    if isinstance(step, Question):
        title, kind = told(step.text), "question"
    else:
        title, kind = "", "instruction" if isinstance(step, Instruction) else "outcome"
    body = _text_of(step)
    return ShownStep(
        step,
        kind,
        title,
        html.of(body),
        rendered(body).text,
        reasons,
        [_proposal(one, html, _reasons(one.why, play, known), play.language) for one in proposals],
    )


def _proposal(one: Proposal, html: Rendering, reasons: Sequence[Reason], language: str) -> ShownProposal:
    """What cases of several languages have in common is the article: it is called as it is called in this one, and says
    what to do where the case says it in another language.
    """
    card, said = html.cards.get(one.article), html.of(one.text)
    if card and any(why.code == "cases" for why in one.why):
        text = one.text or one.title
        if card.language == language != one.language:
            one, text = replace(one, language=language), card.summary
        if text != one.text:
            said = escape(text)
        one = replace(one, title=card.title, text=text)
    return ShownProposal(one, said, card, reasons)


def _known(play: Play, found: Standing) -> Mapping[str, Fact]:
    """All that is known of a case now; of a guide nothing is needed here."""
    if play.case_type is None:
        return {}
    return read_told(play.case_type, found.told).facts


def _filled(one: Proposal, play: Play, known: Mapping[str, Fact]) -> Proposal:
    """A solution with what is known in its places."""
    case_type = play.case_type
    if case_type is None:
        return one
    title = filled_in(case_type, one.title, known, play.language, markdown=False)
    return replace(one, title=title, text=filled_in(case_type, one.text, known, play.language))


def _text_of(step: Step) -> str:
    return step.help if isinstance(step, Question) else step.text


def _reasons(given: Iterable[Why], play: Play, known: Mapping[str, Fact]) -> list[Reason]:
    made = [
        Reason(why, sentence(why, play.case_type, play.language), share(why, play.case_type, known))
        for why in given
    ]
    return [one for one in made if one.text]
