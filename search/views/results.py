"""The search page and dynamic folders."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from kb import context
from kb.access import public
from kb.context import enter_portal, now, session, structure, viewer
from kb.errors import N_, AsksTooMuch, NotFound
from kb.http import told
from kb.languages import named
from kb.limits import SEARCH, limiter
from kb.structure import PortalSite, TopicNode
from kb.templating import article_url, topic_url
from kb.views.portal import contact, folders, needs_feature, site
from search.answers import Answer
from search.asking import PAGE_SIZE, filters_for, search
from search.box import Place, box
from search.completing import Addresses, completions
from search.engine import Hit
from search.learning.visits import visitor
from search.learning.wiring import learning
from search.places import places
from search.views.addresses import alike
from search.views.lines import lines
from search.views.narrowing import narrowing

LAST_PAGE = 100
COMPLETIONS_KEPT_S = 15  # in the browser: who takes a letter back sees the same again
blueprint = Blueprint("search", __name__)


@blueprint.before_request
def _enter() -> None:
    values = request.view_args or {}
    enter_portal(values["portal"], values["language"])


@blueprint.get("/<portal>/<language>/search")
@public
@limiter.limit(SEARCH)
def results(portal: str, language: str) -> tuple[str, HTTPStatus]:
    """Answers to a question, from all sources, and what helps where there are none or it asks for too much."""
    needs_feature("search")
    question = request.args.get("q", "").strip()
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    narrowed = narrowing(site(), context.language())
    filters = narrowed.applied(filters_for(viewer(), languages=[context.language()], portal=site()))
    offset = (page - 1) * PAGE_SIZE
    answer, problem = Answer(), ""
    try:
        answer = box().answer(question, filters, _place(narrowed.chosen, page), offset=offset)
    except AsksTooMuch as error:
        problem = " ".join(map(told, error.fields.values()))
    shown = render_template(
        "search/results.html",
        query=question,
        answer=answer,
        problem=problem,
        chosen=narrowed.arguments,
        chips=narrowed.chips(),
        facets=narrowed.facets(answer.facets),
        lines=lines(answer, offset),
        others=sum(item.hit is None for item in answer.items),
        asked=_asked(f"{request.root_path}{request.path}"),
        page=page,
        pages=min(-(-answer.total // PAGE_SIZE), LAST_PAGE),
        **({} if answer.items else _ways_on()),
    )
    return shown, HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK


def _asked(page: str) -> Callable[..., str]:
    """What makes addresses of this page for other questions, narrowed down or not; `page`: without its query."""
    plain = cache(lambda question: f"{page}?{urlencode({'q': question})}")

    def asked(question: str, arguments: Mapping[str, object] | None = None) -> str:
        return f"{plain(question)}&{urlencode(arguments)}" if arguments else plain(question)

    return asked


def _place(chosen: object, page: int) -> Place:
    """Only a question that is new is kept: turning a page or narrowing down asks nothing else."""
    return Place(
        surface="portal",
        viewer=viewer(),
        site=site(),
        now=now(),
        language=context.language(),
        others=() if chosen else tuple(code for code in site().languages if code != context.language()),
        address=partial(_address, alike(partial(article_url, context.language()))),
        previous=request.args.get("after", ""),
        keeps=not chosen and page == 1 and learning().keeps(request.headers),
        exact=request.args.get("exact") == "1",
        visitor=visitor(),
    )


def _address(article: Callable[[str], str], hit: Hit) -> str:
    """Where an answer is read; a page from outside is at its own address."""
    return hit.slug if hit.source else article(hit.slug)


def _ways_on() -> dict[str, object]:
    """Where nothing was found: the topics that have something, and how to reach a person."""
    roots = site().roots if "topics" in site().features else ()
    known = _holding(roots)
    return {"topics": [root for root in roots if root.id in known], "contact": contact()}


def _holding(topics: Sequence[TopicNode]) -> Collection[int]:
    """The ids of those topics in or below which there is something for this viewer."""
    return places().holding(session(), viewer(), now(), context.head(), topics)


@blueprint.get("/<portal>/<language>/folders/<key>")
@public
@limiter.limit(SEARCH)
def folder(portal: str, language: str, key: str) -> str:
    """A dynamic folder: what its saved query finds right now."""
    found = next((folder for folder in structure().folders if folder.key == key), None)
    if found is None or found.audience not in viewer().audiences or "folders" not in site().features:
        raise NotFound(N_("There is no such folder here."))
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    filters = filters_for(viewer(), languages=[context.language()], portal=site())
    answer = search().ask(found.query, filters, limit=PAGE_SIZE * 2, offset=(page - 1) * PAGE_SIZE * 2)
    return render_template(
        "search/folder.html",
        name=named(found.names, site().preference(context.language()), key),
        key=key,
        found=answer,
        folders=folders(),
        page=page,
        pages=min(-(-answer.total // (PAGE_SIZE * 2)), LAST_PAGE),
    )


@blueprint.get("/<portal>/<language>/suggest")
@public
@limiter.limit(SEARCH)
def suggest(portal: str, language: str) -> Response:
    """What goes on from what is typed, as JSON for the page's script."""
    needs_feature("search")
    filters = filters_for(viewer(), languages=[context.language()], portal=site())
    typed = request.args.get("q", "")
    lines = completions(search(), typed, filters, site(), _popular, _holding, _addresses(site()))
    told_lines = [
        {"type": line.type, "title": line.title, "html": line.html, "url": line.url} for line in lines
    ]
    response = jsonify(suggestions=told_lines)
    response.cache_control.private = True
    response.cache_control.max_age = COMPLETIONS_KEPT_S
    response.vary.update(["Cookie", "Authorization"])
    response.add_etag(weak=True)
    response.make_conditional(request)
    return response


def _popular() -> Sequence[str]:
    return learning().others.popular(
        session(), viewer(), now(), portal=site().key, language=context.language()
    )


def _addresses(portal: PortalSite) -> Addresses:
    language = context.language()
    article = cache(lambda code: alike(partial(article_url, code)))
    results_page = url_for("search.results", portal=portal.key, language=language)
    return Addresses(
        question=_asked(results_page),
        article=lambda found: article(found.language)(found.slug),
        topic=topic_url,
    )
