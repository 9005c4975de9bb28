"""Portals: published sites, each with its languages, audiences, topics, features and looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import theme
from kb.concurrency import refuse_stale
from kb.errors import N_, Invalid
from kb.keys import check_key, texts
from kb.languages import is_language
from kb.models import Audience, Portal, Topic
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer

FEATURES = ("search", "topics", "folders", "tags", "feedback", "requests", "feed", "print", "structured-data")
RESERVED = frozenset(
    """account admin agent api assist authoring cbr contacts docs embed favicon files guides healthz ivr kb livez login
    logout metrics portal readyz robots routing search sitemap static studio widget widgets""".split()
)
LONGEST_NAME = 100
LONGEST_TAGLINE = 200
LOGO = re.compile(r"/(?:static|files)(?:/[\w .()~-]+)+\.(?:svg|png|jpe?g|gif|webp)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """Everything an administrator sets.

    Args:
        names: language -> name of the site; at least in the default language.
        taglines: language -> the sentence under the name.
        languages: language codes in the order in which they are offered.
        audiences: keys; nothing else is shown.
        entry_audience: key of those who may enter; "public" needs no login.
        topics: keys of topics that are shown with all below them; none for all.
        features: of FEATURES.
        tokens: design tokens, see kb.theme.
        logo: address of an image below /static/ or /files/; empty for the house's own.
        position: portals stand in this order.
        hides_stale: whether a translation that says something else than its source is left out, instead of marked.
    """

    key: str
    names: Mapping[str, str]
    languages: tuple[str, ...]
    default_language: str
    audiences: tuple[str, ...]
    entry_audience: str
    taglines: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    features: tuple[str, ...] = FEATURES
    tokens: Mapping[str, str] = field(default_factory=dict)
    logo: str = ""
    position: int = 0
    hides_stale: bool = False


def save(
    session: Session, portal: Portal | None, settings: PortalSettings, *, by: Viewer, seen: str | None = None
) -> Portal:
    """Make a portal or change one. The key of an existing one stays: it is part of every address.

    Args:
        portal: None for a new one.
        seen: its version when the form was opened.

    Raises:
        Invalid: names each field and what it must be.
        Conflict: the key is taken, or somebody else saved it meanwhile.
    """
    require(by, ADMINISTER)
    problems = _problems(session, settings)
    if portal is None:
        if settings.key.strip() in RESERVED:
            problems["key"] = N_("This address is used by Kalauz itself.")
        portal = Portal(key=check_key(session, Portal.key, settings.key, problems))
    elif problems:
        raise Invalid(problems)
    else:
        refuse_stale(session, portal, seen)
    portal.names, portal.taglines = texts(settings.names), texts(settings.taglines)
    portal.languages, portal.default_language = list(settings.languages), settings.default_language
    portal.audiences, portal.entry_audience = sorted(settings.audiences), settings.entry_audience
    portal.topics = list(settings.topics)
    portal.features = [feature for feature in FEATURES if feature in settings.features]
    portal.tokens, portal.logo, portal.position = (
        dict(settings.tokens),
        settings.logo.strip(),
        settings.position,
    )
    portal.hides_stale = settings.hides_stale
    session.add(portal)
    session.flush()
    return portal


def _problems(session: Session, settings: PortalSettings) -> dict[str, str]:
    problems = {**_text_problems(settings), **_language_problems(settings), **_token_problems(settings)}
    audiences = set(session.scalars(select(Audience.key)))
    if not settings.audiences or set(settings.audiences) - audiences:
        problems["audiences"] = N_("Choose at least one audience, or the portal shows nothing.")
    if settings.entry_audience not in audiences:
        problems["entry_audience"] = N_("There is no such audience.")
    if settings.topics and set(settings.topics) - set(session.scalars(select(Topic.key))):
        problems["topics"] = N_("One of these topics does not exist any more.")
    if set(settings.features) - set(FEATURES):
        problems["features"] = N_("There is no such feature.")
    if settings.logo.strip() and (not LOGO.fullmatch(settings.logo.strip()) or ".." in settings.logo):
        problems["logo"] = N_(
            "Give the address of an image here, such as /static/logo.svg or /files/12/logo.png."
        )
    return problems


def _text_problems(settings: PortalSettings) -> dict[str, str]:
    problems = {}
    if not settings.names.get(settings.default_language, "").strip():
        problems[f"names_{settings.default_language}"] = N_("Give a name at least in the default language.")
    for name, most in (("names", LONGEST_NAME), ("taglines", LONGEST_TAGLINE)):
        for code, text in getattr(settings, name).items():
            if len(text) > most:
                problems[f"{name}_{code}"] = N_("Use at most %(most)s characters.", most=most)
    return problems


def _language_problems(settings: PortalSettings) -> dict[str, str]:
    problems = {}
    if unknown := [code for code in settings.languages if not is_language(code)]:
        problems["languages"] = N_(
            "%(code)s is not a language code such as en or hu.", code=", ".join(unknown)
        )
    elif not settings.languages:
        problems["languages"] = N_("Choose at least one language.")
    if settings.default_language not in settings.languages:
        problems["default_language"] = N_("The default language must be one of the portal's languages.")
    return problems


def _token_problems(settings: PortalSettings) -> dict[str, str]:
    try:
        theme.check(settings.tokens)
    except Invalid as error:
        return error.fields
    if "brand-ink" in settings.tokens and "brand" not in settings.tokens:
        return {"brand": N_("Give the brand colour too, so that its contrast with the text can be checked.")}
    return {}


def delete(session: Session, portal: Portal, *, by: Viewer) -> None:
    """Close a portal for good; its articles stay."""
    require(by, ADMINISTER)
    session.delete(portal)
    session.flush()
