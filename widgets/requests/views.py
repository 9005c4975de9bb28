"""The pages of requests on a portal, and for staff the files that came with one."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, g, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from kb import context
from kb.access import needs, public, same_site
from kb.context import enter_portal
from kb.limits import FEEDBACK, SEARCH, limiter
from kb.templating import article_url
from kb.views.admin.blueprint import Answer, row
from kb.views.portal import site
from kb.views.staff import for_staff
from routing.permissions import TAKE
from widgets.requests import pages
from widgets.requests.models import HelpRequest, RequestFile
from widgets.requests.pages import Surface

blueprint = Blueprint("requests", __name__)
staff_blueprint = for_staff(Blueprint("request_files", __name__, url_prefix="/agent/requests"))


@blueprint.before_request
def _enter() -> None:
    values = request.view_args or {}
    g.private = True
    enter_portal(values["portal"], values["language"])


@blueprint.get("/<portal>/<language>/requests/new")
@public
@limiter.limit(SEARCH)
def new(portal: str, language: str) -> Answer:
    """The form."""
    return pages.new(_surface())


@blueprint.post("/<portal>/<language>/requests/new")
@public
@same_site
@limiter.limit(FEEDBACK)
def send(portal: str, language: str) -> Answer:
    """Send it."""
    return pages.new(_surface())


@blueprint.get("/<portal>/<language>/requests/")
@public
@limiter.limit(SEARCH)
def lost(portal: str, language: str) -> Answer | BaseResponse:
    """For whoever lost the link to a request."""
    return pages.lost(_surface())


@blueprint.post("/<portal>/<language>/requests/")
@public
@same_site
@limiter.limit(FEEDBACK)
def find(portal: str, language: str) -> Answer | BaseResponse:
    """Look it up."""
    return pages.lost(_surface())


@blueprint.get("/<portal>/<language>/requests/<token>")
@public
@limiter.limit(SEARCH)
def one(portal: str, language: str, token: str) -> str:
    """How a request stands."""
    return pages.one(_surface(), token)


@staff_blueprint.get("/files/<int:file_id>")
@needs(*TAKE)
def file(file_id: int) -> Response:
    """A file that came with a request; it is never shown as a page of ours."""

    found = row(RequestFile, file_id)
    answer = send_file(
        BytesIO(found.data), mimetype=found.media_type, as_attachment=True, download_name=found.filename
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _surface() -> Surface:
    language = context.language()
    return Surface(
        "portal",
        "widgets/request.html",
        "widgets/request_sent.html",
        lambda slug: article_url(language, slug),
        _address,
    )


def _address(made: HelpRequest) -> str:
    return url_for("requests.one", portal=site().key, language=context.language(), token=made.token)
