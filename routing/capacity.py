"""How much somebody takes at once: calls take the whole person, letters can be put aside; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    """How a contact comes."""

    PHONE = "phone"
    CALLBACK = "callback"
    CHAT = "chat"
    MAIL = "mail"
    WEB = "web"
    IVR = "ivr"


VOICE = frozenset({Channel.PHONE, Channel.CALLBACK, Channel.IVR})
PATIENT = frozenset({Channel.MAIL, Channel.WEB})
"""What can be put aside for somebody who waits."""
LIKE: Mapping[str, Channel] = {
    Channel.CALLBACK: Channel.PHONE,
    Channel.IVR: Channel.PHONE,
    Channel.WEB: Channel.MAIL,
}
"""Channels of which as many are taken as of another, where nothing is said of them."""


@dataclass(frozen=True, slots=True)
class Held:
    """What an agent has at the moment: channel -> how many, and whether something is being offered."""

    channels: Mapping[str, int] = field(default_factory=dict)
    is_asked: bool = False


def room(capacity: Mapping[str, int], held: Held) -> frozenset[str]:
    """The channels on which somebody can take one more.

    One thing is offered at a time. A call takes the whole person, so that nothing is offered beside it, and a call is
    offered only beside what can be put aside.

    Args:
        capacity: channel -> how many at once.

    >>> sorted(room({"phone": 1, "chat": 2, "mail": 5}, Held({"chat": 1})))
    ['chat', 'mail', 'web']
    >>> room({"phone": 1, "chat": 2}, Held({"phone": 1}))
    frozenset()
    """
    if held.is_asked or any(held.channels.get(channel) for channel in VOICE):
        return frozenset()

    def kind(channel: str) -> str:
        return channel if channel in capacity else LIKE.get(channel, channel)

    urgent = any(count for channel, count in held.channels.items() if channel not in PATIENT)
    used: Counter[str] = Counter()
    for channel, count in held.channels.items():
        used[kind(channel)] += count
    return frozenset(
        channel.value
        for channel in Channel
        if used[kind(channel)] < capacity.get(kind(channel), 0) and not (channel in VOICE and urgent)
    )
