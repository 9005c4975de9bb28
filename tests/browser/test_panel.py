"""The agent's panel in a real browser: a contact from the ring to its end by keys, and a connection that breaks."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.screens import barriers, narrow, overflows, wide

PASSWORD = "a guide knows the way"
BRING = """async (contact) => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/v1/contacts", { method: "POST", headers, body: JSON.stringify(contact) });
  return answer.status;
}"""
LAST = "async () => (await (await fetch('/api/v1/contacts?limit=1')).json()).contacts[0]"
CALL = {"channel": "phone", "called": "0800550550", "choice": "1", "language": "en"}


def begin(page: Page) -> None:
    """The demonstration's agent opens the panel and is available."""
    wide(page).goto("/login")
    page.locator("input[name=email]").fill("agent@halmar.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(lambda address: "/login" not in address)
    page.goto("/agent/")
    page.locator("[data-standing=available]").click()
    expect(page.locator("[data-standing=available]")).to_have_attribute("aria-pressed", "true")


def ring(page: Page, question: str, **facts: Any) -> None:
    """Somebody calls, and it is offered."""
    given = {**CALL, "address": "+46701234567", "question": question, "facts": facts}
    assert page.evaluate(BRING, given) == 201
    page.locator("[data-accept]").wait_for()


def take(page: Page) -> None:
    """Take what is offered by a key."""
    page.keyboard.press("Enter")
    page.locator("[data-own='1']").wait_for()


def test_a_contact_is_taken_guided_handed_nearly_up_and_closed_by_keys(page: Page) -> None:
    begin(page)
    assert barriers(page) == []
    solved = page.locator(".panel-figures dd").nth(1)
    before = int(solved.inner_text())  # others have solved something on this floor already
    ring(page, "no service abroad since yesterday")
    expect(page.locator("[data-shown] h1")).to_have_text("+46701234567")  # known before it is taken
    expect(page.locator("#cases details").first).to_be_visible()
    take(page)
    page.keyboard.press("b")
    question = page.locator("#player-title")
    question.wait_for()
    first = question.inner_text()
    page.keyboard.press("1")
    expect(question).not_to_have_text(first)
    expect(page.locator("#facts li")).to_have_count(1)  # what was answered is known of the contact
    expect(page.locator(".panel-path li")).to_have_count(1)
    page.keyboard.press("n")
    page.keyboard.type("u is a letter here")
    expect(page.locator("#notes-state")).not_to_have_text("")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.locator("#brink")).to_be_visible()
    assert barriers(page) == []
    page.locator("[data-helped]").first.click()
    expect(page.locator("#solved")).to_have_class("panel-solved is-solved")
    assert barriers(page) == []
    for window in (narrow, wide):
        window(page)
        assert not overflows(page)
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    page.locator("[data-idle]").wait_for()
    expect(solved).to_have_text(str(before + 1))


def test_the_end_of_guided_help_is_what_solved_it(page: Page) -> None:
    begin(page)
    ring(page, "no service abroad since yesterday")
    take(page)
    page.keyboard.press("b")
    question = page.locator("#player-title")
    question.wait_for()
    while not page.locator(".panel-proposals").count():
        before = page.locator("#player").inner_text()
        page.keyboard.press("1")
        expect(page.locator("#player")).not_to_have_text(before, use_inner_text=True)
    page.keyboard.press("1")
    expect(page.locator("#solved")).to_have_class("panel-solved is-solved")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    page.locator("[data-idle]").wait_for()
    ended = page.evaluate(LAST)
    assert (ended["state"], ended["solved_kind"]) == ("resolved", "guide")
    run = page.evaluate(
        "async (id) => (await (await fetch(`/api/v1/runs/${id}`)).json()).run", ended["run_id"]
    )
    assert run["verdict"] == "worked"


def test_a_lost_connection_is_said_comes_back_and_loses_nothing(page: Page) -> None:
    begin(page)
    ring(page, "my invoice is too high")
    take(page)
    page.context.set_offline(True)
    page.keyboard.press("n")
    page.keyboard.type("Two months on one invoice")
    expect(page.locator("#lost")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    own = page.evaluate(
        "async () => (await (await fetch('/api/v1/contacts?state=active&limit=1')).json()).contacts[0]"
    )
    expect(page.locator("#notes-state")).not_to_contain_text("…")
    again = page.evaluate(f"async () => (await (await fetch('/api/v1/contacts/{own['id']}')).json()).notes")
    assert json.dumps(again) == json.dumps("Two months on one invoice")
    page.keyboard.press("Escape")
    page.locator("[name=own]").check()
    page.locator("[data-end] .button-primary").click()
    page.locator("[data-idle]").wait_for()
