"""Languages: which are known, how they are called, which one a viewer gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from babel import Locale, UnknownLocaleError

INTERFACE_LANGUAGES = ("en", "hu", "sv", "ru")
MOST_REMEMBERED = 1024  # codes; they come from anybody
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def is_language(code: str) -> bool:
    """Whether a code is a well-formed language tag (BCP 47) of a language that Babel knows.

    >>> is_language("hu"), is_language("pt-BR"), is_language("xx"), is_language("../etc")
    (True, True, False, False)
    """
    return len(code) <= 16 and _TAG.fullmatch(code) is not None and _locale(code) is not None


@lru_cache(maxsize=MOST_REMEMBERED)
def _locale(code: str) -> Locale | None:
    try:
        return Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def native_name(code: str) -> str:
    """A language's name in itself.

    >>> native_name("hu"), native_name("sv"), native_name("ru")
    ('Magyar', 'Svenska', 'Русский')
    """
    locale = _locale(code)
    name = locale.get_display_name(code.replace("-", "_")) if locale else None
    return (name or code)[:1].upper() + (name or code)[1:]


def direction(code: str) -> str:
    """ "rtl" for right-to-left scripts, else "ltr"."""
    locale = _locale(code)
    return locale.text_direction if locale else "ltr"


def interface_language(code: str) -> str:
    """The interface's language for content in `code`: the same, its base, or English."""
    base = code.split("-", maxsplit=1)[0]
    return base if base in INTERFACE_LANGUAGES else "en"


def negotiate(wanted: Iterable[str], available: Sequence[str], default: str) -> str:
    """The first wanted language that is available, by full tag and then by base; else the default.

    >>> negotiate(["de", "sv-FI", "en"], ["en", "sv"], "en")
    'sv'
    """
    for code in wanted:
        for candidate in (code, code.split("-")[0]):
            if candidate in available:
                return candidate
    return default


def preference(language: str, default: str, available: Sequence[str]) -> tuple[str, ...]:
    """All available languages in the order in which a reader of `language` is offered them."""
    first = [code for code in (language, default) if code in available]
    return tuple(dict.fromkeys([*first, *available]))


def named(names: Mapping[str, str], languages: Iterable[str], fallback: str = "") -> str:
    """The name in the first of `languages` that has one, else any, else the fallback."""
    for code in languages:
        if names.get(code):
            return names[code]
    return next((name for name in names.values() if name), fallback)
