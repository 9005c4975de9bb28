"""The widget of a portal as administrators keep it: on whose pages it may stand, and what is shown first on which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.concurrency import refuse_stale
from kb.config import ORIGIN
from kb.errors import N_, Invalid
from kb.models import Article, Portal
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer
from widgets.embed.models import HelpWidget
from widgets.embed.rules import Rule

MOST_ORIGINS = 100


def of(session: Session, portal_key: str) -> HelpWidget | None:
    """What is arranged for a portal, if anything is."""
    query = select(HelpWidget).join(Portal, Portal.id == HelpWidget.portal_id).where(Portal.key == portal_key)
    return session.scalars(query).first()


def save(
    session: Session,
    portal: Portal,
    *,
    origins: Sequence[str],
    rules: Sequence[Rule],
    topics: Collection[str],
    by: Viewer,
    now: datetime,
    seen: str | None = None,
) -> HelpWidget:
    """Say where the widget of a portal may stand, and what it shows first on which page.

    Args:
        origins: as "https://shop.example"; none for no page but this service's own.
        rules: in their order; of each is looked up what its key names.
        topics: the keys of all topics.
        seen: its version when the form was opened.

    Raises:
        Invalid: "origins" or "rules" -> what is wrong.
        Conflict: somebody else saved it meanwhile.
        NotAllowed: not for this viewer.
    """
    require(by, ADMINISTER)
    written = list(dict.fromkeys(origin.strip().lower().rstrip("/") for origin in origins if origin.strip()))
    wrong = next((origin for origin in written if not ORIGIN.fullmatch(origin)), "")
    if wrong:
        raise Invalid(
            {
                "origins": N_(
                    "Write addresses such as https://shop.example, not %(origin)s.", origin=wrong[:80]
                )
            }
        )
    if len(written) > MOST_ORIGINS:
        raise Invalid({"origins": N_("At most %(most)s lines.", most=MOST_ORIGINS)})
    known = _known(session, rules, topics)
    held = of(session, portal.key)
    if held is None:
        held = HelpWidget(portal_id=portal.id)
    else:
        refuse_stale(session, held, seen)
    held.origins, held.rules, held.changed_at = written, known, now
    session.add(held)
    session.flush()
    return held


def _known(session: Session, rules: Sequence[Rule], topics: Collection[str]) -> list[list[str]]:
    """The rules with what each key names, a topic before an article. Raises `Invalid`."""
    wanted = {rule.key for rule in rules} - {*topics}
    articles = set(session.scalars(select(Article.key).where(Article.key.in_(wanted)))) if wanted else set()
    for rule in rules:
        if rule.key not in topics and rule.key not in articles:
            raise Invalid(
                {"rules": N_("There is neither a topic nor an article %(key)s.", key=rule.key[:128])}
            )
    return [[rule.pattern, "topic" if rule.key in topics else "article", rule.key] for rule in rules]
