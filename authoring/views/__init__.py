"""Pages of authoring; each module adds its own to the blueprint."""

from __future__ import annotations

from authoring.views import (  # noqa: F401 - each adds its pages to the blueprint
    article_links,
    comments,
    delegations,
    desk,
    edit,
    edit_aids,
    expiry,
    history,
    kinds,
    links,
    mail,
    new,
    notices,
    quality,
    reading_asking,
    readings,
    reviews,
    suggestions,
    translations,
    workflows,
    xliff,
)
