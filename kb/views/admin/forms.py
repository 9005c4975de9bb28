"""The forms of the administration. What the domain refuses stands beside the fields, and what was typed stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from kb.concurrency import version_of
from kb.errors import Conflict, Invalid, KalauzError, NotAllowed, TooLarge
from kb.folders import LONGEST_QUERY
from kb.forms import ZONES
from kb.http import told
from kb.keys import KEY
from kb.languages import native_name
from kb.models.records import Audited
from kb.sources import LONGEST_TTL_S, SHORTEST_TTL_S

REFUSALS: Mapping[type[KalauzError], int] = {Invalid: 422, Conflict: 409, NotAllowed: 403, TooLarge: 413}
"""What a form shows by itself, and the status of its page then."""

F = TypeVar("F", bound="AdminForm")


class MultiCheckboxField(SelectMultipleField):
    """Several of a few choices, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Problems:
    """Catches what the domain refuses and puts it on a form; everything else goes on."""

    def __init__(self, form: AdminForm) -> None:
        self._form = form

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, Invalid | Conflict | NotAllowed | TooLarge):
            return False
        self._form.status = next(status for kind, status in REFUSALS.items() if isinstance(error, kind))
        if isinstance(error, Invalid):
            fields = error.fields
        else:
            fields = {"file" if isinstance(error, TooLarge) else "": error.sentence}
        for name, reason in fields.items():
            self._form.show(name, reason)
        return True


class AdminForm(FlaskForm):
    """A form whose page says with its status what went wrong.

    `version` is that of the row when the form was opened (kb.concurrency).
    """

    version = HiddenField()
    key: Field | None = None
    status = 200

    def submitted(self) -> bool:
        """Whether it was sent and can be handed to the domain."""
        if not self.is_submitted():
            return False
        if self.validate():
            return True
        self.status = 422
        return False

    def problems(self) -> Problems:
        """Show on the form what the verb inside refuses, instead of a page of its own."""
        return Problems(self)

    def show(self, name: str, reason: str) -> None:
        """Beside the field of this name, else the first one of its family (names_en for names), else above all."""
        field = self._fields.get(name) or next(iter(self.family(name) if name else []), None)
        if field is None:
            self.form_errors.append(told(reason))
        else:
            field.errors = [*field.errors, told(reason)]

    def keep_key(self) -> None:
        """The form is of a thing that has its key for ever."""
        del self.key

    @property
    def new_key(self) -> str:
        """The key that was typed for a new thing; empty for one that has its key."""
        return self.key.data if self.key is not None else ""

    def renew(self, row: Audited | None) -> None:
        """Remember what is stored now, so that saving once more is a decision and no accident."""
        self.version.data = version_of(row) if row is not None else ""

    def texts(self, family: str) -> dict[str, str]:
        """Language -> what was typed, of the fields made by `per_language`."""
        return {field.name.partition("_")[2]: field.data or "" for field in self.family(family)}

    def family(self, name: str) -> list[Field]:
        """The fields of all languages."""
        return [field for own, field in self._fields.items() if own.startswith(f"{name}_")]


def per_language(form: type[F], languages: Iterable[str], **families: Callable[[str], Field]) -> type[F]:
    """The form with fields for each language, called like names_en.

    Args:
        families: name -> what makes the field for a language.
    """
    codes = list(languages)
    fields = {f"{name}_{code}": make(code) for name, make in families.items() for code in codes}
    return type(form.__name__, (form,), fields)


