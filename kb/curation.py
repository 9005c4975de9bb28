"""What holds for an article in all its languages, set in one go."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from kb import articles
from kb.concurrency import refuse_stale
from kb.models import Article, Topic
from kb.permissions import WRITE_ARTICLES, require
from kb.viewers import Viewer


def settle(
    session: Session,
    article: Article,
    *,
    kind: str,
    audience: str,
    topics: Sequence[Topic],
    related: Sequence[str],
    by: Viewer,
    seen: str | None = None,
) -> None:
    """Set an article's properties and its places in the topic tree.

    Args:
        topics: the first is its breadcrumb.
        related: keys of articles to read next.
        seen: its version when the form was opened.

    Raises:
        Invalid: the kind or audience is unknown.
        Conflict: somebody else saved it meanwhile.
    """
    require(by, WRITE_ARTICLES)
    refuse_stale(session, article, seen)
    articles.change(session, article, kind=kind, audience=audience, related=related, by=by)
    articles.place(session, article, topics, by=by)
