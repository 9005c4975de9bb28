"""A hundred agents at once on two workers, over HTTP: each listens, takes what is offered, sees it, searches, closes.

One more program brings contacts, as a telephone system does. Everybody thinks between two deeds; measured is what
they wait for.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from random import Random
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.case_libraries import expanded, libraries
from bench.guided_pages import write_cases
from bench.instances import EMAIL, WORKERS, Instance, instance, log_in
from bench.programs import Failed, Server
from bench.search_pages import grow
from bench.tables import Cell, percentile, table
from bench.texts import Texts
from cbr.guided.library import Library
from cbr.values import write_value
from kb.models import Person, Role
from kb.permissions import SYSTEM
from routing import people, presence, queues
from routing.people import Work
from routing.queues import Plan
from search.engine import Document

QUEUE, API, CLOSED = "all", "/api/v1/contacts", "a contact is closed"
PATIENCE_S, BEAT_S = 60.0, 10.0
ALONE, BRISK_S = 60, 0.1
"""Contacts of the one agent, and how long they think, in seconds."""
TITLES = 300
SPARE = 1.5
"""So much longer it is between two contacts than the agents need: somebody is always free."""
HEADINGS = ("what they wait for", "times", "p50", "p95", "aim")
AIMS_MS: Mapping[str, str] = {
    "a search": "150",
    "arrival to the first proposal": "100",
    "an event is heard": "1000",
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is asked.

    Args:
        contacts: so many for each agent.
        searches: with each of them.
        think_s: before each deed, on average, in seconds.
        cases, texts: in the database.
    """

    agents: int = 100
    contacts: int = 3
    searches: int = 4
    think_s: float = 5.0
    cases: int = 100_000
    texts: int = 50_000


