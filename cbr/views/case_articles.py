"""The cases that an article solved, beside the article: a look at this process's case bases says whether to ask."""

from __future__ import annotations

from typing import NamedTuple

from cbr import queries
from cbr.case_types import schema_of
from cbr.followers import case_bases
from cbr.views.blueprint import blueprint
from cbr.views.case_words import name_of
from kb.context import head, now, session, viewer


class Solved(NamedTuple):
    """A case that an article solved.

    Args:
        name: what stands for it.
        language: of the name.
        contacts: how many it stands for.
        type_key, key: where it is.
    """

    name: str
    language: str
    contacts: int
    type_key: str
    key: str


class SolvedBy(NamedTuple):
    """The cases that an article solved.

    Args:
        commonest: those that stand for most contacts.
        total: how many there are.
    """

    commonest: list[Solved]
    total: int


@blueprint.app_template_global("cases_of_article")
def cases_of_article(key: str) -> SolvedBy:
    """Of an article that this viewer reads: one query, and none where the viewer may be shown no case at all."""
    if not case_bases().current(session(), head()).has_any(viewer()):
        return SolvedBy([], 0)
    found = queries.of_article(session(), viewer(), now(), key)
    schemas = {id_: schema_of(row) for id_, row in found.types.items()}
    shown = [
        Solved(
            name_of(case, schemas[case.case_type_id]),
            case.language,
            case.count,
            found.types[case.case_type_id].key,
            case.key,
        )
        for case in found.cases
    ]
    return SolvedBy(shown, found.total)
