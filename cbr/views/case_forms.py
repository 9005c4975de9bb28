"""The forms of cases: one field for each attribute, made from the case type, beside those that all cases have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from cbr.case_type import Attribute, CaseType, Kind
from cbr.cases import LONGEST_NOTE
from cbr.contents import MOST_PROBLEM, MOST_SOLUTION, MOST_TITLE, Content
from cbr.plain import Plain
from cbr.values import write_value
from cbr.views.case_words import known_of
from cbr.wording import YES_NO, value_text
from kb import context, queries
from kb.context import now, session, structure, viewer
from kb.languages import named, native_name
from kb.views.admin.blueprint import languages_in_use, reading_order
from kb.views.admin.forms import AdminForm, MultiCheckboxField

FACT = "fact_"
"""Before the key of an attribute, in the names of fields."""
MOST_BOXES = 12
"""So many choices of a set are boxes; of more, their names are typed."""

F = TypeVar("F", bound="FactsForm")


class FactsForm(AdminForm):
    """A form with a field for each attribute."""

    def show(self, name: str, reason: str) -> None:
        """What is wrong with an attribute stands beside its field."""
        super().show(FACT + name if FACT + name in self._fields else name, reason)

    @property
    def facts(self) -> Mapping[str, Plain]:
        """Attribute -> what was typed or chosen; what was left empty is left out."""
        typed = {field.name: field.data for field in self if field.name.startswith(FACT)}
        return {name.removeprefix(FACT): data for name, data in typed.items() if data not in (None, "", [])}

    def fact_fields(self, case_type: CaseType, *, counting: bool | None = None) -> list[Field]:
        """The fields of attributes, in the attributes' order.

        Args:
            counting: only those that count in a comparison, or only the others; all if not given.
        """
        wanted = (one for one in case_type.attributes if counting is None or counting == (one.weight > 0))
        return [self._fields[FACT + one.key] for one in wanted]


class NearestForm(FactsForm):
    """What is known of a problem now."""

    class Meta:
        csrf = False  # it is read, not kept; its address can be passed on

    text = TextAreaField(
        _l("What is the matter?"),
        render_kw={"rows": 2, "maxlength": MOST_PROBLEM},
        description=_l("In the customer's words or yours."),
    )


class CaseForm(FactsForm):
    """A case."""

    problem = TextAreaField(
        _l("Problem"),
        description=_l("In the customer's words. Leave out names, numbers and addresses."),
        render_kw={"rows": 3, "maxlength": MOST_PROBLEM},
    )
    title = StringField(
        _l("The solution in one line"),
        render_kw={"maxlength": MOST_TITLE, "autocomplete": "off"},
    )
    solution = TextAreaField(_l("What to do"), render_kw={"rows": 6, "maxlength": MOST_SOLUTION})
    article = StringField(
        _l("Article that says it"),
        description=_l("Its key, or its address as you copy it from the browser."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    language = SelectField(_l("Language"))
    audience = SelectField(_l("Audience"))

    def offer(self, language: str) -> None:
        """Fill the lists: languages, and the audiences that this person belongs to.

        Args:
            language: that of the case; it is offered whether others use it or not.
        """
        self.language.choices = [
            (code, native_name(code)) for code in dict.fromkeys([*languages_in_use(), language])
        ]
        own = [key for key in structure().audiences if key in viewer().audiences]
        self.audience.choices = [
            (key, named(structure().audiences[key], reading_order(), key)) for key in own
        ]

    def content(self, links: Iterable[str] = ()) -> Content:
        """What was typed.

        Args:
            links: of articles that the case has beside these.
        """
        return Content(
            self.facts,
            self.problem.data or "",
            self.title.data or "",
            self.solution.data or "",
            article_key(self.article.data or ""),
            self.language.data or "en",
            tuple(links),
        )


class DecisionForm(AdminForm):
    """What becomes of a case."""

    reason = StringField(_l("Reason"), render_kw={"maxlength": LONGEST_NOTE, "autocomplete": "off"})


def with_facts(form: type[F], case_type: CaseType, held: Mapping[str, Plain] | None = None) -> type[F]:
    """The form with a field for each attribute of a case type.

    Args:
        held: what the case has: a value that the case type no longer takes is offered all the same.
    """
    language = context.language()
    fields = {
        FACT + one.key: _field(one, language, (held or {}).get(one.key)) for one in case_type.attributes
    }
    return type(form.__name__, (form,), fields)


def typed(case_type: CaseType, facts: Mapping[str, Plain]) -> dict[str, object]:
    """Kept facts as the data of such fields."""
    known = known_of(case_type, facts)
    plain = {key: write_value(value, case_type.by_key[key].kind) for key, value in known.items()}
    return {
        FACT + key: _as_typed(case_type.by_key[key], value)
        for key, value in {**facts, **plain}.items()
        if key in case_type.by_key
    }


def article_key(typed_: str) -> str:
    """The key of an article from what was typed: its key, or the address of a page that this viewer may read."""
    words = typed_.strip()
    parts = urlsplit(words).path.rstrip("/").split("/")
    if "key" in parts[:-1]:
        return parts[-1]
    if "a" not in parts[:-1]:
        return words
    found = queries.article_by_slug(session(), viewer(), now(), parts[-1])
    return found[0].translation.article.key if found else words


def _field(attribute: Attribute, language: str, held: Plain) -> Field:
    name = attribute.name(language)
    label = f"{name} ({attribute.unit})" if attribute.unit else name
    narrow = {"autocomplete": "off"}
    if attribute.kind == Kind.BOOLEAN:
        yes, no = YES_NO.get(language, YES_NO["en"])
        return _select(label, [("true", yes), ("false", no)], held)
    if attribute.kind == Kind.SET:
        return _set(attribute, label, language)
    if attribute.choices:
        return _select(
            label, [(one.key, value_text(attribute, one.key, language)) for one in attribute.choices], held
        )
    if attribute.kind == Kind.DATE:
        return StringField(label, render_kw={"type": "date", **narrow})
    if attribute.kind == Kind.NUMBER:
        return StringField(label, render_kw={"inputmode": "decimal", **narrow})
    if attribute.kind == Kind.TEXT:
        return TextAreaField(label, render_kw={"rows": 2})
    return StringField(label, render_kw=narrow)


def _select(label: str, choices: list[tuple[str, str]], held: Plain) -> Field:
    kept = _plain(held)
    offered = [("", "–"), *choices]
    if kept not in dict(offered):
        offered.append((kept, _("%(value)s (no choice any more)", value=kept)))
    return SelectField(label, choices=[SelectChoice(*one) for one in offered], validate_choice=False)


def _set(attribute: Attribute, label: str, language: str) -> Field:
    if 0 < len(attribute.choices) <= MOST_BOXES:
        names = [(one.key, value_text(attribute, one.key, language)) for one in attribute.choices]
        return MultiCheckboxField(label, choices=[SelectChoice(*one) for one in names], validate_choice=False)
    hint = _("Several with a semicolon between.")
    return StringField(label, description=hint, render_kw={"autocomplete": "off"})


def _as_typed(attribute: Attribute, value: Plain) -> object:
    if isinstance(value, list) and not 0 < len(attribute.choices) <= MOST_BOXES:
        return "; ".join(map(str, value))
    return value if isinstance(value, list) else _plain(value)


def _plain(value: Plain) -> str:
    """As it stands in a field."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
