"""Writing in the visual mode and in Markdown, on the page of `static/authoring/edit.js`."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.editing import FakeServer, markdown, open_editor, show
from tests.browser.screens import NARROW, WIDE, barriers, overflows

RICH = """## Steps {#steps}

Have the **card** and *patience*, then see [your PUK code](kb:puk-code).

1. First
2. Second
   - nested

> [!TIP]
> Keep the frame.

| Card | Price |
|---|---:|
| First | EUR 0 |

![The card](attachment:12)

{{snippet:support-contact}}

- [ ] open
- [x] done

```sh
kalauz run
```
"""
PNG_BASE64 = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def tool(page: Page, name: str) -> None:
    page.get_by_role("toolbar").get_by_role("button", name=name, exact=True).click()


def write_in(page: Page, keys: str) -> None:
    """Type with the keyboard at the end of the visual mode's text; a line break presses Enter."""
    page.locator(".ProseMirror").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(keys)


def select_all(page: Page) -> None:
    page.locator(".ProseMirror").click()
    page.keyboard.press("Control+a")


def click_link(page: Page) -> None:
    page.locator(".ProseMirror a").click()
    link = page.get_by_role("toolbar").get_by_role("button", name="link", exact=True)
    expect(link).to_have_attribute("aria-pressed", "true")  # the editor knows where the cursor is


