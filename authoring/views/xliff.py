"""Texts for translators outside: a file to take away, and the same file translated to bring back."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from authoring.languages import matrix, returned_files, translation_files, xliff, xliff_reading
from authoring.languages.matrix import TO_DO
from authoring.languages.translation_files import MOST_ARTICLES
from authoring.languages.xliff_reading import Fault, Refused
from authoring.views.blueprint import WRITERS, blueprint
from authoring.views.translations import FILTERS, STATE_WORDS, filters_of, may_write, own_languages
from kb.access import needs
from kb.context import now, services, session, structure, viewer
from kb.errors import N_, Invalid
from kb.http import told
from kb.languages import native_name
from kb.templating import KIND_NAMES
from kb.views.admin.blueprint import Answer, languages_in_use
from kb.views.admin.topics import choices


@blueprint.get("/translations/files", endpoint="xliff")
@needs(*WRITERS)
def xliff_page() -> str:
    """What can be taken away and brought back."""
    return _page()


def _page(faults: tuple[Fault, ...] = ()) -> str:
    asked = {name: value for name, value in request.args.items() if name in FILTERS and value}
    own = own_languages()
    codes = tuple(dict.fromkeys([*own, *languages_in_use()]))
    return render_template(
        "authoring/xliff.html",
        asked=asked,
        targets=[(code, native_name(code)) for code in own or codes],
        sources=[(code, native_name(code)) for code in codes],
        source=request.args.get("from") or next((code for code in codes if code not in own), ""),
        target=asked.get("language") or (own[0] if own else ""),
        kinds=KIND_NAMES.items(),
        topics=[(structure().topics_by_id[key].key, path) for key, path in choices()],
        states=[(state, STATE_WORDS[state]) for state in (matrix.MISSING, matrix.STALE)],
        faults=[(fault.line, fault.place, told(fault.reason)) for fault in faults],
        most=MOST_ARTICLES,
        most_mb=services().config.upload_limit // 2**20,
    )


@blueprint.get("/translations/files/export")
@needs(*WRITERS)
def xliff_export() -> Response:
    """The texts that are asked for as one file.

    Raises:
        Invalid: there is nothing to translate like that.
    """
    asked = {name: value for name, value in request.args.items() if value}
    language, source = asked.get("language", ""), asked.get("from", "")
    wanted = (asked.get("keys") or "").replace(",", " ").split()[:MOST_ARTICLES]
    keys = wanted or matrix.keys(session(), filters_of({"state": TO_DO, **asked}, ()), now(), MOST_ARTICLES)
    found = translation_files.articles_by_key(session(), keys)
    chosen = [article for article in found if may_write(article, language)]
    document = translation_files.export(session(), chosen, source, language, now())
    if not document.files:
        raise Invalid({"language": N_("There is nothing to translate like that.")})
    answer: Response = make_response(xliff.write(document))
    answer.content_type = "application/xliff+xml"
    name = f"{source}-{language}-{now():%Y-%m-%d}.xlf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/translations/files/import")
@needs(*WRITERS)
def xliff_import() -> Answer | AnyResponse:
    """A file that was translated: drafts, or a list of what is wrong with it."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Refused([Fault(1, "", N_("Choose a file."))])
        most = services().config.upload_limit
        with sent.stream as stream:
            data = stream.read(most + 1)
        note = _("From a translator's file: %(name)s", name=sent.filename[:200])
        document = xliff_reading.read(data, most)
        outcome = returned_files.bring_back(session(), document, note=note, by=viewer(), now=now())
    except Refused as error:
        return _page(error.faults), 422
    for draft in outcome.drafts:
        _tell(draft)
    if not outcome.drafts:
        flash(_("Nothing in the file is translated yet."), "warn")
    return redirect(url_for("authoring.matrix", language=document.target_language, state=matrix.DRAFT), 303)


def _tell(draft: returned_files.Imported) -> None:
    title = draft.revision.title
    if draft.is_behind:
        flash(
            _(
                "“%(title)s” is a draft. Its source has changed since the export: it is out of step.",
                title=title,
            ),
            "warn",
        )
    else:
        flash(_("“%(title)s” is a draft.", title=title), "ok")
    if draft.set_aside is not None:
        words = _(
            "Unfinished work on it, revision %(number)s, gave way; it is in its history.",
            number=draft.set_aside,
        )
        flash(words, "info")
