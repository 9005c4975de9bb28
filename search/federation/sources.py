"""Sources outside as administrators keep them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kb import texts as storable
from kb.concurrency import refuse_stale
from kb.errors import N_, Invalid
from kb.fetching import check_url
from kb.keys import check_key, texts
from kb.languages import is_language
from kb.models import Audience, Portal
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer
from search.federation.crawling import NEVER
from search.federation.local import RESERVED
from search.federation.outside import KINDS, SITEMAP
from search.federation.replies import LONGEST_URL
from search.models import CrawledPage, SearchSource

BUDGET_MS = (50, 2000)
TTL_S = (0, 7 * 24 * 3600)
LONGEST_NAME = 100
PATHS = {
    "items_path": False,
    "title_path": True,
    "link_path": True,
    "snippet_path": False,
    "language_path": False,
}
"""Of a source with JSON of its own: the path of what -> whether it has to be given."""

NUMBERS = {"pages": (1, 2000), "pause_s": (0, 10), "hours": (1, 720)}
"""Of a sitemap: pages at most, seconds between two of them, hours between two rounds."""

SETTINGS: Mapping[str, tuple[str, ...]] = {"json": tuple(PATHS), SITEMAP: tuple(NUMBERS)}
"""Kind -> what it has settings for, beside its address."""

_PATH = re.compile(r"[^\s.]+(\.[^\s.]+)*")
LONGEST_PATH = 200


def save(
    session: Session,
    hosts: frozenset[str],
    source: SearchSource | None,
    *,
    key: str,
    names: Mapping[str, str],
    kind: str,
    url: str,
    settings: Mapping[str, Any],
    languages: Sequence[str],
    portals: Sequence[str],
    audience: str,
    budget_ms: int,
    ttl_s: int,
    position: int,
    is_active: bool,
    by: Viewer,
    seen: str | None = None,
) -> SearchSource:
    """Make or change a source.

    Args:
        hosts: those that the operator allows.
        source: None for a new one.
        key, kind: of a new one; they stay for ever.
        url: of its search: api.php of a MediaWiki, the start page of a Discourse, an OpenSearch description, a
            sitemap; for JSON with {q} where the question goes.
        settings: those of its kind (`SETTINGS`).
        languages, portals: where it is asked; none for everywhere.
        audience: who may see its answers.
        budget_ms: how long a reader waits for it, in milliseconds.
        ttl_s: how long its answers are good, in seconds.
        seen: its version when the form was opened.

    Raises:
        Invalid: by field, what cannot be used.
        Conflict: the key is taken, or somebody else saved it meanwhile.
    """
    require(by, ADMINISTER)
    kind = source.kind if source else kind
    problems = _problems(hosts, names, kind, url.strip(), settings, budget_ms, ttl_s)
    problems |= _problems_of_place(session, languages, portals, audience)
    if source is None:
        if key.strip() in RESERVED:
            problems["key"] = N_("This key is used by Kalauz itself.")
        source = SearchSource(
            key=check_key(session, SearchSource.key, key, problems), kind=kind, url="", settings={}
        )
    elif problems:
        raise Invalid(problems)
    else:
        refuse_stale(session, source, seen)
    told = url.strip(), {name: settings[name] for name in SETTINGS.get(kind, ())}
    if told != (source.url, source.settings):
        source.url, source.settings = told
        source.tried_at, source.error = None, ""
    source.names, source.audience = texts(names), audience
    source.languages, source.portals = list(languages), list(portals)
    source.budget_ms, source.ttl_s = budget_ms, ttl_s
    source.position, source.is_active = position, is_active
    session.add(source)
    session.flush()
    return source


def _problems(
    hosts: frozenset[str],
    names: Mapping[str, str],
    kind: str,
    url: str,
    settings: Mapping[str, Any],
    budget_ms: int,
    ttl_s: int,
) -> dict[str, str]:
    problems = _problems_of_settings(settings, kind)
    if kind not in KINDS:
        problems["kind"] = N_("Choose one of the kinds.")
    if not texts(names):
        problems["names"] = N_("Give a name in at least one language.")
    for name in texts(names).values():
        if wrong := storable.problem(name, LONGEST_NAME):
            problems["names"] = wrong
    try:
        check_url(url, hosts)
    except Invalid as error:
        problems.update(error.fields)
    if wrong := storable.problem(url, LONGEST_URL):
        problems["url"] = wrong
    elif kind == "json" and "url" not in problems and "{q}" not in url:
        problems["url"] = N_("Put {q} where the question goes.")
    elif kind == "mediawiki" and "url" not in problems and "?" in url:
        problems["url"] = N_("Give the address of its api.php, without a question mark.")
    for name, value, (least, most) in (("budget_ms", budget_ms, BUDGET_MS), ("ttl_s", ttl_s, TTL_S)):
        if not least <= value <= most:
            problems[name] = N_("Give a number from %(least)s to %(most)s.", least=least, most=most)
    return problems


def _problems_of_settings(settings: Mapping[str, Any], kind: str) -> dict[str, str]:
    problems = {}
    for name in SETTINGS.get(kind, ()):
        value = settings.get(name)
        if name in NUMBERS:
            least, most = NUMBERS[name]
            if not isinstance(value, int) or not least <= value <= most:
                problems[name] = N_("Give a number from %(least)s to %(most)s.", least=least, most=most)
        elif not value and PATHS[name]:
            problems[name] = N_("Say where it stands in the answer.")
        elif value and (not _PATH.fullmatch(value) or storable.problem(value, LONGEST_PATH)):
            problems[name] = N_("Write names with dots between, such as data.title.")
    return problems


def _problems_of_place(
    session: Session, languages: Sequence[str], portals: Sequence[str], audience: str
) -> dict[str, str]:
    problems = {}
    if not all(map(is_language, languages)):
        problems["languages"] = N_("Choose from the list.")
    if set(portals) - set(session.scalars(select(Portal.key))):
        problems["portals"] = N_("Choose from the list.")
    if audience not in set(session.scalars(select(Audience.key))):
        problems["audience"] = N_("Choose from the list.")
    return problems


def delete(session: Session, source: SearchSource, *, by: Viewer) -> None:
    """Remove a source with all pages that were read of it."""
    require(by, ADMINISTER)
    session.delete(source)
    session.flush()


def read_anew(session: Session, source: SearchSource, *, by: Viewer) -> None:
    """Let all pages of a sitemap be read again, beginning within a minute."""
    require(by, ADMINISTER)
    session.execute(update(CrawledPage).where(CrawledPage.source_id == source.id).values(read_at=NEVER))
    source.tried_at = None
    session.flush()


def every(session: Session) -> Sequence[SearchSource]:
    """All sources in their order, those that are not in use as well."""
    return session.scalars(select(SearchSource).order_by(SearchSource.position, SearchSource.id)).all()


def page_counts(session: Session) -> dict[int, int]:
    """Id of a source -> how many pages of it are kept that say anything."""
    counted = select(CrawledPage.source_id, func.count()).where(CrawledPage.text != "")
    rows = session.execute(counted.group_by(CrawledPage.source_id))
    return {row.source_id: row[1] for row in rows}
