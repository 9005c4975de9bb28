"""What the tests of reviews share: drafts of somebody, more people, workflows, and verbs in few words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.approval import reviews
from authoring.models import Notice, Review, Workflow
from authoring.workflow import Step
from kb import articles, people, queries
from kb.articles import Text
from kb.auth import Passwords
from kb.models import Article, Person, Revision, State
from kb.permissions import SYSTEM
from kb.validity import Validity
from kb.viewers import PUBLIC, Viewer
from tests import cast, factories
from tests.conftest import CHEAPEST, START

TWO_STEPS = (Step(role="reviewer", due_hours=24), Step(role="supervisor", due_hours=48))
READER = Viewer(audiences=frozenset({PUBLIC}))


def draft(
    session: Session,
    article: Article,
    by: Person,
    body: str = "A better text.",
    *,
    language: str | None = None,
    base: Revision | None = None,
    state: State = State.DRAFT,
    publish_at: datetime = START,
    expires_at: datetime | None = None,
    proposed: dict[str, Any] | None = None,
) -> Revision:
    """Write a revision on top of the newest one, as the editing page does."""
    code = language or article.source_language
    held = [one for one in article.translations if one.language == code]
    newest = factories.newest(article, code) if held and held[0].revisions else None
    made = articles.revise(
        session,
        article,
        code,
        Text(article.key.capitalize(), body),
        validity=Validity(publish_at, expires_at),
        by=factories.viewer(session, by),
        now=START,
        state=state,
        base=base or newest,
        proposed=proposed,
    )
    session.expire(made.translation)
    return made


def empty_article(
    session: Session, key: str = "roaming", *, kind: str = "faq", audience: str = "public"
) -> Article:
    """Make an article that nobody has written yet."""
    return articles.create(
        session, key=key, kind=kind, source_language="en", audience=audience, by=SYSTEM, now=START
    )


def person(session: Session, name: str, *roles: str, **fields: Any) -> Person:
    """Add somebody to the cast."""
    return people.add(
        session,
        Passwords(CHEAPEST),
        email=f"{name}@example.com",
        name=name.capitalize(),
        password=cast.PASSWORD,
        roles=roles,
        by=SYSTEM,
        now=START,
        **fields,
    )


def flow(session: Session, *steps: Step, name: str = "A workflow", **fields: Any) -> Workflow:
    """Add a workflow for everything, unless told otherwise."""
    made = Workflow(name=name, steps=[step.to_json() for step in steps], **fields)
    session.add(made)
    session.flush()
    return made


def submitted(session: Session, revision: Revision, by: Person, now: datetime = START) -> Review:
    """Submit a revision and give its review."""
    reviews.submit(session, revision, by=factories.viewer(session, by), now=now)
    return review_of(session, revision)


def review_of(session: Session, revision: Revision) -> Review:
    """Find the newest review of a revision."""
    query = select(Review).where(Review.revision_id == revision.id).order_by(Review.id.desc())
    found = session.scalars(query).first()
    assert found is not None
    return found


def decide(
    session: Session, review: Review, by: Person, verdict: str = "approve", comment: str = "", **more: Any
) -> Review:
    """Decide at START unless told otherwise."""
    more.setdefault("now", START)
    return reviews.decide(session, review, verdict, comment, by=factories.viewer(session, by), **more)


def shown(session: Session, now: datetime = START) -> list[str]:
    """Say what the public reads: the bodies."""
    return sorted(one.body for one in session.scalars(queries.visible_to(READER, now)))


def told(session: Session, who: Person) -> list[str]:
    """Say of what somebody was told: the kinds of their notices, in order."""
    query = select(Notice.kind).where(Notice.person_id == who.id).order_by(Notice.id)
    return list(session.scalars(query))


def names(people: Sequence[Person]) -> list[str]:
    """Say who they are, in order."""
    return sorted(one.name for one in people)
