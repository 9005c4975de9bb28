"""The demonstration's floor is one that the verbs take."""

from __future__ import annotations

from pathlib import Path

import yaml
from sqlalchemy.orm import Session

from routing import entrances, queues
from routing.demo import found_floor
from tests import factories

FLOOR = Path(__file__).parents[2] / "demo" / "floor.yaml"


def test_one_number_leads_to_three_queues_by_its_choices(session: Session) -> None:
    factories.portal(session, "help")
    found_floor(session, yaml.safe_load(FLOOR.read_text(encoding="utf-8")))
    assert [queue.key for queue in queues.every(session)] == ["mobile", "billing", "fibre"]
    number = [one.choice for one in entrances.every(session) if one.channel == "phone"]
    assert number == ["", "1", "2", "3"]
