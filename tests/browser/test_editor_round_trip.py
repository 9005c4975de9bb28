"""What the author does not touch keeps its bytes: the visual mode over whole collections, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from authoring.importing import maps, readers
from tests.authoring.importing.sources import NOW, Read
from tests.browser.editing import FakeServer, markdown, open_editor, show

PROJECT = Path(__file__).parents[2]
HELP = PROJECT.parent / "shared" / "data" / "gnome-help"
DEMO = PROJECT / "demo" / "articles"

# Opens each text in the editor, reads it back, types a word into the middle one of its paragraphs, and reads again.
ROUND_TRIPS = """async (bodies) => {
    const { startVisual } = await import("/static/authoring/visual.js");
    const place = document.createElement("div");
    document.body.append(place);
    const told = { onChange() {}, onState() {}, editLink() {}, editImage() {}, takeFiles() {} };
    const visual = startVisual(place, "", { language: "en", ...told });
    const { view } = visual;
    return bodies.map((body) => {
        visual.load(body);
        const kinds = [];
        const places = [];
        view.state.doc.forEach((node, offset) => {
            kinds.push(node.type.name);
            if (node.type.name !== "paragraph") return;
            places.push({ text: node.textContent, end: offset + 1 + node.content.size });
        });
        const read = visual.markdown();
        const chosen = places[Math.floor(places.length / 2)];
        if (chosen) view.dispatch(view.state.tr.insertText(" zyxword", chosen.end));
        return { read, kinds, paragraph: chosen?.text ?? null, edited: visual.markdown() };
    });
}"""

CONSTRUCTS = {
    "nothing": "",
    "blank lines only": "\n\n",
    "blank lines around": "\n\n  \nwords\n\n\n",
    "no blank lines between": "# a\nb\n- c\n- d\n1. e\n> f\n",
    "a table": "| a | b |\n|:--|--:|\n| `x\\|y` | z<br>w **b** |\n\nafter\n",
    "a table without edges": "a | b\n-|-\n1 | 2\ntail\n",
    "nested lists": "1. a\n\n   ```\n   c\n   ```\n\n   > [!NOTE]\n   > n\n2. b\n   - c\n     1. d\n",
    "lists beside lists": "* a\n* b\n\n- c\n\n+ d\n\n1) e\n2) f\n\n\n1. g\n1. h\n",
    "tasks": "- [ ] a\n- [x] b\n  - c\n\n    d\n",
    "callouts": "> [!NOTE]\n> text\n>\n> - x\n\n> [!tip]\n>\n> text\n",
    "snippets and live values": "{{snippet:x}}\n\ntext {{snippet:x}} and {{ext:a.b}}\n",
    "images and links": '![a](attachment:12) [b](kb:c-d#e "t") <https://a.b/c>\n\n![d](attachment:13 "t")\n',
    "named headings": "## H {#id}\n\nSetext\n======\n\nTwo\n---\n",
    "definitions of links": "[r]: https://x.y\n\n[r] text\n\n[q]: u\n",
    "definition lists": "T\n: d\n\nT2\n\n: d2\n  more\n\nend",
    "footnotes": "x[^1]\n\n[^1]: note\n    more\n\ny\n",
    "HTML": "<details>\n<summary>x</summary>\n\n**a**\n\n</details>\n\n<!-- d\n\ne -->\nz <b>y</b>\n",
    "code": "    code\n\n```py\nx\n```\n\n~~~\ny\n~~~\n\n```\nunclosed\n\n\n",
    "other ways to write the same": "__a__ _b_ ***c*** `` d`e `` f\\\ng  \nh\ni &amp; &nbsp; \\*\n\n***\n\n- - -\n",
    "line ends of Windows": "a\r\n\r\nb\r\nc\r\n\r\n- d\r\n",
    "right to left": "مرحبا **بالعالم**\n\n# עברית\n\n> [!WARNING]\n> تنبيه\n",
    "tags that are words": "Press <Enter> twice\n",
    "signs of other line ends": "x\u2028y\u0085z\x0bw\n\nq\x0c\n",
}


def trips(page: Page, bodies: list[str]) -> list[dict[str, Any]]:
    open_editor(page, "", FakeServer())
    found: list[dict[str, Any]] = page.evaluate(ROUND_TRIPS, bodies)
    return found


def assert_only_one_block_changed(body: str, trip: dict[str, Any]) -> None:
    """The edited text is the old one but for one run of bytes, and that run is the paragraph with the new word."""
    if trip["paragraph"] is None:
        return
    edited = trip["edited"]
    assert edited.count("zyxword") == 1
    before, after = edited.split("zyxword")
    same_start = _common(body, before)
    same_end = _common(body[::-1], after[::-1])
    between = body[same_start : len(body) - same_end]
    assert "\n\n" not in between.strip("\n"), (body, edited)


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def collection(name: str) -> list[str]:
    if name == "the demo":
        return [path.read_text("utf-8").split("---\n", 2)[2] for path in sorted(DEMO.rglob("*.md"))]
    if not HELP.is_dir():
        pytest.skip(f"the help pages are not at {HELP}")
    rules = maps.load(PROJECT / "demo" / "maps" / "gnome-help.toml")
    files = [HELP / f"{language}.jsonl" for language in ("en", "hu", "sv", "ru")]
    return [article.body for article in Read(list(readers.read(files, rules, now=NOW))).articles]


@pytest.mark.parametrize(("name", "least"), [("the demo", 150), ("gnome-help", 1268)])
def test_a_whole_collection_comes_back_byte_for_byte_and_one_edit_changes_one_block(
    page: Page, name: str, least: int
) -> None:
    bodies = collection(name)
    assert len(bodies) >= least
    found = trips(page, bodies)
    assert [trip["read"] for trip in found] == bodies
    assert sum(trip["paragraph"] is not None for trip in found) > least / 2
    for body, trip in zip(bodies, found, strict=True):
        assert_only_one_block_changed(body, trip)
    kinds = [kind for trip in found for kind in trip["kinds"]]
    assert kinds.count("kept") < len(kinds) / 100  # nearly everything can be edited visually


def test_every_construct_comes_back_byte_for_byte(page: Page) -> None:
    found = trips(page, list(CONSTRUCTS.values()))
    read = {name: trip["read"] for name, trip in zip(CONSTRUCTS, found, strict=True)}
    assert read == CONSTRUCTS


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("a table", ["table", "paragraph"]),
        ("nested lists", ["ordered_list"]),
        ("callouts", ["callout", "callout"]),
        ("snippets and live values", ["kept", "paragraph"]),
        ("definition lists", ["kept", "kept", "paragraph"]),
        ("footnotes", ["paragraph", "kept", "paragraph"]),
        ("definitions of links", ["kept", "paragraph", "kept"]),
        ("tasks", ["bullet_list"]),
    ],
)
def test_what_can_be_drawn_is_drawn_and_the_rest_is_kept(page: Page, name: str, kinds: list[str]) -> None:
    [trip] = trips(page, [CONSTRUCTS[name]])
    assert trip["kinds"] == kinds


def test_switching_the_modes_changes_nothing(page: Page) -> None:
    body = "\n".join(text.replace("\r\n", "\n") for text in CONSTRUCTS.values())
    open_editor(page, body, FakeServer())
    opened = markdown(page)
    for mode in ("source", "visual", "preview", "source", "visual"):
        show(page, mode)
        assert markdown(page) == opened
    assert opened == body


def test_undoing_a_change_brings_back_the_old_bytes(page: Page) -> None:
    body = "A line\nthat goes on, __bold__ and [far](<kb:far>).\n\n* a list\n"
    open_editor(page, body, FakeServer())
    page.locator(".ProseMirror p").first.click()
    page.keyboard.press("End")
    page.keyboard.type("x")
    assert "__bold__" not in markdown(page)
    page.keyboard.press("Control+z")
    assert markdown(page) == body
