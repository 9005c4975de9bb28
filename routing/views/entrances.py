"""Ways in: which number, address or form leads to which queue."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, structure, viewer
from kb.languages import named, native_name
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import AdminForm, MultiCheckboxField
from routing import entrances as verbs
from routing import queues
from routing.arrivals import HIGHEST_PRIORITY, LONGEST_ADDRESS
from routing.entrances import LONGEST_CHOICE, WayIn
from routing.models import Entrance
from routing.views.blueprint import DIRECTORS, arranging, blueprint
from routing.views.floor_words import CHANNELS
from routing.views.queues import queue_names
from routing.views.skills import skill_names


class EntranceForm(AdminForm):
    """Where contacts come in."""

    channel = SelectField(_l("Channel"))
    address = StringField(
        _l("Number or address"),
        [InputRequired(), Length(max=LONGEST_ADDRESS)],
        description=_l("What they call or write to, as the telephone system or the mailbox calls it."),
        render_kw={"autocomplete": "off"},
    )
    choice = StringField(
        _l("Choice"),
        [Optional(), Length(max=LONGEST_CHOICE)],
        description=_l("The digit of the menu. Empty: all for whom no other choice is kept."),
        render_kw={"autocomplete": "off", "class": "code"},
    )
    queue = SelectField(_l("Leads to"))
    language = SelectField(_l("Language"))
    priority = IntegerField(
        _l("Priority"),
        [InputRequired(), NumberRange(0, HIGHEST_PRIORITY)],
        default=0,
        description=_l("0 is usual. Each step counts as two minutes of waiting more."),
        render_kw={"min": 0, "max": HIGHEST_PRIORITY},
    )
    skills = MultiCheckboxField(_l("Skills that it asks for"))
    portal = SelectField(_l("Portal"), description=_l("Whose articles they are sent."))


@blueprint.get("/ways-in/")
@needs(*DIRECTORS)
def entrances() -> str:
    """All of them; the choices of one number stand together."""
    found = groupby(verbs.every(session()), key=lambda one: (one.channel, one.address))
    return render_template(
        "routing/entrances.html",
        groups=[(channel, address, list(some)) for (channel, address), some in found],
        queues={queue.id: queue for queue in queues.every(session())},
        skills=skill_names(),
        channels=CHANNELS,
        languages=reading_order(),
    )


@blueprint.route("/ways-in/new", methods=["GET", "POST"])
@needs(*DIRECTORS)
def entrance_new() -> Answer:
    """Another one."""
    return _edited(None)


@blueprint.route("/ways-in/<int:entrance_id>", methods=["GET", "POST"])
@needs(*DIRECTORS)
def entrance(entrance_id: int) -> Answer:
    """One way in."""
    return _edited(row(Entrance, entrance_id))


@blueprint.route("/ways-in/<int:entrance_id>/delete", methods=["GET", "POST"])
@needs(*DIRECTORS)
def entrance_delete(entrance_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Entrance, entrance_id)
    return deletion(
        f"{found.address} {found.choice}".strip(),
        lambda: verbs.delete(session(), found, by=viewer()),
        loss=_("Contacts that came by it stay where they are. New ones go where its number leads otherwise."),
        back=url_for("routing_desk.entrance", entrance_id=found.id),
        after=url_for("routing_desk.entrances"),
    )


def _edited(found: Entrance | None) -> Answer:
    form = _form(found)
    if form.submitted():
        with form.problems(), arranging():
            way = WayIn(
                channel=form.channel.data,
                address=form.address.data or "",
                queue=form.queue.data,
                choice=form.choice.data or "",
                language=form.language.data,
                priority=form.priority.data,
                skills=form.skills.data,
                portal=form.portal.data,
            )
            verbs.save(session(), found, way, by=viewer(), seen=form.version.data if found else None)
            flash(_("%(name)s is saved.", name=f"{way.address} {way.choice}".strip()), "ok")
        if form.status == 200:
            return redirect(url_for("routing_desk.entrances"), 303)
        form.renew(found)
    return render_template("routing/entrance.html", form=form, entrance=found), form.status


def _form(found: Entrance | None) -> EntranceForm:
    data: dict[str, Any] = {}
    if found:
        keys = {queue.id: queue.key for queue in queues.every(session())}
        names = ("channel", "address", "choice", "language", "priority", "skills", "portal")
        data = {name: getattr(found, name) for name in names}
        data |= {"queue": keys[found.queue_id], "version": version_of(found)}
    form = EntranceForm(data=data)
    form.channel.choices = list(CHANNELS.items())
    form.queue.choices = list(queue_names().items())
    form.language.choices = [
        ("", _("(not known)")),
        *((code, native_name(code)) for code in languages_in_use()),
    ]
    form.skills.choices = list(skill_names().items())
    sites = structure().portals.values()
    form.portal.choices = [
        ("", _("(none)")),
        *((s.key, named(s.names, reading_order(), s.key)) for s in sites),
    ]
    return form
