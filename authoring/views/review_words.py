"""Words for reviews: whom a step asks, how a review stands, what a decision was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from authoring.models import Review
from authoring.workflow import Step
from kb.models import Role
from kb.templating import ROLE_NAMES

OUTCOMES = {
    "open": _l("Open"),
    "approved": _l("Approved"),
    "returned": _l("Returned"),
    "recalled": _l("Taken back"),
    "overtaken": _l("Overtaken"),
}
VERDICTS = {
    "approve": _l("approved"),
    "return": _l("returned it"),
    "publish_urgently": _l("published it past the reviewers"),
}
BANDS = {
    "very_easy": _l("very easy"),
    "easy": _l("easy"),
    "medium": _l("medium"),
    "hard": _l("hard"),
    "very_hard": _l("very hard"),
}


def asked(step: Step, people: Mapping[int, str], groups: Mapping[str, str]) -> str:
    """Whom a step asks."""
    if step.role:
        return str(ROLE_NAMES[Role(step.role)])
    if step.group:
        return groups.get(step.group, step.group)
    return ", ".join(people.get(one, _("somebody who is gone")) for one in step.people)


def workflow_name(review: Review) -> str:
    """The name of the workflow that it began with; the built-in one has none."""
    return review.workflow or str(_("One reviewer"))


def time_left(gap: timedelta) -> str:
    """A length of time in the reader's words, whole hours or days."""
    return str(format_timedelta(abs(gap), granularity="hour", threshold=1.2))
