"""How foresight is arranged: what each queue does with it, where cases say who solved them, what is learned of that."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cbr import background
from cbr.case_types import by_key, schema_of
from cbr.learning import Learned, learn_weights
from cbr.models import CaseTypeRow
from cbr.others import Solved, Tell
from cbr.reporting import solved_cases
from cbr.values import Value
from kb.concurrency import refuse_stale
from kb.errors import N_, Invalid
from kb.permissions import require
from kb.viewers import Viewer
from routing.foreseeing import Plan, level_said
from routing.foresight import IN_FRONT
from routing.foresight_models import ForesightPlan, ForesightSource, Mode
from routing.lifecycle import State
from routing.models import Contact, Queue
from routing.permissions import DIRECT

LEARN = "foresight"
MOST_NEEDED = 50
KEYS = ("level_key", "queue_key", "skills_key")

log = structlog.get_logger(__name__)


def init_app() -> None:
    """Learning can be asked for on the page."""
    background.KINDS[LEARN] = background.Kind(DIRECT, _deed)


def save_plan(
    session: Session, queue: Queue, plan: Plan, *, by: Viewer, seen: str | None = None
) -> ForesightPlan:
    """Say what a queue does with what is foreseen.

    Args:
        seen: the version when the form was opened.

    Raises:
        Invalid: under the name of the field, what is wrong.
        Conflict: somebody else saved it meanwhile.
    """
    require(by, DIRECT)
    rules = plan.rules
    problems = {
        name: N_("A number from 50 to 100.")
        for name in ("near", "often", "sure")
        if not 0.5 <= getattr(rules, name) <= 1
    }
    if not 1 <= rules.fewest <= MOST_NEEDED:
        problems["fewest"] = N_("A number from 1 to %(most)s.", most=MOST_NEEDED)
    if problems:
        raise Invalid(problems)
    row = session.scalars(select(ForesightPlan).where(ForesightPlan.queue_id == queue.id)).first()
    if row is None:
        row = ForesightPlan(queue_id=queue.id)
    else:
        refuse_stale(session, row, seen)
    row.mode, row.near, row.often = Mode(plan.mode), rules.near, rules.often
    row.sure, row.fewest = rules.sure, rules.fewest
    session.add(row)
    session.flush()
    return row


def source_of(session: Session, case_type_id: int) -> ForesightSource | None:
    """Where the cases of a type say who solved them."""
    return session.scalars(
        select(ForesightSource).where(ForesightSource.case_type_id == case_type_id)
    ).first()


def save_source(
    session: Session, row: CaseTypeRow, keys: Mapping[str, str], *, by: Viewer, seen: str | None = None
) -> ForesightSource:
    """Say which attributes tell who solved a case.

    Args:
        keys: each of `KEYS` -> an attribute, "" for none.
        seen: the version when the form was opened.

    Raises:
        Invalid: the case type has no such attribute.
        Conflict: somebody else saved it meanwhile.
    """
    require(by, DIRECT)
    known = schema_of(row).by_key
    problems = {
        name: N_("There is no attribute %(key)s.", key=key)
        for name, key in keys.items()
        if key and key not in known
    }
    if problems:
        raise Invalid(problems)
    found = source_of(session, row.id)
    if found is None:
        found = ForesightSource(case_type_id=row.id)
    else:
        refuse_stale(session, found, seen)
    if found.level_key != keys["level_key"]:
        found.learned, found.learned_at = {}, None
    found.level_key, found.queue_key, found.skills_key = (keys[name] for name in KEYS)
    session.add(found)
    session.flush()
    return found


def levels(session: Session, solved: Solved, level_key: str) -> list[int]:
    """At which level each case was solved: as the contacts that ended with it tell, else its attribute; 0 for unknown.

    Args:
        level_key: the attribute; "" for none.
    """
    query = (
        select(Contact.case_id, func.avg(Contact.level))
        .where(Contact.case_id.is_not(None), Contact.state == State.RESOLVED)
        .group_by(Contact.case_id)
    )
    told = {case_id: round(float(mean)) for case_id, mean in session.execute(query)}
    nothing: list[Value | None] = [None] * len(solved)
    said = solved.columns.get(level_key, nothing)
    return [told.get(id_) or level_said(value) for id_, value in zip(solved.ids, said, strict=True)]


def learned(solved: Solved, at_levels: list[int], outcomes: tuple[str, ...], tell: Tell) -> Learned:
    """Weights that bring cases together that were escalated, and those that were not.

    Args:
        outcomes: attributes that nobody knows of a contact that comes; they count nothing.

    Raises:
        Invalid: "cases": too few of which it is known, or all alike.
    """
    places = [at for at, level in enumerate(at_levels) if level]
    labels = ["front" if at_levels[at] == IN_FRONT else "escalated" for at in places]
    if len(set(labels)) < 2:
        raise Invalid({"cases": N_("There are too few cases with the same solution to learn from.")})
    part = solved.taken(np.array(places, np.intp))
    known = part.case_type.weighted(dict.fromkeys(outcomes, 0.0))
    return learn_weights(Solved(known, part.columns, labels, part.texts, part.ids, part.tried), tell=tell)


def _deed(work: background.Work) -> dict[str, Any]:
    services = work.services
    with services.database.session() as session:
        row = by_key(session, work.subject)
        source = source_of(session, row.id)
        solved = solved_cases(session, row)
        outcomes = tuple(getattr(source, name) for name in KEYS) if source else ()
        at_levels = levels(session, solved, source.level_key if source else "")
        type_id = row.id
    found = background.gently(partial(learned, solved, at_levels, outcomes, work.tell))
    kept = {
        "weights": dict(found.learned),
        "cases": found.cases,
        "accuracy_by_hand": found.accuracy_by_hand,
        "accuracy_learned": found.accuracy_learned,
        "better": found.better,
    }
    with services.database.transaction(actor_id=work.by.person_id or None, actor=work.by.name) as session:
        source = source_of(session, type_id) or ForesightSource(case_type_id=type_id)
        source.learned, source.learned_at = kept, services.clock()
        session.add(source)
    log.info("foresight learned", case_type=work.subject, cases=found.cases, by=work.by.name)
    return {"cases": found.cases}
