"""The one box in a real browser: with keys, fingers, a screen reader, and without a script."""

from __future__ import annotations

from contextlib import AbstractContextManager
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.screens import NARROW, PATIENCE_MS, barriers, log_in, narrow, overflows, wide

BOX = "main input[name=q]"
LIST = "main [role=listbox]"
BUNDLED_MS = 500  # between two looks at what is written in bundles


def type_in(page: Page, words: str, where: str = "/help/en/") -> Locator:
    """Type into the box of a page, and wait for what goes on."""
    page.goto(where)
    page.locator(BOX).click()
    with goes_on(page, words):
        page.keyboard.type(words)
    page.locator(f"{LIST} [role=option]").first.wait_for()
    return page.locator(BOX)


def goes_on(page: Page, words: str) -> AbstractContextManager[object]:
    """Wait for what goes on from all of these words: a slow hand is answered in between, too."""
    return page.expect_response(lambda answer: answer.url.endswith(f"/suggest?q={quote(words)}"))


def first_answer(page: Page) -> str:
    """Where the first line of the list leads."""
    return page.locator(".results h2 a").first.get_attribute("href") or ""


def test_an_article_is_opened_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/help/en/")
    page.keyboard.press("/")
    expect(page.locator(BOX)).to_be_focused()
    with goes_on(page, "puk"):
        page.keyboard.type("puk")
    page.locator(f"{LIST} [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/en/a/*")
    assert "PUK" in page.locator("h1").inner_text()


def test_enter_without_a_choice_asks_what_was_typed(page: Page) -> None:
    type_in(page, "puk")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=puk")
    expect(page.locator(BOX)).to_have_value("puk")


