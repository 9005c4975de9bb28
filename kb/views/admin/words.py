"""Words for what the administration lists: things that change, features of portals, what needs looking after."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

KINDS_OF_THINGS: dict[str, LazyString] = {
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
    "role_limit": _l("Limit of a role"),
}
"""Table -> what a row of it is called, as in the audit log; other packages add their own."""

PROPERTIES: dict[str, LazyString] = {
    "article_id": _l("Article"),
    "audience": _l("Audience"),
    "audiences": _l("Audiences"),
    "author_id": _l("Author"),
    "base_id": _l("Based on"),
    "bodies": _l("Text"),
    "change_note": _l("Change"),
    "created_at": _l("Added"),
    "created_by_id": _l("Made by"),
    "default_language": _l("Default language"),
    "email": _l("E-mail"),
    "entry_audience": _l("Open to"),
    "expires_at": _l("Expires"),
    "facts_id": _l("Same facts as"),
    "features": _l("Features"),
    "filename": _l("File"),
    "groups": _l("Groups"),
    "hides_stale": _l("Hides translations out of step"),
    "is_active": _l("May log in"),
    "key": _l("Key"),
    "kind": _l("Kind"),
    "language": _l("Language"),
    "languages": _l("Languages"),
    "logo": _l("Logo"),
    "made_from_id": _l("Made from"),
    "media_type": _l("Type"),
    "members": _l("Members"),
    "must_change_password": _l("Must change the password"),
    "name": _l("Name"),
    "names": _l("Names"),
    "number": _l("No."),
    "owner_id": _l("Owner"),
    "parent_id": _l("Below"),
    "password_hash": _l("Password"),
    "position": _l("Place in the list"),
    "prefix": _l("Beginning"),
    "proposed": _l("Proposed properties"),
    "publish_at": _l("Shows from"),
    "query": _l("Query"),
    "readable_at": _l("Readable from"),
    "related": _l("Read next"),
    "replaced_by": _l("Replaced by"),
    "review_by": _l("Review by"),
    "revoked_at": _l("Revoked"),
    "roles": _l("Roles"),
    "scopes": _l("May"),
    "size": _l("Size"),
    "slug": _l("Address"),
    "role": _l("Role"),
    "source_language": _l("Source language"),
    "stale_at": _l("Out of step from"),
    "state": _l("State"),
    "summary": _l("Summary"),
    "superseded_at": _l("Superseded"),
    "taglines": _l("Taglines"),
    "tags": _l("Tags"),
    "title": _l("Title"),
    "tokens": _l("Looks"),
    "topic_id": _l("Topic"),
    "topics": _l("Topics"),
    "translation_id": _l("Translation"),
    "ttl_s": _l("Good for (seconds)"),
    "uploaded_by_id": _l("Added by"),
    "url": _l("Address"),
    "wording_only": _l("Only wording changed"),
    "zone": _l("Time zone"),
}
"""Column -> what it is called; others are shown by their own name. "table.column" goes before "column"."""

FEATURES = {
    "search": (_l("Search box"), _l("the box on every page and the results")),
    "topics": (_l("Topics"), _l("the topic tree on the start page and beside articles")),
    "folders": (_l("Dynamic folders"), _l("lists that keep themselves current")),
    "tags": (_l("Tags"), _l("the tag cloud and the tags below an article")),
    "feedback": (_l("Feedback"), _l("“Was this helpful?” below every article")),
    "requests": (_l("Requests"), _l("a form for what nothing here answers, and calls back")),
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
    "rejected": _l("Returned"),
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
    "translator": _l("translates articles into their languages"),
    "agent": _l("helps customers"),
    "supervisor": _l("leads agents; writes and publishes"),
    "specialist": _l("solves the hard cases; writes articles"),
    "admin": _l("may do everything, and opens these pages to others"),
}

SCOPES = {
    "read": _l("read articles, topics and portals"),
    "cases": _l("record what solved a contact as a case"),
    "contacts": _l("bring contacts, and say and hear what becomes of them"),
    "metrics": _l("read the figures for monitoring"),
}

FONTS = {
    "": _l("As the house"),
    "system": _l("System"),
    "humanist": _l("Humanist"),
    "serif": _l("Serif"),
}
