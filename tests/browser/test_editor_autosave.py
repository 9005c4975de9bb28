"""Nothing that was typed is lost: drafts on the server, copies in the browser, and who else is writing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.editing import FakeServer, markdown, open_editor
from tests.browser.screens import barriers
from tests.conftest import START

COPIES = "Object.keys(localStorage).filter((key) => key.startsWith('kalauz:draft:')).length"


def write(page: Page, words: str) -> None:
    page.locator(".ProseMirror").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def state(page: Page, name: str) -> None:
    """Wait until the line under the text says so."""
    expect(page.locator("#save-state")).to_have_attribute("data-state", name)


def stop_the_clock(page: Page) -> None:
    """From here on time passes only where the test lets it: the clock that is put in first goes on by itself."""
    page.clock.install(time=START)
    page.clock.pause_at(START + timedelta(hours=1))


def copies(page: Page) -> int:
    found: int = page.evaluate(COPIES)
    return found


def test_what_is_typed_is_saved_a_moment_later(page: Page) -> None:
    server = FakeServer()
    open_editor(page, "text\n", server)
    write(page, " and more")
    state(page, "unsaved")
    state(page, "saved")
    assert server.saved == [
        {
            "base_id": 7,
            "fields": {"title": "A title", "summary": "", "body": "text and more\n", "tags": ""},
        }
    ]
    assert re.search(r"\d[:.]\d\d", page.locator("#save-state").inner_text())
    assert copies(page) == 0
    assert barriers(page) == []


def test_every_field_is_saved_and_typing_on_puts_it_off(page: Page) -> None:
    server = FakeServer()
    open_editor(page, "text\n", server)
    stop_the_clock(page)
    page.get_by_label("Title").fill("Another title")
    page.clock.run_for(1900)
    page.get_by_label("Tags").fill("sim")
    page.clock.run_for(1900)
    assert server.saved == []
    page.clock.run_for(200)
    state(page, "saved")
    [sent] = server.saved
    assert (sent["fields"]["title"], sent["fields"]["tags"]) == ("Another title", "sim")


def test_opening_the_page_saves_nothing(page: Page) -> None:
    server = FakeServer()
    open_editor(page, "text\n", server)
    page.get_by_role("button", name="source").click()
    page.get_by_role("button", name="visual").click()
    stop_the_clock(page)
    page.clock.run_for(5000)
    assert server.saved == []
    assert page.locator("#save-state").inner_text() == ""


def test_without_a_connection_it_is_kept_here_and_sent_later(page: Page) -> None:
    server = FakeServer(is_down=True)
    open_editor(page, "text\n", server)
    write(page, "!")
    state(page, "local")
    assert copies(page) == 1
    server.is_down = False
    state(page, "saved")
    assert server.saved[-1]["fields"]["body"] == "text!\n"
    assert copies(page) == 0


def test_a_refusal_says_why_and_is_not_asked_again_before_the_next_change(page: Page) -> None:
    server = FakeServer(refusal="The title is too long.")
    open_editor(page, "text\n", server)
    write(page, "!")
    state(page, "refused")
    expect(page.locator("#save-state")).to_contain_text("The title is too long.")
    assert copies(page) == 1
    server.refusal = ""
    write(page, "?")
    state(page, "saved")
    assert len(server.saved) == 1


def test_a_copy_that_never_reached_the_server_is_offered_and_taken(page: Page) -> None:
    server = FakeServer(is_down=True)
    open_editor(page, "text\n", server)
    write(page, " typed in the train")
    page.get_by_label("Title").fill("New title")
    state(page, "local")
    server.is_down = False
    server.saved.clear()
    page.goto("about:blank")
    open_editor(page, "text\n", server)
    offer = page.locator("#local-copy")
    expect(offer).to_contain_text("local_found")
    assert barriers(page) == []
    offer.get_by_role("button", name="local_use").click()
    assert markdown(page) == "text typed in the train\n"
    expect(page.locator(".ProseMirror p")).to_have_text("text typed in the train")
    expect(page.get_by_label("Title")).to_have_value("New title")
    state(page, "saved")
    assert copies(page) == 0


def test_a_copy_can_be_thrown_away(page: Page) -> None:
    server = FakeServer(is_down=True)
    open_editor(page, "text\n", server)
    write(page, "!")
    state(page, "local")
    page.goto("about:blank")
    open_editor(page, "text\n", FakeServer())
    page.get_by_role("button", name="local_drop").click()
    expect(page.locator("#local-copy")).to_have_count(0)
    assert copies(page) == 0
    assert markdown(page) == "text\n"


def test_a_copy_that_says_what_the_form_says_is_not_offered(page: Page) -> None:
    server = FakeServer(is_down=True)
    open_editor(page, "text\n", server)
    write(page, "!")
    state(page, "local")
    page.goto("about:blank")
    open_editor(page, "text!\n", FakeServer())
    expect(page.locator("#local-copy")).to_have_count(0)
    assert copies(page) == 0


def test_what_was_submitted_is_not_offered_once_the_server_has_it(page: Page) -> None:
    open_editor(page, "text\n", FakeServer())
    write(page, "!")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/submit")
    assert copies(page) == 1  # until the page proves that it arrived
    open_editor(page, "somebody wrote on\n", FakeServer(), base="8")
    expect(page.locator("#local-copy")).to_have_count(0)
    assert copies(page) == 0


def test_what_is_discarded_is_neither_sent_nor_offered(page: Page) -> None:
    server = FakeServer()
    open_editor(page, "text\n", server)
    write(page, " thrown away")
    page.get_by_role("button", name="Discard").click()
    page.wait_for_url("**/submit")
    assert server.saved == []
    open_editor(page, "text\n", FakeServer())
    expect(page.locator("#local-copy")).to_have_count(0)
    assert copies(page) == 0


def test_leaving_sends_the_last_words(page: Page) -> None:
    server = FakeServer(others=[{"name": "Anna"}])
    open_editor(page, "text\n", server)
    stop_the_clock(page)  # so that the two seconds never pass
    write(page, " last words")
    page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pagehide')); }")
    expect(page.locator("#presence")).to_have_text("one_other Anna")  # the answer has come
    assert server.saved[0]["fields"]["body"] == "text last words\n"


@pytest.mark.parametrize("is_full", [False, True], ids=["kept in the browser", "kept nowhere"])
def test_leaving_is_questioned_only_when_nothing_is_saved_anywhere(page: Page, is_full: bool) -> None:
    server = FakeServer(is_down=True)
    open_editor(page, "text\n", server)
    if is_full:
        page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }")
    questions: list[str] = []

    def leave(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    write(page, "!")
    state(page, "lost" if is_full else "local")
    page.goto("about:blank")
    assert questions == (["beforeunload"] if is_full else [])


def test_others_who_write_are_named(page: Page) -> None:
    server = FakeServer(others=[{"name": "Anna"}])
    open_editor(page, "text\n", server)
    write(page, "!")
    people = page.locator("#presence")
    expect(people).to_have_text("one_other Anna")
    server.others = [{"name": "Anna"}, {"name": "Béla"}]
    write(page, "!")
    expect(people).to_have_text("many_others Anna and Béla")
    server.others = []
    server.newest = {"id": 8, "author": "Anna"}
    write(page, "!")
    expect(people).to_have_text("newer Anna")
    assert barriers(page) == []


def test_who_reads_only_still_sees_the_others_come(page: Page) -> None:
    server = FakeServer()
    stop_the_clock(page)
    open_editor(page, "text\n", server)
    server.others = [{"name": "Anna"}]
    page.clock.run_for(16_000)
    expect(page.locator("#presence")).to_have_text("one_other Anna")
    assert server.polls == 1
    assert server.saved == []


def test_the_form_works_without_javascript(page: Page) -> None:
    server = FakeServer()
    page.route("**/static/authoring/edit.js", lambda route: route.abort())
    open_editor(page, "text\n", server, is_plain=True)
    page.get_by_label("Text").fill("new text")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/submit")
    assert server.submitted[-1]["body"] == ["new text"]


def test_when_the_library_does_not_come_markdown_still_works(page: Page) -> None:
    server = FakeServer()
    page.route("**/static/vendor/prosemirror.js", lambda route: route.abort())
    open_editor(page, "text\n", server)
    expect(page.get_by_text("failed_visual")).to_be_visible()
    page.locator("#body").fill("new text")
    state(page, "saved")
    assert server.saved[-1]["fields"]["body"] == "new text"
