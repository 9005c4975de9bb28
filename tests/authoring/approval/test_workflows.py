"""Workflows as data: which one is taken, which make no sense, and their pages without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.approval import workflows
from authoring.approval.workflows import BUILT_IN, plan_for
from authoring.models import Workflow
from authoring.workflow import Step
from kb.errors import Conflict, Invalid, NotAllowed
from kb.models import Person
from kb.permissions import SYSTEM
from tests import factories
from tests.authoring.approval.reviewing import flow
from tests.kb.admin.conftest import afresh, hidden, words

Open = Callable[[Person], FlaskClient]
REVIEWER = Step(role="reviewer")


def save(
    session: Session, name: str = "A workflow", steps: Sequence[Step] = (REVIEWER,), **fields: Any
) -> Workflow:
    fields.setdefault("by", SYSTEM)
    return workflows.save(session, fields.pop("found", None), name=name, steps=steps, **fields)


# Which one is taken


def test_what_no_workflow_fits_goes_to_one_reviewer(session: Session) -> None:
    flow(session, REVIEWER, kinds=["standard"])
    assert plan_for(session, factories.article(session)) == BUILT_IN


def test_the_first_that_fits_is_taken(session: Session) -> None:
    flow(session, REVIEWER, name="Not in use", is_active=False, position=0)
    flow(session, REVIEWER, name="Standards", kinds=["standard"], position=1)
    flow(session, REVIEWER, name="For agents", audiences=["agent"], position=2)
    flow(session, REVIEWER, name="All", position=3)
    assert plan_for(session, factories.article(session, "a", kind="standard")).name == "Standards"
    assert plan_for(session, factories.article(session, "b", audience="agent")).name == "For agents"
    assert plan_for(session, factories.article(session, "c")).name == "All"


def test_a_workflow_for_a_topic_is_for_everything_below_it(session: Session) -> None:
    phones = factories.topic(session, "phones")
    sim = factories.topic(session, "sim", parent=factories.topic(session, "cards", parent=phones))
    flow(session, REVIEWER, name="Phones", topics=["phones"])
    assert plan_for(session, factories.article(session, "a", topics=[sim])).name == "Phones"
    assert (
        plan_for(session, factories.article(session, "b", topics=[factories.topic(session, "tv")]))
        == BUILT_IN
    )


def test_of_what_an_article_is_and_would_be_the_stricter_counts(session: Session) -> None:
    flow(session, REVIEWER, name="First", kinds=["wiki"], publishes_first=True)
    flow(session, REVIEWER, Step(role="supervisor"), name="Two", kinds=["standard"])
    wiki, standard = (
        factories.article(session, "a", kind="wiki"),
        factories.article(session, "b", kind="standard"),
    )
    assert plan_for(session, wiki, {"kind": "standard"}).name == "Two"
    assert plan_for(session, standard, {"kind": "wiki"}).name == "Two"
    assert plan_for(session, wiki, {"audience": "agent"}).name == "First"


# Which make no sense


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"steps": ()}, "steps"),
        ({"steps": (REVIEWER,) * 9}, "steps"),
        ({"kinds": ["poem"]}, "kinds"),
        ({"topics": ["nowhere"]}, "topics"),
        ({"audiences": ["nobody"]}, "audiences"),
        ({"steps": (REVIEWER, Step(group="nobody"))}, "step1_who"),
        ({"steps": (Step(people=(999,)),)}, "step0_who"),
        ({"steps": (Step(role="reviewer", quorum=2),)}, "step0_quorum"),
    ],
)
def test_a_workflow_that_makes_no_sense_is_refused(
    session: Session, fields: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(Invalid) as error:
        save(session, **fields)
    assert set(error.value.fields) == {wrong}


def test_people_who_cannot_log_in_or_hold_no_role_decide_nothing(
    session: Session, customer: Person, reviewer: Person
) -> None:
    with pytest.raises(Invalid):
        save(session, steps=[Step(people=(customer.id,))])
    reviewer.is_active = False
    session.flush()
    with pytest.raises(Invalid):
        save(session)


def test_a_quorum_counts_the_members_of_a_group(session: Session, author: Person, agent: Person) -> None:
    factories.group(session, "experts", [author, agent])
    save(session, steps=[Step(group="experts", quorum=2)])
    with pytest.raises(Invalid):
        save(session, steps=[Step(group="experts", quorum=3)])


def test_only_administrators_make_workflows(session: Session, supervisor: Person) -> None:
    with pytest.raises(NotAllowed):
        save(session, by=factories.viewer(session, supervisor))


def test_who_saves_second_is_told(session: Session) -> None:
    made = save(session)
    with pytest.raises(Conflict):
        save(session, found=made, seen="something older")


def test_a_new_workflow_comes_last_and_can_be_moved(session: Session) -> None:
    first, second = save(session, "First"), save(session, "Second")
    assert [one.name for one in workflows.every(session)] == ["First", "Second"]
    workflows.move(session, second, up=True, by=SYSTEM)
    workflows.move(session, second, up=True, by=SYSTEM)
    assert [one.name for one in workflows.every(session)] == ["Second", "First"]
    workflows.delete(session, first, by=SYSTEM)
    assert [one.name for one in workflows.every(session)] == ["Second"]


# Their pages


@pytest.fixture
def desk(client_of: Open, admin: Person) -> FlaskClient:
    """The administrator's browser."""
    return client_of(admin)


