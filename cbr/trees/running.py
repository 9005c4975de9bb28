"""A tree played: all that was told is gone through again, from the first step to the next one; pure.

What is known already answers the questions about it. An answer that somebody gives to a question becomes known, too.
Where somebody comes past a question again, it is asked again: something was done since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from cbr.guided.steps import Answer, Guide, Instruction, Option, Outcome, Question, Step, Told, Why
from cbr.trees.asking import (
    end_of,
    option_of,
    proposal_of,
    question_of,
    value_of,
    was_done,
    way_for,
    words_of,
)
from cbr.trees.graph import nearest_solutions
from cbr.trees.tree import DEEPEST, DONE, FAILED, OTHERWISE, QUESTIONS, UNKNOWN, Kind, Node, Tree, Way
from kb.errors import N_, Invalid

MOST_PROPOSALS = 3
REASONS = frozenset(
    """first answered done could-not not-known known decided unsure nearest empty no-way endless no-guide
    guide-in-guide no-cases""".split()
)
"""The codes of `Why` that a tree gives."""
ENTERED = "entered"
UNSURE = "~unsure"
"""Behind the id of a question that was answered with "don't know" and has no way for it: which of its ways to try."""


@dataclass(frozen=True)
class Passed:
    """One step that a run came past.

    Args:
        guide: the key of the guide it is in.
        node: its id.
        way: the key of the way that was taken; "" where the run is, or ended.
        how: "answered" by a person, "known" before, "decided" by the tree, or "entered": on in another guide.
        title: the step's.
        answer: the words of the way, or the value that was given.
    """

    guide: str
    node: str
    way: str = ""
    how: str = ""
    title: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Walk:
    """Where a run is, and how it got there.

    Args:
        step: the next step.
        passed: the way to it; the last is the step itself, where it is one of a tree.
        facts: all that is known now: attribute -> plain value.
    """

    step: Step
    passed: tuple[Passed, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class TreeGuide:
    """A tree as something that can be played.

    Args:
        key: of the guide.
        tree: what its author drew.
        today: the day on which the run began; ranges are counted from it.
        guides: the tree of another guide by its key, in the same language; None where there is none to be read.
        cases: guided help by the cases of a type; None where there are none.
    """

    key: str
    tree: Tree
    today: date
    guides: Callable[[str], Tree | None] = lambda _key: None
    cases: Callable[[str], Guide | None] = lambda _key: None

    def step(self, told: Told) -> Step:
        """The next step. Raises `Invalid`: place (such as "answers[2].value") -> sentence."""
        return self.walk(told).step

    def walk(self, told: Told) -> Walk:
        """The next step and the way to it. Raises `Invalid` as `step` does."""
        return _Walking(self, told).walk()


@dataclass
class _Place:
    """A guide that the run is in.

    Args:
        prefix: what stands before the ids of its steps.
        back: the step of the guide around it that led here; None for the outermost.
    """

    key: str
    tree: Tree
    prefix: str
    back: Node | None = None


_About = TypeVar("_About")
_Read = TypeVar("_Read")
_Move = Node | Step
"""The node to go on with, or the step that the run waits at."""


class _Walking:
    def __init__(self, guide: TreeGuide, told: Told) -> None:
        self.guide, self.told = guide, told
        self.facts = {name: value for name, value in told.facts.items() if value is not None}
        self.places = [_Place(guide.key, guide.tree, "")]
        self.passed: list[Passed] = []
        self.why: list[Why] = []  # since the last answer
        self.at = 0  # how many answers were used
        self.asked: set[str] = set()  # questions that the run came past
        self.since_answer: set[str] = set()  # steps that nobody was asked at

    @property
    def here(self) -> _Place:
        return self.places[-1]

    def walk(self) -> Walk:
        node = self.guide.tree.first
        found: _Move = node if node is not None else self._hand_over(None, Why("empty"))
        while isinstance(found, Node):
            found = self._pass(found)
        if self.at < len(self.told.answers):
            raise Invalid(
                {f"answers[{self.at}].step": N_("This is an answer to a question that was not asked.")}
            )
        return Walk(found, tuple(self.passed), self.facts)

    def _pass(self, node: Node) -> _Move:
        if node.kind in QUESTIONS:
            return self._question(node)
        if node.kind == Kind.INSTRUCTION or node.is_reading:
            return self._instruction(node)
        if node.is_end:
            return self._end(node, end_of(node, self._id(node), self._why()))
        return self._unasked(node)

    def _unasked(self, node: Node) -> _Move:
        """A step at which nobody is asked; to come past it twice without an answer is to go around for ever."""
        if self._id(node) in self.since_answer:
            return self._hand_over(node, Why("endless"))
        self.since_answer.add(self._id(node))
        if node.kind == Kind.GUIDE:
            return self._enter(node)
        if node.kind == Kind.CASES:
            return self._look_up(node)
        way = next((way for way in node.ways if self._holds(way)), None)
        if node.title and way is not None and way.text:
            self.why.append(Why("decided", {"step": node.title, "answer": way.text}))
        return self._take(node, way, "decided")

    def _holds(self, way: Way) -> bool:
        return all(condition.holds(self.facts, self.guide.today) for condition in way.when)

    # Questions.

    def _question(self, node: Node) -> _Move:
        is_first = self._id(node) not in self.asked
        self.asked.add(self._id(node))
        known = self.facts.get(node.attribute) if node.attribute else None
        if known is not None and is_first and not node.afresh:
            way = way_for(node, known, self.guide.today)
            if way is not None:
                answer = way.text if node.kind == Kind.CHOICE else str(known)
                self.why.append(Why("known", {"question": node.title, "answer": answer}))
                return self._take(node, way, "known", str(known))
        given = self._next_answer(self._id(node))
        if given is None:
            return self._wait(node, question_of(node, self._id(node), self._why()))
        value = self._read(value_of, node, given.value)
        if value is None:
            return self._not_known(node)
        if node.attribute:
            self.facts[node.attribute] = value
        way = way_for(node, value, self.guide.today)
        words = way.text if way and node.kind == Kind.CHOICE else str(value)
        return self._take(
            node, way, "answered", words, Why("answered", {"question": node.title, "answer": words})
        )

    def _not_known(self, node: Node) -> _Move:
        if node.attribute:
            self.facts.pop(node.attribute, None)
        ways = [way for way in node.ways if way.key != UNKNOWN]
        unknown = node.way(UNKNOWN)
        if unknown is None and len({way.target for way in ways}) == 1:
            unknown = ways[0]
        why = Why("not-known", {"question": node.title})
        if unknown is not None:
            return self._take(node, unknown, "answered", why=why)
        if not ways:
            return self._hand_over(node, Why("no-way"))
        answer = self._next_answer(self._id(node) + UNSURE)
        if answer is None:
            return self._wait(node, self._unsure(node, ways))
        chosen = self._read(option_of, ways, answer.value)
        return self._take(node, chosen, "answered", why=why) if chosen else self._hand_over(node, why)

    def _unsure(self, node: Node, ways: Sequence[Way]) -> Question:
        """Which of the ways to try, by what they lead to."""
        titles: dict[str, Option] = {}
        for way in ways:
            leads_to = self.here.tree.by_id.get(way.target)
            title = leads_to.title if leads_to else ""
            titles.setdefault(way.target, Option(way.key, title or way.text or way.key))
        why = (Why("unsure", {"question": node.title}),)
        return Question(self._id(node) + UNSURE, "choice", node.title, "", tuple(titles.values()), "", why)

    # Things to do.

    def _instruction(self, node: Node) -> _Move:
        answer = self._next_answer(self._id(node))
        if answer is None:
            return self._wait(node, Instruction(self._id(node), words_of(node), self._why()))
        is_done = self._read(was_done, node, answer.value)
        way = node.way(DONE if is_done else FAILED)
        why = Why(DONE if is_done else FAILED, {"step": node.title})
        return self._take(node, way, "answered", why=why) if way else self._hand_over(node, why)

    # Other guides, and cases.

    def _enter(self, node: Node) -> _Move:
        tree = self.guide.guides(node.subject) if node.subject else None
        first = tree.first if tree else None
        if tree is None or first is None:
            return self._around(node, Why("no-guide", {"key": node.subject}))
        if len(self.places) >= DEEPEST or any(one.key == node.subject for one in self.places):
            return self._around(node, Why("guide-in-guide", {"key": node.subject}))
        prefix = f"{self._id(node)}/"
        self._note(node, "", ENTERED, "")
        self.places.append(_Place(node.subject, tree, prefix, node))
        return first

    def _around(self, node: Node, why: Why) -> _Move:
        """On, without what the step is about; to a person where there is no way for that."""
        way = node.way(OTHERWISE)
        if way is None:
            return self._hand_over(node, why)
        self.why.append(why)
        return self._take(node, way, "decided")

    def _end(self, node: Node, outcome: Outcome) -> _Move:
        """The end of a guide: of the run, too, unless a guide around it goes on from here."""
        self._note(node, "", "", "")
        return self._back(node.id) or outcome

    def _back(self, end: str) -> Node | Outcome | None:
        """On in the guide around this one, or the one around that: by the way for this end, or any other."""
        while len(self.places) > 1:
            back = self.places.pop().back
            way = (back.way(end) or back.way(OTHERWISE)) if back else None
            if back and way:
                return self._take(back, way, "decided")
            end = OTHERWISE
        return None

    def _look_up(self, node: Node) -> _Move:
        guide = self.guide.cases(node.subject) if node.subject else None
        if guide is None:
            return self._around(node, Why("no-cases", {"key": node.subject}))
        prefix = f"{self._id(node)}/"
        start = self.at
        while self.at < len(self.told.answers) and self.told.answers[self.at].step.startswith(prefix):
            self.at += 1
        theirs = [
            replace(answer, step=answer.step.removeprefix(prefix))
            for answer in self.told.answers[start : self.at]
        ]
        if theirs:
            self.since_answer = {self._id(node)}
        try:
            step = guide.step(replace(self.told, facts=dict(self.facts), answers=tuple(theirs)))
        except Invalid as refused:
            raise Invalid(_moved(refused.fields, start)) from None
        if isinstance(step, Outcome) and step.kind == "handover" and node.way(OTHERWISE):
            return self._take(node, node.way(OTHERWISE), "decided")
        self._note(node, "", "", "")
        return replace(step, id=prefix + step.id)

    # Going on, waiting and ending.

    def _take(
        self, node: Node, way: Way | None, how: str, answer: str = "", why: Why | None = None
    ) -> Node | Outcome:
        """On by a way; an answer begins the reasons for what comes next anew."""
        if way is None:
            return self._hand_over(node, Why("no-way"))
        self._note(node, way.key, how, answer or way.text)
        if why is not None:
            self.since_answer.clear()
            self.why = [why]
        following = self.here.tree.by_id.get(way.target)
        return following if following is not None else self._hand_over(None, Why("no-way"))

    def _wait(self, node: Node, step: Step) -> Step:
        """Stop at a step; or, where somebody wants to see the best there is, at the nearest solutions."""
        if self.told.wants_best:
            ends = nearest_solutions(self.here.tree, node, MOST_PROPOSALS)
            proposals = tuple(proposal_of(end, self.here.prefix + end.id) for end in ends)
            step = Outcome(
                self._id(node), "solution" if ends else "handover", proposals, "", (Why("nearest"),)
            )
        self._note(node, "", "", "")
        return step

    def _hand_over(self, node: Node | None, why: Why) -> Node | Outcome:
        """Here the tree knows no further: on in a guide around it, or to a person, with the reason."""
        if node is not None:
            self._note(node, "", "", "")
        name = node.id if node else self.passed[-1].node if self.passed else "start"
        outcome = Outcome(self.here.prefix + name, "handover", (), "", (*self._why(), why))
        self.why.append(why)
        return self._back(OTHERWISE) or outcome

    def _note(self, node: Node, way: str, how: str, answer: str) -> None:
        self.passed.append(Passed(self.here.key, node.id, way, how, node.title, answer))

    def _why(self) -> tuple[Why, ...]:
        return tuple(self.why) or (Why("first"),)

    def _id(self, node: Node) -> str:
        return self.here.prefix + node.id

    def _next_answer(self, step: str) -> Answer | None:
        """The answer to a step, None where the answers end. Raises `Invalid` where the next one is to another."""
        if self.at >= len(self.told.answers):
            return None
        answer = self.told.answers[self.at]
        if answer.step != step:
            raise Invalid(
                {f"answers[{self.at}].step": N_("This is an answer to a question that was not asked.")}
            )
        self.at += 1
        return answer

    def _read(self, read: Callable[[_About, object], _Read], about: _About, value: object) -> _Read:
        """What the last answer says about something. Raises `Invalid` with its place."""
        try:
            return read(about, value)
        except Invalid as refused:
            raise Invalid({f"answers[{self.at - 1}].value": refused.fields["value"]}) from None


def _moved(fields: Mapping[str, str], by: int) -> dict[str, str]:
    """The places of a guide's answers, as they stand among all."""
    moved = {}
    for name, sentence in fields.items():
        begin, opened, rest = name.partition("answers[")
        number, closed, after = rest.partition("]")
        fits = not begin and opened and closed and number.isdecimal()
        moved[f"answers[{int(number) + by}]{after}" if fits else name] = sentence
    return moved
