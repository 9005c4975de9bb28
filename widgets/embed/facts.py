"""What the page around knows of a customer: taken with distrust, since anybody can write a page."""

from __future__ import annotations

import json
from itertools import islice

from kb import texts
from routing.arrivals import MOST_FACTS, fact_problems

LONGEST = 20_000


def told(text: str) -> dict[str, object]:
    """The facts in a JSON object; what cannot be kept is left out, and what is no object holds none.

    >>> told('{"line": "prepaid", "": 1, "odd": {"x": 1}}'), told("[1]"), told("{")
    ({'line': 'prepaid'}, {}, {})
    """
    try:
        found = json.loads(text) if text and not texts.problem(text, LONGEST) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return {}
    fitting = ((key, value) for key, value in found.items() if not fact_problems({key: value}))
    return dict(islice(fitting, MOST_FACTS))
