"""Places in a reply for what is known of the customer, filled in or left to fill in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACE = re.compile(r"\{\{\s*([a-z][\w.-]{0,127})\s*\}\}")


def filled(text: str, known: Mapping[str, str]) -> str:
    """A text with what is known in its places; what is not known stays to be filled in.

    Args:
        known: name of a place -> what stands there; "" is as unknown as none.

    >>> filled("Dear {{customer.name}}, plan {{ fact.plan }}", {"customer.name": "Kim"})
    'Dear Kim, plan {{fact.plan}}'
    """
    return _PLACE.sub(lambda place: known.get(place[1]) or f"{{{{{place[1]}}}}}", text)


def unfilled(text: str) -> list[str]:
    """The places that are still to be filled in, each once.

    >>> unfilled("{{fact.plan}} and {{fact.plan}} and {{agent.name}}, {{ not a place }}")
    ['fact.plan', 'agent.name']
    """
    return list(dict.fromkeys(_PLACE.findall(text)))
