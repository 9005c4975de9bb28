"""Dynamic folders: saved queries beside the topic tree."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from kb import admin_queries
from kb import folders as verbs
from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, structure, viewer
from kb.languages import named
from kb.models import Folder, Role
from kb.portals import LONGEST_NAME
from kb.structure import PortalSite
from kb.views.admin.blueprint import Answer, blueprint, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import FolderForm, per_language, short, spread


@blueprint.get("/folders/")
@needs(Role.ADMIN)
def folders() -> str:
    """All folders in their order."""
    return render_template(
        "kb/admin_folders.html",
        folders=admin_queries.folders(session()),
        languages=reading_order(),
        audiences=structure().audiences,
    )


@blueprint.route("/folders/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def folder_new() -> Answer:
    """A new folder."""
    return _form_page(None)


@blueprint.route("/folders/<int:folder_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def folder(folder_id: int) -> Answer:
    """One folder, with the pages on which readers see what it finds."""
    return _form_page(row(Folder, folder_id))


def _form_page(found: Folder | None) -> Answer:
    form = _form(found)
    if form.submitted():
        with form.problems():
            saved = verbs.save(
                session(),
                found,
                key=form.new_key,
                names=form.texts("names"),
                query=form.query.data,
                audience=form.audience.data,
                position=form.position.data,
                by=viewer(),
                seen=form.version.data,
            )
            flash(_("%(name)s is saved.", name=named(saved.names, reading_order(), saved.key)), "ok")
            return redirect(url_for("admin.folder", folder_id=saved.id), 303)
        form.renew(found)
    return render_template(
        "kb/admin_folder.html", form=form, folder=found, languages=reading_order(), pages=_pages(found)
    ), form.status


def _form(found: Folder | None) -> FolderForm:
    made = per_language(FolderForm, languages_in_use(), names=short(LONGEST_NAME))
    form = made(data=_stored(found) if found else {})
    if found:
        form.keep_key()
    form.audience.choices = [
        (key, named(names, reading_order(), key)) for key, names in structure().audiences.items()
    ]
    return form


def _stored(found: Folder) -> dict[str, object]:
    return {
        "query": found.query,
        "audience": found.audience,
        "position": found.position,
        "version": version_of(found),
    } | spread("names", found.names)


def _pages(found: Folder | None) -> list[PortalSite]:
    """The portals that show the folder."""
    sites = structure().portals.values()
    return [
        site for site in sites if found and "folders" in site.features and found.audience in site.audiences
    ]


@blueprint.route("/folders/<int:folder_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def folder_delete(folder_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Folder, folder_id)
    return deletion(
        named(found.names, reading_order(), found.key),
        lambda: verbs.delete(session(), found, by=viewer()),
        back=url_for("admin.folder", folder_id=found.id),
        after=url_for("admin.folders"),
        loss=_("The articles that it finds stay."),
    )
