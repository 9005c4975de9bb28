"""The rules of approval: what may happen to a revision, who may decide a step of its review, and what is decided.

Nothing here knows the web or the database; people are their ids, states and roles their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kb.errors import N_, Conflict, Invalid

SUBMIT, APPROVE, RETURN, RECALL = "submit", "approve", "return", "recall"
OPEN = "open"
PUBLISH, PUBLISH_FIRST, PUBLISH_URGENTLY = "publish", "publish_first", "publish_urgently"
OVERTAKE, WITHDRAW = "overtake", "withdraw"

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("draft", SUBMIT): "in_review",
    ("draft", PUBLISH_FIRST): "published",
    ("draft", PUBLISH_URGENTLY): "published",
    ("draft", OVERTAKE): "superseded",
    ("in_review", APPROVE): "approved",
    ("in_review", RETURN): "rejected",
    ("in_review", RECALL): "draft",
    ("in_review", PUBLISH_URGENTLY): "published",
    ("in_review", OVERTAKE): "superseded",
    ("approved", PUBLISH): "published",
    ("approved", PUBLISH_URGENTLY): "published",
    ("approved", OVERTAKE): "superseded",
    ("published", WITHDRAW): "withdrawn",
}
"""(state, action) -> the state after it. What is not here is refused."""

ROLES = ("author", "translator", "reviewer", "supervisor", "specialist", "admin")
"""The roles that a step may ask: those that work on articles."""

SUPERVISOR, ADMIN = "supervisor", "admin"
MOST_PEOPLE = 50
LONGEST_H = 24 * 90


def after(state: str, action: str) -> str:
    """The state that a revision is in after an action.

    Raises:
        Conflict: a revision in this state does not allow it.

    >>> after("draft", "submit"), after("in_review", "return")
    ('in_review', 'rejected')
    >>> after("rejected", "publish")
    Traceback (most recent call last):
        ...
    kb.errors.Conflict: This is not possible any more: something else happened to the revision meanwhile.
    """
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        reason = N_("This is not possible any more: something else happened to the revision meanwhile.")
        raise Conflict(reason) from None


def allows(state: str, action: str) -> bool:
    """Whether an action can be done to a revision in this state.

    >>> allows("in_review", "recall"), allows("published", "recall")
    (True, False)
    """
    return (state, action) in TRANSITIONS


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a workflow: whom it asks, how many of them have to approve, and how long they have.

    Args:
        role: anybody who holds it where the article is; or
        group: the key of a group, any member; or
        people: ids of people. Exactly one of the three is given.
        quorum: how many approvals it takes.
        due_hours: hours from the beginning of the step until it is overdue.

    Raises:
        Invalid: under the names "who", "role", "quorum" and "due_hours", what is wrong.

    >>> Step.from_json({"role": "reviewer"})
    Step(role='reviewer', group='', people=(), quorum=1, due_hours=72)
    >>> Step(people=(3, 5), quorum=2).to_json()
    {'people': [3, 5], 'quorum': 2, 'due_hours': 72}
    """

    role: str = ""
    group: str = ""
    people: tuple[int, ...] = ()
    quorum: int = 1
    due_hours: int = 72

    def __post_init__(self) -> None:
        problems: dict[str, str] = {}
        if sum(map(bool, (self.role, self.group, self.people))) != 1:
            problems["who"] = N_("Choose one: a role, a group, or people by name.")
        if self.role and self.role not in ROLES:
            problems["role"] = N_("The role %(role)s cannot approve.", role=self.role)
        if len(self.people) > MOST_PEOPLE:
            problems["who"] = N_("Name at most %(most)s people.", most=MOST_PEOPLE)
        if not 1 <= self.quorum <= MOST_PEOPLE:
            problems["quorum"] = N_("It takes at least one approval.")
        elif self.people and self.quorum > len(set(self.people)):
            problems["quorum"] = N_("Fewer people are named than have to approve.")
        if not 1 <= self.due_hours <= LONGEST_H:
            problems["due_hours"] = N_("Give from 1 to %(most)s hours.", most=LONGEST_H)
        if problems:
            raise Invalid(problems)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Step:
        """The step that `to_json` made."""
        return cls(
            role=stored.get("role", ""),
            group=stored.get("group", ""),
            people=tuple(stored.get("people", ())),
            quorum=stored.get("quorum", 1),
            due_hours=stored.get("due_hours", 72),
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dict without what is empty."""
        whom = {"role": self.role, "group": self.group, "people": list(self.people)}
        asked = {name: value for name, value in whom.items() if value}
        return {**asked, "quorum": self.quorum, "due_hours": self.due_hours}


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who may be asked.

    Args:
        person_id: who.
        roles: those they may use where the article is, in its topics and its language.
        groups: keys of their groups.
        absent: the people who are away now and have asked this person to decide for them.
    """

    person_id: int
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    absent: tuple[Decider, ...] = ()

    def is_asked(self, step: Step, *, escalated: bool = False) -> bool:
        """Whether a step asks this person themselves; one that went up asks supervisors too.

        >>> Decider(1, frozenset({"supervisor"})).is_asked(Step(role="reviewer"))
        False
        >>> Decider(1, frozenset({"supervisor"})).is_asked(Step(role="reviewer"), escalated=True)
        True
        """
        if escalated and not self.roles.isdisjoint({SUPERVISOR, ADMIN}):
            return True
        if step.role:
            return step.role in self.roles or ADMIN in self.roles
        return step.group in self.groups or self.person_id in step.people


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision that was taken: `for_id` is the absent person it was taken for."""

    step: int
    verdict: str
    person_id: int | None
    for_id: int | None = None


class Refusal(StrEnum):
    """Why somebody may not decide."""

    CONTRIBUTED = "contributed"
    DECIDED = "decided"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Matter:
    """A review as the rules see it.

    Args:
        steps: in order.
        rulings: what was decided so far, in order.
        contributors: the people whose words, or whose haste, are under review: they may not decide.
        escalated: whether the step at hand went up to the supervisors.
    """

    steps: Sequence[Step]
    rulings: Sequence[Ruling] = ()
    contributors: frozenset[int] = frozenset()
    escalated: bool = False

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return progress(self.steps, self.rulings)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review is: its outcome (open, approved or returned) and the step at hand, 0 for the first."""

    outcome: str
    step: int


def progress(steps: Sequence[Step], rulings: Iterable[Ruling]) -> Progress:
    """What the decisions taken so far amount to: one return ends it; a step is done with its quorum of approvals.

    >>> two = [Step(role="reviewer", quorum=2), Step(role="supervisor")]
    >>> progress(two, [Ruling(0, "approve", 1)])
    Progress(outcome='open', step=0)
    >>> progress(two, [Ruling(0, "approve", 1), Ruling(0, "approve", 2)])
    Progress(outcome='open', step=1)
    >>> progress(two, [Ruling(0, "approve", 1), Ruling(0, "return", 2)])
    Progress(outcome='returned', step=0)
    """
    approvals = [0] * len(steps)
    for ruling in rulings:
        if ruling.verdict == RETURN:
            return Progress("returned", ruling.step)
        if ruling.verdict == APPROVE and 0 <= ruling.step < len(steps):
            approvals[ruling.step] += 1
    for number, step in enumerate(steps):
        if approvals[number] < step.quorum:
            return Progress(OPEN, number)
    return Progress("approved", max(0, len(steps) - 1))


def decides_as(matter: Matter, decider: Decider) -> int | Refusal:
    """As whom somebody may decide the step at hand: themselves, or an absent person they stand in for.

    Four eyes: nobody decides on a text that holds words of theirs; nobody decides twice in one review, not at another
    step either, so that two approvals are two people; and standing in for somebody gives no right that four eyes deny
    to either of the two. Who stands in for an absent person does not stand in for those whom that person stood in for.

    Returns:
        The person's id, or why they may not.

    >>> matter = Matter([Step(role="reviewer")], contributors=frozenset({1}))
    >>> ann, bob = Decider(1, frozenset({"reviewer"})), Decider(2, frozenset({"reviewer"}))
    >>> decides_as(matter, bob), decides_as(matter, ann)
    (2, <Refusal.CONTRIBUTED: 'contributed'>)
    >>> decides_as(matter, Decider(3, absent=(bob,))), decides_as(matter, Decider(3, absent=(ann,)))
    (2, <Refusal.NOT_ASKED: 'not_asked'>)
    """
    decided = heard(matter.rulings)
    if decider.person_id in matter.contributors:
        return Refusal.CONTRIBUTED
    if decider.person_id in decided:
        return Refusal.DECIDED
    step = matter.steps[matter.progress.step]
    for one in (decider, *decider.absent):
        free = one.person_id not in matter.contributors and one.person_id not in decided
        if free and one.is_asked(step, escalated=matter.escalated):
            return one.person_id
    return Refusal.NOT_ASKED


def heard(rulings: Iterable[Ruling]) -> frozenset[int]:
    """Everybody who decided, or for whom somebody did.

    >>> sorted(heard([Ruling(0, "approve", 1), Ruling(0, "approve", 2, for_id=3)]))
    [1, 2, 3]
    """
    return frozenset(
        person for one in rulings for person in (one.person_id, one.for_id) if person is not None
    )


@dataclass(frozen=True, slots=True)
class Link:
    """A revision in the chain of those made from one another.

    Args:
        author_id: who wrote it; None where nobody knows.
        base_id: the revision it was made from.
        is_settled: it was approved, or came into the base as approved: what it says is nobody's own change any more.
    """

    author_id: int | None
    base_id: int | None
    is_settled: bool = False


def contributors(revision_id: int, links: Mapping[int, Link]) -> frozenset[int]:
    """The authors of a revision and of every one it is built on, back to the last that was approved.

    Args:
        links: id -> link of the translation's revisions.

    >>> chain = {1: Link(7, None, True), 2: Link(8, 1), 3: Link(9, 2)}
    >>> sorted(contributors(3, chain))
    [8, 9]
    """
    found: set[int] = set()
    seen: set[int] = set()
    at: int | None = revision_id
    while at is not None and at in links and at not in seen:
        link = links[at]
        if link.is_settled and at != revision_id:
            break
        seen.add(at)
        if link.author_id is not None:
            found.add(link.author_id)
        at = link.base_id
    return frozenset(found)
