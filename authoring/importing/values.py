"""Single values of a source record: found, cleaned and turned into ours, or refused with a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from slugify import slugify

from kb.articles import KEY
from kb.languages import is_language

SEPARATORS = re.compile(r"[;,|]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Refused(Exception):
    """A value that makes its record unusable."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def pick(source: Mapping[str, object], path: str) -> object:
    """The value at a path such as "title" or "revisions.-1.date"; None where there is nothing.

    >>> pick({"revisions": [{"date": "2019"}, {"date": "2020"}]}, "revisions.-1.date")
    '2020'
    >>> pick({"a.b": 1}, "a.b"), pick({"a": []}, "a.0"), pick({"a": "text"}, "a.b")
    (1, None, None)
    """
    if path in source:
        return source[path]
    value: object = source
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and re.fullmatch(r"-?\d{1,6}", step, re.ASCII):
            value = value[int(step)] if -len(value) <= int(step) < len(value) else None
        else:
            return None
    return value


def text_of(value: object, field: str) -> str:
    """A text as it stands, in composed Unicode; whole numbers are written out, nothing is "".

    Raises:
        Refused: it is no text, or has characters that no text can have.
    """
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Refused(field, f"must be a text, but is {_called(value)}")
    if "\0" in value:
        raise Refused(field, "contains a NUL character")
    if _SURROGATE.search(value):
        raise Refused(field, "contains bytes that are not text in the file's encoding")
    return unicodedata.normalize("NFC", value)


def line_of(value: object, field: str, limit: int) -> str:
    """A text in one line: white space is folded.

    Args:
        limit: longest length, in characters.

    Raises:
        Refused: it is no text, or too long.
    """
    line = " ".join(text_of(value, field).split())
    if len(line) > limit:
        raise Refused(field, f"has {len(line)} characters; at most {limit} are kept")
    return line


def texts_of(values: Sequence[object], field: str, separator: str | None = None) -> list[str]:
    """All texts in some values, in order, without empty and repeated ones; a text is split at the separator.

    Args:
        separator: None splits at semicolons, commas and bars.

    Raises:
        Refused: one of them is no text.

    >>> texts_of([["a", None], "b; c|a"], "tags")
    ['a', 'b', 'c']
    """
    found: dict[str, None] = {}
    for value in values:
        whole = value if isinstance(value, list) else _split(text_of(value, field), separator)
        found.update(dict.fromkeys(" ".join(text_of(part, field).split()) for part in whole))
    found.pop("", None)
    return list(found)


def _split(text: str, separator: str | None) -> Iterator[str]:
    yield from text.split(separator) if separator else SEPARATORS.split(text)


def article_key(text: str) -> str:
    """Our key for a key of theirs: the same where it can be, else its nearest form; "" when nothing is left.

    >>> article_key("KB0012"), article_key("how_to.v2"), article_key("Új SIM kártya"), article_key("?")
    ('kb0012', 'how_to.v2', 'uj-sim-kartya', '')
    """
    lower = text.strip().lower()
    return lower if KEY.fullmatch(lower) else slugify(text, max_length=128)


def language_tag(text: str) -> str | None:
    """A language tag in its usual spelling, or None when it is not one.

    >>> [language_tag(text) for text in ("HU", "pt_br", "zh-hant", "english", "xx")]
    ['hu', 'pt-BR', 'zh-Hant', None, None]
    """
    first, *rest = text.strip().replace("_", "-").split("-")
    spelt = {2: str.upper, 4: str.title}
    tag = "-".join([first.lower(), *(spelt.get(len(part), str.lower)(part) for part in rest)])
    return tag if is_language(tag) else None


def moment_of(value: object, field: str, formats: Sequence[str] = (), zone: tzinfo = UTC) -> datetime | None:
    """A moment in UTC, or None where there is none; a date alone is its first moment.

    Args:
        formats: tried in order before ISO 8601: strptime patterns, "unix" (seconds) or "unix_ms".
        zone: of moments that name none.

    Raises:
        Refused: it cannot be understood.

    >>> moment_of("2026-03-02T10:00+01:00", "publish_at"), moment_of("1.2.2026", "publish_at", ["%d.%m.%Y"])
    (datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.timezone.utc), \
datetime.datetime(2026, 2, 1, 0, 0, tzinfo=datetime.timezone.utc))
    """
    text = str(value) if isinstance(value, float) else text_of(value, field).strip()
    if not text:
        return None
    for pattern in (*formats, "iso"):
        try:
            read = _parsed(text, pattern)
            return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            continue
    hint = "write 2026-03-02 or 2026-03-02T10:00:00Z, or name its form under [dates], formats"
    raise Refused(field, f"{text[:40]!r} is no date; {hint}")


def _parsed(text: str, pattern: str) -> datetime:
    if pattern == "iso":
        return datetime.fromisoformat(text)
    if pattern in {"unix", "unix_ms"}:
        return datetime.fromtimestamp(float(text) / (1000 if pattern == "unix_ms" else 1), UTC)
    return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller knows the zone


def _called(value: object) -> str:
    names = {bool: "true or false", float: "a number with a fraction", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
