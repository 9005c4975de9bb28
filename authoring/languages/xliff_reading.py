"""XLIFF files that come back: read with distrust, and checked to the last code. Pure.

Nothing is taken but the words between the codes; the codes' Markdown is that of our own source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.parsers import expat

from lxml import etree

from authoring.languages.inline_codes import ALONE, CLOSE, OPEN, Mark, Token
from authoring.languages.xliff import NAMESPACE, Segment, tag
from kb.errors import N_, Invalid

READS = ("2.0", "2.1")
MOST_BYTES = 32 * 1024 * 1024
MOST_FAULTS = 100

_FAMILY = re.compile(r"urn:oasis:names:tc:xliff:document:(\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True)
class ReadSegment:
    """A segment of a file that came back; marks without their Markdown, which nobody believes."""

    line: int
    source: Sequence[Token]
    target: Sequence[Token] | None


@dataclass(frozen=True, slots=True)
class ReadUnit:
    """A unit of a file that came back."""

    line: int
    name: str
    segments: Sequence[ReadSegment]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that came back."""

    line: int
    name: str
    original: str
    units: Sequence[ReadUnit]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document that came back."""

    source_language: str
    target_language: str
    files: Sequence[ReadFile]


class Fault(NamedTuple):
    """What is wrong where.

    Args:
        line: of the file, counted from 1.
        place: the article and the unit, as far as they are known.
        reason: a sentence.
    """

    line: int
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.line}: {self.place}: {self.reason}" if self.place else f"{self.line}: {self.reason}"


class Refused(Invalid):
    """A file that cannot be taken; nothing of it was.

    Args:
        faults: all that was found, at most MOST_FAULTS.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)[:MOST_FAULTS]
        super().__init__({"file": self.faults[0].reason})


