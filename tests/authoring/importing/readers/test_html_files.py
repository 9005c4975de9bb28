"""HTML pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.importing.sources import read, write

PAGE = """<!doctype html><html lang="sv"><head><meta charset="utf-8"><title>Byt lösenord - Halmar hjälp</title>
<meta name="description" content="Så byter du."><meta name="keywords" content="wifi, lösenord"></head>
<body><nav><a href="/">Hem</a></nav><main><h1>Byt lösenord</h1>
<p>Öppna <a href="../router-lights.html#wps">listan</a>.</p>
<h2>Sedan</h2><img src="i.png" alt="Lampa"><script>track()</script></main><footer>Om oss</footer></body></html>"""


def test_a_page_is_read_without_what_stands_around_it(tmp_path: Path) -> None:
    write(tmp_path / "wifi" / "change-password.html", PAGE)
    write(tmp_path / "wifi" / "i.png", b"\x89PNG\r\n\x1a\n")
    article = read(tmp_path).article
    assert (article.key, article.language, article.title) == ("change-password", "sv", "Byt lösenord")
    assert (article.summary, article.tags) == ("Så byter du.", ("wifi", "lösenord"))
    assert article.body == "Öppna [listan](kb:router-lights#wps).\n\n## Sedan\n\n![Lampa](attachment:i.png)"


@pytest.mark.parametrize(
    ("head", "body", "title", "markdown"),
    [
        ("<title>Only title</title>", "<p>x</p>", "Only title", "x"),
        ("", "<h1>Only heading</h1><p>x</p>", "Only heading", "x"),
        ("<title>Site</title>", "<h1>Heading</h1><h2>Sub</h2><p>x</p>", "Site", "## Heading\n\n### Sub\n\nx"),
        ("<title>A</title>", "<h1>A</h1><p>x</p><h1>B</h1><p>y</p>", "A", "x\n\n## B\n\ny"),
    ],
)
def test_the_title_is_the_pages_or_its_first_heading(
    tmp_path: Path, head: str, body: str, title: str, markdown: str
) -> None:
    write(tmp_path / "a.html", f'<html lang="en"><head>{head}</head><body>{body}</body></html>')
    article = read(tmp_path).article
    assert (article.title, article.body) == (title, markdown)


def test_the_files_name_says_the_language_where_it_can(tmp_path: Path) -> None:
    write(tmp_path / "router.hu.html", '<html lang="en"><title>T</title><body>x</body></html>')
    article = read(tmp_path).article
    assert (article.key, article.language) == ("router", "hu")


@pytest.mark.parametrize(
    "text", ["", "<title></title>", "no tags at all", "<html lang='en'><body></body></html>"]
)
def test_a_page_without_title_or_language_is_a_fault(tmp_path: Path, text: str) -> None:
    write(tmp_path / "a.html", text)
    assert read(tmp_path).fault.field in {"title", "language"}


def test_the_encoding_that_the_page_declares_is_used(tmp_path: Path) -> None:
    page = '<html lang="hu"><head><meta charset="iso-8859-2"><title>Űrlap</title></head><body>Őrült</body></html>'
    write(tmp_path / "a.html", page.encode("iso-8859-2"))
    assert (read(tmp_path).article.title, read(tmp_path).article.body) == ("Űrlap", "Őrült")


def test_a_map_can_name_what_meta_tags_say(tmp_path: Path) -> None:
    write(
        tmp_path / "a.html",
        '<html lang="en"><title>T</title><meta name="docid" content="KB7"><body>x</body></html>',
    )
    rules = {"source": {"format": "html"}, "fields": {"key": "docid"}, "defaults": {"audience": "public"}}
    article = read(tmp_path, rules=rules).article
    assert (article.key, article.audience) == ("kb7", "public")
