"""Whether a source revision keeps the facts of what shows before it, so that its translations stay right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from authoring.languages.tracing import Step, Trace, passages_of, trace
from kb.models import Revision, State


def same_facts(session: Session, revision: Revision, *, at: datetime | None = None) -> bool:
    """Whether a source revision that is about to be published says the same as what shows when it begins.

    Args:
        at: the moment of its approval; it cannot show before. Without one it has to say the same as everything that
            shows or will show from its publish_at on.

    Returns:
        False for a translation, and where nothing shows before.
    """
    translation = revision.translation
    if translation.language != translation.article.source_language:
        return False
    before = _showing_before(session, revision, at)
    return bool(before) and all(
        trace([step_of(one), step_of(revision)], translation.language).is_current for one in before
    )


def _showing_before(session: Session, revision: Revision, at: datetime | None) -> Sequence[Revision]:
    begins = max(revision.publish_at, at) if at else revision.publish_at
    query = select(Revision).where(
        Revision.translation_id == revision.translation_id,
        Revision.state == State.PUBLISHED,
        Revision.id != revision.id,
        or_(Revision.superseded_at.is_(None), Revision.superseded_at > begins),
    )
    if at is not None:
        query = query.where(Revision.publish_at <= begins)
    found = session.scalars(query.order_by(Revision.number)).all()
    return found[-1:] if at is not None else found


def step_of(revision: Revision, *, wording_only: bool | None = None) -> Step:
    """A revision as a step of a trace.

    Args:
        wording_only: what counts instead of its author's mark.
    """
    marked = revision.wording_only if wording_only is None else wording_only
    return Step(passages_of(revision.title, revision.summary, revision.body), marked)


def traced(session: Session, made_from: Revision, newest: Revision) -> Trace:
    """What became of each passage of a source since the revision that a translation was made from.

    A mark counts only after a revision that showed: it is its author's word about what readers had before.
    """
    between = session.scalars(
        select(Revision)
        .where(
            Revision.translation_id == newest.translation_id,
            Revision.state == State.PUBLISHED,
            Revision.number > made_from.number,
            Revision.number < newest.number,
        )
        .order_by(Revision.number)
    )
    steps = [step_of(made_from)]
    before = made_from
    for one in [*between, *([newest] if newest.id != made_from.id else [])]:
        steps.append(step_of(one, wording_only=one.wording_only and before.state == State.PUBLISHED))
        before = one
    return trace(steps, newest.translation.language)
