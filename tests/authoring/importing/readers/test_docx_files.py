"""DOCX documents, made here by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from authoring.importing.readers import docx_files
from tests.authoring.importing.sources import read, write

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = f"""<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="png" ContentType="image/png"/><Default Extension="emf" ContentType="image/x-emf"/></Types>"""
ROOT = f"""<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument"
Target="word/document.xml"/></Relationships>"""
STYLES = f"""<w:styles {W}><w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style></w:styles>"""


def heading(text: str, style: str = "H1") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def words(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def picture(relation: str, how: str = "embed") -> str:
    names = (
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
    )
    return f"""<w:p><w:r><w:drawing><wp:inline {names}><wp:docPr id="1" name="p" descr="A light"/><a:graphic>
    <a:graphicData><pic:pic><pic:blipFill><a:blip r:{how}="{relation}"/></pic:blipFill></pic:pic></a:graphicData>
    </a:graphic></wp:inline></w:drawing></w:r></w:p>"""


def docx(path: Path, body: str, *, relations: str = "", parts: dict[str, bytes] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    styles = f'<Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/>'
    whole = {
        "[Content_Types].xml": TYPES.encode(),
        "_rels/.rels": ROOT.encode(),
        "word/document.xml": f"<w:document {W} {R}><w:body>{body}</w:body></w:document>".encode(),
        "word/styles.xml": STYLES.encode(),
        "word/_rels/document.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">{styles}{relations}</Relationships>'.encode()
        ),
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in whole.items():
            archive.writestr(name, data)
    return path


def test_a_document_is_read_with_the_first_heading_as_its_title(tmp_path: Path) -> None:
    body = heading("Call back") + words("Write it down.") + heading("Then") + words("Call.")
    docx(tmp_path / "call-back.hu.docx", body)
    article = read(tmp_path).article
    assert (article.key, article.language, article.title) == ("call-back", "hu", "Call back")
    assert article.body == "Write it down.\n\n## Then\n\nCall."


def test_a_title_in_the_title_style_counts_as_the_first_heading(tmp_path: Path) -> None:
    docx(tmp_path / "a.en.docx", heading("The title", "Title") + heading("First") + words("x"))
    article = read(tmp_path).article
    assert (article.title, article.body) == ("The title", "## First\n\nx")


def test_a_document_without_headings_is_called_like_its_file(tmp_path: Path) -> None:
    docx(tmp_path / "Late fees" / "en.docx", words("Five euros."))
    article = read(tmp_path).article
    assert (article.key, article.title, article.body) == ("late-fees", "Late fees", "Five euros.")


def test_pictures_come_along(tmp_path: Path) -> None:
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/image" Target="media/{name}"/>'
        for number, name in ((7, "light.png"), (8, "old.emf"))
    )
    parts = {"word/media/light.png": PNG, "word/media/old.emf": b"emf"}
    body = heading("T") + picture("rId7") + words("between") + picture("rId8")
    docx(tmp_path / "a.en.docx", body, relations=relations, parts=parts)
    found = read(tmp_path)
    (article,) = found.articles
    assert article.body == "![A light](attachment:image-1.png)\n\nbetween"
    assert [(image.name, image.media_type, image.data) for image in article.images] == [
        ("image-1.png", "image/png", PNG)
    ]
    assert [(fault.kept, "image/x-emf" in fault.reason) for fault in found.faults] == [(True, True)]


def test_a_picture_outside_of_the_document_is_not_read(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.png", PNG)
    relation = (
        f'<Relationship Id="rId7" Type="{OFFICE}/image" Target="file://{secret}" TargetMode="External"/>'
    )
    path = docx(
        tmp_path / "docs" / "a.en.docx",
        heading("T") + words("x") + picture("rId7", "link"),
        relations=relation,
    )
    found = read(path)
    assert [article.images for article in found.articles] in ([], [()])


@pytest.mark.parametrize("size", [70 * 1024 * 1024])
def test_a_document_that_unpacks_beyond_measure_is_refused_before_it_is_unpacked(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = docx(tmp_path / "a.en.docx", words("x"), parts={"word/bomb.bin": b"\0" * size})
    assert path.stat().st_size < size / 500
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was unpacked"))
    assert "unpacks to more than 64 MB" in read(path).fault.reason


def test_a_document_of_too_many_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_files, "MOST_PARTS", 5)
    path = docx(tmp_path / "a.en.docx", words("x"), parts={"word/more.xml": b"<x/>"})
    assert "5 parts" in read(path).fault.reason


def test_a_document_that_defines_entities_is_refused(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'
    path = docx(tmp_path / "a.en.docx", words("x"), parts={"word/footnotes.xml": bomb})
    assert "word/footnotes.xml has a document type" in read(path).fault.reason


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04broken"])
def test_what_is_no_document_is_a_fault(tmp_path: Path, data: bytes) -> None:
    fault = read(write(tmp_path / "a.en.docx", data)).fault
    assert (fault.field, "cannot be read" in fault.reason or "can be read" in fault.reason) == ("file", True)


@pytest.mark.parametrize("part", ["word/document.xml", "_rels/.rels", "word/styles.xml"])
def test_a_document_with_a_broken_part_is_a_fault(tmp_path: Path, part: str) -> None:
    path = docx(tmp_path / "a.en.docx", words("x"), parts={part: b"<w:broken"})
    assert read(path).fault.field == "file"


def test_an_archive_without_a_document_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.en.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "x")
    assert read(path).fault.field == "file"
