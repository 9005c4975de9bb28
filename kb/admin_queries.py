"""What administrators' lists show: people, keys, changes, and what structure is used for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session, selectinload

from kb.listings import Listing, listing, matches
from kb.models import (
    ApiKey,
    Article,
    ArticleTopic,
    Attachment,
    Audience,
    AuditEntry,
    ExternalSource,
    Folder,
    Group,
    Person,
    Portal,
    Snippet,
)


def people(session: Session, *, text: str, role: str, page: int) -> Listing[Person]:
    """People with their groups, by name.

    Args:
        text: in the name or the address; empty for any.
        role: a role that they hold; "none" for customers, empty for any.
    """
    query = select(Person).options(selectinload(Person.groups)).order_by(Person.name, Person.id)
    if text:
        query = query.where(matches(Person.name, text) | matches(Person.email, text))
    if role:
        held = cast(Person.roles, String)
        query = query.where(held == "[]" if role == "none" else held.contains(f'"{role}"', autoescape=True))
    return listing(session, query, page)


def people_by_email(session: Session, emails: Iterable[str]) -> dict[str, Person]:
    """Address in lower case -> person, for those that exist."""
    wanted = sorted({email.strip().lower() for email in emails})
    return {one.email: one for one in session.scalars(select(Person).where(Person.email.in_(wanted)))}


def groups(session: Session) -> Sequence[Group]:
    """All groups by name."""
    return session.scalars(select(Group).order_by(Group.name, Group.id)).all()


def groups_with_members(session: Session) -> Sequence[Group]:
    """All groups by name, with their people."""
    return session.scalars(
        select(Group).options(selectinload(Group.members)).order_by(Group.name, Group.id)
    ).all()


def audiences(session: Session) -> Sequence[Audience]:
    """All audiences with their groups, the built-in ones first."""
    order = (Audience.built_in.desc(), Audience.id)
    return session.scalars(select(Audience).options(selectinload(Audience.groups)).order_by(*order)).all()


def api_keys(session: Session) -> Sequence[ApiKey]:
    """All keys of machines, the newest first."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id.desc())).all()


def portals(session: Session) -> Sequence[Portal]:
    """All portals in their order."""
    return session.scalars(select(Portal).order_by(Portal.position, Portal.id)).all()


def snippets(session: Session) -> Sequence[Snippet]:
    """All snippets by key."""
    return session.scalars(select(Snippet).order_by(Snippet.key)).all()


def sources(session: Session) -> Sequence[ExternalSource]:
    """All external sources by key."""
    return session.scalars(select(ExternalSource).order_by(ExternalSource.key)).all()


def folders(session: Session) -> Sequence[Folder]:
    """All dynamic folders in their order."""
    return session.scalars(select(Folder).order_by(Folder.position, Folder.id)).all()


def placed_articles(session: Session) -> dict[int, int]:
    """Topic id -> how many articles are placed directly in it, whatever shows of them."""
    query = select(ArticleTopic.topic_id, func.count()).group_by(ArticleTopic.topic_id)
    return dict(session.execute(query).all())


def logo_images(session: Session) -> Sequence[Attachment]:
    """Images of public articles: everybody can see them, as a portal's logo must be seen."""
    query = (
        select(Attachment)
        .join(Article, Article.id == Attachment.article_id)
        .where(Article.audience == "public", Attachment.media_type.startswith("image/"))
        .order_by(Attachment.filename, Attachment.id)
    )
    return session.scalars(query.limit(200)).all()


@dataclass(frozen=True, slots=True)
class ChangeFilters:
    """Which changes to list; empty values do not filter.

    Args:
        actor: in the name of who made it.
        kind: of thing, as its table is called.
        subject: in the key, name or title of the thing.
        since, until: from this moment on, and before this one.
    """

    actor: str = ""
    kind: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def changes(session: Session, filters: ChangeFilters, page: int) -> Listing[AuditEntry]:
    """The audit log, newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc())
    if filters.actor:
        query = query.where(matches(AuditEntry.actor, filters.actor))
    if filters.kind:
        query = query.where(AuditEntry.subject_kind == filters.kind)
    if filters.subject:
        query = query.where(matches(AuditEntry.subject, filters.subject))
    if filters.since:
        query = query.where(AuditEntry.at >= filters.since)
    if filters.until:
        query = query.where(AuditEntry.at < filters.until)
    return listing(session, query, page)


def last_changes(session: Session, count: int) -> Sequence[AuditEntry]:
    """The newest entries of the audit log."""
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(count)).all()
