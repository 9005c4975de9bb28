"""The audit log: everything that was changed, by whom, with the values before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from kb import admin_queries
from kb.access import needs
from kb.admin_queries import ChangeFilters
from kb.context import session
from kb.models import AuditEntry, Role
from kb.templating import moment
from kb.views.admin.blueprint import blueprint
from kb.views.admin.moments import beginning, day_from, end
from kb.views.admin.words import KINDS_OF_THINGS, PROPERTIES

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+\d\d:\d\d")
PAGES_OF_THINGS = {
    "article": ("admin.article", "article_id"),
    "topic": ("admin.topic", "topic_id"),
    "portal": ("admin.portal", "portal_id"),
    "folder": ("admin.folder", "folder_id"),
    "snippet": ("admin.snippet", "snippet_id"),
    "external_source": ("admin.source", "source_id"),
    "audience": ("admin.audience", "audience_id"),
    "group": ("admin.group", "group_id"),
    "person": ("admin.person", "person_id"),
    "revision": ("admin.article_revision", "revision_id"),
}


@blueprint.get("/audit")
@needs(Role.ADMIN)
def audit() -> str:
    """The newest changes first, by person, kind of thing, thing and time."""
    asked = request.args
    since, until = day_from(asked.get("since", "")), day_from(asked.get("until", ""))
    kind = asked.get("kind", "")
    filters = ChangeFilters(
        actor=asked.get("who", "").strip()[:200],
        kind=kind if kind in KINDS_OF_THINGS else "",
        subject=asked.get("what", "").strip()[:200],
        since=beginning(since) if since else None,
        until=end(until) if until else None,
    )
    return render_template(
        "kb/admin_audit.html",
        found=admin_queries.changes(session(), filters, asked.get("page", 1, type=int)),
        filters=filters,
        since=since,
        until=until,
        things=KINDS_OF_THINGS,
        page_of=page_of,
        values=values,
    )


def page_of(entry: AuditEntry) -> str:
    """The address of the thing that was changed; empty when it has no page, or is deleted."""
    if entry.action == "deleted" or entry.subject_kind not in PAGES_OF_THINGS or entry.subject_id is None:
        return ""
    endpoint, name = PAGES_OF_THINGS[entry.subject_kind]
    subject: dict[str, Any] = {name: entry.subject_id}
    return url_for(endpoint, **subject)


def values(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """What changed: (property, before, after), in words; empty where there was or is nothing."""
    names = dict.fromkeys([*entry.before, *entry.after])
    return [line for name in names if _worth(entry, name) for line in _lines(entry, name)]


def _worth(entry: AuditEntry, name: str) -> bool:
    """A new thing's empty values say nothing."""
    return entry.action != "created" or entry.after.get(name) not in (None, "", [], {})


def _lines(entry: AuditEntry, name: str) -> Iterator[tuple[str, str, str]]:
    """Of texts in several languages only those that changed."""
    word, before, after = _word(entry.subject_kind, name), entry.before.get(name), entry.after.get(name)
    if not isinstance(before, dict) or not isinstance(after, dict):
        yield word, _text(before), _text(after)
        return
    for part in dict.fromkeys([*before, *after]):
        if before.get(part) != after.get(part):
            yield f"{word} ({part})", _text(before.get(part)), _text(after.get(part))


def _word(kind: str, name: str) -> str:
    """What a property is called, of things of this kind where it has a word of its own there."""
    return str(PROPERTIES.get(f"{kind}.{name}") or PROPERTIES.get(name, name))


def _text(value: Any) -> str:
    return "; ".join(_parts(value))


def _parts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield f"{key}: {_text(part)}"
    elif isinstance(value, list):
        yield ", ".join(_text(part) for part in value)
    elif isinstance(value, str):
        yield moment(datetime.fromisoformat(value)) if MOMENT.fullmatch(value) else value
    elif isinstance(value, bool):
        yield _("yes") if value else _("no")
    elif value is not None:
        yield str(value)
