"""The next question: what tells most of the solution, for what it costs to answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from babel.numbers import format_decimal
from numpy.typing import NDArray

from cbr.case_type import Answerer, Attribute, Kind
from cbr.guided.answers import TOGETHER, Known, may_ask
from cbr.guided.gains import Gain, Gains
from cbr.guided.likelihood import NUMERIC
from cbr.guided.posterior import Belief, Posterior
from cbr.guided.ranges import LIMIT, ranges
from cbr.guided.steps import Option, Question, Told, Why
from cbr.similarity import Cyclic, Floats, Span
from cbr.values import write_value
from kb.errors import N_
from kb.languages import interface_language

MOST_OPTIONS = 20
"""Nobody reads more; the likeliest are offered, and any other value is taken too."""

FEW_NUMBERS = 7
"""So few whole numbers are choices of their own."""

MOST_LINES = 5
"""Of a checklist."""

WORTH = 0.5
"""A line of a checklist tells at least so much of what its first line tells."""

SELDOM = 0.35
"""What holds in fewer cases is read over quickly: things that seldom hold make one checklist."""

REPEATED = 0.8
"""Lines that agree so closely (correlation) would be asked twice."""

THROUGH_OTHERS = 0.9
"""The chance that an agent hears from the customer what only the customer knows."""


@dataclass(frozen=True)
class Ranked:
    """A question that could be asked.

    Args:
        attribute: what it asks for.
        gain: what an answer promises.
        score: bits x the chance that there is an answer / cost.
    """

    attribute: Attribute
    gain: Gain
    score: float

    @property
    def promise(self) -> float:
        """Bits, where not every question is answered."""
        return self.gain.bits * self.gain.share


@dataclass(frozen=True)
class Questions:
    """Chooses what to ask.

    Args:
        posterior: what is believed.
        gains: what answers promise.
        answered: key -> the share of those asked who knew, where it has been counted.
    """

    posterior: Posterior
    gains: Gains
    answered: Mapping[str, float] = field(default_factory=dict)

    def ranked(self, belief: Belief, known: Known, answerer: str) -> list[Ranked]:
        """What can still be asked, the best first; of equals what stands first in the case type."""
        open_ = [
            key
            for key, one in self.posterior.likelihoods.items()
            if key not in known.facts and key not in known.asked and may_ask(one.column.attribute, answerer)
        ]
        found = []
        for key, gain in self.gains.of(belief, open_).items():
            attribute = self.posterior.likelihoods[key].column.attribute
            if not gain.implied:
                chance = self.answered.get(key, 1.0) * _hears(attribute, answerer)
                found.append(Ranked(attribute, gain, gain.bits * gain.share * chance / attribute.cost))
        return sorted(found, key=lambda one: -one.score)

    def asking(self, ranked: Sequence[Ranked], belief: Belief, told: Told) -> Question:
        """The first of what is ranked as it is asked, with others where they make one checklist."""
        first = ranked[0]
        lines = [first.attribute, *self._with(first, ranked[1:], belief)]
        bits = min(sum(one.gain.bits for one in ranked if one.attribute in lines), belief.uncertain)
        why = Why(
            "narrows",
            {"from": round(2.0**belief.uncertain, 1), "to": round(2.0 ** (belief.uncertain - bits), 1)},
        )
        if len(lines) == 1:
            return self.question(first.attribute, belief, told, (why,))
        options = tuple(Option(one.key, one.name(told.language)) for one in lines)
        text = N_("Which of these are so?")
        return Question(TOGETHER.join(one.key for one in lines), "several", text, options=options, why=(why,))

    def question(
        self, attribute: Attribute, belief: Belief, told: Told, why: tuple[Why, ...] = ()
    ) -> Question:
        """One attribute as it is asked for."""
        kind, options = self._options(attribute, belief, told)
        language = told.language
        return Question(
            attribute.key,
            kind,
            attribute.question(language),
            attribute.helps.get(language) or attribute.helps.get("en", ""),
            options,
            attribute.unit,
            why,
        )

    def _with(self, first: Ranked, others: Sequence[Ranked], belief: Belief) -> list[Attribute]:
        """Yes-no questions that belong to the first in one checklist."""
        worth = [one for one in others if one.promise >= WORTH * first.promise]
        fits = [
            one.attribute
            for one in worth
            if one.attribute.kind == Kind.BOOLEAN and one.attribute.answerers == first.attribute.answerers
        ]
        if first.attribute.kind != Kind.BOOLEAN or not fits:
            return []
        looked_at, _ = self.gains.looked_at(belief)
        chances = belief.cases[looked_at] / belief.cases[looked_at].sum()
        chosen = [first.attribute]
        holding = [self._holding(first.attribute, looked_at)]
        for one in fits:
            if len(chosen) == MOST_LINES:
                break
            held = self._holding(one, looked_at)
            alike = _begin_alike(one, chosen[0]) or max(chances @ held, chances @ holding[0]) < SELDOM
            if alike and not any(_repeats(held, other, chances) for other in holding):
                chosen.append(one)
                holding.append(held)
        return chosen[1:]

    def _holding(self, attribute: Attribute, cases: NDArray[np.intp]) -> Floats:
        """(cases,) 1 for those in which it holds."""
        column = self.posterior.likelihoods[attribute.key].column
        return np.asarray(column.codes[cases] == column.places.get(True, -1), np.float64)

    def _options(self, attribute: Attribute, belief: Belief, told: Told) -> tuple[str, tuple[Option, ...]]:
        """The kind of the question, and what there is to choose from."""
        if attribute.kind == Kind.BOOLEAN:
            return "choice", (Option("true", N_("Yes")), Option("false", N_("No")))
        if attribute.kind == Kind.DATE:
            return "date", ()
        if attribute.kind in NUMERIC:
            return self._numbers(attribute, told)
        kind = "several" if attribute.kind == Kind.SET else "choice"
        names = {
            one.key: one.names.get(told.language) or one.names.get("en") or one.key
            for one in attribute.choices
        }
        held = self._held(attribute, belief)
        keys = list(names) if len(names) >= len(held) else sorted(held)
        if len(keys) > MOST_OPTIONS:
            likeliest = set(sorted(keys, key=lambda key: (-held.get(key, 0.0), key))[:MOST_OPTIONS])
            keys = [key for key in keys if key in likeliest]
        return kind, tuple(Option(key, names.get(key, key)) for key in keys)

    def _held(self, attribute: Attribute, belief: Belief) -> dict[str, float]:
        """Value -> its chance; of sets, each element of them."""
        column = self.posterior.likelihoods[attribute.key].column
        chances = np.bincount(column.codes, belief.cases, len(column.values) + 1).tolist()
        held: dict[str, float] = {}
        for value, chance in zip(column.values, chances, strict=False):
            for element in value if isinstance(value, frozenset) else (str(value),):
                held[element] = held.get(element, 0.0) + chance
        return held

    def _numbers(self, attribute: Attribute, told: Told) -> tuple[str, tuple[Option, ...]]:
        """Whole numbers or ranges to choose from, or a field; who works with numbers all day gets the field."""
        likelihood = self.posterior.likelihoods[attribute.key]
        values = likelihood.column.on_line
        if len(values) <= FEW_NUMBERS and np.array_equal(values, np.round(values)):
            return "choice", tuple(
                Option(repr(value), _quantity(value, attribute.unit, told.language))
                for value in values.tolist()
            )
        if told.answerer != Answerer.CUSTOMER or isinstance(attribute.similarity, Cyclic):
            return "number", ()
        offered = ranges(values, likelihood.held[:-1])
        if len(offered) < 2:
            return "number", ()
        return "choice", tuple(
            Option(str(write_value(one, attribute.kind)), _span(one, attribute.unit, told.language))
            for one in offered
        )


def _begin_alike(one: Attribute, other: Attribute) -> bool:
    """Whether their keys say that both are about the same thing."""
    return "_" in one.key and one.key.split("_")[0] == other.key.split("_")[0]


def _repeats(one: Floats, other: Floats, chances: Floats) -> bool:
    """Whether two things hold together, or never do.

    Args:
        one, other: (cases,) 1 where each holds.
        chances: (cases,) of each, together 1.
    """
    mean, their_mean = float(chances @ one), float(chances @ other)
    both = float(chances @ (one * other)) - mean * their_mean
    spread = mean * (1 - mean) * their_mean * (1 - their_mean)
    return both * both > REPEATED * REPEATED * spread


def _hears(attribute: Attribute, answerer: str) -> float:
    """The chance that who is asked can say it, as far as their part in the talk goes."""
    return 1.0 if Answerer(answerer) in attribute.answerers else THROUGH_OTHERS


def _quantity(number: float, unit: str, language: str) -> str:
    written = format_decimal(number, locale=interface_language(language))
    return f"{written} {unit}" if unit else written


def _span(span: Span, unit: str, language: str) -> str:
    """A range as people read it; at its ends without words, in any language.

    >>> _span(Span(10.0, LIMIT), "GB", "hu"), _span(Span(2.5, 10.0), "GB", "en")
    ('≥ 10 GB', '2.5 – 10 GB')
    """
    if span.high >= LIMIT:
        return f"≥ {_quantity(span.low, unit, language)}"
    if span.low <= -LIMIT:
        return f"≤ {_quantity(span.high, unit, language)}"
    low = format_decimal(span.low, locale=interface_language(language))
    return f"{low} – {_quantity(span.high, unit, language)}"
