"""What keeps a guide from its reviewers: errors at which whoever is led through it would be stuck."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.guided.checking import look_at
from cbr.guided.queries import GUIDE
from cbr.trees import body
from cbr.trees.tree import Tree
from kb.errors import N_, Invalid
from kb.models import Article, Revision, Translation
from kb.viewers import Viewer

MOST_NAMED = 3


def refuse_broken(
    session: Session, revision: Revision, *, by: Viewer, now: datetime, brought_in: bool = False
) -> None:
    """Raises `Invalid` where a revision is a tree with errors; warnings, and guides that are plain pages, may pass.

    Args:
        by: guides inside of it are looked into as far as this person may read them.
        brought_in: from elsewhere, to be mended here.
    """
    translation, article = revision.translation, revision.translation.article
    tree = _tree(revision) if article.kind == GUIDE and not brought_in else None
    if tree is None:
        return
    source = None
    if translation.language != article.source_language:
        source = _source(session, article)
    errors = [one for one in look_at(session, by, now, article.key, tree, source) if one.is_error]
    if not errors:
        return
    shown = source or tree
    steps = dict.fromkeys(
        node.title or node.id for one in errors if (node := shown.by_id.get(one.node)) is not None
    )
    named = ", ".join(f"“{title}”" for title in list(steps)[:MOST_NAMED])
    if named:
        reason = N_(
            "The guide has steps where people would be stuck: %(steps)s. Mend what the tree's list “To mend” says.",
            steps=named,
        )
    else:
        reason = N_("The guide has errors. Mend what the tree's list “To mend” says.")
    raise Invalid({"body": reason})


def _source(session: Session, article: Article) -> Tree | None:
    query = (
        select(Revision)
        .join(Revision.translation)
        .where(Translation.article_id == article.id, Translation.language == article.source_language)
        .order_by(Revision.number.desc())
    )
    newest = session.scalars(query.limit(1)).first()
    return _tree(newest) if newest else None


def _tree(revision: Revision) -> Tree | None:
    """The tree of a text; None where it is a page: without steps, or without ways between them."""
    try:
        tree = body.read(revision.body)
    except Invalid:
        return None
    return tree if any(node.ways for node in tree.nodes) else None
