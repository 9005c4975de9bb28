"""Where a translation stands: what readers get of it, and what waits behind that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kb.models import Revision
from kb.standing import Standing, standing

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def revision(
    number: int, state: str, *, since: int = -1, until: int | None = None, succeeded: int | None = None
) -> Revision:
    """A revision; the times are in days from now."""
    return Revision(
        number=number,
        state=state,
        publish_at=NOW + since * DAY,
        expires_at=None if until is None else NOW + until * DAY,
        superseded_at=None if succeeded is None else NOW + succeeded * DAY,
    )


def said(found: Standing) -> tuple[str, int | None, str]:
    """The state, the number of what shows, and what waits."""
    return found.state, found.shown.number if found.shown else None, found.waiting


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [
        ([revision(1, "draft")], ("draft", None, "")),
        ([revision(1, "rejected"), revision(2, "in_review")], ("in_review", None, "")),
        ([revision(1, "published")], ("published", 1, "")),
        ([revision(1, "published"), revision(2, "draft")], ("published", 1, "draft")),
        ([revision(1, "published"), revision(2, "rejected")], ("published", 1, "")),
        ([revision(1, "published", succeeded=-1), revision(2, "published")], ("published", 2, "")),
        (
            [revision(1, "published", succeeded=1), revision(2, "published", since=1)],
            ("published", 1, "scheduled"),
        ),
        ([revision(1, "published", since=1)], ("scheduled", None, "")),
        ([revision(1, "published", since=1), revision(2, "draft")], ("scheduled", None, "draft")),
        ([revision(1, "published", until=0)], ("expired", None, "")),
        ([revision(1, "published", until=0), revision(2, "approved")], ("expired", None, "approved")),
        ([revision(1, "published", succeeded=-1), revision(2, "withdrawn")], ("withdrawn", None, "")),
    ],
)
def test_a_translation_stands_where_its_revisions_put_it(
    revisions: list[Revision], expected: tuple[str, int | None, str]
) -> None:
    assert said(standing(revisions, NOW)) == expected
    assert said(standing(revisions[::-1], NOW)) == expected
