"""What a contact will need, foreseen from those like it: which queue, which level of the chain, which skills; pure.

Each precedent is something that was solved before: a contact, or a case that stands for several. It has a vote, which
fades with the distance behind the nearest as fast as the learned weights expect it to (`cbr.learning`). Two rules
settle the level: a standard that is known for it is followed in front, and what was often escalated goes straight to
where it was solved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from statistics import median
from typing import Literal, NamedTuple, TypeVar

from cbr.learning import SHARPNESS

LOOK = 50
"""So many of the nearest cases are precedents."""

IN_FRONT = 1
Rule = Literal["", "standard", "escalated"]
Key = TypeVar("Key", str, int)


class Precedent(NamedTuple):
    """Something like it that was solved.

    Args:
        case: id of the case, for whoever wants to look at it.
        score: how alike it is, from 0 to 1.
        level: of the chain that solved it, 1 to 3; 0 where nobody knows.
        queue: key of the queue that solved it; "" where nobody knows.
        skills: keys of what was needed.
        handled_s: how long somebody was busy with it, in seconds.
        standard: key of the article or guide that says what to do, where a confirmed case has one; "" for none.
        before_standard: whether it was solved when that was not known yet.
        contacts: how many it stands for.
    """

    case: int
    score: float
    level: int = 0
    queue: str = ""
    skills: frozenset[str] = frozenset()
    handled_s: float | None = None
    standard: str = ""
    before_standard: bool = False
    contacts: float = 1.0


@dataclass(frozen=True, slots=True)
class Rules:
    """From where on something is said.

    Args:
        near: a standard is known where a case that has it is so alike, from 0 to 1.
        often: escalated is what was so with this share of the votes, above 0 to 1.
        sure: a standard, a queue or a skill is known with this share, above 0 to 1.
        fewest: so many precedents have to tell of it.
    """

    near: float = 0.9
    often: float = 0.6
    sure: float = 0.6
    fewest: int = 3


USUAL = Rules()


@dataclass(frozen=True)
class Foresight:
    """What is foreseen; what is empty has no opinion.

    Args:
        queue: key.
        level: of the chain, 1 to 3; 0 for no opinion.
        skills: keys.
        rule: which one settled the level.
        standard: key of the article or guide that is known for it.
        escalated: the chance that it is not solved in front, 0 to 1; None where nothing tells.
        shares: "standard", "queue" or the key of a skill -> the share of votes behind it.
        handled_s: how long it will take, the median, in seconds; None where nothing tells.
        told: how many precedents tell of the level.
        nearest: the precedents it rests on, the most alike first.
    """

    queue: str = ""
    level: int = 0
    skills: tuple[str, ...] = ()
    rule: Rule = ""
    standard: str = ""
    escalated: float | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    handled_s: float | None = None
    told: int = 0
    nearest: Sequence[Precedent] = ()

    @property
    def confidence(self) -> float:
        """The least share behind anything that is proposed, 0 to 1; 0 where nothing is."""
        shares = [*self.shares.values()]
        if self.level and self.escalated is not None:
            shares.append(1 - self.escalated if self.level == IN_FRONT else self.escalated)
        return min(shares, default=0.0)


def foreseen(precedents: Sequence[Precedent], rules: Rules = USUAL) -> Foresight:
    """What the precedents say together.

    >>> like = [Precedent(at, 0.95, level=3, queue="fibre") for at in range(4)]
    >>> found = foreseen(like)
    >>> found.level, found.rule, found.queue, found.escalated
    (3, 'escalated', 'fibre', 1.0)
    >>> foreseen([Precedent(9, 0.99, level=1, standard="sim-swap"), *like[:2]]).rule
    'standard'
    """
    nearest = sorted(precedents, key=lambda one: (-one.score, one.case))
    votes = _votes(nearest)
    standard, standing = _standard(nearest, votes, rules)
    counting = [
        at
        for at, one in enumerate(nearest)
        if one.level and not (standard and (one.before_standard or one.standard != standard))
    ]
    chance = _escalation(nearest, votes, counting)
    level, rule = _level(nearest, votes, counting, chance, standard, rules)
    queue, skills, shares = _place(nearest, votes, rules)
    times = [one.handled_s for one in nearest if one.handled_s is not None]
    return Foresight(
        queue=queue,
        level=level,
        skills=skills,
        rule=rule,
        standard=standard,
        escalated=chance,
        shares=standing | shares,
        handled_s=median(times) if times else None,
        told=len(counting),
        nearest=nearest,
    )


def _escalation(
    nearest: Sequence[Precedent], votes: Sequence[float], counting: Sequence[int]
) -> float | None:
    """The chance that it is not solved in front: the share of the votes, with that of all counting as one vote more."""
    if not counting:
        return None
    up = [at for at in counting if nearest[at].level > IN_FRONT]
    everybody = sum(nearest[at].contacts for at in up) / sum(nearest[at].contacts for at in counting)
    return (sum(votes[at] for at in up) + everybody) / (sum(votes[at] for at in counting) + 1)


def _votes(nearest: Sequence[Precedent]) -> list[float]:
    best = nearest[0].score if nearest else 0.0
    return [one.contacts * exp(SHARPNESS * (one.score - best)) for one in nearest]


def _standard(
    nearest: Sequence[Precedent], votes: Sequence[float], rules: Rules
) -> tuple[str, dict[str, float]]:
    """The one that most of the votes are for, and their share, if one of its cases is near enough."""
    tallied = _tally((one.standard, vote) for one, vote in zip(nearest, votes, strict=True) if one.standard)
    if not tallied:
        return "", {}
    best = max(sorted(tallied), key=tallied.__getitem__)
    share = tallied[best] / sum(votes)
    near = max(one.score for one in nearest if one.standard == best)
    return (best, {"standard": share}) if near >= rules.near and share >= rules.sure else ("", {})


def _level(
    nearest: Sequence[Precedent],
    votes: Sequence[float],
    counting: Sequence[int],
    chance: float | None,
    standard: str,
    rules: Rules,
) -> tuple[int, Rule]:
    """Where it was solved before if it was escalated often; in front if there is a standard."""
    often = chance is not None and len(counting) >= rules.fewest and chance >= rules.often
    if often:
        up = _tally((nearest[at].level, votes[at]) for at in counting if nearest[at].level > IN_FRONT)
        return max(up, key=lambda level: (up[level], level)), "escalated"
    return (IN_FRONT, "standard") if standard else (0, "")


def _place(
    nearest: Sequence[Precedent], votes: Sequence[float], rules: Rules
) -> tuple[str, tuple[str, ...], dict[str, float]]:
    """The queue, the skills, and the shares behind them."""
    placed = [(one, vote) for one, vote in zip(nearest, votes, strict=True) if one.queue]
    if len(placed) < rules.fewest:
        return "", (), {}
    whole = sum(vote for _, vote in placed)
    queues = _tally((one.queue, vote) for one, vote in placed)
    queue = max(sorted(queues), key=queues.__getitem__)
    skills = _tally((skill, vote) for one, vote in placed for skill in one.skills)
    shares = {skill: skills[skill] / whole for skill in sorted(skills) if skills[skill] >= rules.sure * whole}
    if queues[queue] < rules.sure * whole:
        return "", tuple(shares), shares
    return queue, tuple(shares), {"queue": queues[queue] / whole, **shares}


def _tally(pairs: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    added: dict[Key, float] = defaultdict(float)
    for key, vote in pairs:
        added[key] += vote
    return added
