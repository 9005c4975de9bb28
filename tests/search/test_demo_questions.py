"""The demonstration's questions, as customers say them: the right article is the first answer, in four languages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.config import Config

QUESTIONS = {
    "en": {
        "my phone is asking for a puk": "puk-code",
        "internet is down again": "internet-down",
        "why is my bill so high": "invoice-too-high",
        "someone stole my phone": "lost-or-stolen-phone",
        "how do i change my wifi password": "change-wifi-password",
        "what does the red light on the router mean": "router-lights",
    },
    "hu": {
        "nem működik a netem": "internet-down",
        "miért ilyen magas a számlám": "invoice-too-high",
        "ellopták a telefonomat": "lost-or-stolen-phone",
        "hogyan tudom megváltoztatni a wifi jelszót": "change-wifi-password",
        "mennyibe kerül a roaming az EU-n kívül": "roaming-outside-eu",
        "hol találom a puk kódomat": "puk-code",
    },
    "sv": {
        "mitt internet fungerar inte": "internet-down",
        "varför är fakturan så hög": "invoice-too-high",
        "min telefon är stulen": "lost-or-stolen-phone",
        "hur byter jag lösenord på wifi": "change-wifi-password",
        "säga upp abonnemanget": "cancel-contract",
        "var hittar jag pukkoden": "puk-code",
    },
    "ru": {
        "у меня не работает интернет": "internet-down",
        "почему такой большой счёт": "invoice-too-high",
        "украли телефон": "lost-or-stolen-phone",
        "как поменять пароль от wifi": "change-wifi-password",
        "как расторгнуть договор": "cancel-contract",
        "где взять пук код": "puk-code",
    },
}
ASKED = [
    (language, question, key) for language, asked in QUESTIONS.items() for question, key in asked.items()
]


@pytest.fixture(scope="module")
def demo(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a copy of the demonstration."""
    from kb.app import create_app

    data = shutil.copytree(demonstration, tmp_path_factory.mktemp("demo") / "data")
    url = f"sqlite:///{data / 'kalauz.db'}"
    config = Config(
        data=data, database_url=url, secret_key="for tests", rate_limits=False, jobs=False, semantic="off"
    )
    made = create_app(config)
    made.testing = True
    yield made
    made.extensions["kalauz"].database.engine.dispose()


@pytest.fixture
def asker(demo: Flask) -> FlaskClient:
    return demo.test_client()


@pytest.mark.parametrize(("language", "question", "key"), ASKED)
def test_the_right_article_is_first(asker: FlaskClient, language: str, question: str, key: str) -> None:
    query = {"q": question, "lang": language, "portal": "help"}
    found = asker.get("/api/v1/search", query_string=query).get_json()["results"]
    assert [hit["key"] for hit in found if hit["type"] == "article"][:1] == [key]
