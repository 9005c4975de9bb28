"""Anonymous readers get finished pages from memory; everybody else, and every change, goes the whole way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request

from kb import context, queries
from kb.metrics import PAGE_CACHE
from kb.pages import Page, pack

View = TypeVar("View", bound=Callable[..., Any])


def cached(**variants: str) -> Callable[[View], View]:
    """Mark a view whose page depends on nothing but its path, the journal and the clock's validity boundaries.

    Args:
        variants: the query arguments that the page knows, each with its one value. The page must not depend on
            anything else in the query (`query` says what remains of it), so that nobody can fill the cache with
            made-up arguments, or put words of their own into what others read.
    """

    def mark(view: View) -> View:
        view.variants = variants  # type: ignore[attr-defined]
        return view

    return mark


def expires(moment: datetime) -> None:
    """Say that the page now being made must be made anew at a moment of its own."""
    g.page_until = min(moment, g.get("page_until", moment))


def boundary() -> datetime | None:
    """When something next appears or disappears by itself; looked up once a request."""
    if "boundary" not in g:
        g.boundary = queries.next_boundary(context.session(), context.now())
    return cast("datetime | None", g.boundary)


def query() -> str:
    """The query of this request, "" or with its "?", as far as the page depends on it."""
    variants = _variants()
    if variants is None:
        return f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    known = [(name, value) for name, value in variants.items() if request.args.get(name) == value]
    return f"?{urlencode(known)}" if known else ""


def _variants() -> dict[str, str] | None:
    return getattr(current_app.view_functions.get(request.endpoint or ""), "variants", None)


def init_app(app: Flask) -> None:
    """Look pages up before the request goes on, keep them after it has returned."""
    app.before_request(_look_up)
    app.after_request(_keep)


def _look_up() -> Response | None:
    if not _may_share():
        return None
    key = repr((request.root_url, request.path, query(), _language()))
    page = context.services().pages.get(key, context.head(), context.now())
    PAGE_CACHE.labels("hit" if page else "miss").inc()
    if page is None:
        g.page_key = key
        return None
    return _answer(page)


def _may_share() -> bool:
    return (
        request.method in {"GET", "HEAD"}
        and _variants() is not None
        and current_app.config["SESSION_COOKIE_NAME"] not in request.cookies
        and "Authorization" not in request.headers
    )


def _language() -> str:
    """The language where the path does not say it, because then the browser does."""
    return "" if request.view_args else context.language()


def _answer(page: Page) -> Response:
    if request.if_none_match.contains_weak(page.etag):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
    elif request.accept_encodings["gzip"]:
        response = Response(page.body, content_type=page.media_type)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(page.unpacked(), content_type=page.media_type)
    response.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    response.set_etag(page.etag, weak=True)
    return response


def _keep(response: Response) -> Response:
    if "page_key" not in g or response.status_code != HTTPStatus.OK or not context.viewer().is_anonymous:
        return response
    page = pack(response.get_data(), response.content_type, g.get("page_until"))
    context.services().pages.put(
        g.page_key,
        page,
        context.head(),
        context.now(),
        boundary,
    )
    return _answer(page)
