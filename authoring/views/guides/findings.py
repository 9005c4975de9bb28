"""What is wrong with a guide, in the reader's words: a check gives codes with places, this says them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from cbr.trees.checks import Finding
from cbr.trees.tree import Tree

Values = Mapping[str, object]
MOST_STEPS = 5
"""Of a loop, so many of its steps are named."""

WHAT = {"title": _l("title"), "text": _l("text")}

_SENTENCES: Mapping[str, Callable[[Values], str]] = {
    # errors
    "empty": lambda _values: _("There is no step yet. Add the first one."),
    "duplicate-step": lambda values: ngettext(
        "%(num)s step has this name. Give each a name of its own.",
        "%(num)s steps have this name. Give each a name of its own.",
        _number(values["count"]),
    ),
    "duplicate-way": lambda _values: _("Two ways have the same name. Give each a name of its own."),
    "no-text": lambda _values: _("The step says nothing. Give it a title."),
    "no-way-text": lambda _values: _("An answer has no words. Say what it is."),
    "dead-end": lambda _values: _("No way leads on. Add one, or make the step an end."),
    "way-without-target": lambda values: (
        _("The way “%(text)s” leads nowhere. Choose its next step.", **values)
        if values["text"]
        else _("A way leads nowhere. Choose its next step.")
    ),
    "unknown-target": lambda values: _("A way leads to “%(target)s”, which is no step.", **values),
    "endless": lambda values: _("The guide goes around here without asking anybody: %(steps)s", **values),
    "no-way-out": lambda values: _("From here no end can be reached: %(steps)s", **values),
    "no-subject": lambda _values: _("Say which guide, article or kind of case the step is about."),
    "unknown-subject": lambda values: _(
        "“%(key)s” does not exist. Choose a guide, an article or a kind of case that does.", **values
    ),
    "guide-in-guide": lambda values: _(
        "The guide “%(key)s” leads back to where it was called from.", **values
    ),
    "missing-step": lambda _values: _("The translation lacks this step."),
    "missing-way": lambda values: _(
        "The translation lacks the way “%(text)s”, or leads elsewhere.", **values
    ),
    "missing-translation": lambda values: _("This is not translated: %(what)s", **values),
    # warnings
    "unreachable": lambda _values: _("No way leads to this step."),
    "loop": lambda values: _("Somebody can go around here again and again: %(steps)s", **values),
    "no-way-for-unknown": lambda _values: _(
        "Nothing is said for “I don't know”. The reader will be asked which way to try."
    ),
    "no-way-for-failed": lambda _values: _(
        "Nothing is said for “could not be done”. The reader will be handed over to a person."
    ),
    "no-otherwise": lambda _values: _(
        "Where no condition holds, the reader is handed over to a person. Add a last way without conditions."
    ),
    "never-taken": lambda _values: _("This way is never taken: those before it cover it."),
    "gap": lambda _values: _("Some values lead nowhere. The ways leave a gap."),
    "ways-from-end": lambda _values: _("The step is an end, so its ways are never taken."),
    "unused-condition": lambda _values: _("Only a decision looks at conditions. This one is not looked at."),
    "unknown-attribute": lambda values: _(
        "Nobody asks for “%(key)s”, and no kind of case knows it. Is it spelled right?", **values
    ),
    "too-deep": lambda values: _(
        "More than %(most)s guides lie inside of each other from “%(key)s” on.", **values
    ),
    "untranslated": lambda _values: _("The words are the same as in the source. Were they translated?"),
    "extra-step": lambda _values: _("The source has no such step, so it is never shown."),
    "extra-way": lambda _values: _("The source has no such way, so it is never shown."),
}
CODES = frozenset(_SENTENCES)
"""Every code that has its sentence."""


@dataclass(frozen=True)
class Told:
    """A finding as people read it.

    Args:
        code: what; see `cbr.trees.checks`.
        is_error: whether it has to be mended before anybody is led through the guide.
        node: the id of the step; "" for the guide.
        way: the key of the way, "" for the step itself.
        step: how the step is called; "" for the guide.
        text: one sentence or two.
    """

    code: str
    is_error: bool
    node: str
    way: str
    step: str
    text: str


def told_of(found: Sequence[Finding], tree: Tree) -> list[Told]:
    """Findings in the reader's language, in their order.

    Args:
        tree: that they were found in, whose steps they name.
    """
    return [
        Told(one.code, one.is_error, one.node, one.way, called(tree, one.node), sentence(one, tree))
        for one in found
    ]


def together(told: Sequence[Told]) -> Sequence[Sequence[Told]]:
    """Findings that say the same of several steps, beside each other; the groups in their order."""
    groups: dict[tuple[bool, str], list[Told]] = {}
    for one in told:
        groups.setdefault((one.is_error, one.text), []).append(one)
    return list(groups.values())


def sentence(finding: Finding, tree: Tree) -> str:
    """One finding in the reader's language."""
    values: dict[str, object] = {"text": "", **finding.values}
    if isinstance(steps := values.get("steps"), Sequence) and not isinstance(steps, str):
        named = [called(tree, str(step)) for step in steps[:MOST_STEPS]]
        values["steps"] = " → ".join([*named, *(["…"] if len(steps) > MOST_STEPS else [])])
    if "what" in values:
        values["what"] = WHAT[str(values["what"])]
    return _SENTENCES[finding.code](values)


def called(tree: Tree, key: str) -> str:
    """What a step is called: by its title, else by its name."""
    node = tree.by_id.get(key)
    return node.title if node and node.title else key


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
