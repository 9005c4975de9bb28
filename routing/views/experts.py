"""Asking somebody who is no user: what they are to see is looked through first, and a link by mail opens one form."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from cbr import queries as cases
from cbr.case_types import schema_of
from kb.access import needs, public
from kb.context import now, services, session, viewer
from kb.languages import INTERFACE_LANGUAGES, interface_language, named, native_name
from kb.limits import FEEDBACK, limiter
from kb.views.admin.blueprint import Answer, reading_order, row
from kb.views.admin.forms import AdminForm, MultiCheckboxField
from routing import contact_queries
from routing.chain import experts
from routing.chain.carrying import carried
from routing.chain.models import ExpertRequest
from routing.models import Contact
from routing.permissions import TAKE
from routing.views.blueprint import blueprint

open_blueprint = Blueprint("experts", __name__, url_prefix=experts.PATH.rstrip("/"))


class AskForm(AdminForm):
    """Whom to ask what."""

    recipient = EmailField(_l("E-mail"), [Length(max=254)], render_kw={"autocomplete": "off"})
    language = SelectField(
        _l("Language"), choices=[SelectChoice(code, native_name(code)) for code in INTERFACE_LANGUAGES]
    )
    words = TextAreaField(
        _l("Your question"), [Length(max=experts.LONGEST_TEXT)], render_kw={"rows": 3, "dir": "auto"}
    )
    parts = MultiCheckboxField(
        _l("What goes along"),
        choices=[
            SelectChoice("question", _l("What the customer asked")),
            SelectChoice("facts", _l("What is known")),
            SelectChoice("path", _l("Guided help")),
            SelectChoice("tried", _l("What was tried")),
        ],
        default=["question"],
    )
    text = TextAreaField(
        _l("All that they will see"),
        [Length(max=experts.LONGEST_TEXT)],
        description=_l("Look it through: take out what tells who the customer is."),
        render_kw={"rows": 12, "dir": "auto"},
    )


class AnswerForm(AdminForm):
    """What somebody outside answers."""

    answer = TextAreaField(
        _l("Your answer"),
        [InputRequired(), Length(max=experts.LONGEST_ANSWER)],
        render_kw={"rows": 10, "dir": "auto"},
    )
    name = StringField(
        _l("Your name"), [Length(max=experts.LONGEST_NAME)], render_kw={"autocomplete": "name"}
    )


@blueprint.route("/contacts/<int:contact_id>/expert", methods=["GET", "POST"])
@needs(*TAKE)
def expert(contact_id: int) -> Answer:
    """Ask somebody outside about a contact, and see what they answered."""
    contact = contact_queries.one(session(), viewer(), contact_id)
    form = AskForm(language=interface_language(next(iter(viewer().languages), "en")))
    if form.submitted():
        if request.form.get("verb") == "send":
            with form.problems():
                _send(contact, form)
                return redirect(url_for("routing_desk.expert", contact_id=contact.id), 303)
        else:
            told = carried(session(), contact, viewer(), now())
            form.text.data = experts.composed(told, form.parts.data or [], form.words.data or "")
    languages = reading_order()
    types = [
        (one.key, named(schema_of(one).names, languages, one.key))
        for one in cases.case_types(session(), viewer())
    ]
    page = render_template(
        "routing/expert.html",
        form=form,
        contact=contact,
        requests=experts.of(session(), contact),
        types=types,
        missing=services().config.missing_for_mail,
        now=now(),
    )
    return page, form.status


@blueprint.post("/expert-requests/<int:request_id>/case")
@needs(*TAKE)
def expert_case(request_id: int) -> Response:
    """Make a case of the answer, to be confirmed by somebody else."""
    found = row(ExpertRequest, request_id)
    case_type = cases.case_type(session(), viewer(), request.form.get("type", ""))
    experts.keep(session(), found, case_type, by=viewer(), now=now())
    flash(_("It is a case now, and waits for somebody else to confirm it."), "ok")
    return redirect(url_for("routing_desk.expert", contact_id=found.contact_id), 303)


@open_blueprint.before_request
def _keep_private() -> None:
    """Nothing of these pages stays in a cache."""
    g.private = True


@open_blueprint.route("/<token>", methods=["GET", "POST"])
@public
@limiter.limit(FEEDBACK)
def answer(token: str) -> Answer:
    """The one form behind the link of a mail."""
    secret = services().config.secret_key
    found = experts.opened(session(), secret, token, now())
    g.language = found.language
    form = AnswerForm()
    if form.submitted():
        with form.problems():
            experts.answer(session(), secret, token, form.name.data or "", form.answer.data or "", now=now())
            return render_template("routing/expert_answer.html", form=None, text="")
    return render_template("routing/expert_answer.html", form=form, text=found.text), form.status


def _send(contact: Contact, form: AskForm) -> None:
    experts.ask(
        session(),
        services().config,
        contact,
        form.recipient.data or "",
        form.text.data or "",
        language=form.language.data or "en",
        by=viewer(),
        now=now(),
    )
    flash(_("The question is on its way to %(address)s.", address=form.recipient.data), "ok")
