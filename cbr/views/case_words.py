"""Cases in words: what stands for one in a list, what is known of it, how its states and sources are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from cbr.case_type import CaseType
from cbr.cases import SOURCES
from cbr.columns import read_columns
from cbr.guided.pages import players
from cbr.models import Case, CaseState
from cbr.plain import Plain
from cbr.queries import EVERY_STATE
from cbr.values import Value
from cbr.wording import value_text
from kb import content, context
from kb.article_page import rendered
from kb.context import session, viewer
from kb.languages import named

LONGEST_NAME = 120
MOST_TOLD = 4
"""So many facts stand for a case that nobody described in words."""

_STATE_WORDS = {
    CaseState.SOLVED: _l("To be confirmed"),
    CaseState.CONFIRMED: _l("Confirmed"),
    CaseState.OPEN: _l("Open"),
    CaseState.RETIRED: _l("Retired"),
}
_SOURCE_WORDS = {"contact": _l("A contact"), "run": _l("Guided help"), "import": _l("An import")}

STATE_NAMES: Mapping[str, LazyString] = {state.value: _STATE_WORDS[state] for state in EVERY_STATE}
SOURCE_NAMES: Mapping[str, LazyString] = {source: _SOURCE_WORDS[source] for source in SOURCES}


class FactLine(NamedTuple):
    """One thing that is known of a case.

    Args:
        key, name: of the attribute.
        text: the value in words.
        weight: what it counts in a comparison.
        fits: whether the case type still takes the value.
    """

    key: str
    name: str
    text: str
    weight: float
    fits: bool


def case_types() -> Mapping[str, CaseType]:
    """Key -> the case types that this viewer may know of."""
    return {one.key: one for one in players().cases.offered(session(), viewer())}


def type_name(case_type: CaseType) -> str:
    """What people call a case type, in the language of the page."""
    return named(case_type.names, (context.language(), "en"), case_type.key.replace("_", " "))


def known_of(case_type: CaseType, facts: Mapping[str, Plain]) -> Mapping[str, Value]:
    """What a case holds, as far as the case type takes it."""
    columns, _ = read_columns(case_type, [facts])
    return {key: column[0] for key, column in columns.items() if column[0] is not None}


def fact_lines(case_type: CaseType, facts: Mapping[str, Plain]) -> Sequence[FactLine]:
    """What is known of a case in the attributes' order; what no longer fits comes last, as it is kept."""
    language = context.language()
    known = known_of(case_type, facts)
    lines = [
        FactLine(one.key, one.name(language), value_text(one, known[one.key], language), one.weight, True)
        for one in case_type.attributes
        if known.get(one.key) not in (None, "", frozenset())
    ]
    told = {line.key for line in lines}
    unfit = [key for key, value in facts.items() if key not in told and value not in (None, "", [])]
    by_key = case_type.by_key
    lines += [
        FactLine(key, by_key[key].name(language) if key in by_key else key, str(facts[key]), 0.0, False)
        for key in unfit
    ]
    return lines


def name_of(case: Case, case_type: CaseType) -> str:
    """What stands for a case: the problem in somebody's words, or else what is known that counts most."""
    if case.problem:
        return content.plain_excerpt(case.problem, LONGEST_NAME)
    known = known_of(case_type, case.facts)
    told = [
        line.name if known.get(line.key) is True else f"{line.name}: {line.text}"
        for line in sorted(fact_lines(case_type, case.facts), key=lambda line: -line.weight)
        if known.get(line.key) is not False
    ]
    return content.plain_excerpt(" · ".join(told[:MOST_TOLD]), LONGEST_NAME) or case.key


def solution_of(case: Case, titles: Mapping[str, str]) -> str:
    """What stands for a solution: its title, how it begins, or the article that says it.

    Args:
        titles: key -> title of the articles that this viewer may read.
    """
    said = case.title or titles.get(case.article, "") or _plain(case.solution)
    return content.plain_excerpt(said, LONGEST_NAME) or case.article


def _plain(markdown: str) -> str:
    """Its first line in words."""
    line = next((line for line in markdown.splitlines() if line.strip()), "")
    return rendered(line).text