def hand_over(page: Page, selector: str, event: str, name: str) -> None:
    """Paste or drop a small image there."""
    page.evaluate(
        """([selector, event, name, base64]) => {
            const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], name, { type: "image/png" }));
            const place = document.querySelector(selector);
            const box = place.getBoundingClientRect();
            const at = { clientX: box.left + 60, clientY: box.top + 40, bubbles: true, cancelable: true };
            place.dispatchEvent(event === "paste"
                ? new ClipboardEvent("paste", { clipboardData: data, ...at })
                : new DragEvent("drop", { dataTransfer: data, ...at }));
        }""",
        [selector, event, name, PNG_BASE64],
    )


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("mode", ["visual", "source", "preview"])
def test_every_mode_has_no_barriers_and_fits_the_screen(page: Page, mode: str, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    open_editor(page, RICH, FakeServer())
    show(page, mode)
    expect(page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    assert barriers(page) == []
    assert not overflows(page)


def test_the_dark_scheme_has_no_barriers(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    open_editor(page, RICH, FakeServer())
    page.locator(".ProseMirror td").first.click()
    assert barriers(page) == []


def test_the_text_looks_like_the_portal(page: Page) -> None:
    open_editor(page, RICH, FakeServer())
    text = page.locator(".ProseMirror")
    expect(text.locator("h2")).to_have_text("Steps")
    expect(text.locator("aside.callout-tip .callout-title")).to_have_text("tip")
    expect(text.locator("table th")).to_have_text(["Card", "Price"])
    expect(text.locator("li.task")).to_have_count(2)
    expect(text.locator(".picture img")).to_have_attribute("src", "/files/12/picture.png")
    expect(text.locator(".kept-shown")).to_contain_text("snippet:support-contact")


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        ("## Title\nwords", "## Title\n\nwords"),
        ("- one\ntwo\n\nend", "- one\n- two\n\nend"),
        ("1. one\ntwo", "1. one\n2. two"),
        ("3. three\nfour", "3. three\n4. four"),
        ("> quoted", "> quoted"),
        ("[!warning] careful", "> [!WARNING]\n> careful"),
        ("``` kalauz", "```\nkalauz\n```"),
        ("**bold** and *slanted* and `code` end", "**bold** and *slanted* and `code` end"),
        ("see {{snippet:late-fee}} now", "see {{snippet:late-fee}} now"),
        ("2 * 3 * 4 [x] <b> a_b _c_", "2 \\* 3 \\* 4 \\[x\\] \\<b> a_b \\_c\\_"),
        ("1) one", "1\\) one"),
        ("a & b &amp; c", "a & b \\&amp; c"),
        ("+", "\\+"),
    ],
)
def test_typing_makes_markdown(page: Page, keys: str, written: str) -> None:
    open_editor(page, "", FakeServer())
    write_in(page, keys)
    assert markdown(page) == written


def test_what_is_typed_shows_the_same_when_it_is_opened_again(page: Page) -> None:
    open_editor(page, "", FakeServer())
    write_in(page, "# no * star _ [x](y) <i> `tick ~~s~~ | 1. a\n+ list\n===\n1) no\n: no definition")
    seen = page.locator(".ProseMirror").inner_text()
    show(page, "source")
    page.evaluate("document.querySelector('#body').value += ' '")  # so that the visual mode reads it anew
    show(page, "visual")
    assert page.locator(".ProseMirror").inner_text().strip() == seen.strip()


def test_the_toolbar_makes_every_kind_of_block(page: Page) -> None:
    open_editor(page, "", FakeServer())
    style = page.get_by_label("style")
    write_in(page, "Title")
    style.select_option("heading3")
    page.keyboard.press("Enter")
    page.keyboard.type("Step")
    tool(page, "steps")
    page.keyboard.press("Enter")
    page.keyboard.type("Inner")
    tool(page, "indent")
    tool(page, "bullets")
    page.keyboard.type("!")
    assert markdown(page) == "### Title\n\n1. Step\n   - Inner!"
    for _ in range(3):
        page.keyboard.press("Enter")
    page.keyboard.type("Beware")
    style.select_option("caution")
    assert markdown(page).endswith("\n\n> [!CAUTION]\n> Beware")
    style.select_option("note")
    assert markdown(page).endswith("\n\n> [!NOTE]\n> Beware")
    style.select_option("paragraph")
    assert markdown(page).endswith("\n\nBeware")
    tool(page, "rule")
    page.keyboard.type("after")
    assert markdown(page).endswith("Beware\n\n---\n\nafter")


def test_a_table_is_made_filled_and_changed(page: Page) -> None:
    open_editor(page, "before\n", FakeServer())
    write_in(page, "")
    tool(page, "table")
    for words in ("A", "B|b", "C", "1", "2", "3", "4", "5", "6", "7"):
        page.keyboard.type(words)
        if words != "7":
            page.keyboard.press("Tab")
    table = page.locator(".ProseMirror table")
    expect(table.locator("tr")).to_have_count(4)  # Tab in the last cell makes a row
    tools = page.get_by_role("group", name="table")
    tools.get_by_role("button", name="column_after").click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("x")
    head = "before\n\n| A |  | B\\|b | C |\n|---|---|---|---|\n"
    assert markdown(page) == f"{head}| 1 |  | 2 | 3 |\n| 4 |  | 5 | 6 |\n| 7<br>x |  |  |  |\n"
    tools.get_by_role("button", name="delete_row").click()
    assert markdown(page) == f"{head}| 1 |  | 2 | 3 |\n| 4 |  | 5 | 6 |\n"
    tools.get_by_role("button", name="delete_table").click()
    assert markdown(page) == "before\n"


def test_only_the_touched_row_of_blocks_changes(page: Page) -> None:
    body = "Text\nin __two__ lines.\n\n* star\n\n\n| a|b |\n|--|:-:|\n|1|2|\n"
    open_editor(page, body, FakeServer())
    page.locator(".ProseMirror td").first.click()
    page.keyboard.press("End")
    page.keyboard.type("0")
    assert markdown(page) == "Text\nin __two__ lines.\n\n* star\n\n\n| a | b |\n|---|:---:|\n| 10 | 2 |\n"


def test_a_task_is_checked_with_a_click_on_its_box(page: Page) -> None:
    open_editor(page, "- [ ] open\n- [x] done\n", FakeServer())
    page.locator("li.task").first.click(position={"x": 5, "y": 10})
    assert markdown(page) == "- [x] open\n- [x] done\n"


def test_kept_markdown_is_edited_as_source_and_becomes_what_it_says(page: Page) -> None:
    open_editor(page, "<div>x</div>\n\nafter\n", FakeServer())
    page.get_by_role("button", name="source_edit").click()
    field = page.locator(".kept textarea")
    field.fill("<div>y</div>")
    assert markdown(page) == "<div>y</div>\n\nafter\n"
    field.fill("a **table**:\n\n|a|\n|-|\n|b|")
    page.get_by_role("button", name="source_done").click()
    expect(page.locator(".ProseMirror table td")).to_have_text("b")
    expect(page.locator(".kept")).to_have_count(0)
    assert markdown(page) == "a **table**:\n\n| a |\n|---|\n| b |\n\nafter\n"


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        ("Control+b", "**word**"),
        ("Control+i", "*word*"),
        ("Control+e", "`word`"),
        ("Control+Alt+2", "## word"),
        ("Control+Shift+8", "- word"),
        ("Control+Shift+7", "1. word"),
    ],
)
def test_the_keyboard_does_what_the_toolbar_does(page: Page, keys: str, written: str) -> None:
    open_editor(page, "word\n", FakeServer())
    select_all(page)
    page.keyboard.press(keys)
    assert markdown(page) == f"{written}\n"


