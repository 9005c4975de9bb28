"""Workflows: who has to approve what, as data. The first active one that fits an article is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from authoring.models import Workflow
from authoring.workflow import Step
from kb import texts
from kb.concurrency import refuse_stale
from kb.errors import N_, Invalid
from kb.models import KINDS, Article, Audience, Group, Person, Role, Topic
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer

LONGEST_NAME = 200
MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What an article's texts go through.

    Args:
        name: of the workflow; empty for the built-in one.
        steps: at least one, in order.
        publishes_first: the text shows at once and is reviewed after.
    """

    name: str
    steps: tuple[Step, ...]
    publishes_first: bool = False

    @property
    def strictness(self) -> tuple[bool, int]:
        """Compares plans: the stricter one is greater."""
        return not self.publishes_first, sum(step.quorum for step in self.steps)


BUILT_IN = Plan("", (Step(role=Role.REVIEWER),))
"""Where no workflow fits: one reviewer within three days."""


def plan_for(session: Session, article: Article, proposed: Mapping[str, Any] | None = None) -> Plan:
    """What a revision of an article goes through.

    Args:
        proposed: properties that the article gets with it. Then the stricter counts of what holds for the article
            as it is and as it would be: nobody gets round an approval by changing the kind.
    """
    topics = [place.topic_id for place in article.topics]
    own = _plan(session, article.kind, article.audience, _keys_above(session, topics))
    if not proposed:
        return own
    keys = proposed.get("topics")
    ids = topics if keys is None else session.scalars(select(Topic.id).where(Topic.key.in_(keys))).all()
    kind, audience = proposed.get("kind", article.kind), proposed.get("audience", article.audience)
    new = _plan(session, kind, audience, _keys_above(session, ids))
    return max(own, new, key=lambda plan: plan.strictness)


def _plan(session: Session, kind: str, audience: str, topics: frozenset[str]) -> Plan:
    for one in every(session):
        fits = (
            one.is_active
            and (not one.kinds or kind in one.kinds)
            and (not one.audiences or audience in one.audiences)
            and (not one.topics or not topics.isdisjoint(one.topics))
        )
        if fits:
            return Plan(one.name, tuple(map(Step.from_json, one.steps)), one.publishes_first)
    return BUILT_IN


def _keys_above(session: Session, topic_ids: Iterable[int]) -> frozenset[str]:
    """The keys of these topics and of all above them: a workflow for a topic holds for everything below it."""
    rows = {row.id: row for row in session.execute(select(Topic.id, Topic.key, Topic.parent_id))}
    found: dict[int, str] = {}
    for topic_id in topic_ids:
        at: int | None = topic_id
        while at is not None and at in rows and at not in found:
            found[at] = rows[at].key
            at = rows[at].parent_id
    return frozenset(found.values())


def every(session: Session) -> Sequence[Workflow]:
    """All workflows in the order in which they are tried."""
    return session.scalars(select(Workflow).order_by(Workflow.position, Workflow.id)).all()


def save(
    session: Session,
    found: Workflow | None,
    *,
    name: str,
    steps: Sequence[Step],
    by: Viewer,
    kinds: Sequence[str] = (),
    topics: Sequence[str] = (),
    audiences: Sequence[str] = (),
    publishes_first: bool = False,
    is_active: bool = True,
    seen: str | None = None,
) -> Workflow:
    """Make or change a workflow; a new one comes last. Reviews that are on their way keep the steps they began with.

    Args:
        found: None for a new one.
        kinds, topics, audiences: keys; empty for all. A topic means everything below it too.
        seen: its version when the form was opened.

    Raises:
        Invalid: under the name of the field, what is wrong; a step's under "step0_quorum" and alike. A step that
            nobody could decide, or with a larger quorum than people, is refused.
        Conflict: somebody else saved it meanwhile.
    """
    require(by, ADMINISTER)
    problems = _problems(session, name, kinds, topics, audiences, steps)
    if problems:
        raise Invalid(problems)
    if found is None:
        last = session.scalar(select(func.max(Workflow.position)))
        found = Workflow(position=0 if last is None else last + 1)
    else:
        refuse_stale(session, found, seen)
    found.name, found.steps = name.strip(), [step.to_json() for step in steps]
    found.kinds, found.topics, found.audiences = list(kinds), list(topics), list(audiences)
    found.publishes_first, found.is_active = publishes_first, is_active
    session.add(found)
    session.flush()
    return found


def _problems(
    session: Session,
    name: str,
    kinds: Sequence[str],
    topics: Sequence[str],
    audiences: Sequence[str],
    steps: Sequence[Step],
) -> dict[str, str]:
    problems: dict[str, str] = {}
    reason = texts.problem(name, LONGEST_NAME) if name.strip() else N_("Give a name.")
    if reason:
        problems["name"] = reason
    if set(kinds) - set(KINDS):
        problems["kinds"] = N_(
            "%(kind)s is not one of %(kinds)s.", kind=", ".join(kinds), kinds=", ".join(KINDS)
        )
    if missing := set(topics) - set(session.scalars(select(Topic.key))):
        problems["topics"] = N_("There is no topic %(key)s.", key=", ".join(sorted(missing)))
    if missing := set(audiences) - set(session.scalars(select(Audience.key))):
        problems["audiences"] = N_("There is no audience %(key)s.", key=", ".join(sorted(missing)))
    if not steps:
        problems["steps"] = N_("Give at least one step: who approves?")
    elif len(steps) > MOST_STEPS:
        problems["steps"] = N_("Give at most %(most)s steps.", most=MOST_STEPS)
    for number, step in enumerate(steps):
        able = _how_many(session, step)
        if able == 0:
            problems[f"step{number}_who"] = N_("There is nobody who could decide this step.")
        elif step.quorum > able:
            problems[f"step{number}_quorum"] = N_(
                "Only %(number)s people could decide this step.", number=able
            )
    return problems


def _how_many(session: Session, step: Step) -> int:
    """How many people a step asks: those who may log in and hold a role at all."""
    query = select(func.count()).where(Person.is_active, cast(Person.roles, String) != "[]")
    if step.role:
        query = query.where(cast(Person.roles, String).contains(f'"{step.role}"', autoescape=True))
    elif step.group:
        query = query.where(Person.groups.any(Group.key == step.group))
    else:
        query = query.where(Person.id.in_(step.people))
    return session.scalar(query) or 0


def move(session: Session, found: Workflow, *, up: bool, by: Viewer) -> None:
    """Let a workflow be tried one place earlier, or later."""
    require(by, ADMINISTER)
    order = list(every(session))
    at = order.index(found)
    other = at - 1 if up else at + 1
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
    for place, one in enumerate(order):
        if one.position != place:
            one.position = place
    session.flush()


def delete(session: Session, found: Workflow, *, by: Viewer) -> None:
    """Remove a workflow; reviews that are on their way go on."""
    require(by, ADMINISTER)
    session.delete(found)
    session.flush()
