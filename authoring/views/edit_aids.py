"""What the editing page asks while somebody types: keep this, show this, take this file, which article is meant."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from authoring.views.alike import alike
from authoring.views.blueprint import WRITERS, blueprint
from authoring.views.edit_form import typed_fields
from authoring.views.guides.carrying import with_text
from authoring.views.previewing import shown
from authoring.writing import drafts
from authoring.writing.link_targets import targets
from authoring.writing.opening import article_for
from kb import attachments, http, texts
from kb.access import needs
from kb.articles import LONGEST_TITLE
from kb.context import now, services, session, viewer
from kb.errors import N_, Invalid
from kb.models import Article, Person, Revision
from kb.views.admin.articles import in_text
from kb.views.admin.blueprint import reading_order
from search.asking import filters_for, search

MOST_FOUND = 10
MOST_DRAINED = 64 * 1024 * 1024
CHUNK = 64 * 1024

Json = dict[str, Any]


@blueprint.route("/articles/<int:article_id>/<language>/autosave", methods=["GET", "POST"])
@needs(*WRITERS)
def autosave(article_id: int, language: str) -> Json:
    """Keep what was typed, if anything was sent, and say who else is here. It makes no revision."""
    article = article_for(session(), article_id, language, viewer())
    if request.method != "POST":
        with services().database.transaction() as writing:
            drafts.look_in(writing, article_id, language, by=viewer(), now=now())
        return _around(article, language, None)
    sent = _json()
    base_id, fields = sent.get("base_id"), sent.get("fields")
    if not (base_id is None or type(base_id) is int) or not isinstance(fields, dict):
        raise Invalid({"fields": N_("Send base_id and fields.")})
    typed = typed_fields(with_text(fields))
    draft = drafts.keep(session(), article, language, typed, base_id=base_id, by=viewer(), now=now())
    return {"saved_at": draft.saved_at.isoformat()} | _around(article, language, base_id)


def _around(article: Article, language: str, base_id: int | None) -> Json:
    """Who else has the page open, and what is newer than what this person began with."""
    copies = drafts.working_copies(session(), article, language)
    own = next((draft for draft, _name in copies if draft.person_id == viewer().person_id), None)
    began = base_id or (own.base_id if own is not None and own.fields else None)
    last = drafts.newest(session(), article, language)
    return {
        "others": [{"name": name} for name in drafts.others_now(copies, viewer(), now())],
        "newest": _newer(last) if last is not None and began is not None and last.id != began else None,
    }


def _newer(revision: Revision) -> Json:
    person = session().get(Person, revision.author_id) if revision.author_id else None
    return {"id": revision.id, "author": person.name if person else _("Somebody")}


@blueprint.post("/articles/<int:article_id>/<language>/preview")
@needs(*WRITERS)
def preview(article_id: int, language: str) -> Json:
    """What readers would see."""
    article = article_for(session(), article_id, language, viewer())
    body = _json().get("body")
    if not isinstance(body, str):
        raise Invalid({"body": N_("Send the text.")})
    if reason := texts.problem(body):
        raise Invalid({"body": reason})
    return {"html": shown(article, language, body)}


@blueprint.post("/articles/<int:article_id>/<language>/files")
@needs(*WRITERS)
def upload(article_id: int, language: str) -> Json:
    """Add a file to the article, and say how the text shows it."""
    article = article_for(session(), article_id, language, viewer())
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid({"file": N_("Choose a file first.")})
    with sent.stream as stream:
        made = attachments.attach(
            session(),
            article,
            filename=sent.filename,
            data=stream.read(),
            limit=services().config.upload_limit,
            by=viewer(),
            now=now(),
        )
    return {
        "id": made.id,
        "filename": made.filename,
        "is_image": made.media_type.startswith("image/"),
        "markdown": in_text(made),
    }


@blueprint.get("/articles/<int:article_id>/<language>/find")
@needs(*WRITERS)
def find(article_id: int, language: str) -> Any:
    """Articles to link to: what the search finds, and what is not published yet by its title or key."""
    article = article_for(session(), article_id, language, viewer())
    question = request.args.get("q", "").strip()[:200]
    if not question:
        return []
    languages = list(dict.fromkeys([language, *reading_order()]))
    found: dict[str, Json] = {}
    for target in targets(session(), question, languages, MOST_FOUND // 2):
        found[target.key] = {
            "key": target.key,
            "title": target.title,
            "kind": target.kind,
            "language": target.language,
        }
    filters = filters_for(viewer(), languages=languages)
    for hit in search().ask(question, filters, limit=MOST_FOUND * 2).hits:
        found.setdefault(
            hit.key, {"key": hit.key, "title": hit.title, "kind": hit.kind, "language": hit.language}
        )
    found.pop(article.key, None)
    return list(found.values())[:MOST_FOUND]


@blueprint.get("/articles/<int:article_id>/<language>/similar")
@needs(*WRITERS)
def similar(article_id: int, language: str) -> Any:
    """Articles that may say the same already as one with this title."""
    article = article_for(session(), article_id, language, viewer())
    title = request.args.get("title", "").strip()[:LONGEST_TITLE]
    found = alike(title, language, besides=article.id)
    return [{"title": one.title, "address": one.address} for one in found]


def _json() -> Json:
    try:
        sent = request.get_json(silent=True)
    except RecursionError:  # thousands of brackets
        sent = None
    if not isinstance(sent, dict):
        raise Invalid({"": N_("Send JSON.")})
    return sent


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Any:
    """Not even read. What is still on its way is taken in, else the browser shows an error of its own."""
    left = min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, CHUNK))):
        left -= len(chunk)
    limit = services().config.upload_limit // 1024 // 1024
    detail = (
        _("This file is larger than %(limit)s MB.", limit=limit)
        if request.endpoint == "authoring.upload"
        else _("This is more than can be saved at once.")
    )
    return http.answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
