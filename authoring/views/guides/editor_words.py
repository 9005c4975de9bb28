"""The words that the script of the page shows where guides are drawn; {name} in them is filled in there."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from authoring.views.edit_words import edit_words
from cbr.trees.conditions import Relation
from cbr.trees.tree import Kind

KINDS_DRAWN: Mapping[Kind, str] = {
    Kind.CHOICE: "faq",
    Kind.NUMBER: "list",
    Kind.DATE: "calendar",
    Kind.TEXT: "edit",
    Kind.INSTRUCTION: "check",
    Kind.DECISION: "settings",
    Kind.GUIDE: "guide",
    Kind.CASES: "search",
    Kind.ARTICLE: "standard",
    Kind.OUTCOME: "thumb-up",
    Kind.ESCALATE: "phone",
}
"""The symbol of each kind of step."""

RELATION_WORDS: Mapping[Relation, str] = {
    Relation.IS: _l("is"),
    Relation.IS_NOT: _l("is not"),
    Relation.AT_LEAST: _l("is at least"),
    Relation.BELOW: _l("is below"),
    Relation.KNOWN: _l("is known"),
    Relation.UNKNOWN: _l("is not known"),
}

_OF_SAVING = ("state_", "local_", "one_other", "many_others", "newer")


def editor_words() -> dict[str, str]:
    """Every word of the script in the reader's language, by the name under which it looks for it."""
    saving = {key: words for key, words in edit_words().items() if key.startswith(_OF_SAVING)}
    return saving | {
        # the canvas and the outline
        "untitled": _("(no title)"),
        "again": _("goes on at: {title}"),
        "apart": _("nothing leads here"),
        "begins": _("start"),
        "has_errors": _("to be mended"),
        "has_warnings": _("to be looked at"),
        "empty": _("There is no step yet."),
        "not_found": _("No step has these words."),
        "steps_shown": _("{n} of {all} steps"),
        "steps_all": _("{n} steps"),
        "figures": _("{taken} came · {solved} helped · {left} gave up"),
        # deeds
        "added": _("Step added: {title}"),
        "deleted": _("Deleted: {n} steps"),
        "undone": _("Undone"),
        "redone": _("Done again"),
        "copied": _("Copied: {n} steps"),
        "pasted": _("Pasted: {n} steps"),
        "connected": _("{from} now leads to {to}"),
        "tidied": _("Tidied up"),
        "failed": _("The server does not answer. Try again."),
        # the inspector
        "nothing_chosen": _("Choose a step on the canvas or in the outline to see what it says."),
        "many_chosen": _("{n} steps are chosen."),
        "kind": _("Kind"),
        "title": _("Title"),
        "text": _("More about it"),
        "text_hint": _("How to do it, where to look. Markdown."),
        "attribute": _("Fact it asks for"),
        "attribute_hint": _("One word, such as data_used. What is known of it is not asked."),
        "unit": _("Unit"),
        "afresh": _("Ask though it is known: it may have changed on the way"),
        "subject_guide": _("Which guide"),
        "subject_cases": _("Which kind of cases"),
        "subject_article": _("Which article"),
        "name": _("Name of the step"),
        "name_hint": _("Stands in its address, and the same in every language."),
        "name_taken": _("Another step has this name."),
        "name_wrong": _("Letters, digits, - and _ only."),
        "ways": _("Ways on"),
        "answers": _("Answers to choose from"),
        "way": _("Way {n}"),
        "way_words": _("Words"),
        "way_target": _("Leads to"),
        "way_target_hint": _("Type to search, or the title of a new step."),
        "way_low": _("From"),
        "way_high": _("Below"),
        "way_day_hint": _("A day such as 2026-01-31, or today-14."),
        "way_unknown": _("I don't know"),
        "way_done": _("Done"),
        "way_could_not": _("Could not be done"),
        "way_otherwise": _("Otherwise"),
        "add_way": _("Add a way"),
        "add_unknown": _("Add “I don't know”"),
        "remove_way": _("Remove the way"),
        "way_up": _("Move up"),
        "way_down": _("Move down"),
        "go_to": _("Go there"),
        "conditions": _("Taken if all of these hold"),
        "always": _("No condition: it is always taken."),
        "add_condition": _("Add a condition"),
        "remove_condition": _("Remove the condition"),
        "condition_fact": _("Fact"),
        "condition_relation": _("How"),
        "condition_values": _("Value"),
        "condition_values_hint": _("Several with | between them."),
        "make_start": _("Begin here"),
        "is_start": _("The guide begins here."),
        "duplicate": _("Duplicate"),
        "delete": _("Delete"),
        "make_new": _("New step: {title}"),
        "found_none": _("Nothing found"),
        "fixed": _("Steps and ways are those of the source. Only the words are written here."),
        # findings
        "problems_none": _("Nothing to mend."),
        "problems_some": _("{errors} to mend, {warnings} to look at"),
        "checking": _("Looking …"),
        "unchecked": _("The server did not look at it. It tries again at the next change."),
        "whole": _("The guide"),
        "more_problems": _("And {n} more."),
    }
