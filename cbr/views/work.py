"""Long work on a case type as its pages show it: how far it is, or what became of it."""

from __future__ import annotations

from typing import NamedTuple

from cbr import background
from cbr.models import CaseWork
from kb.context import now, session
from kb.http import told


class WorkShown(NamedTuple):
    """Work that was asked for, for `work_state` of templates/cbr/_work.html.

    Args:
        work: its row.
        state: where it stands.
        error: what went wrong, in the reader's language.
    """

    work: CaseWork
    state: background.State
    error: str

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in ("waiting", "running")


def shown(kind: str, key: str) -> WorkShown | None:
    """The work that was asked for last, with what is to be said of it; None where there was none."""
    work = background.newest(session(), kind, key)
    if work is None:
        return None
    state = background.standing_of(work, now())
    error = background.STOPPED if state == "stopped" else background.error_of(work)
    return WorkShown(work, state, told(error))
