"""Values from outside systems: JSON over HTTP from an allow-list of hosts, kept in the database with the last good
value, so that a source that is down shows what it said last, with its age."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
import urllib3
from sqlalchemy import select

from kb.config import Config
from kb.db import Database
from kb.errors import N_, Invalid
from kb.models import ExternalSource

log = structlog.get_logger(__name__)

TIMEOUT_S = 2.0
LARGEST_ANSWER = 1024 * 1024
RETRY_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source said last.

    Args:
        value: the JSON document.
        fetched_at: when it said so.
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
    parts = urlsplit(url)
    host = parts.netloc.lower()
    if parts.scheme not in {"http", "https"} or "@" in host or not host:
        raise Invalid({"url": N_("Give an http or https address without a user name.")})
    if host not in config.external_hosts:
        raise Invalid(
            {
                "url": N_(
                    "The host %(host)s is not on the list of allowed hosts (KALAUZ_EXTERNAL_HOSTS).",
                    host=host,
                )
            }
        )


def readings(database: Database, config: Config, keys: Iterable[str], now: datetime) -> dict[str, Reading]:
    """The sources with these keys, asked again where their time has come; unknown or never answering ones are left out.

    The network is asked between two short transactions, never inside one.
    """
    with database.session() as session:
        query = select(ExternalSource).where(ExternalSource.key.in_(sorted(set(keys))))
        sources = session.scalars(query).all()
    return {
        source.key: reading
        for source in sources
        if (reading := _reading(_fresh(database, config, source, now)))
    }


def refresh(database: Database, config: Config, source: ExternalSource, now: datetime) -> ExternalSource:
    """Ask a source now and keep what it says, or why it does not answer."""
    try:
        value, error = _fetch(source.url, config), ""
    except (Invalid, urllib3.exceptions.HTTPError, ValueError, OSError) as failure:
        log.warning("external source failed", source=source.key, error=str(failure))
        value, error = None, f"{type(failure).__name__}: {failure}"[:300]
    with database.transaction(actor="external source") as session:
        kept = session.get_one(ExternalSource, source.id)
        kept.tried_at, kept.error = now, error
        if not error:
            kept.value, kept.fetched_at = value, now
    return kept


def _fresh(database: Database, config: Config, source: ExternalSource, now: datetime) -> ExternalSource:
    return refresh(database, config, source, now) if _next_try(source) <= now else source


def _next_try(source: ExternalSource) -> datetime:
    if source.tried_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return source.tried_at + (RETRY_AFTER if source.error else timedelta(seconds=source.ttl_s))


def _reading(source: ExternalSource) -> Reading | None:
    if source.fetched_at is None:
        return None
    return Reading(source.value, source.fetched_at, bool(source.error), _next_try(source))


def _fetch(url: str, config: Config) -> Any:
    """The JSON at an allowed address: no redirects, no retries, no more than a megabyte."""
    check_url(url, config)
    with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=TIMEOUT_S)) as pool:
        response = pool.request(
            "GET", url, redirect=False, preload_content=False, headers={"Accept": "application/json"}
        )
        try:
            if response.status != 200:  # noqa: PLR2004
                raise ValueError(f"it answered with status {response.status}")
            data = response.read(LARGEST_ANSWER + 1)
            if len(data) > LARGEST_ANSWER:
                raise ValueError("its answer is larger than a megabyte")
            return json.loads(data)
        finally:
            response.close()
