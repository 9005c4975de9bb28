"""What the tests of mail share: an application that has a mail server, and people who are told something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from sqlalchemy.orm import Session

from authoring.telling import notices
from kb.context import Services
from kb.mail_settings import MailServer
from kb.models import Person
from tests.conftest import START

BASE = "https://help.halmar.example/desk"
SUBJECT = "Waiting for you: %(title)s"
SENTENCE = "“%(title)s” (%(language)s) is waiting for your approval."
WAITING = {
    "hu": ("Önre vár: %(title)s", "„%(title)s” (%(language)s) az ön jóváhagyására vár."),
    "ru": ("Ждёт вас: %(title)s", "«%(title)s» (%(language)s) ждёт вашего одобрения."),
    "sv": ("Väntar på dig: %(title)s", "”%(title)s” (%(language)s) väntar på ditt godkännande."),
}
"""Subject and sentence of one kind of notice, for these tests, whatever the catalogs say."""


def speak(app: Flask, folder: Path) -> None:
    """Let the application say these words in its languages, and all others in English."""
    for language, words in WAITING.items():
        catalog = Catalog(locale=language)
        for message, translated in zip((SUBJECT, SENTENCE), words, strict=True):
            catalog.add(message, translated)
        path = folder / language / "LC_MESSAGES"
        path.mkdir(parents=True)
        with (path / "messages.mo").open("wb") as file:
            write_mo(file, catalog)
    app.extensions["babel"].translation_directories = [str(folder)]


def set_up(services: Services, server: MailServer) -> None:
    """Let the application send its mails through this server."""
    services.config = replace(
        services.config,
        base_url=BASE,
        mail_server=server,
        mail_from=Address("Kalauz útmutató", "kalauz", "halmar.example"),
    )


def tell(
    session: Session,
    person: Person | Sequence[Person],
    kind: str = "waiting",
    *,
    title: str = "Roaming abroad",
    about: str = "",
    path: str = "/authoring/reviews/1",
    now: datetime = START,
    **params: str,
) -> None:
    """Leave a notice and commit it."""
    people = [person] if isinstance(person, Person) else person
    notices.tell(
        session,
        [one.id for one in people],
        kind,
        about=about or f"{kind} {title}",
        path=path,
        now=now,
        title=title,
        language="en",
        **params,
    )
    session.commit()
