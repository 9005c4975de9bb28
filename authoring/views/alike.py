"""Which articles may say the same already as one with a title that somebody is typing."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for

from authoring.writing.duplicates import similar
from kb.context import now, session, viewer
from search.asking import search


class Alike(NamedTuple):
    """An article that may say it already; `state` is that of its newest revision."""

    title: str
    address: str
    state: str


def alike(title: str, language: str, *, besides: int | None = None) -> list[Alike]:
    """Those that exist, the likeliest first.

    Args:
        besides: id of the article that is being written.
    """
    found = similar(session(), search().ask, title, language, viewer(), now(), without=besides)
    return [
        Alike(one.title, url_for("admin.article", article_id=one.article_id, language=language), one.state)
        for one in found
    ]
