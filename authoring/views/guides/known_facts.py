"""The facts that the kinds of cases ask for, with their values, suggested where a guide is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from cbr import queries
from cbr.case_type import Attribute, Kind
from cbr.case_types import schema_of
from cbr.wording import value_text
from kb.context import session, viewer
from kb.languages import named
from kb.views.admin.blueprint import reading_order

MOST_VALUES = 300
"""Of one fact; nobody reads a longer list, and each page carries it."""


@dataclass
class KnownFact:
    """Something that can be known of a case.

    Args:
        name: in the words of whoever draws.
        values: as a condition writes them -> in the words of whoever draws; empty where any can be.
    """

    name: str
    values: dict[str, str] = field(default_factory=dict)


def known_facts() -> Mapping[str, KnownFact]:
    """Key -> what the kinds of cases that this person may know of ask for; of one key in several, all values."""
    found: dict[str, KnownFact] = {}
    for row in queries.case_types(session(), viewer()):
        for attribute in schema_of(row).attributes:
            name = named(attribute.names, reading_order(), attribute.key)
            fact = found.setdefault(attribute.key, KnownFact(name))
            fact.values |= _values(attribute)
    return found


def _values(attribute: Attribute) -> dict[str, str]:
    language = reading_order()[0]
    if attribute.kind == Kind.BOOLEAN:
        return {"yes": value_text(attribute, True, language), "no": value_text(attribute, False, language)}
    keys = (choice.key for choice in islice(attribute.choices, MOST_VALUES))
    return {key: value_text(attribute, key, language) for key in keys}