def spread(family: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Stored texts as the data of such fields."""
    return {f"{family}_{code}": text for code, text in texts.items()}


def short(longest: int) -> Callable[[str], Field]:
    """Makes a one-line field for a language."""
    return lambda code: StringField(
        native_name(code), [Length(max=longest)], render_kw={"lang": code, "autocomplete": "off"}
    )


def passage(code: str) -> Field:
    """A Markdown field for a language."""
    return TextAreaField(native_name(code), render_kw={"lang": code, "rows": 6, "class": "code"})


def _key_field(description: str) -> Field:
    """The key of a new thing; the form of an existing one takes the field away."""
    kw = {"class": "code", "autocomplete": "off", "spellcheck": "false", "pattern": KEY.pattern}
    return StringField(_l("Key"), [InputRequired(), Length(max=63)], description=description, render_kw=kw)


class PersonForm(AdminForm):
    """Somebody who can log in."""

    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254)], render_kw={"autocomplete": "off"})
    name = StringField(_l("Name"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "off"})
    roles = MultiCheckboxField(_l("Roles"), description=_l("Somebody without a role is a customer."))
    groups = MultiCheckboxField(_l("Groups"), coerce=int)
    languages = MultiCheckboxField(_l("Languages"))
    zone = SelectField(_l("Time zone"), choices=["UTC", *ZONES], default="UTC")
    is_active = BooleanField(_l("May log in"), default=True)


def with_limits(roles: Iterable[str]) -> type[PersonForm]:
    """The form of a person with the topics and languages to which each of these roles is limited.

    Its fields are called like topics_author and languages_author.
    """
    fields: dict[str, Field] = {}
    for role in roles:
        fields[f"topics_{role}"] = MultiCheckboxField(_l("Only in these topics"))
        fields[f"languages_{role}"] = MultiCheckboxField(_l("Only in these languages"))
    return type("LimitedPersonForm", (PersonForm,), fields)


class GroupForm(AdminForm):
    """A named set of people."""

    key = _key_field(_l("Lower-case letters, digits and hyphens."))
    name = StringField(_l("Name"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "off"})
    members = MultiCheckboxField(_l("Members"), coerce=int)
    new_members = TextAreaField(
        _l("Add people"),
        [Optional()],
        description=_l("Their e-mail addresses, one a line."),
        render_kw={"rows": 3},
    )

    def addresses(self) -> list[str]:
        """The addresses that were typed."""
        return (self.new_members.data or "").split()


class KeyForm(AdminForm):
    """A key for a machine."""

    name = StringField(
        _l("Name"),
        [InputRequired(), Length(max=200)],
        description=_l("Which system will use it, for example “IVR Budapest”."),
        render_kw={"autocomplete": "off"},
    )
    scopes = MultiCheckboxField(_l("It may"), default=["read"])
    audiences = MultiCheckboxField(_l("It reads what is for"), default=["public"])
    expires_on = DateField(
        _l("Last day"), [Optional()], description=_l("Empty: it works until it is revoked.")
    )


class PortalForm(AdminForm):
    """A published site."""

    key = _key_field(_l("The first part of its address; it cannot be changed later."))
    languages = MultiCheckboxField(_l("Languages"))
    more_languages = StringField(
        _l("Other languages"), [Optional()], description=_l("Codes such as de or pt-BR, with blanks between.")
    )
    default_language = SelectField(_l("Default language"))
    position = IntegerField(
        _l("Place in the list"),
        [InputRequired(), NumberRange(0, 9999)],
        default=0,
        render_kw={"min": 0, "max": 9999},
    )
    audiences = MultiCheckboxField(_l("Shows what is for"), default=["public"])
    entry_audience = SelectField(
        _l("Open to"), default="public", description=_l("“Everybody” needs no login; all others must log in.")
    )
    topics = MultiCheckboxField(
        _l("Topics"), description=_l("With everything below them. None chosen: all topics.")
    )
    features = MultiCheckboxField(_l("Features"))
    hides_stale = BooleanField(
        _l("Hide translations that are out of step"),
        description=_l(
            "Readers get the article in another language instead. Otherwise the translation shows with a notice."
        ),
    )
    logo = SelectField(_l("Logo"), validate_choice=False, description=_l("Images of public articles."))
    logo_path = StringField(
        _l("Or the address of a logo"),
        [Optional(), Length(max=300)],
        description=_l("For example /static/demo/halmar.svg"),
        render_kw={"class": "code", "autocomplete": "off"},
    )

    def tokens(self) -> dict[str, str]:
        """The design tokens that were given."""
        named = {token: self[token].data.strip() for token in TOKEN_FIELDS if self[token].data}
        return {token: value for token, value in named.items() if value}


def _colour_field(label: str, description: str) -> Field:
    kw = {
        "class": "code",
        "placeholder": "#0b6470",
        "maxlength": 7,
        "autocomplete": "off",
        "spellcheck": "false",
    }
    return StringField(label, [Optional()], description=description, render_kw=kw)


TOKEN_FIELDS = {
    "brand": _colour_field(_l("Brand colour"), _l("Empty: the house's own.")),
    "brand-ink": _colour_field(_l("Text on it"), _l("Empty: black or white, whichever is easier to read.")),
    "brand-soft": _colour_field(
        _l("Tint behind what is chosen"), _l("Empty: a light tint of the brand colour.")
    ),
    "font-body": SelectField(_l("Font of the text"), default=""),
    "font-heading": SelectField(_l("Font of the headings"), default=""),
}
for _name, _made in TOKEN_FIELDS.items():
    setattr(PortalForm, _name, _made)


class TopicForm(AdminForm):
    """A node of the topic tree."""

    key = _key_field(_l("Part of its address; it cannot be changed later."))
    parent = SelectField(_l("Below"), coerce=int)


class TopicDeletionForm(AdminForm):
    """What becomes of the articles in a topic that goes."""

    articles_to_parent = BooleanField(_l("Move its articles to the topic above"))


class AudienceForm(AdminForm):
    """Who may read."""

    key = _key_field(_l("Articles and portals refer to it; it cannot be changed later."))
    groups = MultiCheckboxField(
        _l("Groups"), coerce=int, description=_l("Their members may read what is for this audience.")
    )


class SnippetForm(AdminForm):
    """A passage that many articles share."""

    key = _key_field(_l("Articles refer to it; it cannot be changed later."))


class SourceForm(AdminForm):
    """Where values from outside come from."""

    key = _key_field(_l("Articles refer to it; it cannot be changed later."))
    url = URLField(
        _l("Address"),
        [InputRequired(), Length(max=2000)],
        description=_l("It answers with JSON. Its host must be on the operator's list."),
        render_kw={"class": "code"},
    )
    ttl_s = IntegerField(
        _l("An answer is good for (seconds)"),
        [InputRequired(), NumberRange(SHORTEST_TTL_S, LONGEST_TTL_S)],
        default=300,
        render_kw={"min": SHORTEST_TTL_S, "max": LONGEST_TTL_S},
    )


class FolderForm(AdminForm):
    """A saved query shown beside the topic tree."""

    key = _key_field(_l("Part of its address; it cannot be changed later."))
    query = StringField(
        _l("Query"),
        [InputRequired(), Length(max=LONGEST_QUERY)],
        description=_l("As typed into the search box, for example kind:faq changed:30d"),
        render_kw={"class": "code", "autocomplete": "off", "spellcheck": "false"},
    )
    audience = SelectField(_l("Shown to"), default="public")
    position = IntegerField(
        _l("Place in the list"),
        [InputRequired(), NumberRange(0, 9999)],
        default=0,
        render_kw={"min": 0, "max": 9999},
    )


class ArticleForm(AdminForm):
    """What holds for all languages of an article."""

    kind = SelectField(_l("Kind"))
    audience = SelectField(_l("Audience"))
    topic = SelectField(_l("Main topic"), coerce=int, description=_l("Readers see it above the article."))
    more_topics = MultiCheckboxField(_l("Also in"), coerce=int)
    related = TextAreaField(
        _l("Read next"),
        [Optional()],
        description=_l("Keys of other articles, one a line."),
        render_kw={"rows": 3, "class": "code"},
    )

    def topic_ids(self) -> list[int]:
        """The chosen topics, the main one first."""
        return list(
            dict.fromkeys(topic_id for topic_id in [self.topic.data, *self.more_topics.data] if topic_id)
        )


class SlugForm(AdminForm):
    """The address of a translation."""

    slug = StringField(
        _l("Last part of the address"),
        [InputRequired(), Length(max=200)],
        description=_l("The old address will lead to the new one."),
        render_kw={"class": "code", "autocomplete": "off"},
    )


class UploadForm(AdminForm):
    """A file for an article."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file first."))])


class ConfirmationForm(AdminForm):
    """Yes, do it."""
