"""Audiences: who may read. Three are built in; named ones are made of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.concurrency import refuse_stale
from kb.errors import N_, Conflict, Invalid
from kb.keys import check_key, texts
from kb.models import ApiKey, Article, Audience, Folder, Group, Portal
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer


def save(
    session: Session,
    audience: Audience | None,
    *,
    key: str,
    names: Mapping[str, str],
    groups: Sequence[Group],
    by: Viewer,
    seen: str | None = None,
) -> Audience:
    """Make a named audience, or change one. A built-in one can be given other names only.

    Args:
        audience: None for a new one.
        key: of a new one; it stays for ever, because articles and portals refer to it.
        seen: its version when the form was opened.

    Raises:
        Invalid: no name, or a key that cannot be used.
        Conflict: the key is taken, or somebody else saved it meanwhile.
    """
    require(by, ADMINISTER)
    named = texts(names)
    problems = {} if named else {"names": N_("Give a name in at least one language.")}
    if audience is None:
        audience = Audience(key=check_key(session, Audience.key, key, problems))
    elif problems:
        raise Invalid(problems)
    else:
        refuse_stale(session, audience, seen)
    audience.names = named
    if not audience.built_in:
        audience.groups = list(groups)
    session.add(audience)
    session.flush()
    return audience


def uses(session: Session, audience: Audience) -> dict[str, int]:
    """How many articles, portals, folders and working keys of machines refer to it; kinds without any left out."""
    key = audience.key
    portals = session.execute(select(Portal.audiences, Portal.entry_audience))
    keys = session.scalars(select(ApiKey.audiences).where(ApiKey.revoked_at.is_(None)))
    counts = {
        "article": session.scalar(select(func.count()).where(Article.audience == key)) or 0,
        "portal": sum(key == entry or key in shown for shown, entry in portals),
        "folder": session.scalar(select(func.count()).where(Folder.audience == key)) or 0,
        "api_key": sum(key in audiences for audiences in keys),
    }
    return {kind: count for kind, count in counts.items() if count}


def delete(session: Session, audience: Audience, *, by: Viewer) -> None:
    """Remove a named audience that nothing refers to.

    Raises:
        Conflict: it is built in, or in use.
    """
    require(by, ADMINISTER)
    if audience.built_in:
        raise Conflict(N_("This audience is built in: it cannot be deleted."))
    if uses(session, audience):
        raise Conflict(N_("This audience is in use: give what refers to it another one first."))
    session.delete(audience)
    session.flush()
