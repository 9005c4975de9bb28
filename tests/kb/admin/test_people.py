"""People, groups and the keys of machines, as an administrator keeps them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from kb import auth
from kb.context import Services
from kb.models import ApiKey, AuditEntry, Group, Person, State
from kb.permissions import SYSTEM
from tests import cast, factories
from tests.conftest import START, Clock
from tests.kb.admin.conftest import afresh, words

Open = Callable[[Person], FlaskClient]
Changes = Callable[[str], list[AuditEntry]]
Statements = Callable[[Callable[[], TestResponse]], int]


def form(person: Person, **changed: Any) -> dict[str, Any]:
    """The form of a person as their page sends it, with changes."""
    stored = {
        "email": person.email,
        "name": person.name,
        "roles": person.roles,
        "zone": person.zone,
        "is_active": "y",
    }
    return {name: value for name, value in {**stored, **changed}.items() if value is not None}


def secret(answer: TestResponse) -> str:
    """What a page shows once."""
    return answer.text.split('class="secret" tabindex="0">')[1].split("<")[0]


def test_a_new_person_gets_a_password_that_is_shown_once_and_must_be_changed(
    desk: FlaskClient, client: FlaskClient, session: Session
) -> None:
    fields = {
        "email": " Nora@Example.com ",
        "name": "Nora New",
        "roles": ["author"],
        "zone": "Europe/Budapest",
    }
    answer = desk.post("/admin/people/new", data=fields)
    assert answer.status_code == 200
    afresh(session)
    nora = auth.person_by_email(session, "nora@example.com")
    assert nora is not None
    assert (nora.roles, nora.zone) == (["author"], "Europe/Budapest")
    login = client.post("/login", data={"email": "nora@example.com", "password": secret(answer)})
    assert login.status_code == 302
    assert client.get("/admin/articles/").location == "/account"
    assert secret(answer) not in desk.get(f"/admin/people/{nora.id}").text


def test_what_was_typed_stays_when_the_address_cannot_be_used(desk: FlaskClient, session: Session) -> None:
    fields = {"email": "nora at home", "name": "Nora New", "roles": ["author"], "zone": "Europe/Budapest"}
    answer = desk.post("/admin/people/new", data=fields)
    assert answer.status_code == 422
    assert "Give an address such as anna@example.com." in words(answer)
    assert 'value="nora at home"' in answer.text
    assert 'value="Nora New"' in answer.text
    assert '<option selected value="Europe/Budapest">' in answer.text
    afresh(session)
    assert session.scalar(select(Person).where(Person.name == "Nora New")) is None


def test_an_address_that_somebody_has_is_refused_on_the_form(desk: FlaskClient, author: Person) -> None:
    answer = desk.post("/admin/people/new", data={"email": author.email, "name": "Nora New", "zone": "UTC"})
    assert answer.status_code == 409
    assert f"There is already a person with the address {author.email}." in words(answer)
    assert 'value="Nora New"' in answer.text


def test_a_change_is_saved_and_stands_in_the_log(
    desk: FlaskClient, session: Session, agent: Person, changes: Changes
) -> None:
    fields = form(agent, name="Agnes Newname", roles=["agent", "supervisor"], languages=["hu"])
    assert desk.post(f"/admin/people/{agent.id}", data=fields).status_code == 303
    afresh(session)
    assert (agent.name, agent.roles, agent.languages) == ("Agnes Newname", ["agent", "supervisor"], ["hu"])
    entry = changes("person")[-1]
    assert (entry.action, entry.before["name"], entry.after["name"]) == (
        "changed",
        "Agnes Agent",
        "Agnes Newname",
    )
    log = words(desk.get("/admin/audit?kind=person&who=adam"))
    assert "Agnes Agent" in log
    assert "Agnes Newname" in log


def test_a_role_is_limited_on_the_form_and_shown_there_again(
    desk: FlaskClient, session: Session, author: Person, changes: Changes
) -> None:
    phones = factories.topic(session, "phones")
    factories.topic(session, "sim", phones)
    session.commit()
    chosen = {"topics_author": ["sim"], "languages_author": ["hu", "sv"], "topics_reviewer": ["phones"]}
    assert desk.post(f"/admin/people/{author.id}", data=form(author, **chosen)).status_code == 303
    afresh(session)
    assert [(one.role, one.topics, one.languages) for one in author.limits] == [
        ("author", ["sim"], ["hu", "sv"])
    ]
    entry = changes("role_limit")[-1]
    assert (entry.action, entry.after["topics"], entry.after["languages"]) == (
        "created",
        ["sim"],
        ["hu", "sv"],
    )
    page = desk.get(f"/admin/people/{author.id}")
    assert "Phones › Sim" in words(page)
    assert re.search(r'<input checked[^>]* name="topics_author"[^>]* value="sim"', page.text)
    assert len(re.findall(r'<input checked[^>]* name="languages_author"', page.text)) == 2
    assert not re.search(r'<input checked[^>]* name="\w+_reviewer"', page.text)
    assert desk.post(f"/admin/people/{author.id}", data=form(author)).status_code == 303
    afresh(session)
    assert author.limits == []


def test_a_limit_holds_at_once(desk: FlaskClient, client_of: Open, session: Session, author: Person) -> None:
    phones, bills = factories.topic(session, "phones"), factories.topic(session, "bills")
    made = factories.article(session, topics=[bills], state=State.DRAFT)
    session.commit()
    browser = client_of(author)
    address = {"slug": "elsewhere"}
    assert browser.post(f"/admin/articles/{made.id}/slug/en", data=address).status_code == 303
    desk.post(f"/admin/people/{author.id}", data=form(author, topics_author=[phones.key]))
    address = {"slug": "again"}
    assert browser.post(f"/admin/articles/{made.id}/slug/en", data=address).status_code == 403


def test_somebody_new_begins_with_limits(desk: FlaskClient, session: Session) -> None:
    factories.topic(session, "phones")
    session.commit()
    fields = {
        "email": "nora@example.com",
        "name": "Nora New",
        "roles": ["author"],
        "zone": "UTC",
        "topics_author": ["phones"],
    }
    assert desk.post("/admin/people/new", data=fields).status_code == 200
    afresh(session)
    nora = auth.person_by_email(session, "nora@example.com")
    assert nora is not None
    assert [(one.role, one.topics) for one in nora.limits] == [("author", ["phones"])]


def test_a_topic_that_went_meanwhile_is_refused_beside_its_role(desk: FlaskClient, author: Person) -> None:
    answer = desk.post(
        f"/admin/people/{author.id}", data=form(author, topics_author=["nowhere"], name="Anna A.")
    )
    assert answer.status_code == 422
    assert 'id="topics_author-error"' in answer.text
    assert 'value="Anna A."' in answer.text


def test_somebody_who_is_let_go_is_out_at_once(
    desk: FlaskClient, client_of: Open, session: Session, agent: Person
) -> None:
    browser = client_of(agent)
    assert browser.get("/admin/").status_code == 200
    desk.post(f"/admin/people/{agent.id}", data=form(agent, is_active=None))
    assert browser.get("/admin/").status_code == 302


@pytest.mark.parametrize("changed", [{"is_active": None}, {"roles": ["author"]}])
def test_the_last_administrator_stays_one(
    changed: dict[str, Any], desk: FlaskClient, session: Session, admin: Person
) -> None:
    answer = desk.post(f"/admin/people/{admin.id}", data=form(admin, **changed))
    assert answer.status_code == 403
    assert "This is the last administrator: make somebody else one first." in words(answer)
    afresh(session)
    assert (admin.roles, admin.is_active) == (["admin"], True)


def test_a_reset_password_works_once_it_is_handed_over(
    desk: FlaskClient, client: FlaskClient, client_of: Open, agent: Person
) -> None:
    before = client_of(agent)
    answer = desk.post(f"/admin/people/{agent.id}/password")
    assert before.get("/admin/").status_code == 302
    old = {"email": agent.email, "password": cast.PASSWORD}
    assert client.post("/login", data=old).status_code == 401
    assert client.post("/login", data={**old, "password": secret(answer)}).status_code == 302


def test_somebody_locked_out_is_let_in_again(
    desk: FlaskClient, client: FlaskClient, services: Services, agent: Person
) -> None:
    for _try in range(services.config.login_attempts):
        client.post("/login", data={"email": agent.email, "password": "wrong wrong wrong"})
    right = {"email": agent.email, "password": cast.PASSWORD}
    assert client.post("/login", data=right).status_code == 429
    assert "Locked out" in words(desk.get("/admin/people/"))
    assert desk.post(f"/admin/people/{agent.id}/unlock").status_code == 303
    assert client.post("/login", data=right).status_code == 302


def test_the_list_finds_by_name_address_and_role(
    desk: FlaskClient, session: Session, services: Services
) -> None:
    from kb import people

    people.add(
        session,
        services.passwords,
        email="arpad@example.com",
        name="Árpád Álmos",
        password=cast.PASSWORD,
        by=SYSTEM,
        now=START,
    )
    session.commit()
    assert "Árpád" in words(desk.get("/admin/people/?q=árpád"))
    assert "Árpád" in words(desk.get("/admin/people/?q=ARPAD@"))
    assert "Árpád" not in words(desk.get("/admin/people/?q=100%25"))
    authors = words(desk.get("/admin/people/?role=author"))
    assert "Anna Author" in authors
    assert "Agnes Agent" not in authors
    customers = words(desk.get("/admin/people/?role=none"))
    assert "Clara Customer" in customers
    assert "Anna Author" not in customers


def test_the_list_asks_the_same_number_of_times_however_many_people_there_are(
    desk: FlaskClient, session: Session, statements: Statements, agent: Person
) -> None:
    factories.group(session, members=[agent])
    session.commit()
    few = statements(lambda: desk.get("/admin/people/"))
    for number in range(60):
        session.add(Person(email=f"p{number}@example.com", name=f"P {number}", created_at=START))
    factories.group(session, "others", members=list(session.scalars(select(Person))))
    session.commit()
    assert statements(lambda: desk.get("/admin/people/?page=1")) == few
    assert "P 59" in words(desk.get("/admin/people/?page=2"))


def test_a_group_gets_members_by_address_and_keeps_what_was_typed(
    desk: FlaskClient, session: Session, agent: Person, author: Person, changes: Changes
) -> None:
    fields = {"key": "partners", "name": "Partners", "new_members": f"{agent.email}\nnobody@example.com"}
    answer = desk.post("/admin/groups/new", data=fields)
    assert answer.status_code == 422
    assert "Nobody here has the address nobody@example.com." in words(answer)
    assert f"{agent.email}\nnobody@example.com" in answer.text
    afresh(session)
    assert session.scalar(select(Group)) is None
    fields["new_members"] = f"{agent.email}\n{author.email.upper()}"
    assert desk.post("/admin/groups/new", data=fields).status_code == 303
    afresh(session)
    made = session.scalars(select(Group)).one()
    assert {person.name for person in made.members} == {agent.name, author.name}
    kept = MultiDict([("key", "partners"), ("name", "Partners"), ("members", str(agent.id))])
    desk.post(f"/admin/groups/{made.id}", data=kept)
    afresh(session)
    assert [person.name for person in made.members] == [agent.name]
    entry = changes("group")[-1]
    assert entry.before["members"] == sorted([agent.email, author.email])
    assert entry.after["members"] == [agent.email]


def test_a_group_of_an_audience_cannot_be_deleted(desk: FlaskClient, session: Session) -> None:
    made = factories.group(session)
    held = factories.audience(session, "legal", groups=[made])
    session.commit()
    answer = desk.post(f"/admin/groups/{made.id}/delete")
    assert answer.status_code == 409
    assert "legal" in words(answer)
    assert desk.post(f"/admin/audiences/{held.id}/delete").status_code == 303
    assert desk.post(f"/admin/groups/{made.id}/delete").status_code == 303
    afresh(session)
    assert session.scalar(select(Group)) is None


def test_a_key_is_shown_once_works_and_stops_when_it_is_revoked(
    desk: FlaskClient, client: FlaskClient, session: Session, changes: Changes
) -> None:
    fields = {"name": "IVR", "scopes": ["metrics"], "audiences": ["public"]}
    answer = desk.post("/admin/keys/new", data=fields)
    shown = secret(answer)
    afresh(session)
    key = session.scalars(select(ApiKey)).one()
    assert shown.startswith(key.prefix)
    assert shown not in desk.get("/admin/keys/").text
    assert all(shown not in str([entry.before, entry.after]) for entry in changes("api_key"))
    headers = {"Authorization": f"Bearer {shown}", "Accept": "application/json"}
    assert client.get("/metrics", headers=headers).status_code == 200
    assert desk.post(f"/admin/keys/{key.id}/revoke").status_code == 303
    assert client.get("/metrics", headers=headers).status_code == 401
    assert "Revoked" in words(desk.get("/admin/keys/"))


def test_a_key_works_through_its_last_day(
    desk: FlaskClient, client: FlaskClient, clock: Clock, admin: Person, session: Session
) -> None:
    admin.zone = "Europe/Budapest"  # one hour ahead of UTC in March
    session.commit()
    fields = {"name": "IVR", "scopes": ["metrics"], "expires_on": "2026-03-02"}
    shown = secret(desk.post("/admin/keys/new", data=fields))
    headers = {"Authorization": f"Bearer {shown}", "Accept": "application/json"}
    clock.now = START.replace(hour=22, minute=59, second=59)
    assert client.get("/metrics", headers=headers).status_code == 200
    clock.advance(seconds=1)
    assert client.get("/metrics", headers=headers).status_code == 401


def test_a_key_that_may_do_nothing_is_not_made(desk: FlaskClient, session: Session) -> None:
    answer = desk.post("/admin/keys/new", data={"name": "IVR Budapest", "expires_on": "2020-01-01"})
    assert answer.status_code == 422
    assert "It must expire in the future." in words(answer)
    assert 'value="IVR Budapest"' in answer.text
    afresh(session)
    assert session.scalar(select(ApiKey)) is None
