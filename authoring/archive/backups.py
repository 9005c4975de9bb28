"""Scheduled backups: archives in a folder, made by a recurring job, the oldest removed.

A file counts only under its final name, and it gets that when it is whole; it is read again before an older one goes.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from prometheus_client import Gauge

from authoring import archive
from kb.context import Services
from kb.db import Database
from kb.errors import N_, Conflict
from kb.jobs import Job

log = structlog.get_logger(__name__)

LOCK = ".kalauz-backup.lock"
_NAME = re.compile(r"kalauz-\d{8}T\d{6}Z\.zip")
_LEFT = re.compile(r"\.kalauz-\d{8}T\d{6}Z\.zip\.\w+")  # of a process that was killed while it wrote

MADE_AT = Gauge(
    "kalauz_backup_timestamp_seconds",
    "When the newest backup was made that this node knows of; 0 for none",
    multiprocess_mode="max",
)
SIZE = Gauge("kalauz_backup_bytes", "Size of the last backup made here", multiprocess_mode="mostrecent")


def job(services: Services) -> Job | None:
    """The recurring job; None while no folder is set."""
    config = services.config
    folder = config.backup_folder
    if folder is None:
        return None
    if made := _made(folder):
        MADE_AT.set(_moment(made[-1]).timestamp())
    return Job(
        "backup",
        timedelta(hours=config.backup_hours),
        lambda now: _note(make(services.database, folder, keep=config.backup_keep, now=now), now),
    )


def make(database: Database, folder: Path, *, keep: int, now: datetime) -> Path:
    """Make a backup, read it again, and only then remove the oldest.

    Args:
        keep: how many stay, with this one.

    Raises:
        OSError: the disk is full, or the folder cannot be written; what was there stays, and nothing half is left.
        BadArchive: what was written cannot be read again; it stays beside the older ones, which all stay too.
        Conflict: another process makes one at this moment.
    """
    with _alone(folder):
        _sweep(folder)
        target = folder / f"kalauz-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.zip"
        archive.write(database, target, now=now)
        with archive.opened(target) as written:
            written.verify()
        for old in expendable(_made(folder), keep, newest=target):
            old.unlink(missing_ok=True)
        return target


def expendable(made: Sequence[Path], keep: int, *, newest: Path) -> Sequence[Path]:
    """Which backups can go.

    Args:
        made: the oldest first.
        keep: how many stay.
        newest: the one that is known to be good; it stays, even where a clock that went back makes it look old.
    """
    others = [path for path in made if path != newest]
    return others[: max(0, len(others) - keep + 1)]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time, however long it takes: longer than the lease of a job, perhaps."""
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(N_("Another process makes a backup at this moment.")) from None
        yield


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        if _LEFT.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _made(folder: Path) -> Sequence[Path]:
    """The backups in a folder, the oldest first; nothing else that lies there."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file())


def _moment(path: Path) -> datetime:
    return datetime.strptime(path.name, "kalauz-%Y%m%dT%H%M%SZ.zip").replace(tzinfo=UTC)


def _note(made: Path, now: datetime) -> None:
    size = made.stat().st_size
    MADE_AT.set(now.timestamp())
    SIZE.set(size)
    log.info("backup made", file=made.name, size=size)
