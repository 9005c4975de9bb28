"""The life of a contact: which state may follow which; pure.

```
             offer            accept             wrap_up             close
  waiting ---------> offered --------> active ----------> wrap_up ---------> resolved
     ^                  |                 |  |                                  ^
     +------ pass ------+                 |  +------------- close --------------+
     +------------ come_back -------------+
                                          |  escalate             offer
                                          +---------> escalated --------> offered ...
  waiting, offered, escalated, active --- abandon ---> abandoned
```

An escalated contact waits as well, one level up: it is offered, and comes back, as one that waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kb.errors import N_, Conflict


class State(StrEnum):
    """Where a contact is."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACTIVE = "active"
    WRAP_UP = "wrap_up"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    ABANDONED = "abandoned"


class Move(StrEnum):
    """What brings it from one state to another."""

    OFFER = "offer"
    ACCEPT = "accept"
    PASS = "pass"  # noqa: S105 - to let it pass
    COME_BACK = "come_back"
    ESCALATE = "escalate"
    WRAP_UP = "wrap_up"
    CLOSE = "close"
    ABANDON = "abandon"


WAITS = frozenset({State.WAITING, State.ESCALATED})
OPEN = frozenset({*WAITS, State.OFFERED, State.ACTIVE, State.WRAP_UP})
ENDED = frozenset({State.RESOLVED, State.ABANDONED})
HELD = frozenset({State.OFFERED, State.ACTIVE, State.WRAP_UP})
"""Somebody has it, or is asked to take it."""

_FROM: Mapping[Move, frozenset[State]] = {
    Move.OFFER: WAITS,
    Move.ACCEPT: frozenset({State.OFFERED}),
    Move.PASS: frozenset({State.OFFERED}),
    Move.COME_BACK: frozenset({State.ACTIVE, State.OFFERED}),
    Move.ESCALATE: frozenset({State.ACTIVE, State.WRAP_UP}),
    Move.WRAP_UP: frozenset({State.ACTIVE}),
    Move.CLOSE: frozenset({State.ACTIVE, State.WRAP_UP}),
    Move.ABANDON: frozenset({*WAITS, State.OFFERED, State.ACTIVE}),
}
_TO: Mapping[Move, State] = {
    Move.OFFER: State.OFFERED,
    Move.ACCEPT: State.ACTIVE,
    Move.ESCALATE: State.ESCALATED,
    Move.WRAP_UP: State.WRAP_UP,
    Move.CLOSE: State.RESOLVED,
    Move.ABANDON: State.ABANDONED,
}


def after(state: str, move: Move, level: int) -> State:
    """The state that a move leads to.

    Args:
        level: of the chain at which the contact is: above 1 it waits as escalated.

    Raises:
        Conflict: the contact is in no state for that.
    """
    if state not in _FROM[move]:
        raise Conflict(N_("This contact is not in a state for that any more."))
    back = State.ESCALATED if level > 1 else State.WAITING
    return _TO.get(move, back)
