"""Portals: what each site shows, to whom, and how it looks."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from kb import admin_queries
from kb import portals as verbs
from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, structure, viewer
from kb.languages import INTERFACE_LANGUAGES, named, native_name
from kb.models import Portal, Role
from kb.portals import FEATURES, LONGEST_NAME, LONGEST_TAGLINE, PortalSettings
from kb.templating import attachment_url
from kb.theme import FONTS, contrast
from kb.views.admin.blueprint import Answer, blueprint, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import TOKEN_FIELDS, PortalForm, per_language, short, spread
from kb.views.admin.topics import in_order
from kb.views.admin.words import FEATURES as FEATURE_WORDS
from kb.views.admin.words import FONTS as FONT_WORDS


@blueprint.get("/portals/")
@needs(Role.ADMIN)
def portals() -> str:
    """All portals in their order."""
    return render_template(
        "kb/admin_portals.html",
        portals=admin_queries.portals(session()),
        languages=reading_order(),
        audiences=structure().audiences,
    )


@blueprint.route("/portals/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def portal_new() -> Answer:
    """A new portal."""
    return _form_page(None)


@blueprint.route("/portals/<int:portal_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def portal(portal_id: int) -> Answer:
    """One portal."""
    return _form_page(row(Portal, portal_id))


def _form_page(found: Portal | None) -> Answer:
    form = _form(found)
    if form.submitted():
        with form.problems():
            saved = verbs.save(session(), found, _settings(form, found), by=viewer(), seen=form.version.data)
            flash(_("%(name)s is saved.", name=named(saved.names, reading_order(), saved.key)), "ok")
            return redirect(url_for("admin.portal", portal_id=saved.id), 303)
        form.renew(found)
    return render_template(
        "kb/admin_portal.html",
        form=form,
        portal_row=found,
        languages=reading_order(),
        tokens=tuple(TOKEN_FIELDS),
        contrast=_contrast(found),
    ), form.status


def _form(found: Portal | None) -> PortalForm:
    codes = tuple(dict.fromkeys([*languages_in_use(), *(found.languages if found else [])]))
    made = per_language(PortalForm, codes, names=short(LONGEST_NAME), taglines=short(LONGEST_TAGLINE))
    form = made(data=_stored(found) if found else {"languages": INTERFACE_LANGUAGES, "features": FEATURES})
    if found:
        form.keep_key()
    audiences = [(key, named(names, reading_order(), key)) for key, names in structure().audiences.items()]
    form.languages.choices = form.default_language.choices = [(code, native_name(code)) for code in codes]
    form.audiences.choices = form.entry_audience.choices = audiences
    form.topics.choices = [
        (node.key, " › ".join(step.name(reading_order()) for step in node.path))
        for node in in_order(structure().roots)
    ]
    form.features.choices = [(name, ": ".join(map(str, FEATURE_WORDS[name]))) for name in FEATURES]
    form.logo.choices = _logos()
    for token in ("font-body", "font-heading"):
        form[token].choices = [(font, FONT_WORDS[font]) for font in ("", *FONTS)]
    return form


def _logos() -> list[tuple[str, str]]:
    images = ((attachment_url(image), image.filename) for image in admin_queries.logo_images(session()))
    return [("", _("Kalauz's own")), *images]


def _stored(found: Portal) -> dict[str, Any]:
    is_image = found.logo in {address for address, _name in _logos()}
    plain = (
        "languages",
        "default_language",
        "position",
        "audiences",
        "entry_audience",
        "topics",
        "features",
        "hides_stale",
    )
    return {
        **{name: getattr(found, name) for name in plain},
        **spread("names", found.names),
        **spread("taglines", found.taglines),
        **found.tokens,
        "logo" if is_image else "logo_path": found.logo,
        "version": version_of(found),
    }


def _settings(form: PortalForm, found: Portal | None) -> PortalSettings:
    """What was typed, the languages in the order that they have had."""
    chosen = [*form.languages.data, *(form.more_languages.data or "").replace(",", " ").split()]
    kept = [code for code in (found.languages if found else []) if code in chosen]
    return PortalSettings(
        key=form.new_key,
        names=form.texts("names"),
        taglines=form.texts("taglines"),
        languages=tuple(dict.fromkeys([*kept, *chosen])),
        default_language=form.default_language.data,
        position=form.position.data,
        audiences=tuple(form.audiences.data),
        entry_audience=form.entry_audience.data,
        topics=tuple(form.topics.data),
        features=tuple(form.features.data),
        hides_stale=form.hides_stale.data,
        tokens=form.tokens(),
        logo=form.logo_path.data or form.logo.data or "",
    )


def _contrast(found: Portal | None) -> float | None:
    """Of the better of black and white, or of the chosen ink, on the stored brand colour."""
    brand = found.tokens.get("brand") if found else None
    if found is None or brand is None:
        return None
    inks = [found.tokens["brand-ink"]] if "brand-ink" in found.tokens else ["#000000", "#ffffff"]
    return max(contrast(brand, ink) for ink in inks)


@blueprint.route("/portals/<int:portal_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def portal_delete(portal_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Portal, portal_id)
    return deletion(
        named(found.names, reading_order(), found.key),
        lambda: verbs.delete(session(), found, by=viewer()),
        back=url_for("admin.portal", portal_id=found.id),
        after=url_for("admin.portals"),
        loss=_("Its pages stop answering at once, and links to it lead nowhere. The articles stay."),
    )
