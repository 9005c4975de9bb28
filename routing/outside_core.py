"""An outside system that says where contacts should go: a webhook that is asked as well as told.

It is asked by POST when a contact comes, signed as everything that is sent there (`routing/couriers.py`), and is told
as a webhook when the contact is offered, accepted and ended. What it says in time is followed; without a word from it
the house goes on.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from time import monotonic

import structlog
from marshmallow import EXCLUDE, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.context import Services
from kb.fetching import FAILURES, Limits, fetch, reason
from routing import couriers
from routing.api_schemas import RoutingProposalSchema
from routing.arrivals import Arrival
from routing.core import Proposal
from routing.webhook_models import Webhook
from search.federation.breaker import Breaker

log = structlog.get_logger(__name__)

LARGEST = 64 * 1024
PROPOSAL = "proposal"
_TOLD = frozenset(Arrival.__dataclass_fields__) - {"proposed", "not_before"}


class OutsideCore:
    """Asks the webhook that proposes.

    Args:
        seconds: tells the seconds, never backwards.
    """

    def __init__(self, services: Services, seconds: Callable[[], float] = monotonic) -> None:
        self._services = services
        self._breakers: dict[int, Breaker] = defaultdict(lambda: Breaker(seconds))

    def propose(self, session: Session, arrival: Arrival) -> Proposal | None:
        """What it says in time.

        Nobody waits in the database meanwhile: the transaction of the session ends before it is asked.
        """
        query = select(Webhook).where(Webhook.is_active, Webhook.proposes).order_by(Webhook.id).limit(1)
        hook = session.scalars(query).first()
        if hook is None:
            return None
        asked = (hook.id, hook.name, hook.url, hook.secret, hook.budget_ms / 1000)
        session.commit()
        return self._ask(*asked, arrival)

    def _ask(
        self, hook_id: int, name: str, url: str, secret: str, budget_s: float, arrival: Arrival
    ) -> Proposal | None:
        breaker = self._breakers[hook_id]
        if not breaker.admits():
            return None
        told = {key: value for key, value in asdict(arrival).items() if key in _TOLD}
        body = json.dumps({"kind": PROPOSAL, "contact": told}, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "Kalauz-Event": PROPOSAL,
            "Kalauz-Signature": couriers.signature(secret, body, self._services.clock()),
        }
        limits = Limits(seconds=budget_s, largest=LARGEST)
        try:
            answer = fetch(url, self._services.config.external_hosts, limits, headers=headers, body=body).body
            said = RoutingProposalSchema(unknown=EXCLUDE).load(json.loads(answer)) if answer else None
        except (*FAILURES, ValidationError, RecursionError) as failure:
            if breaker.failed():
                log.warning("the outside core is left in peace for a while", name=name, why=_why(failure))
            return None
        breaker.succeeded()
        return Proposal(by=name, **said) if said else None


def _why(failure: BaseException) -> str:
    return str(failure.messages) if isinstance(failure, ValidationError) else reason(failure)
