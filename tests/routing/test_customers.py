"""Customers are brought one by one or as a table, and known by their key and their addresses, however written."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.tables import read_table
from kb.db import Database
from kb.errors import Conflict, Invalid, NotAllowed
from kb.models import AuditEntry, Person
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS
from routing import customers
from routing.customer_tables import take_in
from routing.customers import Known
from routing.models import Customer
from tests.cbr.test_cases_api import as_documented, key_for, problem
from tests.conftest import START
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
ANNA = Known("C1", "Anna", "sv", {"plan": "M"}, ["+46 (0)8-123 45 67", "Anna@Example.com"])


def put(session: Session, known: Known = ANNA) -> tuple[Customer, bool]:
    return customers.put(session, known, by=SYSTEM, now=START)


@pytest.mark.usefixtures("both_databases")
def test_all_that_is_known_is_put_in_the_place_of_what_was(session: Session) -> None:
    made, is_new = put(session)
    assert is_new
    assert put(session) == (made, False)
    after, is_new = put(session, Known("C1", "Anna B", addresses=["anna@example.com", "123"]))
    assert (after is made, is_new, made.facts) == (True, True, {})
    assert sorted(one.address for one in made.addresses) == ["123", "anna@example.com"]


def test_a_contact_is_its_customers_however_the_number_is_written(session: Session) -> None:
    stage.queue(session)
    made, _ = put(session)
    contact = stage.bring(session, address="+4681234567")
    assert (contact.customer_id, contact.language, contact.facts) == (made.id, "sv", {"plan": "M"})


def test_what_cannot_be_is_refused(session: Session) -> None:
    put(session)
    with pytest.raises(Conflict):
        put(session, Known("C2", addresses=["ANNA@example.com"]))
    for known, field in (
        (Known("a b"), "key"),
        (Known("C3", "x" * 201), "name"),
        (Known("C3", language="x y"), "language"),
        (Known("C3", facts={"plan": {}}), "facts.plan"),
        (Known("C3", facts=dict.fromkeys(map(str, range(201)), 1)), "facts"),
        (Known("C3", addresses=[" "]), "addresses"),
        (Known("C3", addresses=["1"] * 21), "addresses"),
    ):
        with pytest.raises(Invalid) as refused:
            put(session, known)
        assert set(refused.value.fields) == {field}
    with pytest.raises(NotAllowed):
        customers.put(session, ANNA, by=stage.viewer(session, "author"), now=START)


def test_the_audit_log_does_not_tell_what_is_known_of_a_customer(session: Session) -> None:
    put(session)
    session.commit()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "customer")).one()
    assert "Anna" not in str(entry.after)


TABLE = """key,name,language,phone,mail,plan
C1,Anna,sv,08-123;08-124,anna@example.com,M
C 2,Bert,,,,
C3,Cilla,,08 124,,L
C4,David,xx-yy-zz-!,,,
C5,Erik,,,,S
"""


def test_a_table_goes_on_behind_a_row_that_cannot_be_taken(database: Database, session: Session) -> None:
    report = take_in(database, read_table(TABLE.encode()), by=SYSTEM, now=START)
    assert (report.taken, report.same, report.left_out) == (2, 0, 3)
    assert [(fault.line, fault.column) for fault in report.faults] == [(3, "key"), (4, ""), (5, "language")]
    assert session.scalars(select(Customer.key).order_by(Customer.key)).all() == ["C1", "C5"]
    again = take_in(database, read_table(TABLE.encode()), by=SYSTEM, now=START)
    assert (again.taken, again.same) == (0, 2)


def test_a_table_without_keys_is_refused(database: Database) -> None:
    with pytest.raises(Invalid):
        take_in(database, read_table(b"name\nAnna\n"), by=SYSTEM, now=START)
    with pytest.raises(Exception, match="Log in"):
        take_in(database, read_table(TABLE.encode()), by=ANONYMOUS, now=START)


def test_the_command_says_which_lines_it_left_out(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(TABLE)
    result = app.test_cli_runner().invoke(args=["customers", "import", str(file)])
    assert "2 new or changed, 0 as they were, 3 left out" in result.output
    assert "line 3, key:" in result.output
    assert result.exit_code == 1


def test_the_page_takes_a_table_and_says_what_became_of_it(
    client_of: Open, supervisor: Person, agent: Person
) -> None:
    path = "/routing/customers/import"
    sent = client_of(supervisor).post(path, data={"file": (io.BytesIO(TABLE.encode()), "customers.csv")})
    assert sent.status_code == 200
    assert "2 new or changed, 0 as they were, 3 left out." in sent.text
    refused = client_of(supervisor).post(path, data={"file": (io.BytesIO(b"\0"), "customers.csv")})
    assert (refused.status_code, "no table" in refused.text) == (422, True)
    assert client_of(agent).get(path).status_code == 403


def test_a_customer_is_put_and_read_over_http(
    client: FlaskClient, session: Session, client_of: Open, outsider: Person
) -> None:
    header, path = key_for(session, "contacts"), "/api/v1/customers/C1"
    body = {"name": "Anna", "facts": {"plan": "M"}, "addresses": ["08-1"]}
    described = "/api/v1/customers/{key}"
    problem(client.get(path, headers=header), 404)
    made = client.put(path, json=body, headers=header)
    assert made.status_code == 201
    assert as_documented(client, made, "put", described)["addresses"] == ["081"]
    assert client.put(path, json=body, headers=header).status_code == 200
    assert as_documented(client, client.get(path, headers=header), "get", described)["name"] == "Anna"
    problem(client.put(path, json={"language": "x y"}, headers=header), 422, "language")
    problem(client_of(outsider).get(path), 403)
