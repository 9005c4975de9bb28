"""Revisions: read as readers would, with their Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, url_for

from kb import external
from kb.access import needs
from kb.article_page import Addresses, ArticlePage, article_page
from kb.context import now, services, session, structure, viewer
from kb.models import Person, Revision
from kb.permissions import PUBLISH_ARTICLES
from kb.queries import Card
from kb.standing import state_of
from kb.templating import attachment_url, content_names, moment
from kb.views.admin.blueprint import CARETAKERS, blueprint, reading_order, row


@blueprint.get("/revisions/<int:revision_id>")
@needs(*CARETAKERS)
def article_revision(revision_id: int) -> str:
    """What a revision says, whatever its state, and its source text."""
    found = row(Revision, revision_id)
    page = preview(found)
    return render_template(
        "kb/admin_revision.html",
        page=page,
        revision=found,
        article=page.article,
        state=state_of(found, now()),
        author=session().get(Person, found.author_id) if found.author_id else None,
        may_publish=viewer().has(*PUBLISH_ARTICLES),
    )


def preview(found: Revision) -> ArticlePage:
    """A revision as readers would see it, with the files that are not approved yet; links lead to the work pages."""
    addresses = Addresses(
        article=lambda card, _fragment: _address(card),
        attachment=attachment_url,
        moment=moment,
        labels=content_names(),
    )
    return article_page(
        session(),
        viewer(),
        now(),
        found,
        structure(),
        reading_order(),
        addresses,
        _outside,
        sees_all=True,
    )


def _address(card: Card) -> str:
    return url_for("admin.article", article_id=card.article_id)


def _outside(keys: set[str]) -> Mapping[str, external.Reading]:
    return external.readings(services().database, services().config, keys, now())
