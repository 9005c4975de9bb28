"""A guide is drawn in a real browser: by keys alone, by hand, and seen with the eyes of axe-core."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import NARROW, barriers, log_in, overflows

GUIDE = "internet-down"
FIRST = "Is the Power light on your router lit?"


@pytest.fixture
def drawing(page: Page) -> Iterator[Page]:
    """A guide of the demonstration where it is drawn; what was changed is discarded at the end."""
    log_in(page, "author")
    page.goto(f"/help/en/key/{GUIDE}")
    page.locator(".article-head a[href*='/authoring/articles/'][href$='/en']").click()
    page.wait_for_selector("#edit[data-ready]")
    page.locator("a[href$='/tree']").click()
    page.wait_for_selector("#edit[data-ready]", state="attached")
    yield page
    with page.expect_navigation():
        page.locator("button[value=discard]").click()


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")


def test_a_tree_is_drawn_by_keys_alone(drawing: Page) -> None:
    drawing.locator("#outline").focus()
    drawing.keyboard.type("has the light")
    drawing.keyboard.press("Insert")
    expect(drawing.locator("[data-field=title]")).to_be_focused()
    drawing.keyboard.type("Is it warm?")
    expect(drawing.locator("#outline [aria-selected=true]")).to_contain_text("Is it warm?")
    expect(drawing.locator(".draw-node.is-chosen .draw-words")).to_have_text("Is it warm?")
    saved(drawing)
    expect(drawing.locator("#problem-count")).to_have_text("1")  # the answer has no words yet
    drawing.locator("#outline").focus()
    drawing.keyboard.press("Control+z")
    drawing.keyboard.press("Control+z")
    expect(drawing.locator("#outline-count")).to_contain_text("14")
    drawing.keyboard.press("Control+y")
    expect(drawing.locator("#outline-count")).to_contain_text("15")


def test_an_arrow_onto_nothing_makes_a_step_and_the_text_has_it(drawing: Page) -> None:
    drawing.locator(".draw-node.is-chosen .draw-new").hover()
    place = drawing.locator("#canvas").bounding_box()
    assert place
    drawing.mouse.down()
    drawing.mouse.move(place["x"] + 60, place["y"] + 90, steps=4)
    drawing.mouse.up()
    expect(drawing.locator("[data-field=title]")).to_be_focused()
    drawing.keyboard.type("Call your neighbour")
    drawing.locator("#outline").focus()
    drawing.keyboard.press("Home")
    expect(drawing.locator(".way")).to_have_count(4)
    drawing.locator("a[data-after-saving][href$='/en']").click()
    drawing.wait_for_selector("#edit[data-ready]")
    body = drawing.locator("#body").input_value()
    assert "## Call your neighbour {#" in body
    assert re.search(r"<!-- canvas\s", body)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """With the mouse, from one place of the canvas to another."""
    place = page.locator("#canvas").bounding_box()
    assert place
    page.mouse.move(place["x"] + start[0], place["y"] + start[1])
    page.mouse.down()
    page.mouse.move(place["x"] + end[0], place["y"] + end[1], steps=4)
    page.mouse.up()


def test_steps_in_a_frame_are_copied_into_another_window(drawing: Page) -> None:
    drawing.locator("#canvas").focus()
    drawing.keyboard.press("0")
    place = drawing.locator("#canvas").bounding_box()
    assert place
    chosen = drawing.locator(".draw-node.is-chosen")
    drawing.keyboard.down("Shift")
    drag(drawing, (2, 2), (place["width"] - 2, place["height"] - 2))
    drawing.keyboard.up("Shift")
    expect(chosen).to_have_count(14)
    drawing.keyboard.press("Control+c")
    drawing.keyboard.press("Control+v")
    expect(drawing.locator("#outline-count")).to_contain_text("28")
    expect(chosen).to_have_count(14)
    saved(drawing)
    other = drawing.context.new_page()
    other.goto(drawing.url)
    other.wait_for_selector("#edit[data-ready]", state="attached")
    other.locator("#canvas").focus()
    count = other.locator("#outline-count")
    expect(count).to_contain_text("28")  # the working copy of the first window
    other.keyboard.press("Control+v")
    expect(count).to_contain_text("42")
    other.keyboard.press("Control+z")
    expect(count).to_contain_text("28")
    other.close(run_before_unload=False)
    drawing.keyboard.press("Control+z")
    expect(drawing.locator("#outline-count")).to_contain_text("14")
    drawing.keyboard.press("Control+y")
    expect(drawing.locator("#outline-count")).to_contain_text("28")


THROUGH = """() => {
  const frame = (box) => box.getBoundingClientRect();
  const boxes = [...document.querySelectorAll(".draw-node .draw-box")].map(frame);
  const holds = (box, { x, y }) => x > box.left + 1 && x < box.right - 1 && y > box.top + 1 && y < box.bottom - 1;
  const inside = (point) => boxes.some((box) => holds(box, point));
  const goesThrough = (way) => {
    const place = way.getScreenCTM();
    const length = way.getTotalLength();
    for (let at = 0; at < length; at += 5) if (inside(way.getPointAtLength(at).matrixTransform(place))) return true;
    return false;
  };
  return [...document.querySelectorAll(".draw-way")].filter(goesThrough).length;
}"""
"""How many ways run through a step."""


def test_no_way_runs_through_a_step(drawing: Page) -> None:
    drawing.locator("[data-tool=fit]").click()
    expect(drawing.locator(".draw-node")).to_have_count(14)
    assert drawing.locator(".draw-way").count() > 14
    assert drawing.evaluate(THROUGH) == 0


def test_it_is_tried_out_while_it_is_drawn(drawing: Page) -> None:
    drawing.locator("#tab-try").click()
    expect(drawing.locator("#trial-step-title")).to_have_text(FIRST)
    drawing.keyboard.press("2")
    expect(drawing.locator(".draw-node.is-here .draw-words").first).to_contain_text("Does it light up in")
    assert barriers(drawing) == []


def test_no_barriers_on_a_desk_or_a_phone(drawing: Page) -> None:
    assert barriers(drawing) == []
    drawing.set_viewport_size(NARROW)
    expect(drawing.locator("#canvas")).to_be_hidden()
    drawing.evaluate("scrollTo(0, document.documentElement.scrollHeight)")  # there the bar covers nothing
    assert barriers(drawing) == []
    assert not overflows(drawing)
    drawing.locator("#show-canvas").click()
    expect(drawing.locator(".draw-node.is-chosen")).to_be_visible()
