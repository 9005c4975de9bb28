"""A guide for routers in two languages, one for agents, and solved cases of phones; on an open and a closed portal."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from cbr.guided import runs
from cbr.guided.playing import Kind, Play, Players
from cbr.models import GuidedRun
from kb.models import Article
from kb.portals import FEATURES
from kb.viewers import ANONYMOUS, Viewer
from tests import factories
from tests.cbr.stage import phones, solved
from tests.conftest import START

SECRET = "a secret for tests only"

ROUTER = """\
## Is the light on? {#light}

Look at the **front**.

- [Yes](#restart)
- [No](#socket)
- [I cannot see it](#call) <!-- unknown -->

## Plug it in {#socket}

<!-- step: instruction -->

Take a socket that works, see [prices](kb:prices).

- [Done](#light2) <!-- done -->
- [Could not](#call) <!-- could-not -->

## Is it on now? {#light2}

- [Yes](#solved)
- [No](#call)

## How many minutes ago did it start? {#restart}

<!-- step: number; unit: min -->

- [Just now](#solved) <!-- below: 10 -->
- [Longer](#call) <!-- from: 10 -->

## It works again {#solved}

Note the time.

## Let us take over {#call}

<!-- step: escalate -->

Have your number ready.
"""

ROUTER_HU = (
    ROUTER.replace("Is the light on?", "Világít a lámpa?")
    .replace("[Yes]", "[Igen]")
    .replace("[No]", "[Nem]")
    .replace("It works again", "Újra működik")
)


def build(session: Session) -> Article:
    """Set the stage and commit it; the guide is given back."""
    everybody = ["public", "customer"]
    factories.portal(session, "help", audiences=everybody, features=list(FEATURES))
    factories.portal(
        session,
        "inside",
        audiences=[*everybody, "agent"],
        entry_audience="agent",
        features=list(FEATURES),
    )
    factories.article(session, "prices", title="Prices")
    router = factories.article(session, "router", title="Router", kind="guide", body=ROUTER)
    factories.revision(session, router, "hu", title="Útválasztó", body=ROUTER_HU)
    factories.article(session, "secret", title="Secret guide", kind="guide", audience="agent", body=ROUTER)
    factories.article(session, "prose", title="Only prose", kind="guide", body="Nothing to choose here.")
    factories.snippet(session, "support-contact", en="Call **123**.")
    session.commit()
    return router


def solve(session: Session) -> None:
    """Add eighteen solved cases of phones and commit them."""
    row = phones(session)
    for more in range(6):
        solved(session, row, "Switch roaming on.", abroad=True, signal="none", used=1 + more / 10)
        solved(session, row, "Go to a window.", abroad=False, signal="poor", used=2 + more / 10)
        solved(session, row, "Buy more than {used}.", abroad=False, signal="good", used=9 + more / 10)
    session.commit()


def begun(
    session: Session,
    players: Players,
    subject: str = "router",
    *,
    by: Viewer = ANONYMOUS,
    kind: Kind = Kind.TREE,
    **beginning: Any,
) -> tuple[GuidedRun, Play]:
    """Begin a run at START."""
    values: dict[str, Any] = {"languages": ("en",), **beginning}
    made = runs.Beginning(kind, subject, **values)
    return runs.start(session, players, made, by=by, now=START, secret=SECRET)
