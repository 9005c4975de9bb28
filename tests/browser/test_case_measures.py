"""What is measured of cases in a real browser: it is asked for, goes on by itself, and nothing keeps people out."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.screens import PATIENCE_MS, barriers, log_in, narrow, overflows, wide

A_PROCESS_MS = 6 * PATIENCE_MS  # one is started for it, and others are at work meanwhile


def test_cases_are_measured_while_somebody_looks_on(page: Page) -> None:
    log_in(wide(page), "specialist")
    page.goto("/cases/types/mobile-service/maintenance")
    assert barriers(page) == []
    page.get_by_role("button", name="Look through the cases").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert barriers(page) == []
    expect(page.get_by_role("heading", name="Lead astray")).to_be_visible(timeout=A_PROCESS_MS)
    assert barriers(page) == []
    page.goto("/cases/types/mobile-service/evaluation")
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_role("heading", name="First is right")).to_be_visible(timeout=A_PROCESS_MS)
    for path in ("/cases/measures/", "/cases/types/mobile-service/evaluation"):
        for window in (wide, narrow):
            window(page).goto(path)
            assert barriers(page) == []
            assert not overflows(page)
