"""Where the domain meets HTTP: errors become pages or problem+json (RFC 9457), every answer gets its safe headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from kb import errors

log = structlog.get_logger(__name__)

STATUS: dict[type[errors.KalauzError], HTTPStatus] = {
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Gone: HTTPStatus.GONE,
    errors.LoginRequired: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.AsksTooMuch: HTTPStatus.BAD_REQUEST,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
}

PROBLEM = "application/problem+json"
NO_FRAMES = "frame-ancestors 'none'"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    f"connect-src 'self'; form-action 'self'; base-uri 'none'; {NO_FRAMES}; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PASSED_ON = ("Allow", "Retry-After", "WWW-Authenticate")
LARGEST_ID = 2**31 - 1  # what an integer column holds on every database


class RowId(IntegerConverter):
    """A number in an address; one that no row can have is no page, rather than an error of the database."""

    def __init__(
        self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = LARGEST_ID
    ) -> None:
        super().__init__(map, fixed_digits, min, max)


class SessionCookies(SecureCookieSessionInterface):
    """Sessions in signed cookies; an answer that caches may keep for everybody carries nobody's."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie, which also puts off its end, with every other answer."""
        if not response.cache_control.public:
            super().save_session(app, session, response)


def init_app(app: Flask) -> None:
    """Register the error handlers and the headers. Called before the first route is added."""
    app.url_map.converters["int"] = RowId
    app.session_interface = SessionCookies()
    app.register_error_handler(errors.KalauzError, _on_domain_error)
    app.register_error_handler(HTTPException, _on_http_error)
    for error in (OperationalError, IntegrityError, DataError):
        app.register_error_handler(error, _on_database_error)
    app.register_error_handler(Exception, _on_crash)
    app.after_request(_add_headers)


def told(sentence: str) -> str:
    """A sentence of the domain in the reader's language; what is no `Sentence` is passed on as it is."""
    if isinstance(sentence, errors.Sentence):
        return str(_(sentence.message, **sentence.values))
    return sentence


def wants_problem() -> bool:
    """Whether the answer to a mistake should be problem+json rather than a page."""
    if request.path.startswith("/api/v"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", PROBLEM])
    return best in {"application/json", PROBLEM}


def answer(
    status: HTTPStatus,
    detail: str,
    fields: Mapping[str, str] | None = None,
    ways: Mapping[str, errors.Way] | None = None,
) -> Response:
    """The answer to a mistake, after rolling back what the request had begun.

    Args:
        fields: name of a field or parameter -> what is wrong with it.
        ways: "replaced_by", "topic" -> where to go instead.
    """
    _undo()
    if wants_problem():
        problem = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
        more = {"fields": fields} if fields else {name: way.address for name, way in (ways or {}).items()}
        response = jsonify(problem | more)
        response.content_type = PROBLEM
    else:
        response = make_response(
            render_template(
                g.get("error_page", "error.html"),
                status=int(status),
                title=_title(status),
                detail=detail,
                ways=ways or {},
            )
        )
    response.status_code = status
    return response


def _undo() -> None:
    """Roll back what the request had begun; from here on nothing may fail that only serves the page."""
    if "session" in g:
        g.session.rollback()
    g.failed = True


def _title(status: HTTPStatus) -> str:
    titles = {
        HTTPStatus.BAD_REQUEST: _("This request cannot be understood"),
        HTTPStatus.UNAUTHORIZED: _("Please log in"),
        HTTPStatus.FORBIDDEN: _("You may not open this"),
        HTTPStatus.NOT_FOUND: _("This page does not exist"),
        HTTPStatus.CONFLICT: _("Somebody was faster"),
        HTTPStatus.GONE: _("This article is no longer valid"),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("This file is too large"),
        HTTPStatus.UNPROCESSABLE_ENTITY: _("Something must be mended"),
        HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests"),
        HTTPStatus.SERVICE_UNAVAILABLE: _("The service does not answer right now"),
        HTTPStatus.INSUFFICIENT_STORAGE: _("There is no space left"),
    }
    return str(titles.get(status) or _("Something went wrong"))


def _on_domain_error(error: errors.KalauzError) -> Response | BaseResponse:
    _undo()
    if isinstance(error, errors.LoginRequired) and not wants_problem() and request.method in {"GET", "HEAD"}:
        return redirect(url_for("account.login", next=request.full_path.rstrip("?")))
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), HTTPStatus.BAD_REQUEST)
    if isinstance(error, errors.Invalid):
        fields = {name: told(reason) for name, reason in error.fields.items()}
        return answer(status, " ".join(fields.values()), fields)
    if isinstance(error, errors.Gone):
        ways = {"replaced_by": error.replaced_by, "topic": error.topic}
        told_ways = {name: way for name, way in ways.items() if way}
        return answer(HTTPStatus.GONE, told(error.sentence), ways=told_ways)
    return answer(status, told(error.sentence))