def read(data: bytes, most: int = MOST_BYTES) -> ReadDocument:
    """What a file says.

    Args:
        most: bytes that it may have.

    Raises:
        Refused: it is too large, no XML, declares entities, or is no XLIFF of a version that is read here.
    """
    if len(data) > most:
        raise Refused([Fault(1, "", N_("The file is larger than %(most)s MB.", most=most // 2**20))])
    _refuse_declarations(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused([Fault(error.lineno or 1, "", _no_xml(error.msg or ""))]) from error
    _check_version(root)
    files = [_read_file(one) for one in root.iterchildren(tag("file"))]
    return ReadDocument(root.get("srcLang", ""), root.get("trgLang", ""), files)


def _no_xml(reason: str) -> str:
    return N_("It cannot be read as XML: %(reason)s.", reason=reason)


def _refuse_declarations(data: bytes) -> None:
    """A document type can define entities that unfold to gigabytes or read other files: refused before it is read."""
    parser = expat.ParserCreate()

    def refuse(*_declared: object) -> None:
        raise Refused(
            [
                Fault(
                    parser.CurrentLineNumber,
                    "",
                    N_("It declares a document type (DTD), which is not allowed."),
                )
            ]
        )

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Refused([Fault(error.lineno, "", _no_xml(expat.ErrorString(error.code)))]) from error
    except (LookupError, ValueError) as error:
        raise Refused([Fault(1, "", _no_xml(str(error)))]) from error


def _check_version(root: etree._Element) -> None:
    name = etree.QName(root)
    family = _FAMILY.fullmatch(name.namespace or "")
    version = root.get("version") or (family[1] if family else "")
    if name.localname != "xliff" or family is None:
        raise Refused([Fault(root.sourceline or 1, "", N_("It is not an XLIFF file."))])
    if name.namespace != NAMESPACE or version not in READS:
        reason = N_(
            "It is XLIFF %(version)s; XLIFF %(known)s is needed.", version=version, known=" / ".join(READS)
        )
        raise Refused([Fault(root.sourceline or 1, "", reason)])


def _read_file(element: etree._Element) -> ReadFile:
    units = [_read_unit(one) for one in element.iter(tag("unit"))]
    return ReadFile(element.sourceline or 1, element.get("id", ""), element.get("original", ""), units)


def _read_unit(element: etree._Element) -> ReadUnit:
    segments = [_read_segment(one) for one in element.iterchildren(tag("segment"))]
    return ReadUnit(element.sourceline or 1, element.get("id", ""), segments)


def _read_segment(element: etree._Element) -> ReadSegment:
    source, target = element.find(tag("source")), element.find(tag("target"))
    return ReadSegment(
        element.sourceline or 1,
        tuple(_joined(_tokens(source))) if source is not None else (),
        tuple(_joined(_tokens(target))) if target is not None else None,
    )


def _tokens(element: etree._Element) -> Iterator[Token]:
    yield element.text or ""
    for child in element:
        yield from _child(child)
        yield child.tail or ""


def _child(child: etree._Element) -> Iterator[Token]:
    name = etree.QName(child).localname if isinstance(child.tag, str) else ""
    match name:
        case "cp":
            yield _sign(child.get("hex", ""))
        case "ph":
            yield Mark(ALONE, _number(child.get("id")))
        case "pc":
            yield Mark(OPEN, _number(child.get("id")))
            yield from _tokens(child)
            yield Mark(CLOSE, _number(child.get("id")))
        case "sc":
            yield Mark(OPEN, _number(child.get("id")))
        case "ec":
            yield Mark(CLOSE, _number(child.get("startRef") or child.get("id")))
        case "mrk":
            yield from _tokens(child)
        case "sm" | "em":
            pass
        case _:
            yield Mark(ALONE, 0)  # nothing that was sent out: it is found missing there


def _sign(code: str) -> str:
    value = int(code, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,6}", code) else 0xFFFD
    return chr(value) if value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else "\ufffd"


def _number(name: str | None) -> int:
    return int(name) if name is not None and re.fullmatch(r"[0-9]{1,9}", name) else 0


def _joined(tokens: Iterator[Token]) -> Iterator[Token]:
    words = ""
    for token in tokens:
        if isinstance(token, str):
            words += token
            continue
        if words:
            yield words
        words = ""
        yield token
    if words:
        yield words


def check(expected: Segment, found: ReadSegment, place: str) -> Iterator[Fault]:
    """What is wrong with a segment that came back: its source, its codes, or that there is no translation."""
    if _said(expected.source) != _said(found.source):
        yield Fault(found.line, place, N_("The source text in the file is not what was sent out."))
    if not _said(expected.source):
        return
    if found.target is None or not _said(found.target):
        yield Fault(found.line, place, N_("It has no translation."))
        return
    there = [token for token in found.target if isinstance(token, Mark)]
    for mark in (token for token in expected.source if isinstance(token, Mark)):
        count = sum(one.name == mark.name for one in there)
        if count != 1 and mark.sort != CLOSE:
            yield Fault(found.line, place, _miscounted(mark, count))
    known = {token.name for token in expected.source if isinstance(token, Mark)}
    if any(one.name not in known for one in there):
        yield Fault(found.line, place, N_("It has a code that was not sent out."))
    elif not _is_nested(there):
        yield Fault(found.line, place, N_("Its codes begin and end in another order than they may."))


def _miscounted(mark: Mark, count: int) -> str:
    values = {"number": mark.number, "code": mark.data[:60]}
    if count == 0:
        return N_("The code %(number)s (%(code)s) is missing.", **values)
    return N_("The code %(number)s (%(code)s) is there more than once.", **values)


def _said(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Words and the names of marks, whatever blanks a tool put between the words."""
    return tuple(
        " ".join(token.split()) if isinstance(token, str) else f"\0{token.sort}{token.number}"
        for token in tokens
        if not isinstance(token, str) or token.strip()
    )


def _is_nested(found: Sequence[Mark]) -> bool:
    inside: list[int] = []
    for mark in found:
        if mark.sort == OPEN:
            inside.append(mark.number)
        elif mark.sort == CLOSE and (not inside or inside.pop() != mark.number):
            return False
    return not inside


def filled(expected: Segment, found: ReadSegment) -> str:
    """The translation of a segment that `check` let pass, with the Markdown of its own source's codes."""
    data = {token.name: token.data for token in expected.source if isinstance(token, Mark)}
    return "".join(token if isinstance(token, str) else data[token.name] for token in found.target or ())
