"""Guides in and out: from a chart of another tool into a draft, and as a file or a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from authoring.importing import guides
from authoring.views.blueprint import WRITERS, blueprint
from authoring.views.edit_form import audience_choices, open_topics, opened_here, today
from authoring.views.guides.exchange_form import BY_NAME, FORM_WORDS, ComingForm, NewGuideForm
from authoring.views.guides.findings import Told, together, told_of
from authoring.views.guides.kind_words import KIND_WORDS
from authoring.views.guides.picture import MOST_DRAWN, Picture, picture_of
from authoring.writing.opening import Opened, article_for
from cbr.guided.checking import look_at
from cbr.trees import body
from cbr.trees.checks import is_playable
from cbr.trees.forms import FORMS
from cbr.trees.tree import Tree
from kb import context
from kb.access import needs
from kb.context import now, session, viewer
from kb.errors import Conflict, Invalid, NotFound
from kb.languages import native_name, negotiate
from kb.models import Revision, Role
from kb.viewers import PUBLIC
from kb.views.admin.blueprint import CARETAKERS, Answer, languages_in_use, row

MOST_TOLD = 30


@dataclass(frozen=True)
class Look:
    """A tree as it is shown before it is taken.

    Args:
        picture: None of a tree that is too large to be taken in at a glance.
        findings: those that say the same beside each other.
        playable: whether readers could be led through it as it is.
    """

    nodes: int
    edges: int
    kinds: Mapping[str, int]
    findings: Sequence[Sequence[Told]]
    playable: bool
    picture: Picture | None


def look(tree: Tree, key: str = "", source: Tree | None = None) -> Look:
    """What there is to say of a tree.

    Args:
        key: of its guide.
        source: the tree that it is a translation of.
    """
    found = look_at(session(), viewer(), now(), key, tree, source)
    kinds = {
        str(words): count
        for kind, words in KIND_WORDS.items()
        if (count := sum(node.kind == kind for node in tree.nodes))
    }
    picture = picture_of(tree) if len(tree.nodes) <= MOST_DRAWN else None
    return Look(
        len(tree.nodes),
        guides.edges(tree),
        kinds,
        together(told_of(found, tree)),
        is_playable(found),
        picture,
    )


def tree_in(text: str) -> Tree | None:
    """The tree of a text; None where it is none."""
    try:
        tree = body.read(text)
    except Invalid:
        return None
    return tree if tree.nodes else None


@blueprint.route("/guides/import", methods=["GET", "POST"])
@needs(Role.AUTHOR, Role.SPECIALIST, Role.SUPERVISOR)
def guide_import() -> Answer:
    """A new guide from a file: look at it first, then take it."""
    form = _new_form()
    tree = form.read() if form.is_submitted() else None
    if tree is None:
        return _page(form), form.status
    form.title.data = form.title.data or form.filename
    if request.form.get("action") == "take" and form.submitted():
        with form.problems(), session().begin_nested():
            made = guides.make(
                session(),
                tree,
                title=" ".join(form.title.data.split()),
                language=form.language.data,
                audience=form.audience.data,
                topics=[form.topic.data] if form.topic.data else [],
                note=_note(form),
                by=viewer(),
                now=now(),
                since=today(),
            )
            flash(_came(tree), "ok")
            return redirect(_drawn(made.translation.article_id, made.translation.language), 303)
    return _page(form, look(tree)), form.status


@blueprint.route("/articles/<int:article_id>/<language>/import", methods=["GET", "POST"])
@needs(*WRITERS)
def guide_import_into(article_id: int, language: str) -> Answer:
    """The next draft of a guide from a file: what it would replace is shown first."""
    article = article_for(session(), article_id, language, viewer())
    opened = opened_here(article, language)
    form = ComingForm()
    form.form.choices = _forms()
    newest = str(opened.last.id) if opened.last else ""
    tree = form.read() if form.is_submitted() else None
    if tree is not None and request.form.get("action") == "take":
        with form.problems():
            try:
                base = int(form.base.data) if (form.base.data or "").isdecimal() else None
                with session().begin_nested():
                    guides.replace(
                        session(),
                        article,
                        language,
                        tree,
                        base_id=base,
                        note=_note(form),
                        by=viewer(),
                        now=now(),
                        fields=_beginning(opened),
                    )
            except Conflict as late:
                form.status = 409
                form.show("", late.sentence)
            else:
                flash(_came(tree), "ok")
                return redirect(_drawn(article_id, language), 303)
    form.base.data = newest
    source = None if opened.is_source else _source_tree(article_id, article.source_language)
    return _page(form, look(tree, article.key, source) if tree else None, opened=opened), form.status


def _beginning(opened: Opened) -> dict[str, object]:
    """What a language in which nothing is written needs beside its steps."""
    if opened.last is not None:
        return {}
    source = opened_here(opened.article, opened.article.source_language).last
    return {"title": source.title if source else opened.article.key}


def _source_tree(article_id: int, language: str) -> Tree | None:
    source = opened_here(article_for(session(), article_id, language, viewer()), language).last
    return tree_in(source.body) if source else None


def _page(form: ComingForm, looked: Look | None = None, *, opened: Opened | None = None) -> str:
    before = tree_in(opened.last.body) if opened and opened.last else None
    return render_template(
        "authoring/guide_import.html",
        form=form,
        looked=looked,
        opened=opened,
        before=look(before, opened.article.key) if opened and before and looked else None,
        most_told=MOST_TOLD,
        kind_words=KIND_WORDS,
    )


def _new_form() -> NewGuideForm:
    languages = languages_in_use()
    wanted = [request.args.get("language", ""), *viewer().languages, context.language()]
    own = negotiate(wanted, languages, languages[0])
    form = NewGuideForm(data={"language": own, "audience": PUBLIC, "topic": request.args.get("topic", "")})
    form.form.choices = _forms()
    form.language.choices = [(code, native_name(code)) for code in languages]
    form.topic.choices = [("", _("(none)")), *open_topics(form.language.data or own)]
    form.audience.choices = audience_choices()
    return form


def _forms() -> list[tuple[str, str]]:
    return [(BY_NAME, _("As the file is named")), *FORM_WORDS.items()]


def _note(form: ComingForm) -> str:
    return str(_("Brought in from %(form)s", form=FORM_WORDS.get(str(form.form.data), "")))


def _came(tree: Tree) -> str:
    nodes, edges = len(tree.nodes), guides.edges(tree)
    return str(_("It is a draft now: %(nodes)s steps and %(edges)s ways.", nodes=nodes, edges=edges))


def _drawn(article_id: int, language: str) -> str:
    return url_for("authoring.guide_tree", article_id=article_id, language=language)


# Out.


@blueprint.get("/guides/revisions/<int:revision_id>/<form>")
@needs(*CARETAKERS)
def guide_export(revision_id: int, form: str) -> Response:
    """A revision of a guide as a file. Raises `NotFound` where its text is no tree, or there is no such form."""
    shape = FORMS.get(form)
    if shape is None:
        raise NotFound(_("Guides do not come in this form."))
    revision, tree = _tree_of(revision_id)
    return _download(shape.write(tree), shape.media_type, revision, shape.ending)


@blueprint.get("/guides/revisions/<int:revision_id>/picture")
@needs(*CARETAKERS)
def guide_picture(revision_id: int) -> Response:
    """A revision of a guide as a drawing. Raises `NotFound` where its text is no tree."""
    revision, tree = _tree_of(revision_id)
    drawn = render_template(
        "authoring/guide_picture.svg", picture=picture_of(tree), words=KIND_WORDS, title=revision.title
    )
    return _download(drawn, "image/svg+xml", revision, ".svg")


def _tree_of(revision_id: int) -> tuple[Revision, Tree]:
    revision = row(Revision, revision_id)
    tree = tree_in(revision.body)
    if tree is None or revision.translation.article.kind != guides.GUIDE:
        raise NotFound(_("This text is no tree that could be drawn."))
    return revision, tree


def _download(content: str, media_type: str, revision: Revision, ending: str) -> Response:
    answer: Response = make_response(content)
    answer.content_type = f"{media_type}; charset=utf-8"
    translation = revision.translation
    name = f"{translation.article.key}-{translation.language}-{revision.number}{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.app_template_global("guide_tree_ways")
def guide_tree_ways(revision: Revision) -> Mapping[str, str]:
    """Name of a form -> address of the file; empty where the text is no tree."""
    if revision.translation.article.kind != guides.GUIDE or tree_in(revision.body) is None:
        return {}
    files = {
        words: url_for("authoring.guide_export", form=form, revision_id=revision.id)
        for form, words in FORM_WORDS.items()
    }
    return {**files, _("Picture (SVG)"): url_for("authoring.guide_picture", revision_id=revision.id)}
