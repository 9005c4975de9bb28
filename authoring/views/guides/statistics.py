"""How people fare on a guide: its tree with how many took each way, where they gave up, and where it helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, defer

from authoring.views.blueprint import blueprint
from authoring.views.guides.exchange import tree_in
from authoring.views.guides.findings import called
from authoring.views.guides.kind_words import KIND_WORDS
from authoring.views.guides.picture import MOST_DRAWN, picture_of
from cbr.guided import tallies
from cbr.guided.queries import GUIDE
from cbr.trees.outline import Entry, outline
from cbr.trees.statistics import Count, Fitted, fitted
from cbr.trees.tree import Tree
from kb import context
from kb.access import needs
from kb.concerns import shows
from kb.context import now, session, viewer
from kb.errors import NotFound
from kb.languages import negotiate
from kb.models import Article, Revision, Translation
from kb.views.admin.blueprint import CARETAKERS, row

MOST_PLACES = 5
"""Where most gave up."""
MOST_LISTED = 500
"""Lines of the outline; of a larger tree, those that most took."""
DEEPEST = 12
"""How far the outline is set in at most."""
VERDICTS = {
    "worked": _l("It worked"),
    "adapted": _l("Worked with a change"),
    "failed": _l("Did not help"),
    "left": _l("Gave up"),
    "": _l("Nothing was said"),
}

Json = dict[str, Any]
Counts = Mapping[tuple[str, str], Count]


@dataclass(frozen=True)
class Line:
    """A line of the outline.

    Args:
        words: of the way that leads here.
        step: what it leads to.
        depth: from 0.
        count: of the way; of the step itself where it begins.
        left: who gave up at the step; nothing where it stood before.
    """

    words: str
    step: str
    kind: str
    depth: int
    count: Count
    left: int
    is_again: bool


@blueprint.get("/guides/<int:article_id>/statistics")
@needs(*CARETAKERS)
def guide_statistics(article_id: int) -> str:
    """The figures of a guide on the tree that readers get, else on its newest draft."""
    article = _guide(article_id)
    revisions = _revisions(article)
    language = _language(list(revisions), article.source_language)
    revision = revisions.get(language)
    tree = tree_in(revision.body) if revision else None
    counts = tallies.of(session(), article.key)
    whole = counts.get(("", ""), Count())
    sorted_out = fitted(tree or Tree(), {place: one for place, one in counts.items() if place[0]})
    is_drawn = tree is not None and len(tree.nodes) <= MOST_DRAWN
    lines, unlisted = _listed(tree, sorted_out.kept) if tree and whole.taken else ([], 0)
    return render_template(
        "authoring/guide_statistics.html",
        article=article,
        revision=revision,
        languages=list(revisions),
        own=language,
        tree=tree,
        whole=whole,
        since=tallies.since(session(), article.key),
        verdicts=_verdicts(counts, whole),
        picture=picture_of(tree, sorted_out.kept, _in_words) if tree and is_drawn and whole.taken else None,
        lines=lines,
        unlisted=unlisted,
        given_up=_given_up(tree, sorted_out.kept) if tree else (),
        gone=_gone(tree or Tree(), sorted_out),
        most_listed=MOST_LISTED,
        most=max((one.taken for one in sorted_out.kept.values()), default=0),
        kind_words=KIND_WORDS,
    )


@blueprint.get("/guides/<int:article_id>/statistics.json")
@needs(*CARETAKERS)
def guide_figures(article_id: int) -> Json:
    """The same figures for the editor: node -> way ("" for the node itself) -> [taken, left, solved]."""
    article = _guide(article_id)
    return figures(article, tree_in(_text(article, request.args.get("language", article.source_language))))


def figures(article: Article, tree: Tree | None) -> Json:
    """The figures of a guide as plain data.

    Args:
        tree: that they are wanted on; None for all that was counted.
    """
    counts = tallies.of(session(), article.key)
    steps = {place: one for place, one in counts.items() if place[0]}
    found: dict[str, dict[str, list[int]]] = {}
    for (node, way), one in (fitted(tree, steps).kept if tree else steps).items():
        found.setdefault(node, {})[way] = _plain(one)
    since = tallies.since(session(), article.key)
    whole = counts.get(("", ""), Count())
    return {"since": since.isoformat() if since else None, "whole": _plain(whole), "nodes": found}


def _plain(count: Count) -> list[int]:
    return [count.taken, count.left, count.solved]


def _guide(article_id: int) -> Article:
    article = row(Article, article_id)
    if article.kind != GUIDE:
        raise NotFound(_("Only a guide has statistics."))
    return article


def _revisions(article: Article) -> dict[str, Revision]:
    """Language -> the revision that readers get, else the newest; the source's first."""
    query = (
        select(Revision, shows(now()).label("shows"))
        .join(Revision.translation)
        .where(Translation.article_id == article.id)
        .options(contains_eager(Revision.translation), defer(Revision.body))
        .order_by(Translation.language != article.source_language, Translation.language, Revision.number)
    )
    found: dict[str, tuple[bool, Revision]] = {}
    for revision, is_shown in session().execute(query):
        language = revision.translation.language
        if is_shown or not found.get(language, (False,))[0]:
            found[language] = bool(is_shown), revision
    return {language: revision for language, (_shown, revision) in found.items()}


