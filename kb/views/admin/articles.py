"""Articles as those who look after them see them: the list, one article whole, its properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kb import articles as verbs
from kb import curation, overview
from kb.access import needs
from kb.concerns import CONCERNS, STATES, ArticleFilters
from kb.concurrency import version_of
from kb.context import now, services, session, structure, viewer
from kb.dossier import Dossier, dossier
from kb.errors import N_, NotFound
from kb.languages import named, native_name
from kb.models import KINDS, Article, Attachment, Topic
from kb.permissions import PUBLISH_ARTICLES, WRITE_ARTICLES
from kb.standing import state_of
from kb.structure import PortalSite
from kb.templating import KIND_NAMES
from kb.views.admin import words
from kb.views.admin.blueprint import CARETAKERS, Answer, blueprint, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import ArticleForm, SlugForm, UploadForm
from kb.views.admin.topics import choices


@blueprint.get("/articles/")
@needs(*CARETAKERS)
def articles() -> str:
    """All articles, filtered and sorted as the address says."""
    asked = {name: value for name, value in request.args.items() if name in FILTERS and value}
    topic = structure().topics.get(asked.get("topic", ""))
    filters = ArticleFilters(
        text=asked.get("q", "").strip()[:200],
        kind=_one_of(KINDS, asked.get("kind")),
        state=_one_of(STATES, asked.get("state")),
        topic_ids=topic.below if topic else frozenset(),
        language=asked.get("language", ""),
        audience=asked.get("audience", ""),
        concern=_one_of(CONCERNS, asked.get("concern")),
        missing=asked.get("missing", ""),
    )
    sort = request.args.get("sort", overview.DEFAULT_SORT)
    page = request.args.get("page", 1, type=int)
    return render_template(
        "kb/admin_articles.html",
        found=overview.articles(session(), filters, now(), sort=sort, page=page),
        asked=asked,
        sort=sort,
        states=words.STATES,
        concerns=words.CONCERNS,
        audiences=_audiences(),
        topics=[(structure().topics_by_id[key].key, path) for key, path in choices()],
        in_use=[(code, native_name(code)) for code in languages_in_use()],
        now=now(),
    )


FILTERS = ("q", "kind", "state", "topic", "language", "audience", "concern", "missing")


def _one_of(known: Any, asked: str | None) -> str:
    return asked if asked is not None and asked in known else ""


def _audiences() -> Mapping[str, str]:
    return {key: named(names, reading_order(), key) for key, names in structure().audiences.items()}


@blueprint.route("/articles/<int:article_id>", methods=["GET", "POST"])
@needs(*CARETAKERS)
def article(article_id: int) -> Answer:
    """One article whole; its properties can be changed here."""
    found = row(Article, article_id)
    form = properties_form(found)
    if form.submitted():
        with form.problems():
            curation.settle(
                session(),
                found,
                kind=form.kind.data,
                audience=form.audience.data,
                topics=[row(Topic, topic_id) for topic_id in form.topic_ids()],
                related=(form.related.data or "").split(),
                by=viewer(),
                seen=form.version.data,
            )
            flash(_("The properties are saved."), "ok")
            return redirect(
                url_for("admin.article", article_id=found.id, language=request.args.get("language")), 303
            )
        form.renew(found)
    return article_page(found, properties=form)


def properties_form(found: Article, *, sent: bool = True) -> ArticleForm:
    """The form of what holds for all languages.

    Args:
        sent: whether the request may have filled it in.
    """
    placed = [place.topic_id for place in found.topics]
    stored = {
        "kind": found.kind,
        "audience": found.audience,
        "topic": placed[0] if placed else 0,
        "more_topics": placed[1:],
        "related": "\n".join(found.related),
        "version": version_of(found),
    }
    form = ArticleForm(data=stored) if sent else ArticleForm(formdata=None, data=stored)
    form.kind.choices = [(kind, KIND_NAMES[kind]) for kind in KINDS]
    form.audience.choices = list(_audiences().items())
    form.topic.choices = [(0, _("(none)")), *choices()]
    form.more_topics.choices = choices()
    return form


def article_page(
    found: Article,
    *,
    properties: ArticleForm | None = None,
    slug: SlugForm | None = None,
    upload: UploadForm | None = None,
) -> tuple[str, int]:
    """The page of an article around the forms that were sent; the others show what is stored."""
    whole = dossier(session(), found.id, now())
    language = _language(whole)
    translation = whole.translations.get(language)
    sent = [form for form in (properties, slug, upload) if form is not None]
    page = render_template(
        "kb/admin_article.html",
        whole=whole,
        shown=language,
        translation=translation,
        standings={one.language: one for one in whole.row.translations},
        properties=properties or properties_form(found, sent=False),
        slug=slug or SlugForm(formdata=None, data={"slug": translation.slug if translation else ""}),
        upload=upload or UploadForm(formdata=None),
        may_write=viewer().has(*WRITE_ARTICLES),
        may_publish=viewer().has(*PUBLISH_ARTICLES),
        missing=[code for code in languages_in_use() if code not in whole.translations],
        sites=_sites(found, language),
        state_of=state_of,
        in_text=in_text,
        upload_limit=services().config.upload_limit // 1024 // 1024,
        now=now(),
    )
    return page, max((form.status for form in sent), default=200)


def in_text(file: Attachment) -> str:
    """What an author writes to show a file, or to link to it."""
    sign = "!" if file.media_type.startswith("image/") else ""
    return f"{sign}[{file.filename}](attachment:{file.id})"


def _language(whole: Dossier) -> str:
    """The language whose revisions are shown: the one in the address, else the source."""
    asked = request.args.get("language", "")
    return asked if asked in whole.translations else next(iter(whole.translations), "")


def _sites(found: Article, language: str) -> list[PortalSite]:
    """The portals on which readers can find the article in this language."""
    placed = {place.topic_id for place in found.topics}
    return [
        site
        for site in structure().portals.values()
        if language in site.languages
        and found.audience in site.audiences
        and (site.topic_ids is None or placed & site.topic_ids)
    ]


@blueprint.post("/articles/<int:article_id>/slug/<code>")
@needs(*CARETAKERS)
def article_slug(article_id: int, code: str) -> Answer:
    """Another address for a translation."""
    found = row(Article, article_id)
    translation = dossier(session(), found.id, now()).translations.get(code)
    if translation is None:
        raise NotFound(N_("It is not written in this language."))
    form = SlugForm()
    if form.submitted():
        with form.problems():
            verbs.rename(session(), translation, form.slug.data, by=viewer())
            flash(_("The address is changed; the old one leads to it."), "ok")
            return redirect(url_for("admin.article", article_id=found.id, language=code), 303)
    return article_page(found, slug=form)


@blueprint.route("/articles/<int:article_id>/delete", methods=["GET", "POST"])
@needs(*CARETAKERS)
def article_delete(article_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Article, article_id)
    return deletion(
        found.key,
        lambda: verbs.delete(session(), found, by=viewer()),
        back=url_for("admin.article", article_id=found.id),
        after=url_for("admin.articles"),
        loss=_(
            "All its translations, revisions and files go with it, and links to it become plain words. "
            "If readers should only stop seeing it, withdraw it instead."
        ),
    )
