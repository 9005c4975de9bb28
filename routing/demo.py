"""The demonstration's floor: queues, skills, agents and ways in, for its people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.demo import is_loaded
from kb.context import Services
from kb.models import Person
from kb.permissions import SYSTEM
from routing import entrances, people, queues, skills
from routing.entrances import WayIn
from routing.models import Queue
from routing.people import Work
from routing.queues import Plan


def load_when_empty(folder: Path) -> None:
    """Found the floor where the demonstration's people are and no queue is: all of it or nothing.

    Args:
        folder: the project's `demo` folder.
    """
    services: Services = current_app.extensions["kalauz"]
    with services.database.session() as session:
        if not is_loaded(session) or session.scalar(select(Queue.id).limit(1)) is not None:
            return
    plan = yaml.safe_load((folder / "floor.yaml").read_text(encoding="utf-8"))
    with services.database.transaction(actor="demo") as session:
        found_floor(session, plan)


def found_floor(session: Session, plan: dict[str, Any]) -> None:
    """Skills, queues, agents and ways in; people who are not here are left out."""
    for skill in plan["skills"]:
        skills.save(session, None, skill["names"], key=skill["key"], by=SYSTEM)
    for place, queue in enumerate(plan["queues"]):
        key = queue.pop("key")
        queues.save(session, None, Plan(position=place, **queue), key=key, by=SYSTEM)
    for agent in plan["agents"]:
        person = session.scalars(select(Person).where(Person.email == agent.pop("email"))).first()
        if person is not None:
            people.save(session, None, Work(**agent), person_id=person.id, by=SYSTEM)
    for entrance in plan["entrances"]:
        entrances.save(session, None, WayIn(**entrance), by=SYSTEM)
