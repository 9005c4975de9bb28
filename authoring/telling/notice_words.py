"""What notices say: for each kind a heading, a subject and a sentence, in the reader's language and time zone."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask_babel import LazyString, force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kb.languages import interface_language, native_name
from kb.models import Person

LONGEST_SUBJECT = 150
LONGEST_DETAIL = 600


@dataclass(frozen=True, slots=True)
class Words:
    """What a kind of notice says, with the places %(title)s and %(language)s in subject and sentence."""

    heading: LazyString
    subject: LazyString
    sentence: LazyString


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words.

    Args:
        heading: what its kind is called.
        subject: a line of its own, for a list and for a mail.
        sentence: what happened.
        details: (label, value) of what else is known, for example the due time.
    """

    heading: str
    subject: str
    sentence: str
    details: tuple[tuple[str, str], ...]


KINDS: dict[str, Words] = {
    "waiting": Words(
        _l("Waiting for you"),
        _l("Waiting for you: %(title)s"),
        _l("“%(title)s” (%(language)s) is waiting for your approval."),
    ),
    "overdue": Words(
        _l("Overdue"),
        _l("Overdue: %(title)s"),
        _l(
            "“%(title)s” (%(language)s) was not approved in time, or nobody else may approve it. Please look at it."
        ),
    ),
    "returned": Words(
        _l("Returned to you"),
        _l("Returned to you: %(title)s"),
        _l("“%(title)s” (%(language)s) was returned to you with a comment."),
    ),
    "approved": Words(
        _l("Approved"),
        _l("Approved: %(title)s"),
        _l("“%(title)s” (%(language)s) is approved."),
    ),
    "published_unreviewed": Words(
        _l("Published before approval"),
        _l("Published before approval: %(title)s"),
        _l("“%(title)s” (%(language)s) was published before it was approved. Please look at it."),
    ),
    "expiring": Words(
        _l("About to expire"),
        _l("About to expire: %(title)s"),
        _l("“%(title)s” (%(language)s) is about to expire. Renew it if it still holds."),
    ),
    "expired": Words(
        _l("Expired"),
        _l("Expired: %(title)s"),
        _l("“%(title)s” (%(language)s) has expired. Readers do not see it any more."),
    ),
    "review_due": Words(
        _l("To be looked at again"),
        _l("Does it still hold? %(title)s"),
        _l("“%(title)s” (%(language)s) is due for a second look. Renew it if it still holds."),
    ),
    "stale": Words(
        _l("Out of step"),
        _l("Out of step: %(title)s"),
        _l("What “%(title)s” (%(language)s) was translated from has changed. Please bring it up to date."),
    ),
    "suggestion": Words(
        _l("Suggestions"),
        _l("Suggestion: %(title)s"),
        _l("Somebody suggests an improvement to “%(title)s” (%(language)s)."),
    ),
    "suggestion_answered": Words(
        _l("Answers to your suggestions"),
        _l("Your suggestion: %(title)s"),
        _l("Your suggestion about “%(title)s” (%(language)s) is answered."),
    ),
    "comment": Words(
        _l("Comments"),
        _l("Comment: %(title)s"),
        _l("There is a new comment on “%(title)s” (%(language)s)."),
    ),
    "reading_asked": Words(
        _l("To read"),
        _l("Please read: %(title)s"),
        _l("Please read “%(title)s” (%(language)s) and confirm that you understood it."),
    ),
    "reading_due": Words(
        _l("Reading is due"),
        _l("Still to read: %(title)s"),
        _l("You have not confirmed yet that you read and understood “%(title)s” (%(language)s)."),
    ),
}
"""In the order in which a digest lists them; packages above add theirs."""

OTHER = Words(_l("Other news"), _l("News: %(title)s"), _l("There is news about “%(title)s” (%(language)s)."))
"""For a kind that nobody has given words yet."""

DETAILS: Mapping[str, LazyString] = {
    "by": _l("By"),
    "due_at": _l("Due"),
    "expires_at": _l("Expires"),
    "publish_at": _l("Appears"),
    "translations": _l("Translations too"),
    "group": _l("Group"),
    "comment": _l("Comment"),
    "answer": _l("Answer"),
    "why": _l("Why"),
    "note": _l("Note"),
}
"""Params that are shown beneath the sentence where they are given, in this order."""


def language_of(person: Person) -> str:
    """The interface's language for what is sent to a person: their first one, or English."""
    return interface_language(person.languages[0]) if person.languages else "en"


def told(kind: str, params: Mapping[str, object], *, language: str, zone: str) -> Told:
    """Say a notice in a language, with moments in a time zone. Needs an application context.

    Args:
        params: as given to `notices.tell`; those that a kind's words need and that are missing are made up for.
        language: of the interface.
        zone: name of a time zone.
    """
    words = KINDS.get(kind, OTHER)
    with force_locale(language):
        values = {
            "title": _plain(params.get("title"), LONGEST_SUBJECT) or _("an article"),
            "language": native_name(str(params.get("language", "")) or language),
        }
        details = (
            (str(label), _shown(name, params[name], language, ZoneInfo(zone)))
            for name, label in DETAILS.items()
            if params.get(name)
        )
        return Told(
            heading=str(words.heading),
            subject=str(words.subject) % values,
            sentence=str(words.sentence) % values,
            details=tuple(details),
        )


def place(kind: str) -> int:
    """Where notices of a kind stand among others."""
    return list(KINDS).index(kind) if kind in KINDS else len(KINDS)


def _shown(name: str, value: object, language: str, zone: ZoneInfo) -> str:
    text = _plain(value, LONGEST_DETAIL)
    if not name.endswith("_at"):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) == len("2026-03-29"):
        return str(format_date(moment, "long", locale=language))
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
    return f"{format_date(local, 'long', locale=language)}, {format_time(local, 'short', locale=language)}"


def _plain(value: object, longest: int) -> str:
    """One line of text, which can begin no line of its own in a mail."""
    kept = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in str(value or ""))
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
