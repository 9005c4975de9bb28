"""Made in few words: articles in any state, topics, portals and what else a page is made of.

Everything goes through the verbs of the house where there is one. Nothing is committed: a test that asks through the
client commits first.

    made = factories.article(session, "roaming", title="Roaming", translations={"hu": "Barangolás"})
    factories.revision(session, made, title="Roaming abroad", publish_at=START + timedelta(days=1))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from kb import articles, attachments, auth, people, publication, structure
from kb.articles import Text
from kb.models import (
    Article,
    Attachment,
    Audience,
    ExternalSource,
    Folder,
    Group,
    Person,
    Portal,
    Revision,
    Snippet,
    State,
    Topic,
    Translation,
)
from kb.permissions import SYSTEM
from kb.validity import Validity
from kb.viewers import ANONYMOUS, Viewer
from tests.conftest import START

Row = TypeVar("Row")

SHOWN = frozenset({State.PUBLISHED, State.WITHDRAWN, State.SUPERSEDED})  # was published, whatever came after


def article(
    session: Session,
    key: str = "roaming",
    *,
    title: str = "",
    body: str = "",
    language: str = "en",
    translations: Mapping[str, str] | None = None,
    kind: str = "faq",
    audience: str = "public",
    topics: Sequence[Topic] = (),
    related: Sequence[str] = (),
    by: Viewer = SYSTEM,
    **revised: Any,
) -> Article:
    """Make an article with one revision in its source language, published at START unless told otherwise.

    Args:
        translations: language -> title of further translations, each with one revision like the first.
        revised: what else holds for the revisions: see `revision`.
    """
    made = articles.create(
        session,
        key=key,
        kind=kind,
        source_language=language,
        audience=audience,
        related=related,
        by=by,
        now=START,
    )
    articles.place(session, made, topics, by=by)
    revision(session, made, language, title=title or key.capitalize(), body=body, by=by, **revised)
    for code, translated in (translations or {}).items():
        revision(session, made, code, title=translated, body=body, by=by, **revised)
    return made


def revision(
    session: Session,
    article: Article,
    language: str | None = None,
    *,
    title: str = "",
    body: str = "",
    summary: str = "",
    tags: Iterable[str] = (),
    state: State = State.PUBLISHED,
    publish_at: datetime = START,
    expires_at: datetime | None = None,
    review_by: datetime | None = None,
    change_note: str = "",
    by: Viewer = SYSTEM,
    now: datetime = START,
) -> Revision:
    """Add a revision in any state to an article, in its source language unless told otherwise."""
    title = title or article.key.capitalize()
    made = articles.revise(
        session,
        article,
        language or article.source_language,
        Text(title, body or f"All about {title}.", summary, tuple(tags), change_note),
        validity=Validity(publish_at, expires_at, review_by=review_by),
        by=by,
        now=now,
        state=State.DRAFT if state in SHOWN else state,
    )
    if state in SHOWN:
        publication.publish(session, made, by=SYSTEM)
    if state == State.WITHDRAWN:
        publication.withdraw(session, made, by=SYSTEM, now=now)
    elif state == State.SUPERSEDED:
        made.state = state
        session.flush()
    return made


def translation(article: Article, language: str | None = None) -> Translation:
    """Find an article's translation, the source unless told otherwise."""
    wanted = language or article.source_language
    return next(held for held in article.translations if held.language == wanted)


def newest(article: Article, language: str | None = None) -> Revision:
    """Find the newest revision in a language, the source unless told otherwise."""
    return max(translation(article, language).revisions, key=lambda held: held.number)


def topic(session: Session, key: str = "phones", parent: Topic | None = None, **names: str) -> Topic:
    """Add a topic; names by language: topic(session, "phones", hu="Telefonok")."""
    return _added(
        session, Topic(key=key, parent_id=parent.id if parent else None, names=names or _named(key))
    )


def portal(
    session: Session,
    key: str = "help",
    *,
    languages: Sequence[str] = ("en", "hu"),
    audiences: Sequence[str] = ("public",),
    entry_audience: str = "public",
    topics: Sequence[str] = (),
    **fields: Any,
) -> Portal:
    """Add a portal: open, in English and Hungarian, with everything public, unless told otherwise."""
    return _added(
        session,
        Portal(
            key=key,
            names=fields.pop("names", _named(key)),
            languages=list(languages),
            default_language=fields.pop("default_language", languages[0]),
            audiences=list(audiences),
            entry_audience=entry_audience,
            topics=list(topics),
            **fields,
        ),
    )


def limit(
    session: Session,
    person: Person,
    role: str = "",
    *,
    topics: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> None:
    """Limit a person's role, their first unless told otherwise, to these topics and languages."""
    people.set_limits(session, person, {role or person.roles[0]: (topics, languages)}, by=SYSTEM)


def group(session: Session, key: str = "partners", members: Sequence[Person] = ()) -> Group:
    """Add a group of these people."""
    return _added(session, Group(key=key, name=key.capitalize(), members=list(members)))


def audience(session: Session, key: str = "partners", groups: Sequence[Group] = ()) -> Audience:
    """Add a named audience made of these groups."""
    return _added(session, Audience(key=key, names=_named(key), groups=list(groups)))


def folder(session: Session, key: str = "new", query: str = "*", **fields: Any) -> Folder:
    """Add a dynamic folder."""
    return _added(session, Folder(key=key, names=_named(key), query=query, **fields))


def snippet(session: Session, key: str = "hours", **bodies: str) -> Snippet:
    """Add a snippet; bodies by language: snippet(session, "hours", en="We are open from 8 to 20.")."""
    return _added(session, Snippet(key=key, bodies=bodies or {"en": "We are open from 8 to 20."}))


def source(session: Session, key: str, url: str, ttl_s: int = 300) -> ExternalSource:
    """Add an external source."""
    return _added(session, ExternalSource(key=key, url=url, ttl_s=ttl_s))


def attachment(
    session: Session, article: Article, filename: str = "note.txt", data: bytes = b"A note."
) -> Attachment:
    """Add a file to an article."""
    return attachments.attach(
        session, article, filename=filename, data=data, limit=2**20, by=SYSTEM, now=START
    )


def viewer(session: Session, person: Person | None = None, portal: Portal | None = None) -> Viewer:
    """Say who asks: this person (nobody logged in when none is given), inside the portal when there is one."""
    now_known = structure.load(session, 0)
    made = auth.viewer_of(person, now_known) if person else ANONYMOUS
    return now_known.portals[portal.key].seen_by(made) if portal else made


def _named(key: str) -> dict[str, str]:
    return {"en": key.capitalize(), "hu": f"{key.capitalize()} (hu)"}


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
