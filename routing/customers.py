"""Customers as another system knows them: brought one by one or as a table, found by key or by address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Conflict, Invalid, NotFound
from kb.languages import is_language
from kb.viewers import Viewer
from routing.arrivals import KEY, LONGEST_ADDRESS, MOST_FACTS, fact_problems
from routing.models import Customer, CustomerAddress
from routing.permissions import require_bringer
from routing.plain_addresses import plain_address

LONGEST_NAME = 200
MOST_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer.

    Args:
        key: by which another system knows them.
        facts: attribute -> plain value; a contact of theirs comes with them.
        addresses: numbers and mail addresses, however they are written.
    """

    key: str
    name: str = ""
    language: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    addresses: Sequence[str] = ()


def find(session: Session, key: str) -> Customer | None:
    """The customer whom another system knows by this key."""
    return session.scalars(select(Customer).where(Customer.key == key)).first()


def one(session: Session, viewer: Viewer, key: str) -> Customer:
    """A customer.

    Raises:
        NotAllowed: not for this viewer.
        NotFound: there is none with this key.
    """
    require_bringer(viewer)
    found = find(session, key)
    if found is None:
        raise NotFound(N_("There is no customer %(key)s.", key=key[:64]))
    return found


def put(session: Session, known: Known, *, by: Viewer, now: datetime) -> tuple[Customer, bool]:
    """Say all that is known of a customer, in the place of what was known before.

    Returns:
        The customer, and whether anything is new about them.

    Raises:
        Conflict: another customer has one of the addresses.
        Invalid: field -> what is wrong with it.
        NotAllowed: not for this viewer.
    """
    require_bringer(by)
    if problems := problems_of(known):
        raise Invalid(problems)
    addresses = sorted({plain_address(address) for address in known.addresses})
    found = find(session, known.key)
    _refuse_taken(session, addresses, found)
    if found is None:
        found = Customer(key=known.key, name="", language="", facts={}, changed_at=now)
        session.add(found)
    elif _is_same(found, known, addresses):
        return found, False
    found.name, found.language, found.changed_at = known.name.strip(), known.language, now
    found.facts = dict(known.facts)
    held = {one.address: one for one in found.addresses}
    found.addresses = [held.get(address) or CustomerAddress(address=address) for address in addresses]
    session.flush()
    return found, True


def problems_of(known: Known) -> dict[str, str]:
    """What cannot be kept: field -> sentence."""
    problems = fact_problems(known.facts)
    if not KEY.fullmatch(known.key):
        problems["key"] = N_("Use letters, digits and . : @ + - _, at most 64 characters.")
    if reason := texts.problem(known.name, LONGEST_NAME):
        problems["name"] = reason
    if known.language and not is_language(known.language):
        problems["language"] = N_("This is no language code.")
    if len(known.facts) > MOST_FACTS:
        problems["facts"] = N_("At most %(most)s facts are kept.", most=MOST_FACTS)
    if len(known.addresses) > MOST_ADDRESSES:
        problems["addresses"] = N_("At most %(most)s numbers and addresses.", most=MOST_ADDRESSES)
    for address in known.addresses:
        if reason := texts.problem(address, LONGEST_ADDRESS):
            problems["addresses"] = reason
        elif not plain_address(address):
            problems["addresses"] = N_("One of the numbers or addresses is empty.")
    return problems


def _is_same(found: Customer, known: Known, addresses: Sequence[str]) -> bool:
    held = (found.name, found.language, found.facts, sorted(one.address for one in found.addresses))
    return held == (known.name.strip(), known.language, dict(known.facts), addresses)


def _refuse_taken(session: Session, addresses: Sequence[str], own: Customer | None) -> None:
    query = select(CustomerAddress).where(CustomerAddress.address.in_(addresses))
    for held in session.scalars(query):
        if own is None or held.customer_id != own.id:
            raise Conflict(N_("Another customer has the address %(address)s.", address=held.address))
