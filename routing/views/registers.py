"""Customer registers: which systems are asked who a customer is, with a place to try each."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, PasswordField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired, Length

from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, services, session, viewer
from kb.http import told
from kb.models import Role
from kb.views.admin.blueprint import Answer, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import AdminForm
from kb.views.staff import for_staff
from routing import looking_up
from routing import registers as verbs
from routing.arrivals import LONGEST_ADDRESS
from routing.looking_up import Tried
from routing.register_models import CustomerRegister

CODE = {"class": "code", "autocomplete": "off"}
NUMBER = {"inputmode": "numeric"}

blueprint = for_staff(Blueprint("registers", __name__, url_prefix="/routing/registers"))


class RegisterForm(AdminForm):
    """Whom to ask, and how to read the answer."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=verbs.LONGEST_NAME)])
    url = URLField(
        _l("Address"),
        [InputRequired(), Length(max=verbs.LONGEST_URL)],
        description=_l(
            "With {address} where the caller’s number or mail address goes, or {key} for the key."
        ),
        render_kw={"class": "code", "placeholder": "https://crm.example/customers?phone={address}"},
    )
    header = StringField(
        _l("Header"),
        [Length(max=64)],
        description=_l("It goes with each question, as Authorization; nothing where none is needed."),
        render_kw=CODE,
    )
    secret = PasswordField(
        _l("Value of the header"),
        [Length(max=verbs.LONGEST_SECRET)],
        description=_l("It is never shown again. Leave it empty to keep the one that is there."),
        render_kw={"autocomplete": "new-password"},
    )
    key = StringField(
        _l("Key"),
        [InputRequired(), Length(max=verbs.LONGEST_PATH)],
        description=_l("Where it stands in the JSON, with dots between names and list positions: data.0.id"),
        render_kw=CODE,
    )
    called = StringField(_l("Customer’s name"), [Length(max=verbs.LONGEST_PATH)], render_kw=CODE)
    language = StringField(_l("Language"), [Length(max=verbs.LONGEST_PATH)], render_kw=CODE)
    addresses = StringField(
        _l("Numbers and mail addresses"), [Length(max=verbs.LONGEST_PATH)], render_kw=CODE
    )
    facts = TextAreaField(
        _l("Facts"),
        [Length(max=20_000)],
        description=_l("A line for each: the attribute, “=”, and where it stands, as plan = contract.plan"),
        render_kw={"rows": 6, "class": "code"},
    )
    budget_ms = IntegerField(
        _l("A contact waits for it (milliseconds)"), [InputRequired()], default=300, render_kw=NUMBER
    )
    ttl_s = IntegerField(
        _l("The same is not asked again within (seconds)"),
        [InputRequired()],
        default=600,
        render_kw=NUMBER,
    )
    is_active = BooleanField(_l("Ask this register when a contact comes"), default=True)


PATHS = {"key": "key", "name": "called", "language": "language", "addresses": "addresses"}
"""What an answer says -> the field that says where; the register has a name of its own."""


@blueprint.get("/")
@needs(Role.ADMIN)
def registers() -> str:
    """All registers."""
    return render_template("routing/registers.html", registers=verbs.listed(session()), hosts=_hosts())


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def register_new() -> Answer:
    """A new register."""
    return _form_page(None)


@blueprint.route("/<int:register_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def register(register_id: int) -> Answer:
    """One register, and a place to try it."""
    return _form_page(row(CustomerRegister, register_id))


def _form_page(found: CustomerRegister | None) -> Answer:
    form = RegisterForm(data=_stored(found) if found else {})
    if form.submitted():
        with form.problems():
            saved = verbs.save(
                session(),
                services().config,
                found,
                name=form.name.data,
                url=form.url.data,
                header=form.header.data or "",
                secret=form.secret.data or "",
                paths={what: form[field].data or "" for what, field in PATHS.items()},
                facts=verbs.facts_of(form.facts.data or ""),
                budget_ms=form.budget_ms.data,
                ttl_s=form.ttl_s.data,
                is_active=form.is_active.data,
                by=viewer(),
                now=now(),
                seen=form.version.data,
            )
            flash(_("The register %(name)s is saved.", name=saved.name), "ok")
            return redirect(url_for("registers.register", register_id=saved.id), 303)
        form.renew(found)
    return _shown(found, form), form.status


def _shown(
    found: CustomerRegister | None, form: RegisterForm, asked: str = "", tried: Tried | None = None
) -> str:
    return render_template(
        "routing/register.html",
        form=form,
        register=found,
        hosts=_hosts(),
        asked=asked,
        tried=tried,
        problem=told(tried.problem) if tried and tried.problem else "",
        most_asked=LONGEST_ADDRESS,
    )


def _stored(found: CustomerRegister) -> dict[str, object]:
    named = ("name", "url", "header", "budget_ms", "ttl_s", "is_active")
    paths = {field: found.paths.get(what, "") for what, field in PATHS.items()}
    stored = {name: getattr(found, name) for name in named} | paths
    return stored | {"facts": verbs.facts_text(found.facts), "version": version_of(found)}


def _hosts() -> list[str]:
    return sorted(services().config.external_hosts)


@blueprint.post("/<int:register_id>/test")
@needs(Role.ADMIN)
def register_test(register_id: int) -> str:
    """Ask it now and show whom it knows, or why it says nothing."""
    found = row(CustomerRegister, register_id)
    asked = request.form.get("asked", "").strip()[:LONGEST_ADDRESS]
    form = RegisterForm(formdata=None, data=_stored(found))
    register = looking_up.register_of(found)
    session().commit()  # a slow system must not hold the database
    return _shown(found, form, asked, looking_up.of_this_process().test(register, asked, asked))


@blueprint.route("/<int:register_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def register_delete(register_id: int) -> Answer:
    """Ask, then delete."""
    found = row(CustomerRegister, register_id)
    return deletion(
        found.name,
        lambda: verbs.remove(session(), found, by=viewer()),
        back=url_for("registers.register", register_id=found.id),
        after=url_for("registers.registers"),
        loss=_("It is not asked any more; what it said of customers stays."),
    )
