"""HTML: one article a page; what stands around the article (navigation, header, footer) is left out."""

from __future__ import annotations

from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Tag

from authoring.importing.mapping import Raw
from authoring.importing.maps import ImportMap, Source
from authoring.importing.readers.files import SourceFile, identify
from authoring.importing.records import Fault, Place

AROUND = ("script", "style", "template", "noscript", "nav", "header", "footer", "aside", "form")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def raws(file: SourceFile, rules: ImportMap) -> Iterator[Raw | Fault]:
    """The one article of a page: <title> or <h1>, <html lang>, the rest from <meta>."""
    encoding = None if rules.source.encoding == Source.encoding else rules.source.encoding
    soup = BeautifulSoup(file.data(), "html.parser", from_encoding=encoding)
    main = soup.find("main") or soup.find("article") or soup.body or soup
    for tag in main(AROUND):
        tag.decompose()
    key, language = identify(file.relative, str(soup.html.get("lang") or "") if soup.html else "")
    known: dict[str, object] = {
        "key": key,
        "language": language or "",
        "title": _title(soup, main),
        "summary": _meta(soup, "description"),
        "tags": _meta(soup, "keywords"),
    }
    known["body"] = below_the_title(main)
    yield Raw(Place(str(file.path), 1), _named(soup), known, "html", file.pictures(), file.sibling)


def below_the_title(main: Tag) -> str:
    """The HTML with headings from the second level on: the first level is the article's title."""
    if main.find("h1"):
        for heading in main(HEADINGS):
            heading.name = f"h{min(int(heading.name[1]) + 1, 6)}"
    return main.decode_contents()


def _title(soup: BeautifulSoup, main: Tag) -> str:
    """<title> without the site's name that often follows; the heading that says the same leaves the body."""
    heading = main.find("h1")
    shown = heading.get_text(" ", strip=True) if heading else ""
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    if heading and shown and (not title or shown.casefold() in title.casefold()):
        heading.decompose()
        return shown
    return title


def _meta(soup: BeautifulSoup, name: str) -> str:
    tag = soup.find("meta", attrs={"name": name})
    return str(tag.get("content") or "") if tag else ""


def _named(soup: BeautifulSoup) -> dict[str, object]:
    """All <meta name content>, for maps that name them."""
    tags = soup("meta", attrs={"name": True, "content": True})
    return {str(tag["name"]): str(tag["content"]) for tag in tags}