@dataclass
class Seen:
    """What everybody waited for: what it was -> milliseconds."""

    took: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    brought: dict[int, float] = field(default_factory=dict)
    heard: dict[int, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def measure(texts: Texts, sizes: Sizes | None = None) -> str:
    """Markdown tables of what one agent waits for, and many at once, with the aims beside it."""
    sizes = sizes or Sizes()
    library = expanded(max(libraries(), key=lambda one: len(one.library)).library, sizes.cases)
    with instance() as made:
        made.fill(texts)
        titles = [quote(document.title) for document in _some(grow(made, sizes.texts))]
        file = made.data / "cases.csv"
        write_cases(library, file)
        made.command(
            *("cases", "import", "measured", str(file), "--solution", "solution", "--problem", "problem"),
            *("--key", "number", "--state", "confirmed", "--audience", "agent"),
        )
        addresses = made.employ(sizes.agents, Role.AGENT)
        told = f"{WORKERS} workers, {sizes.cases:,} cases, {sizes.texts:,} texts; ms"
        alone = replace(sizes, agents=1, contacts=ALONE, think_s=BRISK_S)
        with made.serving(WORKERS) as server:
            _found_floor(made, addresses)
            fresh = server.memory_mb()
            _come_in(made, addresses[:1])
            first = _rows(_play(server, addresses[:1], library, titles, alone))
            worked: list[Cell] = ["memory (PSS), MB: before, after", fresh, server.memory_mb(), "", ""]
            title = f"One agent, {told}"
            one = table(title, HEADINGS, [*first, worked])
            _come_in(made, addresses)
            crowd = _rows(_play(server, addresses, library, titles, sizes))
            title = f"{sizes.agents} agents at once, {sizes.think_s:g} s between two deeds, {told}"
            worked = ["memory (PSS), MB: before, after", worked[2], server.memory_mb(), "", ""]
            return "\n\n".join([one, table(title, HEADINGS, [*crowd, worked])])


def _some(documents: Sequence[Document]) -> Sequence[Document]:
    return documents[:: max(1, len(documents) // TITLES)]


def _found_floor(made: Instance, addresses: list[str]) -> None:
    """One queue, in which all of them take calls; nobody is there yet."""
    with made.database.transaction(actor="bench") as session:
        queues.save(session, None, Plan({"en": "All"}, offer_s=600), key=QUEUE, by=SYSTEM)
        for person in _people(session, addresses):
            work = Work(capacity={"phone": 1}, queues={QUEUE: 1})
            people.save(session, None, work, person_id=person.id, by=SYSTEM)


def _come_in(made: Instance, addresses: list[str]) -> None:
    """They are there from now on."""
    with made.database.transaction(actor="bench") as session:
        for person in _people(session, addresses):
            presence.be(session, person.id, "available", by=SYSTEM, now=datetime.now(UTC))


def _people(session: Session, addresses: list[str]) -> Sequence[Person]:
    return session.scalars(select(Person).where(Person.email.in_(addresses))).all()


def _play(server: Server, addresses: list[str], library: Library, words: list[str], sizes: Sizes) -> Seen:
    """Let them all work until each has had their contacts."""
    seen = Seen()
    ended = threading.Event()
    agents = [
        _Agent(server, log_in(server, address), words, sizes, seen, ended, n)
        for n, address in enumerate(addresses)
    ]
    for agent in agents:
        for deed in (agent.listen, agent.beat, agent.work):
            threading.Thread(target=deed, daemon=True).start()
    time.sleep(sizes.think_s)
    _bring(server, library, words, sizes, seen)
    until = time.monotonic() + PATIENCE_S + 4 * sizes.think_s * (sizes.searches + 3)
    while len(seen.took[CLOSED]) < sizes.agents * sizes.contacts and time.monotonic() < until:
        time.sleep(0.1)
    ended.set()
    if len(seen.took[CLOSED]) < sizes.agents * sizes.contacts:
        seen.failures.append(f"only {len(seen.took[CLOSED])} were closed")
    if seen.failures:
        raise Failed("; ".join(seen.failures[:5]))
    return seen


def _bring(server: Server, library: Library, words: list[str], sizes: Sizes, seen: Seen) -> None:
    """As many contacts as all take together, as fast as they are worked off."""
    caller = _Caller(server, log_in(server, EMAIL), seen)
    every_s = SPARE * sizes.think_s * (sizes.searches + 3) / sizes.agents
    draw = Random(1)
    for number in range(sizes.agents * sizes.contacts):
        known = library.case(draw.randrange(len(library)))
        facts = {key: write_value(value) for key, value in list(known.items())[:6] if value is not None}
        question = unquote(draw.choice(words))
        body = {
            "channel": "phone",
            "key": f"{sizes.agents}-{number}",
            "queue": QUEUE,
            "question": question,
            "facts": facts,
        }
        begun = time.perf_counter()
        made = caller.ask("POST", API, "a contact is brought", body)
        if made.get("id"):
            seen.brought[made["id"]] = begun
        time.sleep(every_s)


class _Caller:
    """A connection of somebody who is logged in."""

    def __init__(self, server: Server, cookie: str, seen: Seen) -> None:
        self._port, self._seen = server.port, seen
        self._headers = {"Cookie": cookie, "Content-Type": "application/json"}
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)

    def ask(self, method: str, path: str, what: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """An answer; how long it took is noted, and if it failed."""
        begun = time.perf_counter()
        self._connection.request(method, path, json.dumps(body) if body is not None else None, self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        self._connection.close()  # a server hangs up on who thinks for long
        self._seen.took[what].append(1000 * (time.perf_counter() - begun))
        if answer.status >= 400:
            self._seen.failures.append(f"{answer.status} from {path}: {said[:200].decode(errors='replace')}")
            return {}
        is_json = answer.getheader("Content-Type", "").startswith("application/json")
        return dict(json.loads(said)) if said and is_json else {}

    def events(self) -> Iterator[dict[str, Any]]:
        """What the stream tells."""
        while True:
            connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
            headers = self._headers | {"Accept": "text/event-stream"}
            connection.request("GET", f"{API}/events", headers=headers)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            connection.close()  # so many listen to this process already; the next one may be another
            time.sleep(1)
        while line := answer.readline():
            if line.startswith(b"data:"):
                yield json.loads(line[5:])


class _Agent:
    """Listens, and works off what is offered."""

    def __init__(
        self,
        server: Server,
        cookie: str,
        words: list[str],
        sizes: Sizes,
        seen: Seen,
        ended: threading.Event,
        n: int,
    ) -> None:
        self._server, self._cookie = server, cookie
        self._caller = _Caller(server, cookie, seen)
        self._words, self._sizes, self._seen, self._ended = words, sizes, seen, ended
        self._draw = Random(n)
        self._offers: queue.Queue[int] = queue.Queue()

    def listen(self) -> None:
        """Hear what is offered."""
        with _until_the_end(self._ended, self._seen):
            for event in self._caller.events():
                if event["kind"] == "offered":
                    self._seen.heard[event["contact_id"]] = time.perf_counter()
                    self._offers.put(event["contact_id"])

    def beat(self) -> None:
        """Be there, as an open panel is."""
        with _until_the_end(self._ended, self._seen):
            caller = _Caller(self._server, self._cookie, self._seen)
            while not self._ended.wait(BEAT_S):
                caller.ask("POST", f"{API}/presence/seen", "a sign of life")

    def work(self) -> None:
        """Take what is offered, one after another."""
        with _until_the_end(self._ended, self._seen):
            while not self._ended.is_set():
                with suppress(queue.Empty):
                    self._one(self._offers.get(timeout=1))

    def _one(self, contact_id: int) -> None:
        ask = self._caller.ask
        self._think()
        ask("POST", f"{API}/{contact_id}/accept", "an offer is taken")
        ask("GET", f"/agent/parts/contacts/{contact_id}", "arrival to the first proposal")
        for _ in range(self._sizes.searches):
            self._think()
            ask(
                "GET",
                f"/agent/parts/answers?contact={contact_id}&q={self._draw.choice(self._words)}",
                "a search",
            )
        self._think()
        ask("POST", f"{API}/{contact_id}/close", CLOSED, {"solved_kind": "answer"})

    def _think(self) -> None:
        time.sleep(self._sizes.think_s * self._draw.uniform(0.5, 1.5))


@contextmanager
def _until_the_end(ended: threading.Event, seen: Seen) -> Iterator[None]:
    """What goes wrong before everybody has ended is kept; afterwards the server hangs up, as it should."""
    try:
        yield
    except (OSError, ValueError) as error:
        if not ended.is_set():
            seen.failures.append(f"{type(error).__name__}: {error}")


def _rows(seen: Seen) -> list[list[Cell]]:
    heard = [1000 * (at - seen.brought[which]) for which, at in seen.heard.items() if which in seen.brought]
    took = {**seen.took, "an event is heard": heard}
    return [
        [what, len(times), percentile(times, 0.5), percentile(times, 0.95), AIMS_MS.get(what, "")]
        for what, times in took.items()
        if times
    ]
