"""What a page says, and which pages may be read."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.fetching import Unusable
from search.federation.extraction import LONGEST_PAGE, page_text
from search.federation.replies import language_of, link, words_of
from search.federation.sitemaps import Robots, sitemap_of

PAGE = """<!doctype html><html lang="hu-HU"><head><title>Router – Example</title><style>a{}</style></head><body>
<header>Logo</header><nav>Home</nav><div id="content"><h1>Lefagyott <em>router</em></h1>
<p>Tartsd nyomva a <b>gombot</b>.</p><ul><li>Egy</li><li>Kettő</li></ul><script>alert(1)</script>
<form>Write to us</form></div><aside>More</aside><footer>© Example</footer></body></html>"""


def test_a_page_is_its_heading_and_its_main_text() -> None:
    found = page_text(PAGE.encode())
    assert (found.title, found.language) == ("Lefagyott router", "hu")
    assert found.text == "Tartsd nyomva a gombot.\nEgy\nKettő"


def test_without_a_heading_the_title_is_the_title() -> None:
    assert page_text(b"<title>A &amp; B</title><p>x").title == "A & B"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-2", "windows-1251", "no-such-thing", ""])
def test_pages_are_read_in_the_encoding_they_are_written_in(charset: str) -> None:
    text = "Привет" if charset == "windows-1251" else "Árvíztűrő"
    codec = charset if charset in {"iso-8859-2", "windows-1251"} else "utf-8"
    assert page_text(f"<main><p>{text}</p></main>".encode(codec), charset).text == text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0",
        b"<",
        b"<?xml version='1.0'?><html><body>x</body></html>",
        b"<div>" * 20_000 + b"x",
        b"<p>" + b"x" * 200_000,
    ],
)
def test_whatever_a_page_looks_like_it_has_a_text(body: bytes) -> None:
    assert len(page_text(body).text) <= LONGEST_PAGE


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: f"<main>{text}".encode("utf-8", "replace"))
)
def test_no_bytes_break_it_and_the_text_can_be_stored(body: bytes) -> None:
    found = page_text(body)
    for text in (found.title, found.text):
        assert "\0" not in text
        text.encode()


@given(st.binary(max_size=300))
def test_no_bytes_are_a_sitemap_by_accident(body: bytes) -> None:
    try:
        found = sitemap_of(body, "https://x.example/sitemap.xml")
    except Unusable:
        return
    assert found.pages == ()


@given(st.text(max_size=100))
def test_a_link_is_one_that_a_reader_can_follow(address: str) -> None:
    found = link("https://x.example/a", address)
    if found:
        assert urlsplit(found).scheme in {"http", "https"}
        assert urlsplit(found).hostname


@given(st.text(max_size=300), st.sampled_from(["en", "hu", "sv", "ru", "xx"]))
def test_what_goes_out_is_short_and_one_line(question: str, language: str) -> None:
    said = words_of(question, language)
    assert len(said) <= 200
    assert said == said.strip()
    assert "\n" not in said


@given(st.text(max_size=40))
def test_a_language_is_one_or_none(code: str) -> None:
    assert len(language_of(code)) <= 3


def test_a_rule_for_us_goes_before_one_for_everybody() -> None:
    robots = Robots("User-agent: *\nDisallow: /\nCrawl-delay: 99\n\nUser-agent: kalauz\nDisallow: /private\n")
    assert robots.allows("https://x.example/a")
    assert not robots.allows("https://x.example/private/a")
    assert robots.pause_s(1) == 1
    assert Robots("User-agent: *\nCrawl-delay: 99").pause_s(1) == 10
    assert Robots("").allows("https://x.example/")


@given(st.text(max_size=200))
def test_no_robots_txt_breaks_it(text: str) -> None:
    Robots(text).allows("https://x.example/a")
    assert Robots(text).pause_s(1) <= 10
