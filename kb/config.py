"""Settings: environment values, parsed once. A bad one stops the start with a sentence that says how to mend it."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from kb.mail_settings import MailServer, base_address, mail_server, sender

T = TypeVar("T")
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
SHORTEST_SECRET = 16
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
ON, OFF = frozenset({"on", "true", "1", "yes"}), frozenset({"off", "false", "0", "no"})


class ConfigError(Exception):
    """A setting that cannot be used; str() names the variable and how to mend it."""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of one process.

    Args:
        data: the instance folder (database, index, secret).
        database_url: SQLAlchemy URL, SQLite or PostgreSQL.
        secret_key: signs sessions; made once and kept in the instance folder when not given.
        hosts: the names under which people reach this service; requests for others are refused. ".example.com" stands
            for all names below it, empty for any name at all. Set it wherever absolute addresses matter.
        external_hosts: hosts that may be asked for `{{ext:...}}` values and for answers ("host" or "host:port"), and
            addresses and networks that are not public and may be asked all the same.
        upload_limit: largest attachment, in bytes.
        session_hours: how long a login lasts without a request, in hours.
        login_attempts: wrong passwords in a row before a person is locked out.
        lockout_minutes: how long the lock-out lasts, in minutes.
        https: cookies are sent over HTTPS only.
        trusted_proxies: how many proxies in front set X-Forwarded-* headers.
        rate_limits: public doors are limited; off only for load tests.
        jobs: whether this node does recurring jobs: mail, reminders, backups.
        backup_folder: where backups are written, a folder that exists; None for no backups.
        backup_hours: how long after one backup the next is made, in hours.
        backup_keep: how many backups stay in the folder.
        questions_days: how long questions that readers ask are kept to learn from, in days; 0 keeps none.
        contacts_days: how long contacts are kept after they ended, with all that happened to them, in days.
        password_cost: argon2 rounds; 1 only in tests.
        base_url: the address under which people reach this service, for links in mails; no slash at its end.
        mail_server: who takes mails; without one, nobody gets any.
        mail_from: whom mails are from.
        semantic: what finds by meaning: "auto", "off", or the folder of an encoder.
        words: where word lists lie, made at the first start, for all instances of a machine or in an image; None for
            the instance folder.
        panel_frames: origins of the desktops that may show the agent's panel inside of their own page.
    """

    data: Path
    database_url: str
    secret_key: str = field(repr=False)
    hosts: frozenset[str] = frozenset()
    external_hosts: frozenset[str] = frozenset()
    upload_limit: int = 10 * 1024 * 1024
    session_hours: int = 12
    login_attempts: int = 5
    lockout_minutes: int = 15
    https: bool = False
    trusted_proxies: int = 0
    rate_limits: bool = True
    jobs: bool = True
    backup_folder: Path | None = None
    backup_hours: int = 24
    backup_keep: int = 14
    questions_days: int = 90
    contacts_days: int = 400
    password_cost: int = 3
    log_format: str = "console"
    log_level: str = "info"
    base_url: str = ""
    mail_server: MailServer | None = None
    mail_from: Address | None = None
    semantic: str = "auto"
    words: Path | None = None
    panel_frames: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the KALAUZ_* variables.

        Raises:
            ConfigError: a value cannot be understood.
        """
        env = _Reader(os.environ if environ is None else environ)
        data = Path(env.text("DATA", "instance")).absolute()
        return cls(
            data=data,
            database_url=env.database("DATABASE_URL", f"sqlite:///{data / 'kalauz.db'}"),
            secret_key=env.secret("SECRET_KEY", data),
            hosts=env.names("HOSTS"),
            external_hosts=env.names("EXTERNAL_HOSTS"),
            upload_limit=env.number("UPLOAD_LIMIT_MB", 10, 1, 100) * 1024 * 1024,
            session_hours=env.number("SESSION_HOURS", 12, 1, 720),
            login_attempts=env.number("LOGIN_ATTEMPTS", 5, 1, 100),
            lockout_minutes=env.number("LOCKOUT_MINUTES", 15, 1, 1440),
            https=env.flag("HTTPS", default=False),
            trusted_proxies=env.number("TRUSTED_PROXIES", 0, 0, 5),
            rate_limits=env.flag("RATE_LIMITS", default=True),
            jobs=env.flag("JOBS", default=True),
            backup_folder=env.folder("BACKUP_FOLDER"),
            backup_hours=env.number("BACKUP_HOURS", 24, 1, 8760),
            backup_keep=env.number("BACKUP_KEEP", 14, 1, 1000),
            questions_days=env.number("QUESTIONS_DAYS", 90, 0, 3650),
            contacts_days=env.number("CONTACTS_DAYS", 400, 1, 3650),
            password_cost=env.number("PASSWORD_COST", 3, 1, 10),
            log_format=env.choice("LOG_FORMAT", "console", ("console", "json")),
            log_level=env.choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
            base_url=env.base_url("BASE_URL"),
            mail_server=env.mail_server("SMTP_URL"),
            mail_from=env.sender("MAIL_FROM"),
            semantic=env.text("SEMANTIC", "auto"),
            words=env.folder("WORDS"),
            panel_frames=env.origins("PANEL_FRAMES"),
        )

    @property
    def missing_for_mail(self) -> tuple[str, ...]:
        """The settings without which no mail goes out, as far as they are not given."""
        needed = {
            "KALAUZ_SMTP_URL": self.mail_server,
            "KALAUZ_MAIL_FROM": self.mail_from,
            "KALAUZ_BASE_URL": self.base_url,
        }
        return tuple(name for name, value in needed.items() if not value)

    @property
    def index_folder(self) -> Path:
        """Where this node keeps its search index."""
        return self.data / "index"

    @property
    def word_folder(self) -> Path:
        """Where this node keeps word lists."""
        return self.words or self.data / "words"


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(f"KALAUZ_{name}", "").strip() or default

    def _parsed(self, name: str, default: T, parse: Callable[[str], T], hint: str) -> T:
        raw = self.text(name, "")
        if not raw:
            return default
        try:
            return parse(raw)
        except ValueError:
            raise ConfigError(f"KALAUZ_{name} is {raw!r}, but it must be {hint}.") from None

    def number(self, name: str, default: int, low: int, high: int) -> int:
        def parse(raw: str) -> int:
            if not low <= int(raw) <= high:
                raise ValueError
            return int(raw)

        return self._parsed(name, default, parse, f"a whole number from {low} to {high}")

    def flag(self, name: str, *, default: bool) -> bool:
        def parse(raw: str) -> bool:
            if raw.lower() not in ON | OFF:
                raise ValueError
            return raw.lower() in ON

        return self._parsed(name, default, parse, "on or off")

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        def parse(raw: str) -> str:
            if raw.lower() not in choices:
                raise ValueError
            return raw.lower()

        return self._parsed(name, default, parse, " or ".join(choices))

    def names(self, name: str) -> frozenset[str]:
        return frozenset(part.strip().lower() for part in self.text(name, "").split(",") if part.strip())

    def origins(self, name: str) -> tuple[str, ...]:
        """Whose pages: "https://desk.example", several with commas between them."""

        def parse(raw: str) -> tuple[str, ...]:
            found = tuple(
                sorted({part.strip().lower().rstrip("/") for part in raw.split(",") if part.strip()})
            )
            if not all(ORIGIN.fullmatch(origin) for origin in found):
                raise ValueError
            return found

        return self._parsed(name, (), parse, "origins such as https://desk.example, with commas between them")

    def database(self, name: str, default: str) -> str:
        def parse(raw: str) -> str:
            try:
                url = make_url(raw)
            except ArgumentError:
                raise ValueError from None
            driver = DRIVERS.get(url.get_backend_name())
            if driver is None or (driver == "sqlite" and url.database in {None, "", ":memory:"}):
                raise ValueError
            return url.set(drivername=driver).render_as_string(hide_password=False)

        hint = "an address such as postgresql://user:password@host/kalauz or sqlite:////folder/kalauz.db"
        return self._parsed(name, default, parse, hint)

    def folder(self, name: str) -> Path | None:
        raw = self.text(name, "")
        if not raw:
            return None
        try:  # it is not made here: where a disk is to be mounted, a folder of that name would be another place
            with tempfile.TemporaryFile(dir=Path(raw).absolute()):
                return Path(raw).absolute()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigError(
                f"KALAUZ_{name} is {raw!r}, but that folder cannot be written ({reason}): "
                "make it, mend its permissions, or choose another."
            ) from error

    def base_url(self, name: str) -> str:
        return self._parsed(name, "", base_address, "an address such as https://help.example.com")

    def sender(self, name: str) -> Address | None:
        return self._parsed(name, None, sender, "an address such as Kalauz <kalauz@example.com>")

    def mail_server(self, name: str) -> MailServer | None:
        raw = self.text(name, "")
        try:
            return mail_server(raw) if raw else None
        except ValueError:  # the value holds a password: it is not repeated
            raise ConfigError(
                f"KALAUZ_{name} is no address of a mail server: write smtp://user:password@host:587?starttls=required "
                "or smtps://user:password@host:465, with %40 for @, %3A for : and %2F for / in name and password. "
                "Without TLS (smtp://host:25?starttls=off) there can be a password on this machine only."
            ) from None

    def secret(self, name: str, data: Path) -> str:
        given = self.text(name, "")
        if given and len(given) < SHORTEST_SECRET:
            raise ConfigError(
                f"KALAUZ_{name} is too short: give at least {SHORTEST_SECRET} characters, or none to have one made."
            )
        return given or _kept_secret(data / "secret_key")


def _kept_secret(path: Path) -> str:
    """The instance's own secret, made on the first start; of two processes that start at once one wins."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_secret(path)
        found = path.read_text().strip()
    except OSError as error:
        raise ConfigError(
            f"KALAUZ_DATA is {str(path.parent)!r}, but that folder cannot be written ({error.strerror}): "
            "choose another folder, or mend its permissions."
        ) from error
    if len(found) < SHORTEST_SECRET:
        raise ConfigError(f"The file {path} holds no usable secret: remove it to have one made.")
    return found


def _make_secret(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
