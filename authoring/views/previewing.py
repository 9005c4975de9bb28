"""Showing a text that is being written as its readers would get it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for

from authoring.writing.previews import preview
from kb import external
from kb.article_page import Addresses
from kb.context import now, services, session, structure, viewer
from kb.models import Article
from kb.templating import attachment_url, content_names, moment
from kb.views.admin.blueprint import reading_order


def shown(article: Article, language: str, body: str) -> str:
    """Safe HTML of a body as the portal would show it; links lead to the articles' own pages of the work area."""
    return preview(
        session(),
        viewer(),
        now(),
        article,
        body,
        structure=structure(),
        languages=(language, *reading_order()),
        addresses=Addresses(
            article=lambda card, _fragment: url_for("admin.article", article_id=card.article_id),
            attachment=attachment_url,
            moment=moment,
            labels=content_names(),
        ),
        outside=_outside,
    )


def _outside(keys: set[str]) -> Mapping[str, external.Reading]:
    return external.readings(services().database, services().config, keys, now())
