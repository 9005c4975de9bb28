"""Around the tree of a guide, in a real browser: a chart comes in, is tried by keys, and shows how people fared."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import NARROW, barriers, log_in, overflows

DOT = """digraph { on [label="Is it on?", shape=diamond]; on -> fine [label="Yes"]; on -> plug [label="No"];
plug [label="Plug it in", shape=box]; plug -> fine; fine [label="It works"]; }"""
TRIAL = "#trial"


@pytest.fixture
def chart(page: Page) -> Page:
    """The page of a chart that was looked at."""
    log_in(page, "author")
    page.goto("/authoring/guides/import")
    page.get_by_label("Or its text").fill(DOT)
    page.locator("select[name=form]").select_option("dot")
    page.get_by_role("button", name="Look at it").click()
    page.locator(".tree-picture").wait_for()
    return page


def test_a_chart_is_looked_at_without_barriers(chart: Page) -> None:
    expect(chart.locator(".looked-counts")).to_contain_text("3 steps")
    for scheme in ("light", "dark"):
        chart.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert barriers(chart) == []
    chart.set_viewport_size(NARROW)
    assert not overflows(chart)


def test_a_guide_is_tried_by_keys_while_it_is_drawn(chart: Page) -> None:
    chart.locator("input[name=title]").fill("A trial")
    with chart.expect_navigation():
        chart.get_by_role("button", name="Make the guide").click()
    chart.get_by_role("tab", name="Try").click()
    trial = chart.locator(TRIAL)
    expect(trial.locator("h3").first).to_have_text("Is it on?")
    expect(trial.locator("h3").first).to_be_focused()
    chart.keyboard.press("2")
    expect(trial.locator(".prose")).to_contain_text("Plug it in")
    chart.keyboard.press("1")
    expect(trial.locator("h3").first).to_have_text("It works")
    expect(trial.locator("ol li")).to_have_count(3)
    chart.keyboard.press("Backspace")
    expect(trial.locator(".prose")).to_contain_text("Plug it in")
    trial.get_by_role("button", name="Start again").click()
    expect(trial.locator("h3").first).to_have_text("Is it on?")
    assert barriers(chart) == []


def test_statistics_have_no_barriers(page: Page) -> None:
    log_in(page, "author")
    page.goto("/admin/articles/?q=internet-down")
    with page.expect_navigation():
        page.locator("main tbody a").first.click()
    page.get_by_role("link", name="Statistics").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How people fare on it")
    assert barriers(page) == []
    page.set_viewport_size(NARROW)
    assert not overflows(page)
