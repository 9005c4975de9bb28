"""Who may be asked for a decision: people with their roles and where those hold, and whom they stand in for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.orm import Session, selectinload

from authoring.models import Delegation
from authoring.workflow import SUPERVISOR, Decider, Matter, Step, decides_as
from kb import auth, structure
from kb.models import Group, Person, Role
from kb.structure import Structure
from kb.viewers import Ground, Viewer


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked, wherever the article is."""

    viewer: Viewer
    groups: frozenset[str]
    absent: tuple[Candidate, ...] = ()

    @property
    def person_id(self) -> int:
        """Who it is."""
        return self.viewer.person_id or 0

    def at(self, ground: Ground) -> Decider:
        """This person as the rules see them where an article is."""
        roles = frozenset(role for role in self.viewer.roles if self.viewer.may([role], ground))
        return Decider(self.person_id, roles, self.groups, tuple(one.at(ground) for one in self.absent))

    def anywhere(self) -> Decider:
        """The same with all their roles, wherever those hold."""
        absent = tuple(one.anywhere() for one in self.absent)
        return Decider(self.person_id, self.viewer.roles, self.groups, absent)


def candidate(
    session: Session, person_id: int, now: datetime, *, known: Structure | None = None
) -> Candidate | None:
    """A person as they are in the database at this moment, whatever a page knew of them earlier.

    Args:
        known: the structure of the sites, where it is at hand.

    Returns:
        None where there is no such person, or none who may still log in.
    """
    return next(iter(_candidates(session, Person.id == person_id, now, known)), None)


def asked(session: Session, matter: Matter, ground: Ground, now: datetime) -> list[int]:
    """The ids of everybody who may decide the step at hand; administrators only where there is nobody else."""
    step = matter.steps[matter.progress.step]
    found = _who_may(session, _meant(step, escalated=matter.escalated), matter, ground, now)
    return found or _who_may(session, _holds(Role.ADMIN), matter, ground, now)


def _who_may(
    session: Session, meant: ColumnElement[bool], matter: Matter, ground: Ground, now: datetime
) -> list[int]:
    absent = select(Delegation.to_id).join(Person, Person.id == Delegation.person_id)
    stands_in = Person.id.in_(absent.where(meant, *_is_on(now)))
    candidates = _candidates(session, or_(meant, stands_in), now, None)
    return [one.person_id for one in candidates if isinstance(decides_as(matter, one.at(ground)), int)]


def _meant(step: Step, *, escalated: bool) -> ColumnElement[bool]:
    """The people whom a step names, without a look at what they did before."""
    if step.role:
        named = _holds(step.role)
    elif step.group:
        named = Person.groups.any(Group.key == step.group)
    else:
        named = Person.id.in_(step.people)
    return or_(named, _holds(SUPERVISOR)) if escalated else named


def _holds(role: str) -> ColumnElement[bool]:
    return cast(Person.roles, String).contains(f'"{role}"', autoescape=True)


def _is_on(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Delegation.from_at <= now, Delegation.until_at > now


def _candidates(
    session: Session, condition: ColumnElement[bool], now: datetime, known: Structure | None
) -> list[Candidate]:
    people = _people(session, condition)
    if not people:
        return []
    known = known or structure.load(session, 0)
    ids = [person.id for person in people]
    query = select(Delegation.to_id, Delegation.person_id).where(Delegation.to_id.in_(ids), *_is_on(now))
    pairs = [(to_id, person_id) for to_id, person_id in session.execute(query)]
    absent = {one.id: one for one in _absent(session, [person_id for _, person_id in pairs])}
    made = []
    for person in people:
        away = (absent[one] for to_id, one in pairs if to_id == person.id and one in absent)
        made.append(_made(person, known, tuple(_made(one, known) for one in away)))
    return made


def _absent(session: Session, ids: Iterable[int]) -> Sequence[Person]:
    wanted = sorted(set(ids))
    return _people(session, Person.id.in_(wanted)) if wanted else []


def _people(session: Session, condition: ColumnElement[bool]) -> Sequence[Person]:
    """Those who may log in, read anew: a role that was taken away meanwhile does not count."""
    query = select(Person).where(condition, Person.is_active).order_by(Person.id)
    loaded = query.options(selectinload(Person.groups), selectinload(Person.limits))
    return session.scalars(loaded.execution_options(populate_existing=True)).all()


def _made(person: Person, known: Structure, absent: tuple[Candidate, ...] = ()) -> Candidate:
    groups = frozenset(group.key for group in person.groups)
    return Candidate(auth.viewer_of(person, known), groups, absent)
