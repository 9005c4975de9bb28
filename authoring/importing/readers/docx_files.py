"""DOCX: one article a document, read by mammoth; pictures inside it come along."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup

from authoring.importing.mapping import Raw
from authoring.importing.maps import ImportMap
from authoring.importing.pictures import Pictures
from authoring.importing.readers.files import SourceFile, identify
from authoring.importing.readers.html_files import HEADINGS, below_the_title
from authoring.importing.records import Fault, Place
from kb.errors import TooLarge

LARGEST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 2000
STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


def raws(file: SourceFile, _rules: ImportMap) -> Iterator[Raw | Fault]:
    """The one article of a document: title from its first heading, else from the file's name."""
    place = Place(str(file.path))
    pictures = file.pictures()
    try:
        _check(file)
        soup = BeautifulSoup(_html(file, pictures), "html.parser")
    except (TooLarge, OSError):
        raise
    except Exception as error:  # mammoth lets through whatever it meets in a broken document
        yield Fault(
            place, "file", f"is not a document that can be read: {type(error).__name__}, {error}"[:300]
        )
        return
    key, language = identify(file.relative)
    heading = soup.find(HEADINGS)
    title = heading.get_text(" ", strip=True) if heading else ""
    if heading and title:
        heading.decompose()
    for picture in soup("img", src=False):
        picture.decompose()
    known = {"key": key, "language": language or "", "title": title or key, "body": below_the_title(soup)}
    yield Raw(place, {}, known, "html", pictures, file.sibling)


def _check(file: SourceFile) -> None:
    """Look at the sizes that the archive declares before anything is unpacked; zipfile never reads more.

    Raises:
        TooLarge: it would unpack to more than anybody writes.
        ValueError: a part defines entities, which no word processor does.
    """
    with zipfile.ZipFile(file.path) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise TooLarge(f"unpacks to more than {LARGEST_UNPACKED // 2**20} MB or {MOST_PARTS} parts")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")) and _has_doctype(archive.read(part)):
                raise ValueError(f"{part.filename} has a document type")


def _has_doctype(data: bytes) -> bool:
    return any("<!DOCTYPE".encode(encoding) in data for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def _html(file: SourceFile, pictures: Pictures) -> str:
    import mammoth  # type: ignore[import-untyped]  # noqa: PLC0415 - large, untyped, and only needed here

    def keep(picture: Any) -> dict[str, str]:
        with picture.open() as opened:
            address = pictures.add(opened.read(), picture.content_type or "")
        return {"src": address} if address else {}

    with file.path.open("rb") as opened:
        options = {"convert_image": mammoth.images.img_element(keep), "style_map": STYLES}
        return str(mammoth.convert_to_html(opened, **options).value)
