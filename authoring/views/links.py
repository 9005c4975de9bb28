"""How articles hang together: broken links, articles that nothing leads to, and who links to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from authoring.views.blueprint import DESK, blueprint
from authoring.writing import linkage
from kb.access import needs
from kb.context import now, session, structure
from kb.languages import native_name
from kb.listings import Listing
from kb.models import KINDS
from kb.views.admin.blueprint import languages_in_use
from kb.views.admin.topics import topic_choices

VIEWS: Mapping[str, LazyString] = {
    "broken": _l("Broken links"),
    "orphans": _l("Nothing leads there"),
    "linked": _l("Linked from others"),
}
LISTS: Mapping[str, Callable[..., Listing[Any]]] = {
    "broken": linkage.broken,
    "orphans": linkage.orphans,
    "linked": linkage.linked,
}
FILTERS = ("q", "kind", "language", "topic", "owner")


@blueprint.get("/links")
@needs(*DESK)
def links() -> str:
    """One of the lists, filtered as the address says; or all that link to one article."""
    asked = {name: value for name in FILTERS if (value := request.args.get(name, "").strip())}
    view = request.args.get("view", "")
    view = view if view in VIEWS else "broken"
    to = request.args.get("to", "")[:128]
    return render_template(
        "authoring/links.html",
        found=LISTS[view](session(), _filters(asked), now(), request.args.get("page", 1, type=int)),
        linking=linkage.linking_to(session(), to, now()) if to else [],
        to=to,
        view=view,
        views=VIEWS,
        asked=asked,
        topics=topic_choices(),
        owners=[(str(one.id), one.name) for one in linkage.owners(session())],
        in_use=[(code, native_name(code)) for code in languages_in_use()],
    )


def _filters(asked: Mapping[str, str]) -> linkage.Filters:
    topic = structure().topics.get(asked.get("topic", ""))
    owner = asked.get("owner", "")
    return linkage.Filters(
        text=asked.get("q", "")[:200],
        kind=asked.get("kind", "") if asked.get("kind") in KINDS else "",
        language=asked.get("language", ""),
        topic_ids=topic.below if topic else frozenset(),
        owner_id=int(owner) if owner.isdecimal() and len(owner) < LONGEST_NUMBER else 0,
    )


LONGEST_NUMBER = 10  # digits: more is no row
