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
from itertools import chain
from typing import Any, NamedTuple

import Stemmer  # type: ignore[import-not-found, unused-ignore]
import tantivy

from search import analysis
from search.analysis import Written, analyzer, beginnings, clean, label
from search.engine import Document
from search.folding import fingerprint

SCHEMA_VERSION = "7"
"""Raise it with any change of fields or of what stands in them."""

COUNTED = ("kind", "language", "tag", "topic")
"""Fields of whole values that can be counted as well as looked for."""

IDENTITIES = ("article_id", "language_id", "translation_id", "kind_id", "fingerprint")
"""Numbers by which documents found are compared without reading them: of names, and of what the text says."""

EXACT = ("id", "article", "gate", "language", "kind", "tag", "topic", "role")
MOMENTS = ("visible_from", "visible_until", "changed_at", "stale_from")
TEXTS = {"text": "position", "title": "position", "words": "basic", "typed": "freq"}
FOLDED = {"text": "text_folded", "title": "title_folded"}
BARE = {"text": "text_bare", "title": "title_bare"}
"""Words with accents, once more without them: a small field beside that of all words, for those typed one by one."""
ROOTS = {"text": "text_roots", "title": "title_roots"}
GATE = "\t"
"""Between the source and the audience of a document, and its kind, in the values that let it through to a viewer."""
HERE = "-"
"""How the source of a document of this base is written: an index keeps no empty values."""
SEAM = "|"
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


_SEAM = Written(SEAM, SEAM, bare="", whole="", words="", roots="", digests=b"")
_AS_GIVEN = tuple(name for name in Shown._fields if name not in {"title", "summary", "body"})
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
    texts = TEXTS | dict.fromkeys(FOLDED.values(), "position")
    texts |= dict.fromkeys((*ROOTS.values(), *BARE.values()), "freq")
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
    written = analyzer(document.language).written
    titled, summed_up, said = written(title), written(summary), written(body)
    beside = [written(clean(text)) for text in (*document.tags, *document.headings)]
    text = [*titled, *chain.from_iterable((_SEAM, *passage) for passage in (*beside, summed_up, said))]
    new = tantivy.Document()
    for name, value in _values(document):
        new.add_text(name, value)
    for name in MOMENTS:
        new.add_integer(name, getattr(document, name))
    _add_terms(new, "title", _Columns.of(titled))
    every = _Columns.of(text)
    _add_terms(new, "text", every)
    # of title, summary and body: headings stand in the body, and tags are not what a text says
    digests = b"".join((*every.digests[: len(titled)], *every.digests[-len(summed_up) - len(said) - 1 :]))
    for name, number in zip(IDENTITIES, _identities(document, digests), strict=True):
        new.add_integer(name, number)
    new.add_text("words", " ".join(set(every.words)))
    new.add_text("typed", " ".join(beginnings(title)))
    kept = {name: getattr(document, name) for name in _AS_GIVEN}
    new.add_bytes(SHOWN, _packed(Shown(**kept, title=title, summary=summary, body=body)))
    return new


class _Columns(NamedTuple):
    """What the chunks of a text add, turned: see :class:`search.analysis.Written`."""

    line: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    digests: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, text: Sequence[Written]) -> _Columns:
        return cls(*zip(*text, strict=True))


def _add_terms(new: tantivy.Document, field: str, every: _Columns) -> None:
    """Terms in order, behind them what was written with hyphens once more as one; and all without accents."""
    new.add_text(field, " ".join((*every.line, SEAM, *filter(None, every.whole))))
    new.add_text(ROOTS[field], " ".join(filter(None, every.roots)))
    if every.folded != every.line:
        new.add_text(FOLDED[field], " ".join(every.folded))
        new.add_text(BARE[field], " ".join(filter(None, every.bare)))


def _values(document: Document) -> Iterator[tuple[str, str]]:
    for name in ("id", "article"):
        yield name, getattr(document, name)
    yield "gate", gate(document.source, document.audience)
    yield "gate", gate(document.source, document.audience, document.kind)
    for name in ("language", "kind"):
        yield name, label(getattr(document, name))
    for name, values in (("tag", document.tags), ("topic", document.topics)):
        yield from ((name, label(value)) for value in values)


def gate(source: str, audience: str, kind: str = "") -> str:
    """What lets documents of this source and audience through, or those of one kind among them: one look-up for all."""
    return GATE.join((source or HERE, audience, *([label(kind)] if kind else ())))


def _identities(document: Document, digests: bytes) -> Iterator[int]:
    yield identity(document.article)
    yield identity(label(document.language))
    yield translation(document.article, document.language)
    yield identity(label(document.kind))
    yield fingerprint(digests)


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
    return _write(values).encode()


def _unpacked(stored: tantivy.Document) -> list[Any]:
    values: list[Any] = json.loads(stored.get_first(SHOWN) or b"[]")
    return values