def test_the_source_has_bold_and_links_too(page: Page) -> None:
    server = FakeServer(articles=[{"key": "puk", "title": "Your word", "kind": "faq", "language": "en"}])
    open_editor(page, "word\n", server)
    page.keyboard.press("Control+Shift+E")
    show(page, "source")
    area = page.locator("#body")
    area.evaluate("area => area.setSelectionRange(0, 4)")
    page.keyboard.press("Control+b")
    assert markdown(page) == "**word**\n"
    page.keyboard.press("Control+b")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("button", name="Your word").click()
    assert markdown(page) == "[word](kb:puk)\n"


def test_the_link_picker_searches_articles_with_the_keyboard_alone(page: Page) -> None:
    found = [{"key": "puk-code", "title": "Your PUK code", "kind": "faq", "language": "en"}]
    open_editor(page, "See \n", FakeServer(articles=found))
    write_in(page, " the ")
    page.keyboard.press("Control+k")
    page.keyboard.type("puk")
    expect(page.get_by_role("dialog").get_by_role("button", name="Your PUK code")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type(" now")
    assert markdown(page) == "See the [Your PUK code](kb:puk-code) now\n"


def test_a_link_is_changed_and_removed(page: Page) -> None:
    open_editor(page, "See [the code](kb:puk-code) now\n", FakeServer())
    click_link(page)
    page.keyboard.press("Control+k")
    page.get_by_label("link_search").fill("https://example.org/a b")
    page.get_by_label("link_words").fill("that")
    page.get_by_role("button", name="link_insert").click()
    assert markdown(page) == "See [that](<https://example.org/a b>) now\n"
    click_link(page)
    tool(page, "link")
    page.get_by_role("button", name="link_remove").click()
    assert markdown(page) == "See that now\n"


def test_words_that_are_no_address_make_no_link(page: Page) -> None:
    open_editor(page, "word\n", FakeServer())
    select_all(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_text("link_none")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    assert markdown(page) == "word\n"


@pytest.mark.parametrize("event", ["paste", "drop"])
@pytest.mark.parametrize("mode", ["visual", "source"])
def test_an_image_is_pasted_and_dropped(page: Page, mode: str, event: str) -> None:
    server = FakeServer()
    open_editor(page, "before\n", server)
    show(page, mode)
    hand_over(page, ".ProseMirror" if mode == "visual" else "#body", event, "router.png")
    expect(page.locator("#body")).to_have_value(re.compile(re.escape("![router.png](attachment:99)")))
    assert server.uploaded == ["router.png"]
    expect(page.locator(".upload-line")).to_have_count(0)


def test_a_file_that_is_refused_says_why_and_can_be_dismissed(page: Page) -> None:
    open_editor(page, "before\n", FakeServer())
    hand_over(page, ".ProseMirror", "paste", "virus.exe")
    alert = page.locator(".upload-failed")
    expect(alert).to_contain_text("not this kind of file")
    expect(alert).to_contain_text("virus.exe")
    assert barriers(page) == []
    alert.get_by_role("button", name="upload_dismiss").click()
    expect(alert).to_have_count(0)
    assert markdown(page) == "before\n"


def test_the_words_of_an_image_are_asked_for(page: Page) -> None:
    open_editor(page, "![old](attachment:12)\n", FakeServer())
    page.locator(".picture img").dblclick()
    page.get_by_label("image_alt").fill("A *new* card")
    page.get_by_role("button", name="done").click()
    assert markdown(page) == "![A \\*new\\* card](attachment:12)\n"


def test_the_preview_is_what_the_server_renders(page: Page) -> None:
    server = FakeServer()
    open_editor(page, RICH, server)
    show(page, "preview")
    expect(page.locator("#preview .table-scroll table td").first).to_have_text("First")
    expect(page.locator("#preview a", has_text="your PUK code")).to_have_attribute("href", "/a/puk-code")
    assert server.previews[-1] == RICH


def test_save_and_submit_have_keys(page: Page) -> None:
    server = FakeServer()
    open_editor(page, "text\n", server)
    for keys, action in (("Control+s", "save"), ("Control+Enter", "submit")):
        write_in(page, "!")
        page.keyboard.press(keys)
        page.wait_for_url("**/submit")
        assert server.submitted[-1]["action"] == [action]
        assert server.submitted[-1]["body"] == ["text!\r\n"]
        page.go_back()
        page.wait_for_selector("#edit[data-ready]")
        open_editor(page, "text\n", server)


def test_the_mode_is_switched_by_key_and_remembered(page: Page) -> None:
    open_editor(page, "text\n", FakeServer())
    page.locator(".ProseMirror").click()
    page.keyboard.press("Control+Shift+E")
    expect(page.locator("#body")).to_be_visible()
    expect(page.locator("#visual")).to_be_hidden()
    page.reload()
    page.wait_for_selector("#edit[data-ready]")
    expect(page.locator("#body")).to_be_visible()
    page.locator("#body").focus()
    page.keyboard.press("Control+Shift+E")
    expect(page.locator(".ProseMirror")).to_be_visible()


def test_a_guide_has_no_visual_mode(page: Page) -> None:
    open_editor(page, "text\n", FakeServer(), more='data-mode="source"')
    expect(page.locator("#body")).to_be_visible()
    assert page.locator(".toolbar-modes button").all_inner_texts() == ["source", "preview"]
    assert barriers(page) == []


def test_the_keys_are_listed(page: Page) -> None:
    open_editor(page, "text\n", FakeServer())
    page.get_by_role("button", name="help").click()
    expect(page.get_by_role("dialog").locator("dt", has_text="submit_shortcut")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_toolbar_is_one_stop_and_the_arrows_lead_on(page: Page) -> None:
    open_editor(page, "text\n", FakeServer())
    page.get_by_role("button", name="bold").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="italic")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="redo")).to_be_focused()
    assert page.locator(".toolbar-tools button[tabindex='0']").count() == 1


