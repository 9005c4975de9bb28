"""Values from outside systems: JSON over HTTP from an allow-list of hosts, kept in the database with the last good
value, so that a source that is down shows what it said last, with its age."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import structlog
from sqlalchemy import select

from kb.config import Config
from kb.db import Database
from kb.errors import N_, Invalid
from kb.models import ExternalSource

log = structlog.get_logger(__name__)

TIMEOUT_S = 2.0
LARGEST_ANSWER = 1024 * 1024
RETRY_AFTER = timedelta(seconds=30)
MOST_AT_ONCE = 8
ACTOR = "external source"
_URL_SIGNS = "/%:@!$&'()*+,;=?~[]"  # what stands for itself, or is written with its code already


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
    parts = _parts(url)
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


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # half an IPv6 address
        return urlsplit("")


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
    except (Invalid, HTTPException, ValueError, OSError, RecursionError) as failure:
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
    """The JSON at an allowed address: no redirects, no retries, no more than a megabyte, within two seconds in all.

    The host that is asked is taken from the address in the same way as the host that was checked.
    """
    check_url(url, config)
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(kind(parts.netloc, timeout=TIMEOUT_S)) as connection:
        connection.connect()
        with _at_most(TIMEOUT_S, connection.sock):
            data = _get(connection, urlunsplit(("", "", parts.path or "/", parts.query, "")))
    value = json.loads(data)
    json.dumps(
        value, allow_nan=False, ensure_ascii=False
    ).encode()  # refuse what no database or page can take
    return value


def _get(connection: HTTPConnection, path: str) -> bytes:
    connection.request("GET", quote(path, safe=_URL_SIGNS), headers={"Accept": "application/json"})
    with connection.getresponse() as response:
        if response.status != HTTPStatus.OK:
            raise ValueError(f"it answered with status {response.status}")
        data = response.read(LARGEST_ANSWER + 1)
        missing = response.length
    if len(data) > LARGEST_ANSWER:
        raise ValueError("its answer is larger than a megabyte")
    if missing:
        raise IncompleteRead(data, missing)
    return data


@contextmanager
def _at_most(seconds: float, connected: socket.socket) -> Iterator[None]:
    """Hang up when it takes longer: a socket's own time limit starts anew with every byte.

    Raises:
        TimeoutError: it took longer, whatever was read by then.
    """
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.start()
    try:
        yield
    except TimeoutError:
        late.set()
    except (HTTPException, OSError):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError(f"it did not answer within {seconds:g} seconds")
