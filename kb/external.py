"""Values from outside systems: JSON over HTTP from an allow-list of hosts, kept in the database with the last good
value, so that a source that is down shows what it said last, with its age."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from kb import fetching
from kb.config import Config
from kb.db import Database
from kb.fetching import FAILURES, Limits, fetch
from kb.models import ExternalSource

log = structlog.get_logger(__name__)

TIMEOUT_S = 2.0
LARGEST_ANSWER = 1024 * 1024
RETRY_AFTER = timedelta(seconds=30)
MOST_AT_ONCE = 8
ACTOR = "external source"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source said last.

    Args:
        value: the JSON document; None for a source that has never answered.
        fetched_at: when it said so; when it was asked, if it has never answered.
        stale: whether it should have been asked again but did not answer.
        next_try: when it is asked again.
    """

    value: Any
    fetched_at: datetime
    stale: bool
    next_try: datetime

    def at(self, path: Iterable[str]) -> str | None:
        """The value at a path of names or list positions, as text; None where there is none."""
        found = self.value
        for name in path:
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                return None
        if isinstance(found, bool | dict | list) or found is None:
            return None
        return str(found)


def check_url(url: str, config: Config) -> None:
    """Only hosts that the operator listed may be asked.

    Raises:
        Invalid: another scheme, credentials in the address, or a host that is not on the list.
    """
    fetching.check_url(url, config.external_hosts)


def readings(database: Database, config: Config, keys: Iterable[str], now: datetime) -> dict[str, Reading]:
    """The sources with these keys, asked again where their time has come; unknown ones are left out.

    Those whose time has come are asked side by side. The network is asked between two short transactions, never
    inside one.
    """
    with database.session() as session:
        query = select(ExternalSource).where(ExternalSource.key.in_(sorted(set(keys))))
        sources = session.scalars(query).all()
    if not any(_next_try(source) <= now for source in sources):
        return {source.key: _reading(source) for source in sources}
    with ThreadPoolExecutor(max_workers=min(len(sources), MOST_AT_ONCE)) as pool:
        fresh = pool.map(lambda source: _fresh(database, config, source, now), sources)
        return {source.key: _reading(source) for source in fresh}


def _fresh(database: Database, config: Config, source: ExternalSource, now: datetime) -> ExternalSource:
    """The source, asked again if its time has come; only one of those who come at the same time asks."""
    if _next_try(source) > now:
        return source
    with database.transaction(actor=ACTOR) as session:
        held = session.get_one(ExternalSource, source.id, with_for_update=True)
        is_due = _next_try(held) <= now
        if is_due:
            held.tried_at = now
    return refresh(database, config, held, now) if is_due else held


def refresh(database: Database, config: Config, source: ExternalSource, now: datetime) -> ExternalSource:
    """Ask a source now and keep what it says, or why it does not answer."""
    try:
        value, error = _fetch(source.url, config), ""
    except (*FAILURES, RecursionError) as failure:
        log.warning("external source failed", source=source.key, error=str(failure))
        value, error = None, f"{type(failure).__name__}: {failure}"[:300]
    with database.transaction(actor=ACTOR) as session:
        kept = session.get_one(ExternalSource, source.id)
        kept.tried_at, kept.error = now, error
        if not error:
            kept.value, kept.fetched_at = value, now
    return kept


def _next_try(source: ExternalSource) -> datetime:
    """A source that failed, or whose asker never came back, is asked again sooner than one that answered."""
    if source.tried_at is None:
        return datetime.min.replace(tzinfo=UTC)
    has_answered = source.fetched_at == source.tried_at and not source.error
    return source.tried_at + (timedelta(seconds=source.ttl_s) if has_answered else RETRY_AFTER)


def _reading(source: ExternalSource) -> Reading:
    said_at = source.fetched_at or source.tried_at or datetime.min.replace(tzinfo=UTC)
    return Reading(source.value, said_at, bool(source.error), _next_try(source))


def _fetch(url: str, config: Config) -> Any:
    """The JSON at an allowed address: no redirects, no retries, no more than a megabyte, within two seconds in all."""
    limits = Limits(seconds=TIMEOUT_S, largest=LARGEST_ANSWER)
    value = json.loads(fetch(url, config.external_hosts, limits, accept="application/json").body)
    json.dumps(
        value, allow_nan=False, ensure_ascii=False
    ).encode()  # refuse what no database or page can take
    return value
