"""Portals: what an administrator can set, what is refused, and that nobody overwrites somebody else's work unseen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import AuditEntry, Portal
from kb.portals import FEATURES
from tests import factories
from tests.kb.admin.conftest import afresh, hidden, png, words

Changes = Callable[[str], list[AuditEntry]]


def form(**changed: Any) -> dict[str, Any]:
    """The form of a new portal as the page sends it, with changes."""
    stored: dict[str, Any] = {
        "key": "help",
        "names_en": "Help",
        "names_hu": "Segítség",
        "taglines_en": "Ask us",
        "languages": ["en", "hu"],
        "default_language": "en",
        "position": "1",
        "audiences": ["public", "customer"],
        "entry_audience": "public",
        "features": ["search", "topics"],
        "brand": "#0b6470",
        "font-body": "serif",
    }
    return {name: value for name, value in {**stored, **changed}.items() if value is not None}


def test_a_portal_is_made_and_answers_at_once(
    desk: FlaskClient, client: FlaskClient, session: Session
) -> None:
    factories.topic(session, "phones")
    session.commit()
    answer = desk.post("/admin/portals/new", data=form(topics=["phones"]))
    assert answer.status_code == 303
    afresh(session)
    made = session.scalars(select(Portal)).one()
    assert (made.names, made.taglines) == ({"en": "Help", "hu": "Segítség"}, {"en": "Ask us"})
    assert (made.languages, made.default_language, made.position) == (["en", "hu"], "en", 1)
    assert (made.audiences, made.entry_audience) == (["customer", "public"], "public")
    assert (made.topics, made.features) == (["phones"], ["search", "topics"])
    assert made.tokens == {"brand": "#0b6470", "font-body": "serif"}
    assert "Segítség" in words(client.get("/help/hu/"))
    assert "--brand: #0b6470" in client.get("/help/theme.css").text


def test_its_page_shows_what_is_stored_and_saves_it_unchanged(desk: FlaskClient, session: Session) -> None:
    looks: dict[str, Any] = {"tokens": {"brand-soft": "#e8f0ff"}, "logo": "/static/kalauz.svg"}
    made = factories.portal(session, features=list(FEATURES), **looks)
    session.commit()
    page = desk.get(f"/admin/portals/{made.id}")
    for text in ('value="Help"', 'value="#e8f0ff"', 'value="/static/kalauz.svg"'):
        assert text in page.text
    assert page.text.count("checked") == len(made.languages) + len(made.audiences) + len(FEATURES)


@pytest.mark.parametrize(
    "key", ["admin", "api", "static", "files", "login", "logout", "account", "healthz", "metrics"]
)
def test_a_key_that_the_house_needs_is_refused(key: str, desk: FlaskClient, session: Session) -> None:
    answer = desk.post("/admin/portals/new", data=form(key=key))
    assert answer.status_code == 422
    assert "This address is used by Kalauz itself." in words(answer)
    afresh(session)
    assert session.scalar(select(Portal)) is None


REFUSED = [
    ({"key": "Two words"}, "Use lower-case letters, digits and '-', at most 63 characters."),
    ({"key": "robots.txt"}, "Use lower-case letters, digits and '-', at most 63 characters."),
    ({"names_en": " "}, "Give a name at least in the default language."),
    ({"languages": None}, "Choose at least one language."),
    ({"languages": ["hu"]}, "The default language must be one of the portal's languages."),
    ({"more_languages": "klingon"}, "klingon is not a language code such as en or hu."),
    ({"audiences": None}, "Choose at least one audience, or the portal shows nothing."),
    ({"brand": "red"}, "Give a colour such as #0b5fff."),
    ({"brand": "#ffffff", "brand-ink": "#eeeeee"}, "Text on the brand colour has a contrast of 1.2"),
    ({"brand": None, "brand-ink": "#000000"}, "Give the brand colour too"),
    ({"logo_path": "https://example.com/logo.svg"}, "Give the address of an image here"),
    ({"logo_path": "/static/../secret.svg"}, "Give the address of an image here"),
    ({"taglines_en": "x" * 201}, "Field cannot be longer than 200 characters."),
]


@pytest.mark.parametrize(("changed", "sentence"), REFUSED)
def test_what_cannot_be_used_is_said_and_what_was_typed_stays(
    changed: dict[str, Any], sentence: str, desk: FlaskClient, session: Session
) -> None:
    answer = desk.post("/admin/portals/new", data=form(**changed))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert 'value="Segítség"' in answer.text
    afresh(session)
    assert session.scalar(select(Portal)) is None


def test_a_key_that_is_taken_is_a_conflict(desk: FlaskClient, session: Session) -> None:
    factories.portal(session)
    session.commit()
    answer = desk.post("/admin/portals/new", data=form())
    assert answer.status_code == 409
    assert "The key help is taken." in words(answer)


def test_the_second_of_two_savers_is_told_and_keeps_their_text(
    desk: FlaskClient, session: Session, changes: Changes
) -> None:
    made = factories.portal(session)
    session.commit()
    address = f"/admin/portals/{made.id}"
    seen = hidden(desk.get(address), "version")
    first = form(key=None, names_en="First", version=seen)
    assert desk.post(address, data=first).status_code == 303
    second = form(key=None, names_en="Second", version=seen)
    answer = desk.post(address, data=second)
    assert answer.status_code == 409
    assert "Somebody else saved this while it was open here." in words(answer)
    assert 'value="Second"' in answer.text
    afresh(session)
    assert made.names["en"] == "First"
    again = form(key=None, names_en="Second", version=hidden(answer, "version"))
    assert desk.post(address, data=again).status_code == 303
    afresh(session)
    assert made.names["en"] == "Second"
    assert [(entry.before["names"]["en"], entry.after["names"]["en"]) for entry in changes("portal")] == [
        ("Help", "First"),
        ("First", "Second"),
    ]


def test_languages_keep_their_order_and_new_ones_come_last(desk: FlaskClient, session: Session) -> None:
    made = factories.portal(session, languages=("sv", "en"))
    session.commit()
    fields = form(key=None, languages=["en", "hu", "sv"], more_languages="de, pt-BR")
    assert desk.post(f"/admin/portals/{made.id}", data=fields).status_code == 303
    afresh(session)
    assert made.languages == ["sv", "en", "hu", "de", "pt-BR"]
    assert 'name="names_pt-BR"' in desk.get(f"/admin/portals/{made.id}").text


def test_a_portal_is_deleted_after_a_question(
    desk: FlaskClient, client: FlaskClient, session: Session
) -> None:
    made = factories.portal(session)
    session.commit()
    assert "Delete Help?" in words(desk.get(f"/admin/portals/{made.id}/delete"))
    assert client.get("/help/en/").status_code == 200
    assert desk.post(f"/admin/portals/{made.id}/delete").status_code == 303
    assert client.get("/help/en/").status_code == 404
    assert desk.get(f"/admin/portals/{made.id}").status_code == 404


def test_a_logo_can_be_chosen_from_images_that_everybody_may_see(desk: FlaskClient, session: Session) -> None:
    public = factories.attachment(session, factories.article(session), "logo.png", png())
    inside = factories.article(session, "inside", audience="agent")
    factories.attachment(session, inside, "secret.png", png("black"))
    made = factories.portal(session)
    session.commit()
    page = desk.get(f"/admin/portals/{made.id}").text
    assert "logo.png" in page
    assert "secret.png" not in page
    desk.post(f"/admin/portals/{made.id}", data=form(key=None, logo=f"/files/{public.id}/logo.png"))
    afresh(session)
    assert made.logo == f"/files/{public.id}/logo.png"


def test_a_portal_can_leave_out_what_is_out_of_step(desk: FlaskClient, session: Session) -> None:
    made = factories.portal(session)
    session.commit()
    address = f"/admin/portals/{made.id}"
    assert desk.post(address, data=form(key=None, hides_stale="y")).status_code == 303
    afresh(session)
    assert made.hides_stale
    assert 'checked id="hides_stale"' in desk.get(address).text
    assert desk.post(address, data=form(key=None)).status_code == 303
    afresh(session)
    assert not made.hides_stale
