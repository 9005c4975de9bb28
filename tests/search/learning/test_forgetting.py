"""Questions are kept for as long as the operator says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from kb.config import Config, ConfigError
from kb.context import Services
from kb.jobs import run_due
from search.learning import forgetting
from tests import factories
from tests.conftest import START
from tests.search.learning.conftest import Ask, openings, questions


@pytest.mark.parametrize(("days", "kept"), [(90, ["new"]), (0, []), (400, ["old", "new"])])
def test_what_is_older_is_deleted_with_what_was_opened(
    both_databases: str,
    app: Flask,
    services: Services,
    session: Session,
    ask: Ask,
    days: int,
    kept: list[str],
) -> None:
    article = factories.article(session)
    session.commit()
    ask("old", shown=[article.id], opened=[article.id], now=START - timedelta(days=90))
    ask("new", shown=[article.id], opened=[article.id], now=START)
    services.config = replace(services.config, questions_days=days)
    run_due(services.database, [forgetting.job(services)], START)
    assert [question.text for question in questions(session)] == kept
    assert len(openings(session)) == len(kept)


def test_the_application_forgets_by_itself(services: Services) -> None:
    assert {"questions clean-up", "click signals", "click signals clean-up"} <= {
        job.name for job in services.jobs
    }


@pytest.mark.parametrize(("given", "days"), [({}, 90), ({"KALAUZ_QUESTIONS_DAYS": "0"}, 0)])
def test_the_operator_says_how_long(tmp_path: object, given: dict[str, str], days: int) -> None:
    assert Config.from_env({"KALAUZ_DATA": str(tmp_path), **given}).questions_days == days


@pytest.mark.parametrize("days", ["-1", "3651", "for ever"])
def test_a_number_of_days_that_makes_no_sense_stops_the_start(tmp_path: object, days: str) -> None:
    with pytest.raises(ConfigError, match="KALAUZ_QUESTIONS_DAYS"):
        Config.from_env({"KALAUZ_DATA": str(tmp_path), "KALAUZ_QUESTIONS_DAYS": days})
