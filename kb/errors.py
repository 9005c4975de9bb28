"""What can go wrong, in the words of the domain. No HTTP here: kb/http.py maps these to pages and problem+json.

A sentence is written in English and marked with `N_`, which keeps its parts: the edge says it in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Sentence(str):
    """An English sentence that can still be said in another language.

    Args:
        message: the sentence as the catalogs know it, with places such as %(key)s.
        values: what goes into the places.
    """

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, values: Mapping[str, object]) -> Sentence:
        made = super().__new__(cls, message % values if values else message)
        made.message, made.values = message, values
        return made


def N_(message: str, **values: object) -> str:  # noqa: N802 - the name under which the catalogs look for messages
    """Mark a sentence for translation and fill in its values.

    >>> N_("There is no article %(key)s.", key="vpn")
    'There is no article vpn.'
    """
    return Sentence(message, values)


class KalauzError(Exception):
    """Base of everything that Kalauz refuses; str() is a sentence for the person who asked."""

    @property
    def sentence(self) -> str:
        """What to say; a `Sentence` where it can be said in other languages."""
        return self.args[0] if self.args else ""


class NotFound(KalauzError):
    """There is no such thing, or this viewer may not know that there is."""


class Way(NamedTuple):
    """Where to go instead: words and an address, with the language of the words where it is not the page's."""

    words: str
    address: str
    language: str = ""


class Gone(KalauzError):
    """It was here once: expired or withdrawn.

    Args:
        replaced_by: what to read instead, where this viewer may read it.
        topic: where to look for more.
    """

    def __init__(self, sentence: str, *, replaced_by: Way | None = None, topic: Way | None = None) -> None:
        super().__init__(sentence)
        self.replaced_by, self.topic = replaced_by, topic


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


class AsksTooMuch(Invalid):
    """A question that nobody could mean; what it says is not looked at."""
