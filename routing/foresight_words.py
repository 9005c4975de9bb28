"""What is foreseen of a contact, in sentences that say why."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from routing.foresight import Foresight


def reasons(told: Foresight, queues: Mapping[str, str]) -> list[str]:
    """Why it is foreseen so, in the language of whoever asks; the strongest first.

    Args:
        queues: key -> name.
    """
    said = []
    if told.rule == "standard":
        said.append(_("A standard is known for it."))
    if told.escalated:
        said.append(
            ngettext(
                "Of %(num)s case like it, %(share)s %% went up the chain.",
                "Of %(num)s cases like it, %(share)s %% went up the chain.",
                told.told,
                share=round(100 * told.escalated),
            )
        )
    if told.queue:
        said.append(
            _(
                "%(share)s %% of it was solved in the queue %(queue)s.",
                share=round(100 * told.shares["queue"]),
                queue=queues.get(told.queue, told.queue),
            )
        )
    return said
