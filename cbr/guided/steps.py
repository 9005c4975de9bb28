"""What guided help says next, and what is answered: the same for a tree that somebody wrote and for one that is asked
from the cases; pure.

A run is nothing but what was known at the start and the answers since. Whoever plays it looks at all of them again: to
go back is to leave out the last, to change one is to put another in its place, and a run can be left and resumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Why:
    """One reason, as data, so that each reader is told in their language.

    Args:
        code: which sentence, such as "narrows" or "similar".
        values: what stands in it.
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """One of the answers to choose from.

    Args:
        key: as it is answered.
        text: as it is read.
    """

    key: str
    text: str


@dataclass(frozen=True)
class Question:
    """Something to ask. Not to know is always an answer, too.

    Args:
        id: names the question within its run: a node of the tree, an attribute of the case type.
        kind: "choice", "several", "number", "date" or "text".
        text: as it is asked.
        help: where to find the answer; Markdown.
        options: what to choose from; with "several", any of them: a checklist.
        unit: of a number.
        why: what makes it the next question.
        unknown: how a guide has it said that somebody does not know; "" for the usual words.
    """

    id: str
    kind: str
    text: str
    help: str = ""
    options: tuple[Option, ...] = ()
    unit: str = ""
    why: tuple[Why, ...] = ()
    unknown: str = ""


@dataclass(frozen=True)
class Instruction:
    """Something to do; the answer is whether it was done or could not be.

    Args:
        id: names it within its run.
        text: what to do; Markdown.
        why: what makes it the next step.
    """

    id: str
    text: str
    why: tuple[Why, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """One of the cases or pages that may solve it.

    Args:
        id: of the solution: what is counted as worked or not.
        title: one line.
        text: what to do; Markdown.
        article: the key of the article or guide that says it, or "".
        chance: how likely it is the right one, from 0 to 1; None where nobody can say.
        why: what speaks for it, the strongest first.
        language: of title and text; "" for that of the run.
    """

    id: str
    title: str
    text: str = ""
    article: str = ""
    chance: float | None = None
    why: tuple[Why, ...] = ()
    language: str = ""


@dataclass(frozen=True)
class Outcome:
    """The end of the questions.

    Args:
        id: names it within its run.
        kind: "solution", "article" or "handover": to a person, with all that is known.
        proposals: the best first; none where nothing fits.
        text: what is said beside them; Markdown.
        why: what ended the questions.
    """

    id: str
    kind: str
    proposals: tuple[Proposal, ...] = ()
    text: str = ""
    why: tuple[Why, ...] = ()


Step = Question | Instruction | Outcome


@dataclass(frozen=True)
class Answer:
    """What was said to one step.

    Args:
        step: its id.
        value: plain data: the key of an option, a list of them, a number, a date as "2026-01-03", a text, True or False
            for done and could not; None for "don't know".
    """

    step: str
    value: object = None


@dataclass(frozen=True)
class Told:
    """All that a run knows.

    Args:
        facts: attribute -> plain value, known before the first question, or read out of ``text``.
        answers: in the order in which they were given.
        text: the opening sentence.
        language: to speak.
        answerer: who answers: "customer" or "agent".
        wants_best: whether to stop and see the best there is.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    text: str = ""
    language: str = "en"
    answerer: str = "customer"
    wants_best: bool = False


class Guide(Protocol):
    """Whatever can be played."""

    def step(self, told: Told) -> Step:
        """The next step, from all that was told.

        Raises InvalidInput (with the field) where an answer is to no question that was asked, or not of its kind.
        """
