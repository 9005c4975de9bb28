"""The side navigation of all work pages: what this person may open, and where they are. Each package adds its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from kb import context
from kb.models import Role
from kb.views.admin.blueprint import CARETAKERS

MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the navigation.

    Args:
        prefix: begins the endpoints of the pages that belong to it.
        count: how many things wait there for the viewer; shown when there are any, and of more than `MOST_COUNTED`
            only that there are more, so that it need not count on.
        everybody: open to all who are logged in, whatever their roles.
    """

    words: str
    endpoint: str
    icon: str
    roles: tuple[Role, ...] = ()
    prefix: str = ""
    count: Callable[[], int] | None = None
    everybody: bool = False

    @property
    def address(self) -> str:
        return url_for(self.endpoint)

    @property
    def current(self) -> bool:
        """Whether the page that is shown belongs here."""
        shown = request.endpoint or ""
        return shown in {self.endpoint, self.prefix} or (
            bool(self.prefix) and shown.startswith(f"{self.prefix}_")
        )

    @property
    def waiting(self) -> str:
        """How many things wait there, as it is shown; "" for none."""
        found = self.count() if self.count else 0
        return f"{MOST_COUNTED}+" if found > MOST_COUNTED else str(found or "")


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together. Groups stand in the order of their places."""

    place: int
    words: str
    items: tuple[Item, ...]


GROUPS = (
    Group(0, _l("Work area"), (Item(_l("Overview"), "admin.home", "home", tuple(Role)),)),
    Group(
        20,
        _l("Knowledge"),
        (
            Item(_l("Articles"), "admin.articles", "wiki", CARETAKERS, "admin.article"),
            Item(_l("Topics"), "admin.topics", "tag", prefix="admin.topic"),
            Item(_l("Dynamic folders"), "admin.folders", "folder", prefix="admin.folder"),
            Item(_l("Snippets"), "admin.snippets", "file", prefix="admin.snippet"),
            Item(_l("Outside values"), "admin.sources", "external", prefix="admin.source"),
        ),
    ),
    Group(30, _l("Sites"), (Item(_l("Portals"), "admin.portals", "globe", prefix="admin.portal"),)),
    Group(
        40,
        _l("People"),
        (
            Item(_l("People"), "admin.people", "user", prefix="admin.person"),
            Item(_l("Groups"), "admin.groups", "users", prefix="admin.group"),
            Item(_l("Audiences"), "admin.audiences", "eye", prefix="admin.audience"),
        ),
    ),
    Group(
        50,
        _l("System"),
        (
            Item(_l("API keys"), "admin.keys", "key", prefix="admin.key"),
            Item(_l("Audit log"), "admin.audit", "history"),
        ),
    ),
)


def side_nav() -> list[tuple[str, list[Item]]]:
    """The groups and their lines that are open to the viewer."""
    viewer = context.viewer()
    groups = sorted(context.services().navigation, key=lambda group: group.place)
    open_to_viewer = (
        (group.words, [item for item in group.items if item.everybody or viewer.has(*item.roles)])
        for group in groups
    )
    return [(words, items) for words, items in open_to_viewer if items]
