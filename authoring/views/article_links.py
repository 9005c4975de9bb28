"""What the pages of articles lead to in authoring: templates ask here what this person may do with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from authoring.models import Review
from authoring.views.blueprint import blueprint
from authoring.workflow import OPEN
from kb import articles
from kb.context import session, viewer
from kb.models import Article, Revision, State


@blueprint.app_template_global("may_edit")
def may_edit(article: Article, language: str) -> bool:
    """Whether there is an editing page for this person."""
    roles = articles.may_revise(article, language)
    return viewer().has(*roles) and viewer().may(roles, articles.ground_of(article, language))


@blueprint.app_template_global("open_reviews")
def open_reviews(revisions: Sequence[Revision]) -> Mapping[int, int]:
    """Revision -> its open review, by their ids."""
    waiting = [one.id for one in revisions if one.state in {State.IN_REVIEW, State.PUBLISHED}]
    query = select(Review.revision_id, Review.id).where(
        Review.revision_id.in_(waiting), Review.outcome == OPEN
    )
    return dict(session().execute(query).all()) if waiting else {}
