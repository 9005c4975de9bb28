"""Case types in a real browser: a table becomes cases, an attribute is shaped by keyboard, nothing keeps people out."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.screens import PATIENCE_MS, barriers, log_in, narrow, overflows, wide

TABLE = """id,abroad,signal,used_gb,complaint,solution
c1,yes,poor,3.5,No service abroad since yesterday,Switch roaming on.
c2,no,good,4,The bill is too high this month,Explain the bill.
c3,maybe,none,,Nothing works in the cellar,Switch roaming on.
"""


def test_a_table_becomes_cases_and_its_attributes_are_shaped(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "troubles.csv"
    file.write_text(TABLE, encoding="utf-8")
    log_in(wide(page), "specialist")
    page.goto("/cases/import")
    looked_at = [barriers(page)]
    page.get_by_label("Table").set_input_files(file)
    page.get_by_label("Name of the new case type").fill("Troubles")
    page.get_by_role("button", name="Look at its columns").click()
    page.get_by_label("What abroad is for").select_option(label="A fact")
    page.get_by_label("Kind of abroad").select_option(label="Yes or no")
    expect(page.get_by_label("Kind of complaint")).not_to_be_visible()
    looked_at.append(barriers(page))
    page.get_by_role("button", name="See what comes of it").click()
    expect(page.get_by_role("cell", name="Write yes or no, not maybe.")).to_be_visible()
    looked_at.append(barriers(page))
    page.get_by_role("button", name="Take 3 cases in").click()
    page.get_by_role("link", name="To the case type").click(timeout=8 * PATIENCE_MS)
    page.get_by_role("link", name="Used", exact=True).click()
    page.get_by_label("Nothing in common from").first.fill("8")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="In a line, 8 GB")).to_be_visible()
    looked_at.append(barriers(page))
    assert looked_at == [[], [], [], []]


def test_only_what_fits_is_shown_and_nothing_keeps_people_out(page: Page) -> None:
    log_in(wide(page), "specialist")
    page.goto("/cases/types/mobile-service")
    with page.expect_navigation():
        page.locator("tbody th a").first.click()
    kind, table = page.get_by_label("What its values are"), page.get_by_label("Table")
    kind.select_option(label="Number")
    expect(table).not_to_be_visible()
    expect(page.get_by_label("Unit")).to_be_visible()
    kind.select_option(label="Levels in order")
    page.get_by_label("Values", exact=True).fill("low\nmiddle\nhigh")
    table.check()
    page.get_by_role("button", name="Show as typed").click()
    expect(page.get_by_label("low and middle")).to_be_visible()
    assert barriers(page) == []
    for address in ("/cases/types/", "/cases/types/mobile-service", page.url):
        narrow(page).goto(address)
        assert (barriers(page), overflows(page)) == ([], False)
