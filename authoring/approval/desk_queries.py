"""What lies on people's desks: their own texts on the way to readers, and the names beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, load_only

from authoring.approval.cases import Case
from authoring.models import Draft, Review
from kb.concerns import is_newest
from kb.models import Article, Group, Person, Revision, State, Translation
from kb.overview import LIGHT

OWN_STATES = (State.REJECTED, State.DRAFT, State.IN_REVIEW, State.APPROVED)
"""In the order in which they ask for their author: a returned text first."""


@dataclass(frozen=True, slots=True)
class Own:
    """A text of somebody's on its way to readers.

    Args:
        state: of the revision; "published" where it shows and its review was returned.
        review: its last one; None where it was never submitted.
    """

    revision: Revision
    state: str
    review: Review | None

    @property
    def translation(self) -> Translation:
        """In which language."""
        return self.revision.translation


def own(session: Session, person_id: int) -> list[Own]:
    """What somebody wrote last of a translation and readers do not have yet, or have although it was returned."""
    other = aliased(Review)
    latest = select(func.max(other.id)).where(other.revision_id == Revision.id).correlate(Revision)
    returned_after = and_(Revision.state == State.PUBLISHED, Review.after, Review.outcome == "returned")
    query = (
        select(Revision, Review)
        .join(Revision.translation)
        .join(Translation.article)
        .outerjoin(Review, Review.id == latest.scalar_subquery())
        .where(
            Revision.author_id == person_id,
            is_newest(),
            or_(Revision.state.in_(OWN_STATES), returned_after),
        )
        .options(load_only(*LIGHT), contains_eager(Revision.translation).contains_eager(Translation.article))
    )
    found = [Own(revision, revision.state, review) for revision, review in session.execute(query)]
    order = {State.PUBLISHED: -1} | {state: place for place, state in enumerate(OWN_STATES)}
    return sorted(found, key=lambda one: (order[State(one.state)], -one.revision.id))


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """What somebody typed and has not saved as a revision yet."""

    article_id: int
    kind: str
    language: str
    title: str
    saved_at: datetime


def working_copies(session: Session, person_id: int) -> list[WorkingCopy]:
    """Somebody's unsaved work, the latest first."""
    query = (
        select(Draft, Article)
        .join(Article, Article.id == Draft.article_id)
        .where(Draft.person_id == person_id)
        .order_by(Draft.saved_at.desc(), Draft.id.desc())
    )
    return [
        WorkingCopy(
            article.id,
            article.kind,
            draft.language,
            str(draft.fields.get("title") or article.key),
            draft.saved_at,
        )
        for draft, article in session.execute(query)
    ]


def people_names(session: Session, ids: Iterable[int | None]) -> Mapping[int, str]:
    """Id -> name."""
    wanted = sorted({one for one in ids if one is not None})
    if not wanted:
        return {}
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))).all())


def group_names(session: Session, keys: Iterable[str]) -> Mapping[str, str]:
    """Key -> name."""
    wanted = sorted({key for key in keys if key})
    if not wanted:
        return {}
    return dict(session.execute(select(Group.key, Group.name).where(Group.key.in_(wanted))).all())


def names_beside(session: Session, found: Sequence[Case]) -> tuple[Mapping[int, str], Mapping[str, str]]:
    """The names that lists of reviews show: of people by id, and of groups by key."""
    people = [one.revision.author_id for one in found]
    people += [person for one in found for person in one.step.people]
    return people_names(session, people), group_names(session, [one.step.group for one in found])
