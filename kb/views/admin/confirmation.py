"""Asking before something is done that cannot be undone: one page for all of it."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template
from flask_babel import gettext as _

from kb.context import session
from kb.views.admin.blueprint import Answer
from kb.views.admin.forms import AdminForm, ConfirmationForm


def confirmation(
    question: str,
    do: Callable[[], object],
    *,
    loss: str,
    button: str,
    done: str,
    back: str,
    after: str,
    form: AdminForm | None = None,
) -> Answer:
    """Say what would be lost, and do it when the person says so.

    Args:
        do: the verb; what it refuses is shown on the page, and nothing of it is done.
        loss: a sentence that says what goes and what stays.
        done: what to say afterwards.
        back: address to return to without doing it.
        after: address to go on from once it is done.
        form: when there is something to choose or to say.
    """
    form = form or ConfirmationForm()
    if form.submitted():
        with form.problems(), session().begin_nested():
            do()
            flash(done, "ok")
            return redirect(after, 303)
    page = render_template(
        "kb/admin_confirm.html", question=question, loss=loss, button=button, back=back, form=form
    )
    return page, form.status


def deletion(
    name: str, delete: Callable[[], None], *, loss: str, back: str, after: str, form: AdminForm | None = None
) -> Answer:
    """Ask before deleting the thing of this name; the arguments are those of `confirmation`."""
    return confirmation(
        _("Delete %(name)s?", name=name),
        delete,
        loss=loss,
        button=_("Delete"),
        done=_("%(name)s is deleted.", name=name),
        back=back,
        after=after,
        form=form,
    )
