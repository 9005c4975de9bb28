"""What all pages that arrange the floor share: the blueprint, who may open them, the turn in which they change it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint

from kb.context import now, session
from kb.models import Role
from kb.views.staff import for_staff
from routing import events, floor

blueprint = for_staff(Blueprint("routing_desk", __name__, url_prefix="/routing"))

DIRECTORS = (Role.SUPERVISOR,)
"""Who arranges the floor; administrators do as well."""
ABOVE = (Role.SUPERVISOR, Role.SPECIALIST)
"""Who is asked by those in front; administrators are as well."""


@contextmanager
def arranging() -> Iterator[None]:
    """A change of who may take what: in a turn of its own, with a round at its end."""
    events.take_turn(session())
    yield
    floor.round_(session(), now())
