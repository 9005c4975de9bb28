"""Showing a text that is still being written as readers would get it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kb import content, queries
from kb.article_page import Addresses
from kb.external import Reading
from kb.models import Article
from kb.structure import Structure
from kb.viewers import Viewer


def preview(
    session: Session,
    viewer: Viewer,
    now: datetime,
    article: Article,
    body: str,
    *,
    structure: Structure,
    languages: Sequence[str],
    addresses: Addresses,
    outside: Callable[[set[str]], Mapping[str, Reading]],
) -> str:
    """Safe HTML of a body, with its snippets, links, files and outside values.

    Args:
        body: Markdown, as typed.
        languages: that of the text first, for snippets and links.
        outside: source keys -> what the outside systems said last.
    """
    made = content.render(content.expand_snippets(body, structure.snippets_in(languages)))
    cards = queries.neighbours(session, viewer, now, article, made.links, languages).by_key
    files = {str(file.id): file for file in queries.attachments_of(session, article.id)}
    readings = outside({path.partition(".")[0] for path in made.externals}) if made.externals else {}

    def link(key: str, fragment: str | None) -> content.LinkTarget | None:
        card = cards.get(key)
        return content.LinkTarget(addresses.article(card, fragment), card.title) if card else None

    def attachment(attachment_id: str) -> str | None:
        return addresses.attachment(files[attachment_id]) if attachment_id in files else None

    def external(path: str) -> content.ExternalValue | None:
        source, *names = path.split(".")
        reading = readings.get(source)
        text = reading.at(names) if reading else None
        if reading is None or text is None:
            return None
        return content.ExternalValue(text, addresses.moment(reading.fetched_at), reading.stale)

    return content.resolve(
        made.html, link=link, attachment=attachment, external=external, labels=addresses.labels
    )
