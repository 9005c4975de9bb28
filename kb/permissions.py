"""Permissions: which roles may do what. Every verb that writes asks here first."""

from __future__ import annotations

from kb.errors import N_, LoginRequired, NotAllowed
from kb.models.people import Role
from kb.viewers import Ground, Viewer

ADMINISTER = frozenset({Role.ADMIN})
WRITE_ARTICLES = frozenset({Role.AUTHOR, Role.SPECIALIST, Role.SUPERVISOR, Role.ADMIN})
TRANSLATE_ARTICLES = WRITE_ARTICLES | {Role.TRANSLATOR}
PUBLISH_ARTICLES = frozenset({Role.REVIEWER, Role.SUPERVISOR, Role.ADMIN})
SETTLE_ARTICLES = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who may change what readers get without anybody's approval, as with an urgent publication."""

SYSTEM = Viewer(person_id=0, name="system", roles=frozenset({Role.ADMIN}))


def require(by: Viewer, roles: frozenset[Role], on: Ground | None = None) -> None:
    """Let the verb go on only for viewers who hold one of the roles.

    Args:
        on: where; None for what has no place among topics and languages.

    Raises:
        LoginRequired: nobody is logged in.
        NotAllowed: this person may not, or not there.
    """
    if by.is_anonymous:
        raise LoginRequired(N_("Log in to do this."))
    if not by.has(*roles):
        raise NotAllowed(N_("Your roles do not allow this."))
    if on is not None and not by.may(roles, on):
        raise NotAllowed(N_("Your roles do not allow this for this topic and language."))
