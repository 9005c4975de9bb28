"""Words for what the administration lists: things that change, features of portals, what needs looking after."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

KINDS_OF_THINGS = {
    "article": _l("Article"),
    "article_topic": _l("Place of an article"),
    "translation": _l("Translation"),
    "revision": _l("Revision"),
    "attachment": _l("File"),
    "topic": _l("Topic"),
    "portal": _l("Portal"),
    "folder": _l("Dynamic folder"),
    "snippet": _l("Snippet"),
    "external_source": _l("Outside value"),
    "audience": _l("Audience"),
    "group": _l("Group"),
    "person": _l("Person"),
    "api_key": _l("API key"),
}
"""Table -> what a row of it is called, as in the audit log."""

ACTIONS = {"created": _l("Created"), "changed": _l("Changed"), "deleted": _l("Deleted")}

FEATURES = {
    "search": (_l("Search"), _l("the box on every page and the results")),
    "topics": (_l("Topics"), _l("the topic tree on the start page and beside articles")),
    "folders": (_l("Dynamic folders"), _l("lists that keep themselves current")),
    "tags": (_l("Tags"), _l("the tag cloud and the tags below an article")),
    "feedback": (_l("Feedback"), _l("“Was this helpful?” below every article")),
    "feed": (_l("Feed"), _l("what is new, for feed readers")),
    "print": (_l("Print"), _l("a button that prints an article without anything around it")),
    "structured-data": (
        _l("Structured data"),
        _l("what search engines need to show questions with their answers"),
    ),
}
"""Feature of a portal -> its name, and what readers get by it."""

STATES = {
    "published": _l("Published"),
    "scheduled": _l("Scheduled"),
    "in_review": _l("In review"),
    "approved": _l("Approved"),
    "draft": _l("Draft"),
    "rejected": _l("Rejected"),
    "expired": _l("Expired"),
    "withdrawn": _l("Withdrawn"),
}

CONCERNS = {
    "review_due": _l("Review is due"),
    "expiring": _l("Expires within 30 days"),
    "stale": _l("Translation out of step"),
    "broken": _l("Broken links"),
}

ROLES_EXPLAINED = {
    "author": _l("writes articles"),
    "reviewer": _l("publishes and withdraws them"),
    "agent": _l("helps customers"),
    "supervisor": _l("leads agents; writes and publishes"),
    "specialist": _l("solves the hard cases; writes articles"),
    "admin": _l("may do everything, and opens these pages to others"),
}

SCOPES = {
    "read": _l("read articles, topics and portals"),
    "metrics": _l("read the figures for monitoring"),
}

CALLOUTS = {
    "note": _l("Note"),
    "tip": _l("Tip"),
    "important": _l("Important"),
    "warning": _l("Warning"),
    "caution": _l("Caution"),
    "table": _l("Table"),
}

FONTS = {
    "": _l("As the house"),
    "system": _l("System"),
    "humanist": _l("Humanist"),
    "serif": _l("Serif"),
}
