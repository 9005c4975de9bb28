"""The measure of guided help: all ways hear the same answers, and right is right."""

from __future__ import annotations

import numpy as np

from bench import every_answer, guided_help
from bench.asked_tree import AskedTree
from bench.case_libraries import _network as read_network
from bench.case_libraries import expanded, library
from cbr.guided import dialogs
from cbr.guided.adaptive import Adaptive
from cbr.guided.library import Library
from tests.cbr.guided.made_up import phones

NETWORK = """
variable Cause {
  type discrete [ 2 ] { Fine, Broken };
}
variable Seen {
  type discrete [ 2 ] { Yes, No };
}
probability ( Seen | Cause ) {
  (Fine) 0.9, 0.1;
  (Broken) 0.0, 1.0;
}
probability ( Cause ) {
  table 0.95, 0.05;
}
"""


def solved() -> Library:
    """Sixty cases of which the first column says the solution, and five say nothing."""
    generator = np.random.default_rng(1)
    rows = [
        {
            "a": str(at % 3),
            **{f"b{other}": str(generator.integers(2)) for other in range(5)},
            "fix": f"f{at % 3}",
        }
        for at in range(60)
    ]
    return library(rows, "fix")


def test_everybody_hears_the_same_answers() -> None:
    source = phones()
    noisy = guided_help.PEOPLE[-1]
    assert dialogs.answers_of(source, 3, noisy) == dialogs.answers_of(source, 3, noisy)
    clean = dialogs.answers_of(source, 3, guided_help.PEOPLE[0])
    assert {key: value for key, value in clean.items() if value is not None} == source.case(3)


def test_a_dialog_counts_each_line_of_a_checklist() -> None:
    source = solved()
    guide = Adaptive(source.case_type, source)
    answers = dialogs.answers_of(source, 0, guided_help.PEOPLE[0])
    dialog = dialogs.asked(guide.without(int(source.ids[0])), answers)
    assert dialog.best[0] == source.solutions[int(source.solved_by[0])].id
    assert 1 <= dialog.steps <= dialog.asked <= 6
    script = guided_help._in_order(guide, answers, stop=False)
    assert script.asked == len(guide.posterior.likelihoods)


def test_the_tree_asks_along_its_path_and_is_right_where_it_can_be() -> None:
    source = solved()
    tree = AskedTree(source)
    clean = [dialogs.answers_of(source, case, guided_help.PEOPLE[0]) for case in range(len(source))]
    found = [tree.ask(case, answers) for case, answers in enumerate(clean)]
    assert all(asked == 1 for asked, _ in found)
    assert all(best[0] == source.solved_by[case] for case, (_, best) in enumerate(found))
    assert tree.ask(0, {})[0] == 1


def test_who_hears_every_answer_is_right_where_the_answers_say_it() -> None:
    source = solved()
    cases = range(0, len(source), 10)
    name, right = every_answer.best(source, guided_help.PEOPLE[0], cases, left_out=True)
    assert (name in every_answer.MODELS, right) == (True, 100.0)


def test_another_time_other_answers_are_not_known() -> None:
    source = phones()
    noisy = guided_help.PEOPLE[-1]
    times = [dialogs.answers_of(source, case, noisy, time) for time in (1, 2) for case in range(20)]
    assert times[:20] != times[20:]


def test_more_cases_are_made_of_those_there_are() -> None:
    source = solved()
    more = expanded(source, 500)
    assert len(more) == 500
    assert {one.id for one in more.solutions} == {one.id for one in source.solutions}


def test_a_network_is_read_with_causes_first() -> None:
    nodes = read_network(NETWORK)
    assert list(nodes) == ["Cause", "Seen"]
    assert nodes["Seen"].chances[("Broken",)] == [0.0, 1.0]
    assert nodes["Cause"].chances[()] == [0.95, 0.05]
