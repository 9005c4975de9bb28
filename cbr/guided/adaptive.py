"""Guided help that is asked from the cases: what is known first, then the most useful question, until one solution is
likely enough or nothing more would help. Pure; the same words lead the same way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Self

import numpy as np

from cbr.case_type import CaseType
from cbr.guided.answers import Known, read_told
from cbr.guided.gains import Gains
from cbr.guided.library import Library
from cbr.guided.likelihood import Smoothing
from cbr.guided.posterior import DEFAULT_SMOOTHING, Belief, Posterior
from cbr.guided.questions import Questions, Ranked
from cbr.guided.steps import Outcome, Proposal, Step, Told, Why
from cbr.similarity import Floats
from cbr.values import Fact, Value, compare, write_value
from kb.errors import N_, Invalid

MOST_PROPOSALS = 3
MOST_REASONS = 5
ANSWERERS = frozenset({"agent", "customer"})

LEAST_CHANCE = 0.005
"""What is less likely is not proposed while anything else is."""


@dataclass(frozen=True)
class Stopping:
    """When to stop asking.

    What has to be answered has its price, and an answer is worth as much more often as the right solution comes first
    because of it: the value of information (Howard, "Information value theory", IEEE Transactions on Systems Science
    and Cybernetics 2, 1966). One answer alone often moves no solution to the first place where several would, so the
    price is held against what they can bring together, question by question:

        (1 - chance of the best - chance of something unseen) / (bits unknown / bits that the best question promises)

    The first is how often answers could still put it right, the second about how many of them that takes. The price
    rises with the square of what was asked already, up to half of all there is to ask: people lose patience.

    Args:
        confident: at this chance of the best solution.
        price: of the first question: when each puts right fewer than so many of one.
        dearer: by so much a question has become dearer when half of all was asked.
        most: after so many answers.
    """

    confident: float = 0.97
    price: float = 0.005
    dearer: float = 0.01
    most: int = 40

    def is_worth(self, belief: Belief, promise: float, asked: float) -> bool:
        """Whether to go on asking.

        Args:
            promise: bits that the best question brings on average.
            asked: the share of all that can be asked which was asked already.
        """
        mendable = 1.0 - float(belief.solutions.max()) - belief.unseen
        price = self.price + self.dearer * min(2.0 * asked, 1.0) ** 2
        return mendable * promise > price * belief.uncertain


DEFAULT_STOPPING = Stopping()


class Adaptive:
    """Guided help over solved cases.

    Args:
        case_type: what can be known and asked.
        library: the cases and what solved them.
        smoothing: how much an answer is believed.
        stopping: when to stop asking.
        answered: key of an attribute -> the share of those asked who knew, where it has been counted.
    """

    def __init__(
        self,
        case_type: CaseType,
        library: Library,
        *,
        smoothing: Smoothing = DEFAULT_SMOOTHING,
        stopping: Stopping = DEFAULT_STOPPING,
        answered: Mapping[str, float] | None = None,
    ) -> None:
        self.case_type = case_type
        self.library = library
        self.stopping = stopping
        self.posterior = Posterior(library, smoothing)
        self.questions = Questions(self.posterior, Gains(self.posterior), answered or {})
        self.counts: Floats | None = None

    def without(self, id_: int) -> Self:
        """The same as if a case had never come: to measure how well it would have been solved by the others."""
        other = copy(self)
        other.counts = np.where(self.library.ids == id_, 0.0, self.library.counts)
        return other

    def step(self, told: Told) -> Step:
        """The next step, from all that was told.

        Raises:
            Invalid: attribute or step -> what is wrong with a fact or an answer; "answerer" for one nobody knows.
        """
        if told.answerer not in ANSWERERS:
            raise Invalid({"answerer": N_("It can be one of these: %(words)s.", words="agent, customer")})
        known = read_told(self.case_type, told)
        belief = self.believe(known)
        if not belief.cases.any():
            return Outcome("outcome", "handover", why=(Why("empty"),))
        chance = float(belief.solutions.max())
        if told.wants_best:
            return self._outcome(belief, known, Why("wanted"), wanted=True)
        if chance >= self.stopping.confident:
            return self._outcome(belief, known, Why("confident", {"chance": chance}))
        if len(told.answers) >= self.stopping.most:
            return self._outcome(belief, known, Why("asked", {"questions": len(told.answers)}))
        ranked = self.questions.ranked(belief, known, told.answerer)
        if not self.is_worth(ranked, belief, known):
            return self._outcome(belief, known, Why("no_gain"))
        return self.questions.asking(ranked, belief, told)

    def is_worth(self, ranked: Sequence[Ranked], belief: Belief, known: Known) -> bool:
        """Whether to ask any of the questions that could be asked."""
        promise = max((one.promise for one in ranked), default=0.0)
        asked = len(known.asked) / max(len(self.posterior.likelihoods), 1)
        return bool(ranked) and self.stopping.is_worth(belief, promise, asked)

    def believe(self, known: Known) -> Belief:
        """How likely each solution is when so much is known."""
        return self.posterior.believe(known.facts, self.counts, known.doubted)

    def _outcome(self, belief: Belief, known: Known, why: Why, *, wanted: bool = False) -> Outcome:
        best = belief.best(MOST_PROPOSALS)
        likely = [at for at in best if belief.solutions[at] >= LEAST_CHANCE]
        unlike = belief.unseen > max(0.5, float(belief.solutions.max()))
        if unlike and not wanted:
            return Outcome(
                "outcome", "handover", self._proposals(likely, belief, known), why=(Why("nothing"), why)
            )
        proposals = self._proposals(likely or best[:1] if not wanted else best, belief, known)
        kind = "article" if proposals[0].article else "solution"
        return Outcome("outcome", kind, proposals, why=(why,))

    def _proposals(self, places: list[int], belief: Belief, known: Known) -> tuple[Proposal, ...]:
        weights = {
            key: self.posterior.weight(key, known.facts[key], key in known.doubted, self.counts)
            for key in self.posterior.likelihoods
            if key in known.facts
        }
        return tuple(self._proposal(place, belief, known, weights) for place in places)

    def _proposal(self, place: int, belief: Belief, known: Known, weights: Mapping[str, Floats]) -> Proposal:
        library, solution = self.library, self.library.solutions[place]
        cases = np.flatnonzero((library.solved_by == place) & (belief.counts > 0))
        nearest = int(cases[np.argmax(belief.cases[cases])])
        held = library.case(nearest)
        strongest = sorted(weights, key=lambda key: -weights[key][nearest])
        reasons = [
            self._reason(key, known.facts[key], held[key], float(weights[key][nearest]))
            for key in strongest
            if key in held and weights[key][nearest] > 0
        ]
        count = round(float(belief.counts[cases].sum()))
        cited = Why("cases", {"count": count, "case": int(library.ids[nearest])})
        return Proposal(
            solution.id,
            solution.title or solution.id,
            solution.text,
            solution.article,
            float(belief.solutions[place]),
            (*reasons[:MOST_REASONS], cited),
        )

    def _reason(self, key: str, fact: Fact, held: Value, weight: float) -> Why:
        """How a fact speaks for a case that holds a value; its weight is a natural logarithm, people get bits."""
        attribute = self.case_type.attribute(key)
        same = compare(attribute, fact, held) == 1.0
        values = {
            "attribute": key,
            "fact": write_value(fact, attribute.kind),
            "bits": round(weight / math.log(2), 2),
        }
        return (
            Why("same", values)
            if same
            else Why("similar", values | {"case": write_value(held, attribute.kind)})
        )
