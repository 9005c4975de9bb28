"""What a request knows: the moment, the session, the viewer, the portal, the language. Views read it from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import structlog
from flask import current_app, g, has_request_context, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kb import auth, journal
from kb.config import Config
from kb.db import Database
from kb.errors import LoginRequired, NotAllowed, NotFound
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
    clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(microsecond=0)

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
        g.session = services().database.session(write=request.method not in {"GET", "HEAD", "OPTIONS"})
    return cast(Session, g.session)


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


def _whoever() -> Viewer:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = auth.machine(session(), key.strip(), now())
        if found is None:
            raise LoginRequired("This API key is unknown, expired or revoked.")
        _note_use(key)
        return found
    if current_user.is_authenticated:
        return auth.viewer_of(current_user.person, structure())
    return ANONYMOUS


def _note_use(key: str) -> None:
    prefix = "_".join(key.strip().split("_", 2)[:2])
    with services().database.transaction() as writing:
        row = writing.query(ApiKey).filter_by(prefix=prefix).one()
        if row.last_used_at is None or now() - row.last_used_at > KEY_USE_NOTED_EVERY:
            row.last_used_at = now()


def portal() -> PortalSite | None:
    """The portal that the request is in, if any."""
    return cast("PortalSite | None", g.get("portal"))


def language() -> str:
    """The content language: the URL's in a portal, else the viewer's interface language."""
    if "language" not in g:
        g.language = _interface_wish()
    return cast(str, g.language)


def _interface_wish() -> str:
    own = viewer().languages
    return negotiate([*own, *_accepted()], INTERFACE_LANGUAGES, "en")


def _accepted() -> list[str]:
    return [code for code, _ in request.accept_languages]


def locale() -> str:
    """The language of the interface's own words."""
    return interface_language(language()) if has_request_context() else "en"


def zone() -> str:
    """The time zone in which this person reads times."""
    return current_user.person.zone if current_user and current_user.is_authenticated else "UTC"


def enter_portal(key: str, code: str | None) -> Response | None:
    """Put the request into a portal and a language, or say where to go instead.

    Args:
        key: the portal's key from the URL.
        code: the language from the URL; None to negotiate it from the person and the browser.

    Raises:
        NotFound: there is no such portal, or it does not have this language.
        NotAllowed: this person may not enter.
    """
    site = structure().portals.get(key)
    if site is None:
        raise NotFound("There is no site at this address.")
    g.portal = site
    chosen = code if code in site.languages else None
    g.language = chosen or negotiate([*viewer().languages, *_accepted()], site.languages, site.default_language)
    if site.entry_audience not in viewer().audiences:
        if viewer().is_anonymous:
            return redirect(url_for("account.login", next=request.full_path.rstrip("?")))
        raise NotAllowed("This site is not open to you.")
    if code is not None and chosen is None:
        raise NotFound("This site is not available in that language.")
    g.viewer = site.seen_by(viewer())
    return None


def viewer_outside() -> Viewer:
    """The viewer without the portal's limits, for the header."""
    return _whoever()
