"""The page where a guide is drawn: what is drawn goes through the same draft, save and review as its text."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from authoring.views.blueprint import WRITERS, blueprint
from authoring.views.edit import Desk, begun, posted
from authoring.views.edit_form import form_of, opened_here
from authoring.views.guides.carrying import TREE, carried, text_of, tidied
from authoring.views.guides.editor_words import KINDS_DRAWN, RELATION_WORDS, editor_words
from authoring.views.guides.exchange import tree_in
from authoring.views.guides.findings import Told, told_of
from authoring.views.guides.kind_words import KIND_WORDS
from authoring.views.guides.known_facts import known_facts
from authoring.views.guides.origins import origin_of, source_tree
from authoring.views.guides.statistics import figures
from authoring.views.guides.trial import MOST_BYTES
from authoring.writing.edit_forms import EditForm
from authoring.writing.link_targets import targets
from authoring.writing.opening import Opened, article_for
from cbr import queries
from cbr.case_types import schema_of
from cbr.guided.checking import look_at
from cbr.guided.queries import GUIDE
from cbr.trees import body
from cbr.trees.plain_tree import read_tree
from cbr.trees.tree import Kind, Tree
from kb.access import needs
from kb.context import now, session, viewer
from kb.errors import N_, Invalid, NotFound, TooLarge
from kb.http import told
from kb.languages import named
from kb.models import Article
from kb.standing import state_of
from kb.views.admin.blueprint import CARETAKERS, Answer, reading_order

MOST_FOUND = 20
MOST_CHANGED = 5
"""So many of the steps whose source changed are named."""

Json = dict[str, Any]


@blueprint.route("/articles/<int:article_id>/<language>/tree", methods=["GET", "POST"])
@needs(*WRITERS)
def guide_tree(article_id: int, language: str) -> Answer:
    """The tree of a guide, to be drawn. Raises `NotFound` where the article is no guide."""
    article = _guide(article_id, language)
    if request.method == "POST":
        return _posted(article, language)
    return _page(*begun(article, language)), 200


def _posted(article: Article, language: str) -> Answer:
    """As the text is saved; a tree that cannot be kept stays on the page as it was sent."""
    sent: MultiDict[str, str] = MultiDict(request.form)
    drawn = sent.poplist(TREE)
    desk = Desk("authoring.guide_tree", _page)
    if drawn and sent.get("action") != "discard":
        opened = opened_here(article, language, began=(EditForm(formdata=sent).base_id,))
        try:
            sent["body"] = _text(drawn[0], opened)
        except Invalid as refused:
            form = form_of(opened, typed=sent)
            for reason in dict.fromkeys(refused.fields.values()):
                form.show("", reason)
            return _page(opened, form, drawn=drawn[0]), 422
    return posted(article, language, sent, desk)


def _text(drawn: str, opened: Opened) -> str:
    """What was drawn, as text; where nothing was changed, the text as it was, to the byte."""
    text = text_of(drawn)
    stored = opened.base.body if opened.base else ""
    before = tree_in(stored)
    source = None if opened.is_source else source_tree(opened.article)
    is_same = before is not None and text_of(carried(before, source).tree) == text
    return stored if is_same else text


def _guide(article_id: int, language: str) -> Article:
    article = article_for(session(), article_id, language, viewer())
    if article.kind != GUIDE:
        raise NotFound(N_("Only guides are drawn."))
    return article


def _page(opened: Opened, form: EditForm, drawn: str = "") -> str:
    article, language = opened.article, opened.language
    origin = None if opened.is_source else origin_of(article, language)
    source = origin.tree if origin else None
    faults: dict[str, str] = {}
    tree = Tree()
    try:
        tree = body.read(form.body.data or "")
    except Invalid as refused:
        faults = {place: told(reason) for place, reason in refused.fields.items()}
    if not opened.is_source and source is None:
        faults.setdefault("", told(N_("The source of this guide is no tree that could be translated here.")))
    page = carried(tree, source)
    has_figures = opened.is_source and viewer().has(*CARETAKERS)
    facts = known_facts()
    return render_template(
        "authoring/guide_editor.html",
        article=article,
        own=language,
        opened=opened,
        form=form,
        title=form.title.data or (opened.base.title if opened.base else "") or article.key,
        state=state_of(opened.last, now()) if opened.last else "",
        faults={} if drawn else faults,
        tree=drawn or page.tree,
        source=page.source,
        origin=origin,
        figures=json.dumps(figures(article, tree)["nodes"]) if has_figures else "{}",
        kinds={kind.value: [str(words), KINDS_DRAWN[kind]] for kind, words in KIND_WORDS.items()},
        known_facts=facts,
        fact_values={key: list(fact.values.items()) for key, fact in facts.items() if fact.values},
        most_changed=MOST_CHANGED,
        relations={key.value: str(words) for key, words in RELATION_WORDS.items()},
        words=editor_words(),
        now=now(),
    )


@blueprint.post("/articles/<int:article_id>/<language>/tree/check")
@needs(*WRITERS)
def guide_check(article_id: int, language: str) -> Json:
    """What is wrong with a tree as it is drawn: errors first, each with its step and way."""
    article = _guide(article_id, language)
    sent = _sent()
    try:
        tree = read_tree(sent.get(TREE))
    except Invalid as refused:
        faults = [_refused(place, told(reason), sent) for place, reason in refused.fields.items()]
        return {"findings": [asdict(one) for one in faults], "is_kept": False}
    source = None if language == article.source_language else source_tree(article)
    found = look_at(session(), viewer(), now(), article.key, tree, source)
    return {"findings": [asdict(one) for one in told_of(found, source or tree)], "is_kept": True}


def _refused(place: str, reason: str, sent: Json) -> Told:
    """A fault such as "nodes[2].text" at its step."""
    number = place.removeprefix("nodes[").partition("]")[0]
    nodes = sent[TREE].get("nodes") if isinstance(sent.get(TREE), dict) else None
    held = nodes[int(number)] if isinstance(nodes, list) and number.isdecimal() else None
    node = held if isinstance(held, dict) else {}
    key, step = (str(node.get(name) or "") for name in ("id", "title"))
    return Told("refused", True, key, "", step or key, reason)


@blueprint.post("/articles/<int:article_id>/<language>/tree/tidy")
@needs(*WRITERS)
def guide_tidy(article_id: int, language: str) -> Json:
    """Places for all steps, laid out anew."""
    _guide(article_id, language)
    tree = tidied(read_tree(_sent().get(TREE)))
    return {"places": {node.id: node.at for node in tree.nodes if node.at}}


@blueprint.get("/articles/<int:article_id>/<language>/tree/subjects")
@needs(*WRITERS)
def guide_subjects(article_id: int, language: str) -> Any:
    """What a step can be about, by a part of its name: guides, articles, or kinds of solved cases."""
    article = _guide(article_id, language)
    words = request.args.get("q", "").strip()[:200]
    kind = request.args.get("kind", "")
    if kind == Kind.CASES:
        return _case_types(words)
    languages = list(dict.fromkeys([language, *reading_order()]))
    found = targets(session(), words, languages, MOST_FOUND * 3)
    fits = [one for one in found if (one.kind == GUIDE) == (kind == Kind.GUIDE) and one.key != article.key]
    return [{"key": one.key, "title": one.title} for one in fits[:MOST_FOUND]]


def _case_types(words: str) -> list[dict[str, str]]:
    shown = [
        {"key": row.key, "title": named(schema_of(row).names, reading_order(), row.key)}
        for row in queries.case_types(session(), viewer())
    ]
    wanted = words.casefold()
    return [one for one in shown if wanted in f"{one['key']} {one['title']}".casefold()][:MOST_FOUND]


def _sent() -> Json:
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge(N_("This is more than can be saved at once."))
    try:
        sent = request.get_json(silent=True)
    except RecursionError:  # thousands of brackets
        sent = None
    if not isinstance(sent, dict):
        raise Invalid({TREE: N_("Send the tree of the guide.")})
    return sent
