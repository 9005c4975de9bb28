"""Who may do what with contacts."""

from __future__ import annotations

from kb.errors import N_, LoginRequired, NotAllowed
from kb.models.people import Role
from kb.permissions import require
from kb.viewers import Viewer
from routing.models import Contact

TAKE = frozenset({Role.AGENT, Role.SUPERVISOR, Role.SPECIALIST, Role.ADMIN})
DIRECT = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who may take over, move, broadcast, and arrange queues, skills and agents."""
SCOPE = "contacts"
"""Machines whose key has it bring contacts and say what became of them."""


def require_bringer(by: Viewer) -> None:
    """Let people who take contacts and machines that bring them go on.

    Raises:
        LoginRequired: nobody is logged in, and no key was shown.
        NotAllowed: this person may not, or the key's scopes do not have it.
    """
    if by.is_anonymous:
        raise LoginRequired(N_("Log in to do this."))
    if SCOPE not in by.scopes:
        require(by, TAKE)


def require_taker(by: Viewer) -> int:
    """Let people who take contacts go on; returns the id of the person.

    Raises:
        LoginRequired: nobody is logged in.
        NotAllowed: this person may not, or it is a machine.
    """
    require(by, TAKE)
    if by.person_id is None:
        raise NotAllowed(N_("Only people take contacts."))
    return by.person_id


def require_holder(contact: Contact, by: Viewer) -> None:
    """Let whoever has the contact go on, those who direct, and machines.

    Raises:
        NotAllowed: somebody else has it.
    """
    require_bringer(by)
    if SCOPE in by.scopes or by.has(*DIRECT) or contact.agent_id == by.person_id:
        return
    raise NotAllowed(N_("Somebody else has this contact."))
