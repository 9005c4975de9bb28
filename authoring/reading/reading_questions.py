"""The check questions of a reading: a few, each with choices of which one is right. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_QUESTIONS = 5
MOST_CHOICES = 4
LEAST_CHOICES = 2
LONGEST = 300  # characters of a question or a choice


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its choices.

    Args:
        right: place of the right choice, from 0.
    """

    text: str
    choices: tuple[str, ...]
    right: int

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Question:
        """A question as the database keeps it."""
        return cls(stored["text"], tuple(stored["choices"]), stored["right"])

    def to_json(self) -> dict[str, Any]:
        """What the database keeps."""
        return {"text": self.text, "choices": list(self.choices), "right": self.right}


def wrong(questions: Sequence[Question], answers: Sequence[int | None]) -> tuple[int, ...]:
    """The places of the questions whose answer is not the right one; what was not answered is not right.

    >>> two = [Question("How many?", ("1", "2"), 1), Question("Who?", ("I", "you"), 0)]
    >>> wrong(two, [1, 1]), wrong(two, [1, 0]), wrong(two, [1])
    ((1,), (), (1,))
    """
    given = [*answers, *([None] * len(questions))]
    return tuple(
        place
        for place, question in enumerate(questions)
        if given[place] is None or given[place] != question.right
    )


def without_gaps(text: str, choices: Sequence[str], right: int | None) -> Question | None:
    """A question as somebody typed it, empty choices left out; None where nothing was typed.

    Args:
        right: place of the right choice among those typed; -1 in the question when it is none of the others.

    >>> without_gaps(" Who? ", ["I", "", "you "], 2)
    Question(text='Who?', choices=('I', 'you'), right=1)
    >>> without_gaps("", ["", ""], None) is None
    True
    >>> without_gaps("Who?", ["I", "", "you"], 1).right
    -1
    """
    kept = [(place, choice.strip()) for place, choice in enumerate(choices) if choice.strip()]
    if not text.strip() and not kept:
        return None
    places = [place for place, _ in kept]
    return Question(
        text.strip(), tuple(choice for _, choice in kept), places.index(right) if right in places else -1
    )
