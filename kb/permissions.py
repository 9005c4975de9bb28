"""Permissions: which roles may do what. Every verb that writes asks here first."""

from __future__ import annotations

from kb.errors import N_, LoginRequired, NotAllowed
from kb.models.people import Role
from kb.viewers import Viewer

ADMINISTER = frozenset({Role.ADMIN})
WRITE_ARTICLES = frozenset({Role.AUTHOR, Role.SPECIALIST, Role.SUPERVISOR, Role.ADMIN})
PUBLISH_ARTICLES = frozenset({Role.REVIEWER, Role.SUPERVISOR, Role.ADMIN})

SYSTEM = Viewer(person_id=0, name="system", roles=frozenset({Role.ADMIN}))


def require(by: Viewer, roles: frozenset[Role]) -> None:
    """Let the verb go on only for viewers who hold one of the roles.

    Raises:
        LoginRequired: nobody is logged in.
        NotAllowed: this person may not.
    """
    if by.is_anonymous:
        raise LoginRequired(N_("Log in to do this."))
    if not by.has(*roles):
        raise NotAllowed(N_("Your roles do not allow this."))
