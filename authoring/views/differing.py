"""Differences of two texts in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from authoring.writing import differences


def said() -> differences.Words:
    """What is said beside the colours of a difference."""
    return differences.Words(removed=_("removed:"), added=_("added:"), unchanged=_unchanged)


def _unchanged(count: int) -> str:
    return str(ngettext("… %(num)d unchanged line …", "… %(num)d unchanged lines …", count))


def difference(before: str, after: str, *, context: int | None = None) -> Markup:
    """Both texts in one, for people; the arguments are those of `differences.html`."""
    return differences.html(before, after, context=context, say=said())
