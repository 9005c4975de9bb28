"""The widget of a portal, for administrators: on whose pages it stands, what comes first there, and the tag to copy."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length

from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, structure, viewer
from kb.languages import named
from kb.models import Portal, Role
from kb.views.admin.blueprint import Answer, reading_order, row
from kb.views.admin.forms import AdminForm
from kb.views.staff import for_staff
from widgets.embed import rules, settings
from widgets.embed.models import HelpWidget

LONGEST = 20_000

blueprint = for_staff(Blueprint("embed_desk", __name__, url_prefix="/admin/portals/<int:portal_id>/widget"))


class WidgetForm(AdminForm):
    """Where the widget stands, and what it shows first."""

    origins = TextAreaField(
        _l("Sites that may show it"),
        [Length(max=LONGEST)],
        description=_l(
            "The start of their addresses, a line for each, as https://shop.example. No others can."
        ),
        render_kw={"rows": 4, "class": "code", "spellcheck": "false"},
    )
    rules = TextAreaField(
        _l("What comes first on which page"),
        [Length(max=LONGEST)],
        description=_l(
            "A line for each: the path of the page, “=”, and the key of a topic or an article, as "
            "/invoices/* = invoices. After that comes what is read most."
        ),
        render_kw={"rows": 6, "class": "code", "spellcheck": "false"},
    )


@blueprint.route("", methods=["GET", "POST"])
@needs(Role.ADMIN)
def widget(portal_id: int) -> Answer:
    """Arrange it."""
    portal = row(Portal, portal_id)
    held = settings.of(session(), portal.key)
    form = WidgetForm(data=_stored(held) if held else {})
    if form.submitted():
        with form.problems():
            settings.save(
                session(),
                portal,
                origins=(form.origins.data or "").split(),
                rules=rules.rules_of(form.rules.data or ""),
                topics=structure().topics.keys(),
                by=viewer(),
                now=now(),
                seen=form.version.data or None,
            )
            flash(_("The widget is saved."), "ok")
            return redirect(url_for("embed_desk.widget", portal_id=portal.id), 303)
        form.renew(held)
    page = render_template(
        "widgets/embed.html",
        form=form,
        portal_row=portal,
        name=named(portal.names, reading_order(), portal.key),
        is_open=portal.entry_audience == "public",
        script=url_for("embed_loader.script", _external=True),
    )
    return page, form.status


def _stored(held: HelpWidget) -> dict[str, str]:
    return {
        "origins": "\n".join(held.origins),
        "rules": rules.rules_text(held.rules),
        "version": version_of(held),
    }
