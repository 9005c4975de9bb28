"""A guide is tried before anybody has saved it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from authoring.views.guides import trial
from cbr.guided.runs import MOST_ANSWERS
from cbr.models import GuidedRun
from cbr.trees import body
from cbr.trees.plain_tree import to_plain
from kb.models import Person
from tests.cbr.guided_runs import stage

Ask = Callable[..., TestResponse]
TREE = to_plain(body.read(stage.ROUTER))


@pytest.fixture
def ask(client_of: Callable[[Person], FlaskClient], author: Person, session: Session) -> Iterator[Ask]:
    """The author tries a tree: ask(answers=[...])."""
    stage.build(session)
    client = client_of(author)

    def asked(**sent: Any) -> TestResponse:
        body = {"tree": TREE, "language": "en", **sent}
        return client.post("/authoring/guides/trial", json=body, headers={"Accept": "application/json"})

    yield asked
    assert session.scalar(select(func.count()).select_from(GuidedRun)) == 0


def test_it_begins_where_the_player_would(ask: Ask) -> None:
    told = ask().json or {}
    assert told["step"]["text"] == "Is the light on?"
    assert told["step"]["dont_know_text"] == "I cannot see it"
    assert "<strong>front</strong>" in told["step"]["html"]
    assert (told["node"], told["path"][0]["node"], told["answers"]) == ("light", "light", [])


def test_answers_lead_on_and_the_way_is_named(ask: Ask) -> None:
    given = [{"step": "light", "value": "socket"}, {"step": "socket", "value": True}]
    told = ask(answers=given).json or {}
    assert told["node"] == "light2"
    assert [(one["node"], one["way"]) for one in told["path"]] == [
        ("light", "socket"),
        ("socket", "done"),
        ("light2", ""),
    ]
    assert [one["text"] for one in told["answers"]] == ["No", "Done"]


def test_answers_that_do_not_fit_the_changed_tree_any_more_are_left_out(ask: Ask) -> None:
    given = [{"step": "light", "value": "socket"}, {"step": "gone", "value": True}]
    told = ask(answers=given).json or {}
    assert (told["node"], told["lost"], len(told["answers"])) == ("socket", 1, 1)


def test_what_is_known_is_not_asked(ask: Ask) -> None:
    tree = to_plain(body.read(stage.ROUTER.replace("step: number", "step: number; attribute: minutes")))
    given = [{"step": "light", "value": "restart"}]
    told = ask(tree=tree, answers=given, facts={"minutes": "3"}).json or {}
    assert (told["node"], told["path"][1]["how"]) == ("solved", "known")


def test_guides_inside_are_those_that_the_author_may_read(ask: Ask) -> None:
    tree = {"nodes": [{"id": "in", "kind": "guide", "subject": "router"}]}
    told = ask(tree=tree).json or {}
    assert (told["step"]["id"], told["node"]) == ("in/light", "in")
    hidden = ask(tree={"nodes": [{"id": "in", "kind": "guide", "subject": "nothing-there"}]}).json or {}
    assert hidden["step"]["kind"] == "handover"


def test_an_empty_tree_says_that_there_is_nothing(ask: Ask) -> None:
    told = ask(tree={"nodes": []}).json or {}
    assert (told["step"]["kind"], told["node"], told["path"]) == ("handover", "", [])


@pytest.mark.parametrize(
    "sent",
    [
        {"tree": None},
        {"tree": {"nodes": [{"id": "a b"}]}},
        {"tree": {"nodes": "all"}},
        {"answers": "yes"},
        {"answers": [1]},
        {"answers": [{"step": "light", "value": {"deep": []}}]},
        {"answers": [{"step": "light", "value": "socket"}] * (MOST_ANSWERS + 1)},
        {"facts": []},
        {"facts": {"minutes": {"deep": 1}}},
    ],
)
def test_what_makes_no_sense_is_refused(ask: Ask, sent: dict[str, Any]) -> None:
    answer = ask(**sent)
    assert answer.status_code == 422
    assert (answer.json or {})["fields"]


def test_what_is_too_large_is_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST_BYTES", 100)
    assert "too large" in str((ask().json or {})["fields"])


@pytest.mark.parametrize("part", ["agent", "customer", "outsider"])
def test_only_those_who_write_try_guides(
    client_of: Callable[[Person], FlaskClient], request: pytest.FixtureRequest, part: str
) -> None:
    client = client_of(request.getfixturevalue(part))
    assert client.post("/authoring/guides/trial", json={"tree": TREE}).status_code == 403
