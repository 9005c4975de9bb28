"""Where the domain meets HTTP: errors become pages or problem+json (RFC 9457), every answer gets its safe headers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
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
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
}

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    """Register the error handlers and the headers."""
    app.register_error_handler(errors.KalauzError, _on_domain_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(OperationalError, _on_database_error)
    app.register_error_handler(IntegrityError, _on_integrity_error)
    app.register_error_handler(Exception, _on_crash)
    app.after_request(_add_headers)


def wants_problem() -> bool:
    """Whether the answer to a mistake should be problem+json rather than a page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best in {"application/json", "application/problem+json"}


def answer(status: HTTPStatus, detail: str, fields: dict[str, Any] | None = None) -> tuple[Response | str, int]:
    """The answer to a mistake, after rolling back what the request had begun."""
    if "session" in g:
        g.session.rollback()
    g.failed = True
    if wants_problem():
        problem: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
        if fields:
            problem["fields"] = fields
        response = jsonify(problem)
        response.content_type = "application/problem+json"
        return response, int(status)
    return render_template("error.html", status=int(status), title=_title(status), detail=detail), int(status)


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
    return titles.get(status, _("Something went wrong"))


def _on_domain_error(error: errors.KalauzError) -> Any:
    if isinstance(error, errors.LoginRequired) and not wants_problem() and request.method == "GET":
        answer(HTTPStatus.UNAUTHORIZED, str(error))
        return redirect(url_for("account.login", next=request.full_path.rstrip("?")))
    fields = error.fields if isinstance(error, errors.Invalid) else None
    return answer(STATUS.get(type(error), HTTPStatus.BAD_REQUEST), str(error), fields)


def _on_http_error(error: HTTPException) -> Any:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    detail = error.description or ""
    if isinstance(error, CSRFError):
        detail = _("The form was open for too long. Go back, load the page again and send it once more.")
    if isinstance(error, RateLimitExceeded):
        detail = _("Wait a minute and try again.")
    if error.code == HTTPStatus.NOT_FOUND:
        detail = _("The address may be mistyped, or the page has moved.")
    data = getattr(error, "data", None) or {}
    response, status = answer(HTTPStatus(error.code), detail, data.get("messages"))
    made = BaseResponse(response) if isinstance(response, str) else response
    if isinstance(response, str):
        made.content_type = "text/html; charset=utf-8"
    made.status_code = status
    if retry_after := error.get_response().headers.get("Retry-After"):
        made.headers["Retry-After"] = retry_after
    return made


def _on_database_error(error: OperationalError) -> Any:
    message = str(error.orig).lower()
    log.error("database error", error=message)
    if "full" in message or "no space" in message:
        return answer(HTTPStatus.INSUFFICIENT_STORAGE, _("Nothing was saved: the storage is full. Tell an administrator."))
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, _("The database does not answer. Nothing was saved; try again soon."))


def _on_integrity_error(error: IntegrityError) -> Any:
    log.warning("integrity error", error=str(error.orig))
    return answer(HTTPStatus.CONFLICT, _("Somebody changed the same thing at this moment. Nothing was saved; look again."))


def _on_crash(error: Exception) -> Any:
    log.exception("request failed", path=request.path)
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, _("The mistake is ours. It has been noted; nothing was saved."))


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "private, no-store" if g.get("private") else "no-cache")
    return response
