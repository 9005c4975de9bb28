"""What every template can use: addresses of static files, the portal, the viewer, dates by locale."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

from babel.support import NullTranslations
from babel.units import format_unit
from flask import Flask, current_app, g, request, url_for
from flask_babel import format_date, format_datetime, format_decimal, get_locale, get_translations
from flask_babel import lazy_gettext as _l

from kb import context, page_cache, theme
from kb.assets import asset
from kb.languages import direction, native_name
from kb.models import Attachment
from kb.models.people import Role
from kb.structure import TopicNode

KIND_NAMES = {
    "standard": _l("Standard"),
    "wiki": _l("Wiki"),
    "faq": _l("FAQ"),
    "guide": _l("Guide"),
}
SIZES = (("megabyte", 1_000_000), ("kilobyte", 1_000), ("byte", 1))
CONTENT_NAMES = {
    "note": _l("Note"),
    "tip": _l("Tip"),
    "important": _l("Important"),
    "warning": _l("Warning"),
    "caution": _l("Caution"),
    "table": _l("Table"),
}
STATE_NAMES = {
    "draft": _l("Draft"),
    "in_review": _l("In review"),
    "approved": _l("Approved"),
    "published": _l("Published"),
    "superseded": _l("Superseded"),
    "rejected": _l("Returned"),
    "withdrawn": _l("Withdrawn"),
}
ROLE_NAMES = {
    Role.AUTHOR: _l("Author"),
    Role.REVIEWER: _l("Reviewer"),
    Role.AGENT: _l("Agent"),
    Role.SUPERVISOR: _l("Supervisor"),
    Role.TRANSLATOR: _l("Translator"),
    Role.SPECIALIST: _l("Specialist"),
    Role.ADMIN: _l("Administrator"),
}


def init_app(app: Flask) -> None:
    """Give templates their words and helpers."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.filters.update(
        day=day,
        moment=moment,
        file_size=file_size,
        language_name=native_name,
        direction=direction,
        absolute=lambda address: urljoin(request.url_root, address),
        from_seconds=lambda seconds: datetime.fromtimestamp(seconds, UTC),
        iso_day=lambda value: value.date().isoformat(),
        tenths=lambda value: format_decimal(value, "#,##0.0"),
    )
    app.jinja_env.globals.update(
        asset=asset,
        kind_names=KIND_NAMES,
        state_names=STATE_NAMES,
        role_names=ROLE_NAMES,
        article_url=article_url,
        attachment_url=attachment_url,
        tag_url=tag_url,
        trail=trail,
    )
    app.context_processor(_page)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext=lambda words: _catalog().ugettext(words),
        ngettext=lambda one, many, number: _catalog().ungettext(one, many, number),
        newstyle=True,
        pgettext=lambda meaning, words: _catalog().upgettext(meaning, words),
        npgettext=lambda meaning, one, many, number: _catalog().unpgettext(meaning, one, many, number),
    )


def _catalog() -> NullTranslations:
    """The translations for this request; a page has dozens of words, so they are looked up once."""
    locale = get_locale()
    if "catalog" not in g or g.catalog[0] is not locale:
        g.catalog = (locale, get_translations())
    return cast(NullTranslations, g.catalog[1])


def article_url(language: str, slug: str, **values: Any) -> str:
    """The address of an article in the present portal."""
    site = context.portal()
    return url_for(
        "articles.article", portal=site.key if site else "", language=language, slug=slug, **values
    )


def topic_url(topic: TopicNode) -> str:
    """The address of a topic in the present portal; empty where it shows no topics."""
    site = context.portal()
    if site is None or "topics" not in site.features:
        return ""
    return url_for("portal.topic", portal=site.key, language=context.language(), key=topic.key)


def tag_url(tag: str) -> str:
    """Where the articles with a tag are listed in the present portal."""
    site = context.portal()
    question = f'tag:"{tag}"'
    return url_for("search.results", portal=site.key if site else "", language=context.language(), q=question)


def here() -> str:
    """The address of this page, as far as the page depends on it; "" where nobody can return to it."""
    return request.path + page_cache.query() if request.method in {"GET", "HEAD"} else ""


def trail(topics: Iterable[TopicNode]) -> list[tuple[str, str]]:
    """Breadcrumbs from the portal's home down these topics: (words, address)."""
    site = context.portal()
    if site is None:
        return []
    language = context.language()
    languages = site.preference(language)
    home = (site.name(language), url_for("portal.home", portal=site.key, language=language))
    if "topics" not in site.features:
        return [home]
    allowed = [topic for topic in topics if site.topic_ids is None or topic.id in site.topic_ids]
    return [home] + [
        (topic.name(languages), url_for("portal.topic", portal=site.key, language=language, key=topic.key))
        for topic in allowed
    ]


def content_names() -> dict[str, str]:
    """What callouts and nameless tables are called in the reader's language."""
    return {kind: str(name) for kind, name in CONTENT_NAMES.items()}


def attachment_url(attachment: Attachment) -> str:
    """The address of a file."""
    return url_for("attachments.file", attachment_id=attachment.id, filename=attachment.filename)


def day(value: datetime) -> str:
    """A date as the reader writes it."""
    return str(format_date(value, "medium"))


def moment(value: datetime) -> str:
    """A date and time as the reader writes it, in the reader's zone."""
    return str(format_datetime(value, "short"))


def file_size(count: int) -> str:
    """A number of bytes as the reader writes it."""
    unit, least = next(((unit, least) for unit, least in SIZES if count >= least), SIZES[-1])
    places = 1 if count < 10 * least else 0
    return format_unit(round(count / least, places), f"digital-{unit}", "short", locale=get_locale())


def _page() -> dict[str, Any]:
    site, language = context.portal(), context.language()
    return {
        "portal": site,
        "viewer": context.known_viewer() if g.get("failed") else context.viewer(),
        "language": language,
        "interface_language": str(get_locale() or "en"),
        "direction": direction(language),
        "site_name": site.name(language) if site else "Kalauz",
        "logo_url": (site.logo if site else "") or asset("kalauz.svg"),
        "home_url": url_for("portal.home", portal=site.key, language=language)
        if site
        else url_for("operations.home"),
        "login_url": url_for("account.login", next=here() or None),
        "theme_url": _theme_url(),
        "language_links": _language_links(),
    }


def _theme_url() -> str:
    site = context.portal()
    if site is None:
        return asset("tokens.css")
    version = theme.version(site.tokens, Path(current_app.static_folder or ""))
    return url_for("portal.theme_css", portal=site.key, v=version)


def _language_links() -> list[tuple[str, str, str]]:
    """The same page in the portal's other languages: (code, native name, address)."""
    site = context.portal()
    if site is None or request.endpoint is None or "language" not in (request.view_args or {}):
        return []
    values, query = request.view_args or {}, page_cache.query()
    return [
        (code, native_name(code), url_for(request.endpoint, **{**values, "language": code}) + query)
        for code in site.languages
    ]
