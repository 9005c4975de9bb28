"""`kalauz export`, `kalauz import archive` and `kalauz user password`, as an operator meets them."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kb.app import create_app
from kb.config import Config
from kb.context import Services
from kb.db import Database
from kb.models import Article, Person
from tests import factories
from tests.authoring.archive.bases import everything
from tests.cast import PASSWORD, email
from tests.conftest import Clock
from tests.kb.stage import log_in


@pytest.fixture
def filled(services: Services) -> Services:
    """An instance with a portal and an article that has a file."""
    with services.database.transaction() as session:
        factories.portal(session, features=["search"])
        made = factories.article(session, "roaming", title="Roaming abroad", audience="public")
        factories.attachment(session, made)
    services.drain()
    return services


@contextmanager
def instance(config: Config, clock: Clock) -> Iterator[Flask]:
    app = create_app(config, clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    services: Services = app.extensions["kalauz"]
    services.database.engine.dispose()


@pytest.fixture
def second(config: Config, clock: Clock, tmp_path: Path, unused_sqlite: Path) -> Iterator[Flask]:
    """Another instance, on its first day."""
    data = tmp_path / "second"
    data.mkdir()
    shutil.copyfile(unused_sqlite, data / "kalauz.db")
    with instance(replace(config, data=data, database_url=f"sqlite:///{data / 'kalauz.db'}"), clock) as app:
        yield app


def call(app: Flask, *arguments: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])


def database_of(app: Flask) -> Database:
    services: Services = app.extensions["kalauz"]
    return services.database


@pytest.mark.parametrize("words", [["import", "archive"], ["import", "--archive"]])
def test_what_is_exported_is_imported_and_found(
    app: Flask, filled: Services, second: Flask, tmp_path: Path, words: list[str]
) -> None:
    file = tmp_path / "all.zip"
    said = call(app, "export", file)
    assert said.exit_code == 0, said.output
    assert "1 articles, 1 files, 9 people" in said.output
    said = call(second, *words, file)
    assert said.exit_code == 0, said.output
    assert "kalauz user password EMAIL" in said.output
    assert everything(database_of(second)) == everything(filled.database)
    assert "/help/en/a/roaming" in second.test_client().get("/help/en/search?q=roaming").text


def test_an_index_of_another_base_in_the_same_folder_is_not_trusted(
    app: Flask, filled: Services, clock: Clock, tmp_path: Path, config: Config, unused_sqlite: Path
) -> None:
    """The database is lost and comes back from a backup; its journal begins anew, far behind the index."""
    for number in range(40):
        with filled.database.transaction() as session:
            article = session.scalars(select(Article)).one()
            factories.revision(session, article, title=f"Roaming abroad {number}")
    filled.drain()
    call(app, "export", tmp_path / "all.zip")
    filled.database.engine.dispose()
    shutil.copyfile(unused_sqlite, config.data / "kalauz.db")
    for rest in config.data.glob("kalauz.db-*"):
        rest.unlink()
    with instance(config, clock) as again:
        assert call(again, "import", "--archive", tmp_path / "all.zip").exit_code == 0
        with database_of(again).transaction() as session:
            factories.article(session, "new", title="Brand new")
        page: FlaskClient = again.test_client()
        assert "/help/en/a/brand-new" in page.get("/help/en/search?q=brand").text
        assert "/help/en/a/roaming" in page.get("/help/en/search?q=roaming").text


def test_nobody_can_log_in_until_they_are_given_a_password(
    app: Flask, filled: Services, second: Flask, tmp_path: Path
) -> None:
    call(app, "export", tmp_path / "all.zip")
    call(second, "import", "--archive", tmp_path / "all.zip")
    client = second.test_client()
    assert log_in(client, email("admin"), PASSWORD).status_code == 401
    said = call(second, "user", "password", email("admin"))
    assert said.exit_code == 0, said.output
    assert log_in(client, email("admin"), said.output.split()[5]).status_code == 302
    with database_of(second).session() as session:
        admin = session.scalars(select(Person).where(Person.email == email("admin"))).one()
        assert admin.must_change_password


def test_nobody_of_that_address_gets_a_password(app: Flask) -> None:
    said = call(app, "user", "password", "nobody@example.com")
    assert said.exit_code == 1
    assert "There is no person with the address nobody@example.com." in str(said.exception)


def test_a_file_that_is_there_is_replaced_only_when_asked(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    file.write_text("precious")
    said = call(app, "export", file)
    assert said.exit_code == 1
    assert "is there already" in said.output
    assert file.read_text() == "precious"
    assert call(app, "export", "--replace", file).exit_code == 0
    assert zipfile.is_zipfile(file)


def test_a_folder_that_is_not_there_is_named(app: Flask, tmp_path: Path) -> None:
    said = call(app, "export", tmp_path / "missing" / "all.zip")
    assert said.exit_code == 1
    assert "cannot be written (No such file or directory)" in str(said.exception)


def test_what_is_no_archive_is_refused_with_a_sentence(second: Flask, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    file.write_text("Hello")
    said = call(second, "import", "archive", file)
    assert said.exit_code == 1
    assert "This is no ZIP file" in said.output
    assert "Nothing was changed." in said.output
    said = call(second, "import", "archive", tmp_path / "missing.zip")
    assert said.exit_code == 1
    assert "cannot be read (No such file or directory)" in said.output


def test_how_large_an_archive_may_be_can_be_said(
    app: Flask, filled: Services, second: Flask, tmp_path: Path
) -> None:
    with filled.database.transaction() as session:
        made = session.scalars(select(Article)).one()
        factories.attachment(session, made, "long.txt", b"a" * 1_048_576)
    call(app, "export", tmp_path / "all.zip")
    said = call(second, "import", "archive", "--most-mb", "1", tmp_path / "all.zip")
    assert "at most 1.0 MB are taken (--most-mb)" in said.output
    assert call(second, "import", "archive", "--most-mb", "2", tmp_path / "all.zip").exit_code == 0


def test_import_alone_says_what_it_can(app: Flask) -> None:
    said = call(app, "import")
    assert said.exit_code == 2
    assert "--archive" in said.output
    assert "articles" in said.output


def test_the_option_and_a_command_together_are_refused(app: Flask, tmp_path: Path) -> None:
    said = call(app, "import", "--archive", tmp_path / "all.zip", "articles", tmp_path)
    assert said.exit_code == 2
    assert "Give either --archive or a command." in said.output
