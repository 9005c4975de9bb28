"""The help widget on another site's page: what it weighs beside its peers, and how soon it opens and answers."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, Playwright, ViewportSize, sync_playwright
from sqlalchemy import select

from bench.instances import PORTAL, WORKERS, Instance, instance
from bench.programs import Failed
from bench.tables import Cell, percentile, table
from bench.texts import Texts
from kb.models import Portal
from kb.permissions import SYSTEM
from widgets.embed import settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
MODULE = re.compile(r'"module":"([^"]+)"')
NPM_S = 120.0
BETWEEN_KEYS_MS = 60.0
PATIENCE_MS = 20_000.0
WIDE: ViewportSize = {"width": 1280, "height": 800}

PAGE = """<!doctype html><html lang={language}><meta charset=utf-8>
<meta name=viewport content=width=device-width><title>Shop</title>
<body><main><h1>Shop</h1><p>Phones, and much more.</p></main>
<script src="{service}/embed.js" data-portal="{portal}" async></script>"""

WATCH = """
window.seen = {clicked: 0, focused: 0, keyed: 0, asked: 0, answered: 0, wanted: null, shift: 0, tasks: []};
const watch = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({type, buffered: true});
watch("layout-shift", (one) => { seen.shift += one.value; });
watch("longtask", (one) => seen.tasks.push(one.duration));
addEventListener("click", (event) => { seen.clicked = event.timeStamp; }, true);
addEventListener("keydown", (event) => { seen.keyed = event.timeStamp; }, true);
addEventListener("focusin", (event) => {
  if (event.composedPath()[0].id === "q") seen.focused ||= performance.now();
}, true);
const real = window.fetch;
window.fetch = (...told) => {
  if (new URL(told[0]).searchParams.get("q") === seen.wanted) seen.asked ||= performance.now();
  return real(...told);
};
"""
"""Asking for a newer text ends the older one: what is swapped in after the whole question was asked answers it."""

ROOT = 'document.querySelector("kalauz-help").shadowRoot'
FOLLOW = f"""() => new MutationObserver(() => {{ if (seen.asked) seen.answered ||= performance.now(); }})
  .observe({ROOT}.querySelector(".part"), {{childList: true}})"""
WANT = "(question) => { Object.assign(seen, {wanted: question, keyed: 0, asked: 0, answered: 0}); }"
IS_AT_HOME = f'!{ROOT}.querySelector("#q").value && !{ROOT}.querySelector("[aria-busy]")'
HAS_FAILED = f'!!{ROOT}.querySelector(".notice.bad")'


@dataclass(frozen=True, slots=True)
class Package:
    """A package of npm.

    Args:
        file: the bundle in it that a page has to load.
        note: what it is, where its name does not say it.
    """

    name: str
    file: str
    note: str = ""


PACKAGES = (
    Package("@docsearch/js", "dist/umd/docsearch.js", "search by words alone"),
    Package("@docsearch/js", "dist/umd/index.js", "search and its assistant"),
    Package("gleap", "build/browser/index.js"),
    Package("@botpress/webchat", "dist/index.umd.cjs", "React not in it"),
    Package("@typebot.io/js", "dist/web.js"),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Args:
        openings: visits in which the panel is opened, each with an empty cache.
        questions: typed in one panel, key by key.
        packages: fetched from npm and weighed.
    """

    openings: int = 20
    questions: int = 40
    packages: tuple[Package, ...] = PACKAGES


@dataclass(slots=True)
class _Seen:
    """What a browser saw: times in milliseconds, of each visit its layout shift, and tasks over 50 ms."""

    opened: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    shifts: list[float] = field(default_factory=list)
    tasks: list[float] = field(default_factory=list)

    def leave(self, page: Page) -> None:
        """Take along what a page felt, and close it."""
        felt = page.evaluate("seen")
        self.shifts.append(felt["shift"])
        self.tasks += felt["tasks"]
        page.context.close()


def measure(texts: Texts, sizes: Sizes | None = None) -> str:
    """Markdown tables: what the widget weighs, and what a reader waits for in a real browser."""
    sizes = sizes or Sizes()
    with instance() as made:
        made.fill(texts)
        language, questions = _questions(texts, sizes.questions)
        with made.serving() as server:
            service = f"http://127.0.0.1:{server.port}"
            ours = _ours(service, language)
            with _shop(service, language) as shop:
                _let_in(made, shop)
                speed = _speed(texts, shop, questions, sizes.openings)
    return "\n\n".join([*_weights(ours, sizes.packages), *speed])


