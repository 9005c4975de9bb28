"""What readers say about an article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Invalid
from kb.models import Feedback, Revision

LONGEST_COMMENT = 2000


@dataclass(frozen=True, slots=True)
class Heard:
    """What whoever learns from feedback is told of it.

    Args:
        question: the name of the question that led to the article, as the browser sent it; "" for none.
    """

    question: str
    article_id: int
    helpful: bool
    at: datetime


def give(
    session: Session, revision: Revision, *, portal: str, helpful: str, comment: str, now: datetime
) -> Feedback:
    """Note whether a revision helped; open to everybody who can read it.

    Args:
        helpful: "yes" or "no".

    Raises:
        Invalid: neither yes nor no, or a comment of more than 2,000 characters or with one that is no text.
    """
    problems = {}
    if helpful not in {"yes", "no"}:
        problems["helpful"] = N_("Say yes or no.")
    if reason := texts.problem(comment, LONGEST_COMMENT):
        problems["comment"] = reason
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
