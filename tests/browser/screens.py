"""How the browser tests look at a page: on a desk, on a phone, and with the eyes of axe-core."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, ViewportSize

from tests import cast

WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 15_000
TRIES, REST_MS = 4, 500
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def wide(page: Page) -> Page:
    """Look at the page on a desk."""
    page.set_viewport_size(WIDE)
    return page


def narrow(page: Page) -> Page:
    """Look at the page on a phone."""
    page.set_viewport_size(NARROW)
    return page


def log_in(page: Page, part: str) -> None:
    """Log in through the form as the cast's author, agent, ..."""
    page.goto("/login")
    page.locator("input[name=email]").fill(cast.email(part))
    page.locator("input[name=password]").fill(cast.PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(lambda address: "/login" not in address)


def barriers(page: Page) -> list[str]:
    """Say what axe-core finds on the page that keeps people out, each with the places; empty when nothing.

    A click may still be leading to the page, and a half-read page has fields without their labels: what counts
    is what is still there when the page has come to rest.
    """
    for _ in range(TRIES):
        try:
            page.wait_for_load_state("load")
            found = (
                Axe()
                .run(page, options={"resultTypes": ["violations"], "runOnly": RULES})
                .response["violations"]
            )
        except Error as error:
            found = [{"id": "unread", "help": str(error), "nodes": []}]
        if not found:
            break
        page.wait_for_timeout(REST_MS)
    return [f"{rule['id']}: {rule['help']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


def overflows(page: Page) -> bool:
    """Say whether the page must be scrolled sideways."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wider
