"""An instance of Kalauz to measure: a folder of its own, filled and served by the real commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from sqlalchemy import select

from bench.programs import Cost, Failed, Server, run, serving
from bench.texts import Texts
from kb import audiences, auth, people, portals, queries
from kb.db import Database
from kb.models import Article, Audience, Role
from kb.permissions import SYSTEM
from kb.portals import PortalSettings
from kb.viewers import ANONYMOUS

PORTAL = "bench"
EMAIL, PASSWORD = "agent@example.com", "a long enough secret"
WORKERS = 2
CHEAPEST = 1  # argon2 rounds


class Instance:
    """An instance folder.

    Args:
        data: the folder.

    Attributes:
        database: its database.
        index_folder: where its search index is.
        data: the folder itself.
    """

    def __init__(self, data: Path) -> None:
        self._environment = {
            "KALAUZ_DATA": str(data),
            "KALAUZ_RATE_LIMITS": "off",
            "KALAUZ_PASSWORD_COST": str(CHEAPEST),
        }
        self.database = Database(f"sqlite:///{data / 'kalauz.db'}")
        self.index_folder = data / "index"
        self.data = data

    def command(self, *arguments: str) -> Cost:
        """Run a command of `kalauz` and say what it cost.

        Raises:
            Failed: it ended with an error.
        """
        return run(["kb", *arguments], self._environment)

    def fill(self, texts: Texts) -> Cost:
        """Open a portal, employ an agent, and bring the texts in: what that cost."""
        self.command("upgrade")
        records = texts.records()
        self._open_portal({record.language for record in records}, {record.audience for record in records})
        return self.command("import", "articles", *texts.arguments)

    def _open_portal(self, languages: set[str], shown: set[str]) -> None:
        now = datetime.now(UTC)
        settings = PortalSettings(
            key=PORTAL,
            names=dict.fromkeys(languages, "Help"),
            languages=tuple(sorted(languages)),
            default_language=min(languages),
            audiences=tuple(sorted(shown)),
            entry_audience="public",
        )
        with self.database.transaction(actor="bench") as session:
            for key in shown - set(session.scalars(select(Audience.key))):
                audiences.save(session, None, key=key, names={"en": key}, groups=[], by=SYSTEM)
            portals.save(session, None, settings, by=SYSTEM)
            people.add(
                session,
                auth.Passwords(CHEAPEST),
                email=EMAIL,
                name="Agnes Agent",
                password=PASSWORD,
                roles=[Role.AGENT],
                by=SYSTEM,
                now=now,
            )

    def employ(self, count: int, role: Role = Role.AUTHOR) -> list[str]:
        """So many people of a role; their addresses."""
        addresses = [f"{role.value}{number}@example.com" for number in range(count)]
        with self.database.transaction(actor="bench") as session:
            for address in addresses:
                people.add(
                    session,
                    auth.Passwords(CHEAPEST),
                    email=address,
                    name=address.partition("@")[0],
                    password=PASSWORD,
                    roles=[role],
                    by=SYSTEM,
                    now=datetime.now(UTC),
                )
        return addresses

    def edit_paths(self) -> list[str]:
        """Where the source texts of published articles are edited."""
        with self.database.session() as session:
            query = select(Article.id, Article.source_language).order_by(Article.id)
            return [f"/authoring/articles/{key}/{language}" for key, language in session.execute(query)]

    def article_paths(self) -> list[str]:
        """Where everybody can read an article."""
        with self.database.session() as session:
            cards = queries.sitemap(session, ANONYMOUS, datetime.now(UTC))
        return [f"/{PORTAL}/{card.language}/a/{card.slug}" for card in cards]

    def search_paths(self) -> list[str]:
        """The titles of the articles as questions."""
        with self.database.session() as session:
            cards = queries.sitemap(session, ANONYMOUS, datetime.now(UTC))
        return [f"/{PORTAL}/{card.language}/search?q={quote(card.title)}" for card in cards]

    def serving(self, workers: int = WORKERS) -> AbstractContextManager[Server]:
        """Serve it, as `kalauz run` does."""
        arguments = ["kb", "run", "--no-demo", "--port", "{port}", "--workers", str(workers)]
        return serving(arguments, self._environment, ready="/readyz")

    def close(self) -> None:
        """Let go of the database."""
        self.database.engine.dispose()


@contextmanager
def instance() -> Iterator[Instance]:
    """A new instance in a folder that is removed at the end of the block."""
    with TemporaryDirectory(prefix="kalauz-bench-") as folder:
        made = Instance(Path(folder) / "instance")
        try:
            yield made
        finally:
            made.close()


def log_in(server: Server, email: str = EMAIL) -> str:
    """The cookie of somebody, the agent if nobody else is named, got through the login form.

    Raises:
        Failed: the server gave none.
    """
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    address = f"http://127.0.0.1:{server.port}/login"
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', _text(browser, address))
    form = {"csrf_token": token[1] if token else "", "email": email, "password": PASSWORD}
    answer = _text(browser, address, urlencode(form).encode())
    if 'name="password"' in answer:
        raise Failed(f"{email} cannot log in")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def _text(browser: OpenerDirector, address: str, form: bytes | None = None) -> str:
    with browser.open(address, form) as answer:
        text: str = answer.read().decode()
    return text
