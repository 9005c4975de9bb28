"""Guided help in a real browser: by keys alone, without a script, on a phone, and with the eyes of axe-core."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.screens import NARROW, PATIENCE_MS, WIDE, barriers, log_in, overflows

GUIDE = "internet-down"
STEP = "#step-head"


def begin(page: Page, where: str = "/help/en/guided/") -> None:
    """Start the guide about the internet."""
    page.goto(where)
    with page.expect_navigation():
        page.locator(f"form:has(input[value={GUIDE}]) button").click()
    page.locator(STEP).wait_for()


def press(page: Page, digit: str) -> None:
    """Answer by a key, and wait until the next step takes keys."""
    with page.expect_navigation():
        page.keyboard.press(digit)


def test_digits_answer_and_zero_does_not_know(page: Page) -> None:
    begin(page)
    expect(page.locator(STEP)).to_have_text("Is the Power light on your router lit?")
    expect(page.locator(STEP)).to_be_focused()
    press(page, "2")
    expect(page.locator(STEP)).to_have_text("Does it light up in another socket?")
    expect(page.locator(STEP)).to_be_focused()
    press(page, "2")
    expect(page.locator(".proposal h3")).to_have_text("The router or its adapter is broken")
    with page.expect_navigation():
        page.get_by_role("button", name="Back").click()
    expect(page.locator(STEP)).to_be_focused()
    press(page, "0")
    expect(page.locator(".answers li")).to_have_count(2)
    expect(page.locator(".answers li strong").last).to_have_text("I don't know")


def test_digits_are_digits_where_the_step_has_no_focus(page: Page) -> None:
    begin(page)
    page.locator(".site-bar input[name=q]").click()
    page.keyboard.type("2")
    expect(page.locator(".site-bar input[name=q]")).to_have_value("2")
    expect(page.locator(STEP)).to_have_text("Is the Power light on your router lit?")


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "phone"])
def test_it_works_without_a_script(browser: Browser, live_server: str, screen: object) -> None:
    context = browser.new_context(base_url=live_server, viewport=screen, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    begin(page)
    with page.expect_navigation():
        page.get_by_role("button", name="No, it is dark").click()
    expect(page.locator(STEP)).to_be_focused()
    page.get_by_role("button", name="No, it stays dark").click()
    page.get_by_role("button", name="This worked").click()
    expect(page.get_by_role("status")).to_contain_text("It helps to know")
    with page.expect_navigation():
        page.get_by_role("button", name="Take this back").click()
    page.locator(".answers a").first.click()
    page.get_by_role("button", name="Yes, it is lit").click()
    expect(page.locator(STEP)).to_have_text("What colour is the Internet light?")
    expect(page.locator(".notice")).to_contain_text("does not fit any more")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_it_has_barriers_or_is_too_wide(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size(NARROW)

    def look() -> None:
        assert barriers(page) == []
        assert not overflows(page)

    def opened(place: Locator) -> None:
        with page.expect_navigation():
            place.click()
        look()

    page.goto("/help/en/guided/")
    look()
    begin(page)
    look()
    opened(page.get_by_role("button", name="No, it is dark"))
    page.locator(".why summary").first.click()
    page.locator(".person summary").click()
    look()
    opened(page.locator(".answers a").first)
    opened(page.get_by_role("link", name="Leave it as it was"))
    opened(page.get_by_role("button", name="Show me the best three"))
    opened(page.get_by_role("button", name="This did not help").first)


def test_agents_do_it_in_the_work_area(page: Page) -> None:
    log_in(page, "agent")
    begin(page, "/assist/guided/")
    assert barriers(page) == []
    press(page, "1")
    expect(page.locator(STEP)).to_have_text("What colour is the Internet light?")
    expect(page.locator(STEP)).to_be_focused()
    press(page, "1")
    expect(page.locator(".answers li")).to_have_count(2)
    assert not overflows(page)


def test_a_guide_starts_from_its_article(page: Page) -> None:
    page.goto("/help/en/a/my-internet-is-not-working")
    page.get_by_role("button", name="Start the guide").click()
    expect(page.locator(STEP)).to_have_text("Is the Power light on your router lit?")
    expect(page.locator(".player-title")).to_have_text("My internet is not working")
