"""Everything that is wrong with a guide: in its tree, in its translation, and in what it leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.case_types import schema_of
from cbr.guided import queries
from cbr.models import CaseTypeRow
from cbr.trees.body import read
from cbr.trees.checks import Finding, Known, check
from cbr.trees.nesting import check_nesting
from cbr.trees.translation import compare
from cbr.trees.tree import Kind, Tree
from kb.errors import Invalid
from kb.models import Article
from kb.viewers import Viewer


def look_at(
    session: Session, viewer: Viewer, now: datetime, key: str, tree: Tree, source: Tree | None = None
) -> Sequence[Finding]:
    """What is wrong with a tree as it would be kept: errors first, each group in the order of its steps.

    Args:
        viewer: guides inside are looked into as far as this person may read them.
        key: of the guide; "" for one that has none yet.
        source: the tree that it is a translation of.
    """
    found = [*check(tree, known(session, tree)), *check_nesting(key, tree, _guides(session, viewer, now))]
    if source is not None:
        found += compare(source, tree)
    order = {one: at for at, one in enumerate(tree.by_id)}
    return sorted(found, key=lambda one: (not one.is_error, order.get(one.node, -1)))


def known(session: Session, tree: Tree) -> Known:
    """What there is of all that a tree is about: articles of any state, case types in use, what can be known."""
    guides, articles = tree.subjects(Kind.GUIDE), tree.subjects(Kind.ARTICLE)
    query = select(Article.key, Article.kind).where(Article.key.in_(sorted(guides | articles)))
    kinds = {row.key: row.kind for row in session.execute(query)} if guides | articles else {}
    rows = session.scalars(select(CaseTypeRow).where(CaseTypeRow.is_active)).all()
    asked = {node.attribute for node in tree.nodes if node.attribute}
    return Known(
        guides=frozenset(key for key, kind in kinds.items() if kind == queries.GUIDE),
        case_types=frozenset(row.key for row in rows),
        articles=frozenset(kinds),
        attributes=frozenset(asked.union(*(schema_of(row).by_key for row in rows))),
    )


def _guides(session: Session, viewer: Viewer, now: datetime) -> Callable[[str], Tree | None]:
    def tree_of(key: str) -> Tree | None:
        source = next(iter(queries.sources(session, viewer, now, key)), None)
        try:
            return read(queries.text_of(session, source.revision_id).body) if source else None
        except Invalid:
            return None

    return tree_of
