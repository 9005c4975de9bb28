"""What those in front should learn, as it shows in escalations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Invalid
from kb.permissions import require
from kb.viewers import Viewer
from routing.chain.models import Escalation, NeedState, TrainingNeed
from routing.permissions import DIRECT

LONGEST_WHAT = 500


def note(session: Session, escalation: Escalation, what: str, *, by: Viewer, now: datetime) -> TrainingNeed:
    """Note a subject for training.

    Raises:
        NotAllowed: this person does not direct.
        Invalid: "need" -> what is wrong.
    """
    require(by, DIRECT)
    said = " ".join(what.split())
    if problem := texts.problem(said, LONGEST_WHAT) or ("" if said else N_("Say what should be learned.")):
        raise Invalid({"need": problem})
    made = TrainingNeed(
        escalation_id=escalation.id,
        queue_id=escalation.queue_id,
        what=said,
        state=NeedState.NOTED,
        by_id=by.person_id,
        at=now,
    )
    session.add(made)
    session.flush()
    return made


def done(session: Session, need: TrainingNeed, *, by: Viewer, now: datetime) -> None:
    """It was learned; said twice, it is done once. Raises `NotAllowed`."""
    require(by, DIRECT)
    if need.state != NeedState.DONE:
        need.state, need.done_at = NeedState.DONE, now
        session.flush()
