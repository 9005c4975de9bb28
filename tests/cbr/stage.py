"""Phones that have no service: a case type, and cases on it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from cbr import case_types, cases
from cbr.case_type import Attribute, CaseType, Choice, Kind
from cbr.contents import Content
from cbr.models import Case, CaseState, CaseTypeRow
from cbr.similarity import Linear
from kb.permissions import SYSTEM
from kb.viewers import AGENT, ANONYMOUS, CUSTOMER, PUBLIC, Viewer
from tests.conftest import START

PHONES = CaseType(
    "phones",
    (
        Attribute("abroad", Kind.BOOLEAN, names={"en": "Abroad", "hu": "Külföldön"}),
        Attribute(
            "signal",
            Kind.ORDINAL,
            choices=tuple(Choice(level, {"hu": level.upper()}) for level in ("none", "poor", "good")),
            similarity=Linear(2.0),
        ),
        Attribute("used", Kind.NUMBER, unit="GB", similarity=Linear(10.0)),
        Attribute("maker", Kind.CATEGORY, weight=0.5),
    ),
    {"en": "Phones"},
)
OUTSIDER = ANONYMOUS
CUSTOMER_VIEWER = Viewer(person_id=None, audiences=frozenset({PUBLIC, CUSTOMER}))


def staff(person_id: int | None, *roles: str, audiences: frozenset[str] = frozenset()) -> Viewer:
    """Somebody who works here."""
    return Viewer(
        person_id=person_id,
        name="Somebody",
        roles=frozenset(roles),
        audiences=frozenset({PUBLIC, CUSTOMER, AGENT}) | audiences,
    )


def phones(session: Session, audience: str = "public") -> CaseTypeRow:
    """The case type, for everybody unless told otherwise."""
    return case_types.create(session, PHONES, audience=audience, by=SYSTEM, now=START)


def solved(
    session: Session,
    row: CaseTypeRow,
    solution: str = "Switch roaming on.",
    *,
    state: CaseState = CaseState.CONFIRMED,
    audience: str = "public",
    problem: str = "",
    article: str = "",
    by: Viewer = SYSTEM,
    **facts: Any,
) -> Case:
    """A case in any state, confirmed unless told otherwise."""
    content = Content(facts, problem, "", solution, article, "en")
    made = cases.record(session, row, content, by=by, now=START, audience=audience)
    if state == CaseState.CONFIRMED:
        cases.confirm(session, made, by=SYSTEM, now=START)
    elif state == CaseState.RETIRED:
        cases.retire(session, made, "Wrong", by=SYSTEM, now=START)
    return made
