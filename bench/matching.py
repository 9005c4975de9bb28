"""A matching round: who takes what among thousands that wait, beside a plain loop; then with the database around it.

Contacts, agents and skills are made up, the same each time. The plain loop asks agent after agent, and finds the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy import delete, update

from bench.tables import Cell, percentile, table
from bench.texts import Texts
from kb import migrate
from kb.db import Database
from kb.models import Person, Role
from routing import floor
from routing.lifecycle import State
from routing.matching import ANY_LANGUAGE, HEAD_START_S, Free, Match, Waiting, match
from routing.models import Agent, Contact, ContactEvent, Presence, Queue, Skill, Standing
from routing.overflow import Overflow, Step, Way
from tests import postgres
from tests.processes import NotStarted

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LANGUAGES = ("en", "hu", "sv", "ru")
LONGEST_S = 600
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Args:
        free: so many agents are free in a round; the last is all of them.
        rounds: so many are measured of each kind.
    """

    agents: int = 500
    waiting: int = 5_000
    skills: int = 200
    queues: int = 20
    free: tuple[int, ...] = (5, 50, 500)
    rounds: int = 30


@dataclass(frozen=True)
class Floor:
    """Who waits, and who is there.

    Args:
        plans: queue -> its overflow.
        queues: that of each contact.
    """

    waiting: Sequence[Waiting]
    agents: Sequence[Free]
    plans: dict[str, Overflow]
    queues: Sequence[str]


def measure(_: Texts | None, sizes: Sizes | None = None) -> str:
    """Two Markdown tables."""
    sizes = sizes or Sizes()
    made = made_up(sizes)
    return "\n\n".join([_alone(made, sizes), _with_database(made, sizes)])


def made_up(sizes: Sizes, seed: int = 1) -> Floor:
    """Contacts of several queues, languages and skills; agents who know some of them, better or worse."""
    drawn = random.Random(seed)
    queues = [f"q{number}" for number in range(sizes.queues)]
    skills = [f"s{number}" for number in range(sizes.skills)]
    plans = {
        key: Overflow(
            key,
            (
                Step(0, Way(key)),
                Step(60, Way(key, 2)),
                Step(120, Way(key, 3)),
                Step(300, Way(drawn.choice(queues), 2, skilled=False)),
            ),
        )
        for key in queues
    }
    agents = [
        Free(
            number,
            drawn.uniform(0, LONGEST_S),
            frozenset({"phone", "chat"}),
            {key: drawn.randint(1, 3) for key in drawn.sample(queues, min(3, len(queues)))},
            {key: drawn.randint(1, 3) for key in drawn.sample(skills, min(12, len(skills)))},
            frozenset(drawn.sample(LANGUAGES, 2)),
        )
        for number in range(1, sizes.agents + 1)
    ]
    waiting, of_queues = [], []
    for number in range(1, sizes.waiting + 1):
        key, waited_s = drawn.choice(queues), float(drawn.randint(0, LONGEST_S))
        of_queues.append(key)
        waiting.append(
            Waiting(
                number,
                drawn.choice(("phone", "chat")),
                plans[key].ways(waited_s),
                waited_s,
                drawn.choice((0, 0, 0, 1, 2)),
                drawn.choice(LANGUAGES),
                frozenset(drawn.sample(skills, drawn.choice((0, 0, 1, 1, 2)))),
            )
        )
    return Floor(waiting, agents, plans, of_queues)


def plainly(contacts: Sequence[Waiting], agents: Sequence[Free], seed: int = 0) -> list[Match]:
    """The same round as anybody would write it first: each contact asks agent after agent, best order first."""
    shuffled = sorted(agents, key=lambda agent: agent.id)
    random.Random(seed).shuffle(shuffled)
    free = sorted(shuffled, key=lambda agent: -agent.idle_s)
    found = []
    for contact in sorted(contacts, key=lambda one: (-(one.waited_s + one.priority * HEAD_START_S), one.id)):
        ways = ((way, order) for way in contact.ways for order in range(1, way.order + 1))
        chosen = next(
            (
                (agent, way, order)
                for way, order in ways
                for agent in free
                if _can(agent, contact, way, order)
            ),
            None,
        )
        if chosen is not None:
            agent, way, order = chosen
            free.remove(agent)
            found.append(Match(contact.id, agent.id, way, order))
    return found


def _can(agent: Free, contact: Waiting, way: Way, order: int) -> bool:
    speaks = contact.language in agent.languages or ANY_LANGUAGE in agent.languages
    able = agent.queues.get(way.queue, order + 1) <= order and contact.channel in agent.channels and speaks
    skills = contact.skills if way.skilled else ()
    return able and all(agent.skills.get(skill, order + 1) <= order for skill in skills)


def _alone(made: Floor, sizes: Sizes) -> str:
    rows: list[list[Cell]] = []
    for free in sizes.free:
        agents = made.agents[:free]
        own, found = _timed(lambda: match(made.waiting, agents, seed=1), sizes.rounds)  # noqa: B023
        plain, same = _timed(lambda: plainly(made.waiting, agents, seed=1), 1)  # noqa: B023
        if found != same:
            raise AssertionError("the plain loop finds something else")
        rows.append([f"{free} free", len(found), *own, plain[0], plain[0] / own[0]])
    title = (
        f"A matching round: {sizes.waiting:,} contacts wait, {sizes.agents} agents, {sizes.skills} skills, "
        f"{sizes.queues} queues"
    )
    headings = ["agents", "offered", "p50 ms", "p95 ms", "plain loop, ms", "times as long"]
    return table(title, headings, rows)


