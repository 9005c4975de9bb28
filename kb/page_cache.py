"""Anonymous readers get finished pages from memory; everybody else, and every change, goes the whole way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from kb import context, queries
from kb.metrics import PAGE_CACHE
from kb.pages import Page, pack

View = TypeVar("View", bound=Callable[..., Any])


def cached(view: View) -> View:
    """Mark a view whose page depends on nothing but its address, the journal and the clock's validity boundaries."""
    view.cached = True  # type: ignore[attr-defined]
    return view


def expires(moment: datetime) -> None:
    """Say that the page now being made must be made anew at a moment of its own."""
    g.page_until = min(moment, g.get("page_until", moment))


def init_app(app: Flask) -> None:
    """Look pages up before the request goes on, keep them after it has returned."""
    app.before_request(_look_up)
    app.after_request(_keep)


def _look_up() -> Response | None:
    if request.endpoint is None or not _may_share():
        return None
    page = context.services().pages.get(request.url, context.head(), context.now())
    PAGE_CACHE.labels("hit" if page else "miss").inc()
    if page is None:
        g.page_key = request.url
        return None
    g.from_cache = True
    return _answer(page)


def _may_share() -> bool:
    return (
        request.method == "GET"
        and getattr(current_app.view_functions[request.endpoint or ""], "cached", False)
        and current_app.config["SESSION_COOKIE_NAME"] not in request.cookies
        and "Authorization" not in request.headers
    )


def _answer(page: Page) -> Response:
    if request.if_none_match.contains_weak(page.etag):
        response = Response(status=304)
    elif "gzip" in request.accept_encodings:
        response = Response(page.body, content_type=page.media_type)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(page.unpacked(), content_type=page.media_type)
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    response.set_etag(page.etag, weak=True)
    return response


def _keep(response: Response) -> Response:
    if "page_key" not in g or response.status_code != 200 or "Set-Cookie" in response.headers:  # noqa: PLR2004
        return response
    page = pack(response.get_data(), response.content_type, g.get("page_until"))
    context.services().pages.put(
        g.page_key, page, context.head(), context.now(), lambda: queries.next_boundary(context.session(), context.now())
    )
    return _answer(page)
