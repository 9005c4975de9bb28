"""A tree is played: what is asked, what is known, where it ends, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbr.guided.steps import Answer, Instruction, Outcome, Question, Step, Told
from cbr.trees import body
from cbr.trees.graph import graph_of, reached, turned
from cbr.trees.running import REASONS, TreeGuide, Walk
from cbr.trees.tree import UNKNOWN, Kind, Tree
from kb.errors import Invalid
from tests.cbr.trees.strategies import playable_trees

TODAY = date(2026, 3, 15)
TEXT = """\
## Does it work abroad? {#abroad}

<!-- step: choice; attribute: roaming -->

Ask *where* they are.

- [Yes](#data) <!-- yes -->
- [No](#switch) <!-- no -->

## Switch roaming on {#switch}

<!-- step: instruction -->

In the settings.

- [→](#again)

## Does it work now? {#again}

<!-- step: choice; attribute: roaming; afresh -->

- [Yes](#fine) <!-- yes -->
- [No](#switch) <!-- no -->
- [No idea](#help) <!-- unknown -->

## How much data is used? {#data}

<!-- step: number; attribute: used; unit: GB -->

- [A little](#since) <!-- little; below: 2 -->
- [A lot](#plan) <!-- lot; from: 2; below: 100 -->

## Since when? {#since}

<!-- step: date -->

- [New](#model) <!-- new; from: today-14 -->
- [Old](#help) <!-- old; below: today-14 -->

## Which phone? {#model}

<!-- step: text; attribute: model -->

- [→](#by-plan)

## By plan {#by-plan}

<!-- step: decision -->

- [On prepaid](#plan) <!-- when: plan is prepaid -->
- [→](#read)

## Read this {#read}

<!-- step: article -->

[Read this](kb:coverage)

All of it.

- [→](#fine)
- [→](#plan)

## Change the plan {#plan}

<!-- step: article -->

[Change the plan](kb:plans)

## Fine {#fine}

Enjoy.

## We help {#help}

<!-- step: escalate -->

Call us.
"""
TREE = body.read(TEXT)


def told(*answers: tuple[str, object], **facts: object) -> Told:
    return Told(facts=facts, answers=tuple(Answer(step, value) for step, value in answers))


def walk(*answers: tuple[str, object], tree: Tree = TREE, **facts: object) -> Walk:
    return TreeGuide("data", tree, TODAY).walk(told(*answers, **facts))


def step(*answers: tuple[str, object], tree: Tree = TREE, **facts: object) -> Step:
    return walk(*answers, tree=tree, **facts).step


def reasons(one: Step) -> list[str]:
    return [why.code for why in one.why]


def fault(*answers: tuple[str, object]) -> list[str]:
    with pytest.raises(Invalid) as refused:
        step(*answers)
    return list(refused.value.fields)


YES = ("abroad", "yes")


# What is asked.


def test_the_first_step_is_asked_first() -> None:
    first = step()
    assert isinstance(first, Question)
    assert (first.id, first.kind, first.text, first.help) == (
        "abroad",
        "choice",
        "Does it work abroad?",
        "Ask *where* they are.",
    )
    assert [(option.key, option.text) for option in first.options] == [("yes", "Yes"), ("no", "No")]
    assert reasons(first) == ["first"]


def test_an_answer_leads_on_and_is_the_reason() -> None:
    second = step(YES)
    assert isinstance(second, Question)
    assert (second.id, second.kind, second.unit, second.options) == ("data", "number", "GB", ())
    assert [(why.code, why.values) for why in second.why] == [
        ("answered", {"question": "Does it work abroad?", "answer": "Yes"})
    ]


def test_not_to_know_is_no_option_beside_the_others() -> None:
    again = step(("abroad", "no"), ("switch", True))
    assert isinstance(again, Question)
    assert [option.key for option in again.options] == ["yes", "no"]
    assert again.unknown == "No idea"


@pytest.mark.parametrize("given", [0.5, "0,5", "512 MB", -1, "1.999 GB"])
def test_a_number_may_be_written_as_people_do(given: object) -> None:
    assert step(YES, ("data", given)).id == "since"


@pytest.mark.parametrize(
    ("given", "expected"), [("2026-03-01", "model"), ("2026-02-28", "help"), ("1.3.2026", "model")]
)
def test_days_are_counted_from_the_day_of_the_run(given: str, expected: str) -> None:
    assert step(YES, ("data", 1), ("since", given)).id == expected


def test_an_instruction_is_done_or_could_not_be() -> None:
    todo = step(("abroad", "no"))
    assert isinstance(todo, Instruction)
    assert todo.text == "Switch roaming on\n\nIn the settings."
    after = step(("abroad", "no"), ("switch", True))
    assert (after.id, reasons(after)) == ("again", ["done"])
    failed = step(("abroad", "no"), ("switch", False))
    assert isinstance(failed, Outcome)
    assert (failed.kind, reasons(failed)) == ("handover", ["answered", "could-not"])


def test_an_article_is_read_and_may_not_have_helped() -> None:
    so_far = [YES, ("data", 1), ("since", "2026-03-15"), ("model", "Halmar 3")]
    page = step(*so_far)
    assert isinstance(page, Instruction)
    assert page.text == "[Read this](kb:coverage)\n\nAll of it."
    assert step(*so_far, ("read", "done")).id == "fine"
    assert step(*so_far, ("read", "could-not")).id == "plan"


# Where it ends.


def test_an_outcome_is_a_solution() -> None:
    end = step(("abroad", "no"), ("switch", "yes"), ("again", True))
    assert isinstance(end, Outcome)
    assert (end.id, end.kind) == ("fine", "solution")
    assert [(one.id, one.title, one.text, one.article) for one in end.proposals] == [
        ("fine", "Fine", "Enjoy.", "")
    ]


def test_an_article_without_ways_is_an_end() -> None:
    end = step(YES, ("data", 5))
    assert isinstance(end, Outcome)
    assert (end.kind, end.proposals[0].article, end.proposals[0].title) == (
        "article",
        "plans",
        "Change the plan",
    )


def test_an_escalation_hands_over() -> None:
    end = step(("abroad", "no"), ("switch", True), ("again", None))
    assert isinstance(end, Outcome)
    assert (end.kind, end.text, end.proposals) == ("handover", "We help\n\nCall us.", ())


def test_a_value_for_which_there_is_no_way_hands_over() -> None:
    end = step(YES, ("data", 100))
    assert isinstance(end, Outcome)
    assert (end.kind, end.id, reasons(end)) == ("handover", "data", ["answered", "no-way"])


def test_an_empty_tree_hands_over() -> None:
    end = step(tree=Tree())
    assert isinstance(end, Outcome)
    assert (end.kind, reasons(end)) == ("handover", ["first", "empty"])


def test_a_way_that_leads_nowhere_hands_over() -> None:
    tree = body.read("## A {#a}\n- [x](#) <!-- x -->\n- [y](#nobody) <!-- y -->\n")
    for key in "xy":
        end = step(("a", key), tree=tree)
        assert isinstance(end, Outcome)
        assert (end.kind, end.id) == ("handover", "a")


def test_decisions_that_go_around_for_ever_hand_over() -> None:
    text = "## A {#a}\n<!-- step: decision -->\n- [→](#b)\n## B {#b}\n<!-- step: decision -->\n- [→](#a)\n"
    end = step(tree=body.read(text))
    assert isinstance(end, Outcome)
    assert (end.kind, reasons(end)) == ("handover", ["first", "endless"])


def test_whoever_wants_to_see_the_best_sees_the_nearest_solutions() -> None:
    best = TreeGuide("data", TREE, TODAY).step(Told(answers=(Answer(*YES),), wants_best=True))
    assert isinstance(best, Outcome)
    assert (best.kind, reasons(best)) == ("solution", ["nearest"])
    assert [(one.id, one.article) for one in best.proposals] == [("plan", "plans"), ("fine", "")]


# What is known.


def test_what_is_known_is_not_asked() -> None:
    second = step(roaming=True)
    assert second.id == "data"
    assert [(why.code, why.values) for why in second.why] == [
        ("known", {"question": "Does it work abroad?", "answer": "Yes"})
    ]
    assert step(roaming="yes", used=12.5).id == "plan"
    assert step(roaming=True, used="3 GB").id == "plan"


@pytest.mark.parametrize("value", ["perhaps", 7, ["yes"], None])
def test_what_is_known_but_no_answer_is_asked(value: object) -> None:
    assert step(roaming=value).id == "abroad"


def test_a_span_is_known_too_little_to_answer() -> None:
    assert step(roaming=True, used="1..5").id == "data"


def test_what_may_have_changed_is_asked_afresh() -> None:
    assert step(("switch", True), roaming=False).id == "again"


def test_a_question_that_is_met_again_is_asked_again() -> None:
    text = TEXT.replace("; afresh", "")
    answers: list[tuple[str, object]] = [("switch", True)]
    tree = body.read(text)
    # Known from the start, so the first time it is passed; then something was done.
    assert step(*answers, tree=tree, roaming=False).id == "switch"
    assert step(*answers, ("switch", True), tree=tree, roaming=False).id == "again"


def test_an_answer_is_known_from_then_on() -> None:
    so_far = [YES, ("data", "512 MB"), ("since", "2026-03-15"), ("model", " Halmar 3 ")]
    assert walk(*so_far).facts == {"roaming": "yes", "used": 0.512, "model": "Halmar 3"}


def test_a_decision_goes_by_what_is_known() -> None:
    so_far = [YES, ("data", 1), ("since", "2026-03-15"), ("model", "Halmar 3")]
    end = step(*so_far, plan="Prepaid")
    assert (end.id, reasons(end)) == ("plan", ["answered", "decided"])


# Who does not know.


def test_not_to_know_has_a_way_of_its_own() -> None:
    for value in (None, UNKNOWN):
        assert step(("abroad", "no"), ("switch", True), ("again", value)).id == "help"


def test_not_to_know_without_a_way_offers_what_to_try() -> None:
    unsure = step(("abroad", None))
    assert isinstance(unsure, Question)
    assert (unsure.id, unsure.text, reasons(unsure)) == ("abroad~unsure", "Does it work abroad?", ["unsure"])
    assert [(one.key, one.text) for one in unsure.options] == [
        ("yes", "How much data is used?"),
        ("no", "Switch roaming on"),
    ]
    after = walk(("abroad", None), ("abroad~unsure", "no"))
    assert (after.step.id, reasons(after.step), after.facts) == ("switch", ["not-known"], {})
    end = step(("abroad", None), ("abroad~unsure", None))
    assert isinstance(end, Outcome)
    assert (end.kind, reasons(end)) == ("handover", ["first", "not-known"])


def test_not_to_know_leads_on_where_there_is_only_one_way() -> None:
    assert step(YES, ("data", 1), ("since", "2026-03-15"), ("model", None)).id == "read"


def test_not_to_know_ends_what_was_known() -> None:
    assert walk(("switch", True), ("again", None), roaming=False).facts == {}


# What is refused.


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ([("switch", True)], "answers[0].step"),
        ([YES, YES], "answers[1].step"),
        ([("abroad", "no"), ("switch", True), ("again", "yes"), ("fine", True)], "answers[3].step"),
        ([("abroad", "perhaps")], "answers[0].value"),
        ([("abroad", ["yes"])], "answers[0].value"),
        ([("abroad", {"a": 1})], "answers[0].value"),
        ([("abroad", None), ("abroad~unsure", "perhaps")], "answers[1].value"),
        ([YES, ("data", "much")], "answers[1].value"),
        ([YES, ("data", True)], "answers[1].value"),
        ([YES, ("data", "1..2")], "answers[1].value"),
        ([YES, ("data", float("inf"))], "answers[1].value"),
        ([YES, ("data", "3 km")], "answers[1].value"),
        ([YES, ("data", 1), ("since", "soon")], "answers[2].value"),
        ([YES, ("data", 1), ("since", "2026-01-01..2026-01-02")], "answers[2].value"),
        ([YES, ("data", 1), ("since", "2026-03-15"), ("model", "x" * 10_001)], "answers[3].value"),
        ([YES, ("data", 1), ("since", "2026-03-15"), ("model", ["x"])], "answers[3].value"),
        ([("abroad", "no"), ("switch", "perhaps")], "answers[1].value"),
        ([("abroad", "no"), ("switch", [])], "answers[1].value"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_place(answers: list[tuple[str, object]], place: str) -> None:
    assert fault(*answers) == [place]


# The way that was taken.


def test_the_way_is_told() -> None:
    passed = walk(YES, ("data", 1), roaming=None).passed
    assert [(one.guide, one.node, one.way, one.how, one.answer) for one in passed] == [
        ("data", "abroad", "yes", "answered", "Yes"),
        ("data", "data", "little", "answered", "1.0"),
        ("data", "since", "", "", ""),
    ]
    assert [(one.node, one.how) for one in walk(roaming=True).passed] == [("abroad", "known"), ("data", "")]


# Any tree, any answers.

VALUES = st.sampled_from(
    ["yes", "no", "maybe", 1, 5, 50, "2025-01-01", "2026-03-15", "x", None, UNKNOWN, True, False]
)


def sensible(one: Step, value: object) -> object:
    """The value, or where it is no answer to the step, that nobody knows."""
    if isinstance(one, Instruction):
        return value if isinstance(value, bool) else None
    assert isinstance(one, Question)
    if one.kind == "choice":
        return value if value in [option.key for option in one.options] else None
    if one.kind == "text":
        return str(value)
    wanted = str if one.kind == "date" else int
    is_day = isinstance(value, str) and value[:2] == "20"
    return (
        value
        if isinstance(value, wanted) and not isinstance(value, bool) and (wanted is int or is_day)
        else None
    )


def way_out(tree: Tree, one: Step) -> object:
    """The answer that leads nearer to the end."""
    node = tree.by_id[one.id.removesuffix("~unsure")]
    far = reached(turned(graph_of(tree)), [end.id for end in tree.nodes if end.is_end])
    way = min((way for way in node.ways if way.key != UNKNOWN), key=lambda way: far.get(way.target, 99))
    given = {"low": "2025-01-01", "mid": "2026-01-01", "high": "2027-01-01"}
    numbers = {"low": 1, "mid": 5, "high": 50}
    if node.kind == Kind.DATE:
        return given[way.key]
    return numbers[way.key] if node.kind == Kind.NUMBER else "x" if node.kind == Kind.TEXT else way.key


@settings(max_examples=150)
@given(
    tree=playable_trees(),
    said=st.lists(VALUES, max_size=12),
    facts=st.fixed_dictionaries({}, optional={"roaming": VALUES, "data_used": VALUES}),
)
def test_a_tree_without_errors_ends_whatever_is_answered(
    tree: Tree, said: Sequence[object], facts: dict[str, object]
) -> None:
    guide = TreeGuide("any", tree, TODAY)
    answers: list[Answer] = []
    one = guide.step(Told(facts=facts))
    for value in said:
        if isinstance(one, Outcome):
            break
        answers.append(Answer(one.id, sensible(one, value)))
        one = guide.step(Told(facts=facts, answers=tuple(answers)))
        assert set(reasons(one)) <= REASONS
        assert one == guide.step(Told(facts=facts, answers=tuple(answers)))
    for _ in range(3 * len(tree.nodes)):
        if isinstance(one, Outcome):
            break
        wanted = way_out(tree, one)
        offered = [option.key for option in one.options] if isinstance(one, Question) else []
        answers.append(
            Answer(one.id, offered[0] if one.id.endswith("~unsure") and wanted not in offered else wanted)
        )
        one = guide.step(Told(facts=facts, answers=tuple(answers)))
    decides = any(node.kind == Kind.DECISION for node in tree.nodes)  # by facts that nobody here is asked for
    assert isinstance(one, Outcome) or decides


@settings(max_examples=50)
@given(playable_trees(), st.data())
def test_whoever_goes_back_is_where_they_were(tree: Tree, data: st.DataObject) -> None:
    guide = TreeGuide("any", tree, TODAY)
    answers: list[Answer] = []
    steps = [guide.step(Told())]
    while not isinstance(steps[-1], Outcome) and len(answers) < 8:
        answers.append(Answer(steps[-1].id, sensible(steps[-1], data.draw(VALUES))))
        steps.append(guide.step(Told(answers=tuple(answers))))
    assert [guide.step(Told(answers=tuple(answers[:count]))) for count in range(len(steps))] == steps
