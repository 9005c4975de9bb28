"""The portal of the demonstration in a real browser: for everybody, on every screen, in four languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from tests.browser.screens import NARROW, WIDE, barriers, log_in, overflows

PAGES = {
    "sites": "/",
    "home": "/help/en/",
    "topics": "/help/en/topics/",
    "topic": "/help/en/topics/mobile",
    "faq": "/help/en/key/activate-sim",
    "guide": "/help/hu/key/no-signal",
    "wiki": "/help/sv/key/router-setup",
    "stale": "/help/ru/key/speed-test",
    "results": "/help/en/search?q=sim",
    "nothing": "/help/en/search?q=xyzzyq",
    "folder": "/help/en/folders/all-faqs",
    "tags": "/help/ru/tags/",
    "missing": "/help/en/a/no-such-article",
    "login": "/login",
    "api": "/api/",
}
LANGUAGES = ("en", "hu", "sv", "ru")
LARGEST_PAGE_BYTES = 50 * 1024
MOST_REQUESTS = 6
MOST_TABS = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element that fits the selector has the focus."""
    for _ in range(MOST_TABS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {selector}")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_barriers_and_fits_the_screen(page: Page, name: str, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    page.goto(PAGES[name])
    assert barriers(page) == []
    assert not overflows(page)


@pytest.mark.parametrize("name", ["home", "faq", "results", "login"])
def test_the_dark_scheme_has_no_barriers(page: Page, name: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(PAGES[name])
    assert barriers(page) == []


def test_somebody_finds_an_answer_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/help/hu/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    tab_to(page, "input[name=q]")
    page.keyboard.type("puk kód")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    assert "PUK" in page.locator(".result h2").first.inner_text()
    tab_to(page, ".result h2 a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/hu/a/*")
    assert "PUK" in page.locator("h1").inner_text()


@pytest.mark.parametrize(
    ("language", "question", "key"),
    [
        ("en", "my internet is down", "internet-down"),
        ("hu", "router fényei mit jelentenek", "router-lights"),
        ("sv", "förlorad telefon", "lost-or-stolen-phone"),
        ("ru", "как читать счёт", "read-your-invoice"),
    ],
)
def test_a_question_finds_its_article_in_each_language(
    page: Page, language: str, question: str, key: str
) -> None:
    page.goto(f"/help/{language}/key/{key}")
    wanted = page.url
    page.goto(f"/help/{language}/")
    page.locator(".search-box-large input[name=q]").fill(question)
    page.locator(".search-box-large button").click()
    page.wait_for_url("**/search?q=*")
    first = [link.get_attribute("href") or "" for link in page.locator(".result h2 a").all()[:3]]
    assert any(wanted.endswith(address) for address in first)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_interface_speaks_the_language_of_the_page(page: Page, language: str) -> None:
    words = {"en": "Search", "hu": "Keresés", "sv": "Sök", "ru": "Найти"}
    page.goto(f"/help/{language}/")
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator(".search-box-large button").inner_text() == words[language]


def test_the_language_menu_leads_to_the_same_article(page: Page) -> None:
    page.goto("/help/en/key/activate-sim")
    page.locator(".site-nav details.menu summary").first.click()
    page.locator(".site-nav a[hreflang=hu]").click()
    page.wait_for_url("**/help/hu/a/*")
    assert "SIM" in page.locator("h1").inner_text()
    assert page.locator(".notice", has_text="nem").count() == 0


def test_reading_searching_and_feedback_work_without_javascript(browser: Browser, live_server: str) -> None:
    context = browser.new_context(base_url=live_server, java_script_enabled=False, viewport=NARROW)
    page = context.new_page()
    page.goto("/help/sv/")
    page.locator(".search-box-large input[name=q]").fill("esim")
    page.locator(".search-box-large button").click()
    page.locator(".result h2 a").first.click()
    page.locator(".feedback label", has=page.locator("input[value=yes]")).click()
    page.locator(".feedback textarea").fill("Tack!")
    page.locator(".feedback button").click()
    page.wait_for_url("**#feedback")
    expect(page.locator(".feedback .notice-ok")).to_be_visible()
    context.close()


def test_an_article_is_light(page: Page) -> None:
    asked: dict[str, Request] = {}  # by address: the icon is the logo again

    def note(request: Request) -> None:
        asked[request.url] = request

    address = page.request.get("/help/en/key/puk-code").url
    page.on("requestfinished", note)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    sizes = [request.sizes() for request in asked.values()]
    weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    assert weight <= LARGEST_PAGE_BYTES
    assert len(asked) <= MOST_REQUESTS


def test_a_guide_is_walked_by_its_links(page: Page) -> None:
    page.goto("/help/en/key/no-signal")
    page.locator(".prose a[href^='#']").first.click()
    page.wait_for_url("**#*")
    target = page.evaluate("document.querySelector(decodeURIComponent(location.hash))?.tagName")
    assert target in {"H2", "H3"}


def test_staff_see_more_in_their_portal_than_customers(page: Page) -> None:
    page.goto("/inside/en/")
    assert "/login" in page.url
    log_in(page, "agent")
    page.goto("/inside/en/search?q=identify+caller")
    assert page.locator(".result").count() > 0
    with page.expect_navigation():
        page.locator(".result h2 a").first.click()
    assert barriers(page) == []


def test_a_customer_is_told_that_the_internal_site_is_not_for_them(page: Page) -> None:
    log_in(page, "outsider")
    assert page.goto("/inside/en/").status == 403  # type: ignore[union-attr]
    assert barriers(page) == []


def test_a_request_can_be_tried_on_the_api_page(page: Page) -> None:
    page.goto("/api/")
    page.locator("#get--api-v1-search summary").click()
    page.locator("#get--api-v1-search [name=q]").fill("sim")
    page.locator("#get--api-v1-search button").click()
    page.locator("#get--api-v1-search .answer", has_text='"results"').wait_for()
    assert "200" in page.locator("#get--api-v1-search .answer").inner_text()
