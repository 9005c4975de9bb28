"""Cases in a real browser: the queue by keys, guided help that becomes a case, and the eyes of axe-core."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.screens import NARROW, PATIENCE_MS, barriers, log_in, overflows

TYPE = "mobile-service"
STATUS = "#main [role=status]"


def test_guided_help_that_worked_becomes_a_case_and_is_decided_by_keys(
    page: Page, browser: Browser, live_server: str
) -> None:
    log_in(page, "agent")
    for number in (1, 2, 3):
        page.goto(f"/cases/new?type={TYPE}")
        page.get_by_label("Problem", exact=True).fill(f"No signal in the cellar {number}")
        page.get_by_label("What to do").fill(f"Go to the window {number}.")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(STATUS)).to_contain_text("somebody else confirms it")
    page.goto("/assist/guided/")
    page.locator("textarea[name=text]").fill("No service abroad since yesterday")
    with page.expect_navigation():
        page.locator(".matter button").first.click()
    if page.get_by_role("button", name="Show me the best three").count():
        with page.expect_navigation():
            page.get_by_role("button", name="Show me the best three").click()
    page.get_by_role("button", name="This worked").first.click()
    page.get_by_role("link", name="Keep as a case").click()
    expect(page.get_by_label("Problem", exact=True)).to_have_value("No service abroad since yesterday")
    assert barriers(page) == []
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    expect(page.locator(STATUS)).to_be_visible()

    other = browser.new_context(base_url=live_server)
    desk = other.new_page()
    desk.set_default_timeout(PATIENCE_MS)
    log_in(desk, "reviewer")
    desk.goto(f"/cases/review?type={TYPE}")  # what other tests bring in waits as well
    expect(desk.locator(".review-name")).to_have_text("No signal in the cellar 1")
    with desk.expect_navigation():
        desk.keyboard.press("c")
    expect(desk.locator(STATUS)).to_have_text("The case is confirmed.")
    expect(desk.locator(".review-name")).to_have_text("No signal in the cellar 2")
    desk.keyboard.press("r")
    expect(desk.locator("#reason")).to_be_focused()
    desk.keyboard.type("Two at once")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    expect(desk.locator(STATUS)).to_contain_text("The case is retired")
    expect(desk.locator(".review-name")).to_have_text("No signal in the cellar 3")
    desk.keyboard.press("b")
    expect(desk.locator("#reason")).to_be_focused()
    desk.keyboard.type("Which window?")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    expect(desk.locator(STATUS)).to_contain_text("went back")
    assert barriers(desk) == []
    other.close()


def test_the_nearest_cases_are_found_without_a_script(browser: Browser, live_server: str) -> None:
    context = browser.new_context(base_url=live_server, viewport=NARROW, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    log_in(page, "agent")
    page.goto(f"/cases/nearest?type={TYPE}")
    page.locator("textarea[name=text]").fill("abroad without service")
    page.locator(".nearest-form .button-primary").click()
    expect(page.locator(".nearest-list > li").first.locator(".reasons tbody tr").first).to_be_visible()
    context.close()


def test_no_page_of_cases_has_barriers_or_is_too_wide(page: Page) -> None:
    log_in(page, "specialist")
    page.set_viewport_size(NARROW)
    page.goto("/cases/?state=confirmed")
    assert barriers(page) == []
    assert not overflows(page)
    with page.expect_navigation():
        page.locator(".cases tbody a").first.click()
    for opened in page.locator("#main details > summary").all():
        opened.click()
    assert barriers(page) == []
    assert not overflows(page)
    page.emulate_media(color_scheme="dark")
    for address in (
        "/cases/nearest?text=abroad",
        "/cases/review",
        f"/cases/new?type={TYPE}",
        "/cases/duplicates",
    ):
        page.goto(address)
        assert barriers(page) == [], address
        assert not overflows(page), address