def _text(article: Article, language: str) -> str:
    revision = _revisions(article).get(language)
    return revision.body if revision else ""


def _language(written: Sequence[str], source: str) -> str:
    """The language that was asked for, else one that the reader knows, else the source's."""
    wanted = [request.args.get("language", ""), context.language(), *viewer().languages]
    return negotiate(wanted, written, source)


def _verdicts(counts: Counts, whole: Count) -> list[tuple[str, int, float]]:
    """How the runs went: words, how many, and their share."""
    said = {key: counts.get(("", key), Count()).taken for key in VERDICTS if key}
    said[""] = max(0, whole.taken - sum(said.values()))
    return [(str(VERDICTS[key]), count, count / (whole.taken or 1)) for key, count in said.items()]


def _in_words(count: Count) -> str:
    parts = [ngettext("%(num)s came", "%(num)s came", count.taken)]
    if count.solved:
        parts.append(ngettext("%(num)s helped", "%(num)s helped", count.solved))
    if count.left:
        parts.append(ngettext("%(num)s gave up", "%(num)s gave up", count.left))
    return " · ".join(parts)


def _listed(tree: Tree, counts: Counts) -> tuple[list[Line], int]:
    """The outline, of a large tree the lines that most took, in their order; and how many are left out."""
    entries = [(entry, _count(entry, counts)) for entry in outline(tree)]
    ranked = sorted(range(len(entries)), key=lambda at: -entries[at][1].taken)
    kept = [entries[at] for at in sorted(ranked[:MOST_LISTED])]
    return [_line(tree, entry, count, counts) for entry, count in kept], len(entries) - len(kept)


def _count(entry: Entry, counts: Counts) -> Count:
    """Of the way that leads here; of the step itself where it begins."""
    place = (entry.come_from, entry.way) if entry.come_from else (entry.node, "")
    return counts.get(place, Count())


def _line(tree: Tree, entry: Entry, count: Count, counts: Counts) -> Line:
    here = counts.get((entry.node, ""), Count())
    return Line(
        entry.words,
        called(tree, entry.node),
        str(KIND_WORDS[tree.by_id[entry.node].kind]),
        min(entry.depth, DEEPEST),
        count,
        0 if entry.is_again else here.left,
        entry.is_again,
    )


def _given_up(tree: Tree, counts: Counts) -> list[tuple[str, Count]]:
    """The steps at which most gave up, the worst first."""
    left = [(node, one) for (node, way), one in counts.items() if not way and one.left]
    left.sort(key=lambda found: (-found[1].left, found[0]))
    return [(called(tree, node), one) for node, one in left[:MOST_PLACES]]


def _gone(tree: Tree, found: Fitted) -> list[tuple[str, str, Count]]:
    """What was counted at steps and ways that the tree has not any more: step, way, how many."""
    return [(called(tree, node), way, one) for (node, way), one in sorted(found.gone.items())]


@blueprint.app_template_global("guide_statistics_of")
def statistics_address(article: Article, language: str) -> str:
    """Where the statistics of an article are, for those who look after it; "" where it is no guide."""
    if article.kind != GUIDE or not viewer().has(*CARETAKERS):
        return ""
    return url_for("authoring.guide_statistics", article_id=article.id, language=language)
