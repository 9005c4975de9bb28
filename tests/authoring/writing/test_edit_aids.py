"""What the editing page asks while somebody types: kept, shown, taken, found, and told only to those who write."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from authoring.models import Draft
from kb.config import Config
from kb.models import Article, Attachment, Person, State
from tests import factories
from tests.authoring.writing.scene import address, form_on, newest, send
from tests.conftest import START, Clock
from tests.kb.admin.conftest import afresh, png, words

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def config(config: Config) -> Config:
    """Settings with a limit that a test reaches quickly."""
    return replace(config, upload_limit=2**20)


def test_a_working_copy_survives_the_browser_and_the_server(
    desk: FlaskClient, client_of: Open, author: Person, session: Session, article: Article
) -> None:
    first = newest(session, article).id
    fields = form_on(desk.get(address(article))) | {"body": "Half a sentence", "expires_at": "not yet"}
    kept = desk.post(address(article, rest="/autosave"), json={"base_id": first, "fields": fields})
    assert kept.status_code == 200
    assert kept.json == {"saved_at": START.isoformat(), "others": [], "newest": None}
    again = client_of(author).get(address(article))
    assert "This is your working copy" in words(again)
    assert form_on(again)["body"] == "Half a sentence"
    assert form_on(again)["expires_at"] == "not yet"
    assert newest(session, article).number == 1


def test_a_working_copy_in_which_nothing_was_changed_is_none(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    first = newest(session, article).id
    fields = form_on(desk.get(address(article)))
    desk.post(address(article, rest="/autosave"), json={"base_id": first, "fields": fields})
    assert "working copy" not in words(desk.get(address(article)))


def test_what_is_kept_late_does_not_bring_the_old_text_back(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    fields = form_on(desk.get(address(article)))
    send(desk, article, body="Better.")
    late = desk.post(
        address(article, rest="/autosave"),
        json={"base_id": int(fields["base"]), "fields": fields},
        headers={"Accept": "application/json"},
    )
    assert late.status_code == 409
    assert late.content_type == "application/problem+json"
    assert "saved this text meanwhile" in late.get_json(force=True)["detail"]
    assert form_on(desk.get(address(article)))["body"] == "Better."


def test_two_people_see_each_other(
    desk: FlaskClient, client_of: Open, specialist: Person, article: Article, clock: Clock
) -> None:
    other = client_of(specialist)
    assert desk.get(address(article, rest="/autosave")).json == {"others": [], "newest": None}
    assert other.get(address(article, rest="/autosave")).json == {
        "others": [{"name": "Anna Author"}],
        "newest": None,
    }
    assert "Anna Author is editing too." in words(other.get(address(article)))
    clock.advance(seconds=61)
    assert "is editing too" not in words(other.get(address(article)))


def test_who_types_is_told_of_what_is_newer(
    desk: FlaskClient, client_of: Open, specialist: Person, session: Session, article: Article
) -> None:
    fields = form_on(desk.get(address(article))) | {"body": "Mine."}
    send(client_of(specialist), article, body="Theirs.")
    kept = desk.post(
        address(article, rest="/autosave"), json={"base_id": int(fields["base"]), "fields": fields}
    )
    newer = {"id": newest(session, article).id, "author": "Sofia Specialist"}
    assert kept.get_json()["newest"] == newer
    assert desk.get(address(article, rest="/autosave")).get_json()["newest"] == newer


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "[]",
        '{"fields": []}',
        '{"base_id": "x", "fields": {}}',
        '{"base_id": true, "fields": {}}',
        '{"base_id": 11111111111111111111, "fields": {}}',
        "{",
        "[" * 100_000,
    ],
)
def test_what_is_no_working_copy_is_refused(desk: FlaskClient, article: Article, sent: str) -> None:
    answer = desk.post(
        address(article, rest="/autosave"),
        data=sent,
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 422


def test_a_working_copy_holds_only_fields_of_the_form(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    fields = {"title": "T", "colour": "red", "csrf_token": "x", "more_topics": ["a", "b", 3], "tags": 5}
    sent = {"base_id": newest(session, article).id, "fields": fields}
    assert desk.post(address(article, rest="/autosave"), json=sent).status_code == 200
    afresh(session)
    assert session.scalars(select(Draft.fields)).all() == [{"title": "T", "more_topics": ["a", "b"]}]


def test_a_working_copy_that_is_rubbish_does_not_close_the_page(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    fields = {"title": "T", "began": "[" * 100_000}
    sent = {"base_id": newest(session, article).id, "fields": fields}
    assert desk.post(address(article, rest="/autosave"), json=sent).status_code == 200
    assert desk.get(address(article)).status_code == 200


@pytest.mark.parametrize("body", ["a\0b", "half \ud800"])
def test_what_is_no_text_has_no_preview(desk: FlaskClient, article: Article, body: str) -> None:
    assert desk.post(address(article, rest="/preview"), json={"body": body}).status_code == 422


def test_a_preview_is_what_readers_would_get(desk: FlaskClient, session: Session, article: Article) -> None:
    factories.article(session, "esim", title="What an eSIM is")
    factories.snippet(session, "hours", en="We are open from 8 to 20.")
    factories.article(session, "hidden", state=State.DRAFT)
    file = factories.attachment(session, article, "plan.png", png())
    session.commit()
    body = (
        "## Step\n\n{{snippet:hours}}\n\n[](kb:esim) [no](kb:hidden)\n\n"
        f"![Plan](attachment:{file.id})\n\n<script>alert(1)</script><b onclick=x>b</b>\n"
    )
    answer = desk.post(address(article, rest="/preview"), json={"body": body})
    made = answer.get_json()["html"]
    assert "We are open from 8 to 20." in made
    assert "What an eSIM is" in made
    assert f"/files/{file.id}/" in made
    assert "script" not in made
    assert "onclick" not in made
    assert "kb:" not in made


def send_file(client: FlaskClient, article: Article, name: str, data: bytes) -> TestResponse:
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(data), name)})
    return client.post(
        address(article, rest="/files"),
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers={"Accept": "application/json"},
    )


def test_a_file_is_added_and_the_answer_says_how_to_show_it(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    answer = send_file(desk, article, "plan.png", png())
    made = session.scalars(select(Attachment)).one()
    assert answer.get_json() == {
        "id": made.id,
        "filename": "plan.png",
        "is_image": True,
        "markdown": f"![plan.png](attachment:{made.id})",
    }
    assert "plan.png" in words(desk.get(address(article)))


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("page.html", b"<script>", 422), ("empty.txt", b"", 422), ("big.txt", b"x" * (2**20 + 1), 413)],
)
def test_a_file_that_is_not_accepted_is_refused_as_a_problem(
    desk: FlaskClient, article: Article, name: str, content: bytes, status: int
) -> None:
    answer = send_file(desk, article, name, content)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert json.loads(answer.text)["detail"]


def test_a_file_far_too_large_to_be_read_is_refused_as_a_problem(desk: FlaskClient, article: Article) -> None:
    answer = send_file(desk, article, "huge.txt", b"x" * (3 * 2**20))
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    assert "larger than 1 MB" in json.loads(answer.text)["detail"]


def test_articles_to_link_to_are_found_published_or_not(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    factories.article(session, "esim", title="What an eSIM is", body="A card without a card.")
    factories.article(session, "esim-draft", title="Changing to an eSIM", state=State.DRAFT)
    factories.article(session, "other", title="Something else")
    session.commit()
    found = desk.get(address(article, rest="/find?q=esim")).get_json()
    assert {one["key"] for one in found} == {"esim", "esim-draft"}
    assert found[0] == {
        "key": "esim-draft",
        "title": "Changing to an eSIM",
        "kind": "faq",
        "language": "en",
    }
    assert desk.get(address(article, rest="/find?q=")).get_json() == []
    assert desk.get(address(article, rest="/find?q=roaming")).get_json() == []


def test_what_exists_already_is_said_while_the_title_is_typed(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    other = factories.article(session, "esim", title="How to activate an eSIM card")
    session.commit()
    found = desk.get(address(article, rest="/similar?title=Activate+an+eSIM+card")).get_json()
    assert found == [
        {"title": "How to activate an eSIM card", "address": f"/admin/articles/{other.id}?language=en"}
    ]
    assert desk.get(address(article, rest="/similar?title=Roaming")).get_json() == []


WAYS = [
    ("get", ""),
    ("post", ""),
    ("get", "/autosave"),
    ("post", "/autosave"),
    ("post", "/preview"),
    ("post", "/files"),
    ("get", "/find?q=x"),
    ("get", "/similar?title=x"),
]


@pytest.mark.parametrize("part", ["outsider", "customer", "agent", "reviewer"])
@pytest.mark.parametrize(("method", "rest"), WAYS)
def test_who_does_not_write_is_turned_away_at_every_door(
    client_of: Open,
    article: Article,
    session: Session,
    part: str,
    method: str,
    rest: str,
    request: pytest.FixtureRequest,
) -> None:
    person = client_of(request.getfixturevalue(part))
    assert getattr(person, method)(address(article, rest=rest)).status_code == 403
    assert session.scalars(select(Draft)).all() == []


@pytest.mark.parametrize(("method", "rest"), WAYS)
def test_a_translator_is_turned_away_from_the_source_and_from_other_languages(
    client_of: Open, article: Article, session: Session, translator: Person, method: str, rest: str
) -> None:
    factories.limit(session, translator, languages=["hu"])
    session.commit()
    client = client_of(translator)
    assert getattr(client, method)(address(article, "en", rest)).status_code == 403
    assert getattr(client, method)(address(article, "sv", rest)).status_code == 403
    assert getattr(client, method)(address(article, "hu", rest)).status_code != 403


def test_the_page_can_be_sent_with_its_token_only(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    desk.application.config["WTF_CSRF_ENABLED"] = True
    fields = form_on(desk.get(address(article))) | {"body": "Better.", "action": "save"}
    token = fields.pop("csrf_token")
    assert desk.post(address(article), data=fields).status_code == 400
    sent = {"base_id": int(fields["base"]), "fields": {"title": "T"}}
    assert desk.post(address(article, rest="/autosave"), json=sent).status_code == 400
    headers = {"X-CSRFToken": token}
    assert desk.post(address(article, rest="/autosave"), json=sent, headers=headers).status_code == 200
    assert desk.post(address(article), data=fields | {"csrf_token": token}).status_code == 303