def test_a_screen_reader_is_told_of_the_list_and_of_the_choice(page: Page) -> None:
    box = type_in(page, "rou")
    options = page.locator(f"{LIST} [role=option]")
    expect(box).to_have_attribute("role", "combobox")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert box.get_attribute("aria-controls") == page.locator(LIST).get_attribute("id")
    page.wait_for_function(
        "([said, list]) => document.querySelector(said).textContent"
        " === `Suggestions: ${document.querySelectorAll(list).length}`",
        arg=["main .search-box [role=status]", f"{LIST} [role=option]"],
    )
    expect(box).not_to_have_attribute("aria-activedescendant", "")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "none")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None, "back at the words"
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    assert page.locator(f"{LIST} [aria-selected]").count() == 0
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.locator(LIST)).to_be_hidden()
    expect(box).to_have_value("rou")
    page.keyboard.press("ArrowDown")
    expect(page.locator(LIST)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(LIST)).to_be_hidden()
    box.focus()
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    page.keyboard.press("ArrowDown")
    expect(page.locator(LIST)).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_list_has_no_barriers_and_fits_a_phone(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size(NARROW)
    type_in(page, "wi")
    page.keyboard.press("ArrowDown")
    assert barriers(page) == []
    assert not overflows(page)


def test_every_kind_of_line_has_a_heading(page: Page) -> None:
    type_in(page, "roam")
    groups = page.locator(f"{LIST} [role=group]")
    expect(groups).to_have_count(2)
    names = [
        page.locator(f"[id='{group.get_attribute('aria-labelledby')}']").inner_text()
        for group in groups.all()
    ]
    assert names == ["Articles", "Topics"]


def test_the_box_in_the_head_of_every_page_goes_on_too(page: Page) -> None:
    page.goto("/help/sv/topics/")
    page.locator(".site-bar input[name=q]").click()
    with goes_on(page, "faktura"):
        page.keyboard.type("faktura")
    page.locator(".site-bar [role=option]").first.click()
    page.wait_for_url("**/help/sv/a/*")


def test_a_slash_is_a_slash_where_one_types(page: Page) -> None:
    page.goto("/help/en/search?q=sim")
    page.locator(BOX).click()
    page.keyboard.press("End")
    page.keyboard.type("/5g")
    expect(page.locator(BOX)).to_have_value("sim/5g")


def test_a_finger_opens_a_suggestion(browser: Browser, live_server: str) -> None:
    context = browser.new_context(base_url=live_server, viewport=NARROW, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/help/hu/")
    page.locator(BOX).tap()
    with goes_on(page, "esim"):
        page.keyboard.type("esim")
    page.locator(f"{LIST} [role=option]").first.tap()
    page.wait_for_url("**/help/hu/a/*")
    context.close()


def test_a_server_that_fails_leaves_a_plain_box(page: Page) -> None:
    page.route("**/suggest?*", lambda route: route.abort())
    page.goto("/help/en/")
    page.locator(BOX).fill("puk")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=puk")
    expect(page.locator(LIST)).to_be_hidden()


def test_without_a_script_the_box_is_a_search_field(browser: Browser, live_server: str) -> None:
    context = browser.new_context(base_url=live_server, java_script_enabled=False, viewport=NARROW)
    page = context.new_page()
    page.goto("/help/en/")
    expect(page.locator(BOX)).to_have_attribute("type", "search")
    assert page.locator(BOX).get_attribute("role") is None
    page.locator(BOX).fill("puk")
    page.keyboard.press("Enter")
    page.locator(".facets summary").click()
    page.locator(".facet a").first.click()
    expect(page.locator(".chosen a")).to_have_count(1)
    page.locator(".chosen a").click()
    expect(page.locator(".chosen a")).to_have_count(0)
    assert "puk" in first_answer(page)
    context.close()


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [("en", "puk cdoe", "puk code"), ("hu", "hangpsota", "hangposta"), ("sv", "fakutra", "faktura")],
)
def test_a_slip_of_the_keyboard_is_put_right_and_can_be_insisted_on(
    page: Page, language: str, typed: str, meant: str
) -> None:
    page.goto(f"/help/{language}/")
    page.locator(BOX).fill(typed)
    page.keyboard.press("Enter")
    page.locator(".reading", has_text=meant).wait_for()
    expect(page.locator(".results .result").first).to_be_visible()
    assert barriers(page) == []


def test_answers_are_narrowed_down_and_widened_again(page: Page) -> None:
    page.goto("/help/en/search?q=sim")
    link = page.locator(".facet a", has_text="FAQ")
    count = int(link.locator(".count").inner_text())
    link.click()
    expect(page.locator("h1 strong")).to_have_text(f"{count} results" if count != 1 else "1 result")
    page.locator(".chosen a", has_text="FAQ").click()
    page.wait_for_url("**/search?q=sim")


@pytest.mark.parametrize("language", ["en", "hu", "sv", "ru"])
@pytest.mark.parametrize("question", ["sim", "xyzzyq qqq", "my internet is slow and the lights blink"])
def test_answers_have_no_barriers_and_fit_a_phone(page: Page, language: str, question: str) -> None:
    page.set_viewport_size(NARROW)
    page.goto(f"/help/{language}/search?q={question}")
    assert barriers(page) == []
    assert not overflows(page)


def test_nothing_found_shows_a_way_to_a_person(page: Page) -> None:
    page.goto("/help/en/search?q=xyzzyq")
    assert "Nothing found" in page.locator("h1").inner_text()
    assert "0800 550 550" in page.locator(".contact").inner_text()


def test_what_was_opened_and_whether_it_helped_is_told_without_names(page: Page) -> None:
    told: list[Request] = []
    page.on("request", lambda request: told.append(request) if request.method == "POST" else None)
    page.goto("/help/en/search?q=puk code")
    token = page.locator("[data-token]").get_attribute("data-token") or ""
    assert len(token) == 22
    with page.expect_request("**/opened"):
        page.locator(".results h2 a").first.click()
    page.wait_for_url("**/help/en/a/*")
    assert [request.url.rpartition("/")[2] for request in told] == ["opened"]
    assert page.locator("form.feedback [name=question]").get_attribute("value") == token
    page.locator(".site-menu summary", has_text="English").click()
    page.locator(".site-menu a", has_text="Magyar").click()
    page.wait_for_url("**/help/hu/a/*")
    assert page.locator("form.feedback [name=question]").get_attribute("value") == token, (
        "wherever it is read"
    )
    page.goto("/help/en/key/roaming-eu")
    assert page.locator("form.feedback [name=question]").count() == 0


def test_who_wants_no_trace_leaves_none(browser: Browser, live_server: str) -> None:
    context = browser.new_context(base_url=live_server, extra_http_headers={"Sec-GPC": "1"})
    page = context.new_page()
    told: list[Request] = []
    page.on("request", lambda request: told.append(request) if request.method == "POST" else None)
    page.goto("/help/en/search?q=puk code")
    assert page.locator("[data-token]").get_attribute("data-token") == ""
    page.locator(".results h2 a").first.click()
    page.wait_for_url("**/help/en/a/*")
    assert told == []
    context.close()


def test_staff_find_more_in_the_same_box(page: Page) -> None:
    log_in(page, "agent")
    box = type_in(page, "escal", "/inside/en/")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inside/en/a/*")


def test_what_found_nothing_is_reported_and_becomes_a_draft(
    page: Page, browser: Browser, live_server: str
) -> None:
    asked = "zorbing licence"
    for number in (1, 2):
        visitor = browser.new_context(base_url=live_server, user_agent=f"visitor {number}")
        visitor.new_page().goto(f"/help/en/search?q={asked}")
        visitor.close()
    log_in(page, "author")
    report = "/search/questions?list=unanswered&days=7"
    line = page.locator(".gap", has_text=asked)
    page.goto(report)
    while not line.count():  # it is written in bundles, every few seconds
        page.wait_for_timeout(BUNDLED_MS)
        page.reload()
    for look in (wide, narrow):
        look(page)
        assert barriers(page) == []
        assert not overflows(page)
    with page.expect_navigation():
        line.get_by_role("button", name="Set aside").click()
    expect(line).to_have_count(0)
    page.locator(".tabs a", has_text="Decided").click()
    with page.expect_navigation():
        line.get_by_role("button", name="Show again").click()
    page.locator(".tabs a", has_text="Nothing found").click()
    line.get_by_role("link", name="Write an article").click()
    expect(page.locator("input[name=title]")).to_have_value(asked)
