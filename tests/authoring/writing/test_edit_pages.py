"""The editing page: what was typed is saved, merged or handed back; nobody writes where they may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from authoring.models import Draft, Review
from kb.models import Article, Person, State
from tests import factories
from tests.authoring.writing.scene import BODY, address, form_on, newest, send
from tests.conftest import START, Clock
from tests.kb.admin.conftest import hidden, statements, words

__all__ = ["statements"]

Open = Callable[[Person], FlaskClient]
Statements = Callable[[Callable[[], TestResponse]], int]


def test_what_is_saved_is_a_draft(desk: FlaskClient, session: Session, article: Article) -> None:
    answer = send(
        desk, article, title="Roaming abroad", body="Better.", tags="abroad, EU", change_note="Why not"
    )
    assert answer.status_code == 303
    made = newest(session, article)
    assert (made.number, made.state, made.title, made.body) == (2, State.DRAFT, "Roaming abroad", "Better.")
    assert (made.tags, made.change_note) == (["abroad", "EU"], "Why not")
    assert "Saved as revision 2." in words(desk.get(answer.location))


def test_what_nobody_touched_stays_to_the_byte(desk: FlaskClient, session: Session, author: Person) -> None:
    body = "\n  leading\n\ntrailing  \n\n"
    made = factories.article(session, body=body, summary="S", tags=["a, b"], publish_at=START)
    session.commit()
    assert send(desk, made, change_note="Nothing").status_code == 303
    found = newest(session, made)
    assert (found.number, found.body, found.tags) == (2, body, ["a, b"])


def test_saving_what_nobody_changed_makes_no_revision(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    answer = send(desk, article)
    assert "There was nothing to save" in words(desk.get(answer.location))
    assert newest(session, article).number == 1


def test_a_text_goes_to_its_reviewers(desk: FlaskClient, session: Session, article: Article) -> None:
    answer = send(desk, article, body="Better.", action="submit")
    said = words(desk.get(answer.location))
    assert "It is with its reviewers now." in said
    assert "Saved as revision" not in said
    assert newest(session, article).state == State.IN_REVIEW
    assert session.scalars(select(Review.outcome)).all() == ["open"]


def test_what_cannot_be_submitted_is_saved_all_the_same(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    send(desk, article, body="Better.", action="submit")
    answer = send(desk, article, body="Better.", action="submit")
    assert "nothing to save" in words(desk.get(answer.location))
    assert newest(session, article).state == State.IN_REVIEW


def test_the_page_says_beforehand_that_saving_takes_a_text_back_from_review(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    send(desk, article, body="Better.", action="submit")
    assert "Saving takes it back from review" in words(desk.get(address(article)))
    send(desk, article, body="Better still.")
    assert newest(session, article).state == State.DRAFT
    assert session.scalars(select(Review.outcome)).all() == ["overtaken"]
    assert "takes it back" not in words(desk.get(address(article)))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "Give it a title."),
        ({"title": "x" * 301}, "longer than 300"),
        ({"body": "a\0b"}, "It contains a character that is no text."),
        ({"expires_at": "2020-01-01T10:00"}, "It must expire after it is published."),
        ({"expires_at": "tomorrow"}, "Give a day and a time"),
        ({"audience": "nobody"}, "Not a valid choice"),
        ({"replaced_by": "nothing-like-it"}, "There is no other article with the key nothing-like-it."),
    ],
)
def test_bad_input_is_kept_and_said_beside_its_field(
    desk: FlaskClient, session: Session, article: Article, fields: dict[str, str], said: str
) -> None:
    page = send(desk, article, **{"body": "What I typed", "summary": "Kept"} | fields)
    assert page.status_code == 422
    assert said in words(page)
    sent = form_on(page)
    assert sent["summary"] == "Kept"
    assert all(sent[name] == value for name, value in fields.items() if name not in {"audience", "body"})
    assert newest(session, article).number == 1


def test_a_crash_between_keeping_and_saving_loses_nothing(
    desk: FlaskClient, session: Session, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = form_on(desk.get(address(article))) | {"body": "Half a sentence"}
    desk.post(address(article, rest="/autosave"), json={"base_id": int(fields["base"]), "fields": fields})
    monkeypatch.setattr("authoring.writing.drafts.articles.revise", lambda *_args, **_more: 1 / 0)
    desk.application.testing = False
    desk.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert desk.post(address(article), data=fields | {"action": "save"}).status_code == 500
    monkeypatch.undo()
    assert newest(session, article).state == State.DRAFT
    page = desk.get(address(article))
    assert form_on(page)["body"] == "Half a sentence"
    assert desk.post(address(article), data=form_on(page) | {"action": "save"}).status_code == 303
    assert newest(session, article).body == "Half a sentence"
    assert session.scalars(select(Draft)).all() == []


def test_what_is_discarded_is_gone(desk: FlaskClient, session: Session, article: Article) -> None:
    fields = form_on(desk.get(address(article))) | {"body": "Half a sentence"}
    desk.post(address(article, rest="/autosave"), json={"base_id": int(fields["base"]), "fields": fields})
    answer = desk.post(address(article), data=fields | {"action": "discard"})
    assert "Your changes are discarded." in words(desk.get(answer.location))
    assert form_on(desk.get(address(article)))["body"] == BODY.replace("\n", "\r\n")
    assert newest(session, article).number == 1


def test_the_second_to_save_is_merged_and_told(
    desk: FlaskClient, client_of: Open, specialist: Person, session: Session, article: Article
) -> None:
    mine = form_on(desk.get(address(article))) | {"body": BODY.replace("Third", "3rd")}
    send(client_of(specialist), article, body=BODY.replace("First", "1st"))
    answer = desk.post(address(article), data=mine | {"action": "save"})
    assert "together with what somebody else saved meanwhile" in words(desk.get(answer.location))
    assert newest(session, article).body == "1st paragraph.\n\nSecond paragraph.\n\n3rd paragraph.\n"


def test_what_was_merged_is_read_once_more_before_it_goes_to_reviewers(
    desk: FlaskClient, client_of: Open, specialist: Person, session: Session, article: Article
) -> None:
    mine = form_on(desk.get(address(article))) | {"body": BODY.replace("Third", "3rd")}
    send(client_of(specialist), article, body=BODY.replace("First", "1st"))
    answer = desk.post(address(article), data=mine | {"action": "submit"})
    assert "Read it once more before you submit it." in words(desk.get(answer.location))
    assert newest(session, article).state == State.DRAFT
    assert send(desk, article, action="submit").status_code == 303
    assert newest(session, article).state == State.IN_REVIEW


def test_a_conflict_shows_both_texts_and_the_second_try_settles_it(
    desk: FlaskClient, client_of: Open, specialist: Person, session: Session, article: Article
) -> None:
    mine = form_on(desk.get(address(article))) | {"body": BODY.replace("Second", "Middle"), "title": "Mine"}
    send(client_of(specialist), article, body=BODY.replace("Second", "2nd"), title="Theirs")
    page = desk.post(address(article), data=mine | {"action": "save"})
    assert page.status_code == 409
    said = words(page)
    assert "Sofia Specialist saved this text after you began" in said
    assert "2nd paragraph." in said
    assert "Middle paragraph." in said
    assert "The other title: Theirs" in said
    form = form_on(page)
    assert form["title"] == "Mine"
    assert (
        "<<<<<<< Yours\r\nMiddle paragraph.\r\n=======\r\n2nd paragraph.\r\n>>>>>>> Sofia Specialist"
        in form["body"]
    )
    assert newest(session, article).number == 2

    unfinished = desk.post(address(article), data=form | {"action": "save"})
    assert unfinished.status_code == 422
    assert "Finish the marked places first" in words(unfinished)
    assert "Middle paragraph." in form_on(unfinished)["body"]

    settled = form_on(unfinished) | {"body": BODY.replace("Second", "Second, the middle"), "action": "save"}
    assert desk.post(address(article), data=settled).status_code == 303
    made = newest(session, article)
    assert (made.number, made.title, made.body) == (3, "Mine", BODY.replace("Second", "Second, the middle"))


def test_a_text_in_conflict_is_kept_as_a_working_copy(
    desk: FlaskClient, client_of: Open, specialist: Person, article: Article
) -> None:
    mine = form_on(desk.get(address(article))) | {"body": "Mine."}
    send(client_of(specialist), article, body="Theirs.")
    desk.post(address(article), data=mine | {"action": "save"})
    page = desk.get(address(article))
    assert form_on(page)["body"] == "Mine."
    assert "Sofia Specialist has saved a newer version since you began" in words(page)


def test_times_are_given_in_the_zone_of_the_person(
    desk: FlaskClient, session: Session, article: Article, author: Person
) -> None:
    author.zone = "Europe/Budapest"
    session.commit()
    send(desk, article, expires_at="2026-07-01T18:00", review_by="2026-06-01T09:30")
    made = newest(session, article)
    assert made.expires_at == datetime(2026, 7, 1, 16, 0, tzinfo=UTC)
    assert made.review_by == datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
    assert form_on(desk.get(address(article)))["expires_at"] == "2026-07-01T18:00"


def test_a_time_that_the_clocks_leap_over_is_refused_with_a_sentence(
    desk: FlaskClient, session: Session, article: Article, author: Person
) -> None:
    author.zone = "Europe/Budapest"
    session.commit()
    page = send(desk, article, expires_at="2026-03-29T02:30")
    assert page.status_code == 422
    assert "This time does not exist: the clocks are put forward then." in words(page)
    assert form_on(page)["expires_at"] == "2026-03-29T02:30"


def test_of_a_time_that_comes_twice_the_first_is_taken(
    desk: FlaskClient, session: Session, article: Article, author: Person
) -> None:
    author.zone = "Europe/Budapest"
    session.commit()
    send(desk, article, expires_at="2026-10-25T02:30")
    assert newest(session, article).expires_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_that_nobody_touches_stays_to_the_second(
    desk: FlaskClient, session: Session, author: Person
) -> None:
    author.zone = "Europe/Budapest"
    second_time = datetime(2026, 10, 25, 1, 30, 17, tzinfo=UTC)
    made = factories.article(session, expires_at=second_time)
    session.commit()
    send(desk, made, body="Better.")
    assert newest(session, made).expires_at == second_time


def test_lifetimes_that_are_over_begin_anew(desk: FlaskClient, session: Session, clock: Clock) -> None:
    made = factories.article(session, kind="standard", expires_at=START + timedelta(days=1))
    session.commit()
    clock.advance(days=2)
    form = form_on(desk.get(address(made)))
    assert form["expires_at"] > "2027"
    assert send(desk, made).status_code == 303


def test_properties_of_what_readers_know_wait_for_the_approval(desk: FlaskClient, session: Session) -> None:
    factories.topic(session, "phones")
    made = factories.article(session, kind="faq")
    session.commit()
    assert "takes effect when this text is approved" in words(desk.get(address(made)))
    send(desk, made, kind="standard", topic="phones")
    found = newest(session, made)
    assert found.proposed == {"kind": "standard", "topics": ["phones"]}
    assert found.translation.article.kind == "faq"
    assert form_on(desk.get(address(made)))["kind"] == "standard"


def test_what_cannot_wait_for_a_later_publication_is_said_beside_its_field(
    desk: FlaskClient, session: Session
) -> None:
    factories.topic(session, "phones")
    made = factories.article(session, kind="faq")
    session.commit()
    page = send(desk, made, topic="phones", publish_at="2026-04-01T09:00")
    assert page.status_code == 422
    assert "Main topic : It takes effect with the approval" in words(page)


def test_somebody_elses_change_of_a_property_is_not_undone_by_saving(
    desk: FlaskClient, client_of: Open, specialist: Person, session: Session, article: Article
) -> None:
    mine = form_on(desk.get(address(article))) | {"body": "Mine."}
    send(client_of(specialist), article, kind="guide")
    assert desk.post(address(article), data=mine | {"action": "save"}).status_code == 303
    assert newest(session, article).translation.article.kind == "guide"


def test_a_missing_translation_begins_empty(desk: FlaskClient, session: Session, article: Article) -> None:
    form = form_on(desk.get(address(article, "hu")))
    assert (form["title"], form["body"], form["base"]) == ("", "", "")
    answer = send(desk, article, "hu", title="Barangolás", body="Szöveg")
    assert answer.status_code == 303
    made = newest(session, article, "hu")
    assert (made.number, made.made_from_id) == (1, newest(session, article).id)


def test_the_source_stands_beside_its_translation(desk: FlaskClient, article: Article) -> None:
    page = desk.get(address(article, "hu", "?from=en"))
    assert "Second paragraph." in words(page)
    assert 'form="edit"' in page.text


def test_a_preview_works_without_a_script_and_keeps_what_was_typed(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    page = send(desk, article, body="## A heading\n\nText", action="preview")
    assert page.status_code == 200
    assert re.search(r"<h2[^>]*>A heading", page.text)
    assert form_on(page)["body"] == "## A heading\r\n\r\nText"
    assert newest(session, article).number == 1
    assert form_on(desk.get(address(article)))["body"] == "## A heading\r\n\r\nText"


def test_a_translator_sees_no_fields_of_the_article_and_cannot_send_them(
    client_of: Open, article: Article, session: Session, translator: Person
) -> None:
    factories.limit(session, translator, languages=["hu"])
    session.commit()
    client = client_of(translator)
    assert not {"kind", "audience", "topic", "replaced_by"} & set(form_on(client.get(address(article, "hu"))))
    send(client, article, "hu", title="Barangolás", body="Szöveg", kind="guide", replaced_by="other")
    made = newest(session, article, "hu")
    assert (made.translation.article.kind, made.translation.article.replaced_by) == ("faq", None)


def test_a_scoped_author_is_turned_away_from_other_topics(
    desk: FlaskClient, session: Session, author: Person
) -> None:
    phones, bills = factories.topic(session, "phones"), factories.topic(session, "bills")
    factories.limit(session, author, topics=["phones"])
    own = factories.article(session, "own", topics=[phones])
    other = factories.article(session, "other", topics=[bills])
    session.commit()
    assert desk.get(address(own)).status_code == 200
    assert 'value="bills"' not in desk.get(address(own)).text
    assert desk.get(address(other)).status_code == 403
    assert desk.post(address(other), data={"title": "x"}).status_code == 403


@pytest.mark.parametrize("language", ["xx", "english", ".."])
def test_there_is_no_page_for_what_is_no_language(desk: FlaskClient, article: Article, language: str) -> None:
    assert desk.get(address(article, language)).status_code == 404
    assert desk.get("/authoring/articles/999999/en").status_code == 404


def test_anonymous_people_are_asked_to_log_in(client: FlaskClient, article: Article) -> None:
    answer = client.get(address(article))
    assert answer.status_code == 302
    assert "/login" in answer.location


def test_the_page_asks_the_database_little_whatever_its_history(
    desk: FlaskClient, session: Session, article: Article, statements: Statements
) -> None:
    few = statements(lambda: desk.get(address(article)))
    for number in range(5):
        factories.revision(session, article, title=f"Title {number}", state=State.DRAFT)
    session.commit()
    assert statements(lambda: desk.get(address(article))) == few
    shell = statements(lambda: desk.get("/authoring/new"))  # who it is, and what waits for them
    assert few - shell <= 12


def test_the_article_leads_to_its_editing_page(desk: FlaskClient, session: Session, article: Article) -> None:
    page = desk.get(f"/admin/articles/{article.id}").text
    assert f'href="/authoring/articles/{article.id}/en"' in page
    assert f'href="/authoring/articles/{article.id}/hu?from=en"' in page


def test_the_portal_leads_writers_to_the_editing_page(
    client_of: Open, client: FlaskClient, session: Session, author: Person, agent: Person
) -> None:
    factories.portal(session)
    made = factories.article(session)
    session.commit()
    link = f'href="/authoring/articles/{made.id}/en"'
    assert link in client_of(author).get("/help/en/a/roaming").text
    assert link not in client_of(agent).get("/help/en/a/roaming").text
    assert link not in client.get("/help/en/a/roaming").text


def test_a_hidden_field_names_what_the_form_was_made_from(
    desk: FlaskClient, session: Session, article: Article
) -> None:
    page = desk.get(address(article))
    assert hidden(page, "base") == str(newest(session, article).id)
    assert f'data-base="{newest(session, article).id}"' in page.text


@pytest.mark.parametrize("says_the_same", [True, False])
def test_who_translates_says_whether_the_text_is_in_step_with_its_source_again(
    desk: FlaskClient, session: Session, says_the_same: bool
) -> None:
    made = factories.article(session, body="It costs 10 EUR.", translations={"hu": "Barangolás"})
    old = factories.newest(made)
    new = factories.revision(session, made, body="It costs 20 EUR.")
    session.commit()
    choice = {"made_from_id": str(new.id)} if says_the_same else {}
    assert send(desk, made, "hu", body="Szöveg.", **choice).status_code == 303
    assert newest(session, made, "hu").made_from_id == (new.id if says_the_same else old.id)
