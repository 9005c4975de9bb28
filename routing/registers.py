"""Customer registers as administrators keep them: whom to ask who a customer is, and how to read the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import texts
from kb.concurrency import refuse_stale
from kb.config import Config
from kb.errors import N_, Invalid
from kb.external import check_url
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer
from routing.arrivals import KEY, MOST_FACTS
from routing.register_models import CustomerRegister

LONGEST_NAME, LONGEST_URL, LONGEST_PATH, LONGEST_SECRET = 200, 2000, 200, 1000
BUDGET_MS, TTL_S = (50, 2_000), (0, 24 * 3600)
PATHS = ("key", "name", "language", "addresses")
"""What an answer can say beside facts; the first is needed."""
PLACES = re.compile(r"\{(address|key)\}")

_PATH = re.compile(r"[^\s.]+(\.[^\s.]+)*")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_SECRET = re.compile(r"[\x20-\x7e]*")
_RESERVED = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})


def save(
    session: Session,
    config: Config,
    register: CustomerRegister | None,
    *,
    name: str,
    url: str,
    paths: Mapping[str, str],
    facts: Mapping[str, str],
    header: str = "",
    secret: str = "",
    budget_ms: int = 300,
    ttl_s: int = 600,
    is_active: bool = True,
    by: Viewer,
    now: datetime,
    seen: str | None = None,
) -> CustomerRegister:
    """Make or change a register.

    Args:
        register: None for a new one.
        url: with {address} or {key}, on a host that the operator allows.
        paths: one of `PATHS` -> where it stands in the answer, names and list positions with dots between.
        facts: attribute -> where its value stands.
        header: that goes with the question, as Authorization; "" for none.
        secret: its value; "" leaves the one that is kept, as long as there is a header.
        budget_ms: so long a contact that comes waits for the answer.
        ttl_s: so long nobody asks the same again, in seconds.
        seen: its version when the form was opened.

    Raises:
        Invalid: field -> what is wrong with it.
        Conflict: somebody else saved it meanwhile.
        NotAllowed: not for this viewer.
    """
    require(by, ADMINISTER)
    told = {what: path.strip() for what, path in paths.items() if path.strip()}
    problems = _problems(config, name.strip(), url.strip()) | _problems_of_paths(told, facts)
    problems |= _problems_of_header(header.strip(), secret)
    for field, value, (least, most) in (("budget_ms", budget_ms, BUDGET_MS), ("ttl_s", ttl_s, TTL_S)):
        if not least <= value <= most:
            problems[field] = N_("A number from %(least)s to %(most)s.", least=least, most=most)
    if problems:
        raise Invalid(problems)
    if register is None:
        register = CustomerRegister(secret="")
    else:
        refuse_stale(session, register, seen)
    register.name, register.url, register.header = name.strip(), url.strip(), header.strip()
    register.secret = (secret or register.secret) if register.header else ""
    register.paths, register.facts = told, dict(facts)
    register.budget_ms, register.ttl_s, register.is_active = budget_ms, ttl_s, is_active
    register.changed_at = now
    session.add(register)
    session.flush()
    return register


def remove(session: Session, register: CustomerRegister, *, by: Viewer) -> None:
    """It is not asked any more; what it said of customers stays."""
    require(by, ADMINISTER)
    session.delete(register)
    session.flush()


def listed(session: Session) -> Sequence[CustomerRegister]:
    """All of them, in the order in which they are asked."""
    return session.scalars(select(CustomerRegister).order_by(CustomerRegister.id)).all()


def in_use(session: Session) -> Sequence[CustomerRegister]:
    """Those that are asked, in their order."""
    query = select(CustomerRegister).where(CustomerRegister.is_active)
    return session.scalars(query.order_by(CustomerRegister.id)).all()


def facts_of(text: str) -> dict[str, str]:
    """Attributes and where they stand, a line for each: "plan = contract.plan"; without "=" both are the same.

    Raises:
        Invalid: "facts" -> the line that cannot be read.

    >>> facts_of("plan = contract.plan\\nage")
    {'plan': 'contract.plan', 'age': 'age'}
    """
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _equals, path = (part.strip() for part in line.partition("="))
        path = path or name
        is_usable = KEY.fullmatch(name) and _PATH.fullmatch(path) and not texts.problem(path, LONGEST_PATH)
        if name in found or not is_usable:
            raise Invalid({"facts": N_("This line cannot be read: %(line)s", line=line[:80])})
        found[name] = path
    if len(found) > MOST_FACTS:
        raise Invalid({"facts": N_("At most %(most)s facts are kept.", most=MOST_FACTS)})
    return found


def facts_text(facts: Mapping[str, str]) -> str:
    """Attributes and where they stand, as they are typed.

    >>> facts_text({"plan": "contract.plan", "age": "age"})
    'plan = contract.plan\\nage = age'
    """
    return "\n".join(f"{name} = {path}" for name, path in facts.items())


def _problems(config: Config, name: str, url: str) -> dict[str, str]:
    problems = {}
    if not name or texts.problem(name, LONGEST_NAME):
        problems["name"] = N_("Give it a name of at most %(most)s characters.", most=LONGEST_NAME)
    if reason := texts.problem(url, LONGEST_URL):
        problems["url"] = reason
        return problems
    try:
        check_url(url, config)
    except Invalid as refused:
        problems.update(refused.fields)
    else:
        if not PLACES.search(url):
            problems["url"] = N_("Put {address} or {key} where the number or the key of the customer goes.")
    return problems


def _problems_of_paths(paths: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
    problems = {}
    for what, path in paths.items():
        if what not in PATHS or not _PATH.fullmatch(path) or texts.problem(path, LONGEST_PATH):
            problems[what] = N_("Write names with dots between, such as data.title.")
    if "key" not in paths:
        problems["key"] = N_("Say where it stands in the answer.")
    if not all(KEY.fullmatch(name) and _PATH.fullmatch(path) for name, path in facts.items()):
        problems["facts"] = N_("Write names with dots between, such as data.title.")
    return problems


def _problems_of_header(header: str, secret: str) -> dict[str, str]:
    problems = {}
    if header and (not _HEADER.fullmatch(header) or header.lower() in _RESERVED):
        problems["header"] = N_("This is no header that can be sent, such as Authorization.")
    if len(secret) > LONGEST_SECRET or not _SECRET.fullmatch(secret):
        problems["secret"] = N_(
            "Letters, digits and signs of the ASCII table, at most %(most)s.", most=LONGEST_SECRET
        )
    return problems
