"""A running Kalauz with its demonstration content and the cast, and a real browser that looks at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright

from tests.browser import chromium, screens
from tests.server import running

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="session")
def live_server(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that all browser tests of this process share."""
    data = shutil.copytree(demonstration, tmp_path_factory.mktemp("live") / "data")
    with running(data) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    executable = chromium.find()
    assert executable, chromium.ADVICE
    expect.set_options(timeout=screens.PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, live_server: str) -> Iterator[Page]:
    """A page in a fresh session, as wide as a desk; at the end it must not have complained or asked other hosts."""
    context = browser.new_context(base_url=live_server, viewport=screens.WIDE, locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(screens.PATIENCE_MS)
    complaints = _complaints(opened, live_server)
    yield opened
    context.close()
    assert complaints == []


def _complaints(page: Page, host: str) -> list[str]:
    """Collect what the browser finds wrong: errors of scripts, refused content, missing files, other hosts."""
    found: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            found.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{host}/", "data:", "blob:")):
            found.append(f"asks {request.url}")

    def on_response(response: Response) -> None:
        if response.status >= 400 and response.request.resource_type not in {"document", "fetch", "xhr"}:
            found.append(f"{response.status} for {response.url}")

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", on_console)
    page.on("request", on_request)
    page.on("response", on_response)
    return found
