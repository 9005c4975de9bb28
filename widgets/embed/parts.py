"""The parts of the help widget: HTML that the server renders, and the panel in another site's page swaps in.

Whoever looks at another site's page is nobody here: a login of this service counts for nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, g, render_template, request, url_for

from cbr.guided import offering, pages
from cbr.guided.pages import STARTS, VERBS, Page, Surface
from kb import context, queries
from kb.access import csrf, public
from kb.article_page import Addresses, article_page
from kb.context import as_anybody, enter_portal, now, session, structure, viewer
from kb.errors import N_, AsksTooMuch, NotFound
from kb.http import told
from kb.languages import negotiate
from kb.limits import FEEDBACK, SEARCH, limiter
from kb.models import Attachment, Revision
from kb.openapi import tag
from kb.queries import Card
from kb.templating import content_names, moment
from kb.views.articles import best, outside, take_feedback
from kb.views.portal import contact, site
from search.answers import Answer
from search.asking import LONGEST_QUESTION, filters_for
from search.box import Place, box
from search.engine import Filters
from search.learning.visits import visitor
from search.learning.wiring import learning
from widgets.embed import crossing, facts, settings
from widgets.embed.faqs import first_shown
from widgets.embed.rules import fitting
from widgets.requests import pages as requests
from widgets.requests.models import HelpRequest

SURFACE = "widget"
MOST_ANSWERS = 5

blueprint = Blueprint("embed", __name__, url_prefix="/embed/v1/<portal>")
blueprint.after_request(crossing.tell_browser)
csrf.exempt(blueprint)


@blueprint.before_request
def _enter() -> None:
    values = request.view_args or {}
    g.error_page = "widgets/embed/_error.html"
    as_anybody()
    found = structure().portals.get(values["portal"])
    if found is None or not found.is_open:
        raise NotFound(N_("There is no open site at this address."))
    crossing.let_in(found.key)
    wanted = values.get("language") or negotiate(
        request.args.get("lang", "").split(","), found.languages, found.default_language
    )
    enter_portal(found.key, wanted)


@blueprint.get("/shell")
@public
@limiter.limit(SEARCH)
def shell(portal: str) -> Response:
    """The whole panel, in the language of the page that it stands in, as far as the portal has it."""
    return _tagged(render_template("widgets/embed/_shell.html", longest=LONGEST_QUESTION, **_home()))


@blueprint.get("/<language>/home")
@public
@limiter.limit(SEARCH)
def home(portal: str, language: str) -> Response:
    """What is shown before anybody asks."""
    return _tagged(render_template("widgets/embed/_home.html", **_home()))


@blueprint.get("/<language>/answers")
@public
@limiter.limit(SEARCH)
def answers(portal: str, language: str) -> Response:
    """What the one box says. As long as somebody types, the question is nobody's yet and is not kept."""
    question, answer, problem = request.args.get("q", "").strip(), Answer(), ""
    try:
        answer = box().answer(question, _filters(), _place(), limit=MOST_ANSWERS, facets=False)
    except AsksTooMuch as error:
        problem = " ".join(map(told, error.fields.values()))
    nothing = not answer.items and not answer.passage
    return _tagged(
        render_template(
            "widgets/embed/_answers.html",
            question=question,
            answer=answer,
            problem=problem,
            contact=contact() if nothing else "",
            address=_address,
        )
    )


@blueprint.get("/<language>/a/<slug>")
@public
@limiter.limit(SEARCH)
def article(portal: str, language: str, slug: str) -> Response:
    """One article; where the language has none, in the best other one."""
    found = _revision(slug)
    addresses = Addresses(
        article=lambda card, fragment: _article(card.slug) + (f"#{fragment}" if fragment else ""),
        attachment=_file,
        moment=moment,
        labels=content_names(),
    )
    languages = site().preference(context.language())
    page = article_page(session(), viewer(), now(), found, structure(), languages, addresses, outside)
    if token := request.args.get("from", ""):
        rank = request.args.get("rank", 1, type=int)
        learning().log.opened(token, page.article.id, rank, now())
    return _tagged(
        render_template(
            "widgets/embed/_article.html",
            page=page,
            address=_article,
            file=_file,
            token=token,
            whole=url_for(
                "articles.article",
                portal=portal,
                language=context.language(),
                slug=page.translation.slug,
                _external=True,
            ),
        )
    )


