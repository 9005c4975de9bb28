"""Who may ask from another site's page: those whose origin an administrator has listed, and exactly those (CORS).

Browsers say of themselves from which page they ask; whoever says nothing gets what anybody may read.
"""

from __future__ import annotations

from flask import Response, g, request
from prometheus_client import Counter

from kb.access import is_from_here
from kb.context import session
from kb.errors import N_, NotAllowed
from widgets.embed import settings

REFUSED = Counter("kalauz_embed_refused_total", "Requests from pages that may not show a portal", ["portal"])
KNOWN_FOR_S = 7200
"""So long a browser remembers what it may send."""


def let_in(portal: str) -> None:
    """Let a page on the list of this portal in.

    Raises:
        NotAllowed: the page is not on it.
    """
    if is_from_here():
        return
    held, origin = settings.of(session(), portal), request.headers["Origin"]
    if held is None or origin not in held.origins:
        REFUSED.labels(portal).inc()
        raise NotAllowed(N_("This page is not on the list of those that may show help from here."))
    g.crossing = origin


def tell_browser(response: Response) -> Response:
    """Say which page may read the answer: the one that asked, if it was let in."""
    response.vary.add("Origin")
    if "crossing" in g:
        response.headers["Access-Control-Allow-Origin"] = g.crossing
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Max-Age"] = str(KNOWN_FOR_S)
    return response
