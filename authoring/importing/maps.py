"""The import map: how the fields of another system become ours. A TOML file, checked before anything is read.

[source]    format, encoding, delimiter (CSV), separator (between several values in one text)
[fields]    ours = "theirs", or a list of theirs; "a.-1.b" walks into lists and objects
[defaults]  language, kind, audience, state, format, topics, tags: where the source says nothing
[values.X]  theirs = "ours", for language, kind, state, audience, topics, format
[body]      format and summary_format: markdown, html or text
[state]     review_due: states of theirs after which somebody has to look at the article
[topics]    cut_at, root, path, create, pages = { field, equals }
[[replace]] fields (title, summary, body), pattern, with: mends the text of the source
[links]     pattern: a regular expression with (?P<key>...) for addresses that mean articles
[dates]     formats (strptime, "unix", "unix_ms") and zone of dates that name none
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from authoring.importing.records import KINDS, STATES
from authoring.importing.toml_table import MapError, Table
from kb.languages import is_language

FIELDS = (
    *("key", "language", "title", "summary", "body", "format", "kind", "topics", "tags", "related"),
    *("audience", "state", "publish_at", "expires_at", "review_by", "changed_at"),
)
OUR_NAMES: Mapping[str, tuple[str, ...]] = {name: (name,) for name in FIELDS} | {
    "language": ("language", "lang")
}
FORMATS = ("jsonl", "csv", "markdown", "html", "docx")
DOCUMENT_FORMATS = ("markdown", "html", "docx")
BODY_FORMATS = ("markdown", "html", "text")
TABLES: Mapping[str, tuple[str, ...]] = {
    "source": ("format", "encoding", "delimiter", "separator"),
    "fields": FIELDS,
    "defaults": ("language", "kind", "audience", "state", "format", "topics", "tags"),
    "values": ("language", "kind", "audience", "state", "format", "topics"),
    "body": ("format", "summary_format"),
    "state": ("review_due",),
    "topics": ("cut_at", "root", "path", "create", "pages"),
    "links": ("pattern",),
    "dates": ("formats", "zone"),
}
REPLACE = ("fields", "pattern", "with")
REPLACED = frozenset({"title", "summary", "body"})
ONE_OF: Mapping[str, tuple[str, ...]] = {"kind": KINDS, "state": STATES, "format": BODY_FORMATS}


@dataclass(frozen=True)
class Source:
    """How files are read; None is "see for yourself"."""

    format: str | None = None
    encoding: str = "utf-8-sig"
    delimiter: str | None = None
    separator: str | None = None


@dataclass(frozen=True)
class TopicRules:
    """What a topic reference looks like, and which pages are topics themselves.

    Args:
        cut_at: what stands behind this is not part of the key.
        root: references that mean the top level.
        path: what stands between the levels of a path such as "Billing > Invoices".
        create: whether an import may create topics from references alone.
        page_field, page_equals: a record whose field has this value defines a topic.
    """

    cut_at: str | None = None
    root: frozenset[str] = frozenset()
    path: str | None = None
    create: bool = True
    page_field: str | None = None
    page_equals: str | None = None


@dataclass(frozen=True)
class Replacement:
    """A mending of the source's text before it is read.

    Args:
        text: what stands there instead; \\1 or \\g<name> is a group of the pattern.
    """

    fields: frozenset[str]
    pattern: re.Pattern[str]
    text: str


@dataclass(frozen=True)
class ImportMap:
    """A checked map. Without fields, the source is expected to use our names."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: OUR_NAMES)
    explicit: frozenset[str] = frozenset()
    defaults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source: Source = Source()
    body_format: str = "markdown"
    summary_format: str | None = None
    replacements: tuple[Replacement, ...] = ()
    review_due: frozenset[str] = frozenset()
    topics: TopicRules = TopicRules()
    link_pattern: re.Pattern[str] | None = None
    date_formats: tuple[str, ...] = ()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


