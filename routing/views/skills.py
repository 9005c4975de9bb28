"""Skills: what contacts can require."""

from __future__ import annotations

from collections import Counter

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, viewer
from kb.languages import named
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import AdminForm, per_language, short, spread
from routing import people
from routing import skills as verbs
from routing.models import Skill
from routing.queues import LONGEST_NAME
from routing.views.blueprint import DIRECTORS, arranging, blueprint


class SkillForm(AdminForm):
    """Something that somebody can do."""

    key = StringField(
        _l("Key"),
        [InputRequired(), Length(max=63)],
        description=_l("Agents and ways in refer to it; it cannot be changed later."),
        render_kw={"class": "code", "autocomplete": "off", "spellcheck": "false"},
    )


@blueprint.get("/skills/")
@needs(*DIRECTORS)
def skills() -> str:
    """All of them, with how many have each."""
    having = Counter(key for agent in people.every(session()) if agent.is_active for key in agent.skills)
    return render_template(
        "routing/skills.html", skills=verbs.every(session()), having=having, languages=reading_order()
    )


@blueprint.route("/skills/new", methods=["GET", "POST"])
@needs(*DIRECTORS)
def skill_new() -> Answer:
    """Another one."""
    return _edited(None)


@blueprint.route("/skills/<int:skill_id>", methods=["GET", "POST"])
@needs(*DIRECTORS)
def skill(skill_id: int) -> Answer:
    """One skill."""
    return _edited(row(Skill, skill_id))


@blueprint.route("/skills/<int:skill_id>/delete", methods=["GET", "POST"])
@needs(*DIRECTORS)
def skill_delete(skill_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Skill, skill_id)

    def delete() -> None:
        with arranging():
            verbs.delete(session(), found, by=viewer())

    return deletion(
        named(found.names, reading_order(), found.key),
        delete,
        loss=_("It is taken from everybody who has it."),
        back=url_for("routing_desk.skill", skill_id=found.id),
        after=url_for("routing_desk.skills"),
    )


def skill_names() -> dict[str, str]:
    """Key -> name of all skills."""
    languages = reading_order()
    return {skill.key: named(skill.names, languages, skill.key) for skill in verbs.every(session())}


def _edited(found: Skill | None) -> Answer:
    made = per_language(SkillForm, languages_in_use(), names=short(LONGEST_NAME))
    form = made(data=spread("names", found.names) | {"version": version_of(found)} if found else {})
    if found:
        form.keep_key()
    if form.submitted():
        with form.problems(), arranging():
            seen = form.version.data if found else None
            saved = verbs.save(
                session(), found, form.texts("names"), key=form.new_key, by=viewer(), seen=seen
            )
            flash(_("%(name)s is saved.", name=named(saved.names, reading_order(), saved.key)), "ok")
        if form.status == 200:
            return redirect(url_for("routing_desk.skills"), 303)
        form.renew(found)
    page = render_template("routing/skill.html", form=form, skill=found, languages=reading_order())
    return page, form.status