@blueprint.post("/<language>/a/<slug>/feedback")
@public
@limiter.limit(FEEDBACK)
def feedback(portal: str, language: str, slug: str) -> str:
    """Was this helpful?"""
    take_feedback(_revision(slug))
    helped = request.form["helpful"] == "yes"
    return render_template("widgets/embed/_thanks.html", helped=helped, contact="" if helped else contact())


@blueprint.get("/<language>/ask")
@public
@limiter.limit(SEARCH)
def ask(portal: str, language: str) -> Page:
    """The form of a request to people."""
    return requests.new(_requests())


@blueprint.post("/<language>/ask")
@public
@limiter.limit(FEEDBACK)
def send(portal: str, language: str) -> Page:
    """Send it."""
    return requests.new(_requests())


@blueprint.get("/<language>/requests/<token>")
@public
@limiter.limit(SEARCH)
def sent(portal: str, language: str, token: str) -> Page:
    """How a request stands."""
    return requests.one(_requests(), token)


@blueprint.get("/<language>/guided/")
@public
@limiter.limit(SEARCH)
def index(portal: str, language: str) -> Page:
    """The guides and case types of this portal."""
    return pages.index(_surface())


@blueprint.post("/<language>/guided/")
@public
@limiter.limit(STARTS)
def start(portal: str, language: str) -> Page:
    """Begin a run."""
    return pages.start(_surface())


@blueprint.get("/<language>/guided/<run_id>")
@public
@limiter.limit(SEARCH)
def run(portal: str, language: str, run_id: str) -> Page:
    """The step that a run is at."""
    return pages.run_page(_surface(), run_id)


@blueprint.post(f"/<language>/guided/<run_id>/<any({VERBS}):verb>")
@public
@limiter.limit(SEARCH)
def act(portal: str, language: str, run_id: str, verb: str) -> Page:
    """Answer, change an answer, go back, forget a fact, see the best, or say how it went."""
    return pages.act(_surface(), run_id, verb)


def _tagged(page: str) -> Response:
    return tag(Response(page, mimetype="text/html"))


def _home() -> Mapping[str, object]:
    held = settings.of(session(), site().key)
    rules = fitting(held.rules if held else [], request.args.get("page", ""))
    languages = site().preference(context.language())
    cards = first_shown(
        session(),
        structure(),
        viewer(),
        now(),
        languages,
        topic=request.args.get("topic", ""),
        rules=rules,
    )
    return {"cards": cards, "has_guides": bool(offering.address()), "address": _card}


def _filters() -> Filters:
    return filters_for(viewer(), languages=[context.language()], portal=site())


def _place() -> Place:
    is_asked = "typing" not in request.args
    return Place(
        surface=SURFACE,
        viewer=viewer(),
        site=site(),
        now=now(),
        language=context.language(),
        others=tuple(code for code in site().languages if code != context.language()),
        address=lambda hit: hit.slug if hit.source else _article(hit.slug),
        keeps=is_asked and learning().keeps(request.headers),
        visitor=visitor(),
    )


def _address(url: str, token: str, rank: int) -> str:
    """Of an answer, so that it is noted which one was opened."""
    return f"{url}?from={token}&rank={rank}" if token else url


def _article(slug: str) -> str:
    return url_for("embed.article", portal=site().key, language=context.language(), slug=slug)


def _card(card: Card) -> str:
    return _article(card.slug)


def _file(file: Attachment) -> str:
    return url_for("attachments.file", attachment_id=file.id, filename=file.filename, _external=True)


def _revision(slug: str) -> Revision:
    """In the reader's language, or the best other one. Raises `NotFound`."""
    found = queries.article_by_slug(session(), viewer(), now(), slug)
    if not found:
        raise NotFound(N_("There is no such article here."))
    own = [revision for revision in found if revision.translation.language == context.language()]
    if own:
        return own[0]
    return best(queries.article_by_key(session(), viewer(), now(), best(found).translation.article.key))


def _requests() -> requests.Surface:
    def done(made: HelpRequest) -> str:
        return url_for("embed.sent", portal=site().key, language=context.language(), token=made.token)

    return requests.Surface(
        SURFACE,
        "widgets/embed/_ask.html",
        "widgets/embed/_sent.html",
        _article,
        done,
        facts=facts.told(request.form.get("facts", "")),
    )


def _surface() -> Surface:
    code = context.language()
    return Surface(
        "embed",
        "",
        site().key,
        code,
        site().preference(code),
        _card,
        values={"portal": site().key, "language": code},
        start="widgets/embed/_guides.html",
        step="widgets/embed/_step.html",
        facts=facts.told(request.form.get("facts", "")),
    )
