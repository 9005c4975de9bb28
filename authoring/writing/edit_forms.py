"""The forms of writing: a new article, and the text of a translation with all that belongs to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from authoring.lifetimes.local_moments import LocalMomentField
from authoring.writing.copies import PROPERTIES, Copy
from kb.articles import LONGEST_KEY, LONGEST_NOTE, LONGEST_TITLE
from kb.views.admin.forms import AdminForm, MultiCheckboxField

ARTICLE_FIELDS = ("kind", "audience", "topic", "more_topics")
"""What belongs to the article in all its languages."""


def _title() -> StringField:
    return StringField(
        _l("Title"),
        [InputRequired(_l("Give it a title.")), Length(max=LONGEST_TITLE)],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_TITLE},
    )


class NewForm(AdminForm):
    """What has to be known of an article before it is written; `sure` says that nothing alike is meant."""

    title = _title()
    kind = SelectField(_l("Kind"))
    language = SelectField(_l("Language"))
    topic = SelectField(_l("Topic"))
    audience = SelectField(_l("Audience"), description=_l("Who may read it."))
    sure = HiddenField()


class EditForm(AdminForm):
    """The text of a translation, when it shows, and what belongs to its article.

    `base` is the revision that the person began with, `began` the article's properties then, as JSON; `made_from_id`
    the source revision that a translation says the same as; `settling` says that places were marked for the person to
    finish.
    """

    base = HiddenField()
    began = HiddenField()
    made_from_id = HiddenField()
    settling = HiddenField()
    title = _title()
    summary = TextAreaField(
        _l("Summary"),
        [Optional()],
        description=_l("One or two sentences: lists and search show them."),
        render_kw={"rows": 2},
    )
    body = TextAreaField(_l("Text"), render_kw={"rows": 24, "spellcheck": "true"})
    tags = StringField(
        _l("Tags"), [Optional()], description=_l("With commas between."), render_kw={"autocomplete": "off"}
    )
    kind = SelectField(_l("Kind"))
    audience = SelectField(_l("Audience"))
    topic = SelectField(_l("Main topic"))
    more_topics = MultiCheckboxField(_l("Also in"))
    publish_at = LocalMomentField(
        _l("Shows from"), validators=[Optional()], description=_l("Empty: as soon as it is approved.")
    )
    expires_at = LocalMomentField(
        _l("Expires"), validators=[Optional()], description=_l("Empty: it does not expire.")
    )
    review_by = LocalMomentField(
        _l("Review by"),
        validators=[Optional()],
        description=_l("Somebody is reminded to look at it again; it goes on showing."),
    )
    replaced_by = StringField(
        _l("Replaced by"),
        [Optional(), Length(max=LONGEST_KEY)],
        description=_l("Key of the article to read instead, once this one is gone."),
        render_kw={"class": "code", "autocomplete": "off", "spellcheck": "false"},
    )
    change_note = StringField(
        _l("What changed, and why"),
        [Optional(), Length(max=LONGEST_NOTE)],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_NOTE},
    )
    wording_only = BooleanField(
        _l("Only wording changed"),
        description=_l(
            "No number, price, step or condition differs from what readers get now: translations stay current."
        ),
    )

    def show(self, name: str, reason: str) -> None:
        """As always; what concerns the topics stands beside the main one."""
        super().show("topic" if name == "topics" else name, reason)

    def without(self, *names: str) -> None:
        """This person has no such fields, or they make no sense here."""
        for name in names:
            if name in self:
                del self[name]

    @property
    def base_id(self) -> int | None:
        """The revision that the person began with."""
        return _number(self.base.data)

    def given(self, stored: Copy) -> dict[str, Any]:
        """What was typed, as fields of a copy and "replaced_by"; properties of the article only where they changed.

        Args:
            stored: what the person began with; it stays to the byte where they did not touch it.
        """
        body, tags = _lines(self.body.data), self.tags.data or ""
        fields = {
            "title": (self.title.data or "").strip(),
            "summary": _lines(self.summary.data).strip(),
            "body": stored.body if body == _lines(stored.body) else body,
            "tags": stored.tags if tags == joined(stored.tags) else _split(tags),
            "publish_at": self.publish_at.data,
            "expires_at": self.expires_at.data,
            "review_by": self.review_by.data,
            "change_note": (self.change_note.data or "").strip(),
        }
        if "wording_only" in self:
            fields["wording_only"] = self.wording_only.data
        return fields | self._changed_properties()

    def _changed_properties(self) -> dict[str, Any]:
        try:
            began = json.loads(self.began.data or "{}")
        except (ValueError, RecursionError):  # no JSON, or thousands of brackets
            began = {}
        if not isinstance(began, Mapping):
            began = {}
        chosen: dict[str, Any] = {}
        if "kind" in self:
            topics = [key for key in [self.topic.data, *(self.more_topics.data or [])] if key]
            chosen = {
                "kind": self.kind.data,
                "audience": self.audience.data,
                "topics": list(dict.fromkeys(topics)),
            }
        if "replaced_by" in self:
            chosen["replaced_by"] = (self.replaced_by.data or "").strip() or None
        return {name: value for name, value in chosen.items() if name not in began or began[name] != value}


def data_of(copy: Copy, *, base_id: int | None, replaced_by: str | None) -> dict[str, Any]:
    """What the form of a copy shows."""
    values = {name: getattr(copy, name) for name in copy.__slots__ if name not in {"tags", "made_from_id"}}
    began = {name: values[name] for name in PROPERTIES} | {"replaced_by": replaced_by}
    return values | {
        "base": str(base_id or ""),
        "began": json.dumps(began),
        "tags": joined(copy.tags),
        "topic": copy.topics[0] if copy.topics else "",
        "more_topics": list(copy.topics[1:]),
        "replaced_by": replaced_by or "",
    }


def joined(tags: tuple[str, ...]) -> str:
    """Tags as one types them."""
    return ", ".join(tags)


def _split(typed: str) -> tuple[str, ...]:
    return tuple(tag for part in typed.replace("\n", ",").split(",") if (tag := " ".join(part.split())))


def _lines(text: str | None) -> str:
    """Browsers send other line ends than those that are stored."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None
