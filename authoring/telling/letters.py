"""What a mail says: the notices of one person as plain text, in their language, with links that work anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from authoring.models import Notice
from authoring.telling import notice_words, preferences
from authoring.telling.notice_words import Told
from kb.config import Config
from kb.models import Person

Line = tuple[Told, str]
"""A notice in words, and the address that opens it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is sent.

    Args:
        unsubscribe: the address that switches mails off with one click.
    """

    subject: str
    text: str
    unsubscribe: str


def letter(person: Person, notices: Sequence[Notice], config: Config) -> Letter:
    """Tell a person of these notices, grouped by kind. Needs an application context.

    Args:
        notices: at least one.
    """
    language = notice_words.language_of(person)
    ordered = sorted(notices, key=lambda notice: (notice_words.place(notice.kind), notice.kind, notice.id))
    lines = [
        (
            notice_words.told(notice.kind, notice.params, language=language, zone=person.zone),
            _address(config, "authoring.notice", notice_id=notice.id),
        )
        for notice in ordered
    ]
    token = preferences.opt_out_token(config.secret_key, person.id)
    unsubscribe = _address(config, "mail.off", token=token)
    with force_locale(language):
        many = ngettext("%(num)d new notice", "%(num)d new notices", len(lines))
        subject = lines[0][0].subject if len(lines) == 1 else many
        return Letter(subject, "\n\n".join([*_body(lines), _footer(config, unsubscribe)]) + "\n", unsubscribe)


def trial(person: Person, config: Config) -> Letter:
    """A mail that says nothing but that mails arrive."""
    unsubscribe = _address(config, "mail.off", token=preferences.opt_out_token(config.secret_key, person.id))
    with force_locale(notice_words.language_of(person)):
        text = _("You asked for this mail to see whether mails arrive. They do.")
        return Letter(_("A trial of the mail"), f"{text}\n\n{_footer(config, unsubscribe)}\n", unsubscribe)


def _body(lines: Sequence[Line]) -> Iterable[str]:
    for heading, group in groupby(lines, key=lambda line: line[0].heading):
        if len(lines) > 1:
            yield f"{heading}\n{'-' * len(heading)}"
        for told, address in group:
            yield _paragraph(told, address)


def _paragraph(told: Told, address: str) -> str:
    details = (f"{label}: {value}" for label, value in told.details)
    return "\n".join([told.sentence, *details, address])


def _footer(config: Config, unsubscribe: str) -> str:
    choices = _address(config, "authoring.notice_preferences")
    return "\n".join(
        [
            "-- ",
            _("You get this mail because you have an account at %(address)s", address=config.base_url),
            _("When you get mails is your choice: %(address)s", address=choices),
            _("No more mails: %(address)s", address=unsubscribe),
        ]
    )


def _address(config: Config, endpoint: str, **values: str | int) -> str:
    return config.base_url + current_app.url_map.bind("").build(endpoint, values)
