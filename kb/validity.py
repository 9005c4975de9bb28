"""Validity is a predicate, not a job: what shows now follows from the times alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """Where a published revision stands at a moment."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    REVIEW_DUE = "review_due"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Validity:
    """When a revision may show.

    Args:
        publish_at: first moment it shows.
        expires_at: first moment it no longer shows; None for never.
        superseded_at: when its successor takes over; None while there is none.
        review_by: when somebody should look at it again; it goes on showing.

    >>> from datetime import UTC
    >>> validity = Validity(datetime(2026, 1, 1, tzinfo=UTC), expires_at=datetime(2026, 2, 1, tzinfo=UTC))
    >>> [validity.covers(datetime(2026, 1, day, 23, 59, tzinfo=UTC)) for day in (1, 31)]
    [True, True]
    >>> validity.covers(datetime(2026, 2, 1, tzinfo=UTC))
    False
    """

    publish_at: datetime
    expires_at: datetime | None = None
    superseded_at: datetime | None = None
    review_by: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """The first moment it no longer shows, for whichever reason."""
        ends = [end for end in (self.expires_at, self.superseded_at) if end is not None]
        return min(ends, default=None)

    def covers(self, now: datetime) -> bool:
        """Whether it shows at `now`."""
        return self.publish_at <= now and (self.until is None or now < self.until)

    def phase(self, now: datetime) -> Phase:
        """Where it stands at `now`."""
        if now < self.publish_at:
            return Phase.SCHEDULED
        if self.superseded_at is not None and self.superseded_at <= now:
            return Phase.SUPERSEDED
        if self.expires_at is not None and self.expires_at <= now:
            return Phase.EXPIRED
        if self.review_by is not None and self.review_by <= now:
            return Phase.REVIEW_DUE
        return Phase.LIVE
