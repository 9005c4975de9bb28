"""The editing page as `static/authoring/edit.js` expects it, with a server that the test plays itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route

from kb.content import LinkTarget, render, resolve
from kb.http import CONTENT_SECURITY_POLICY
from tests.processes import ROOT

ADDRESS = "/edit-harness"
CALLOUTS = ("note", "tip", "important", "warning", "caution")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


@dataclass
class FakeServer:
    """Answers the page's questions; `saved` is what it was sent, and a test changes what it answers."""

    saved: list[dict[str, Any]] = field(default_factory=list)
    submitted: list[dict[str, list[str]]] = field(default_factory=list)
    uploaded: list[str] = field(default_factory=list)
    previews: list[str] = field(default_factory=list)
    polls: int = 0
    is_down: bool = False
    refusal: str = ""
    others: list[dict[str, str]] = field(default_factory=list)
    newest: dict[str, Any] | None = None
    articles: list[dict[str, str]] = field(default_factory=list)

    def autosave(self, route: Route) -> None:
        if self.is_down:
            return route.abort()
        if self.refusal:
            return _json(route, {"detail": self.refusal}, status=422)
        if route.request.method == "GET":
            self.polls += 1
        else:
            self.saved.append(_sent(route))
        _json(route, {"saved_at": "2026-11-22T09:30:00+00:00", "others": self.others, "newest": self.newest})

    def preview(self, route: Route) -> None:
        body = _sent(route)["body"]
        self.previews.append(body)
        html = resolve(
            render(body).html,
            link=lambda key, fragment: LinkTarget(f"/a/{key}", key),
            attachment=lambda number: f"/files/{number}/picture.png",
            external=lambda path: None,
            labels={kind: kind.capitalize() for kind in CALLOUTS} | {"table": "Table"},
        )
        _json(route, {"html": html})

    def upload(self, route: Route) -> None:
        body = route.request.post_data_buffer or b""
        found = re.search(rb'filename="([^"]*)"', body)
        name = found[1].decode() if found else ""
        if name.endswith(".exe"):
            return _json(route, {"detail": "not this kind of file"}, status=422)
        self.uploaded.append(name)
        answer = {
            "id": 99,
            "filename": name,
            "is_image": True,
            "markdown": f"![{name}](attachment:99)",
        }
        _json(route, answer)

    def find(self, route: Route) -> None:
        words = _query(route, "q").lower()
        _json(route, [article for article in self.articles if words in article["title"].lower()])

    def similar(self, route: Route) -> None:
        is_known = "sim" in _query(route, "title").lower()
        _json(route, [{"title": "Activate a SIM card", "address": "/a/sim"}] if is_known else [])

    def submit(self, route: Route) -> None:
        self.submitted.append(parse_qs(route.request.post_data or "", keep_blank_values=True))
        route.fulfill(content_type="text/html", body="<!doctype html><title>Saved</title>")


def open_editor(
    page: Page,
    body: str,
    server: FakeServer,
    *,
    more: str = "",
    language: str = "en",
    base: str = "7",
    is_plain: bool = False,
) -> None:
    """Open the page with a text, and wait until its script is ready; `is_plain` when there will be none."""
    endpoints: dict[str, Callable[[Route], None]] = {
        "autosave": server.autosave,
        "preview": server.preview,
        "upload": server.upload,
        "find": server.find,
        "similar": server.similar,
        "submit": server.submit,
    }
    for name, answer in endpoints.items():
        page.route(re.compile(rf"{ADDRESS}/{name}(\?|$)"), answer)
    page.route("**/files/*/picture.png", lambda route: route.fulfill(content_type="image/png", body=PIXEL))
    page.route(
        re.compile(rf"{ADDRESS}$"),
        lambda route: route.fulfill(
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
            body=_html(body, f'data-base="{base}" data-language="{language}" {more}'),
        ),
    )
    page.goto(ADDRESS)
    if not is_plain:
        page.wait_for_selector("#edit[data-ready]")


def markdown(page: Page) -> str:
    """What the form would send."""
    return page.locator("#edit #body").input_value()


def show(page: Page, mode: str) -> None:
    """Press the button of a mode: Visual, Markdown, Preview."""
    page.locator(".toolbar-modes").get_by_role("button", name=mode).click()


def paste(page: Page, html: str, text: str = "") -> None:
    """Paste into the visual mode what another program left on the clipboard.

    Nobody pastes in the same instant as they click: the editor has heard of the new place when a short timer that was
    set after the click is over.
    """
    page.evaluate(
        """async ([html, text]) => {
            await new Promise((resolve) => setTimeout(resolve, 50));
            const data = new DataTransfer();
            data.setData("text/html", html);
            data.setData("text/plain", text);
            const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            document.querySelector(".ProseMirror").dispatchEvent(event);
        }""",
        [html, text],
    )


def words() -> dict[str, str]:
    """Each key that edit.js lists at its top, with an English word that a test can find."""
    source = (ROOT / "static" / "authoring" / "edit.js").read_text("utf-8")
    listed = source.partition("data-words, with {name} filled in here:")[2].partition("*/")[0]
    found = re.findall(r"(\w+)(?:\{([\w,]+)\})?", listed)
    assert len(found) > 60
    return {
        key: " ".join([key, *(f"{{{name}}}" for name in names.split(",") if name)]) for key, names in found
    }


def _html(body: str, more: str) -> str:
    addresses = " ".join(
        f'data-{name}="{ADDRESS}/{name}"' for name in ("autosave", "preview", "upload", "find", "similar")
    )
    sheets = "".join(
        f'<link rel="stylesheet" href="/static/{name}.css">'
        for name in ("tokens", "base", "kb/admin", "authoring/edit")
    )
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Edit</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{sheets}
<script type="module" src="/static/authoring/edit.js"></script></head><body class="staff">
<main id="main" class="wrap site-main"><h1>Edit</h1>
<form id="edit" class="form form-wide" method="post" action="{ADDRESS}/submit" {addresses} data-csrf="token"
 data-icons="/static/icons.svg" data-words="{escape(json.dumps(words()))}" {more}>
<input type="hidden" name="csrf_token" value="token">
<div class="field"><label for="title">Title</label><input id="title" name="title" value="A title">
<div id="similar"></div></div>
<div class="field"><label for="summary">Summary</label><input id="summary" name="summary"></div>
<div class="field"><label for="body">Text</label><div class="editor" id="editor"><div id="toolbar" hidden></div>
<div id="visual" hidden></div><textarea id="body" name="body" rows="20">
{escape(body)}</textarea><div id="preview" hidden></div></div>
<p id="save-state" role="status"></p><p id="presence" role="status"></p></div>
<div class="field"><label for="tags">Tags</label><input id="tags" name="tags"></div>
<div class="form-actions"><button class="button button-primary" name="action" value="save">Save</button>
<button class="button" name="action" value="submit">Submit</button>
<button class="button" name="action" value="discard">Discard</button></div></form></main></body></html>"""


def _json(route: Route, answer: object, status: int = 200) -> None:
    route.fulfill(status=status, content_type="application/json", body=json.dumps(answer))


def _sent(route: Route) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(route.request.post_data or "{}")
    return sent


def _query(route: Route, name: str) -> str:
    return parse_qs(urlsplit(route.request.url).query).get(name, [""])[0]
