"""What can be said in a run, whatever it is about: plain values of a size that somebody can mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cbr.values import LARGEST
from kb import texts
from kb.errors import N_, Invalid

MOST_FACTS = 500
MOST_VALUES = 200
LONGEST_TEXT = 2000
LONGEST_KEY = 128
REQUEST = re.compile(r"[\w.:-]{1,64}", re.ASCII)


def faults_of(facts: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with facts, whatever they are about: "facts" or "facts." and an attribute -> sentence."""
    faults = {}
    if len(facts) > MOST_FACTS:
        return {"facts": N_("A list of at most %(most)s belongs here.", most=MOST_FACTS)}
    for key, value in facts.items():
        if not key or texts.problem(key, LONGEST_KEY):
            faults[f"facts.{key[:LONGEST_KEY]}"] = N_(
                "A key is one word, at most %(most)s characters.", most=LONGEST_KEY
            )
        elif not _is_plain(value):
            faults[f"facts.{key}"] = N_("A short text, a number, a date or a list of choices belongs here.")
    return faults


def check_value(value: object) -> None:
    """Raises `Invalid` (field "value") where something could be no answer to anything."""
    if not _is_plain(value):
        raise Invalid({"value": N_("A short text, a number, a date or a list of choices belongs here.")})


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= MOST_VALUES and all(isinstance(one, str) and _is_plain(one) for one in value)
    if isinstance(value, str):
        return not texts.problem(value, LONGEST_TEXT)
    return value is None or (isinstance(value, int | float) and abs(value) <= LARGEST)


def request_problem(request: str) -> str:
    """Why a request cannot have this name; "" where it can, or has none."""
    if not request or REQUEST.fullmatch(request):
        return ""
    return N_("The name of a request has letters, digits, . : - and _, at most 64.")
