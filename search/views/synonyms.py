"""Synonyms: what else the words of a question mean, by language; with a box that shows what a question becomes."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, viewer
from kb.errors import Invalid
from kb.http import told
from kb.languages import native_name
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from search import synonyms as verbs
from search.analysis import chunks, clean
from search.asking import filters_for, search
from search.models import SynonymGroup
from search.query import LONGEST_QUESTION
from search.thesaurus import meant_by
from search.views.blueprint import LEARNERS, blueprint
from search.views.synonym_forms import ImportForm, SynonymForm

TRIED_HITS = 5


@blueprint.get("/synonyms/")
@needs(*LEARNERS)
def synonyms() -> str:
    """The groups of one language, and what a question becomes with them."""
    language = _language(request.args.get("language", ""))
    question = request.args.get("q", "").strip()[:LONGEST_QUESTION]
    known = search().advice().synonyms.get(language, {})
    words = chunks(clean(question))
    filters = filters_for(viewer(), languages=[language])
    return render_template(
        "search/synonyms.html",
        language=language,
        languages=[(code, native_name(code)) for code in reading_order()],
        groups=verbs.every(session(), language),
        question=question,
        words=list(dict.fromkeys(words)),
        meanings=meant_by(words, known, language),
        found=search().ask(question, filters, limit=TRIED_HITS) if question else None,
    )


@blueprint.route("/synonyms/new", methods=["GET", "POST"])
@needs(*LEARNERS)
def synonym_new() -> Answer:
    """A new group."""
    return _form_page(None)


@blueprint.route("/synonyms/<int:group_id>", methods=["GET", "POST"])
@needs(*LEARNERS)
def synonym(group_id: int) -> Answer:
    """One group."""
    return _form_page(row(SynonymGroup, group_id))


def _form_page(found: SynonymGroup | None) -> Answer:
    data: dict[str, object] = {"language": _language(request.args.get("language", ""))}
    if found:
        data = {
            "language": found.language,
            "words": "\n".join(found.words),
            "one_way": found.one_way,
            "version": version_of(found),
        }
    form = SynonymForm(data=data)
    form.language.choices = _choices(found.language if found else "")
    if form.submitted():
        with form.problems():
            saved = verbs.save(
                session(),
                found,
                language=form.language.data,
                words=form.words.data.splitlines(),
                one_way=form.one_way.data,
                by=viewer(),
                seen=form.version.data if found else None,
            )
            flash(_("%(words)s: saved.", words=", ".join(saved.words)), "ok")
            return redirect(url_for("search_desk.synonyms", language=saved.language), 303)
        form.renew(found)
    return render_template("search/synonym.html", form=form, group=found), form.status


@blueprint.route("/synonyms/<int:group_id>/delete", methods=["GET", "POST"])
@needs(*LEARNERS)
def synonym_delete(group_id: int) -> Answer:
    """Ask, then delete."""
    found = row(SynonymGroup, group_id)
    return deletion(
        ", ".join(found.words),
        lambda: verbs.delete(session(), found, by=viewer()),
        loss=_("Whoever asks for one of these words no longer finds the others. Articles stay as they are."),
        back=url_for("search_desk.synonym", group_id=found.id),
        after=url_for("search_desk.synonyms", language=found.language),
    )


@blueprint.route("/synonyms/import", methods=["GET", "POST"])
@needs(*LEARNERS)
def synonym_import() -> Answer:
    """Many groups at once, from lines of text; a line that is wrong is named, and then nothing is taken in."""
    form = ImportForm(data={"language": _language(request.args.get("language", ""))})
    form.language.choices = _choices()
    if form.submitted():
        with form.problems():
            done = _imported(form)
            flash(_("%(added)s groups added, %(known)s were there already.", **done._asdict()), "ok")
            return redirect(url_for("search_desk.synonyms", language=form.language.data), 303)
    return render_template("search/synonym_import.html", form=form), form.status


def _imported(form: ImportForm) -> verbs.Imported:
    try:
        return verbs.import_lines(session(), form.language.data, form.lines.data, by=viewer())
    except Invalid as error:
        raise Invalid({name: _of_line(name, reason) for name, reason in error.fields.items()}) from None


def _of_line(name: str, reason: str) -> str:
    number = name.removeprefix("line")
    if not number.isdecimal():
        return reason
    return str(_("Line %(number)s: %(reason)s", number=number, reason=told(reason)))


@blueprint.get("/synonyms/export")
@needs(*LEARNERS)
def synonym_export() -> FlaskResponse:
    """The groups of one language as lines of text."""
    language = _language(request.args.get("language", ""))
    response = FlaskResponse(verbs.exported(session(), language), mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="synonyms-{language}.txt"'
    return response


def _language(wanted: str) -> str:
    """A language in use: the one that is asked for, or else the viewer's own."""
    return wanted if wanted in languages_in_use() else reading_order()[0]


def _choices(stored: str = "") -> list[SelectChoice]:
    codes = dict.fromkeys([*reading_order(), *([stored] if stored else [])])
    return [SelectChoice(code, native_name(code)) for code in codes]
