"""A stage for each test, and what plays the runs on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from cbr.followers import CaseBases
from cbr.guided.by_cases import CaseGuides
from cbr.guided.playing import Players
from kb.models import Article
from tests.cbr.guided_runs import stage


@pytest.fixture
def players(data: Path) -> Players:
    """What plays runs, without the application around it."""
    return Players(CaseGuides(CaseBases(data / "cases")))


@pytest.fixture
def router(session: Session) -> Article:
    """The guide for routers, and what stands around it."""
    return stage.build(session)


@pytest.fixture
def cases(session: Session, router: Article) -> None:
    """The solved cases of phones beside it."""
    stage.solve(session)
