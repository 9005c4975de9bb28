"""How people are told is their choice; a link in a mail can only switch mails off, and only those of its person."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from authoring.models import NoticePreference
from authoring.telling import preferences
from kb.errors import Invalid, NotFound
from kb.models import Person
from tests.conftest import START

SECRET = "a secret for tests only"


def test_who_never_chose_is_told_at_once(session: Session, author: Person) -> None:
    assert preferences.of(session, author.id) == "at_once"


@pytest.mark.parametrize("choice", preferences.CHOICES)
def test_a_choice_holds_for_its_person_alone(
    session: Session, author: Person, reviewer: Person, choice: str
) -> None:
    preferences.choose(session, author.id, "off", START)
    preferences.choose(session, author.id, choice, START)
    assert preferences.of(session, author.id) == choice
    assert preferences.of(session, reviewer.id) == "at_once"


@pytest.mark.parametrize("choice", ["", "weekly", "at_once "])
def test_what_is_no_choice_is_refused_and_changes_nothing(
    session: Session, author: Person, choice: str
) -> None:
    preferences.choose(session, author.id, "daily", START)
    with pytest.raises(Invalid, match="mail"):
        preferences.choose(session, author.id, choice, START)
    assert preferences.of(session, author.id) == "daily"


def test_the_first_digest_comes_on_the_morning_after_the_choice(session: Session, author: Person) -> None:
    preferences.choose(session, author.id, "daily", START)
    assert session.get_one(NoticePreference, author.id).digested_at == START


def test_a_link_knows_its_person(session: Session, author: Person) -> None:
    token = preferences.opt_out_token(SECRET, author.id)
    assert preferences.person_of_token(session, SECRET, token) is author


def test_a_link_that_somebody_changed_or_made_is_nobody_s(session: Session, author: Person) -> None:
    token = preferences.opt_out_token(SECRET, author.id)
    other = preferences.opt_out_token(SECRET, author.id + 1)
    forged = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[1:],
        other.split(".")[0] + "." + token.split(".")[1],
        preferences.opt_out_token("another secret", author.id),
        str(author.id),
        "",
        ".",
        "ő",
        preferences.opt_out_token(SECRET, 999),
    ]
    for one in forged:
        with pytest.raises(NotFound):
            preferences.person_of_token(session, SECRET, one)


def test_a_link_of_another_kind_signed_with_the_same_secret_is_refused(
    session: Session, author: Person
) -> None:
    from itsdangerous import URLSafeSerializer

    token = URLSafeSerializer(SECRET, salt="something else").dumps(author.id)
    with pytest.raises(NotFound):
        preferences.person_of_token(session, SECRET, str(token))
