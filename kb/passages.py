"""Snippets as administrators keep them: passages of Markdown that many articles share."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.concurrency import refuse_stale
from kb.errors import N_, Conflict, Invalid
from kb.keys import check_key, texts
from kb.mentions import mentions
from kb.models import Snippet
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer

LONGEST_BODY = 20_000


def save(
    session: Session,
    snippet: Snippet | None,
    *,
    key: str,
    bodies: Mapping[str, str],
    by: Viewer,
    seen: str | None = None,
) -> Snippet:
    """Make or change a snippet; every article that takes it in shows the new words at once.

    Args:
        snippet: None for a new one.
        key: of a new one; it stays for ever, because articles refer to it.
        bodies: language -> Markdown.
        seen: its version when the form was opened.

    Raises:
        Invalid: no text, one of more than 20,000 characters, or a key that cannot be used.
        Conflict: the key is taken, or somebody else saved it meanwhile.
    """
    require(by, ADMINISTER)
    wanted = texts(bodies)
    problems = {} if wanted else {"bodies": N_("Write it in at least one language.")}
    for code, body in wanted.items():
        if len(body) > LONGEST_BODY:
            problems[f"bodies_{code}"] = N_("Use at most %(most)s characters.", most=LONGEST_BODY)
    if snippet is None:
        snippet = Snippet(key=check_key(session, Snippet.key, key, problems))
    elif problems:
        raise Invalid(problems)
    else:
        refuse_stale(session, snippet, seen)
    snippet.bodies = wanted
    session.add(snippet)
    session.flush()
    return snippet


def containing(session: Session, snippet: Snippet) -> list[str]:
    """Keys of the other snippets that take this one in."""
    others = session.execute(
        select(Snippet.key, Snippet.bodies).where(Snippet.id != snippet.id).order_by(Snippet.key)
    )
    reference = pattern(snippet)
    return [key for key, bodies in others if any(reference.search(body) for body in bodies.values())]


def pattern(snippet: Snippet) -> re.Pattern[str]:
    """What takes the snippet in, as it stands in Markdown."""
    return re.compile(rf"\{{\{{snippet:[ ]?{re.escape(snippet.key)}[ ]?\}}\}}")


def delete(session: Session, snippet: Snippet, *, by: Viewer) -> None:
    """Remove a snippet that nothing takes in.

    Raises:
        Conflict: an article or another snippet shows it.
    """
    require(by, ADMINISTER)
    users = [
        *containing(session, snippet),
        *(use.key for use in mentions(session, "{{snippet:", pattern(snippet))),
    ]
    if users:
        names = ", ".join(sorted(set(users)))
        raise Conflict(N_("It is taken in by %(users)s: take it out there first.", users=names))
    session.delete(snippet)
    session.flush()
