"""Where a translation of a guide is drawn, its translator says whether it keeps step with its source."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from authoring.views.guides.origins import changes
from cbr.trees import body
from kb.models import Article, Person, State
from tests import factories
from tests.authoring.guides.test_editor_page import form_of, send, tree_on
from tests.authoring.writing.scene import address, newest
from tests.cbr.guided_runs import stage
from tests.kb.stage import Page

CHANGED = stage.ROUTER.replace("Is the light on?", "Is the green light on, for 5 minutes?")


@pytest.fixture
def desk(client_of: Callable[[Person], FlaskClient], author: Person) -> FlaskClient:
    """The author's browser."""
    return client_of(author)


@pytest.fixture
def router(session: Session) -> Article:
    """A guide and its translation, which was made from the revision before the newest."""
    made = factories.article(
        session, "router", title="Router", kind="guide", body=stage.ROUTER, state=State.DRAFT
    )
    source = factories.newest(made, "en")
    translated = factories.revision(session, made, "hu", title="Router", body=stage.ROUTER, state=State.DRAFT)
    translated.made_from_id = source.id
    factories.revision(session, made, title="Router", body=CHANGED, state=State.DRAFT)
    session.commit()
    return made


def test_a_change_of_the_source_names_its_steps(desk: FlaskClient, router: Article) -> None:
    page = Page(desk.get(address(router, "hu", "/tree")))
    assert "1 step says something else: Is the green light on, for 5 minutes?" in page.words
    assert [one["data-go"] for one in page.all("button") if "data-go" in one] == ["light"]
    assert "made_from_id" not in form_of(desk, router, "hu")


@pytest.mark.parametrize(("says", "is_new"), [("now", True), ("before", False), ("", False)])
def test_it_keeps_step_only_where_its_translator_says_so(
    desk: FlaskClient, session: Session, router: Article, says: str, is_new: bool
) -> None:
    before, after = newest(session, router, "hu").made_from_id, newest(session, router).id
    assert before != after
    tree = json.loads(form_of(desk, router, "hu")["tree"])
    tree["nodes"][0]["title"] = "Világít?"
    chosen = {"made_from_id": {"now": after, "before": before}[says]} if says else {}
    send(desk, router, "hu", tree=json.dumps(tree), **chosen)
    made = newest(session, router, "hu")
    assert (made.number, made.made_from_id) == (2, after if is_new else before)
    assert ("still out of step" in Page(desk.get(address(router, "hu", "/tree"))).words) is not is_new


def test_what_was_chosen_stays_chosen_where_it_cannot_be_kept(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    before = newest(session, router, "hu").made_from_id
    answer = send(desk, router, "hu", tree="[", made_from_id=before)
    assert answer.status_code == 422
    assert [one["id"] for one in Page(answer).all("input", name="made_from_id") if "checked" in one] == [
        "made-from-old"
    ]
    assert tree_on(answer) == "["


def test_steps_that_are_new_or_moved_their_words_have_changed() -> None:
    before = body.read("## A {#a}\n- [x](#b)\n## B {#b}\n")
    after = body.read("## A {#a}\n<!-- canvas 5 5 -->\n- [y](#b)\n## B {#b}\n## C {#c}\n")
    assert changes(before, after) == {"a": "A", "c": "C"}
    assert changes(before, before) == {}
