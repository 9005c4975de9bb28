"""The demonstration: a fictional provider with people, portals, articles and cases in four languages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import yaml
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.approval import workflows
from authoring.importing import readers
from authoring.importing.importers import import_items
from authoring.importing.maps import ImportMap
from authoring.workflow import Step
from cbr import case_types, cases
from cbr.case_type import read_case_type
from cbr.contents import Content
from kb import auth, people
from kb.context import Services
from kb.models import Article, Audience, Folder, Group, Person, Portal, Snippet, Topic
from kb.permissions import SYSTEM
from kb.viewers import PUBLIC
from search.models import SynonymGroup

PASSWORD = "a guide knows the way"  # noqa: S105 - the demonstration's people are meant to be known
ADMIN = "admin@halmar.example"


def load_when_empty(folder: Path) -> None:
    """Load the demonstration into a base that holds nothing; go on where a load was stopped.

    The portals come last, so that nobody sees half of it.

    Args:
        folder: the project's `demo` folder.
    """
    services: Services = current_app.extensions["kalauz"]
    if not _is_wanted(services):
        return
    plan = yaml.safe_load((folder / "base.yaml").read_text(encoding="utf-8"))
    now = services.clock()
    with services.database.transaction(actor="demo") as session:
        _ground(session, plan, services.passwords, now)
    paths = [folder / "articles", folder / "updates"]
    for path in paths:
        rules = ImportMap(defaults={"state": ("published",)})
        with click.progressbar(length=readers.count([path], rules), label=f"Loading demo {path.name}") as bar:
            report = import_items(
                services.database,
                readers.read([path], rules, now=now),
                by=SYSTEM,
                now=now,
                limit=services.config.upload_limit,
                progress=lambda bar=bar: bar.update(1),  # type: ignore[misc]
            )
        for fault in report.faults:
            click.echo(f"  {fault}", err=True)
    with services.database.transaction(actor="demo") as session:
        _cases(session, yaml.safe_load((folder / "cases.yaml").read_text(encoding="utf-8")), now)
        session.add_all(Portal(position=place, **portal) for place, portal in enumerate(plan["portals"]))


def _is_wanted(services: Services) -> bool:
    with services.database.session() as session:
        if session.scalar(select(Portal.id).limit(1)) is not None:
            return False
        begun = session.scalar(select(Person.id).where(Person.email == ADMIN)) is not None
        return begun or session.scalar(select(Article.id).limit(1)) is None


def is_loaded(session: Session) -> bool:
    """Whether this base holds the demonstration's people."""
    return session.scalar(select(Person.id).where(Person.email == ADMIN)) is not None


def _ground(session: Session, plan: dict[str, Any], passwords: auth.Passwords, now: datetime) -> None:
    """Groups, audiences, people, topics, workflows, synonyms, snippets, folders: all or nothing."""
    if is_loaded(session):
        return
    groups = {group["key"]: Group(**group) for group in plan["groups"]}
    session.add_all(groups.values())
    for audience in plan["audiences"]:
        members = [groups[key] for key in audience["groups"]]
        session.add(Audience(key=audience["key"], names=audience["names"], groups=members))
    session.flush()
    for person in plan["people"]:
        limits = person.pop("limits", {})
        wanted = {**person, "groups": [groups[key] for key in person.get("groups", [])]}
        made = people.add(session, passwords, password=PASSWORD, by=SYSTEM, now=now, **wanted)
        people.set_limits(session, made, {role: ([], codes) for role, codes in limits.items()}, by=SYSTEM)
    _topics(session, plan["topics"])
    for flow in plan["workflows"]:
        steps = [Step.from_json(step) for step in flow["steps"]]
        workflows.save(session, None, by=SYSTEM, **{**flow, "steps": steps})
    session.add_all(SynonymGroup(**group) for group in plan["synonyms"])
    session.add_all(Snippet(**snippet) for snippet in plan["snippets"])
    session.add_all(Folder(position=place, **folder) for place, folder in enumerate(plan["folders"]))


def _topics(session: Session, plan: list[dict[str, Any]]) -> None:
    made: dict[str, Topic] = {}
    for place, entry in enumerate(plan):
        parent = made[entry["parent"]].id if entry["parent"] else None
        made[entry["key"]] = Topic(key=entry["key"], names=entry["names"], parent_id=parent, position=place)
        session.add(made[entry["key"]])
        session.flush()


def _cases(session: Session, plan: dict[str, Any], now: datetime) -> None:
    """A case type and its cases, confirmed."""
    wanted = read_case_type(plan["case_type"])
    row = case_types.create(session, wanted, audience=PUBLIC, by=SYSTEM, now=now)
    for entry in plan["cases"]:
        key = entry.pop("key")
        made = cases.record(session, row, Content(**entry), by=SYSTEM, now=now, source="import", key=key)
        cases.confirm(session, made, by=SYSTEM, now=now)


def introduce() -> None:
    """Say who can log in, where the demonstration is loaded."""
    services: Services = current_app.extensions["kalauz"]
    with services.database.session() as session:
        if not is_loaded(session):
            return
        found = session.scalars(
            select(Person).where(Person.email.endswith("@halmar.example")).order_by(Person.id)
        )
        click.echo(f'Demo people, all with the password "{PASSWORD}":')
        for person in found:
            click.echo(f"  {person.email:<28} {person.name}: {', '.join(person.roles) or 'customer'}")
