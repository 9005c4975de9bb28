"""Where a translation stands: what readers get of it now, and what waits behind that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kb.models import Revision
from kb.validity import Phase, Validity

WAITING = ("draft", "in_review", "approved")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a translation stands at a moment.

    Args:
        state: published (it shows), scheduled, expired, or the newest revision's state when nothing was published.
        shown: the revision that readers get; None while there is none.
        newest: the last one written.
        waiting: the state of newer work behind the one that shows; empty when there is none.
    """

    state: str
    shown: Revision | None
    newest: Revision
    waiting: str = ""


def validity_of(revision: Revision) -> Validity:
    """The times of a revision."""
    return Validity(revision.publish_at, revision.expires_at, revision.superseded_at, revision.review_by)


def state_of(revision: Revision, now: datetime) -> str:
    """A revision's state as people see it: one that is published may be scheduled, expired or superseded by now."""
    if revision.state != "published":
        return revision.state
    phase = validity_of(revision).phase(now)
    return "published" if phase in {Phase.LIVE, Phase.REVIEW_DUE} else phase


def standing(revisions: Sequence[Revision], now: datetime) -> Standing:
    """Where the translation with these revisions stands.

    Args:
        revisions: at least one; those that were superseded or rejected long ago may be left out.
    """
    ordered = sorted(revisions, key=lambda revision: revision.number)
    states = {revision.number: state_of(revision, now) for revision in ordered}
    newest = ordered[-1]
    shown = next((revision for revision in reversed(ordered) if states[revision.number] == "published"), None)
    if shown is not None:
        behind = states[newest.number] if newest.number > shown.number else ""
        return Standing("published", shown, newest, behind if behind in {*WAITING, "scheduled"} else "")
    lapsed = next((r for r in reversed(ordered) if states[r.number] in {"scheduled", "expired"}), None)
    if lapsed is None:
        return Standing(states[newest.number], None, newest)
    behind = newest.state if newest.number > lapsed.number and newest.state in WAITING else ""
    return Standing(states[lapsed.number], None, newest, behind)
