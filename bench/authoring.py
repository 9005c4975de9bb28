"""Writing: how long saving takes while many write at once, beside one author alone and a look at the same page."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode

from bench.instances import WORKERS, instance, log_in
from bench.programs import Failed, Server
from bench.tables import Cell, percentile, table
from bench.texts import Texts

AUTHORS = 10  # at most
SAVES = 20  # of each author
OK, SEE_OTHER = 200, 303
TEXTAREA = re.compile(r'<textarea[^>]* name="(\w+)"[^>]*>\r?\n?(.*?)</textarea>', re.DOTALL)
INPUT = re.compile(r"<input[^>]*>")
SELECT = re.compile(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', re.DOTALL)

Took = dict[str, list[float]]
"""What was done -> seconds of each time."""


class Author:
    """Somebody who writes, with a connection of their own."""

    def __init__(self, server: Server, email: str, path: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._cookie = log_in(server, email)
        self._path = path

    def write(self, saves: int) -> Took:
        """Look at the page, keep what is typed, save it as a revision; so many times.

        Raises:
            Failed: the server refused it.
        """
        took: Took = {"open the page": [], "keep what is typed": [], "save a revision": []}
        for number in range(saves):
            page = self._timed(took["open the page"], "GET", self._path, OK)
            form = _form(page)
            form["body"] += f"\n\nA line more, number {number}."
            kept = json.dumps({"base_id": int(form["base"]), "fields": form}).encode()
            said = {"Content-Type": "application/json", "X-CSRFToken": form["csrf_token"]}
            self._timed(took["keep what is typed"], "POST", f"{self._path}/autosave", OK, kept, said)
            sent = urlencode({**form, "action": "save"}).encode()
            said = {"Content-Type": "application/x-www-form-urlencoded"}
            self._timed(took["save a revision"], "POST", self._path, SEE_OTHER, sent, said)
        return took

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _timed(
        self,
        took: list[float],
        method: str,
        path: str,
        status: int,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        before = time.perf_counter()
        self._connection.request(method, path, body, {"Cookie": self._cookie, **(headers or {})})
        answer: HTTPResponse = self._connection.getresponse()
        text = answer.read().decode()
        took.append(time.perf_counter() - before)
        if answer.status != status:
            raise Failed(f"{method} {path} answers {answer.status}")
        return text


def _form(page: str) -> dict[str, str]:
    """The fields of the editing page as a browser would send them, several choices and boxes left alone."""
    shown = page[page.index('id="edit"') :]
    shown = shown[: shown.index("</form>")]
    found = {name: html.unescape(text) for name, text in TEXTAREA.findall(shown)}
    for tag in INPUT.findall(shown):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in attributes and attributes.get("type") not in {"checkbox", "radio"}:
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    for name, options in SELECT.findall(shown):
        chosen = re.search(r'<option[^>]*\bselected\b[^>]*value="([^"]*)"', options)
        chosen = chosen or re.search(r'value="([^"]*)"[^>]*\bselected\b', options)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return found


def measure(texts: Texts, saves: int = SAVES) -> str:
    """A Markdown table of what authors wait for, each at an article of their own."""
    with instance() as made:
        made.fill(texts)
        paths = made.edit_paths()[:AUTHORS]
        addresses = made.employ(len(paths))
        with made.serving() as server:
            authors = [Author(server, *one) for one in zip(addresses, paths, strict=True)]
            authors[0].write(2)  # what the first requests of all cost
            alone = authors[0].write(saves)
            together = _together(authors, saves)
            for author in authors:
                author.close()
    headings = ["what", "alone p50 ms", "alone p95 ms", f"{len(paths)} at once p50 ms", "p95 ms"]
    rows: list[list[Cell]] = [[name, *_figures(alone[name]), *_figures(together[name])] for name in together]
    return table(f"Writing, {texts.called}, {WORKERS} workers", headings, rows)


def _together(authors: Sequence[Author], saves: int) -> Took:
    with ThreadPoolExecutor(len(authors)) as pool:
        each = list(pool.map(lambda author: author.write(saves), authors))
    return {name: [seconds for took in each for seconds in took[name]] for name in each[0]}


def _figures(took: Sequence[float]) -> list[float]:
    return [percentile(took, 0.5) * 1000, percentile(took, 0.95) * 1000]
