"""A stage for each test, and what plays the runs on it."""

from __future__ import annotations

from typing import cast

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cbr.guided.playing import Players
from kb.models import Article
from tests.cbr.guided_runs import stage


@pytest.fixture
def players(app: Flask) -> Players:
    """What the application plays runs with."""
    return cast(Players, app.extensions["guided"])


@pytest.fixture
def router(session: Session) -> Article:
    """The guide for routers, and what stands around it."""
    return stage.build(session)


@pytest.fixture
def cases(session: Session, router: Article) -> None:
    """The solved cases of phones beside it."""
    stage.solve(session)
