"""What the tests of writing share: the editing page as a browser without scripts sees it, and sends it."""

from __future__ import annotations

import html
import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb.models import Article, Revision
from tests import factories
from tests.kb.admin.conftest import afresh

BODY = "First paragraph.\n\nSecond paragraph.\n\nThird paragraph.\n"


def address(article: Article, language: str = "en", rest: str = "") -> str:
    """Where a translation is edited, or where its page asks for something."""
    return f"/authoring/articles/{article.id}/{language}{rest}"


def form_on(page: TestResponse) -> dict[str, Any]:
    """What a browser without scripts would send of the form on a page, untouched."""
    begun = re.search(r'<form class="(edit|conflict)-form"', page.text)
    assert begun
    form = page.text[begun.start() : page.text.index("</form>", begun.start())]
    form += "".join(re.findall(r'<input [^>]*form="edit"[^>]*>', page.text))
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and kind and (kind[1] not in {"checkbox", "radio"} or " checked" in tag):
            fields.setdefault(name[1], []).append(html.unescape(value[1] if value else ""))
    for name, text in re.findall(
        r'<textarea [^>]*name="([^"]*)"[^>]*>\r?\n?(.*?)</textarea>', form, re.DOTALL
    ):
        fields[name] = [html.unescape(text).replace("\r\n", "\n").replace("\n", "\r\n")]
    for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        fields[name] = [html.unescape(chosen[1])] if chosen else [""]
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def send(client: FlaskClient, article: Article, language: str = "en", **changes: Any) -> TestResponse:
    """Open the page, change some fields, press a button."""
    fields = form_on(client.get(address(article, language)))
    return client.post(address(article, language), data=fields | {"action": "save"} | changes)


def newest(session: Session, article: Article, language: str = "en") -> Revision:
    """The last revision that was committed."""
    afresh(session)
    return factories.newest(session.get_one(Article, article.id), language)
