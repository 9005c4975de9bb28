"""Case types, cases and facts of all kinds, made up by hypothesis."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from cbr.case_type import Attribute, CaseType, Choice, Kind, Missing
from cbr.similarity import (
    Cyclic,
    Exact,
    Exponential,
    Interval,
    Linear,
    Measure,
    Overlap,
    Span,
    Step,
    Table,
    Taxonomy,
)

WORDS = "red orange blue térerő net 4g sim roaming".split()
LEVELS = "none poor fair good excellent".split()
TREE = {
    "phone": "",
    "android": "phone",
    "pixel": "android",
    "iphone": "phone",
    "router": "",
    "mesh": "router",
}
FIRST_DAY = date(2026, 1, 1)

shares = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 1.0])
numbers = st.one_of(
    st.integers(-5, 30).map(float),
    st.floats(-50, 50, allow_nan=False, width=32),
    st.sampled_from([0.1, 0.2, 0.3]),
)
distances: st.SearchStrategy[Any] = st.sampled_from(
    [
        Exact(),
        Linear(0.3),
        Linear(10.0),
        Exponential(2.0),
        Exponential(0.7),
        Step(0.1),
        Step(3.0),
        Interval(1.0, 4.0),
        Cyclic(24.0),
        Cyclic(0.7),
    ]
)
tables = st.builds(
    Table,
    st.dictionaries(
        st.sampled_from(WORDS),
        st.dictionaries(st.sampled_from(WORDS), shares, min_size=1, max_size=3),
        max_size=4,
    ),
    shares,
    st.booleans(),
)
trees = st.builds(Taxonomy, st.just(TREE), st.booleans())
overlaps = st.builds(Overlap, st.sampled_from(["either", "mean", "asked", "smaller"]))

MEASURES: dict[Kind, st.SearchStrategy[Measure]] = {
    Kind.BOOLEAN: st.one_of(
        st.just(Exact()), st.builds(Table, st.just({"true": {"false": 0.4}}), shares, st.booleans())
    ),
    Kind.CATEGORY: st.one_of(st.just(Exact()), tables),
    Kind.ORDINAL: distances,
    Kind.NUMBER: distances,
    Kind.DATE: distances,
    Kind.TAXONOMY: st.one_of(st.just(Exact()), trees),
    Kind.SET: overlaps,
    Kind.TEXT: overlaps,
}
texts = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)

VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.BOOLEAN: st.booleans(),
    Kind.CATEGORY: st.sampled_from(WORDS),
    Kind.ORDINAL: st.sampled_from(LEVELS),
    Kind.NUMBER: numbers,
    Kind.DATE: st.integers(0, 40).map(lambda days: FIRST_DAY + timedelta(days)),
    Kind.TAXONOMY: st.sampled_from(list(TREE)),
    Kind.SET: st.frozensets(st.sampled_from(WORDS), max_size=4),
    Kind.TEXT: texts.filter(bool),
}
spans = st.tuples(numbers, numbers).map(lambda ends: Span(min(ends), max(ends)))


@st.composite
def attributes(draw: st.DrawFn, key: str) -> Attribute:
    kind = draw(st.sampled_from(list(Kind)))
    choices: tuple[Choice, ...] = ()
    if kind == Kind.ORDINAL:
        choices = tuple(Choice(level) for level in LEVELS)
    elif kind == Kind.TAXONOMY:
        choices = tuple(Choice(node, parent=parent) for node, parent in TREE.items())
    return Attribute(
        key,
        kind,
        choices=choices,
        similarity=draw(MEASURES[kind]),
        weight=draw(st.sampled_from([0.0, 0.1, 0.3, 1.0, 1.0, 1.0, 2.5, 7.0])),
        missing=draw(st.sampled_from(list(Missing))),
    )


@st.composite
def case_types(draw: st.DrawFn) -> CaseType:
    count = draw(st.integers(1, 6))
    return CaseType("made_up", tuple(draw(attributes(f"a{at}")) for at in range(count)))


def cases(case_type: CaseType) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={one.key: VALUES[one.kind] for one in case_type.attributes})


def facts(case_type: CaseType) -> st.SearchStrategy[dict[str, Any]]:
    def asked(one: Attribute) -> st.SearchStrategy[Any]:
        return st.one_of(VALUES[one.kind], spans) if one.kind == Kind.NUMBER else VALUES[one.kind]

    return st.fixed_dictionaries({}, optional={one.key: asked(one) for one in case_type.attributes})
