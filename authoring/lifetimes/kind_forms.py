"""The form of what holds for a kind of article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField
from wtforms.validators import NumberRange, Optional

from authoring.lifetimes.kinds import LONGEST_POINT, MOST_DAYS, MOST_POINTS, Point, Rule
from kb.views.admin.forms import AdminForm, passage, per_language, short, spread

SPARE_POINTS = 2

_DAYS = {"min": 1, "max": MOST_DAYS, "inputmode": "numeric"}


class KindForm(AdminForm):
    """How long a kind lasts, what a new one begins with, what a reviewer looks at.

    Each point of the checklist has a field for its key, called like key3, and its names, called like point3_en.
    """

    lifetime_days = IntegerField(
        _l("Expires after (days)"),
        [Optional(), NumberRange(1, MOST_DAYS)],
        description=_l("Proposed to authors when they publish. Empty: it does not expire."),
        render_kw=_DAYS,
    )
    review_days = IntegerField(
        _l("Looked at again after (days)"),
        [Optional(), NumberRange(1, MOST_DAYS)],
        description=_l("It goes on showing; its owner is reminded. Empty: never."),
        render_kw=_DAYS,
    )

    def rule(self) -> Rule:
        """What was filled in."""
        points = [Point(self[key].data or "", self.texts(family)) for key, family in self.points()]
        return Rule(self.lifetime_days.data, self.review_days.data, self.texts("templates"), points)

    def points(self) -> list[tuple[str, str]]:
        """The points of the checklist: (name of the key's field, family of the names' fields)."""
        numbers = [
            name.removeprefix("key") for name in self._fields if name.startswith("key") and name != "key"
        ]
        return [(f"key{number}", f"point{number}") for number in numbers]


def kind_form(languages: Iterable[str], rule: Rule, sent: Iterable[str], version: str) -> KindForm:
    """The form as it is shown first, with some empty points at its end; and as it comes back.

    Args:
        sent: the names of the fields that were sent; as many points are read as they have.
    """
    codes = list(languages)
    wanted = max(len(rule.checklist) + SPARE_POINTS, sum(name.startswith("key") for name in sent))
    numbers = range(min(wanted, MOST_POINTS + SPARE_POINTS))
    families = {f"point{number}": short(LONGEST_POINT) for number in numbers}
    made = per_language(KindForm, codes, templates=passage, **families)
    keyed: type[KindForm] = type(
        made.__name__, (made,), {f"key{number}": HiddenField() for number in numbers}
    )
    return keyed(data=_stored(rule, rule.checklist) | {"version": version})


def _stored(rule: Rule, points: Sequence[Point]) -> dict[str, Any]:
    data: dict[str, Any] = {"lifetime_days": rule.lifetime_days, "review_days": rule.review_days}
    data |= spread("templates", rule.templates)
    for number, point in enumerate(points):
        names: Mapping[str, str] = point.names
        data |= {f"key{number}": point.key} | spread(f"point{number}", names)
    return data
