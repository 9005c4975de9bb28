"""Help inside of other sites' pages: on another port, under a strict policy, among hostile styles, on a small phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect

from tests.browser.foreign import Foreign
from tests.browser.screens import WIDE, barriers, log_in
from tests.browser.test_panel import begin, take

SMALL: ViewportSize = {"width": 320, "height": 568}
WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((one) => { window.shifted += one.value; }))
  .observe({type: "layout-shift", buffered: true});
"""

LISTEN = """
window.told = [];
for (const name of ["asked", "opened", "solved"]) kalauz("on", name, (what) => told.push([name, what.title]));
"""


@pytest.fixture(scope="module")
def shop(live_server: str) -> Iterator[Foreign]:
    """Another site."""
    made = Foreign(live_server)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module", autouse=True)
def listed(browser: Browser, live_server: str, shop: Foreign) -> None:
    """An administrator puts the other site on the portal's list."""
    context = browser.new_context(base_url=live_server, locale="en-GB")
    page = context.new_page()
    log_in(page, "admin")
    page.goto("/admin/portals/")
    page.get_by_role("link", name="Halmar Help").first.click()
    page.get_by_role("link", name="Help widget").click()
    page.get_by_label("Sites that may show it").fill("ftp://nobody")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Sites that may show it")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Sites that may show it").fill(f"http://{shop.host}\nhttps://shop.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The widget is saved.")).to_be_visible()
    assert barriers(page) == []
    context.close()


@pytest.fixture
def visit(browser: Browser, shop: Foreign) -> Iterator[Page]:
    """A page of somebody who visits the other site; at the end its browser must not have complained."""
    context = browser.new_context(base_url=shop.url("/"), locale="en-GB", viewport=WIDE)
    page = context.new_page()
    page.add_init_script(WATCH)
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if is_complaint(message) else None)
    yield page
    assert context.cookies() == []
    context.close()
    assert found == []


def is_complaint(message: ConsoleMessage) -> bool:
    """Whether the browser found something wrong; that a form is refused is none."""
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def opened(page: Page) -> Locator:
    """The panel, opened by its button."""
    page.locator("kalauz-button button").click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("searchbox")).to_be_focused()
    return panel


def test_nothing_is_asked_before_somebody_wants_help(visit: Page, shop: Foreign, live_server: str) -> None:
    asked: list[str] = []
    visit.on("request", lambda request: asked.append(request.url))
    visit.goto("plain")
    button = visit.locator("kalauz-button button")
    expect(button).to_have_text("Help")
    visit.wait_for_load_state("networkidle")
    assert [url for url in asked if url.startswith(live_server)] == [f"{live_server}/embed.js"]
    panel = opened(visit)
    expect(panel.get_by_role("heading", name="Halmar Help")).to_be_visible()
    visit.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    assert visit.evaluate("shifted") == 0


def test_a_page_that_is_not_on_the_list_shows_nothing_and_keeps_its_button(
    browser: Browser, live_server: str
) -> None:
    stranger, context = Foreign(live_server), browser.new_context(locale="en-GB")
    page, broken = context.new_page(), list[str]()
    page.on("pageerror", lambda error: broken.append(str(error)))
    try:
        page.goto(stranger.url("/plain"))
        button = page.locator("kalauz-button button")
        for _ in range(2):
            button.click()
            expect(page.locator("kalauz-help")).to_have_count(0)
            expect(button).to_have_attribute("aria-expanded", "false")
            expect(button).to_be_focused()
        page.goto(stranger.url("/inline"))
        page.wait_for_load_state("networkidle")
        assert broken == []
    finally:
        context.close()
        stranger.close()


