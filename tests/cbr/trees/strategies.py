"""Trees made up by hypothesis: any that can be kept, and such as can be played."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from cbr.trees.conditions import Condition, Relation
from cbr.trees.lines import WORDLESS, one_line, tidy, unfit
from cbr.trees.tree import (
    DONE,
    FAILED,
    OTHERWISE,
    POINTING,
    QUESTIONS,
    RANGED,
    UNKNOWN,
    Kind,
    Node,
    Tree,
    Way,
    with_keys,
)

IDS = ["start", "a-1", "b.2", "Ж", "P1_S0", "--".join("xy"), "end", "otherwise", "when", "kérdés", "n" * 60]
NAMES = ["roaming", "data_used", "sim-state", "kb/key", "é"]
PIECES = [
    *"abcё é 1 # [ ] ( ) { } < > ! | ; : - _ \" ' ` ~ \\ / & * % = + . , ? →".split(" "),
    *[
        "\n",
        "  ",
        "## ",
        "{#a-1}",
        "](#a-1)",
        "<!--",
        "-->",
        "```",
        "- [",
        "&lt;",
        "#35;",
        "\\n",
        "--",
        "→",
        "✓",
    ],
]

raw_texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.text(max_size=20))
titles = raw_texts.map(one_line)
words = titles.map(lambda text: "" if text == WORDLESS else text)
texts = raw_texts.map(tidy).filter(lambda text: unfit(text) is None)
intros = raw_texts.map(tidy).filter(lambda text: unfit(text, is_intro=True) is None)
numbers = st.sampled_from(["0", "2", "5", "10.5", "-3", "1e+30"])
days = st.sampled_from(["2026-01-31", "today", "today-14", "today+7"])
values = titles.filter(bool)
conditions = st.one_of(
    st.builds(
        Condition,
        st.sampled_from(NAMES),
        st.sampled_from([Relation.IS, Relation.IS_NOT]),
        st.lists(values, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Condition, st.sampled_from(NAMES), st.sampled_from([Relation.KNOWN, Relation.UNKNOWN])),
    st.builds(
        Condition,
        st.sampled_from(NAMES),
        st.sampled_from([Relation.AT_LEAST, Relation.BELOW]),
        st.one_of(numbers, days).map(lambda value: (value,)),
    ),
)
places = st.one_of(st.none(), st.tuples(st.integers(-5000, 5000), st.integers(-5000, 5000)))


@st.composite
def ways(draw: st.DrawFn, kind: Kind, ids: list[str]) -> Way:
    bounds = st.one_of(st.just(""), days if kind == Kind.DATE else numbers) if kind in RANGED else st.just("")
    key = draw(st.sampled_from(["", "", *ids, UNKNOWN, OTHERWISE, DONE, FAILED, "yes", "from", "below"]))
    target = draw(st.sampled_from([*ids, ""]))
    when = tuple(draw(st.lists(conditions, max_size=2)))
    return Way(key, target, draw(words), draw(bounds), draw(bounds), when)


@st.composite
def nodes(draw: st.DrawFn, name: str, ids: list[str]) -> Node:
    kind = draw(st.sampled_from(list(Kind)))
    return Node(
        id=name,
        kind=kind,
        title=draw(titles),
        text=draw(texts),
        ways=with_keys(kind, draw(st.lists(ways(kind, ids), max_size=3))),
        attribute=draw(st.sampled_from(["", *NAMES])),
        unit=draw(st.sampled_from(["", "GB", "km/h", "per cent; of all", '"'])),
        afresh=draw(st.booleans()),
        subject=draw(st.sampled_from(["", *NAMES])) if kind in POINTING else "",
        at=draw(places),
    )


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Any tree that can be kept, however little sense it makes."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, max_size=4))
    drawn = tuple(draw(nodes(name, ids)) for name in ids)
    return Tree(drawn, draw(st.sampled_from(["", *ids])), draw(intros))


@st.composite
def playable_trees(draw: st.DrawFn) -> Tree:
    """A tree without faults: every step has its ways, and one of them leads nearer to the end."""
    count = draw(st.integers(1, 8))
    ids = [f"n{number}" for number in range(count)]
    made = [draw(_playable_node(at, ids)) for at in range(count)]
    return Tree(tuple(made))


@st.composite
def _playable_node(draw: st.DrawFn, at: int, ids: list[str]) -> Node:
    is_last = at == len(ids) - 1
    kind = draw(st.sampled_from([Kind.OUTCOME, Kind.ESCALATE, Kind.ARTICLE] if is_last else _GOING_ON))
    node = Node(ids[at], kind, f"Step {at}", subject="page" if kind == Kind.ARTICLE else "")
    if is_last:
        return node
    onward = st.sampled_from(ids[at + 1 :])
    # Only where somebody is asked it may go back: else it would go around for ever.
    anywhere = onward if kind == Kind.DECISION else st.sampled_from(ids)
    first, second, third = draw(onward), draw(anywhere), draw(anywhere)
    about = draw(st.sampled_from(["", "roaming", "data_used"]))
    if kind == Kind.CHOICE:
        made: list[Way] = [Way("yes", first, "Yes"), Way("no", second, "No"), Way("maybe", third, "Maybe")]
    elif kind in RANGED:
        low, high = ("2026-01-01", "today+3") if kind == Kind.DATE else ("2", "10")
        made = [
            Way("low", first, high=low),
            Way("mid", second, low=low, high=high),
            Way("high", third, low=high),
        ]
    elif kind in {Kind.INSTRUCTION, Kind.ARTICLE}:
        made = [Way(DONE, first), Way(FAILED, second)]
        node = replace(node, subject="page" if kind == Kind.ARTICLE else "")
    elif kind == Kind.DECISION:
        made = [Way("is", second, when=(Condition("roaming", Relation.IS, ("yes",)),)), Way("else", first)]
    else:
        made = [Way("on", first)]
    if kind in QUESTIONS and draw(st.booleans()):
        made.append(Way(UNKNOWN, draw(anywhere)))
    return replace(node, ways=tuple(made), attribute=about if kind in QUESTIONS else "")


_GOING_ON = [
    Kind.CHOICE,
    Kind.NUMBER,
    Kind.DATE,
    Kind.TEXT,
    Kind.INSTRUCTION,
    Kind.DECISION,
    Kind.ARTICLE,
]