def _on_http_error(error: HTTPException) -> Response | BaseResponse:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if isinstance(error, SecurityError):  # without a host of ours there are no addresses to make a page with
        return BaseResponse("This host is not served here.\n", HTTPStatus.BAD_REQUEST, mimetype="text/plain")
    _undo()
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, OperationalError | IntegrityError | DataError):
        return _on_database_error(cause)
    fields = dict(_fields(getattr(error, "data", {}).get("messages", {})))
    response = answer(HTTPStatus(error.code), _detail(error, fields), fields)
    for name, value in error.get_response().headers:
        if name in PASSED_ON:
            response.headers[name] = value
    return response


def _fields(messages: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What webargs says of parameters: {"query": {"limit": ["Not a valid integer."]}}.

    Of what lies inside of others the name has dots; of a body that is no JSON there is nothing to name.
    """
    for found in messages.values():
        if isinstance(found, Mapping):
            yield from _fields_of(found)


def _fields_of(found: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    for name, reasons in found.items():
        if isinstance(reasons, Mapping):
            yield from _fields_of(reasons, f"{place}{name}.")
        else:
            yield f"{place}{name}", " ".join(reasons)


def _detail(error: HTTPException, fields: Mapping[str, str]) -> str:
    if fields:
        return " ".join(f"{name}: {reason}" for name, reason in fields.items())
    if isinstance(error, CSRFError):
        return str(_("The form was open for too long. Go back, load the page again and send it once more."))
    if isinstance(error, RateLimitExceeded):
        return str(_("Wait a minute and try again."))
    details = {
        HTTPStatus.NOT_FOUND: _("The address may be mistyped, or the page has moved."),
        HTTPStatus.METHOD_NOT_ALLOWED: _(
            "This address is not made for that. Go back and start from the page before."
        ),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Choose a smaller file, or write less."),
        HTTPStatus.INTERNAL_SERVER_ERROR: _("The mistake is ours. It has been noted; nothing was saved."),
    }
    return str(details.get(HTTPStatus(error.code or 0)) or _("Go back and try again."))


def _on_database_error(error: OperationalError | IntegrityError | DataError) -> Response:
    _undo()
    message = str(error.orig)
    log.error("database error", kind=type(error).__name__, error=message)
    if isinstance(error, DataError):
        return answer(HTTPStatus.BAD_REQUEST, _("It holds characters or numbers that cannot be stored."))
    if isinstance(error, IntegrityError):
        detail = _("Somebody changed the same thing at this moment. Nothing was saved; look again.")
        return answer(HTTPStatus.CONFLICT, detail)
    if "full" in message.lower() or "no space" in message.lower():
        detail = _("Nothing was saved: the storage is full. Tell an administrator.")
        return answer(HTTPStatus.INSUFFICIENT_STORAGE, detail)
    detail = _("The database does not answer. Nothing was saved; try again soon.")
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, detail)


def _on_crash(_error: Exception) -> Response:
    _undo()
    log.exception("request failed", path=request.path)
    return answer(
        HTTPStatus.INTERNAL_SERVER_ERROR, _("The mistake is ours. It has been noted; nothing was saved.")
    )


def _add_headers(response: Response) -> Response:
    if response.location:
        _leave_out_host(response, response.location)
    for name, value in _headers().items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", _cache_control())
    return response


def _headers() -> Mapping[str, str]:
    """Those of every answer; a page that others may show inside of theirs says who may."""
    frames = g.get("frames")
    if not frames:
        return HEADERS
    policy = CONTENT_SECURITY_POLICY.replace(NO_FRAMES, " ".join(["frame-ancestors 'self'", *frames]))
    kept = {name: value for name, value in HEADERS.items() if name != "X-Frame-Options"}
    return {**kept, "Content-Security-Policy": policy}


def _leave_out_host(response: Response, location: str) -> None:
    """A redirect that tidies an address names the host that somebody asked for, which need not be ours."""
    if location.startswith(request.host_url):
        response.location = "/" + location.removeprefix(request.host_url).lstrip("/")


def _cache_control() -> str:
    """Browsers ask again each time; caches in between keep nothing that was made for one person."""
    if g.get("private"):
        return "private, no-store"
    personal = "Authorization" in request.headers or "Cookie" in request.headers
    return "private, no-cache" if personal else "no-cache"
