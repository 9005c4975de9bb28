"""Asking a register outside who a customer is, and keeping what it says.

It is asked when a contact comes, before anybody waits for the turn, so that what it knows already says where the
contact goes. Nobody waits longer than its budget, one that fails is left in peace for a while, and what it answers is
looked at with distrust: what cannot be kept is left out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic, perf_counter
from typing import Any, cast
from urllib.parse import quote

import structlog
from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.context import Services
from kb.errors import N_, Conflict
from kb.fetching import FAILURES, Limits, Unusable, fetch, reason
from kb.permissions import SYSTEM
from routing import arrivals, customers, registers
from routing.arrivals import MOST_FACTS, Arrival
from routing.customers import Known
from routing.models import Customer
from routing.plain_addresses import plain_address
from routing.register_models import CustomerRegister
from search.federation.adapters import JSON_TYPES, at
from search.federation.breaker import Breaker
from search.federation.memory import Memory

log = structlog.get_logger(__name__)

LARGEST = 256 * 1024
MOST_KEPT = 10_000
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Register:
    """A register as it is asked, outside of any transaction."""

    id: int
    name: str
    url: str
    headers: Mapping[str, str]
    paths: Mapping[str, str]
    facts: Mapping[str, str]
    budget_s: float
    ttl_s: float
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """What a register said when it was tried: whom it knows, why not, and how long it took in milliseconds."""

    known: Known | None
    problem: str
    took_ms: float


def register_of(row: CustomerRegister) -> Register:
    """A row as it is asked."""
    return Register(
        id=row.id,
        name=row.name,
        url=row.url,
        headers={row.header: row.secret} if row.header and row.secret else {},
        paths=row.paths,
        facts=row.facts,
        budget_s=row.budget_ms / 1000,
        ttl_s=row.ttl_s,
        changed_at=row.changed_at,
    )


class LookUp:
    """Asks the registers in use.

    Args:
        seconds: tells the seconds, never backwards.
    """

    def __init__(self, services: Services, seconds: Callable[[], float] = monotonic) -> None:
        self._services = services
        self._breakers: dict[int, Breaker] = defaultdict(lambda: Breaker(seconds))
        self._asked: Memory[bool] = Memory(seconds, MOST_KEPT)

    def recognised(self, session: Session, arrival: Arrival, now: datetime) -> Arrival:
        """A contact that comes, with the key of its customer where a register knows them.

        Nobody waits in the database meanwhile: the transaction of the session ends before a register is asked.
        """
        found = self.customer(session, arrival.customer, arrival.address, now)
        return replace(arrival, customer=found.key) if found else arrival

    def customer(self, session: Session, key: str, address: str, now: datetime) -> Customer | None:
        """Whom a register knows by this key or address, kept here from now on.

        None where none knows them, where none is asked as both are empty, or where this was asked a moment ago.
        """
        address = plain_address(address)
        asked = [register_of(row) for row in registers.in_use(session)] if key or address else []
        asked = [one for one in asked if self._is_new(one, key, address)]
        if not asked:
            return None
        session.commit()
        for register in asked:
            if known := self._ask(register, key, address):
                return _kept(session, known, now)
        return None

    def test(self, register: Register, key: str, address: str) -> Tried:
        """Ask it now, for whoever arranges it."""
        begun = perf_counter()
        known, problem = None, ""
        try:
            known = answered(register, key, plain_address(address), self._services.config.external_hosts)
        except FAILURES as failure:
            problem = reason(failure)
        return Tried(known, problem, (perf_counter() - begun) * 1000)

    def _is_new(self, register: Register, key: str, address: str) -> bool:
        places = {"key": key, "address": address}
        asks = any(places[name] for name in registers.PLACES.findall(register.url))
        return asks and not self._asked.get((register.id, register.changed_at, key, address))

    def _ask(self, register: Register, key: str, address: str) -> Known | None:
        breaker = self._breakers[register.id]
        if not breaker.admits():
            return None
        try:
            known = answered(register, key, address, self._services.config.external_hosts)
        except FAILURES as failure:
            if breaker.failed():
                log.warning(
                    "a customer register is left in peace for a while",
                    name=register.name,
                    why=reason(failure),
                )
            return None
        breaker.succeeded()
        self._asked.put((register.id, register.changed_at, key, address), True, register.ttl_s)
        return known


def of_this_process() -> LookUp:
    """Whom the application asks."""
    return cast(LookUp, current_app.extensions["customer look-up"])


def answered(register: Register, key: str, address: str, hosts: frozenset[str]) -> Known | None:
    """What a register says of a customer; None for one whom it does not know.

    Raises:
        as `kb.fetching.fetch`; Unusable for an answer of another shape.
    """
    places = {"key": key, "address": address}
    url = registers.PLACES.sub(lambda found: quote(places[found[1]], safe=""), register.url)
    limits = Limits(register.budget_s, LARGEST)
    try:
        body = fetch(
            url, hosts, limits, accept="application/json", types=JSON_TYPES, headers=register.headers
        ).body
    except Unusable as refused:
        if refused.status == NOT_FOUND:
            return None
        raise
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unusable(N_("It answered with JSON that cannot be read.")) from error
    return _read(register, answer)


def _read(register: Register, answer: Any) -> Known | None:
    """As much of an answer as can be kept."""
    said = {what: at(answer, path) for what, path in register.paths.items()}
    key = _text(said.get("key"))
    if not key:
        return None
    facts = {name: at(answer, path) for name, path in register.facts.items()}
    written = said.get("addresses")
    known = Known(
        key,
        _text(said.get("name")),
        _text(said.get("language")).lower(),
        {name: value for name, value in facts.items() if value is not None},
        [one for one in map(_text, written if isinstance(written, list) else [written]) if one],
    )
    return _trimmed(known)


def _trimmed(known: Known) -> Known:
    """Without what `customers.put` would refuse.

    Raises:
        Unusable: not even the key can be kept.
    """
    problems = customers.problems_of(known)
    if "key" in problems:
        raise Unusable(N_("The key of the customer cannot be used: %(key)s", key=known.key[:64]))
    refused = arrivals.fact_problems(known.facts)
    facts = {name: value for name, value in known.facts.items() if f"facts.{name}" not in refused}
    return replace(
        known,
        name="" if "name" in problems else known.name,
        language="" if "language" in problems else known.language,
        facts=facts,
        addresses=() if "addresses" in problems else known.addresses,
    )


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _kept(session: Session, known: Known, now: datetime) -> Customer | None:
    """The customer, with what was known before where the register says nothing of it; kept whatever follows."""
    held = customers.find(session, known.key)
    own = [one.address for one in held.addresses] if held else []
    if held:
        written = {*own, *map(plain_address, known.addresses)}
        known = replace(
            known,
            name=known.name or held.name,
            language=known.language or held.language,
            facts=dict([*{**held.facts, **known.facts}.items()][:MOST_FACTS]),
            addresses=sorted(written)[: customers.MOST_ADDRESSES],
        )
    try:
        made = customers.put(session, known, by=SYSTEM, now=now)[0]
        session.commit()
    except Conflict:  # one of the numbers is somebody else's: then it does not tell who calls
        made = customers.put(session, replace(known, addresses=own), by=SYSTEM, now=now)[0]
        session.commit()
    except IntegrityError:  # another process keeps the same at the same moment
        session.rollback()
        return customers.find(session, known.key)
    return made
