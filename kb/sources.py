"""External sources as administrators keep them: where values from outside come from and how long they are good."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from kb.concurrency import refuse_stale
from kb.config import Config
from kb.errors import N_, Conflict, Invalid
from kb.external import check_url
from kb.keys import check_key
from kb.mentions import mentions
from kb.models import ExternalSource
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer

SHORTEST_TTL_S = 10
LONGEST_TTL_S = 7 * 24 * 3600


def save(
    session: Session,
    config: Config,
    source: ExternalSource | None,
    *,
    key: str,
    url: str,
    ttl_s: int,
    by: Viewer,
    seen: str | None = None,
) -> ExternalSource:
    """Make or change a source. A new address forgets what the old one said.

    Args:
        source: None for a new one.
        key: of a new one; it stays for ever, because articles refer to it.
        url: on a host that the operator allows.
        ttl_s: how long an answer is good, in seconds.
        seen: its version when the form was opened.

    Raises:
        Invalid: the address, the time or the key cannot be used.
        Conflict: the key is taken, or somebody else saved it meanwhile.
    """
    require(by, ADMINISTER)
    problems = _problems(config, url.strip(), ttl_s)
    if source is None:
        source = ExternalSource(key=check_key(session, ExternalSource.key, key, problems))
    elif problems:
        raise Invalid(problems)
    else:
        refuse_stale(session, source, seen)
    if source.url != url.strip():
        source.url, source.value, source.error = url.strip(), None, ""
        source.fetched_at = source.tried_at = None
    source.ttl_s = ttl_s
    session.add(source)
    session.flush()
    return source


def _problems(config: Config, url: str, ttl_s: int) -> dict[str, str]:
    problems = {}
    try:
        check_url(url, config)
    except Invalid as error:
        problems.update(error.fields)
    if not SHORTEST_TTL_S <= ttl_s <= LONGEST_TTL_S:
        problems["ttl_s"] = N_(
            "Give a number of seconds from %(least)s to %(most)s.", least=SHORTEST_TTL_S, most=LONGEST_TTL_S
        )
    return problems


def pattern(source: ExternalSource) -> re.Pattern[str]:
    """What shows one of its values, as it stands in Markdown."""
    return re.compile(rf"\{{\{{[ ]?ext:{re.escape(source.key)}\.")


def delete(session: Session, source: ExternalSource, *, by: Viewer) -> None:
    """Remove a source whose values no article shows.

    Raises:
        Conflict: articles show its values.
    """
    require(by, ADMINISTER)
    if users := sorted({use.key for use in mentions(session, "ext:", pattern(source))}):
        names = ", ".join(users)
        raise Conflict(N_("Its values are shown by %(users)s: take them out there first.", users=names))
    session.delete(source)
    session.flush()
