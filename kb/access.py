"""Closed by default: a route that does not say who may use it is for administrators only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

from kb import context
from kb.errors import LoginRequired, NotAllowed
from kb.models.people import Role

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Open to everybody; what is shown still starts from the viewer."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def needs_login(view: View) -> View:
    """For every person who is logged in."""
    view.access = "login"  # type: ignore[attr-defined]
    return view


def needs(*roles: Role) -> Callable[[View], View]:
    """For people who hold one of the roles."""

    def mark(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def needs_scope(scope: str) -> Callable[[View], View]:
    """For machines whose key has the scope, and for administrators."""

    def mark(view: View) -> View:
        view.access = scope  # type: ignore[attr-defined]
        return view

    return mark


def guard() -> None:
    """Refuse the request unless its route is open to the viewer.

    Raises:
        LoginRequired: nobody is logged in.
        NotAllowed: this viewer may not.
    """
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    access = getattr(view, "access", frozenset({Role.ADMIN}))
    if access == "public":
        return
    viewer = context.viewer()
    if viewer.is_anonymous:
        raise LoginRequired("Log in to see this.")
    if access == "login":
        allowed = viewer.person_id is not None
    elif isinstance(access, str):
        allowed = access in viewer.scopes or viewer.has(Role.ADMIN)
    else:
        allowed = viewer.has(*access)
    if not allowed:
        raise NotAllowed("Your roles do not allow this.")
