"""What the tests share: a fresh application on a fresh database for each test, and the cast.

The schema is made once for each kind of database, the cast entered, and then copied: a test starts in milliseconds.
A test runs on SQLite; with the fixture `both_databases` it runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from kb import auth, migrate
from kb.config import Config
from kb.context import Services
from kb.db import Database
from kb.founding import ensure_audiences
from kb.models import Person
from tests import cast
from tests.postgres import Postgres, start
from tests.server import running

CHEAPEST = 1  # argon2 rounds
GARBAGE = 20_000  # objects made before the collector looks at them
TEMPLATE = "template_kalauz"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning


class Clock:
    """Tells the application the time; it stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> datetime:
        """Let time pass, in the units of timedelta: clock.advance(days=3)."""
        self.now += timedelta(**units)
        return self.now


def pytest_configure(config: pytest.Config) -> None:
    """Keep the settings of this machine out of the tests, and its speed: a slow example is no fault."""
    for name in list(os.environ):
        if name.startswith(("KALAUZ_", "PROMETHEUS_")) or name == "PORT":
            del os.environ[name]
    os.environ["KALAUZ_SEMANTIC"] = "off"  # a server that a test starts would encode all its texts meanwhile
    words = config.rootpath / ".pytest_cache" / "words"
    words.mkdir(parents=True, exist_ok=True)
    os.environ["KALAUZ_WORDS"] = str(words)  # else each instance makes its own, in some seconds
    settings.register_profile(
        "house", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("house")


def pytest_collection_finish() -> None:
    """What is imported and collected stays to the end: the garbage collector need not look through it again and again.

    A request makes tens of thousands of objects that nothing refers to in circles, and the usual pace is a look at
    every 700 of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for both databases once on each."""
    if "both_databases" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"])


@pytest.fixture
def database_kind() -> str:
    """The kind of database of this test."""
    return "sqlite"


@pytest.fixture
def both_databases(database_kind: str) -> str:
    """Ask for it to run a test on SQLite and on PostgreSQL; it is the kind at hand."""
    return database_kind


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and the cast."""
    path = tmp_path_factory.mktemp("template") / "kalauz.db"
    _found(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server with a template database that has the newest schema and the cast."""
    server = start()
    try:
        server.create(TEMPLATE)
        _found(server.url(TEMPLATE), tmp_path_factory.mktemp("postgres"))
        yield server
    finally:
        server.stop()


def _found(url: str, folder: Path) -> None:
    database = Database(url)
    migrate.upgrade(database, folder)
    _enter_cast(database)


def _enter_cast(database: Database) -> None:
    with database.transaction(actor="tests") as session:
        ensure_audiences(session)
        cast.enter(session, auth.Passwords(CHEAPEST), START)
    database.engine.dispose()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with the demonstration content and the cast, to copy; loaded once, whatever the workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    data = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.exists():
            with running(shared / "loading"):
                pass
            _enter_cast(Database(f"sqlite:///{shared / 'loading' / 'kalauz.db'}"))
            (shared / "loading").rename(data)
    return data


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An instance folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


_numbers = count()


@pytest.fixture
def database_url(database_kind: str, data: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where this test's own database is: the newest schema, the cast, and nothing else."""
    if database_kind == "sqlite":
        copy = shutil.copyfile(request.getfixturevalue("sqlite_template"), data / "kalauz.db")
        yield f"sqlite:///{copy}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"kalauz_{next(_numbers)}"
    server.create(name, TEMPLATE)
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """This test's own database, without the application around it."""
    opened = Database(database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def config(data: Path, database_url: str) -> Config:
    """Settings for tests: cheap passwords, no rate limits."""
    return Config(
        data=data,
        database_url=database_url,
        secret_key="a secret for tests only",
        password_cost=CHEAPEST,
        rate_limits=False,
        words=Path(os.environ["KALAUZ_WORDS"]),
    )


@pytest.fixture
def clock() -> Clock:
    """The time as the application sees it."""
    return Clock(START)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """What one application has made of the templates serves those of all other tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def compiled_rules() -> Iterator[None]:
    """And so does what it has compiled to build addresses, the most of what its start takes."""
    made: dict[tuple[str, str, bool], Callable[..., tuple[str, str]]] = {}
    compile_builder = Rule._compile_builder

    def compiled(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Rule, "_compile_builder", compiled)
        yield


@pytest.fixture
def app(
    config: Config, clock: Clock, compiled_templates: FileSystemBytecodeCache, compiled_rules: None
) -> Iterator[Flask]:
    """A ready application. Forms need no token here; the test of the tokens switches them on."""
    from kb.app import create_app  # not needed by the tests of pure rules, which so start sooner

    made = create_app(config, clock=clock)
    made.testing = True
    made.config["WTF_CSRF_ENABLED"] = False
    made.jinja_env.bytecode_cache = compiled_templates
    yield made
    services: Services = made.extensions["kalauz"]
    services.database.engine.dispose()


@pytest.fixture
def services(app: Flask) -> Services:
    """What the application holds for all its requests."""
    found: Services = app.extensions["kalauz"]
    return found


@pytest.fixture
def session(services: Services) -> Iterator[Session]:
    """A database session. Commit before the client asks: it sees only what is committed."""
    with services.database.session() as opened:
        yield opened


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which nobody is logged in."""
    return app.test_client()


@pytest.fixture
def client_of(app: Flask) -> Callable[[Person], FlaskClient]:
    """Open a browser in which this person is logged in: client_of(author).get("/")."""

    def opened(person: Person) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = auth.LoggedIn(person).get_id()
            cookie["_fresh"] = True
        return client

    return opened


def _person(session: Session, part: str) -> Person:
    found = auth.person_by_email(session, cast.email(part))
    assert found is not None
    return found


@pytest.fixture
def author(session: Session) -> Person:
    """Who writes."""
    return _person(session, "author")


@pytest.fixture
def translator(session: Session) -> Person:
    """Who translates, into no language yet."""
    return _person(session, "translator")


@pytest.fixture
def reviewer(session: Session) -> Person:
    """Who approves."""
    return _person(session, "reviewer")


@pytest.fixture
def agent(session: Session) -> Person:
    """Who talks to customers."""
    return _person(session, "agent")


@pytest.fixture
def supervisor(session: Session) -> Person:
    """Who leads agents."""
    return _person(session, "supervisor")


@pytest.fixture
def specialist(session: Session) -> Person:
    """Who knows most, and makes standards."""
    return _person(session, "specialist")


@pytest.fixture
def admin(session: Session) -> Person:
    """Who may do everything."""
    return _person(session, "admin")


@pytest.fixture
def customer(session: Session) -> Person:
    """Who can log in and holds no role."""
    return _person(session, "customer")


@pytest.fixture
def outsider(session: Session) -> Person:
    """Who can log in, holds no role and belongs to no group."""
    return _person(session, "outsider")