def test_words_are_counted_without_markup(page: Page) -> None:
    open_editor(
        page, "## Two words {#id}\n\nand [three more](kb:some-other-key) here {{snippet:x}}\n", FakeServer()
    )
    expect(page.locator(".edit-count")).to_have_text("words_many 6")


def test_right_to_left_text_runs_from_the_right(page: Page) -> None:
    body = "## كيف؟\n\n1. الخطوة الأولى\n\n> [!TIP]\n> تنبيه\n\nLatin words\n"
    open_editor(page, body, FakeServer(), language="ar")
    assert page.locator("#visual").get_attribute("dir") == "rtl"
    sides = page.evaluate(
        """() => {
            const right = (selector) => {
                const range = document.createRange();
                range.selectNodeContents(document.querySelector(selector));
                const words = range.getBoundingClientRect();
                const frame = document.querySelector(".ProseMirror").getBoundingClientRect();
                return words.left + words.right > frame.left + frame.right;
            };
            return [right(".ProseMirror h2"), right(".ProseMirror > p")];
        }"""
    )
    assert sides == [True, False]


def test_the_duplicate_warning_stands_under_the_title(page: Page) -> None:
    open_editor(page, "", FakeServer())
    expect(page.locator("#similar")).to_be_empty()
    page.get_by_label("Title").fill("Turn on a SIM")
    link = page.locator("#similar a")
    expect(link).to_have_text("Activate a SIM card")
    assert barriers(page) == []
    page.get_by_label("Title").fill("Something else")
    expect(link).to_have_count(0)
