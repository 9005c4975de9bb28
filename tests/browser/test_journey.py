"""From a blank page to every reader: a standard is written, approved twice, translated, and falls out of step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.screens import PATIENCE_MS, WIDE, barriers, log_in

TITLE, TRANSLATED = "Lakossági kártérítés menete", "How we compensate customers"
As = Callable[[str], Page]


@pytest.fixture
def seen_by(browser: Browser, live_server: str) -> Iterator[As]:
    """Open a browser in which this part of the cast is logged in; "" for anybody."""
    opened = []

    def page_of(part: str) -> Page:
        context = browser.new_context(base_url=live_server, viewport=WIDE, locale="en-GB")
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        if part:
            log_in(page, part)
        return page

    yield page_of
    for context in opened:
        context.close()


def type_into(page: Page, words: str) -> None:
    """Write at the end of the text in the visual editor."""
    editor = page.locator("#visual .ProseMirror")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type(words)


def submit(page: Page) -> None:
    """Hand the text in."""
    page.get_by_role("button", name="Save and submit for review").click()
    page.get_by_text("It is with its reviewers now.").wait_for()


def approve(page: Page, title: str) -> None:
    """Take the text from the desk and approve it."""
    page.goto("/authoring/")
    with page.expect_navigation():
        page.get_by_role("link", name=title).first.click()
    assert barriers(page) == []
    with page.expect_navigation():
        page.get_by_role("button", name="Approve").click()


def in_source(page: Page, change: Callable[[str], str]) -> None:
    """Change the Markdown itself."""
    page.locator("#visual .ProseMirror").click()
    page.keyboard.press("Control+Shift+E")
    source: Locator = page.locator("textarea#body")
    source.fill(change(source.input_value()))


def test_a_standard_goes_from_a_blank_page_to_its_readers_and_its_translation_falls_out_of_step(
    seen_by: As,
) -> None:
    author, reviewer, supervisor, anybody = map(seen_by, ("author", "reviewer", "supervisor", ""))

    author.goto("/authoring/new")
    author.get_by_label("Title").fill(TITLE)
    author.get_by_label("Kind").select_option("standard")
    author.get_by_label("Language").select_option("hu")
    author.get_by_label("Topic").select_option(index=1)
    author.get_by_label("Audience").select_option("public")
    author.locator("main form .button-primary").click()
    author.wait_for_url(re.compile(r"/authoring/articles/\d+/hu"))
    here = author.url
    author.get_by_label("Summary").fill("Mikor és mennyit fizetünk vissza.")
    type_into(author, "A jóváírás legfeljebb 5000 Ft.")
    author.get_by_text("Draft saved").wait_for()
    assert barriers(author) == []
    submit(author)

    approve(reviewer, TITLE)
    assert anybody.goto("/help/hu/key/lakossagi-karterites-menete").status == 404  # type: ignore[union-attr]
    approve(supervisor, TITLE)
    anybody.goto("/help/hu/key/lakossagi-karterites-menete")
    anybody.get_by_role("heading", level=1, name=TITLE).wait_for()
    assert "legfeljebb 5000 Ft" in anybody.inner_text("main")

    author.goto(here.replace("/hu", "/en?from=hu"))
    author.get_by_label("Title").fill(TRANSLATED)
    type_into(author, "The credit is at most HUF 5000.")
    submit(author)
    for decider in (reviewer, supervisor):
        approve(decider, TRANSLATED)
    anybody.goto("/help/en/key/lakossagi-karterites-menete")
    anybody.get_by_role("heading", level=1, name=TRANSLATED).wait_for()
    stale = anybody.get_by_text("The original of this translation was changed since.")
    assert not stale.is_visible()

    author.goto(here)
    in_source(author, lambda text: text.replace("5000 Ft", "6000 Ft"))
    submit(author)
    for decider in (reviewer, supervisor):
        approve(decider, TITLE)
    anybody.reload()
    stale.wait_for()
    author.goto(here.replace("/hu", "/en?from=hu"))
    author.get_by_text("1 passage changed since this translation was made").wait_for()
