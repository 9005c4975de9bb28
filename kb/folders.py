"""Dynamic folders: saved queries shown beside the topic tree, always current."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.concurrency import refuse_stale
from kb.errors import N_, Invalid
from kb.keys import check_key, texts
from kb.models import Audience, Folder
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer

LONGEST_QUERY = 500


def save(
    session: Session,
    folder: Folder | None,
    *,
    key: str,
    names: Mapping[str, str],
    query: str,
    audience: str,
    position: int,
    by: Viewer,
    seen: str | None = None,
) -> Folder:
    """Make or change a folder.

    Args:
        folder: None for a new one.
        key: of a new one; it stays for ever, because it is part of the address.
        query: as typed into the search box.
        audience: key of those who see the folder; what is in it, each sees by their own rights.
        position: folders stand in this order.
        seen: its version when the form was opened.

    Raises:
        Invalid: no name, no query, an unknown audience, or a key that cannot be used.
        Conflict: the key is taken, or somebody else saved it meanwhile.
    """
    require(by, ADMINISTER)
    named, asked = texts(names), query.strip()
    problems = {}
    if not named:
        problems["names"] = N_("Give a name in at least one language.")
    if not asked or len(asked) > LONGEST_QUERY:
        problems["query"] = N_("Give a query of at most %(most)s characters.", most=LONGEST_QUERY)
    if session.scalar(select(Audience.id).where(Audience.key == audience)) is None:
        problems["audience"] = N_("There is no such audience.")
    if folder is None:
        folder = Folder(key=check_key(session, Folder.key, key, problems))
    elif problems:
        raise Invalid(problems)
    else:
        refuse_stale(session, folder, seen)
    folder.names, folder.query, folder.audience, folder.position = named, asked, audience, position
    session.add(folder)
    session.flush()
    return folder


def delete(session: Session, folder: Folder, *, by: Viewer) -> None:
    """Remove a folder; the articles it found stay."""
    require(by, ADMINISTER)
    session.delete(folder)
    session.flush()
