"""What can go wrong, in the words of the domain. No HTTP here: kb/http.py maps these to pages and problem+json."""

from __future__ import annotations

from collections.abc import Mapping


class KalauzError(Exception):
    """Base of everything that Kalauz refuses; str() is a sentence for the person who asked."""


class NotFound(KalauzError):
    """There is no such thing, or this viewer may not know that there is."""


class Gone(KalauzError):
    """It was here once: expired or withdrawn."""


class LoginRequired(KalauzError):
    """Anonymous viewers may not do this; a login may help."""


class NotAllowed(KalauzError):
    """This viewer is known and still may not do this."""


class Conflict(KalauzError):
    """Somebody else changed the same thing, or a name is already taken."""


class TooMany(KalauzError):
    """A rate or a lock-out: try again later."""


class TooLarge(KalauzError):
    """More than the configured limit."""


class StorageFull(KalauzError):
    """The disk or the database cannot take more; nothing was written."""


class Unavailable(KalauzError):
    """Something this answer needs does not respond now."""


class Invalid(KalauzError):
    """A value that cannot be accepted.

    Args:
        fields: field name -> sentence that says what to mend.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in fields.items()))
        self.fields = dict(fields)
