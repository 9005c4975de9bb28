"""The form of a source outside: what every kind has, and the fields of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField, URLField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kb.keys import KEY
from kb.views.admin.forms import AdminForm, MultiCheckboxField
from search.federation.outside import SITEMAP
from search.federation.replies import LONGEST_URL
from search.federation.sources import BUDGET_MS, LONGEST_PATH, NUMBERS, PATHS, SETTINGS, TTL_S

KINDS: dict[str, tuple[LazyString, LazyString]] = {
    "mediawiki": (_l("MediaWiki"), _l("Any wiki on MediaWiki, by its own search.")),
    "discourse": (_l("Discourse"), _l("A forum on Discourse: the best post of each topic.")),
    "opensearch": (_l("OpenSearch"), _l("Any site whose search answers with RSS or Atom.")),
    SITEMAP: (
        _l("Pages of a site"),
        _l("Reads the pages that a sitemap lists into this search, and keeps them current."),
    ),
    "json": (_l("Other JSON"), _l("Any search that answers with JSON: you say what stands where.")),
}
"""Kind -> its name, and what it is for."""

ADDRESSES: dict[str, LazyString] = {
    "mediawiki": _l("Of its api.php, for example https://wiki.example/w/api.php"),
    "discourse": _l("Of its start page, for example https://forum.example"),
    "opensearch": _l("Of its OpenSearch description (XML)."),
    SITEMAP: _l("Of its sitemap, for example https://www.example/sitemap.xml"),
    "json": _l("With {q} where the question goes; {lang} and {limit} may stand in it, too."),
}


def _number(label: LazyString, least: int, most: int, default: int, description: LazyString) -> IntegerField:
    return IntegerField(
        label,
        [InputRequired(), NumberRange(least, most)],
        default=default,
        description=description,
        render_kw={"min": least, "max": most},
    )


def _path(label: LazyString, description: LazyString, *, needed: bool) -> StringField:
    return StringField(
        label,
        [InputRequired() if needed else Optional(), Length(max=LONGEST_PATH)],
        description=description,
        render_kw={"class": "code", "autocomplete": "off", "spellcheck": "false"},
    )


class SearchSourceForm(AdminForm):
    """What every source has."""

    key = StringField(
        _l("Key"),
        [InputRequired(), Length(max=63)],
        description=_l("Lower-case letters, digits and hyphens; it cannot be changed later."),
        render_kw={
            "class": "code",
            "autocomplete": "off",
            "spellcheck": "false",
            "pattern": KEY.pattern,
        },
    )
    url = URLField(_l("Address"), [InputRequired(), Length(max=LONGEST_URL)], render_kw={"class": "code"})
    audience = SelectField(_l("Who sees its answers"), default="public")
    portals = MultiCheckboxField(_l("Portals"), description=_l("None chosen: everywhere."))
    languages = MultiCheckboxField(_l("For readers of"), description=_l("None chosen: all languages."))
    budget_ms = _number(
        _l("Readers wait for it (milliseconds)"),
        *BUDGET_MS,
        500,
        _l("What comes later is kept for the next one who asks."),
    )
    ttl_s = _number(
        _l("An answer is good for (seconds)"), *TTL_S, 300, _l("As long as that it is not asked again.")
    )
    position = _number(
        _l("Place in the list"), 0, 9999, 0, _l("Of equal answers those of the first source stand first.")
    )
    is_active = BooleanField(_l("In use"), default=True)

    def settings(self, kind: str) -> dict[str, Any]:
        """What was typed for its kind."""
        given = {name: self[name].data for name in SETTINGS.get(kind, ())}
        return {name: (value or "").strip() if name in PATHS else value for name, value in given.items()}


def of_kind(form: type[SearchSourceForm], kind: str) -> type[SearchSourceForm]:
    """The form with the fields of a kind, and without those that mean nothing to it."""
    fields = dict(_FIELDS.get(kind, {}))
    if kind == SITEMAP:
        fields |= dict.fromkeys(("budget_ms", "ttl_s"))
    return type(form.__name__, (form,), fields)


_FIELDS: Mapping[str, Mapping[str, Any]] = {
    SITEMAP: {
        "pages": _number(_l("Pages at most"), *NUMBERS["pages"], 200, _l("In the order of the sitemap.")),
        "pause_s": _number(
            _l("Pause between two pages (seconds)"),
            *NUMBERS["pause_s"],
            1,
            _l("More, if its robots.txt asks for it."),
        ),
        "hours": _number(
            _l("Read again after (hours)"),
            *NUMBERS["hours"],
            24,
            _l("Only what has changed is read in full."),
        ),
    },
    "json": {
        "items_path": _path(
            _l("List of answers"),
            _l("Names with dots between, such as data.results. Empty: the answer is the list itself."),
            needed=False,
        ),
        "title_path": _path(_l("Title"), _l("Within an answer, such as title."), needed=True),
        "link_path": _path(
            _l("Address of the page"), _l("Such as url; it may begin with a slash."), needed=True
        ),
        "snippet_path": _path(_l("Text"), _l("Such as summary."), needed=False),
        "language_path": _path(_l("Language"), _l("Such as lang."), needed=False),
    },
}
