"""What a request knows: the moment, the session, the viewer, the portal, the language. Views read it from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import structlog
from flask import current_app, g, has_request_context, request
from flask_login import current_user
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb import auth, feedback, journal
from kb.config import Config
from kb.db import Database
from kb.errors import N_, LoginRequired, NotAllowed, NotFound
from kb.jobs import Job
from kb.languages import INTERFACE_LANGUAGES, interface_language, negotiate
from kb.models import ApiKey
from kb.pages import PageCache
from kb.structure import PortalSite, Structure, StructureCache
from kb.viewers import ANONYMOUS, Viewer

log = structlog.get_logger(__name__)
KEY_USE_NOTED_EVERY = timedelta(hours=1)


@dataclass
class Services:
    """What one process holds for all its requests."""

    config: Config
    database: Database
    passwords: auth.Passwords
    structure: StructureCache = field(default_factory=StructureCache)
    pages: PageCache = field(default_factory=PageCache)
    followers: list[journal.Follower] = field(default_factory=list)
    preparations: list[Callable[[], None]] = field(default_factory=list)
    introductions: list[Callable[[], None]] = field(default_factory=list)
    navigation: list[Any] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    shared: list[Callable[[], None]] = field(default_factory=list)
    """What is loaded once, before the processes that serve pages are forked: they share its memory."""
    companions: list[Callable[[], None]] = field(default_factory=list)
    """What each process that serves pages begins before it serves the first."""
    hearers: list[Callable[[feedback.Heard], None]] = field(default_factory=list)
    """Who is told what readers say of articles."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(microsecond=0)

    def settle(self) -> None:
        """Before anything is served: no follower may be ahead of the database, and each catches up.

        One that knows nothing yet (a new node, or a program that reads texts in another way than the one before it)
        reads what there is, not how it came to be.
        """
        with self.database.session() as session:
            for follower in self.followers:
                if not follower.position() and journal.head(session):
                    follower.restart(session)
                elif journal.restart_ahead(session, follower):
                    log.warning(
                        "follower started again: it was ahead of the database", follower=follower.name
                    )
        self.drain()

    def drain(self) -> None:
        """Bring every follower up to date after a commit. A follower that fails catches up before its next answer."""
        with self.database.session() as session:
            for follower in self.followers:
                try:
                    journal.follow(session, follower)
                except Exception:
                    log.exception("follower failed", follower=follower.name)


def services() -> Services:
    """The process's services."""
    return cast(Services, current_app.extensions["kalauz"])


def now() -> datetime:
    """The moment of this request; the same from its beginning to its end."""
    if "now" not in g:
        g.now = services().clock()
    return cast(datetime, g.now)


def session() -> Session:
    """This request's session; made when first asked for, committed when the request returns."""
    if "session" not in g:
        g.session = services().database.session(write=may_write())
    return cast(Session, g.session)


def only_reads() -> None:
    """Say, before anything is read, that this request writes nothing whatever its method: it waits for no writer."""
    g.only_reads = True


def may_write() -> bool:
    """Whether this request is of a kind that changes things, and so holds the database while it lasts."""
    return request.method not in {"GET", "HEAD", "OPTIONS"} and "only_reads" not in g


def head() -> int:
    """The journal's newest seq, looked up once a request."""
    if "head" not in g:
        g.head = journal.head(session())
    return cast(int, g.head)


def structure() -> Structure:
    """Portals, topics, folders, snippets and audiences as of this request."""
    if "structure" not in g:
        g.structure = services().structure.current(session(), head())
    return cast(Structure, g.structure)


def viewer() -> Viewer:
    """Whoever asks, inside the portal when there is one."""
    if "viewer" not in g:
        g.viewer = _whoever()
        session().info.update(actor_id=g.viewer.person_id, actor=g.viewer.name or "anonymous")
    return cast(Viewer, g.viewer)


def as_anybody() -> None:
    """Answer as to somebody without a login, whoever asks: for what stands inside of other sites' pages."""
    g.viewer = ANONYMOUS
    session().info.update(actor_id=None, actor="anonymous")


def known_viewer() -> Viewer:
    """The viewer, for a page that tells of a mistake: it must not fail itself, whatever is broken."""
    try:
        return viewer()
    except Exception:
        g.viewer = ANONYMOUS
        return ANONYMOUS


def _whoever() -> Viewer:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = auth.machine(session(), key.strip(), now())
        if found is None:
            raise LoginRequired(N_("This API key is unknown, expired or revoked."))
        _note_use(key)
        return found
    if current_user.is_authenticated:
        return auth.viewer_of(current_user.person, structure())
    return ANONYMOUS


def _note_use(key: str) -> None:
    """Once an hour. A request that only reads does so in a transaction of its own, and else waits for no writer."""
    used = ApiKey.prefix == auth.prefix_of(key)
    last = session().scalar(select(ApiKey.last_used_at).where(used))
    if last is not None and now() - last <= KEY_USE_NOTED_EVERY:
        return
    note = update(ApiKey).where(used).values(last_used_at=now())
    if may_write():
        session().execute(note)
        return
    with services().database.transaction() as writing:
        writing.execute(note)


def portal() -> PortalSite | None:
    """The portal that the request is in, if any."""
    return cast("PortalSite | None", g.get("portal"))


def language() -> str:
    """The content language: the URL's in a portal, else the best interface language for URL, viewer and browser."""
    if "language" not in g:
        g.language = _interface_wish()
    return cast(str, g.language)


def _interface_wish() -> str:
    said = (request.view_args or {}).get("language", "")
    own = known_viewer().languages if g.get("failed") else viewer().languages
    return negotiate([said, *own, *_accepted()], INTERFACE_LANGUAGES, "en")


def _accepted() -> list[str]:
    return [code for code, _ in request.accept_languages]


def locale() -> str:
    """The language of the interface's own words."""
    return interface_language(language()) if has_request_context() else "en"


def zone() -> str:
    """The time zone in which this person reads times."""
    return current_user.person.zone if current_user and current_user.is_authenticated else "UTC"


def enter_portal(key: str, code: str | None) -> None:
    """Put the request into a portal and a language.

    Args:
        key: the portal's key from the URL.
        code: the language from the URL; None to negotiate it from the person and the browser.

    Raises:
        NotFound: there is no such portal, or it does not have this language.
        LoginRequired: the portal is closed; a login may open it.
        NotAllowed: this person may not enter, and learns nothing of it but that.
    """
    site = structure().portals.get(key)
    if site is None:
        raise NotFound(N_("There is no site at this address."))
    if site.entry_audience not in viewer().audiences:
        if viewer().is_anonymous:
            raise LoginRequired(N_("Log in to see this."))
        raise NotAllowed(N_("This site is not open to you."))
    chosen = code if code in site.languages else None
    g.portal = site
    g.language = chosen or negotiate(
        [*viewer().languages, *_accepted()], site.languages, site.default_language
    )
    if code is not None and chosen is None:
        raise NotFound(N_("This site is not available in that language."))
    g.viewer = site.seen_by(viewer())
