"""What the tests of federation share: sources, questions, viewers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from kb.structure import PortalSite
from kb.viewers import ANONYMOUS, Viewer
from search.engine import Filters
from search.federation.outside import Outside
from search.federation.protocol import Asking
from tests.conftest import START

NOW = int(START.timestamp())
PATHS = {
    "items_path": "results",
    "title_path": "title",
    "link_path": "url",
    "snippet_path": "text",
    "language_path": "lang",
}
SITEMAP = {"pages": 50, "pause_s": 0, "hours": 24}


def host_of(url: str) -> str:
    return urlsplit(url).netloc


def described(
    key: str,
    kind: str,
    url: str,
    settings: Mapping[str, Any] | None = None,
    *,
    source_id: int = 1,
    budget_s: float = 5.0,
    ttl_s: float = 300,
    audience: str = "public",
    languages: frozenset[str] = frozenset(),
    portals: frozenset[str] = frozenset(),
    version: str = "1",
) -> Outside:
    """A source as an administrator may have described it."""
    own: dict[str, Mapping[str, Any]] = {"json": PATHS, "sitemap": SITEMAP}
    return Outside(
        id=source_id,
        key=key,
        names={"en": f"The {key}", "hu": f"A {key}"},
        kind=kind,
        url=url,
        settings=settings or own.get(kind, {}),
        languages=languages,
        portals=portals,
        audience=audience,
        budget_s=budget_s,
        ttl_s=ttl_s,
        version=version,
    )


def asking(
    question: str,
    *,
    viewer: Viewer = ANONYMOUS,
    site: PortalSite | None = None,
    languages: tuple[str, ...] = ("en",),
    **filters: Any,
) -> Asking:
    """A question of somebody who reads English."""
    return Asking(
        question=question,
        languages=languages,
        viewer=viewer,
        site=site,
        now=START,
        filters=Filters(audiences=viewer.audiences, now=NOW, languages=languages[:1], **filters),
        address=lambda hit: f"/a/{hit.slug}",
    )
