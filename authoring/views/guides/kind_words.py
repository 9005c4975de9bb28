"""What the kinds of steps are called."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from cbr.trees.tree import Kind

KIND_WORDS: Mapping[Kind, str] = {
    Kind.CHOICE: _l("Question"),
    Kind.NUMBER: _l("Question for a number"),
    Kind.DATE: _l("Question for a day"),
    Kind.TEXT: _l("Question for words"),
    Kind.INSTRUCTION: _l("Something to do"),
    Kind.DECISION: _l("Decision"),
    Kind.GUIDE: _l("Another guide"),
    Kind.CASES: _l("Solved cases"),
    Kind.ARTICLE: _l("Article"),
    Kind.OUTCOME: _l("Solution"),
    Kind.ESCALATE: _l("To a person"),
}
