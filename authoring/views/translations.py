"""The matrix of articles and languages, and what stands beside a translation while it is written."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from authoring.approval import reviews
from authoring.languages import matrix, translations
from authoring.languages.matrix import BAR, STATES, TO_DO, Filters
from authoring.languages.passages import CODE, Passage
from authoring.languages.tracing import Traced
from authoring.views.blueprint import DESK, WRITERS, blueprint
from authoring.views.differing import difference
from kb import content
from kb.access import needs
from kb.context import now, session, structure, viewer
from kb.languages import native_name
from kb.models import KINDS, Article, Role, State
from kb.permissions import WRITE_ARTICLES
from kb.templating import content_names
from kb.viewers import Ground
from kb.views.admin.blueprint import languages_in_use, row
from kb.views.admin.topics import choices

STATE_WORDS = {
    matrix.MISSING: _l("Missing"),
    matrix.DRAFT: _l("Draft"),
    matrix.IN_REVIEW: _l("In approval"),
    matrix.CURRENT: _l("Current"),
    matrix.STALE: _l("Out of step"),
}
FILTERS = ("q", "kind", "topic", "language", "state")


@blueprint.get("/translations/", endpoint="matrix")
@needs(*DESK)
def matrix_page() -> str:
    """All articles in all languages, filtered as the address says; a translator sees their own work first."""
    asked = {name: value for name, value in request.args.items() if name in FILTERS and value}
    own = own_languages()
    columns = tuple(dict.fromkeys([*own, *languages_in_use()]))
    if own and not request.args:
        asked["state"] = TO_DO
    filters = filters_of(asked, own or columns)
    return render_template(
        "authoring/matrix.html",
        found=matrix.rows(session(), filters, columns, now(), request.args.get("page", 1, type=int)),
        figures=matrix.figures(session(), filters, columns, now()),
        asked=asked,
        columns=columns,
        own=own,
        words=STATE_WORDS,
        states=[(TO_DO, _("To translate")), *((state, STATE_WORDS[state]) for state in STATES)],
        bar=BAR,
        topics=[(structure().topics_by_id[key].key, path) for key, path in choices()],
        names=[(code, native_name(code)) for code in columns],
        may_write=may_write,
    )


def own_languages() -> tuple[str, ...]:
    """The languages that a translator translates into; empty for everybody else."""
    limit = viewer().limits.get(Role.TRANSLATOR)
    if not viewer().has(Role.TRANSLATOR) or viewer().has(*WRITE_ARTICLES) or limit is None:
        return ()
    wanted = [code for code in viewer().languages if code in (limit.languages or ())]
    return tuple(dict.fromkeys([*wanted, *sorted(limit.languages or ())]))


def filters_of(asked: dict[str, str], languages: Sequence[str]) -> Filters:
    """What the fields of the page ask for; what is unknown does not filter.

    Args:
        languages: those that a state is looked for in where no language is chosen.
    """
    topic = structure().topics.get(asked.get("topic", ""))
    language = asked.get("language", "")
    state = asked.get("state", "")
    return Filters(
        languages=(language,) if language else tuple(languages),
        state=state if state in {*STATES, TO_DO} else "",
        kind=asked["kind"] if asked.get("kind") in KINDS else "",
        text=asked.get("q", "").strip()[:200],
        topic_ids=topic.below if topic else frozenset(),
    )


def may_write(article: Article, code: str) -> bool:
    """Whether the viewer may write an article in a language."""
    ground = Ground(frozenset(place.topic_id for place in article.topics), code)
    roles = WRITE_ARTICLES if code == article.source_language else frozenset(WRITERS)
    return viewer().may(roles, ground)


@blueprint.post("/articles/<int:article_id>/<language>/still-right")
@needs(*WRITERS)
def translation_confirm(article_id: int, language: str) -> Response:
    """A stale translation needs no other word: said with one click, approved like any other text."""
    article = row(Article, article_id)
    note = _("Nothing to change: the translation still says what its source says.")
    draft = translations.still_right(session(), article, language, note=note, by=viewer(), now=now())
    sent = reviews.submit(session(), draft, by=viewer(), now=now())
    if sent.state == State.PUBLISHED:
        flash(_("The translation is in step with its source again."), "ok")
    else:
        flash(_("It waits for approval; then the translation is in step with its source again."), "ok")
    return redirect(url_for("admin.article", article_id=article.id, language=language), 303)


@blueprint.app_template_filter("passage_html")
def passage_html(passage: Passage) -> Markup:
    """A passage as readers see it, but that its links lead nowhere: it is there to be translated."""
    text = passage.text if passage.kind == CODE else "\n\n".join(passage.cells)
    safe = content.resolve(
        content.render(text).html,
        link=lambda _key, _fragment: None,
        attachment=lambda _id: None,
        external=lambda path: content.ExternalValue(f"{{{{ext:{path}}}}}"),
        labels=content_names(),
    )
    return Markup(safe)  # noqa: S704 - `render` sanitised it, and `resolve` escapes what it puts in


@blueprint.app_template_filter("passage_change")
def passage_change(traced: Traced) -> Markup:
    """What changed in a passage since the translation was made, word by word."""
    return difference(traced.before.text if traced.before else "", traced.passage.text)
