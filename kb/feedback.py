"""What readers say about an article."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import N_, Invalid
from kb.models import Feedback, Revision

LONGEST_COMMENT = 2000


def give(
    session: Session, revision: Revision, *, portal: str, helpful: str, comment: str, now: datetime
) -> Feedback:
    """Note whether a revision helped; open to everybody who can read it.

    Args:
        helpful: "yes" or "no".

    Raises:
        Invalid: neither yes nor no, or a comment of more than 2,000 characters.
    """
    problems = {}
    if helpful not in {"yes", "no"}:
        problems["helpful"] = N_("Say yes or no.")
    if len(comment) > LONGEST_COMMENT:
        problems["comment"] = N_("Use at most %(most)s characters.", most=LONGEST_COMMENT)
    if problems:
        raise Invalid(problems)
    given = Feedback(
        revision_id=revision.id,
        portal=portal,
        helpful=helpful == "yes",
        comment=comment.strip(),
        created_at=now,
    )
    session.add(given)
    session.flush()
    return given
