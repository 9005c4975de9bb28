"""Search sources: systems outside that answer beside the articles, and whether they do."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kb import context
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, services, session, structure, viewer
from kb.errors import NotFound
from kb.fetching import FAILURES, reason
from kb.http import told
from kb.languages import named, native_name
from kb.models import Role
from kb.templating import article_url
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import per_language, short, spread
from search.asking import filters_for
from search.federation import sources as verbs
from search.federation.extraction import PageText
from search.federation.federation import Tried
from search.federation.health import recalled
from search.federation.outside import KINDS, SITEMAP, described
from search.federation.protocol import Asking
from search.federation.wiring import crawler, federation
from search.models import SearchSource
from search.views import source_forms
from search.views.blueprint import blueprint
from search.views.source_forms import SearchSourceForm

LONGEST_QUESTION = 200


@dataclass(frozen=True, slots=True)
class Looked:
    """What a sitemap has to read.

    Args:
        pages: how many pages would be read.
        first: what the first of them says.
        problem: why nothing can be read; "" where it can.
    """

    pages: int
    took_ms: float
    first: PageText | None = None
    problem: str = ""


@blueprint.get("/sources/")
@needs(Role.ADMIN)
def sources() -> str:
    """All sources with whether they answer."""
    return render_template(
        "search/sources.html",
        sources=verbs.every(session()),
        pages=verbs.page_counts(session()),
        kinds=source_forms.KINDS,
        portals={key: site.name(context.language()) for key, site in structure().portals.items()},
        audiences=dict(_audiences()),
        languages=reading_order(),
        hosts=sorted(services().config.external_hosts),
    )


@blueprint.route("/sources/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def source_new() -> Answer:
    """A new source: first of which kind, then the rest."""
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        return render_template("search/source_kinds.html", kinds=source_forms.KINDS)
    return _form_page(None, kind)


@blueprint.route("/sources/<int:source_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def source(source_id: int) -> Answer:
    """One source, whether it answers, and a place to try it."""
    found = row(SearchSource, source_id)
    return _form_page(found, found.kind)


def _form_page(found: SearchSource | None, kind: str) -> Answer:
    form = _form(found, kind)
    if form.submitted():
        with form.problems():
            saved = verbs.save(
                session(),
                services().config.external_hosts,
                found,
                key=form.new_key,
                names=form.texts("names"),
                kind=kind,
                url=form.url.data,
                settings=form.settings(kind),
                languages=form.languages.data,
                portals=form.portals.data,
                audience=form.audience.data,
                budget_ms=form.budget_ms.data if form.budget_ms else verbs.BUDGET_MS[1],
                ttl_s=form.ttl_s.data if form.ttl_s else 0,
                position=form.position.data,
                is_active=form.is_active.data,
                by=viewer(),
                seen=form.version.data,
            )
            flash(_("The source %(key)s is saved.", key=saved.key), "ok")
            return redirect(url_for("search_desk.source", source_id=saved.id), 303)
        form.renew(found)
    return _shown(found, kind, form), form.status


def _shown(
    found: SearchSource | None, kind: str, form: SearchSourceForm, question: str = "", tried: Any = None
) -> str:
    return render_template(
        "search/source.html",
        form=form,
        source=found,
        error=told(recalled(found.error)) if found else "",
        kind=kind,
        kinds=source_forms.KINDS,
        address_hint=source_forms.ADDRESSES[kind],
        own=[form[name] for name in verbs.SETTINGS.get(kind, ())],
        pages=verbs.page_counts(session()).get(found.id, 0) if found else 0,
        hosts=sorted(services().config.external_hosts),
        languages=reading_order(),
        question=question,
        tried=tried,
        most_question=LONGEST_QUESTION,
    )


def _form(found: SearchSource | None, kind: str, **options: Any) -> SearchSourceForm:
    named_ones = per_language(SearchSourceForm, languages_in_use(), names=short(verbs.LONGEST_NAME))
    made = source_forms.of_kind(named_ones, kind)
    form = made(data=_stored(found) if found else {}, **options)
    if found:
        form.keep_key()
    form.audience.choices = _audiences()
    form.portals.choices = [(key, site.name(context.language())) for key, site in structure().portals.items()]
    form.languages.choices = [(code, native_name(code)) for code in languages_in_use()]
    return form


def _stored(found: SearchSource) -> dict[str, Any]:
    names = "url", "audience", "portals", "languages", "budget_ms", "ttl_s", "position", "is_active"
    stored = {name: getattr(found, name) for name in names}
    return stored | found.settings | spread("names", found.names) | {"version": version_of(found)}


def _audiences() -> list[tuple[str, str]]:
    return [(key, named(names, reading_order(), key)) for key, names in structure().audiences.items()]


@blueprint.post("/sources/<int:source_id>/test")
@needs(Role.ADMIN)
def source_test(source_id: int) -> str:
    """Ask it now and show what it says, how long it took, or why it says nothing."""
    found = row(SearchSource, source_id)
    question = request.form.get("question", "").strip()[:LONGEST_QUESTION]
    form = _form(found, found.kind, formdata=None)
    asking = _asking(question)
    session().commit()  # a slow system must not hold the database
    tried = _looked(found) if found.kind == SITEMAP else _asked(found, asking)
    return _shown(found, found.kind, form, question, tried)


def _asking(question: str) -> Asking:
    languages = reading_order()
    return Asking(
        question=question,
        languages=languages,
        viewer=viewer(),
        site=None,
        now=now(),
        filters=filters_for(viewer(), languages=languages[:1]),
        address=lambda hit: article_url(hit.language, hit.slug),
    )


def _asked(found: SearchSource, asking: Asking) -> Tried:
    tried = federation().test(described(found), asking)
    return Tried(tried.items, tried.took_ms, told(tried.problem) if tried.problem else "")


def _looked(found: SearchSource) -> Looked:
    begun = perf_counter()
    try:
        site, first = crawler().look(described(found))
    except FAILURES as failure:
        return Looked(0, (perf_counter() - begun) * 1000, problem=told(reason(failure)))
    return Looked(len(site.pages), (perf_counter() - begun) * 1000, first)


@blueprint.post("/sources/<int:source_id>/read")
@needs(Role.ADMIN)
def source_read(source_id: int) -> Response:
    """Read all pages of a sitemap again."""
    found = row(SearchSource, source_id)
    if found.kind != SITEMAP:
        raise NotFound(_("It has no pages to read."))
    verbs.read_anew(session(), found, by=viewer())
    flash(_("Its pages will be read again, beginning within a minute."), "ok")
    return redirect(url_for("search_desk.source", source_id=found.id), 303)


@blueprint.route("/sources/<int:source_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def source_delete(source_id: int) -> Answer:
    """Ask, then delete."""
    found = row(SearchSource, source_id)
    return deletion(
        named(found.names, reading_order(), found.key),
        lambda: verbs.delete(session(), found, by=viewer()),
        back=url_for("search_desk.source", source_id=found.id),
        after=url_for("search_desk.sources"),
        loss=_("The pages that were read of it go with it."),
    )
