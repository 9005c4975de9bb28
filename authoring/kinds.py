"""What holds for a kind of article: how long it lasts, what a new one begins with, what a reviewer looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import KindRule


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
    """What holds for a kind; nothing at all where nobody has set it."""
    stored = session.scalars(select(KindRule).where(KindRule.kind == kind)).first()
    if stored is None:
        return Rule()
    points = tuple(Point(point["key"], point["names"]) for point in stored.checklist)
    return Rule(stored.lifetime_days, stored.review_days, stored.templates, points)
