"""Where a run is: all that was told is gone through again.

Answers that were right when they were given may not fit any more: one before them was changed, or the cases were. Then
those before them stand, and it is asked again from there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from cbr.guided.playing import Play
from cbr.guided.steps import Answer, Step, Told
from cbr.models import GuidedRun
from cbr.trees.running import Passed
from kb.errors import Invalid

_PLACE = re.compile(r"answers\[(\d+)\](?:\.(\w+))?")


@dataclass(frozen=True)
class Standing:
    """Where a run is.

    Args:
        step: the next.
        told: what it follows from: the facts and answers that fit.
        passed: the way to it, through trees.
        lost: how many later answers do not fit any more.
    """

    step: Step
    told: Told
    passed: tuple[Passed, ...] = ()
    lost: int = 0

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Those that the step follows from."""
        return self.told.answers


def standing(run: GuidedRun, play: Play, upto: int | None = None) -> Standing:
    """Where a run is, or was after so many answers."""
    told = told_by(run, play)
    if upto is not None and upto < len(told.answers):
        told = replace(told, answers=told.answers[:upto], wants_best=False)
    return replayed(told, play)


def replayed(told: Told, play: Play) -> Standing:
    """Where this leads; the first answer that does not fit is left out, with all after it."""
    wanted = len(told.answers)
    while True:
        try:
            walk = play.walk(told)
        except Invalid as refused:
            told = _without(told, refused)
        else:
            return Standing(walk.step, told, walk.passed, wanted - len(told.answers))


def with_answer(run: GuidedRun, play: Play, answers: tuple[Answer, ...]) -> Standing:
    """Where these answers lead. Raises `Invalid` where the last one does not fit: "step" or "value" -> sentence."""
    told = replace(told_by(run, play), answers=answers, wants_best=False)
    found = replayed(told, play)
    if len(found.answers) == len(answers):
        return found
    try:
        play.walk(replace(told, answers=(*found.answers, answers[len(found.answers)])))
    except Invalid as refused:
        raise Invalid(_about_the_answer(refused)) from None
    return found


def told_by(run: GuidedRun, play: Play) -> Told:
    """All that a run knows."""
    return Told(
        facts=run.facts,
        answers=answers_of(run),
        text=run.text,
        language=play.language,
        answerer=run.answerer,
        wants_best=run.wants_best,
    )


def answers_of(run: GuidedRun) -> tuple[Answer, ...]:
    """What was answered, in the order in which it was."""
    return tuple(Answer(one["step"], one["value"]) for one in run.answers)


def _without(told: Told, refused: Invalid) -> Told:
    """What was told, without what is refused. Raises `Invalid` again where that is nothing of it."""
    at = _first_refused(told, refused)
    if at is not None:
        return replace(told, answers=told.answers[:at])
    unfit = {name.removeprefix("facts.") for name in refused.fields} & set(told.facts)
    if not unfit:
        raise refused
    return replace(told, facts={key: value for key, value in told.facts.items() if key not in unfit})


def _first_refused(told: Told, refused: Invalid) -> int | None:
    """A guide names the answer by its place, or by its step."""
    places = [int(found[1]) for name in refused.fields if (found := _PLACE.match(name))]
    places += [at for at, one in enumerate(told.answers) if one.step in refused.fields]
    return min((at for at in places if at < len(told.answers)), default=None)


def _about_the_answer(refused: Invalid) -> dict[str, str]:
    """What is wrong, by the fields of the one answer that it is about."""
    fields = {}
    for name, sentence in refused.fields.items():
        found = _PLACE.match(name)
        fields[(found[2] if found else "") or "value"] = sentence
    return fields
