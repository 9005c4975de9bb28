"""What is due when, in the working time of a queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from routing import deadlines
from routing.models import Queue
from tests.conftest import START
from tests.routing import stage

OFFICE = {"zone": "Europe/Berlin", "week": [[[480, 1020]]] * 5 + [[], []]}
EPIPHANY = datetime(2026, 1, 6, 10, tzinfo=UTC)  # a Tuesday
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("country", "is_open"), [("", True), ("DE", True), ("DE-BY", False), ("SE", False)])
def test_a_queue_is_closed_on_the_holidays_of_its_country_and_of_its_part(
    country: str, is_open: bool
) -> None:
    queue = Queue(hours={**OFFICE, "country": country})
    assert deadlines.hours_of(queue, EPIPHANY).is_open(EPIPHANY) is is_open


def test_a_day_of_its_own_comes_before_a_holiday() -> None:
    queue = Queue(hours={**OFFICE, "country": "SE", "days": {"2026-01-06": [[600, 720]]}})
    assert deadlines.hours_of(queue, EPIPHANY).closes(EPIPHANY) == EPIPHANY + HOUR


def test_what_comes_on_friday_evening_is_due_on_monday(session: Session) -> None:
    targets = [{"channel": "mail", "priority": 0, "answer_s": 3600, "resolve_s": 7200}]
    stage.queue(session, hours=OFFICE, targets=targets)
    friday = START + timedelta(days=4, hours=10)
    contact = stage.bring(session, channel="mail", now=friday)
    monday = START + timedelta(days=7, hours=-2)  # eight in Berlin
    assert (contact.answer_due_at, contact.resolve_due_at) == (monday + HOUR, monday + 2 * HOUR)
