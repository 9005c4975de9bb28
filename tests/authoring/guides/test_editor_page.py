"""Where guides are drawn: what is drawn is saved, merged or handed back as its text would be."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from authoring.models import Draft
from authoring.views.guides.carrying import beside, carried, text_of, tidied
from cbr import case_types
from cbr.trees import body
from cbr.trees.plain_tree import to_plain
from kb.models import Article, Person, State
from tests import factories
from tests.authoring.writing.scene import address, newest
from tests.cbr.guided_runs import stage
from tests.cbr.stage import phones
from tests.kb.stage import Page

ROUTER = body.read(stage.ROUTER)
JSON = {"Accept": "application/json"}


@pytest.fixture
def desk(client_of: Callable[[Person], FlaskClient], author: Person) -> FlaskClient:
    """The author's browser."""
    return client_of(author)


@pytest.fixture
def router(session: Session) -> Article:
    """A guide in draft."""
    made = factories.article(
        session, "router", title="Router", kind="guide", body=stage.ROUTER, state=State.DRAFT
    )
    session.commit()
    return made


def form_of(client: FlaskClient, article: Article, language: str = "en") -> dict[str, Any]:
    """What a browser would send of the page, untouched."""
    answer = client.get(address(article, language, "/tree"))
    form = {
        one["name"]: one.get("value") or ""
        for one in Page(answer).all("input")
        if one.get("name") and one.get("type") not in {"checkbox", "radio"}
    }
    return form | {"tree": tree_on(answer)}


def tree_on(answer: TestResponse) -> str:
    """The tree that a page carries."""
    _before, _tag, rest = answer.text.partition('id="tree" hidden>')
    return unescape(rest.partition("</textarea>")[0])


def send(client: FlaskClient, article: Article, language: str = "en", **changes: Any) -> TestResponse:
    fields = form_of(client, article, language)
    return client.post(address(article, language, "/tree"), data=fields | {"action": "save"} | changes)


def drawn(fields: dict[str, Any], title: str) -> str:
    """The tree of a form with another title of its first step."""
    tree = json.loads(fields["tree"])
    tree["nodes"][0]["title"] = title
    return json.dumps(tree)


def test_what_is_drawn_is_saved_as_text(desk: FlaskClient, session: Session, router: Article) -> None:
    answer = send(desk, router, tree=drawn(form_of(desk, router), "Is any light on?"))
    assert answer.status_code == 303
    assert answer.location.endswith("/tree")
    made = newest(session, router)
    assert (made.number, made.title, made.state) == (2, "Router", State.DRAFT)
    assert body.read(made.body).nodes[0].title == "Is any light on?"
    assert all(node.at for node in body.read(made.body).nodes)


