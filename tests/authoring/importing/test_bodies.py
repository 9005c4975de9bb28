"""Bodies become Markdown: the words stay, links and pictures become ours."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.importing import bodies
from authoring.importing.pictures import Pictures
from kb import content
from tests.authoring.importing.sources import read_page

HTML_LINKS = {"links": {"pattern": r"^(?P<key>[a-z0-9-]+)\.html"}}


def links(address: str) -> str | None:
    return "wifi#slow" if address == "wifi.html#slow" else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[Wi-Fi](wifi.html#slow)", "[Wi-Fi](kb:wifi#slow)"),
        ('[Wi-Fi](wifi.html#slow "Slow")', '[Wi-Fi](kb:wifi#slow "Slow")'),
        ("[Wi-Fi](<wifi.html#slow>)", "[Wi-Fi](kb:wifi#slow)"),
        ("[Wi-Fi][w]\n\n[w]: wifi.html#slow", "[Wi-Fi][w]\n\n[w]: kb:wifi#slow"),
        ("[![light](l.png)](wifi.html#slow)", "[![light](l.png)](kb:wifi#slow)"),
        ("[Site](https://example.org/a_(b))", "[Site](https://example.org/a_(b))"),
        ("`[Wi-Fi](wifi.html#slow)`", "`[Wi-Fi](wifi.html#slow)`"),
        ("``a ` [Wi-Fi](wifi.html#slow)``", "``a ` [Wi-Fi](wifi.html#slow)``"),
        (
            "```\n[Wi-Fi](wifi.html#slow)\n```\n[W](wifi.html#slow)",
            "```\n[Wi-Fi](wifi.html#slow)\n```\n[W](kb:wifi#slow)",
        ),
        ("~~~\n[Wi-Fi](wifi.html#slow)", "~~~\n[Wi-Fi](wifi.html#slow)"),
        ("![A plan](<my plan.png>)", "![A plan](<my plan.png>)"),
    ],
)
def test_links_of_markdown_become_ours_but_not_in_code(before: str, after: str) -> None:
    assert bodies.from_markdown(before, links, Pictures()) == after


def test_links_of_html_become_ours() -> None:
    source = '<p>See <a href="wifi.html#slow">Wi-Fi</a> or <a href="https://example.org/">the site</a>.</p>'
    assert (
        bodies.from_html(source, links, Pictures())
        == "See [Wi-Fi](kb:wifi#slow) or [the site](https://example.org/)."
    )


def test_a_map_decides_which_addresses_are_articles(tmp_path: Path) -> None:
    body = '<a href="no-signal.html#start">Signal</a> <a href="https://example.org/x.html">x</a>'
    article = read_page(tmp_path, rules=HTML_LINKS, body=body, format="html").article
    assert article.body == "[Signal](kb:no-signal#start) [x](https://example.org/x.html)"


def test_links_that_are_ours_already_follow_the_spelling_of_keys(tmp_path: Path) -> None:
    assert read_page(tmp_path, body="[a](kb:KB001#Top)").article.body == "[a](kb:kb001#Top)"


def test_scripts_do_not_come_along(tmp_path: Path) -> None:
    body = "<p onclick='x()'>Words</p><script>alert(1)</script>"
    assert read_page(tmp_path, body=body, format="html").article.body == "Words"


def test_html_that_is_nested_beyond_reason_keeps_its_words_or_is_a_fault(tmp_path: Path) -> None:
    found = read_page(tmp_path, body="<div>" * 30_000 + "Words", format="html")
    assert found.faults or "Words" in found.article.body


def test_a_summary_is_plain_text_whatever_its_format(tmp_path: Path) -> None:
    rules = {"body": {"format": "html", "summary_format": "html"}}
    assert read_page(tmp_path, rules=rules, summary="<b>Fast</b> &amp; easy").article.summary == "Fast & easy"
    rules = {"body": {"format": "html"}}
    assert read_page(tmp_path, rules=rules, summary="5 * 3 * 2 <= 30").article.summary == "5 * 3 * 2 <= 30"


def test_plain_text_keeps_its_lines_and_paragraphs(tmp_path: Path) -> None:
    body = "Call 0800 550 550.\r\n\r\n1. Wait\r\n2. Speak\r\n\r\n\r\n# 3 is for help"
    article = read_page(tmp_path, body=body, format="text").article
    assert article.body == "Call 0800 550 550.\n\n1\\. Wait\\\n2\\. Speak\n\n\\# 3 is for help"


@given(st.lists(st.text(st.sampled_from("ab1 .)#>+-=:~`*_[]()<>!|&;\\{}\"'é$/^@"), max_size=12), max_size=5))
def test_plain_text_shows_the_same_characters(lines: list[str]) -> None:
    shown = content.render(bodies.from_text("\n".join(lines))).html
    words = html.unescape(re.sub(r"<[^>]*>", "", shown))
    assert "".join(words.split()) == "".join("".join(lines).split())
