"""What holds for a kind of article: how long it lasts, what a new one begins with, what a reviewer looks at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, count

from slugify import slugify
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.lifetimes.kind_defaults import CHECKLIST, LIFETIMES, TEMPLATES
from authoring.models import KindRule
from kb import texts
from kb.concurrency import refuse_stale
from kb.errors import N_, Conflict, Invalid
from kb.models import KINDS, Role
from kb.permissions import require
from kb.viewers import Viewer

SET_KINDS = frozenset({Role.SUPERVISOR, Role.ADMIN})
MOST_DAYS = 3650
MOST_POINTS = 12
LONGEST_POINT = 200


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the checklist, with its names by language."""

    key: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a kind.

    Args:
        lifetime_days: days from publication to expiry; None for never.
        review_days: days from publication until somebody should look at it again; None for never.
        templates: language -> the Markdown that a new one begins with.
        checklist: what a reviewer looks at, in order.
    """

    lifetime_days: int | None = None
    review_days: int | None = None
    templates: Mapping[str, str] = field(default_factory=dict)
    checklist: Sequence[Point] = ()

    def expires_at(self, publish_at: datetime) -> datetime | None:
        """When a text published at that moment expires, unless its author says otherwise."""
        return publish_at + timedelta(days=self.lifetime_days) if self.lifetime_days else None

    def review_by(self, publish_at: datetime) -> datetime | None:
        """When a text published at that moment should be looked at again."""
        return publish_at + timedelta(days=self.review_days) if self.review_days else None


def rule_of(session: Session, kind: str) -> Rule:
    """What holds for a kind; what comes built in where nobody has set it."""
    stored = stored_rule(session, kind)
    return _rule(stored) if stored else built_in(kind)


def rules(session: Session) -> dict[str, tuple[Rule, bool]]:
    """Every kind -> what holds for it, and whether somebody set it."""
    stored = {row.kind: row for row in session.scalars(select(KindRule))}
    return {
        kind: (_rule(stored[kind]), True) if kind in stored else (built_in(kind), False) for kind in KINDS
    }


def stored_rule(session: Session, kind: str) -> KindRule | None:
    """What somebody set for a kind."""
    return session.scalars(select(KindRule).where(KindRule.kind == kind)).first()


def built_in(kind: str) -> Rule:
    """What holds for a kind until somebody sets it; nothing for an unknown one."""
    lifetime_days, review_days = LIFETIMES.get(kind, (None, None))
    points = tuple(Point(key, names) for key, names in CHECKLIST.items())
    return Rule(lifetime_days, review_days, TEMPLATES.get(kind, {}), points)


def _rule(stored: KindRule) -> Rule:
    points = tuple(Point(point["key"], point["names"]) for point in stored.checklist)
    return Rule(stored.lifetime_days, stored.review_days, stored.templates, points)


def save_rule(session: Session, kind: str, rule: Rule, *, by: Viewer, seen: str | None = None) -> KindRule:
    """Set what holds for a kind. Points without any name are left out; new ones (key "") get one from their name.

    Args:
        seen: `version_of` the stored rule when the form was opened, "" where there was none; None to save anyway.

    Raises:
        Invalid: a number of days, a template or a point cannot be used.
        Conflict: somebody saved it meanwhile.
    """
    require(by, SET_KINDS)
    points = _keyed(rule.checklist)
    if problems := _problems(kind, rule, points):
        raise Invalid(problems)
    stored = _held(session, kind, seen)
    stored.lifetime_days, stored.review_days = rule.lifetime_days, rule.review_days
    stored.templates = {code: text for code, text in rule.templates.items() if text.strip()}
    stored.checklist = [{"key": point.key, "names": dict(point.names)} for point in points]
    session.add(stored)
    session.flush()
    return stored


def reset_rule(session: Session, kind: str, *, by: Viewer) -> None:
    """Go back to what comes built in."""
    require(by, SET_KINDS)
    stored = stored_rule(session, kind)
    if stored is not None:
        session.delete(stored)
        session.flush()


def _held(session: Session, kind: str, seen: str | None) -> KindRule:
    stored = stored_rule(session, kind)
    if seen is not None and bool(seen) != (stored is not None):
        raise Conflict(N_("Somebody else saved this while it was open here. Yours is kept below."))
    if stored is None:
        return KindRule(kind=kind)
    refuse_stale(session, stored, seen)
    return stored


def _keyed(points: Sequence[Point]) -> list[Point]:
    """The points that have a name, each with a key of its own that stays with it."""
    told = [
        Point(point.key, {code: name.strip() for code, name in point.names.items() if name.strip()})
        for point in points
    ]
    named = [point for point in told if point.names]
    taken = {point.key for point in named if point.key}
    keyed = []
    for point in named:
        key = point.key or _free_key(next(iter(point.names.values())), taken)
        taken.add(key)
        keyed.append(Point(key, point.names))
    return keyed


def _free_key(name: str, taken: Collection[str]) -> str:
    base = slugify(name, max_length=48, word_boundary=True) or "point"
    return next(key for key in chain([base], (f"{base}-{number}" for number in count(2))) if key not in taken)


def _problems(kind: str, rule: Rule, points: Sequence[Point]) -> dict[str, str]:
    days = {"lifetime_days": rule.lifetime_days, "review_days": rule.review_days}
    reason = N_("Give a number of days from 1 to %(most)s, or nothing for never.", most=MOST_DAYS)
    problems = {
        name: reason for name, value in days.items() if value is not None and not 1 <= value <= MOST_DAYS
    }
    if kind not in KINDS:
        problems["kind"] = N_("%(kind)s is not one of %(kinds)s.", kind=kind, kinds=", ".join(KINDS))
    if not problems and rule.lifetime_days and rule.review_days and rule.review_days >= rule.lifetime_days:
        problems["review_days"] = N_("Look at it again before it expires.")
    if reason := next(filter(None, (texts.problem(text) for text in rule.templates.values())), ""):
        problems["templates"] = reason
    names = [name for point in points for name in point.names.values()]
    if reason := next(filter(None, (texts.problem(name, LONGEST_POINT) for name in names)), ""):
        problems["checklist"] = reason
    if len(points) > MOST_POINTS:
        problems["checklist"] = N_("A checklist has at most %(most)s points.", most=MOST_POINTS)
    return problems
