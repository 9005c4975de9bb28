"""Closed by default: a route that does not say who may use it is for administrators only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request
from flask_wtf import CSRFProtect

from kb import context
from kb.errors import N_, LoginRequired, NotAllowed
from kb.models.people import Role

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()


def public(view: View) -> View:
    """Open to everybody; what is shown still starts from the viewer."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def needs_login(view: View) -> View:
    """For every person who is logged in."""
    view.access = "login"  # type: ignore[attr-defined]
    return view


def needs(*roles: Role, scope: str = "") -> Callable[[View], View]:
    """For people who hold one of the roles, and for machines whose key has the scope, where one is named."""

    def mark(view: View) -> View:
        view.access = frozenset({*roles, scope} - {""})  # type: ignore[attr-defined]
        return view

    return mark


def needs_scope(scope: str) -> Callable[[View], View]:
    """For machines whose key has the scope, and for administrators."""

    def mark(view: View) -> View:
        view.access = scope  # type: ignore[attr-defined]
        return view

    return mark


def same_site(view: View) -> View:
    """For forms on cached pages, which can carry no token: the browser must say that it was sent from this site."""
    view.same_site = True  # type: ignore[attr-defined]
    csrf.exempt(view)
    return view


def guard() -> None:
    """Refuse the request unless its route is open to the viewer.

    Raises:
        LoginRequired: nobody is logged in.
        NotAllowed: this viewer may not, or the form comes from another site.
    """
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "same_site", False):
        _refuse_other_sites()
    access = getattr(view, "access", frozenset({Role.ADMIN}))
    if access == "public":
        return
    viewer = context.viewer()
    if viewer.is_anonymous:
        raise LoginRequired(N_("Log in to see this."))
    if access == "login":
        allowed = viewer.person_id is not None
    elif isinstance(access, str):
        allowed = access in viewer.scopes or viewer.has(Role.ADMIN)
    else:
        allowed = viewer.has(*access) or not access.isdisjoint(viewer.scopes)
    if not allowed:
        raise NotAllowed(N_("Your roles do not allow this."))


def _refuse_other_sites() -> None:
    """Browsers say where a form came from; programs need not. The scheme may differ: a proxy may have ended TLS."""
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
    if elsewhere or not is_from_here():
        raise NotAllowed(N_("Send this form from its own page."))


def is_from_here() -> bool:
    """Whether the request names no origin but this service's own."""
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host
