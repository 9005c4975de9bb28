"""What comes from other programs' clipboards is clean Markdown afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.editing import FakeServer, markdown, open_editor, paste

# What each program puts on the clipboard; Word: conditional comments, its own tags, lists as paragraphs with signs.
CLIPBOARDS = Path(__file__).parent / "clipboards"
FROM_WORD = """## Router changes

## Purpose

How to **change** a *router*, see [the maker](https://example.org/router) and chapter 2.

### Steps

1. Unplug it
   - first the power
2. Plug the new one in

- a point

| **Card** | **Price** |
|---|---|
| First<br>and second | 10\u00a0EUR |
| together |  |

A router"""


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("word.html", FROM_WORD),
        ("google_docs.html", "## Title\n\n**Bold** and *slanted*\n\n- One\n  - Two"),
        (
            "web_page.html",
            "Call us or [write](mailto:a@b.example).\n\n```sh\nls  -l\ncd\n```\n\n"
            "> said\n\n---\n\n`Esc` H2O a logo\n\nlayout only",
        ),
        ("<p>1</p><p>&nbsp;</p><p></p><p>2</p>", "1\n\n2"),
        ("<ol start=3><li>c<li>d</ol>", "3. c\n4. d"),
        ("<b>all</b> bold", "**all** bold"),
        (
            "<aside class='callout callout-tip'><p>Keep it</p></aside><p>x</p>",
            "Keep it\n\nx",
        ),
    ],
    ids=["Word", "Google Docs", "a web page", "empty paragraphs", "numbers", "words", "our own page"],
)
def test_pasted_html_becomes_clean_markdown(page: Page, html: str, written: str) -> None:
    open_editor(page, "", FakeServer())
    page.locator(".ProseMirror").click()
    paste(page, (CLIPBOARDS / html).read_text("utf-8") if html.endswith(".html") else html)
    assert markdown(page) == written


def test_pasting_in_the_middle_leaves_the_other_blocks_alone(page: Page) -> None:
    open_editor(page, "__before__\n\nhere\n\n__after__\n", FakeServer())
    page.locator(".ProseMirror p").nth(1).click()
    page.keyboard.press("End")
    paste(page, "<h2>New</h2><p>words</p>")
    assert markdown(page).startswith("__before__\n\nhere")
    assert markdown(page).endswith("words\n\n__after__\n")


def test_what_is_copied_in_the_editor_is_pasted_whole(page: Page) -> None:
    body = "> [!TIP]\n> Keep {{snippet:x}}\n\n## Title {#id}\n\n- [x] done\n\n![a](attachment:12)\n"
    open_editor(page, body, FakeServer())
    page.locator(".ProseMirror").click()
    page.keyboard.press("Control+a")
    copied = page.evaluate(
        """() => {
            const data = new DataTransfer();
            const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
            document.querySelector(".ProseMirror").dispatchEvent(event);
            return data.getData("text/html");
        }"""
    )
    page.keyboard.press("Delete")
    assert markdown(page).strip() == ""
    paste(page, copied)
    assert markdown(page) == body


def test_an_address_pasted_over_words_links_them(page: Page) -> None:
    open_editor(page, "word\n", FakeServer())
    page.locator(".ProseMirror p").dblclick(position={"x": 12, "y": 10})
    page.wait_for_function("getSelection().toString().trim() === 'word'")
    page.wait_for_timeout(100)  # the editor reads the selection a moment after the browser has it
    paste(page, "", "https://example.org/")
    assert markdown(page) == "[word](https://example.org/)\n"


def test_plain_text_stays_text(page: Page) -> None:
    open_editor(page, "", FakeServer())
    page.locator(".ProseMirror").click()
    paste(page, "", "a *star*\nnext line\n\n# no heading")
    assert markdown(page) == "a \\*star\\*\n\nnext line\n\n\\# no heading"


def test_a_picture_beside_pasted_words_is_not_uploaded(page: Page) -> None:
    server = FakeServer()
    open_editor(page, "", server)
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/html", "<p>words</p>");
            data.items.add(new File(["x"], "image.png", { type: "image/png" }));
            const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            document.querySelector(".ProseMirror").dispatchEvent(event);
        }"""
    )
    expect(page.locator(".ProseMirror p").first).to_have_text("words")
    assert server.uploaded == []
