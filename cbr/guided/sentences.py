"""Why a step is the next one, in the reader's words: a guide gives codes with values, this says them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import format_decimal, format_percent, ngettext
from flask_babel import gettext as _

from cbr.case_type import Attribute, CaseType
from cbr.guided.ranges import LIMIT
from cbr.guided.steps import Why
from cbr.similarity import Span
from cbr.values import compare, read_value
from cbr.wording import value_text
from kb.errors import Invalid

Values = Mapping[str, object]

_PLAIN: Mapping[str, Callable[[Values], str]] = {
    # of a tree
    "first": lambda _values: _("This is where the guide begins."),
    "answered": lambda values: _("You answered “%(answer)s” to “%(question)s”.", **values),
    "done": lambda values: _("You did this: %(step)s", **values),
    "could-not": lambda values: _("This could not be done: %(step)s", **values),
    "not-known": lambda values: _("Nobody knows the answer to “%(question)s”.", **values),
    "known": lambda values: _("It was known already: %(question)s %(answer)s", **values),
    "decided": lambda values: _("It follows from what is known: %(step)s %(answer)s", **values),
    "unsure": lambda values: _("You do not know the answer, so choose what to try first."),
    "nearest": lambda _values: _("These are the nearest ends of the guide from here."),
    "empty": lambda _values: _("There is nothing to go by yet."),
    "no-way": lambda _values: _("The guide knows no further from here."),
    "endless": lambda _values: _("The guide goes around in a circle here."),
    "no-guide": lambda _values: _("The guide that should come next is not available."),
    "guide-in-guide": lambda _values: _("The guide that should come next leads back here."),
    "no-cases": lambda _values: _("There are no solved cases to go by."),
    # of the cases
    "narrows": lambda values: _(
        "The answer narrows it down most: from about %(before)s likely solutions to about %(after)s.",
        before=_number(values.get("from")),
        after=_number(values.get("to")),
    ),
    "wanted": lambda _values: _("You asked for the best there is so far."),
    "confident": lambda values: _(
        "This is likely enough: %(chance)s.", chance=format_percent(_float(values.get("chance")))
    ),
    "asked": lambda values: ngettext(
        "%(num)s question was asked; more would not help.",
        "%(num)s questions were asked; more would not help.",
        int(_float(values.get("questions"))),
    ),
    "no_gain": lambda _values: _("No further question would tell more."),
    "nothing": lambda _values: _("Nothing like this was solved before."),
    "cases": lambda values: ngettext(
        "It solved %(num)s case.", "It solved %(num)s cases.", int(_float(values.get("count")))
    ),
}


def sentence(why: Why, case_type: CaseType | None = None, language: str = "en") -> str:
    """A reason as a sentence; "" for one that only its maker knows.

    Args:
        case_type: whose attributes it speaks of.
        language: in which their names are said.
    """
    if case_type is not None and why.code in {"same", "similar"}:
        return _of_an_attribute(why, case_type, language)
    say = _PLAIN.get(why.code)
    if say is None:
        return ""
    try:
        return say(
            {key: value if isinstance(value, str) else str(value) for key, value in why.values.items()}
        )
    except KeyError:  # a value that the sentence needs was not given
        return ""


def share(why: Why, case_type: CaseType | None, known: Mapping[str, object]) -> float | None:
    """What a fact did for the score of a case, of 1 altogether; None where the reason is no fact.

    It is the weight of the attribute times the similarity of fact and case, as in :class:`cbr.matches.Part`.

    Args:
        known: all that is known, by attribute.
    """
    if case_type is None or why.code not in {"same", "similar"}:
        return None
    attribute = case_type.by_key.get(str(why.values.get("attribute")))
    weights = sum(one.weight for one in case_type.attributes if one.key in known)
    if attribute is None or not weights:
        return None
    return attribute.weight * _alike(why, attribute) / weights


def _alike(why: Why, attribute: Attribute) -> float:
    if why.code == "same":
        return 1.0
    try:
        fact = read_value(attribute, why.values.get("fact"))
        held = read_value(attribute, why.values.get("case"))
    except Invalid:
        return 0.0
    if fact is None or held is None or isinstance(held, Span):
        return 0.0
    return compare(attribute, fact, held) or 0.0


def _of_an_attribute(why: Why, case_type: CaseType, language: str) -> str:
    attribute = case_type.by_key.get(str(why.values.get("attribute")))
    if attribute is None:
        return ""
    name = attribute.name(language)
    fact = worded(attribute, why.values.get("fact"), language)
    if why.code == "same":
        return str(_("%(name)s: %(fact)s, as in the solved case", name=name, fact=fact))
    held = worded(attribute, why.values.get("case"), language)
    return str(_("%(name)s: %(fact)s, in the solved case %(case)s", name=name, fact=fact, case=held))


def worded(attribute: Attribute, plain: object, language: str) -> str:
    """A plain value of an attribute as people read it."""
    try:
        fact = read_value(attribute, plain)
    except Invalid:
        return str(plain)
    if isinstance(fact, Span) and fact.high >= LIMIT:
        return "≥ " + value_text(attribute, fact.low, language)
    if isinstance(fact, Span) and fact.low <= -LIMIT:
        return "< " + value_text(attribute, fact.high, language)
    return "–" if fact in (None, frozenset()) else value_text(attribute, fact, language)


def _number(value: object) -> str:
    return str(format_decimal(round(_float(value), 1)))


def _float(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
