"""The article page, its feedback, and the ways that lead to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb import context, external, feedback, page_cache, queries
from kb.access import public, same_site
from kb.article_page import Addresses, article_page
from kb.context import enter_portal, language, now, services, session, structure, viewer
from kb.errors import N_, Gone, NotFound
from kb.gone import gone
from kb.languages import named
from kb.limits import FEEDBACK, limiter
from kb.models import Article, Revision, Translation
from kb.queries import Card
from kb.structured_data import structured_data
from kb.templating import article_url, attachment_url, content_names, moment, topic_url
from kb.views.portal import needs_feature, site

blueprint = Blueprint("articles", __name__)


@blueprint.before_request
def _enter() -> None:
    values = request.view_args or {}
    enter_portal(values["portal"], values["language"])


@blueprint.get("/<portal>/<language>/a/<slug>")
@public
@page_cache.cached(view="print", thanks="1")
def article(portal: str, language: str, slug: str) -> str | Response:
    """One article. Where the language has none, the best other one is shown with a notice."""
    found = queries.article_by_slug(session(), viewer(), now(), slug)
    if not found:
        return _moved(slug)
    own = next((revision for revision in found if revision.translation.language == context.language()), None)
    if own is None:
        key = found[0].translation.article.key
        own = best(queries.article_by_key(session(), viewer(), now(), key))
        if own.translation.slug != slug:
            return redirect(article_url(context.language(), own.translation.slug))
    return _page(own)


@blueprint.get("/<portal>/<language>/key/<key>")
@public
def by_key(portal: str, language: str, key: str) -> Response:
    """To the article with this key, for systems that know keys only."""
    found = queries.article_by_key(session(), viewer(), now(), key)
    if not found:
        past = queries.once_read(session(), viewer(), now(), key)
        raise _gone(past) if past else NotFound(N_("There is no such article here."))
    return redirect(article_url(context.language(), best(found).translation.slug))


@blueprint.post("/<portal>/<language>/a/<slug>/feedback")
@public
@same_site
@limiter.limit(FEEDBACK)
def give_feedback(portal: str, language: str, slug: str) -> Response:
    """Was this helpful?"""
    needs_feature("feedback")
    found = queries.article_by_slug(session(), viewer(), now(), slug)
    if not found:
        raise NotFound(N_("There is no such article here."))
    take_feedback(found[0])
    return redirect(
        url_for("articles.article", portal=portal, language=language, slug=slug, thanks=1) + "#feedback", 303
    )


def take_feedback(revision: Revision) -> None:
    """What the form of this request says of an article; whoever learns from it is told."""
    form = request.form
    given = feedback.give(
        session(),
        revision,
        portal=site().key,
        helpful=form.get("helpful", ""),
        comment=form.get("comment", ""),
        now=now(),
    )
    article_id = revision.translation.article_id
    for hear in services().hearers:
        hear(feedback.Heard(form.get("question", ""), article_id, given.helpful, now()))


def best(found: queries.Revisions) -> Revision:
    """Of the languages of one article the one that the reader is offered first."""
    languages = site().preference(context.language())
    return min(found, key=lambda revision: languages.index(revision.translation.language))


def _moved(slug: str) -> Response:
    """An old slug redirects, and what is hidden as long as it is out of step leads to another language.

    What this viewer could once read is gone, everything else was never here.

    Raises:
        Gone: it expired or was withdrawn.
        NotFound: this viewer never could read it.
    """
    owner = queries.slug_owner(session(), language(), slug)
    if owner is not None:
        if owner.slug != slug and queries.article_by_slug(session(), viewer(), now(), owner.slug):
            return redirect(article_url(language(), owner.slug), 301)
        if _is_hidden_as_stale(owner):
            found = queries.article_by_key(session(), viewer(), now(), owner.article.key)
            if found:
                return redirect(article_url(language(), best(found).translation.slug))
        elif queries.was_public(session(), viewer(), owner.id, now()):
            raise _gone(owner.article)
    raise NotFound(N_("There is no such article here."))


def _is_hidden_as_stale(owner: Translation) -> bool:
    """Whether a translation would show here if the portal did not leave out what is out of step."""
    if not viewer().hides_stale:
        return False
    found = queries.article_by_slug(session(), replace(viewer(), hides_stale=False), now(), owner.slug)
    return any(revision.translation_id == owner.id for revision in found)


def _gone(article: Article) -> Gone:
    languages = site().preference(language())
    return gone(
        session(),
        viewer(),
        now(),
        article,
        structure(),
        languages,
        article_address=lambda card: article_url(language(), card.slug),
        topic_address=topic_url,
    )


def _page(revision: Revision) -> str:
    languages = site().preference(language())
    addresses = Addresses(
        article=lambda card, fragment: article_url(language(), card.slug, _anchor=fragment or None),
        attachment=attachment_url,
        moment=moment,
        labels=content_names(),
    )
    page = article_page(session(), viewer(), now(), revision, structure(), languages, addresses, outside)
    canonical = _canonical(page.translation.language, page.translation.slug)
    if page.asked_again_at is not None:
        page_cache.expires(page.asked_again_at)
    return render_template(
        "kb/article.html",
        page=page,
        languages=languages,
        translations=_by_language(page.translations),
        audience_name=named(
            structure().audiences.get(page.article.audience, {}), languages, page.article.audience
        ),
        review_is_due=revision.review_by is not None and revision.review_by <= now(),
        structured_data=structured_data(page, url=canonical)
        if "structured-data" in site().features
        else None,
        canonical=canonical,
        print_view=request.args.get("view") == "print",
        thanks=request.args.get("thanks") == "1",
    )


def outside(keys: set[str]) -> Mapping[str, external.Reading]:
    """What outside systems said last: source key -> reading."""
    return external.readings(services().database, services().config, keys, now())


def _by_language(translations: queries.Cards) -> list[tuple[Card, str]]:
    """The article's other languages in the portal's order: (card, full address)."""
    order = {code: place for place, code in enumerate(site().languages)}
    ordered = sorted(translations, key=lambda card: order[card.language])
    return [(card, _canonical(card.language, card.slug)) for card in ordered]


def _canonical(code: str, slug: str) -> str:
    return article_url(code, slug, _external=True)
