"""The side navigation of all work pages: what this person may open, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from kb import context
from kb.models import Role
from kb.views.admin.blueprint import CARETAKERS


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the navigation. `prefix` begins the endpoints of the pages that belong to it."""

    words: str
    endpoint: str
    icon: str
    roles: tuple[Role, ...] = ()
    prefix: str = ""

    @property
    def address(self) -> str:
        return url_for(self.endpoint)

    @property
    def current(self) -> bool:
        """Whether the page that is shown belongs here."""
        return request.endpoint in {self.endpoint, f"admin.{self.prefix}"} or (
            bool(self.prefix) and (request.endpoint or "").startswith(f"admin.{self.prefix}_")
        )


ITEMS = (
    (_l("Work area"), (Item(_l("Overview"), "admin.home", "home", tuple(Role)),)),
    (
        _l("Knowledge"),
        (
            Item(_l("Articles"), "admin.articles", "wiki", CARETAKERS, "article"),
            Item(_l("Topics"), "admin.topics", "tag", prefix="topic"),
            Item(_l("Dynamic folders"), "admin.folders", "folder", prefix="folder"),
            Item(_l("Snippets"), "admin.snippets", "file", prefix="snippet"),
            Item(_l("Outside values"), "admin.sources", "external", prefix="source"),
        ),
    ),
    (_l("Sites"), (Item(_l("Portals"), "admin.portals", "globe", prefix="portal"),)),
    (
        _l("People"),
        (
            Item(_l("People"), "admin.people", "user", prefix="person"),
            Item(_l("Groups"), "admin.groups", "users", prefix="group"),
            Item(_l("Audiences"), "admin.audiences", "eye", prefix="audience"),
        ),
    ),
    (
        _l("System"),
        (
            Item(_l("API keys"), "admin.keys", "key", prefix="key"),
            Item(_l("Audit log"), "admin.audit", "history"),
        ),
    ),
)


def side_nav() -> list[tuple[str, list[Item]]]:
    """The groups and their lines that are open to the viewer."""
    viewer = context.viewer()
    open_to_viewer = ((group, [item for item in items if viewer.has(*item.roles)]) for group, items in ITEMS)
    return [(group, items) for group, items in open_to_viewer if items]
