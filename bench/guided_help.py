"""Guided help, measured by dialogs: each case is asked as if it were new, beside a fixed script and a decision tree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from bench import every_answer, guided_pages
from bench.asked_tree import AskedTree
from bench.case_libraries import Named, expanded, libraries, missing
from bench.tables import Cell, percentile, table
from bench.texts import Texts
from cbr.guided.adaptive import Adaptive
from cbr.guided.answers import Known
from cbr.guided.dialogs import Answers, Dialog, People, answers_of, asked, reply
from cbr.guided.library import Library
from cbr.guided.steps import Answer, Question, Told
from cbr.values import write_value

DIALOGS = 300  # of each set
TIMED = 20
SIZES = (5_000, 100_000)


PEOPLE = (People("clean", 0.0, 0.0), People("20 % don't know", 0.2, 0.0), People("and 5 % wrong", 0.2, 0.05))

Way = Callable[[int, Answers], Dialog]


def measure(_texts: Texts) -> str:
    """All sets, then how far they are from what is aimed at, then the time of a step."""
    parts, rows = [], []
    for named in libraries():
        trials = [(named.name, named.library, True)]
        if named.name == "telecom":
            trials.append(("telecom, each case known already", named.library, False))
        for title, library, left_out in trials:
            found = dict(_ways(library, left_out))
            parts.append(_table(title, library, found))
            rows.append([*_aims(title, found), *_ceiling(library, left_out)])
    headings = [
        "set",
        *(
            f"{one.name}: {what}"
            for one in PEOPLE
            for what in ("questions, % of the script", "top-1, points from it")
        ),
        "noisy: top-1, points above the tree",
        "noisy: top-1",
        "of the tree",
        "of the best that hears every answer",
        "which",
        "cases whose solution another has, %",
    ]
    parts.append(table("Guided help beside its aims (<= 50 %, >= -2, >= 10)", headings, rows))
    parts += [_times(), guided_pages.measure(_largest().library)]
    return "\n\n".join([*parts, *(f"Left out: {one}." for one in missing())])


def _ways(library: Library, left_out: bool) -> Iterator[tuple[str, list[list[Dialog]]]]:
    """Each way of asking, and its dialogs with each kind of people; all hear the same answers."""
    cases = _tried(library)
    guide = Adaptive(library.case_type, library)
    tree = AskedTree(library, left_out=left_out)

    def at(case: int) -> Adaptive:
        return guide.without(int(library.ids[case])) if left_out else guide

    def grown(case: int, answers: Answers) -> Dialog:
        asked, best = tree.ask(case, answers)
        return Dialog(asked, asked, [library.solutions[place].id for place in best])

    ways: Mapping[str, Way] = {
        "fixed script, to its end": lambda case, answers: _in_order(at(case), answers, stop=False),
        "fixed order, stopping as Kalauz does": lambda case, answers: _in_order(at(case), answers, stop=True),
        "decision tree (scikit-learn)": grown,
        "Kalauz": lambda case, answers: asked(at(case), answers),
        "Kalauz, two facts known before": lambda case, answers: asked(
            at(case), answers, _said_first(library, case)
        ),
    }
    for name, way in ways.items():
        yield name, [[way(case, answers_of(library, case, people)) for case in cases] for people in PEOPLE]
    truth = [[Dialog(0, 0, [library.solutions[int(library.solved_by[case])].id]) for case in cases]]
    yield "truth", truth


def _tried(library: Library) -> list[int]:
    """The cases that are asked for, evenly spread."""
    return np.linspace(0, len(library) - 1, min(DIALOGS, len(library))).astype(int).tolist()  # type: ignore[no-any-return]


def _said_first(library: Library, case: int) -> dict[str, object]:
    """Two facts about a case, as an opening sentence or a customer record has them."""
    held = library.case(case)
    asked = [key for key in held if library.case_type.attribute(key).weight > 0]
    order = np.random.default_rng(case + 1).permutation(len(asked))[:2].tolist()
    return {asked[at]: write_value(held[asked[at]]) for at in order}


def _in_order(guide: Adaptive, answers: Answers, *, stop: bool) -> Dialog:
    """Every question in the order of the case type, with the same beliefs."""
    known = Known({}, frozenset())
    asked = 0
    for key in guide.posterior.likelihoods:
        if stop and _stops(guide, known):
            break
        asked += 1
        known = known._replace(asked=known.asked | {key})
        if (value := answers[key]) is not None:
            known.facts[key] = value
    belief = guide.believe(known)
    return Dialog(asked, asked, [guide.library.solutions[place].id for place in belief.best(3)])


def _stops(guide: Adaptive, known: Known) -> bool:
    """Whether Kalauz would ask no more."""
    belief = guide.believe(known)
    ranked = guide.questions.ranked(belief, known, "agent")
    sure = float(belief.solutions.max()) >= guide.stopping.confident
    return sure or not guide.is_worth(ranked, belief, known)


def _figures(dialogs: Sequence[Dialog], truth: Sequence[Dialog]) -> tuple[float, float, float, float]:
    """Mean of things asked and of steps; right first and among the first three, in per cent."""
    pairs = list(zip(dialogs, truth, strict=True))
    first = [one.best[:1] == true.best for one, true in pairs]
    among = [true.best[0] in one.best for one, true in pairs]
    return (
        float(np.mean([one.asked for one in dialogs])),
        float(np.mean([one.steps for one in dialogs])),
        100 * float(np.mean(first)),
        100 * float(np.mean(among)),
    )


def _table(title: str, library: Library, found: Mapping[str, list[list[Dialog]]]) -> str:
    shares = np.bincount(library.solved_by) / len(library)
    others = np.bincount(library.solved_by)[library.solved_by] > 1
    bound = f"log2 of {len(library.solutions)} solutions: {np.log2(len(library.solutions)):.1f} bits"
    headings = [
        "",
        *(f"{one.name}: {what}" for one in PEOPLE for what in ("asked", "steps", "top-1", "top-3")),
    ]
    rows: list[list[Cell]] = [
        [name, *(figure for dialogs in found[name] for figure in _figures(dialogs, found["truth"][0]))]
        for name in found
        if name != "truth"
    ]
    said = (
        f"{title}: {len(library)} cases; {bound}, by how often they come {-(shares @ np.log2(shares)):.1f}; "
        f"{100 * float(np.mean(others)):.0f} % of cases have a solution that another has too"
    )
    return table(said, headings, rows)


def _aims(title: str, found: Mapping[str, list[list[Dialog]]]) -> list[Cell]:
    truth = found["truth"][0]
    row: list[Cell] = [title]
    for at in range(len(PEOPLE)):
        script = _figures(found["fixed script, to its end"][at], truth)
        own = _figures(found["Kalauz"][at], truth)
        row += [100 * own[0] / script[0], own[2] - script[2]]
    noisy = len(PEOPLE) - 1
    tree = _figures(found["decision tree (scikit-learn)"][noisy], truth)
    own = _figures(found["Kalauz"][noisy], truth)
    return [*row, own[2] - tree[2], own[2], tree[2]]


def _ceiling(library: Library, left_out: bool) -> list[Cell]:
    """How often anybody could be right with noisy answers: who hears all of them, and who never errs."""
    cases = _tried(library)
    name, right = every_answer.best(library, PEOPLE[-1], cases, left_out=left_out)
    others = np.bincount(library.solved_by)[library.solved_by[cases]] > 1
    return [right, name, 100 * float(np.mean(others)) if left_out else 100.0]


def _times() -> str:
    """Engine time of a step, in milliseconds."""
    source = _largest()
    rows: list[list[Cell]] = []
    for size in SIZES:
        library = expanded(source.library, size)
        start = time.perf_counter()
        guide = Adaptive(library.case_type, library)
        guide.step(Told(answerer="agent"))
        begun = 1000 * (time.perf_counter() - start)
        walls, processor = _timed(guide, library)
        figures = [percentile(times, share) for times in (walls, processor) for share in (0.5, 0.95)]
        rows.append([f"{source.name}, {size} cases", begun, *figures])
    headings = ["", "first step", "p50", "p95", "processor p50", "processor p95"]
    return table("Engine time of a step, ms", headings, rows)


def _largest() -> Named:
    found = list(libraries())
    telecom = [one for one in found if one.name == "telecom"]
    return (telecom or found)[0]


def _timed(guide: Adaptive, library: Library) -> tuple[list[float], list[float]]:
    walls, processor = [], []
    for case in range(TIMED):
        answers = answers_of(library, case, PEOPLE[-1])
        told = Told(answerer="agent")
        while True:
            start, used = time.perf_counter(), time.process_time()
            step = guide.step(told)
            walls.append(1000 * (time.perf_counter() - start))
            processor.append(1000 * (time.process_time() - used))
            if not isinstance(step, Question):
                break
            told = replace(told, answers=(*told.answers, Answer(step.id, reply(step, answers))))
    return walls, processor
