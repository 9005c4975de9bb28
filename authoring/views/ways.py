"""Ways back: where a form goes on, when it stands on pages of others."""

from __future__ import annotations

import re

from flask import request

_LOCAL = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x1f\x7f]*)?")


def back(otherwise: str) -> str:
    """The address that a form says it came from, if it is on this site.

    Args:
        otherwise: where to go on when it says none.
    """
    said = request.values.get("next", "")
    return said if said and _LOCAL.fullmatch(said) else otherwise