def _timed(run: Callable[[], Result], rounds: int) -> tuple[list[float], Result]:
    """p50 and p95 in milliseconds, and what came out last."""
    run()
    took, result = [], None
    for _ in range(rounds):
        start = time.perf_counter()
        result = run()
        took.append(1000 * (time.perf_counter() - start))
    assert result is not None
    return [percentile(took, 0.5), percentile(took, 0.95)], result


def _with_database(made: Floor, sizes: Sizes) -> str:
    rows: list[list[Cell]] = []
    for name, databases in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        try:
            with databases() as database, TemporaryDirectory(prefix="kalauz-bench-") as folder:
                migrate.upgrade(database, Path(folder))
                _fill(database, made)
                for free in sizes.free:
                    _free(database, free)
                    rows.append([f"{name}, {free} free", *_round(database, max(sizes.rounds // 5, 2))])
        except NotStarted:
            rows.append([f"{name}: cannot be started here", "–", "–", "–", "–"])
    headings = ["database", "offered", "whole round, p50 ms", "p95 ms", "of it the commit, p50 ms"]
    return table("The same with the database: loaded, matched, offered, committed", headings, rows)


@contextmanager
def _sqlite() -> Iterator[Database]:
    with TemporaryDirectory(prefix="kalauz-bench-") as folder:
        database = Database(f"sqlite:///{folder}/kalauz.db")
        try:
            yield database
        finally:
            database.engine.dispose()


@contextmanager
def _postgres() -> Iterator[Database]:
    server = postgres.start()
    try:
        server.create("bench")
        database = Database(server.url("bench"))
        try:
            yield database
        finally:
            database.engine.dispose()
    finally:
        server.stop()


def _fill(database: Database, made: Floor) -> None:
    with database.transaction(actor="bench") as session:
        queues = {
            key: Queue(key=key, names={"en": key}, steps=_steps(plan)) for key, plan in made.plans.items()
        }
        skills = sorted({skill for agent in made.agents for skill in agent.skills})
        session.add_all([*queues.values(), *(Skill(key=key, names={"en": key}) for key in skills)])
        people = [
            Person(
                id=agent.id,
                email=f"a{agent.id}@example.com",
                name=f"Agent {agent.id}",
                roles=[Role.AGENT],
                languages=sorted(agent.languages),
                created_at=NOW,
            )
            for agent in made.agents
        ]
        session.add_all(people)
        session.flush()
        for agent in made.agents:
            capacity = dict.fromkeys(sorted(agent.channels), 1)
            own = {"queues": dict(agent.queues), "skills": dict(agent.skills)}
            idle_since = NOW - timedelta(seconds=agent.idle_s)
            session.add(Agent(person_id=agent.id, capacity=capacity, **own))
            session.flush()
            session.add(Presence(person_id=agent.id, since=NOW, idle_since=idle_since, seen_at=NOW))
        for contact, key in zip(made.waiting, made.queues, strict=True):
            came_at = NOW - timedelta(seconds=contact.waited_s)
            session.add(
                Contact(
                    key=f"c{contact.id}",
                    channel=contact.channel,
                    queue_id=queues[key].id,
                    priority=contact.priority,
                    language=contact.language,
                    skills=sorted(contact.skills),
                    came_at=came_at,
                    waited_from=came_at,
                )
            )


def _steps(plan: Overflow) -> list[dict[str, object]]:
    return [
        {
            "after_s": step.after_s,
            "queue": step.way.queue,
            "order": step.way.order,
            "skilled": step.way.skilled,
        }
        for step in plan.steps
    ]


def _free(database: Database, count: int) -> None:
    """So many are available, all others are away."""
    with database.transaction(actor="bench") as session:
        session.execute(update(Presence).values(standing=Standing.AWAY))
        session.execute(
            update(Presence).where(Presence.person_id <= count).values(standing=Standing.AVAILABLE)
        )


def _round(database: Database, rounds: int) -> list[Cell]:
    """How many were offered, and what rounds took; what was offered goes back after each."""
    whole, commits, offered = [], [], 0
    for _ in range(rounds + 1):
        with database.session(write=True) as session:
            start = time.perf_counter()
            offered = len(floor.round_(session, NOW))
            before = time.perf_counter()
            session.commit()
            end = time.perf_counter()
        whole.append(1000 * (end - start))
        commits.append(1000 * (end - before))
        with database.transaction(actor="bench") as session:
            session.execute(delete(ContactEvent))
            session.execute(
                update(Contact)
                .where(Contact.state == State.OFFERED)
                .values(state=State.WAITING, agent_id=None, offer_ends_at=None)
            )
    whole, commits = whole[1:], commits[1:]  # the first one reads everything for the first time
    return [offered, percentile(whole, 0.5), percentile(whole, 0.95), percentile(commits, 0.5)]
