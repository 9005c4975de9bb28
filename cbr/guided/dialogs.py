"""Guided help tried on solved cases: each is asked as if it were new, and what is proposed is compared with what solved
it. Pure; the same cases give the same dialogs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cbr.guided.adaptive import Adaptive
from cbr.guided.answers import TOGETHER
from cbr.guided.library import Library
from cbr.guided.steps import Answer, Outcome, Question, Step, Told
from cbr.others import Tell, untold
from cbr.values import Value, write_value

Answers = Mapping[str, Value | None]


class People(NamedTuple):
    """How people answer.

    Args:
        name: as it is told.
        unknown: the share of questions that they cannot answer.
        wrong: the share of answers that are wrong.
    """

    name: str
    unknown: float = 0.0
    wrong: float = 0.0


class Dialog(NamedTuple):
    """How one went.

    Args:
        asked: things that were asked for; each line of a checklist is one.
        steps: questions; a checklist is one.
        best: ids of the solutions proposed, the best first.
    """

    asked: int
    steps: int
    best: Sequence[str]


class Dialogs(NamedTuple):
    """How many went.

    Args:
        tried: so many.
        script: how many things a script would ask that asks for everything.
        asked, steps: mean of things asked for, and of questions.
        at_1, at_3: how often the right solution was the first, and among the first three; of 1.
    """

    tried: int
    script: int
    asked: float
    steps: float
    at_1: float
    at_3: float


def left_out_in_turn(library: Library, most: int, tell: Tell = untold) -> Dialogs:
    """Ask for each case, left out, with the answers that it holds itself; "don't know" where it holds none.

    Args:
        most: of more cases so many, evenly spread.
        tell: told how much is done, of 1.
    """
    guide = Adaptive(library.case_type, library)
    cases = np.linspace(0, len(library) - 1, min(most, len(library))).astype(int).tolist()
    dialogs, first, among = [], 0, 0
    for at, case in enumerate(cases):
        found = asked(guide.without(int(library.ids[case])), answers_of(library, case, People("clean")))
        wanted = library.solutions[int(library.solved_by[case])].id
        first += found.best[:1] == [wanted]
        among += wanted in found.best
        dialogs.append(found)
        tell((at + 1) / len(cases))
    tried = max(len(cases), 1)
    return Dialogs(
        len(cases),
        len(guide.posterior.likelihoods),
        sum(one.asked for one in dialogs) / tried,
        sum(one.steps for one in dialogs) / tried,
        first / tried,
        among / tried,
    )


def answers_of(library: Library, case: int, people: People, time: int = 0) -> Answers:
    """What is answered to each question about a case; the same whoever asks.

    Args:
        case: its place in the library.
        time: another time somebody else answers, who knows and errs in other things.
    """
    generator = np.random.default_rng([case, time] if time else case)
    answers: dict[str, Value | None] = {}
    for key, column in library.columns.items():
        forgets, errs, other = generator.random(3).tolist()
        code, count = int(column.codes[case]), len(column.values)
        if code >= count or forgets < people.unknown:
            answers[key] = None
        elif errs < people.wrong and count > 1:
            answers[key] = column.values[(code + 1 + int(other * (count - 1))) % count]
        else:
            answers[key] = column.values[code]
    return answers


def asked(guide: Adaptive, answers: Answers, facts: Mapping[str, object] | None = None) -> Dialog:
    """A dialog to its end.

    Args:
        facts: what is known before the first question.
    """
    told = Told(facts=facts or {}, answerer="agent")
    things = 0
    step: Step = guide.step(told)
    while isinstance(step, Question):
        things += step.id.count(TOGETHER) + 1
        told = replace(told, answers=(*told.answers, Answer(step.id, reply(step, answers))))
        step = guide.step(told)
    best = [one.id for one in step.proposals] if isinstance(step, Outcome) else []
    return Dialog(things, len(told.answers), best)


def reply(question: Question, answers: Answers) -> object:
    """What is said to a question, as plain data."""
    if TOGETHER in question.id:
        return [key for key in question.id.split(TOGETHER) if answers[key] is True]
    value = answers[question.id]
    return None if value is None else write_value(value)
