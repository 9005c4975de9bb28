"""XLIFF 2.1: texts as files for translators; `xliff_reading` brings them back. Pure.

Written after the OASIS standard (XLIFF Version 2.1). A file is a source revision, and its id names it; a unit is a
passage; a segment one of its cells. What a translator must not touch is a <ph> or <pc> whose Markdown is in
<originalData>. From a file that comes back nothing is taken but the words between the codes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from authoring.languages.inline_codes import ALONE, OPEN, Mark, Token

NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
VERSION = "2.1"

_XML = "{http://www.w3.org/XML/1998/namespace}"
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Note(NamedTuple):
    """Something for the translator. The category says what: kind, before (an older source), translated (its text)."""

    category: str
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """What is translated in one: one cell of a passage.

    Args:
        source: words and marks.
        target: the translation, if there is one that still holds.
    """

    source: Sequence[Token]
    target: Sequence[Token] | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage. `name` is its id in the file: title, summary, tags, or p with its number."""

    name: str
    segments: Sequence[Segment]
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class File:
    """An article's source revision.

    Args:
        name: identifies the revision.
        original: the article's key.
    """

    name: str
    original: str
    units: Sequence[Unit]


@dataclass(frozen=True, slots=True)
class Document:
    """Files from one language into one other."""

    source_language: str
    target_language: str
    files: Sequence[File]


def write(document: Document) -> bytes:
    """A document as XML."""
    root = etree.Element(tag("xliff"), nsmap={None: NAMESPACE})
    root.set("version", VERSION)
    root.set("srcLang", document.source_language)
    root.set("trgLang", document.target_language)
    for file in document.files:
        made = etree.SubElement(root, tag("file"), id=file.name, original=file.original, canResegment="no")
        made.set(f"{_XML}space", "preserve")
        for unit in file.units:
            _write_unit(etree.SubElement(made, tag("unit"), id=unit.name), unit)
    _indent(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def tag(name: str) -> str:
    """The full name of an element."""
    return f"{{{NAMESPACE}}}{name}"


def _write_unit(made: etree._Element, unit: Unit) -> None:
    if unit.notes:
        notes = etree.SubElement(made, tag("notes"))
        for note in unit.notes:
            _words(etree.SubElement(notes, tag("note"), category=note.category), note.text, codes=False)
    data = _Data(made)
    for number, segment in enumerate(unit.segments, start=1):
        state = "initial" if segment.target is None else "final"
        one = etree.SubElement(made, tag("segment"), id=f"s{number}", state=state)
        _write_tokens(etree.SubElement(one, tag("source")), segment.source, data)
        if segment.target is not None:
            _write_tokens(etree.SubElement(one, tag("target")), segment.target, data)


class _Data:
    """The Markdown of a unit's codes, each once."""

    def __init__(self, unit: etree._Element) -> None:
        self._unit = unit
        self._holder: etree._Element | None = None
        self._names: dict[tuple[str, int], str] = {}

    def name(self, mark: Mark) -> str:
        """The id under which a code's Markdown is kept."""
        if mark.name not in self._names:
            if self._holder is None:
                self._holder = etree.Element(tag("originalData"))
                first = next(self._unit.iterchildren(tag("segment")))
                self._unit.insert(self._unit.index(first), self._holder)
            self._names[mark.name] = f"d{len(self._names) + 1}"
            data = etree.SubElement(self._holder, tag("data"), id=self._names[mark.name])
            _words(data, mark.data)
        return self._names[mark.name]


def _write_tokens(parent: etree._Element, tokens: Sequence[Token], data: _Data) -> None:
    inside = [parent]
    for token in tokens:
        if isinstance(token, str):
            _words(inside[-1], token)
        elif token.sort == ALONE:
            etree.SubElement(inside[-1], tag("ph"), id=str(token.number), dataRef=data.name(token))
        elif token.sort == OPEN:
            made = etree.SubElement(
                inside[-1], tag("pc"), id=str(token.number), dataRefStart=data.name(token)
            )
            inside.append(made)
        else:
            inside.pop().set("dataRefEnd", data.name(token))


def _words(parent: etree._Element, text: str, *, codes: bool = True) -> None:
    """Append words; a sign that XML has no way to write becomes a <cp>, or nothing in a note."""
    at = 0
    for match in _UNWRITABLE.finditer(text):
        _append(parent, text[at : match.start()])
        if codes:
            etree.SubElement(parent, tag("cp"), hex=f"{ord(match[0]):04X}")
        at = match.end()
    _append(parent, text[at:])


def _append(parent: etree._Element, text: str) -> None:
    if not text:
        return
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _indent(root: etree._Element) -> None:
    """Lines for people, but not among the words."""
    for parent in root.iter(*map(tag, ("xliff", "file", "unit", "notes", "originalData", "segment"))):
        depth = sum(1 for _ in parent.iterancestors())
        parent.text = "\n" + "  " * (depth + 1)
        for child in parent:
            child.tail = "\n" + "  " * (depth + 1)
        if len(parent):
            parent[-1].tail = "\n" + "  " * depth
