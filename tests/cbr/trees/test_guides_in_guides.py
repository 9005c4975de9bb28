"""Guides inside of guides, and guided help by cases inside of a guide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest

from cbr.guided.steps import Answer, Option, Outcome, Proposal, Question, Step, Told, Why
from cbr.trees import body
from cbr.trees.nesting import check_nesting
from cbr.trees.running import TreeGuide, Walk
from cbr.trees.tree import DEEPEST
from kb.errors import Invalid

TODAY = date(2026, 3, 15)
OUTER = """\
## Any signal? {#signal}

- [Yes](#mms) <!-- yes -->
- [No](#first) <!-- no -->

## First the signal {#first}

<!-- step: guide -->

[First the signal](kb:no-service)

- [Back](#mms) <!-- back -->
- [→](#help)

## Send it again {#mms}

- [Works](#fine) <!-- yes -->
- [Does not](#ask) <!-- no -->

## Ask the cases {#ask}

<!-- step: cases; subject: telecom -->

- [→](#help)

## Fine {#fine}

## We help {#help}

<!-- step: escalate -->
"""
INNER = """\
## Airplane mode? {#plane}

<!-- step: choice; attribute: airplane -->

- [On](#back) <!-- yes -->
- [Off](#sim) <!-- no -->

## Is the SIM in? {#sim}

- [Yes](#person) <!-- yes -->
- [No](#shop) <!-- no -->

## Signal is back {#back}

## Go to a shop {#shop}

## A person {#person}

<!-- step: escalate -->
"""
TREES = {"mms": body.read(OUTER), "no-service": body.read(INNER)}


@dataclass
class FakeCases:
    """Guided help that asks two questions, and remembers what it was told."""

    kind: str = "solution"
    told: list[Told] = field(default_factory=list)

    def step(self, told: Told) -> Step:
        self.told.append(told)
        for number, answer in enumerate(told.answers):
            if answer.step != f"q{number}":
                raise Invalid({f"answers[{number}].step": "not asked"})
        if len(told.answers) < 2:
            return Question(
                f"q{len(told.answers)}", "choice", "?", options=(Option("a", "A"),), why=(Why("narrows"),)
            )
        return Outcome("best", self.kind, (Proposal("c7", "Reset it"),))


def walk(
    *answers: tuple[str, object],
    texts: Mapping[str, str] | None = None,
    key: str = "mms",
    cases: FakeCases | None = None,
    **facts: object,
) -> Walk:
    trees = TREES if texts is None else {name: body.read(text) for name, text in texts.items()}
    guide = TreeGuide(key, trees[key], TODAY, trees.get, {"telecom": cases}.get)
    return guide.walk(Told(facts=facts, answers=tuple(Answer(*answer) for answer in answers), language="hu"))


def reasons(one: Step) -> list[str]:
    return [why.code for why in one.why]


NO = ("signal", "no")


def test_the_steps_of_a_guide_inside_are_named_after_it() -> None:
    assert walk(NO).step.id == "first/plane"
    assert walk(NO, ("first/plane", "no")).step.id == "first/sim"


def test_an_end_that_the_guide_around_knows_leads_on() -> None:
    after = walk(NO, ("first/plane", "yes"))
    assert after.step.id == "mms"
    assert after.facts == {"airplane": "yes"}


def test_any_other_end_goes_otherwise() -> None:
    for answer in ("yes", "no"):
        assert walk(NO, ("first/plane", "no"), ("first/sim", answer)).step.id == "help"


def test_an_end_without_a_way_is_the_end_of_the_run() -> None:
    texts = {"mms": OUTER.replace("- [→](#help)\n\n## Send", "\n\n## Send"), "no-service": INNER}
    end = walk(NO, ("first/plane", "no"), ("first/sim", "no"), texts=texts).step
    assert isinstance(end, Outcome)
    assert (end.id, end.kind, end.proposals[0].id) == ("first/shop", "solution", "first/shop")


def test_where_the_guide_inside_knows_no_further_the_one_around_goes_on() -> None:
    end = walk(NO, ("first/plane", None), ("first/plane~unsure", None)).step
    assert (end.id, reasons(end)) == ("help", ["answered", "not-known"])


def test_what_is_known_is_known_inside_too() -> None:
    assert walk(NO, airplane=True).step.id == "mms"


def test_a_guide_that_cannot_be_read_is_gone_around() -> None:
    end = walk(NO, texts={"mms": OUTER}).step
    assert (end.id, reasons(end)) == ("help", ["answered", "no-guide"])
    end = walk(NO, texts={"mms": OUTER.replace("- [→](#help)\n\n## Send", "\n\n## Send")}).step
    assert isinstance(end, Outcome)
    assert (end.id, end.kind, reasons(end)) == ("first", "handover", ["answered", "no-guide"])


def nested(depth: int) -> dict[str, str]:
    texts = {
        f"g{number}": f"## G {{#g}}\n<!-- step: guide -->\n[G](kb:g{number + 1})\n"
        for number in range(depth - 1)
    }
    return {**texts, f"g{depth - 1}": "## At last {#last}\n"}


def test_guides_can_be_inside_of_guides_to_a_depth() -> None:
    end = walk(texts=nested(DEEPEST), key="g0").step
    assert (end.id, reasons(end)) == ("g/" * (DEEPEST - 1) + "last", ["first"])
    end = walk(texts=nested(DEEPEST + 1), key="g0").step
    assert isinstance(end, Outcome)
    assert (end.kind, reasons(end)) == ("handover", ["first", "guide-in-guide"])


def test_a_guide_inside_of_itself_is_refused() -> None:
    texts = {
        "a": "## A {#a}\n<!-- step: guide -->\n[A](kb:b)\n",
        "b": "## B {#b}\n<!-- step: guide -->\n[B](kb:a)\n",
    }
    end = walk(texts=texts, key="a").step
    assert isinstance(end, Outcome)
    assert (end.kind, reasons(end)) == ("handover", ["first", "guide-in-guide"])


def test_an_end_inside_of_two_guides_may_lead_on_in_the_outermost() -> None:
    texts = {
        "a": "## A {#a}\n<!-- step: guide -->\n[A](kb:b)\n- [→](#z)\n## Z {#z}\n",
        "b": "## B {#b}\n<!-- step: guide -->\n[B](kb:c)\n",
        "c": "## C {#c}\n",
    }
    assert walk(texts=texts, key="a").step.id == "z"


def test_only_the_ends_of_a_guide_itself_are_known_to_the_one_around() -> None:
    texts = {
        "a": "## A {#a}\n<!-- step: guide -->\n[A](kb:b)\n- [x](#y) <!-- c -->\n- [→](#z)\n## Y {#y}\n## Z {#z}\n",
        "b": "## B {#b}\n<!-- step: guide -->\n[B](kb:c)\n",
        "c": "## C {#c}\n",
    }
    assert walk(texts=texts, key="a").step.id == "z"


def test_what_is_counted_has_a_short_name_however_deep_it_is() -> None:
    long = "x" * 60
    texts = {f"g{n}": f"## G {{#{long}}}\n<!-- step: guide -->\n[G](kb:g{n + 1})\n" for n in range(4)}
    end = walk(texts={**texts, "g4": "## At last {#last}\n"}, key="g0").step
    assert isinstance(end, Outcome)
    assert len(end.proposals[0].id) == 128
    assert end.proposals[0].id.endswith("/last")


def test_a_guide_that_is_come_past_again_is_played_again() -> None:
    around = "## Again? {#q}\n- [x](#a) <!-- yes -->\n- [x](#z) <!-- no -->\n## Z {#z}\n"
    texts = {
        "a": f"## A {{#a}}\n<!-- step: guide -->\n[A](kb:b)\n- [→](#q)\n{around}",
        "b": "## B {#b}\n- [x](#c) <!-- x -->\n## C {#c}\n",
    }
    assert walk(("a/b", "x"), ("q", "yes"), texts=texts, key="a").step.id == "a/b"
    assert walk(("a/b", "x"), ("q", "yes"), ("a/b", "x"), ("q", "no"), texts=texts, key="a").step.id == "z"


# Cases.

TO_CASES = (("signal", "yes"), ("mms", "no"))


def test_cases_ask_on_with_all_that_is_known() -> None:
    cases = FakeCases()
    asked = walk(*TO_CASES, ("ask/q0", "a"), cases=cases, airplane=False).step
    assert isinstance(asked, Question)
    assert (asked.id, reasons(asked)) == ("ask/q1", ["narrows"])
    assert cases.told == [Told(facts={"airplane": False}, answers=(Answer("q0", "a"),), language="hu")]


def test_what_cases_find_is_the_outcome() -> None:
    end = walk(*TO_CASES, ("ask/q0", "a"), ("ask/q1", None), cases=FakeCases()).step
    assert isinstance(end, Outcome)
    assert (end.id, end.kind, end.proposals[0].id) == ("ask/best", "solution", "c7")


def test_where_cases_find_nothing_the_tree_goes_on() -> None:
    answers = (*TO_CASES, ("ask/q0", "a"), ("ask/q1", "a"))
    assert walk(*answers, cases=FakeCases("handover")).step.id == "help"
    end = walk(*TO_CASES).step
    assert (end.id, reasons(end)) == ("help", ["answered", "no-cases"])


def test_a_fault_in_an_answer_to_cases_has_its_place_among_all() -> None:
    with pytest.raises(Invalid) as refused:
        walk(*TO_CASES, ("ask/q0", "a"), ("ask/q7", "a"), cases=FakeCases())
    assert list(refused.value.fields) == ["answers[3].step"]
    with pytest.raises(Invalid) as refused:
        walk(*TO_CASES, ("ask/q0", "a"), ("mms", "no"), cases=FakeCases())
    assert list(refused.value.fields) == ["answers[3].step"]


def test_cases_that_lead_back_to_themselves_end() -> None:
    text = "## A {#a}\n<!-- step: cases; subject: telecom -->\n- [→](#a)\n"
    end = walk(("a/q0", "a"), ("a/q1", "a"), texts={"mms": text}, cases=FakeCases("handover")).step
    assert isinstance(end, Outcome)
    assert (end.kind, reasons(end)) == ("handover", ["first", "endless"])


# What is found before.


def nesting(texts: Mapping[str, str], key: str) -> list[tuple[str, str]]:
    trees = {name: body.read(text) for name, text in texts.items()}
    return [(one.code, one.node) for one in check_nesting(key, trees[key], trees.get)]


def test_guides_that_lead_back_to_themselves_are_found() -> None:
    texts = {
        "a": "## B {#to-b}\n<!-- step: guide -->\n[B](kb:b)\n## C {#to-c}\n<!-- step: guide -->\n[C](kb:c)\n",
        "b": "## A {#to-a}\n<!-- step: guide -->\n[A](kb:a)\n",
        "c": "## D {#to-d}\n<!-- step: guide -->\n[D](kb:d)\n",
        "e": "## A {#to-a}\n<!-- step: guide -->\n[A](kb:a)\n",
        "f": "## F {#to-f}\n<!-- step: guide -->\n[F](kb:f)\n",
    }
    assert nesting(texts, "a") == [("guide-in-guide", "to-b")]
    assert nesting(texts, "c") == []
    assert nesting(texts, "e") == [("guide-in-guide", "to-a")]
    assert nesting(texts, "f") == [("guide-in-guide", "to-f")]


def test_guides_that_lead_too_deep_are_found() -> None:
    assert nesting(nested(DEEPEST), "g0") == []
    assert nesting(nested(DEEPEST + 1), "g0") == [("too-deep", "g")]
    assert nesting(nested(2000), "g1990") == [("too-deep", "g")]