def load(path: Path) -> ImportMap:
    """Read a map file.

    Raises:
        MapError: the file or something in it cannot be used.
    """
    try:
        with path.open("rb") as file:
            return parse(tomllib.load(file))
    except OSError as error:
        raise MapError("", f"{path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MapError("", f"{path} is not TOML: {error}.") from error


def parse(raw: Mapping[str, Any]) -> ImportMap:
    """Check a map that was read from TOML.

    Raises:
        MapError: names the first key that cannot be used.
    """
    whole = Table(raw, "", (*TABLES, "replace"))
    tables = {name: whole.table(name, names) for name, names in TABLES.items()}
    source, body, values = _source(tables["source"]), tables["body"], tables["values"]
    defaults = {name: _default(tables["defaults"], name) for name in tables["defaults"]}
    return ImportMap(
        fields=_fields(tables["fields"], source, defaults),
        explicit=frozenset(tables["fields"]),
        defaults=defaults,
        values={name: _translations(values.table(name), name) for name in values},
        source=source,
        body_format=body.choice("format", BODY_FORMATS) or "markdown",
        summary_format=body.choice("summary_format", BODY_FORMATS),
        replacements=tuple(_replacement(table) for table in whole.tables("replace", REPLACE)),
        review_due=frozenset(text.casefold() for text in tables["state"].texts("review_due")),
        topics=_topics(tables["topics"]),
        link_pattern=_pattern(tables["links"]),
        date_formats=tables["dates"].texts("formats"),
        zone=_zone(tables["dates"]),
    )


def _source(table: Table) -> Source:
    encoding = table.text("encoding") or Source.encoding
    try:
        "".encode(encoding)
    except LookupError:
        raise table.error("encoding", f"{encoding!r} is no encoding of text; try utf-8 or cp1250.") from None
    delimiter = table.text("delimiter")
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '\r\n"'):
        raise table.error("delimiter", 'must be one character, for example ";" or "\\t".')
    return Source(
        format=table.choice("format", FORMATS),
        encoding="utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding,
        delimiter=delimiter,
        separator=table.text("separator"),
    )


def _fields(table: Table, source: Source, defaults: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    named = {name: table.texts(name) for name in table}
    if not named or source.format in DOCUMENT_FORMATS:  # a folder's files say the rest by themselves
        return {**OUR_NAMES, **named}
    for name in ("key", "title", "body", "language"):
        if not named.get(name) and not (name == "language" and name in defaults):
            hint = ', or give it once for all under [defaults], language = "en"' if name == "language" else ""
            raise table.error(name, f'is required: write {name} = "the field of the source"{hint}.')
    return named


def _replacement(table: Table) -> Replacement:
    pattern, fields = table.pattern("pattern"), table.texts("fields")
    if pattern is None:
        raise table.error("pattern", "is required: a regular expression.")
    if not fields or not set(fields) <= REPLACED:
        raise table.error("fields", f"must be one or more of {', '.join(sorted(REPLACED))}.")
    replacement = Replacement(frozenset(fields), pattern, table.text("with", empty=True) or "")
    try:
        pattern.sub(replacement.text, "")
    except (re.error, IndexError) as error:
        raise table.error("with", f"cannot be used: {error}.") from None
    return replacement


def _topics(table: Table) -> TopicRules:
    pages = table.table("pages", ("field", "equals"))
    if len(pages) == 1:
        raise table.error("pages", 'needs both: pages = { field = "type", equals = "guide" }.')
    return TopicRules(
        cut_at=table.text("cut_at"),
        root=frozenset(table.texts("root")),
        path=table.text("path"),
        create=table.flag("create", default=not len(pages)),
        page_field=pages.text("field"),
        page_equals=pages.text("equals"),
    )


def _pattern(table: Table) -> re.Pattern[str] | None:
    pattern = table.pattern("pattern")
    if pattern and "key" not in pattern.groupindex:
        raise table.error("pattern", "must name the part that is the article's key: (?P<key>...).")
    return pattern


def _zone(table: Table) -> ZoneInfo:
    name = table.text("zone") or "UTC"
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise table.error("zone", f"{name!r} is no time zone; write one such as Europe/Budapest.") from None


def _default(table: Table, name: str) -> tuple[str, ...]:
    if name in {"topics", "tags"}:
        return table.texts(name)
    if name in ONE_OF:
        table.choice(name, ONE_OF[name])
    value = table.text(name) or ""
    if name == "language" and not is_language(value):
        raise table.error(name, f"{value!r} is not a language code such as en or hu.")
    return (value,)


def _translations(table: Table, name: str) -> Mapping[str, str]:
    """Their values and ours, without regard to case."""
    for theirs in table if name in ONE_OF else ():
        table.choice(theirs, ONE_OF[name])
    return {theirs.casefold(): table.text(theirs) or "" for theirs in table}