def test_a_tree_that_nobody_touched_stays_to_the_byte(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    send(desk, router, change_note="Only a note")
    assert newest(session, router).body == stage.ROUTER


def test_what_cannot_be_kept_stays_on_the_page(desk: FlaskClient, session: Session, router: Article) -> None:
    tree = json.loads(form_of(desk, router)["tree"])
    tree["nodes"][0]["text"] = "## A step in a step {#inside}"
    answer = send(desk, router, tree=json.dumps(tree))
    assert answer.status_code == 422
    assert "headings begin with ###" in Page(answer).words
    assert json.loads(tree_on(answer)) == tree
    assert newest(session, router).number == 1


@pytest.mark.parametrize("tree", ["", "[", "[" * 50_000, '{"nodes": 3}', '{"nodes": [{"id": "a b"}]}'])
def test_what_is_no_tree_is_refused(desk: FlaskClient, session: Session, router: Article, tree: str) -> None:
    assert send(desk, router, tree=tree).status_code == 422
    assert newest(session, router).number == 1


def test_the_draft_is_kept_as_text_and_found_there(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    fields = form_of(desk, router)
    typed = {"title": "Router", "tree": drawn(fields, "Kept for later")}
    kept = desk.post(
        address(router, rest="/autosave"),
        json={"base_id": int(fields["base"]), "fields": typed},
        headers=JSON,
    )
    assert kept.status_code == 200
    session.rollback()
    draft = session.scalars(select(Draft)).one()
    assert "tree" not in draft.fields
    assert "## Kept for later {#light}" in str(draft.fields["body"])
    assert "Kept for later" in desk.get(address(router)).text
    assert "Kept for later" in form_of(desk, router)["tree"]


def test_two_who_change_the_same_step_get_both_texts(
    desk: FlaskClient, client_of: Callable[[Person], FlaskClient], supervisor: Person, router: Article
) -> None:
    fields = form_of(desk, router)
    other = client_of(supervisor)
    send(other, router, tree=drawn(form_of(other, router), "Theirs"))
    answer = desk.post(
        address(router, rest="/tree"), data=fields | {"action": "save", "tree": drawn(fields, "Mine")}
    )
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert "Theirs" in answer.text


def test_two_who_change_different_steps_are_merged(
    desk: FlaskClient,
    client_of: Callable[[Person], FlaskClient],
    supervisor: Person,
    session: Session,
    router: Article,
) -> None:
    send(desk, router, tree=drawn(form_of(desk, router), "Is it on?"))
    fields = form_of(desk, router)
    other = client_of(supervisor)
    send(other, router, tree=drawn(form_of(other, router), "Theirs"))
    tree = json.loads(fields["tree"])
    tree["nodes"][-1]["title"] = "Mine"
    answer = desk.post(
        address(router, rest="/tree"), data=fields | {"action": "save", "tree": json.dumps(tree)}
    )
    assert answer.status_code == 303
    nodes = body.read(newest(session, router).body).nodes
    assert (nodes[0].title, nodes[-1].title) == ("Theirs", "Mine")


def test_a_guide_with_errors_is_saved_and_not_submitted(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    tree = json.loads(form_of(desk, router)["tree"])
    tree["nodes"][0]["ways"][0]["target"] = ""
    answer = send(desk, router, tree=json.dumps(tree), action="submit")
    assert "people would be stuck: “Is the light on?”" in Page(desk.get(answer.location)).words
    made = newest(session, router)
    assert (made.number, made.state) == (2, State.DRAFT)


def test_a_guide_without_errors_is_submitted(desk: FlaskClient, session: Session, router: Article) -> None:
    send(desk, router, action="submit")
    assert newest(session, router).state != State.DRAFT


def test_findings_name_their_places(desk: FlaskClient, router: Article) -> None:
    tree = to_plain(ROUTER)
    tree["nodes"][0]["ways"][0]["target"] = "nowhere"
    told = desk.post(address(router, rest="/tree/check"), json={"tree": tree}, headers=JSON).json or {}
    found = {one["code"]: one for one in told["findings"]}
    assert found["unknown-target"]["node"] == "light"
    assert found["unknown-target"]["step"] == "Is the light on?"
    assert told["is_kept"]


def test_a_fault_of_a_field_names_its_step(desk: FlaskClient, router: Article) -> None:
    tree = to_plain(ROUTER)
    tree["nodes"][1]["text"] = "- [A way](#light)"
    told = desk.post(address(router, rest="/tree/check"), json={"tree": tree}, headers=JSON).json or {}
    (fault,) = told["findings"]
    assert (fault["node"], fault["is_error"], told["is_kept"]) == ("socket", True, False)


@pytest.mark.parametrize("sent", [None, [], {"tree": 3}, {"tree": {"nodes": [3]}}])
def test_what_is_no_tree_cannot_be_checked(desk: FlaskClient, router: Article, sent: object) -> None:
    answer = desk.post(address(router, rest="/tree/check"), json=sent, headers=JSON)
    assert answer.status_code == 422 or not (answer.json or {})["is_kept"]


def test_tidying_gives_every_step_a_place_of_its_own(desk: FlaskClient, router: Article) -> None:
    told = desk.post(address(router, rest="/tree/tidy"), json={"tree": to_plain(ROUTER)}, headers=JSON).json
    places = {tuple(place) for place in (told or {})["places"].values()}
    assert len(places) == len(ROUTER.nodes)


def test_rows_are_as_far_apart_as_their_boxes_are_tall() -> None:
    wide = body.read("## Which? {#which}\n\n" + "".join(f"- [{n}](#a{n})\n" for n in range(12)) + "\n"
                     + "".join(f"\n## {n} {{#a{n}}}\n" for n in range(12)))  # fmt: skip
    first, second, *_others = tidied(wide).nodes
    assert (second.at or (0, 0))[1] - (first.at or (0, 0))[1] > 12 * 22


def test_a_translation_has_the_steps_of_its_source() -> None:
    translation = body.read("## Világít? {#light}\n\n- [Igen](#restart)\n\n## Más {#extra}\n")
    tree = beside(ROUTER, translation)
    assert [node.id for node in tree.nodes] == [*(node.id for node in ROUTER.nodes), "extra"]
    light = tree.nodes[0]
    assert (light.title, light.text, [way.text for way in light.ways]) == ("Világít?", "", ["Igen", "", ""])
    assert body.read(text_of(carried(translation, ROUTER).tree)).nodes[0].ways[0].text == "Igen"


def test_a_translation_is_written_beside_its_source(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    answer = desk.get(address(router, "hu", "/tree"))
    assert "New step" not in Page(answer).words
    tree = json.loads(tree_on(answer))
    tree["nodes"][0]["title"] = "Világít?"
    send(desk, router, "hu", tree=json.dumps(tree), title="Router magyarul")
    made = newest(session, router, "hu")
    assert made.made_from_id == newest(session, router).id
    assert [node.id for node in body.read(made.body).nodes] == [node.id for node in ROUTER.nodes]


def test_a_text_that_is_no_tree_leads_to_the_text_editor(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    factories.revision(session, router, body="## A heading without a name\n", state=State.DRAFT)
    session.commit()
    page = Page(desk.get(address(router, rest="/tree")))
    assert "cannot be drawn" in page.words
    assert any(link["href"] == address(router) for link in page.all("a") if link.get("href"))


def test_subjects_are_found_by_their_name(desk: FlaskClient, session: Session, router: Article) -> None:
    factories.article(session, "modem", title="The modem is warm", kind="guide", body=stage.ROUTER)
    factories.article(session, "prices", title="Prices of modems")
    session.commit()
    phones(session)
    session.commit()

    def found(kind: str, words: str = "") -> list[str]:
        asked = desk.get(address(router, rest=f"/tree/subjects?kind={kind}&q={words}"), headers=JSON)
        return [one["key"] for one in asked.json or []]

    assert found("guide", "modem") == ["modem"]
    assert found("article", "modem") == ["prices"]
    assert found("cases") == ["phones"]
    assert found("cases", "xyz") == []


def test_facts_and_kinds_of_cases_are_suggested_to_those_who_may_know_of_them(
    desk: FlaskClient, session: Session, router: Article
) -> None:
    phones(session)
    session.commit()
    mine = {one["value"] for one in Page(desk.get(address(router, "en", "/tree"))).all("option")}
    assert mine >= {"abroad", "signal", "used", "maker"}
    case_types.by_key(session, "phones").audience = factories.audience(session, "finance").key
    session.commit()
    mine = {one["value"] for one in Page(desk.get(address(router, "en", "/tree"))).all("option")}
    assert mine.isdisjoint({"abroad", "signal", "used", "maker"})
    asked = address(router, "en", "/tree/subjects?kind=cases")
    assert desk.get(asked, headers=JSON).get_json() == []


def test_values_of_facts_are_suggested_in_the_words_of_whoever_draws(
    desk: FlaskClient, author: Person, session: Session, router: Article
) -> None:
    phones(session)
    author.languages = ["hu"]
    session.commit()
    (place,) = Page(desk.get(address(router, "en", "/tree"))).all("div", id="desk")
    assert json.loads(place["data-values"] or "") == {
        "abroad": [["yes", "igen"], ["no", "nem"]],
        "signal": [["none", "NONE"], ["poor", "POOR"], ["good", "GOOD"]],
    }


def test_only_guides_are_drawn_and_only_by_their_writers(
    client: FlaskClient,
    client_of: Callable[[Person], FlaskClient],
    desk: FlaskClient,
    agent: Person,
    session: Session,
    router: Article,
) -> None:
    plain = factories.article(session, "plain")
    session.commit()
    assert desk.get(address(plain, rest="/tree")).status_code == 404
    assert client_of(agent).get(address(router, rest="/tree")).status_code == 403
    assert client.get(address(router, rest="/tree")).status_code in {302, 303, 401}


def test_discarding_leaves_no_draft(desk: FlaskClient, session: Session, router: Article) -> None:
    fields = form_of(desk, router)
    typed = {"tree": drawn(fields, "Not wanted")}
    desk.post(address(router, rest="/autosave"), json={"base_id": int(fields["base"]), "fields": typed})
    send(desk, router, action="discard")
    session.rollback()
    assert session.scalars(select(Draft)).all() == []
