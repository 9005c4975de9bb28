"""Files for translators: the texts that need translating go out as XLIFF; `returned_files` brings them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.languages import facts
from authoring.languages.inline_codes import Token, aligned, coded, marks
from authoring.languages.passages import CODE, SUMMARY, TITLE, split
from authoring.languages.tracing import Fate, Traced, passages_of
from authoring.languages.translations import held_in, shown_source
from authoring.languages.xliff import Document, File, Note, Segment, Unit
from kb.errors import N_, Invalid
from kb.languages import is_language
from kb.models import Article, Revision

TAGS = "tags"
NAME = "revision-"
MOST_ARTICLES = 500
"""In one file; more are a second file."""


def export(
    session: Session, chosen: Sequence[Article], source_language: str, language: str, now: datetime
) -> Document:
    """The texts of articles for a translator. Passages whose translation still holds carry it.

    Args:
        chosen: those that are not written in `source_language`, or of which nothing shows, are left out.
        language: to translate into.

    Raises:
        Invalid: it is no language, or the source's own.
    """
    if not is_language(language) or language == source_language:
        raise Invalid({"language": N_("Choose another language than that of the source.")})
    files = []
    for article in chosen:
        source = shown_source(session, article, now) if article.source_language == source_language else None
        if source is not None:
            files.append(_file(session, article, source, language))
    return Document(source_language, language, files)


def _file(session: Session, article: Article, source: Revision, language: str) -> File:
    known = _known(session, article, source, language)
    units = [_unit(name, kind, cells, known.get(name)) for name, kind, cells in parts(source)]
    return File(f"{NAME}{source.id}", article.key, units)


Part = tuple[str, str, Sequence[str]]
"""Name of a unit, kind of passage, Markdown of each cell."""


def parts(source: Revision) -> Iterator[Part]:
    """All that is to be translated of a revision."""
    yield TITLE, TITLE, [source.title]
    if source.summary.strip():
        yield SUMMARY, SUMMARY, [source.summary]
    if source.tags:
        yield TAGS, TAGS, source.tags
    for number, passage in enumerate(split(source.body)):
        if passage.kind != CODE:
            yield f"p{number + 1}", passage.kind, passage.cells


def sources(cells: Sequence[str]) -> list[list[Token]]:
    """The cells of a unit as words and marks, numbered through."""
    found: list[list[Token]] = []
    first = 1
    for cell in cells:
        found.append(coded(cell, first))
        first = max((mark.number + 1 for mark in marks(found[-1])), default=first)
    return found


@dataclass(frozen=True, slots=True)
class _Held:
    """What a translation says already for a unit.

    Args:
        cells: the translation of an older source, or of the same.
        before: what the source said then; None where it still says it.
    """

    cells: Sequence[str]
    before: str | None = None


def _unit(name: str, kind: str, cells: Sequence[str], held: _Held | None) -> Unit:
    own = sources(cells)
    targets: list[list[Token] | None] = [None] * len(own)
    notes = [Note("kind", kind)]
    if held is not None and held.before is None and len(held.cells) == len(cells):
        fitting = [aligned(source, cell) for source, cell in zip(own, held.cells, strict=True)]
        targets = fitting if all(one is not None for one in fitting) else targets
    if held is not None and targets[0] is None:
        notes += [Note("before", held.before)] if held.before is not None else []
        notes.append(Note("translated", " | ".join(held.cells)))
    segments = [Segment(source, target) for source, target in zip(own, targets, strict=True)]
    return Unit(name, segments, notes)


def _known(session: Session, article: Article, source: Revision, language: str) -> Mapping[str, _Held]:
    """Unit -> what the newest translation says there, where its passages are those of the source it was made from."""
    held = held_in(session, article, language)
    before = session.get(Revision, held.made_from_id) if held and held.made_from_id else None
    if held is None or before is None or before.translation_id != source.translation_id:
        return {}
    old = passages_of(before.title, before.summary, before.body)
    said = passages_of(held.title, held.summary, held.body)
    found = {}
    if [one.kind for one in old] == [one.kind for one in said] and before.number <= source.number:
        for name, traced in _named(facts.traced(session, before, source).passages):
            if traced.origin is not None:
                found[name] = _Held(said[traced.origin].cells, _before(traced))
    if before.tags == source.tags and len(held.tags) == len(source.tags):
        found[TAGS] = _Held(held.tags)
    return found


def _named(passages: Iterable[Traced]) -> Iterator[tuple[str, Traced]]:
    number = 0
    for one in passages:
        if one.passage.kind in {TITLE, SUMMARY}:
            yield one.passage.kind, one
        else:
            number += 1
            yield f"p{number}", one


def _before(traced: Traced) -> str | None:
    return traced.before.text if traced.before is not None and traced.fate != Fate.CURRENT else None


def articles_by_key(session: Session, keys: Sequence[str]) -> Sequence[Article]:
    """Articles by their keys, in order.

    Raises:
        Invalid: there is none with such a key.
    """
    found = session.scalars(select(Article).where(Article.key.in_(keys)).order_by(Article.key)).all()
    if missing := sorted(set(keys) - {article.key for article in found}):
        raise Invalid({"keys": N_("There is no article with the key %(key)s.", key=", ".join(missing))})
    return found
