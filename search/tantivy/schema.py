"""How a document lies in a tantivy index.

Text fields hold tokens made by :mod:`search.analysis`, separated by spaces; tantivy only splits and counts
them. Filter fields hold whole values. One more document, without an audience and so never found, holds the
position in the journal: it is committed together with the others.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.metadata import version as installed
from typing import Any, NamedTuple

import Stemmer  # type: ignore[import-not-found, unused-ignore]
import tantivy

from search import analysis
from search.analysis import Terms, analyzer, beginnings, clean, label
from search.engine import Document
from search.folding import fingerprint

SCHEMA_VERSION = "4"
"""Raise it with any change of fields or of what stands in them."""

COUNTED = ("kind", "language", "tag", "topic")
"""Fields of whole values that can be counted as well as looked for."""

IDENTITIES = ("article_id", "language_id", "translation_id", "kind_id", "fingerprint")
"""Numbers by which documents found are compared without reading them: of names, and of what the text says."""

EXACT = ("id", "article", "audience", "source", "language", "kind", "tag", "topic", "role")
MOMENTS = ("visible_from", "visible_until", "changed_at", "stale_from")
TEXTS = {"text": "position", "title": "position", "words": "basic", "typed": "freq"}
FOLDED = {"text": "text_folded", "title": "title_folded"}
ROOTS = {"text": "text_roots", "title": "title_roots"}
HERE = "-"
"""How the source of a document of this base is written: an index keeps no empty values."""
SEAM = " | "
"""A token that no question asks for, between passages, so that no phrase runs from one into the next."""
SHOWN = "shown"
POSITION_ROLE = "position"


class Shown(NamedTuple):
    """What is kept of a document to show it, as it was given."""

    id: str
    article: str
    key: str
    kind: str
    language: str
    slug: str
    title: str
    summary: str
    body: str
    changed_at: int
    source: str
    anchors: Sequence[tuple[int, str]]


@cache
def schema() -> tantivy.Schema:
    """The fields of an index."""
    builder = tantivy.SchemaBuilder()
    for name in EXACT:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name in COUNTED)
    for name in MOMENTS:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in IDENTITIES:
        builder.add_integer_field(name, fast=True)
    texts = TEXTS | dict.fromkeys(FOLDED.values(), "position") | dict.fromkeys(ROOTS.values(), "freq")
    for name, option in texts.items():
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
    builder.add_bytes_field(SHOWN, stored=True)
    return builder.build()


@cache
def version() -> str:
    """What the terms and fields of an index depend on, as twelve hexadecimal digits."""
    parts = (
        analysis.VERSION,
        SCHEMA_VERSION,
        installed("tantivy"),
        installed("simplemma"),
        Stemmer.version(),
    )
    return hashlib.sha256(repr((*parts, unicodedata.unidata_version)).encode()).hexdigest()[:12]


def record(document: Document) -> tantivy.Document:
    """A document as the index takes it."""
    title, summary, body = clean(document.title), clean(document.summary), clean(document.body)
    new = tantivy.Document()
    for name, value in _values(document):
        new.add_text(name, value)
    for name in MOMENTS:
        new.add_integer(name, getattr(document, name))
    text = f"{title}\n{summary}\n{body}"
    for name, number in zip(IDENTITIES, _identities(document, text), strict=True):
        new.add_integer(name, number)
    analyse = analyzer(document.language).terms
    titled = analyse(title)
    beside = [analyse(clean(text)) for text in (*document.tags, *document.headings)]
    passages = [titled, *beside, analyse(summary), analyse(body)]
    _add_passages(new, "title", [titled])
    _add_passages(new, "text", passages)
    new.add_text("words", " ".join({word for terms in passages for term in terms for word in term.words}))
    new.add_text("typed", " ".join(beginnings(title)))
    kept = Shown(**{name: getattr(document, name) for name in Shown._fields})
    new.add_bytes(SHOWN, _packed(kept._replace(title=title, summary=summary, body=body)))
    return new


def _add_passages(new: tantivy.Document, field: str, passages: list[list[Terms]]) -> None:
    """The terms of passages in order, what was written with hyphens once more as one; and all without accents."""
    lines = [" ".join([term.line for term in terms]) for terms in passages]
    folded = [" ".join([term.folded_line for term in terms]) for terms in passages]
    wholes = " ".join([term.whole for terms in passages for term in terms if term.whole])
    new.add_text(field, SEAM.join([*lines, wholes]))
    new.add_text(
        ROOTS[field], " ".join([term.root_line for terms in passages for term in terms if term.root_line])
    )
    if folded != lines:
        new.add_text(FOLDED[field], SEAM.join(folded))


def _values(document: Document) -> Iterator[tuple[str, str]]:
    for name in ("id", "article", "audience"):
        yield name, getattr(document, name)
    yield "source", document.source or HERE
    for name in ("language", "kind"):
        yield name, label(getattr(document, name))
    for name, values in (("tag", document.tags), ("topic", document.topics)):
        yield from ((name, label(value)) for value in values)


def _identities(document: Document, text: str) -> Iterator[int]:
    yield identity(document.article)
    yield identity(label(document.language))
    yield translation(document.article, document.language)
    yield identity(label(document.kind))
    yield fingerprint(text)


@lru_cache(maxsize=4096)
def identity(name: str) -> int:
    """A number of 63 bits that stands for a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) >> 1


def translation(article: str, language: str) -> int:
    """The number that stands for an article in a language."""
    return identity(f"{label(language)} {article}")


def shown(stored: tantivy.Document) -> Shown:
    """What :func:`record` kept to be shown."""
    return Shown._make(_unpacked(stored))


def position_record(position: int) -> tantivy.Document:
    """The document that remembers the position."""
    new = tantivy.Document()
    new.add_text("role", POSITION_ROLE)
    new.add_bytes(SHOWN, _packed([position]))
    return new


def position_of(stored: tantivy.Document) -> int:
    """The position that :func:`position_record` wrote."""
    return int(_unpacked(stored)[0])


def _packed(values: Sequence[object]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _unpacked(stored: tantivy.Document) -> list[Any]:
    values: list[Any] = json.loads(stored.get_first(SHOWN) or b"[]")
    return values
