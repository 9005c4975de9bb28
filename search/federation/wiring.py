"""Puts the federation of one process together from what the application holds."""

from __future__ import annotations

from typing import cast

from flask import current_app

from kb import context
from kb.context import Services
from search.engine import Engine
from search.federation.crawling import Crawler
from search.federation.federation import Federation
from search.federation.health import notes
from search.federation.outside import Outside, SourceCache


def federation() -> Federation:
    """This process's federation."""
    return cast(Federation, current_app.extensions["federation"])


def crawler() -> Crawler:
    """This process's reader of sitemaps."""
    services = context.services()
    return Crawler(services.database, services.config.external_hosts)


def wired(services: Services, engine: Engine) -> Federation:
    """A federation that asks the sources of the database, as of each request; its job reads the sitemaps."""
    sources = SourceCache()

    def outside() -> tuple[Outside, ...]:
        return sources.current(context.session(), context.head())

    hosts = services.config.external_hosts
    services.jobs.append(Crawler(services.database, hosts).job())
    return Federation(engine, outside, hosts, note=notes(services.database, services.clock), release=_release)


def _release() -> None:
    """A reading request gives its connection back while it waits; what it has read stays as it is."""
    if not context.may_write():
        context.session().commit()
