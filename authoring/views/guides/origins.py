"""What a translation of a guide is made from: the newest tree in the source language, and how far it has moved on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from authoring.languages import translations
from authoring.views.edit_form import opened_here
from authoring.views.guides.exchange import tree_in
from authoring.views.guides.findings import called
from cbr.trees.tree import Node, Tree
from kb.context import session
from kb.models import Article, Revision


@dataclass(frozen=True)
class Origin:
    """The source of a translated guide.

    Args:
        tree: whose steps and ways are shown; None where the source is no tree.
        revision_id: of the source that is shown.
        held_from_id: of the source that the newest translation was made from; None where nobody knows.
        is_behind: whether the source says something else since.
        changed: steps that are new or say something else since: id -> title.
    """

    tree: Tree | None
    revision_id: int
    held_from_id: int | None = None
    is_behind: bool = False
    changed: Mapping[str, str] = field(default_factory=dict)


def origin_of(article: Article, language: str) -> Origin | None:
    """What the translation of a guide into a language is made from; None while nothing is written there."""
    newest = _newest(article)
    if newest is None:
        return None
    tree = tree_in(newest.body)
    held_from = translations.made_from(session(), article, language, None)
    if held_from is None:
        return Origin(tree, newest.id)
    is_behind = translations.is_behind(held_from, newest)
    before = tree_in(held_from.body) if is_behind else None
    changed = changes(before, tree) if before and tree else {}
    return Origin(tree, newest.id, held_from.id, is_behind, changed)


def source_tree(article: Article) -> Tree | None:
    """The newest tree in an article's source language; None where its text is none."""
    newest = _newest(article)
    return tree_in(newest.body) if newest else None


def changes(before: Tree, after: Tree) -> dict[str, str]:
    """The steps of a tree that are new or say something else than before: id -> title."""
    return {
        key: called(after, key)
        for key, node in after.by_id.items()
        if key not in before.by_id or _said(node) != _said(before.by_id[key])
    }


def _said(node: Node) -> tuple[object, ...]:
    """All that a translation repeats in its own words."""
    return node.kind, node.title, node.text, tuple((way.key, way.text) for way in node.ways)


def _newest(article: Article) -> Revision | None:
    return opened_here(article, article.source_language).last
