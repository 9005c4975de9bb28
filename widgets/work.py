"""What the panel shows beside a contact for the work on it: the reply, how it ends, and what came before."""

from __future__ import annotations

from typing import Any

from cbr import queries as case_queries
from cbr.case_types import schema_of
from cbr.models import CaseTypeRow
from kb.context import now, session, structure, viewer
from kb.languages import named
from kb.structure import TopicNode
from routing import ending, replies
from routing.models import Contact
from widgets import customer
from widgets.arrival import Proposed

MOST_ASKED = 2
"""Answers whose topics are suggested; those further down are about something else too often."""


def beside(found: Contact, proposed: Proposed, *, is_own: bool) -> dict[str, Any]:
    """The variables of the parts for replies, endings and history.

    Args:
        is_own: whether the viewer has it, and so ends it.
    """
    tree = structure().topics
    shown: dict[str, Any] = {
        "earlier": customer.before(session(), found, viewer()),
        "tag_name": lambda key: tree[key].name(_languages()) if key in tree else key,
    }
    if not is_own:
        return shown
    written = replies.of(session(), found)
    return shown | {
        "draft": replies.draft_of(written),
        "sent": [reply for reply in written if reply.sent_at],
        "written": replies.WRITTEN,
        "suggested": ending.suggest_tags(session(), found, tree, _keys(proposed), _languages(), now()),
        "tree": tree,
        "tag_path": _path,
        "case_types": case_queries.case_types(session(), viewer()),
        "type_name": _type_name,
    }


def _keys(proposed: Proposed) -> list[str]:
    hits = [item.hit.key for item in proposed.answer.items if item.hit][:MOST_ASKED]
    nearest = proposed.precedents.nearest[:MOST_ASKED] if proposed.precedents else []
    return [
        *hits,
        *(near.case.article for near in nearest if near.case.article),
        *(near.case.key for near in nearest),
    ]


def _languages() -> tuple[str, ...]:
    return (*viewer().languages, "en")


def _path(node: TopicNode) -> str:
    return " › ".join(one.name(_languages()) for one in node.path)


def _type_name(row: CaseTypeRow) -> str:
    return named(schema_of(row).names, _languages(), row.key.replace("_", " "))
