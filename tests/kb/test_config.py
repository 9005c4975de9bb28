"""Settings are parsed once; a bad one stops the start with a sentence that says how to mend it."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import config
from kb.config import Config, ConfigError
from tests.processes import ROOT

SECRET = "sixteen letters!"


def read(folder: Path, **settings: str) -> Config:
    return Config.from_env(
        {f"KALAUZ_{name}": value for name, value in {"DATA": str(folder), **settings}.items()}
    )


def test_without_any_setting_everything_has_a_value(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.database_url == f"sqlite:///{tmp_path}/kalauz.db"
    assert found.index_folder == tmp_path / "index"
    assert found.word_folder == tmp_path / "words"
    assert found.upload_limit == 10 * 1024 * 1024
    assert found.external_hosts == frozenset()
    assert found.rate_limits
    assert not found.https


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Config.from_env({}).data == tmp_path / "instance"


def test_word_lists_can_lie_outside_the_instance_folder(tmp_path: Path) -> None:
    assert read(tmp_path / "one", WORDS=str(tmp_path)).word_folder == tmp_path


def test_blanks_around_a_value_do_not_matter(tmp_path: Path) -> None:
    assert read(tmp_path, SESSION_HOURS=" 8 ").session_hours == 8
    assert read(tmp_path, SESSION_HOURS="  ").session_hours == 12


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("UPLOAD_LIMIT_MB", "0", "a whole number from 1 to 100"),
        ("UPLOAD_LIMIT_MB", "ten", "a whole number from 1 to 100"),
        ("SESSION_HOURS", "1.5", "a whole number from 1 to 720"),
        ("TRUSTED_PROXIES", "-1", "a whole number from 0 to 5"),
        ("HTTPS", "maybe", "on or off"),
        ("LOG_FORMAT", "xml", "console or json"),
        ("LOG_LEVEL", "loud", "debug or info or warning or error"),
        ("DATABASE_URL", "mysql://localhost/kalauz", "postgresql://"),
        ("DATABASE_URL", "kalauz.db", "postgresql://"),
        ("DATABASE_URL", "sqlite://", "sqlite:////folder/kalauz.db"),
        ("DATABASE_URL", "sqlite:///:memory:", "sqlite:////folder/kalauz.db"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_it_must_be(
    tmp_path: Path, name: str, value: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, **{name: value})
    assert f"KALAUZ_{name} is {value!r}" in str(refused.value)
    assert hint in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_every_way_to_write_postgresql_uses_the_installed_driver(tmp_path: Path, scheme: str) -> None:
    found = read(tmp_path, DATABASE_URL=f"{scheme}://me:p%40ss@db/kalauz?sslmode=require")
    assert found.database_url == "postgresql+psycopg://me:p%40ss@db/kalauz?sslmode=require"


def test_hosts_are_a_list_without_blanks_and_case(tmp_path: Path) -> None:
    found = read(tmp_path, EXTERNAL_HOSTS="Rates.example.com, status.example.com:8443,,")
    assert found.external_hosts == {"rates.example.com", "status.example.com:8443"}


def test_the_secret_is_never_in_what_a_setting_prints(tmp_path: Path) -> None:
    assert SECRET not in repr(read(tmp_path, SECRET_KEY=SECRET))


def test_a_short_secret_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 16 characters") as refused:
        read(tmp_path, SECRET_KEY="hush-hush")
    assert "hush" not in str(refused.value)


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = read(tmp_path).secret_key
    assert len(first) >= 48
    assert read(tmp_path).secret_key == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_process_that_comes_second_leaves_the_secret_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(SECRET)
    config._make_secret(tmp_path / "secret_key")  # it looked before the first had made it
    assert read(tmp_path).secret_key == SECRET
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_an_empty_secret_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(ConfigError, match="secret_key"):
        read(tmp_path)


def test_processes_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    program = "from kb.config import Config; print(Config.from_env().secret_key)"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"KALAUZ_DATA": str(tmp_path / "new")},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in running}) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"KALAUZ_DATA is '.*/file/data'.*choose another folder"):
        read(tmp_path / "file" / "data")


@given(
    name=st.sampled_from(
        "UPLOAD_LIMIT_MB HTTPS LOG_LEVEL DATABASE_URL SECRET_KEY EXTERNAL_HOSTS SMTP_URL MAIL_FROM BASE_URL".split()
    ),
    value=st.text(),
)
def test_whatever_a_value_is_it_is_used_or_refused_with_a_sentence(name: str, value: str) -> None:
    try:
        Config.from_env({"KALAUZ_DATA": "/tmp", "KALAUZ_SECRET_KEY": SECRET, f"KALAUZ_{name}": value})  # noqa: S108
    except ConfigError as refused:
        assert str(refused).startswith(f"KALAUZ_{name} is")  # noqa: PT017
