"""What a revision would change for readers, beside its text: title, summary, tags, times, properties of the article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from markupsafe import Markup

from authoring.views.differing import difference, said
from authoring.writing import differences
from kb.context import now, structure
from kb.languages import named
from kb.models import Article, Revision
from kb.templating import KIND_NAMES, moment
from kb.views.admin.blueprint import reading_order

Part = tuple[str, Markup, bool]
"""What it is called, how it changes, and whether that is in the language of the text."""


def parts(before: Revision | None, revision: Revision) -> Iterator[Part]:
    """What differs beside the body, and what changes of the article in all its languages.

    Args:
        before: what readers had last; None where there was nothing.
    """
    if before is not None:
        yield from _texts(before, revision)
        yield from _times(before, revision)
    yield from _properties(revision.translation.article, revision.proposed or {})


def _texts(before: Revision, revision: Revision) -> Iterator[Part]:
    for words, old, new in (
        (_("Title"), before.title, revision.title),
        (_("Summary"), before.summary, revision.summary),
        (_("Tags"), ", ".join(before.tags), ", ".join(revision.tags)),
    ):
        if old != new:
            yield words, difference(old, new), True


def _times(before: Revision, revision: Revision) -> Iterator[Part]:
    if revision.publish_at > now():
        yield _("Shows from"), instead(_moment(before.publish_at), _moment(revision.publish_at)), False
    for words, old, new in (
        (_("Expires"), before.expires_at, revision.expires_at),
        (_("Review by"), before.review_by, revision.review_by),
    ):
        if old != new:
            yield words, instead(_moment(old), _moment(new)), False


def _moment(value: datetime | None) -> str:
    return moment(value) if value else _("never")


def _properties(article: Article, proposed: Mapping[str, object]) -> Iterator[Part]:
    held = [structure().topics_by_id[place.topic_id].key for place in article.topics]
    for words, name, old in (
        (_("Kind"), "kind", article.kind),
        (_("Audience"), "audience", article.audience),
        (_("Topics"), "topics", held),
    ):
        if name in proposed and proposed[name] != old:
            yield words, instead(_said(name, old), _said(name, proposed[name])), False
    if proposed.get("replaced_by"):
        yield _("Replaced by"), instead(article.replaced_by or "", str(proposed["replaced_by"])), False


def _said(name: str, value: object) -> str:
    if name == "kind":
        return str(KIND_NAMES.get(str(value), value))
    if name == "audience":
        return named(structure().audiences.get(str(value), {}), reading_order(), str(value))
    return topic_words([str(key) for key in value] if isinstance(value, list) else [])


def topic_words(keys: Sequence[str]) -> str:
    """The names of topics, each with the way that leads to it."""
    nodes = [structure().topics[key] for key in keys if key in structure().topics]
    return "; ".join(" › ".join(step.name(reading_order()) for step in node.path) for node in nodes)


def instead(old: str, new: str) -> Markup:
    """The one instead of the other, not word by word."""
    runs = [differences.Run("removed", old), differences.Run("added", new)]
    shown = (differences.marked([run], said()) for run in runs if run.text)
    return Markup('<span class="diff">{}</span>').format(Markup(" ").join(shown))
