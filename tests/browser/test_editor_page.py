"""The editing page as an author meets it: the script of `static/authoring` and the server together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.editing import markdown, words
from tests.browser.screens import NARROW, WIDE, barriers, log_in, overflows

PICTURE = Path(__file__).parents[2] / "demo" / "articles" / "router-lights" / "lights.png"


def opened(page: Page, key: str, language: str = "en") -> Page:
    """Open the editing page of an article from its page on the portal, and wait for its script."""
    page.goto(f"/help/{language}/key/{key}")
    page.locator(f".article-head a[href*='/authoring/articles/'][href$='/{language}']").click()
    page.wait_for_selector("#edit[data-ready]")
    return page


@pytest.fixture
def editor(page: Page) -> Iterator[Page]:
    """An article of the demonstration, opened by its author, whose changes are discarded at the end."""
    log_in(page, "author")
    yield opened(page, "speed-test")
    discard(page)


def discard(page: Page) -> None:
    """Throw away what was changed."""
    with page.expect_navigation():
        page.locator("button[value=discard]").click()


def write(page: Page, keys: str) -> None:
    page.locator(".ProseMirror").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(keys)


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_has_no_barriers_and_fits_the_screen(editor: Page, size: ViewportSize) -> None:
    editor.set_viewport_size(size)
    expect(editor.locator(".ProseMirror")).to_be_visible()
    assert barriers(editor) == []
    assert not overflows(editor)


def test_the_server_knows_every_word_of_the_script(editor: Page) -> None:
    given = json.loads(editor.locator("#edit").get_attribute("data-words") or "{}")
    assert words().keys() <= given.keys()
    for key, sentence in words().items():
        assert set(re.findall(r"{\w+}", given[key])) == set(re.findall(r"{\w+}", sentence)), key


def test_what_is_typed_is_there_after_a_crash(editor: Page, browser: Browser, live_server: str) -> None:
    before = markdown(editor)
    write(editor, " And one more thing.")
    saved(editor)
    elsewhere = browser.new_context(base_url=live_server).new_page()
    log_in(elsewhere, "author")
    opened(elsewhere, "speed-test")
    assert markdown(elsewhere) == before + " And one more thing."
    elsewhere.context.close()


def test_a_link_leads_to_an_article_that_the_search_found(editor: Page) -> None:
    write(editor, " See ")
    editor.keyboard.press("Control+k")
    editor.keyboard.type("PUK")
    editor.get_by_role("dialog").get_by_role("button", name="PUK").first.click()
    assert "(kb:puk-code)" in markdown(editor)
    editor.locator(".toolbar-modes button").last.click()
    expect(editor.locator("#preview a", has_text="PUK")).to_be_visible()


def test_an_image_is_added_and_shown(editor: Page) -> None:
    write(editor, "\n")
    with editor.expect_file_chooser() as chosen:
        editor.get_by_role("toolbar").get_by_role("button").nth(9).click()
    chosen.value.set_files(PICTURE)
    image = editor.locator(".ProseMirror .picture img")
    expect(image).to_have_attribute("src", re.compile("^/files/"))
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1


def test_two_authors_see_each_other(editor: Page, browser: Browser, live_server: str) -> None:
    other = browser.new_context(base_url=live_server).new_page()
    log_in(other, "admin")
    opened(other, "speed-test")
    write(other, "!")
    saved(other)
    write(editor, "?")
    expect(editor.locator("#presence span")).not_to_have_text("")
    discard(other)
    other.context.close()


def test_saving_in_the_visual_mode_changes_only_what_was_touched(page: Page) -> None:
    log_in(page, "author")
    opened(page, "router-setup")
    before = markdown(page)
    write(page, " Done.")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    page.wait_for_selector("#edit[data-ready]")
    assert markdown(page) == before + " Done."
    assert page.evaluate("localStorage.length") == 0
