"""How soon contacts were answered, in two plays of a day, as a little picture that the server draws. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from routing.playing_out import Outcome

WIDE, HIGH, LEFT, TOP = 414.0, 150.0, 40.0, 8.0
"""The field of the picture, and the room for the figures beside it."""
TICKS = 60
LONGEST_S = 3_600.0


@dataclass(frozen=True)
class Soon:
    """The share of all that came which was answered within so long, for two plays.

    Args:
        before, after: "x,y x,y" through each.
        target_x: where the promised time is.
        longest_s: at the right edge.
    """

    before: str
    after: str
    target_x: float
    longest_s: float


def soon(before: Outcome, after: Outcome, target_s: float) -> Soon:
    """Two curves over one time, up to what nine of ten waited, or four times the promised time.

    >>> from routing.playing_out import Fate
    >>> one = Outcome((Fate("mobile", 0, 1, 1, 60),))
    >>> soon(one, one, 60).before.split()[0]
    '40.0,8.0'
    """
    ninth = max(one.waited(0.9) or 0 for one in (before, after))
    longest_s = min(max(4 * target_s, 1.2 * ninth), LONGEST_S)
    return Soon(
        _curve(before, longest_s),
        _curve(after, longest_s),
        round(LEFT + WIDE * min(target_s / longest_s, 1), 1),
        longest_s,
    )


def _curve(outcome: Outcome, longest_s: float) -> str:
    points = []
    for tick in range(TICKS + 1):
        share = outcome.answered_within(longest_s * tick / TICKS) or 0.0
        points.append(f"{round(LEFT + WIDE * tick / TICKS, 1)},{round(TOP + HIGH * (1 - share), 1)}")
    return " ".join(points)