def _questions(texts: Texts, count: int) -> tuple[str, list[str]]:
    """The language that the portal speaks first, and titles in it that have a key for each letter."""
    records = texts.records()
    language = min(record.language for record in records)
    titles = [
        record.title
        for record in records
        if record.language == language and record.audience == "public" and record.title.isascii()
    ]
    return language, titles[:: max(1, len(titles) // count)][:count]


def _let_in(made: Instance, origin: str) -> None:
    now = datetime.now(UTC)
    with made.database.transaction(actor="bench") as session:
        portal = session.scalars(select(Portal).where(Portal.key == PORTAL)).one()
        settings.save(session, portal, origins=[origin], rules=[], topics=(), by=SYSTEM, now=now)


# Weights


def _ours(service: str, language: str) -> list[list[Cell]]:
    """The rows of the loader alone, and of all that an open panel has fetched."""
    loader = _body(f"{service}/embed.js")
    module = MODULE.search(loader.decode())
    if module is None:
        raise Failed("the loader does not say where the panel's script is")
    portal = f"{service}/embed/v1/{PORTAL}"
    others = (f"{service}{module[1]}", f"{portal}/theme.css", f"{portal}/shell?lang={language}")
    all_of_it = [loader, *map(_body, others)]
    return [
        ["Kalauz, before anybody wants help: the loader", 1, _kilobytes(loader)],
        ["Kalauz, the panel is open", len(all_of_it), sum(map(_kilobytes, all_of_it))],
    ]


def _body(url: str) -> bytes:
    with urlopen(url, timeout=PATIENCE_MS / 1000) as answer:
        body: bytes = answer.read()
    return body


def _kilobytes(body: bytes) -> float:
    return len(gzip.compress(body, 9)) / 1024


def _weights(ours: list[list[Cell]], packages: Sequence[Package]) -> Iterator[str]:
    rows, missing = [*ours], []
    with TemporaryDirectory(prefix="kalauz-npm-") as folder:
        for number, name in enumerate(dict.fromkeys(package.name for package in packages)):
            wanted = [package for package in packages if package.name == name]
            place = Path(folder) / str(number)
            place.mkdir()
            try:
                rows += _weighed(_packed(name, place), wanted)
            except (OSError, KeyError, subprocess.SubprocessError) as error:
                missing.append(f"{name} ({type(error).__name__})")
    yield table("What the widget weighs, gzip -9", ["what a page loads", "files", "KB"], rows)
    if len(rows) > len(ours):
        yield "Of the packages the one script is counted; styles and what it fetches later come on top."
    if missing:
        yield f"Not fetched: {', '.join(missing)}."


def _packed(name: str, folder: Path) -> Path:
    """The archive of a package, fetched into an empty folder. Raises `OSError` or `SubprocessError`."""
    subprocess.run(
        ["npm", "pack", name, "--silent", "--ignore-scripts", "--pack-destination", str(folder)],
        cwd=folder,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=NPM_S,
    )
    return next(folder.glob("*.tgz"))


def _weighed(archive: Path, packages: Sequence[Package]) -> list[list[Cell]]:
    """The rows of a package. Raises `KeyError` where a file is no longer in it."""
    with tarfile.open(archive) as packed:
        version = json.loads(_member(packed, "package.json"))["version"]
        return [
            [
                f"{package.name} {version}{f', {package.note}' if package.note else ''}",
                1,
                _kilobytes(_member(packed, package.file)),
            ]
            for package in packages
        ]


def _member(packed: tarfile.TarFile, path: str) -> bytes:
    found = packed.extractfile(f"package/{path}")
    if found is None:
        raise KeyError(path)
    return found.read()


# Speed


@contextmanager
def _shop(service: str, language: str) -> Iterator[str]:
    """The origin of another site with the widget's tag on its page, until the end of the block."""
    text = PAGE.format(service=service, language=language, portal=PORTAL).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _speed(texts: Texts, shop: str, questions: Sequence[str], openings: int) -> list[str]:
    """The tables of what a browser saw, or that there is none."""
    with sync_playwright() as playwright:
        executable = _found(playwright)
        if executable is None:
            return ["Neither Chromium nor Chrome is here: how soon the widget answers was not measured."]
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            seen = _visits(browser, shop, questions, openings)
            version = browser.version
        finally:
            browser.close()
    times: list[list[Cell]] = [
        _row("from the click to the search box", seen.opened),
        _row("from the last key to the answers; aim: p95 up to 100", seen.answered),
        _row("of it, after the panel has asked", seen.waited),
    ]
    felt: list[list[Cell]] = [
        ["layout shift of a visit at most; aim: 0", max(seen.shifts)],
        ["tasks over 50 ms; aim: none", len(seen.tasks)],
        ["the longest of them, ms", max(seen.tasks, default="-")],
    ]
    title = f"The widget on another site's page, {texts.called}, {WORKERS} workers, Chromium {version}"
    return [
        table(title, ["what", "times", "p50 ms", "p95 ms", "longest ms"], times),
        table("What the page feels of it", ["what", "figure"], felt),
    ]


def _found(playwright: Playwright) -> str | None:
    """Where a browser is: this machine's own, or the one that Playwright installed."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


def _row(name: str, took: Sequence[float]) -> list[Cell]:
    return [name, len(took), percentile(took, 0.5), percentile(took, 0.95), max(took)]


def _visits(browser: Browser, shop: str, questions: Sequence[str], openings: int) -> _Seen:
    seen = _Seen()
    for _ in range(openings):
        page = _visited(browser, shop)
        seen.opened.append(_opened(page))
        seen.leave(page)
    page = _visited(browser, shop)
    _opened(page)
    page.evaluate(FOLLOW)
    for question in questions:
        times = _typed(page, question)
        seen.answered.append(times["answered"] - times["keyed"])
        seen.waited.append(times["answered"] - times["asked"])
    seen.leave(page)
    return seen


def _visited(browser: Browser, shop: str) -> Page:
    page = browser.new_context(viewport=WIDE).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH)
    page.goto(shop, wait_until="networkidle")
    return page


def _opened(page: Page) -> float:
    """Milliseconds from the click on the button until one can type."""
    page.locator("kalauz-button button").click()
    page.wait_for_function("seen.focused")
    return float(page.evaluate("seen.focused - seen.clicked"))


def _typed(page: Page, question: str) -> dict[str, Any]:
    """When the last key was pressed, when the panel asked, when the answers stood there; then it is empty again."""
    page.evaluate(WANT, question)
    page.keyboard.type(question, delay=BETWEEN_KEYS_MS)
    page.wait_for_function("seen.answered")
    if page.evaluate(HAS_FAILED):
        raise Failed(f"the panel does not answer {question!r}")
    times: dict[str, Any] = page.evaluate("seen")
    page.keyboard.press("Control+A")
    page.keyboard.press("Backspace")
    page.wait_for_function(IS_AT_HOME)
    return times
