"""The form in which a guide comes in: its file or text, and what a new article needs."""

from __future__ import annotations

from pathlib import PurePath

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from authoring.importing import guides
from cbr.trees.forms import form_of
from cbr.trees.tree import Tree
from kb.articles import LONGEST_TITLE
from kb.errors import Invalid
from kb.http import told
from kb.views.admin.forms import AdminForm

MOST_FAULTS = 8
BY_NAME = "auto"
FORM_WORDS = {"dot": "Graphviz DOT", "mermaid": "Mermaid", "json": "JSON", "markdown": "Markdown"}


class ComingForm(AdminForm):
    """A guide that comes in; `base` is the newest revision of the one it replaces, as the person saw it."""

    base = HiddenField()
    file = FileField(_l("File"), description=_l("Graphviz DOT, Mermaid, JSON or Markdown."))
    text = TextAreaField(
        _l("Or its text"), render_kw={"rows": 8, "class": "code", "spellcheck": "false", "wrap": "off"}
    )
    form = SelectField(_l("Form"), description=_l("Of a file it can be told by its name."))

    def content(self) -> tuple[bytes, str]:
        """What came and its form; a file goes before the text. Raises `Invalid` where it cannot be told."""
        sent = self.file.data
        if sent is not None and sent.filename:
            with sent.stream as stream:
                raw: bytes = stream.read(guides.MOST_BYTES + 1)
            chosen = str(self.form.data)
            return raw, form_of(sent.filename) if chosen == BY_NAME else chosen
        raw = (self.text.data or "").encode()
        if self.form.data == BY_NAME and raw.strip():
            raise Invalid({"form": _("Say which form the text has.")})
        return raw, "dot" if self.form.data == BY_NAME else str(self.form.data)

    def read(self) -> Tree | None:
        """The tree; None where there is none, and the form says why. What came stands in the text from then on."""
        try:
            raw, form = self.content()
            tree = guides.read(raw, form)
        except Invalid as refused:
            self.status = 422
            for place, sentence in list(refused.fields.items())[:MOST_FAULTS]:
                known = place in self._fields
                self.show(place if known else self._came_as, told(sentence) if known else at(place, sentence))
            return None
        self.text.data, self.form.data = raw.decode("utf-8-sig"), form
        return tree

    @property
    def _came_as(self) -> str:
        return "file" if self.file.data is not None and self.file.data.filename else "text"

    @property
    def filename(self) -> str:
        """What the file is called, without its ending, as words."""
        sent = self.file.data
        name = PurePath(sent.filename).stem if sent is not None and sent.filename else ""
        words = " ".join(name.replace("_", " ").replace("-", " ").split())
        return words[:1].upper() + words[1:LONGEST_TITLE]


class NewGuideForm(ComingForm):
    """A guide that comes in as a new article."""

    title = StringField(
        _l("Title"),
        [InputRequired(_l("Give it a title.")), Length(max=LONGEST_TITLE)],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_TITLE},
    )
    language = SelectField(_l("Language"))
    topic = SelectField(_l("Topic"))
    audience = SelectField(_l("Audience"), description=_l("Who may read it."))


def at(place: str, sentence: str) -> str:
    """A fault with its place, in the reader's language."""
    if place.startswith("line "):
        number = place.removeprefix("line ")
        return str(_("Line %(number)s: %(reason)s", number=number, reason=told(sentence)))
    return f"{place}: {told(sentence)}" if place else told(sentence)
