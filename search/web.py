"""Wires search into the application: the index, its follower, pages, API and commands."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from flask import Flask
from sqlalchemy import select

from cbr.followers import CaseBases
from cbr.models import CaseTypeRow
from kb import journal
from kb.context import Services
from kb.views.admin.words import KINDS_OF_THINGS, PROPERTIES
from search import api, cli, lemmas, models, words  # noqa: F401 - its tables are part of the schema
from search.analysis import analyzer
from search.asking import Search
from search.box import Box
from search.federation import wiring as federation
from search.followers import IndexFollower
from search.learning import wiring as learning
from search.meaning import choice
from search.meaning.background import Background
from search.meaning.cli import meaning as meaning_command
from search.places import Places
from search.tantivy.engine import TantivyEngine
from search.views import asked, navigation, results
from search.views import meaning as meaning_page  # noqa: F401 - its route joins the blueprint
from search.views import questions as questions_page  # noqa: F401 - its routes join the blueprint
from search.views import sources as sources_page  # noqa: F401
from search.views import synonyms as synonyms_page  # noqa: F401
from search.views.blueprint import blueprint

CLOCKS_DIFFER_BY = timedelta(days=1)  # at most, on the machines that ask one index


def init_app(app: Flask) -> None:
    """Open this node's index and register everything this package answers."""
    services = app.extensions["kalauz"]
    lemmas.keep_in(services.config.word_folder)
    engine = TantivyEngine(services.config.index_folder)
    follower = IndexFollower(engine, since=lambda: services.clock() - CLOCKS_DIFFER_BY)
    services.followers.append(follower)
    taught = learning.init_app(app)
    app.extensions["search"] = searching = Search(engine, follower, taught.signals)
    services.followers.append(searching.synonyms)
    app.extensions["meaning"] = meaning = choice.opened(services.config)
    if meaning:
        services.companions.append(Background(meaning, engine).start)
    app.cli.add_command(meaning_command)
    app.extensions["places"] = Places()
    app.extensions["federation"] = asked_beside = federation.wired(services, engine)
    app.extensions["box"] = Box(searching, meaning, asked_beside, taught)
    services.navigation.append(navigation.GROUP)
    KINDS_OF_THINGS.update(words.THINGS)
    PROPERTIES.update(words.PROPERTIES)
    services.shared.extend(
        [partial(_read_word_lists, services), partial(_read_problems, services, app.extensions["cases"])]
    )
    app.register_blueprint(results.blueprint)
    app.register_blueprint(asked.blueprint)
    app.register_blueprint(blueprint)
    api.init_app(app)
    cli.init_app(app)


def _read_problems(services: Services, bases: CaseBases) -> None:
    """The texts of all cases, before the first question is compared with them."""
    with services.database.session() as session:
        for key in session.scalars(select(CaseTypeRow.key)):
            bases.problems(session, key)


def _read_word_lists(services: Services) -> None:
    """Those of the portals' languages: they are made at a node's first start."""
    with services.database.session() as session:
        structure = services.structure.current(session, journal.head(session))
    for language in {code for portal in structure.portals.values() for code in portal.languages}:
        analyzer(language).written(language)
