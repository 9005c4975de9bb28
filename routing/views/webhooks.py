"""Webhooks: which systems are told what happens on the floor, and how that goes."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, StringField, URLField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, services, session, viewer
from kb.models import Role
from kb.views.admin.blueprint import Answer, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import AdminForm, MultiCheckboxField
from kb.views.staff import for_staff
from routing import webhooks as verbs
from routing.events import Happening
from routing.webhook_models import Webhook, WebhookDelivery

MOST_SHOWN = 50

blueprint = for_staff(Blueprint("webhooks", __name__, url_prefix="/routing/webhooks"))


class WebhookForm(AdminForm):
    """Whom to tell what."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=verbs.LONGEST_NAME)])
    url = URLField(
        _l("Address"),
        [InputRequired(), Length(max=verbs.LONGEST_URL)],
        description=_l("What happens is sent there by POST. Its host must be on the operator's list."),
        render_kw={"class": "code"},
    )
    kinds = MultiCheckboxField(
        _l("Events"),
        choices=[SelectChoice(kind.value) for kind in Happening],
        description=_l("Choose none to send all of them."),
    )
    proposes = BooleanField(
        _l("Ask it where a contact should go"),
        description=_l(
            "When a contact comes, it may propose a queue, a level, skills and a priority, as the API says."
        ),
    )
    budget_ms = IntegerField(
        _l("Wait for its answer, in milliseconds"),
        [InputRequired()],
        default=300,
        render_kw={"inputmode": "numeric"},
    )
    is_active = BooleanField(_l("Tell this system what happens from now on"), default=True)


@blueprint.get("/")
@needs(Role.ADMIN)
def webhooks() -> str:
    """All webhooks, and how they are doing."""
    return render_template("routing/webhooks.html", webhooks=verbs.listed(session()), hosts=_hosts())


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def webhook_new() -> Answer:
    """A new webhook."""
    return _form_page(None)


@blueprint.route("/<int:webhook_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def webhook(webhook_id: int) -> Answer:
    """One webhook, its secret, and what was sent last."""
    return _form_page(row(Webhook, webhook_id))


def _form_page(found: Webhook | None) -> Answer:
    form = WebhookForm(data=_stored(found) if found else {})
    if form.submitted():
        with form.problems():
            saved = verbs.save(
                session(),
                services().config,
                found,
                name=form.name.data,
                url=form.url.data,
                kinds=form.kinds.data,
                is_active=form.is_active.data,
                proposes=form.proposes.data,
                budget_ms=form.budget_ms.data,
                by=viewer(),
                seen=form.version.data,
            )
            flash(_("The webhook %(name)s is saved.", name=saved.name), "ok")
            return redirect(url_for("webhooks.webhook", webhook_id=saved.id), 303)
        form.renew(found)
    return render_template(
        "routing/webhook.html",
        form=form,
        webhook=found,
        deliveries=verbs.deliveries(session(), found, MOST_SHOWN) if found else [],
        hosts=_hosts(),
    ), form.status


def _stored(found: Webhook) -> dict[str, object]:
    named = ("name", "url", "kinds", "is_active", "proposes", "budget_ms")
    return {name: getattr(found, name) for name in named} | {"version": version_of(found)}


def _hosts() -> list[str]:
    return sorted(services().config.external_hosts)


@blueprint.post("/<int:webhook_id>/secret")
@needs(Role.ADMIN)
def webhook_secret(webhook_id: int) -> Response:
    """Another secret, from the next delivery on."""
    verbs.renew_secret(session(), row(Webhook, webhook_id), by=viewer())
    flash(_("What is sent from now on is signed with the new secret."), "ok")
    return redirect(url_for("webhooks.webhook", webhook_id=webhook_id), 303)


@blueprint.post("/deliveries/<int:delivery_id>/again")
@needs(Role.ADMIN)
def delivery_again(delivery_id: int) -> Response:
    """Send it once more."""
    found = row(WebhookDelivery, delivery_id)
    verbs.send_again(session(), found, by=viewer(), now=now())
    flash(_("It is sent again."), "ok")
    return redirect(url_for("webhooks.webhook", webhook_id=found.webhook_id), 303)


@blueprint.route("/<int:webhook_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def webhook_delete(webhook_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Webhook, webhook_id)
    return deletion(
        found.name,
        lambda: verbs.remove(session(), found, by=viewer()),
        back=url_for("webhooks.webhook", webhook_id=found.id),
        after=url_for("webhooks.webhooks"),
        loss=_("This system is told nothing any more, not even what is on its way."),
    )
