"""What a person is asked to read: the list, and the page on which they read, answer and confirm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from authoring.models import ReadingReceipt, ReadingRequest
from authoring.reading import reading_queries, readings
from authoring.reading.reading_forms import answer_form
from authoring.reading.reading_questions import Question
from authoring.views.blueprint import DESK, blueprint
from kb import external, queries
from kb.access import needs_login
from kb.article_page import Addresses, ArticlePage, article_page
from kb.context import now, services, session, structure, viewer
from kb.errors import N_, NotFound
from kb.models import Person
from kb.queries import Card
from kb.templating import attachment_url, content_names, moment
from kb.views.admin.blueprint import Answer, reading_order, row
from kb.views.admin.forms import AdminForm


def waiting() -> int:
    """How much the viewer has still to read, for the navigation."""
    return reading_queries.count_to_read(session(), viewer(), now())


@blueprint.get("/readings/", endpoint="readings")
@needs_login
def to_read() -> str:
    """What this person has still to read, with due times, and what they confirmed last."""
    done = reading_queries.read(session(), viewer())
    ids = [asked.article_id for _, asked in done]
    return render_template(
        "authoring/readings.html",
        waiting=reading_queries.to_read(session(), viewer(), now(), _languages()),
        done=done,
        titles=reading_queries.titles(session(), viewer(), now(), ids, _languages()),
        may_ask=viewer().has(*DESK),
        now=now(),
    )


@blueprint.route("/readings/<int:request_id>", methods=["GET", "POST"])
@needs_login
def reading(request_id: int) -> Answer:
    """Read it, answer the questions, confirm."""
    asked = row(ReadingRequest, request_id)
    receipt = reading_queries.receipt_of(session(), asked.id, viewer().person_id)
    confirmed = receipt is not None and receipt.confirmed_at is not None
    card = None if confirmed else reading_queries.card_for(session(), asked, viewer(), now())
    if card is None and not confirmed:
        raise NotFound(N_("You are not asked to read this, or not any more."))
    questions = [Question.from_json(stored) for stored in asked.questions]
    form = answer_form(questions, receipt.answers if receipt and not confirmed else ())
    if form.submitted():
        with form.problems():
            mistakes = readings.confirm(session(), asked, _answers(form, questions), by=viewer(), now=now())
            if not mistakes:
                flash(_("Thank you. It is noted that you read and understood it."), "ok")
                return redirect(url_for("authoring.readings"), 303)
            _show(form, mistakes)
            receipt = reading_queries.receipt_of(session(), asked.id, viewer().person_id)
    return _page(asked, form, receipt), form.status


def _answers(form: AdminForm, questions: Sequence[Question]) -> list[int | None]:
    return [form[f"answer_{place}"].data for place in range(len(questions))]


def _show(form: AdminForm, mistakes: Sequence[int]) -> None:
    """The try is counted, so that the answer is committed; nothing is confirmed."""
    for place in mistakes:
        form.show(f"answer_{place}", _("This is not right. Read the passage again and choose anew."))
    form.status = 422


def _page(asked: ReadingRequest, form: AdminForm, receipt: ReadingReceipt | None) -> str:
    found = reading_queries.titles(session(), viewer(), now(), [asked.article_id], _languages())
    card = found.get(asked.article_id)
    tries = receipt.tries if receipt else 0
    return render_template(
        "authoring/reading.html",
        asked=asked,
        asked_by=session().get(Person, asked.asked_by_id) if asked.asked_by_id else None,
        form=form,
        receipt=receipt,
        card=card,
        page=_article(card) if card else None,
        elsewhere=_address(card) if card else "",
        tries=ngettext("%(num)s try so far", "%(num)s tries so far", tries) if tries else "",
        now=now(),
        here=request.path,
    )


def _languages() -> tuple[str, ...]:
    """The person's own languages first."""
    return tuple(dict.fromkeys([*viewer().languages, *reading_order()]))


def _article(card: Card) -> ArticlePage:
    """The article as this person may read it, with links that lead to a portal of theirs."""
    found = queries.article_by_key(session(), viewer(), now(), card.key)
    revision = next(one for one in found if one.translation.language == card.language)
    addresses = Addresses(
        article=lambda linked, fragment: _address(linked, fragment) or f"#{fragment or ''}",
        attachment=attachment_url,
        moment=moment,
        labels=content_names(),
    )
    return article_page(session(), viewer(), now(), revision, structure(), _languages(), addresses, _outside)


def _address(card: Card, fragment: str | None = None) -> str:
    """Where this person reads an article; empty where no portal shows it to them."""
    for site in structure().portals.values():
        if site.entry_audience not in viewer().audiences or card.language not in site.languages:
            continue
        if any(queries.article_by_key(session(), site.seen_by(viewer()), now(), card.key)):
            return url_for(
                "articles.article",
                portal=site.key,
                language=card.language,
                slug=card.slug,
                _anchor=fragment or None,
            )
    return ""


def _outside(keys: set[str]) -> Mapping[str, external.Reading]:
    return external.readings(services().database, services().config, keys, now())
