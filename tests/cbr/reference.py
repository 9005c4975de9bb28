"""The nearest cases by plain loops over 64-bit floats: slow, and short enough to be seen to be right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from cbr.case_type import Attribute, CaseType, Kind, Missing
from cbr.similarity import (
    Cyclic,
    Exact,
    Exponential,
    Interval,
    Linear,
    Overlap,
    Span,
    Step,
    Table,
    Taxonomy,
)

MISSING = {Missing.NEUTRAL: 0.5, Missing.DIFFERENT: 0.0, Missing.SAME: 1.0}


def nearest(
    case_type: CaseType,
    cases: Mapping[int, Mapping[str, Any]],
    facts: Mapping[str, Any],
    k: int,
    scores: Mapping[str, Mapping[int, float]] | None = None,
) -> list[tuple[int, float]]:
    """(id, score) of the best k; of equals the smaller id first."""
    scored = [(-score(case_type, id_, case, facts, scores or {}), id_) for id_, case in cases.items()]
    return [(id_, -negative) for negative, id_ in sorted(scored)[:k]]


def score(
    case_type: CaseType,
    id_: int,
    case: Mapping[str, Any],
    facts: Mapping[str, Any],
    scores: Mapping[str, Mapping[int, float]],
) -> float:
    """The weighted mean over what is known."""
    known = [
        one for one in case_type.attributes if one.weight > 0 and (one.key in facts or one.key in scores)
    ]
    total = sum(one.weight for one in known)
    reached = left = full = 0.0
    for one in known:
        share = one.weight / total
        full += share
        if one.key in scores:
            reached += share * scores[one.key].get(id_, 0.0)
        elif one.key in case:
            reached += share * similarity(one, facts[one.key], case[one.key])
        elif one.missing == Missing.SKIP:
            continue
        else:
            reached += share * MISSING[one.missing]
        left += share
    if left == 0.0:
        return 0.0
    return reached if left == full else reached / left


def similarity(attribute: Attribute, asked: Any, held: Any) -> float:
    """How alike two values are, each formula written down once more."""
    measure = attribute.similarity
    match measure:
        case Table():
            return _table(measure, asked, held)
        case Taxonomy():
            return _tree(measure, asked, held)
        case Overlap():
            if attribute.kind == Kind.TEXT:
                asked, held = _words(asked), _words(held)
            return _overlap(measure, asked, held)
        case Exact() if not isinstance(asked, Span):
            return 1.0 if asked == held else 0.0
    return _by_distance(measure, _number(attribute, asked), _number(attribute, held))


def _by_distance(measure: Any, asked: Any, held: Any) -> float:
    low, high = asked if isinstance(asked, Span) else (asked, asked)
    if isinstance(measure, Cyclic):
        wide = min(high - low, measure.period) if high >= low else (high - low) % measure.period
        behind = (held - low) % measure.period
        apart = max(min(behind - wide, measure.period - behind), 0.0)
        return float(max(1 - apart / (measure.period / 2), 0.0))
    apart = low - held if held < low else held - high if held > high else 0.0
    match measure:
        case Exact():
            return 1.0 if apart == 0 else 0.0
        case Linear():
            return max(1 - apart / measure.range, 0.0)
        case Exponential():
            return float(np.exp2(-(apart / measure.half)))  # not **: the last digit is the library's
        case Step():
            return 1.0 if apart <= measure.tolerance else 0.0
        case Interval():
            return min(max((measure.none - apart) / (measure.none - measure.full), 0.0), 1.0)
    raise AssertionError(measure)


def _number(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, date):
        return float(value.toordinal())
    if attribute.kind == Kind.ORDINAL:
        return float([choice.key for choice in attribute.choices].index(value))
    return value


def _table(measure: Table, asked: Any, held: Any) -> float:
    one, other = (str(value).lower() if isinstance(value, bool) else value for value in (asked, held))
    if other in measure.entries.get(one, {}):
        return measure.entries[one][other]
    if measure.symmetric and one in measure.entries.get(other, {}):
        return measure.entries[other][one]
    return 1.0 if one == other else measure.otherwise


def _tree(measure: Taxonomy, asked: str, held: str) -> float:
    if asked == held:
        return 1.0
    ways = []
    for node in (asked, held):
        way = [node]
        while measure.parents[way[-1]]:
            way.append(measure.parents[way[-1]])
        ways.append(way)
    shared = len(set(ways[0]) & set(ways[1]))
    if measure.whole_branch and asked in ways[1]:
        return 1.0
    return 2 * shared / (len(ways[0]) + len(ways[1]))


def _overlap(measure: Overlap, asked: frozenset[str], held: frozenset[str]) -> float:
    if not asked and not held:
        return 1.0
    shared = len(asked & held)
    whole = {
        "either": float(len(asked | held)),
        "mean": (len(asked) + len(held)) / 2,
        "asked": float(len(asked)),
        "smaller": float(min(len(asked), len(held))),
    }[measure.over]
    return shared / whole if whole else 0.0


def _words(text: str) -> frozenset[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return frozenset(re.findall(r"\w+", "".join(char for char in folded if not unicodedata.combining(char))))
