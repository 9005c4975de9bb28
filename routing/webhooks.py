"""Webhooks as administrators keep them, and the deliveries that events make."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from kb import texts
from kb.concurrency import refuse_stale
from kb.config import Config
from kb.errors import N_, Invalid
from kb.external import check_url
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer
from routing import events, streams
from routing.api_schemas import written
from routing.events import Happening
from routing.webhook_models import Webhook, WebhookDelivery

LONGEST_NAME, LONGEST_URL = 200, 2000
SHORTEST_BUDGET_MS, LONGEST_BUDGET_MS = 50, 2_000
KEPT = timedelta(days=7)


class Tally(NamedTuple):
    """How a webhook is doing: deliveries that wait, that were given up, and that were taken, of those still kept."""

    waiting: int = 0
    given_up: int = 0
    taken: int = 0


def save(
    session: Session,
    config: Config,
    webhook: Webhook | None,
    *,
    name: str,
    url: str,
    kinds: Sequence[str],
    is_active: bool,
    proposes: bool = False,
    budget_ms: int = 300,
    by: Viewer,
    seen: str | None = None,
) -> Webhook:
    """Make or change a webhook. A new one is told what happens from now on, and so is one that was switched off.

    Args:
        webhook: None for a new one.
        url: on a host that the operator allows.
        kinds: of events; none for all.
        proposes: whether it is asked where a contact should go; one of them at most.
        budget_ms: so long a contact waits for that.
        seen: its version when the form was opened.

    Raises:
        Invalid: field -> what is wrong with it.
        Conflict: somebody else saved it meanwhile.
        NotAllowed: not for this viewer.
    """
    require(by, ADMINISTER)
    problems = _problems(config, name.strip(), url.strip(), kinds)
    if not SHORTEST_BUDGET_MS <= budget_ms <= LONGEST_BUDGET_MS:
        problems["budget_ms"] = N_(
            "A number from %(least)s to %(most)s.", least=SHORTEST_BUDGET_MS, most=LONGEST_BUDGET_MS
        )
    if proposes and (other := _proposing(session, webhook)):
        problems["proposes"] = N_("%(name)s is asked already. Only one can be.", name=other.name)
    if problems:
        raise Invalid(problems)
    if webhook is None:
        webhook = Webhook(secret=secrets.token_urlsafe(32), is_active=False)
    else:
        refuse_stale(session, webhook, seen)
    if is_active and not webhook.is_active:
        webhook.position = events.head(session)
    webhook.name, webhook.url, webhook.kinds = name.strip(), url.strip(), sorted(kinds)
    webhook.is_active, webhook.proposes, webhook.budget_ms = is_active, proposes, budget_ms
    session.add(webhook)
    session.flush()
    return webhook


def renew_secret(session: Session, webhook: Webhook, *, by: Viewer) -> None:
    """From now on another secret signs what is sent."""
    require(by, ADMINISTER)
    webhook.secret = secrets.token_urlsafe(32)
    session.flush()


def remove(session: Session, webhook: Webhook, *, by: Viewer) -> None:
    """It is told nothing any more, not even what is on its way."""
    require(by, ADMINISTER)
    session.delete(webhook)
    session.flush()


def send_again(session: Session, delivery: WebhookDelivery, *, by: Viewer, now: datetime) -> None:
    """Send once more what was given up, or was taken and got lost there; it has a day again."""
    require(by, ADMINISTER)
    delivery.next_at = delivery.made_at = now
    delivery.attempts, delivery.sent_at, delivery.error = 0, None, ""
    session.flush()


def listed(session: Session) -> list[tuple[Webhook, Tally]]:
    """All webhooks by name, with how they are doing."""
    given_up = and_(WebhookDelivery.next_at.is_(None), WebhookDelivery.sent_at.is_(None))
    counts = (
        select(
            WebhookDelivery.webhook_id,
            func.count(WebhookDelivery.next_at),
            func.count(WebhookDelivery.id).filter(given_up),
            func.count(WebhookDelivery.sent_at),
        )
        .group_by(WebhookDelivery.webhook_id)
        .order_by(None)
    )
    tallies = {row[0]: Tally(*row[1:]) for row in session.execute(counts)}
    found = session.scalars(select(Webhook).order_by(Webhook.name, Webhook.id))
    return [(webhook, tallies.get(webhook.id, Tally())) for webhook in found]


def deliveries(session: Session, webhook: Webhook, limit: int) -> Sequence[WebhookDelivery]:
    """The newest of a webhook."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    return session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit)).all()


def gather(session: Session, now: datetime) -> int:
    """Make deliveries of what happened since; returns of how many events. Processes do it in turns."""
    active = select(Webhook).where(Webhook.is_active).order_by(Webhook.id).with_for_update()
    held = session.scalars(active.execution_options(populate_existing=True)).all()
    if not held:
        return 0
    found = streams.since(session, min(webhook.position for webhook in held))
    for webhook in held:
        fresh = [event for event in found if event.id > webhook.position]
        session.add_all(
            WebhookDelivery(
                webhook_id=webhook.id,
                event_id=event.id,
                kind=event.kind,
                body=written(event),
                made_at=now,
                next_at=now,
            )
            for event in fresh
            if not webhook.kinds or event.kind in webhook.kinds
        )
        if fresh:
            webhook.position = fresh[-1].id
    session.flush()
    return len(found)


def is_behind(session: Session) -> bool:
    """Whether something happened of which deliveries are to be made."""
    oldest = session.scalar(select(func.min(Webhook.position)).where(Webhook.is_active))
    return oldest is not None and oldest < events.head(session)


def forget(session: Session, now: datetime) -> None:
    """What was taken or given up a week ago."""
    ended = or_(WebhookDelivery.sent_at.is_not(None), WebhookDelivery.next_at.is_(None))
    session.execute(delete(WebhookDelivery).where(ended, WebhookDelivery.made_at < now - KEPT))


def _proposing(session: Session, but: Webhook | None) -> Webhook | None:
    others = [] if but is None else [Webhook.id != but.id]
    return session.scalars(select(Webhook).where(Webhook.proposes, *others)).first()


def _problems(config: Config, name: str, url: str, kinds: Sequence[str]) -> dict[str, str]:
    problems = {}
    if not name or texts.problem(name, LONGEST_NAME):
        problems["name"] = N_("Give it a name of at most %(most)s characters.", most=LONGEST_NAME)
    if reason := texts.problem(url, LONGEST_URL):
        problems["url"] = reason
    else:
        try:
            check_url(url, config)
        except Invalid as refused:
            problems.update(refused.fields)
    if set(kinds) - {*Happening}:
        problems["kinds"] = N_("Choose from the list.")
    return problems
