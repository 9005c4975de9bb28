"""The factory: puts the packages together. It is the only module of kb that looks up to the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, g, request
from flask_babel import Babel
from flask_compress import Compress
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix

import authoring.web as authoring_web
import cbr.guided.web as guided_web
import cbr.web as cbr_web
import kb.web as kb_web
import routing.web as routing_web
import search.web as search_web
import widgets.web as widgets_web
from kb import access, assets, auth, context, http, journal, logs, metrics, page_cache, templating
from kb.config import Config
from kb.context import Services
from kb.db import Database
from kb.limits import limiter

HERE = Path(__file__).parent


def folder(name: str) -> Path:
    """Where `templates`, `static` or `demo` lie: beside this file in a wheel, at the root in a checkout."""
    beside = HERE / name
    return beside if beside.is_dir() else HERE.parent / name


def create_app(config: Config | None = None, *, clock: Callable[[], datetime] | None = None) -> Flask:
    """A ready application.

    Args:
        config: the settings; read from the environment when not given.
        clock: tells the time; for tests.
    """
    config = config or Config.from_env()
    logs.configure(config.log_format, config.log_level)
    app = Flask("kalauz", static_folder=str(folder("static")), template_folder=str(folder("templates")))
    app.config.update(
        SECRET_KEY=config.secret_key,
        TRUSTED_HOSTS=sorted(config.hosts) or None,
        MAX_CONTENT_LENGTH=config.upload_limit + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=config.session_hours),
        SESSION_COOKIE_HTTPONLY=True,
        # inside of another site's page a browser sends only cookies that belong to that page and this site together
        SESSION_COOKIE_SAMESITE="None" if config.https and config.panel_frames else "Lax",
        SESSION_COOKIE_PARTITIONED=config.https and bool(config.panel_frames),
        SESSION_COOKIE_SECURE=config.https,
        SESSION_COOKIE_NAME="kalauz",
        WTF_CSRF_TIME_LIMIT=config.session_hours * 3600,
        WTF_CSRF_SSL_STRICT=False,
        BABEL_TRANSLATION_DIRECTORIES=str(HERE / "translations"),
        RATELIMIT_ENABLED=config.rate_limits,
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_MIN_SIZE=600,
    )
    services = Services(config, Database(config.database_url), auth.Passwords(config.password_cost))
    if clock:
        services.clock = clock
    app.extensions["kalauz"] = services
    app.extensions["demo_folder"] = folder("demo")
    _extensions(app)
    _lifecycle(app)
    for package in (kb_web, cbr_web, guided_web, search_web, authoring_web, routing_web, widgets_web):
        package.init_app(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _extensions(app: Flask) -> None:
    Babel(app, locale_selector=context.locale, timezone_selector=context.zone)
    access.csrf.init_app(app)
    Compress(app)
    limiter.init_app(app)
    login = LoginManager(
        app, add_context_processor=False
    )  # templates know the viewer, which no error page lacks
    login.session_protection = None  # the session's version ends it; addresses of phones change within a call

    @login.user_loader
    def _load(token: str) -> auth.LoggedIn | None:
        return auth.logged_in(context.session(), token)


def _lifecycle(app: Flask) -> None:
    """Order of the day: cache, guard, view; then commit, followers, keep the page, headers, figures, log line."""
    assets.init_app(app)
    logs.init_app(app)
    metrics.init_app(app)
    http.init_app(app)
    templating.init_app(app)
    page_cache.init_app(app)
    app.before_request(access.guard)
    app.after_request(_finish)
    app.after_request(_whole_file)
    app.teardown_request(_close)


def _finish(response: Response) -> Response:
    """Return commits, raise has rolled back; side effects follow the journal after the commit."""
    if "session" in g and not g.get("failed"):
        written = journal.appended(g.session)
        g.session.commit()
        if written:
            context.services().drain()
    return response


def _whole_file(response: Response) -> Response:
    """Static files are small: handed on whole, so that they are compressed like pages."""
    if request.endpoint == "static" and response.status_code == HTTPStatus.OK:
        response.direct_passthrough = False
        response.make_sequence()
    return response


def _close(_error: BaseException | None) -> None:
    if opened := g.pop("session", None):
        opened.close()
