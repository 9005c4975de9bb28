"""Groups: let go of. They are made and changed with their people."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import N_, Conflict
from kb.models import Audience, Group
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer


def delete(session: Session, group: Group, *, by: Viewer) -> None:
    """Remove a group; its members stay.

    Raises:
        Conflict: an audience is made of it.
    """
    require(by, ADMINISTER)
    used = session.scalars(
        select(Audience.key).where(Audience.groups.any(Group.id == group.id)).order_by(Audience.key)
    )
    if keys := ", ".join(used):
        raise Conflict(
            N_("The audiences %(keys)s are made of this group: take it out of them first.", keys=keys)
        )
    session.delete(group)
    session.flush()
