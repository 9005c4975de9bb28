"""The command that plays a day of contacts, and what it prints of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.guided.pages import players
from kb import journal
from kb.cli import prepare
from kb.context import Services
from kb.errors import Invalid
from routing import core, day_crew
from routing.day import Day
from routing.day_plan import USUAL_DAY, Plan, agents_needed
from routing.lifecycle import ENDED, State
from routing.models import Contact, Queue
from routing.staffing.counts import Slot, read_counts
from routing.typed import seconds_text

STEP_MIN = 30


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(demo)


@click.group()
def demo() -> None:
    """The demonstration."""


@demo.command()
@click.option(
    "--contacts", type=click.IntRange(1, 20_000), default=300, show_default=True, help="How many come."
)
@click.option("--speed", type=click.FloatRange(1, 600), default=60, show_default=True, help="So much faster.")
@click.option(
    "--agents", type=click.IntRange(0, 200), default=0, help="In front; as many as it needs if not given."
)
@click.option("--seed", default=1, show_default=True, help="The same seed is the same day.")
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Counts by day and time; their first day says when contacts come.",
)
@with_appcontext
def day(contacts: int, speed: float, agents: int, seed: int, table: Path | None) -> None:
    """Play a day of contacts: callers come, agents follow guided help, escalate, solve, and keep what was new.

    Do it beside a running service: whoever has the panel or the wall open sees it, and takes contacts as well.
    """
    services: Services = current_app.extensions["kalauz"]
    prepare(services)
    plan = Plan(contacts=contacts, speed=speed, agents=agents, seed=seed, slots=slots(table))
    try:
        told = play(services, plan)
    except Invalid as refused:
        raise click.ClickException("; ".join(map(str, refused.fields.values()))) from None
    for name, figure in told:
        click.echo(f"{name:<28}{figure:>10}")


def play(services: Services, plan: Plan) -> list[tuple[str, str]]:
    """A day from its beginning to its end; what became of it, as names and figures."""
    database, now = services.database, services.clock()
    with database.transaction(actor="demo day") as session:
        structure = services.structure.current(session, journal.head(session))
        crew = day_crew.gather(session, services.passwords, structure, agents_needed(plan), now=now)
    played = Day(services, players(), core.of_this_process(), crew, plan, say=click.echo)
    try:
        played.play()
    finally:
        with database.transaction(actor="demo day") as session:
            day_crew.dismiss(session, crew, now=services.clock())
    with database.session() as session:
        return figures(session, played)


def figures(session: Session, played: Day) -> list[tuple[str, str]]:
    """What became of those who came; times are those of the day."""
    keys = played.told.keys
    rows = session.execute(
        select(Contact, Queue.level_s).join(Queue).where(Contact.key.in_(keys)).order_by(Contact.id)
    ).all()
    found = [contact for contact, _ in rows]
    states = Counter(contact.state for contact in found)
    waited = played.waits()
    waits = sorted(waited.values())
    in_time = sum(waited.get(contact.id, math.inf) <= level_s for contact, level_s in rows)
    still_open = [contact for contact in found if contact.state not in ENDED]
    return [
        ("came", str(len(keys))),
        ("answered", str(sum(contact.answered_at is not None for contact in found))),
        ("guided", str(sum(bool(contact.run_id) for contact in found))),
        ("escalations", str(played.told.escalated)),
        ("escalations avoided", str(played.told.avoided)),
        ("solved", str(states[State.RESOLVED])),
        ("with what solved them", str(sum(bool(contact.solved_kind) for contact in found))),
        ("retained as cases", str(played.told.retained)),
        ("hung up", str(states[State.ABANDONED])),
        ("still open", ", ".join(f"{contact.key} {contact.state}" for contact in still_open) or "0"),
        ("lost", str(len(keys) - len(found))),
        ("waiting, half within", seconds_text(round(_at(waits, 0.5)))),
        ("waiting, 95 % within", seconds_text(round(_at(waits, 0.95)))),
        ("in time", f"{100 * in_time / max(len(rows), 1):.0f} %"),
    ]


def slots(table: Path | None) -> Sequence[Slot]:
    """When contacts come. Raises `Invalid` where a table says nothing."""
    if table is None:
        return USUAL_DAY
    counts = read_counts(table.read_bytes()).counts
    return counts.typical(STEP_MIN, min(counts.days))


def _at(waits: Sequence[float], share: float) -> float:
    return waits[min(int(share * len(waits)), len(waits) - 1)] if waits else 0.0
