"""Every write is recorded: who, what, before, after; never a secret, never a write without an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import cbr.models
import routing.foresight_models
import routing.models
import routing.register_models
import routing.staffing.models
import routing.webhook_models
import search.models
import widgets.embed.models
from authoring import models as tables
from kb import audit, people, publication
from kb.auth import Passwords
from kb.db import Base, Database
from kb.models import ApiKey, AuditEntry, Person, Portal, Revision, State
from kb.models.records import Audited
from kb.permissions import SYSTEM
from tests import factories
from tests.conftest import START

UNAUDITED = frozenset(
    """journal audit_entry feedback group_member audience_group
    old_slug revision_link attachment_content
    job draft notice notice_preference mail
    asked_question opened_answer click_signal crawled_page
    case_link case_merged case_arrival case_report case_work guided_run guide_tally
    contact contact_event customer_address early_ending presence webhook_delivery arrival_record
    escalation alarm training_need expert_request reply help_request request_file""".split()
)  # logs themselves; what readers say; what is written together with a row that is recorded; and what is on its way


def entries(session: Session, kind: str, action: str | None = None) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.subject_kind == kind).order_by(AuditEntry.id)
    return [entry for entry in session.scalars(query) if action in {None, entry.action}]


def last(session: Session) -> AuditEntry:
    found = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert found is not None
    return found


def audited() -> list[type[Audited]]:
    found = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Audited)]
    return sorted(found, key=lambda model: model.__name__)


def one_of_each(session: Session) -> dict[type[Audited], Audited]:
    """A row of every audited model, of every package that has one."""
    made = [*knowledge(session), *authored(session), *searched(session), *solved(session), *routed(session)]
    return {type(row): row for row in made}


def knowledge(session: Session) -> list[Any]:
    """A row of each model of kb."""
    group = factories.group(session)
    topic = factories.topic(session)
    article = factories.article(session, topics=[topic])
    key, _ = people.issue_key(session, name="CRM", scopes=["read"], audiences=[], by=SYSTEM, now=START)
    person = session.scalars(select(Person).limit(1)).one()
    factories.limit(session, person, languages=["hu"])
    return [
        *(group, topic, article, key, article.topics[0], person, person.limits[0]),
        *(factories.translation(article), factories.newest(article), factories.attachment(session, article)),
        *(factories.portal(session), factories.folder(session), factories.snippet(session)),
        *(factories.source(session, "rates", "http://rates/"), factories.audience(session, groups=[group])),
    ]


def authored(session: Session) -> list[Any]:
    """A row of each model of authoring."""
    article = factories.article(session, "authored")
    revision, group = factories.newest(article), factories.group(session, "readers")
    person = session.scalars(select(Person).limit(1)).one()
    review = _kept(
        session, tables.Review(revision_id=revision.id, workflow="Two eyes", steps=[], started_at=START)
    )
    request = tables.ReadingRequest(article_id=article.id, group_id=group.id, due_at=START, created_at=START)
    _kept(session, request)
    of_review = {"review_id": review.id, "person_id": person.id}
    said = {"person_id": person.id, "body": "Well said.", "created_at": START}
    rows = [
        tables.Workflow(name="Two eyes", steps=[]),
        tables.Decision(**of_review, step=0, verdict="approve", decided_at=START),
        tables.ChecklistMark(**of_review, item="clear", met=True, marked_at=START),
        tables.Delegation(person_id=person.id, to_id=person.id, from_at=START, until_at=START),
        tables.Comment(revision_id=revision.id, **said),
        tables.Suggestion(article_id=article.id, language="en", **said),
        tables.KindRule(kind="faq"),
        tables.ReadingReceipt(request_id=request.id, person_id=person.id),
    ]
    return [review, request, *(_kept(session, row) for row in rows)]


def searched(session: Session) -> list[Any]:
    """A row of each model of search."""
    asked = {"portal": "help", "language": "en", "shape": "pin", "text": "pin"}
    rows = [
        search.models.SynonymGroup(language="en", words=["PIN", "code"]),
        search.models.SearchSource(
            key="wiki", names={}, kind="mediawiki", url="https://wiki.example/api.php"
        ),
        search.models.GapDecision(**asked, state="set_aside", at=START),
    ]
    return [_kept(session, row) for row in rows]


def solved(session: Session) -> list[Any]:
    """A row of each model of cases."""
    made = {"created_at": START, "changed_at": START, "audience": "agent"}
    case_type = _kept(session, cbr.models.CaseTypeRow(key="phones", schema={}, **made))
    case = cbr.models.Case(
        case_type_id=case_type.id, key="c1", language="en", facts={}, source="contact", **made
    )
    return [case_type, _kept(session, case)]


def routed(session: Session) -> list[Any]:
    """A row of each model of the routing core."""
    queue = _kept(session, routing.models.Queue(key="mobile", names={"en": "Mobile"}))
    person = session.scalars(select(Person).limit(1)).one()
    case_type = session.scalars(select(cbr.models.CaseTypeRow).limit(1)).one()
    rows = [
        routing.models.Skill(key="fibre", names={"en": "Fibre"}),
        routing.models.Entrance(channel="phone", address="1234", queue_id=queue.id),
        routing.models.Agent(person_id=person.id, capacity={"phone": 1}),
        routing.models.Customer(key="C1", changed_at=START),
        routing.register_models.CustomerRegister(
            name="CRM", url="http://crm/{key}", secret="x", changed_at=START
        ),
        routing.webhook_models.Webhook(name="CRM", url="http://crm/", secret="x"),
        routing.foresight_models.ForesightPlan(queue_id=queue.id, near=0.9, often=0.6, sure=0.6, fewest=3),
        routing.foresight_models.ForesightSource(case_type_id=case_type.id),
        widgets.embed.models.HelpWidget(
            portal_id=session.scalars(select(Portal.id).limit(1)).one(), changed_at=START
        ),
    ]
    return [queue, *(_kept(session, row) for row in rows)]


def _kept(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def changed_value(row: Audited) -> tuple[str, Any]:
    """A column of a row that can be changed by itself, with another value for it."""
    secret = row.secret_columns | row.silent_columns
    for column in type(row).__mapper__.columns:  # type: ignore[attr-defined]
        if column.primary_key or column.foreign_keys or column.key in secret:
            continue
        held = getattr(row, column.key)
        if isinstance(held, str):
            return column.key, f"{held[:10]}x"
        if isinstance(held, int):
            return column.key, held + 1
        if isinstance(held, datetime):
            return column.key, held + timedelta(days=1)
    raise AssertionError(f"{row} has no column to change")


def recorded(value: Any) -> Any:
    """A value as the log keeps it."""
    return value.isoformat() if isinstance(value, datetime) else value


def test_every_table_is_audited_but_for_these() -> None:
    assert set(Base.metadata.tables) - {model.__tablename__ for model in audited()} == UNAUDITED  # type: ignore[attr-defined]


def test_every_audited_model_is_tried(session: Session) -> None:
    assert set(one_of_each(session)) == set(audited())


@pytest.mark.parametrize("model", audited(), ids=lambda model: model.__tablename__)
def test_nothing_is_made_changed_or_deleted_without_an_entry(session: Session, model: type[Audited]) -> None:
    row = one_of_each(session)[model]
    table = row.__tablename__  # type: ignore[attr-defined]
    made = entries(session, table, "created")[-1]
    assert made.before == {}
    assert made.after
    name, value = changed_value(row)
    before = getattr(row, name)
    setattr(row, name, value)
    session.flush()
    assert (last(session).subject_kind, last(session).action) == (table, "changed")
    assert last(session).before == {name: recorded(before)}
    assert last(session).after == {name: recorded(value)}
    known = len(entries(session, table, "deleted"))
    session.delete(row) if table != "topic" else session.delete(factories.topic(session, "leaf"))
    session.flush()
    gone = entries(session, table, "deleted")
    assert len(gone) == known + 1
    assert gone[-1].before
    assert gone[-1].after == {}


def test_an_entry_says_who_when_what_and_on_what(database: Database) -> None:
    with database.transaction(actor_id=7, actor="Anna Author") as session:
        made = factories.article(session, state=State.DRAFT)
        draft = factories.newest(made)
    with database.transaction(actor_id=8, actor="Robert Reviewer") as session:
        publication.publish(session, session.get_one(Revision, draft.id), by=SYSTEM)
    with database.session() as session:
        created = entries(session, "article", "created")[-1]
        assert (created.actor_id, created.actor, created.subject, created.subject_id) == (
            7,
            "Anna Author",
            made.key,
            made.id,
        )
        assert timedelta() <= datetime.now(UTC) - created.at < timedelta(minutes=10)
        published = entries(session, "revision", "changed")[-1]
        assert (published.actor, published.before, published.after) == (
            "Robert Reviewer",
            {"state": "draft"},
            {"state": "published"},
        )


def test_what_is_rolled_back_is_not_recorded(both_databases: str, session: Session) -> None:
    before = last(session).id
    factories.article(session)
    session.rollback()
    assert last(session).id == before


def test_a_program_without_a_name_is_the_system(session: Session) -> None:
    factories.topic(session)
    assert (last(session).actor_id, last(session).actor) == (None, "system")


def test_times_and_lists_are_recorded_as_they_can_be_read(both_databases: str, session: Session) -> None:
    factories.article(session, tags=["vpn"], expires_at=START + timedelta(days=1))
    session.commit()
    after = entries(session, "revision")[-2].after
    assert after["tags"] == ["vpn"]
    assert after["expires_at"] == "2026-03-03T09:00:00+00:00"


def test_a_long_text_is_cut(session: Session) -> None:
    factories.article(session, summary="a" * 5000)
    summary = entries(session, "revision", "created")[-1].after["summary"]
    assert len(summary) == audit.LONGEST_VALUE + 1
    assert summary.endswith("…")


def test_a_long_name_fits_into_the_log(both_databases: str, session: Session) -> None:
    factories.revision(session, factories.article(session), title="ű" * 300)
    session.commit()
    assert entries(session, "revision", "created")[-1].subject == "ű" * 300


def test_whose_a_group_is_is_recorded_by_address_before_and_after(
    session: Session, agent: Person, supervisor: Person
) -> None:
    group = people.save_group(session, None, key="vip", name="VIP", members=[agent], by=SYSTEM)
    session.commit()
    people.save_group(session, group, key="vip", name="VIP", members=[supervisor, agent], by=SYSTEM)
    entry = entries(session, "group", "changed")[-1]
    assert entry.before == {"members": ["agent@example.com"]}
    assert entry.after == {"members": ["agent@example.com", "supervisor@example.com"]}


def test_which_groups_somebody_is_in_is_recorded(session: Session, agent: Person) -> None:
    group = factories.group(session, "vip")
    session.commit()
    people.change(
        session,
        agent,
        email=agent.email,
        name=agent.name,
        roles=agent.roles,
        languages=[],
        groups=[group],
        zone="UTC",
        is_active=True,
        by=SYSTEM,
    )
    entry = entries(session, "person", "changed")[-1]
    assert (entry.before, entry.after) == ({"groups": []}, {"groups": ["vip"]})


@pytest.mark.parametrize(
    "act",
    [
        lambda passwords, person: people.set_own_password(
            passwords, person, old="a long enough secret", new="another long secret"
        ),
        lambda passwords, person: people.reset_password(passwords, person, by=SYSTEM),
    ],
    ids=["own", "reset"],
)
def test_a_new_password_is_recorded_without_a_trace_of_it(
    session: Session, passwords: Passwords, agent: Person, act: Callable[[Passwords, Person], object]
) -> None:
    old = agent.password_hash
    act(passwords, agent)
    session.flush()
    entry = last(session)
    assert (entry.before["password_hash"], entry.after["password_hash"]) == (audit.HIDDEN, audit.HIDDEN)
    for secret in (old, agent.password_hash, "$argon2"):
        assert str(secret) not in f"{entry.before}{entry.after}"


def test_no_secret_is_in_any_entry(session: Session) -> None:
    """New people and keys, changed and deleted ones."""
    key, shown = people.issue_key(session, name="CRM", scopes=["read"], audiences=[], by=SYSTEM, now=START)
    secret = key.secret_hash
    people.revoke_key(session, key, by=SYSTEM, now=START)
    session.delete(key)
    session.flush()
    said = "".join(f"{entry.before}{entry.after}" for entry in session.scalars(select(AuditEntry)))
    assert len(entries(session, ApiKey.__tablename__)) == 3
    assert secret not in said
    assert shown not in said
    assert "$argon2" not in said


def test_bookkeeping_is_not_recorded(session: Session, agent: Person) -> None:
    before = last(session).id
    agent.failed_logins, agent.last_login_at = 3, START
    session.flush()
    assert last(session).id == before
