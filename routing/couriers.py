"""Sends what happened to those who want to be told: signed, at least once, again with growing pauses, for a day.

The header `Kalauz-Signature` holds `t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 with the webhook's secret over those
seconds, a full stop and the body. `Kalauz-Delivery` is the same whenever the same thing is sent. What was refused comes
after what happened later, so that one thing which a system cannot take keeps nothing from it; the ids say the order.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from kb.context import Services
from kb.fetching import FAILURES, Limits, fetch, reason
from routing import webhooks
from routing.webhook_models import Webhook, WebhookDelivery

log = structlog.get_logger(__name__)

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 300, 900, 3600))
"""Before the second try, the third, and so on; the last one before all others."""
GIVEN_UP_AFTER = timedelta(days=1)
LEASE = timedelta(minutes=2)
"""A process that dies with deliveries in its hands has them tried again by another after this."""
LIMITS = Limits(seconds=5, largest=64 * 1024)
MOST_AT_ONCE = 20
"""Of one webhook; they take less than the lease, however slow it is."""
MOST_WEBHOOKS = 8
LONGEST_ERROR = 300


def signature(secret: str, body: bytes, at: datetime) -> str:
    """What the header says.

    >>> from datetime import UTC
    >>> signature("secret", b"{}", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))[:13]
    't=1,v1=112276'
    """
    seconds = int(at.timestamp())
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries.

    >>> [pause_after(attempts).seconds for attempts in (1, 2, 6, 60)]
    [10, 30, 3600, 3600]
    """
    return PAUSES[min(attempts, len(PAUSES)) - 1]


class Courier:
    """Makes deliveries of what happened, and sends what is due.

    Args:
        pause_s: between two looks, in seconds; each pause is up to half as long again, so that processes spread out.
    """

    def __init__(self, services: Services, pause_s: float = 1.0) -> None:
        self._services, self._pause_s = services, pause_s
        self._thread = threading.Thread(target=self._turn, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin, where this node does jobs."""
        if self._services.config.jobs:
            self._thread.start()

    def _turn(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._pause_s * random.uniform(1, 1.5)):  # noqa: S311 - nothing secret
            try:
                deliver(self._services, self._services.clock)
            except Exception:
                log.exception("webhooks could not be served")


def deliver(services: Services, clock: Callable[[], datetime]) -> int:
    """Make deliveries, and try all that are due; returns how many were tried. Nothing is locked while it sends."""
    with services.database.session() as session:
        is_behind, is_due = webhooks.is_behind(session), _is_due(session, clock())
    if not is_behind and not is_due:
        return 0
    with services.database.transaction(actor="webhooks") as session:
        webhooks.gather(session, clock())
        taken = _taken(session, clock())
    batches = [[*batch] for _, batch in groupby(taken, key=lambda delivery: delivery.webhook_id)]
    if batches:
        with ThreadPoolExecutor(max_workers=min(len(batches), MOST_WEBHOOKS)) as pool:
            list(pool.map(lambda batch: _send_all(services, batch, clock), batches))
    return len(taken)


def _is_due(session: Session, now: datetime) -> bool:
    due = exists().where(WebhookDelivery.next_at <= now).where(WebhookDelivery.webhook_id == Webhook.id)
    return bool(session.scalar(select(due.where(Webhook.is_active))))


def _taken(session: Session, now: datetime) -> Sequence[WebhookDelivery]:
    """Some deliveries that are due, in order, for this process alone until the lease is over."""
    taken: list[WebhookDelivery] = []
    for webhook_id in session.scalars(select(Webhook.id).where(Webhook.is_active)):
        due = (
            select(WebhookDelivery)
            .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.next_at <= now)
            .order_by(WebhookDelivery.id)
            .limit(MOST_AT_ONCE)
            .options(joinedload(WebhookDelivery.webhook, innerjoin=True))
            .with_for_update(of=WebhookDelivery, skip_locked=True)
        )
        taken += session.scalars(due)
    for delivery in taken:
        delivery.next_at = now + LEASE
    session.flush()
    return taken


def _send_all(services: Services, batch: Sequence[WebhookDelivery], clock: Callable[[], datetime]) -> None:
    """To one webhook, in order; after one that fails the others wait with it, so that nobody waits for each of them."""
    failed = ""
    for delivery in batch:
        now = clock()
        error = failed or _sent(services, delivery, now)
        with services.database.transaction(actor="webhooks") as session:
            held = session.get(WebhookDelivery, delivery.id)
            if held is not None:  # nobody took the webhook away meanwhile
                _note(held, error, now, is_tried=not failed)
        failed = failed or error


def _note(held: WebhookDelivery, error: str, now: datetime, *, is_tried: bool) -> None:
    held.attempts += is_tried
    held.error = error
    if not error:
        held.next_at, held.sent_at = None, now
    elif now - held.made_at >= GIVEN_UP_AFTER:
        held.next_at = None
    else:
        held.next_at = now + pause_after(max(1, held.attempts))


def _sent(services: Services, delivery: WebhookDelivery, now: datetime) -> str:
    """Why it was not taken, or nothing."""
    body, hook = delivery.body.encode(), delivery.webhook
    headers = {
        "Content-Type": "application/json",
        "Kalauz-Delivery": str(delivery.id),
        "Kalauz-Event": delivery.kind,
        "Kalauz-Signature": signature(hook.secret, body, now),
    }
    try:
        fetch(hook.url, services.config.external_hosts, LIMITS, headers=headers, body=body)
    except FAILURES as failure:
        return reason(failure)[:LONGEST_ERROR]
    return ""