ROW = {"who": "role:reviewer", "quorum": "1", "due_hours": "48"}


def sent(*rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A form with these rows."""
    typed = {f"step{number}_{name}": value for number, row in enumerate(rows) for name, value in row.items()}
    return {"name": "Standards", "is_active": "y", "rows": str(len(rows)), **typed, **fields}


def test_a_workflow_is_made_on_its_page(session: Session, desk: FlaskClient, agent: Person) -> None:
    named = {"who": "people", "people": [str(agent.id)], "quorum": "1", "due_hours": "24"}
    form = sent(ROW, named, kinds=["standard"], publishes_first="y")
    assert desk.post("/authoring/workflows/new", data=form).status_code == 303
    afresh(session)
    (made,) = session.scalars(select(Workflow))
    assert made.steps == [
        {"role": "reviewer", "quorum": 1, "due_hours": 48},
        {"people": [agent.id], "quorum": 1, "due_hours": 24},
    ]
    assert (made.kinds, made.publishes_first, made.is_active) == (["standard"], True, True)
    assert "Standards Standard Reviewer Agnes Agent after readers see it" in words(
        desk.get("/authoring/workflows/")
    )


def test_steps_are_added_moved_and_removed_without_saving_anything(
    session: Session, desk: FlaskClient
) -> None:
    supervisor = {**ROW, "who": "role:supervisor", "due_hours": "12"}
    for act, hours in (
        ("add", ["48", "12", "72"]),
        ("up:1", ["12", "48"]),
        ("down:0", ["12", "48"]),
        ("drop:0", ["12"]),
    ):
        page = desk.post("/authoring/workflows/new", data=sent(ROW, supervisor, act=act))
        shown = [hidden_number(page.text, number) for number in range(len(hours))]
        assert (page.status_code, shown) == (200, hours), act
        assert 'value="Standards"' in page.text
    assert session.scalars(select(Workflow)).all() == []


def hidden_number(page: str, number: int) -> str:
    tag = page.partition(f'name="step{number}_due_hours"')[2].partition(">")[0]
    return tag.partition('value="')[2].partition('"')[0]


def test_what_is_wrong_stands_beside_the_row_that_it_was_typed_in(
    session: Session, desk: FlaskClient
) -> None:
    empty = {**ROW, "who": ""}
    answer = desk.post("/authoring/workflows/new", data=sent(empty, {**ROW, "quorum": "2"}))
    assert answer.status_code == 422
    assert 'id="step1_quorum-error"' in answer.text
    answer = desk.post("/authoring/workflows/new", data=sent({**ROW, "who": "people"}))
    assert (answer.status_code, 'id="step0_who-error"' in answer.text) == (422, True)
    assert session.scalars(select(Workflow)).all() == []


def test_a_workflow_is_changed_moved_and_deleted_on_its_pages(session: Session, desk: FlaskClient) -> None:
    first, second = save(session, "First"), save(session, "Second")
    session.commit()
    path = f"/authoring/workflows/{second.id}"
    form = sent({**ROW, "due_hours": "7"}, name="Renamed", version=hidden(desk.get(path), "version"))
    assert desk.post(path, data=form).status_code == 303
    assert desk.post(path, data=form).status_code == 409
    assert desk.post(f"{path}/move", data={"to": "up"}).status_code == 303
    assert desk.post(f"/authoring/workflows/{first.id}/delete").status_code == 303
    afresh(session)
    assert [(one.name, one.steps[0]["due_hours"]) for one in workflows.every(session)] == [("Renamed", 7)]


def test_the_pages_are_for_administrators(client_of: Open, supervisor: Person, outsider: Person) -> None:
    for stranger in (supervisor, outsider):
        assert client_of(stranger).get("/authoring/workflows/").status_code == 403
        assert client_of(stranger).post("/authoring/workflows/new", data=sent(ROW)).status_code == 403
