"""Backups are made on time, whole or not at all, and never at the expense of the last good one."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy.orm import Session

from authoring import archive
from authoring.archive import BadArchive, backups
from kb import jobs, models
from kb.config import Config, ConfigError
from kb.context import Services
from kb.errors import Conflict
from tests.conftest import START, Clock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def config(config: Config, folder: Path) -> Config:
    """Settings with backups, of which three stay."""
    return replace(config, backup_folder=folder, backup_keep=3)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != backups.LOCK)


def run(services: Services, clock: Clock) -> list[str]:
    """Do what is due, of backups."""
    return jobs.run_due(services.database, [job for job in services.jobs if job.name == "backup"], clock())


def error_of(session: Session) -> str:
    session.expire_all()
    session.rollback()
    return session.get_one(models.Job, "backup").error


def test_a_backup_is_an_archive_of_everything(services: Services, clock: Clock, folder: Path) -> None:
    assert run(services, clock) == ["backup"]
    assert names(folder) == ["kalauz-20260302T090000Z.zip"]
    with archive.opened(folder / "kalauz-20260302T090000Z.zip") as made:
        made.verify()
        assert made.manifest.counts["person"] == 9


def test_the_next_one_is_made_when_its_time_has_come(services: Services, clock: Clock, folder: Path) -> None:
    run(services, clock)
    clock.advance(hours=23, minutes=59)
    assert run(services, clock) == []
    clock.advance(minutes=1)
    assert run(services, clock) == ["backup"]
    assert len(names(folder)) == 2


def test_only_the_newest_stay(services: Services, clock: Clock, folder: Path) -> None:
    for _day in range(5):
        run(services, clock)
        clock.advance(days=1)
    assert names(folder) == [f"kalauz-2026030{day}T090000Z.zip" for day in (4, 5, 6)]


def test_what_others_put_into_the_folder_is_left_alone(
    services: Services, clock: Clock, folder: Path
) -> None:
    foreign = [
        "kalauz-20200101T000000Z.zip.old",
        "kalauz-20200101T000000.zip",
        "my-kalauz-20200101T000000Z.zip",
        "notes.txt",
        "kalauz.zip",
        ".kalauz-backup",
    ]
    for name in foreign:
        (folder / name).write_text("mine")
    (folder / "kalauz-20200101T000000Z.zip").mkdir()
    for _day in range(5):
        run(services, clock)
        clock.advance(days=1)
    assert {*foreign, "kalauz-20200101T000000Z.zip"} <= set(names(folder))
    assert len(names(folder)) == len(foreign) + 1 + 3


def test_the_new_one_stays_even_when_the_clock_went_back(
    services: Services, clock: Clock, folder: Path
) -> None:
    later = [f"kalauz-2030010{day}T000000Z.zip" for day in range(1, 6)]
    for name in later:
        (folder / name).write_bytes(b"")
    made = backups.make(services.database, folder, keep=1, now=START)
    assert names(folder) == [made.name]


def test_a_full_disk_is_kept_as_the_job_s_error_and_leaves_nothing_half(
    services: Services, clock: Clock, folder: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _day in range(3):
        run(services, clock)
        clock.advance(days=1)
    before = names(folder)

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert run(services, clock) == ["backup"]
    assert names(folder) == before
    assert "No space left on device" in error_of(session)
    clock.advance(days=1)
    run(services, clock)
    assert error_of(session) == ""


def test_nothing_goes_when_the_new_one_cannot_be_read_again(
    services: Services, clock: Clock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _day in range(3):
        run(services, clock)
        clock.advance(days=1)
    write = archive.write

    def torn(database: object, target: Path, *, now: object) -> None:
        write(database, target, now=now)  # type: ignore[arg-type]
        whole = target.read_bytes()
        target.write_bytes(whole[:200] + bytes(20) + whole[220:])

    monkeypatch.setattr(archive, "write", torn)
    with pytest.raises(BadArchive):
        backups.make(services.database, folder, keep=1, now=clock())
    assert len(names(folder)) == 4


def test_what_a_killed_process_left_is_swept_away(services: Services, clock: Clock, folder: Path) -> None:
    (folder / ".kalauz-20260301T090000Z.zip.ab_12cd").write_bytes(b"half")
    run(services, clock)
    assert names(folder) == ["kalauz-20260302T090000Z.zip"]


def test_two_at_once_do_not_disturb_each_other(services: Services, folder: Path) -> None:
    with (folder / backups.LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Conflict, match="at this moment"):
            backups.make(services.database, folder, keep=1, now=START)
    assert names(folder) == []
    backups.make(services.database, folder, keep=1, now=START)


def test_without_a_folder_there_are_no_backups(services: Services) -> None:
    off = Services(replace(services.config, backup_folder=None), services.database, services.passwords)
    assert backups.job(off) is None


def test_its_age_can_be_watched(services: Services, clock: Clock, folder: Path) -> None:
    clock.advance(days=300)
    run(services, clock)
    assert REGISTRY.get_sample_value("kalauz_backup_timestamp_seconds") == clock().timestamp()
    size = (folder / names(folder)[-1]).stat().st_size
    assert REGISTRY.get_sample_value("kalauz_backup_bytes") == size


def test_the_figure_is_there_again_after_a_start(app: Flask, services: Services, folder: Path) -> None:
    (folder / "kalauz-20290101T000000Z.zip").write_bytes(b"")
    backups.job(services)
    expected = time.mktime((2029, 1, 1, 0, 0, 0, 0, 0, 0)) - time.timezone
    assert REGISTRY.get_sample_value("kalauz_backup_timestamp_seconds") == expected


def read(data: Path, **settings: str) -> Config:
    return Config.from_env(
        {f"KALAUZ_{name}": value for name, value in {"DATA": str(data), **settings}.items()}
    )


def test_the_settings_of_backups(data: Path, folder: Path) -> None:
    plain = read(data)
    assert (plain.backup_folder, plain.backup_hours, plain.backup_keep) == (None, 24, 14)
    found = read(data, BACKUP_FOLDER=str(folder), BACKUP_HOURS="6", BACKUP_KEEP="30")
    assert (found.backup_folder, found.backup_hours, found.backup_keep) == (folder, 6, 30)
    assert list(folder.iterdir()) == []
    for name in ("BACKUP_HOURS", "BACKUP_KEEP"):
        with pytest.raises(ConfigError, match="a whole number from 1 to"):
            read(data, **{name: "0"})


def test_a_folder_that_is_not_there_stops_the_start(data: Path, folder: Path) -> None:
    for wrong in (folder / "missing", data / "secret_key"):
        (data / "secret_key").write_text("sixteen letters!")
        with pytest.raises(ConfigError, match=r"KALAUZ_BACKUP_FOLDER is .* make it, mend its permissions"):
            read(data, BACKUP_FOLDER=str(wrong))
    assert not (folder / "missing").exists()


def test_the_oldest_go_first() -> None:
    made = [Path(f"kalauz-2026030{day}T090000Z.zip") for day in range(1, 6)]
    assert backups.expendable(made, 2, newest=made[4]) == made[:3]
    assert backups.expendable(made, 2, newest=made[0]) == made[1:4]
    assert backups.expendable(made, 9, newest=made[4]) == []