@pytest.mark.parametrize("name", ["plain", "strict", "hostile"])
def test_it_works_on_every_page(visit: Page, name: str) -> None:
    visit.goto(name)
    visit.evaluate(LISTEN)
    panel = opened(visit)
    visit.keyboard.type("lost my phone", delay=30)
    first = panel.locator("a.line").first
    expect(first).to_contain_text("Lost or stolen phone")
    box = panel.bounding_box()
    assert box
    assert (round(box["width"]), round(box["x"] + box["width"])) == (384, 1260)
    assert panel.evaluate("(panel) => getComputedStyle(panel.querySelector('h2')).fontSize") == "17px"
    visit.keyboard.press("Enter")
    first.click()
    expect(panel.locator("article")).to_be_visible()
    panel.get_by_role("button", name="Yes").click()
    expect(panel.get_by_text("Thank you.")).to_be_visible()
    kinds = [kind for kind, _title in visit.evaluate("told")]
    assert (kinds[0], kinds[-2:]) == ("asked", ["opened", "solved"])
    panel.get_by_role("button", name="Back").click()
    expect(panel.locator("a.line").first).to_be_visible()


def test_a_swede_is_led_to_what_helps(visit: Page) -> None:
    visit.set_viewport_size(SMALL)
    visit.goto("plain?sv")
    expect(visit.locator("kalauz-button button")).to_have_text("Hjälp")
    panel = opened(visit)
    panel.get_by_role("link", name="steg för steg").click()
    panel.get_by_role("textbox").fill("Jag har inget internet i mobilen")
    panel.get_by_role("button", name="Hjälp mig").click()
    expect(panel.locator(".title").first).not_to_have_text("Guidad hjälp")
    for _ in range(20):
        if panel.get_by_role("button", name="Det här fungerade").count():
            break
        step = panel.locator(".title").first.inner_text()
        panel.locator("button.line").first.click()
        expect(panel.locator(".title").first).not_to_have_text(step)
    panel.get_by_role("button", name="Det här fungerade").first.click()
    expect(panel.get_by_role("status")).to_contain_text("Tack")
    assert barriers(visit) == []
    assert visit.evaluate("document.documentElement.scrollWidth") == SMALL["width"]


def test_who_wants_to_be_called_stands_on_the_panel_with_what_they_read(
    visit: Page, browser: Browser, live_server: str
) -> None:
    visit.goto("plain")
    panel = opened(visit)
    visit.keyboard.type("lost my phone")
    visit.keyboard.press("Enter")
    panel.locator("a.line", has_text="Lost or stolen phone").first.click()
    expect(panel.locator("article")).to_be_visible()
    panel.get_by_role("link", name="Still need help?").click()
    question = panel.get_by_label("What is it about?")
    question.fill("My phone was stolen in Vienna, and I cannot log in.")
    expect(panel.get_by_label("Telephone number")).to_be_hidden()
    panel.get_by_label("How shall we answer?").select_option("Call me")
    panel.get_by_label("I agree").check()
    assert barriers(visit) == []
    visit.wait_for_timeout(2000)  # nobody fills a form in within two seconds
    panel.get_by_role("button", name="Send").click()
    expect(panel.get_by_text("Give the number with its area code")).to_be_visible()
    expect(question).to_have_value("My phone was stolen in Vienna, and I cannot log in.")
    panel.get_by_label("Telephone number").fill("+43 1 234 5678")
    panel.get_by_role("button", name="Send").click()
    expect(panel.locator(".title")).to_contain_text("Your request")
    number = panel.locator(".title").inner_text().rpartition(" ")[2]
    expect(panel.get_by_role("status")).to_contain_text("somebody who can help")
    context = browser.new_context(base_url=live_server, locale="en-GB", viewport=WIDE)
    desk = context.new_page()
    begin(desk)
    desk.locator("[data-accept]").wait_for()
    take(desk)
    expect(desk.get_by_text("My phone was stolen in Vienna")).to_be_visible()
    expect(desk.get_by_text(number)).to_be_visible()
    expect(desk.locator("#tried")).to_contain_text("Lost or stolen phone")
    assert barriers(desk) == []
    desk.keyboard.press("e")
    desk.keyboard.press("Enter")
    desk.locator("[data-idle]").wait_for()
    context.close()
