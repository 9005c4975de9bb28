"""The tabs of a case type's pages: what is to be seen of it, as far as the viewer may open it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from cbr.views.blueprint import SHAPERS, blueprint
from kb.context import viewer
from kb.models import Role


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a case type; its endpoint takes the `key` of the case type, and begins those that belong to it."""

    words: str
    endpoint: str
    roles: tuple[Role, ...]

    @property
    def current(self) -> bool:
        """Whether the page that is shown belongs here."""
        shown = request.endpoint or ""
        return shown == self.endpoint or shown.startswith(f"{self.endpoint}_")


TABS = [Tab(_l("Attributes"), "case_desk.type", SHAPERS)]
"""In their order; modules of further pages append theirs."""


def type_tabs(key: str) -> list[tuple[str, str, bool]]:
    """Words, address and whether it is the page shown, of each tab that is open to the viewer."""
    may = viewer()
    return [(tab.words, url_for(tab.endpoint, key=key), tab.current) for tab in TABS if may.has(*tab.roles)]


@blueprint.context_processor
def _tabs() -> dict[str, object]:
    return {"type_tabs": type_tabs}
