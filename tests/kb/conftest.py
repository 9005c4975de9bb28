"""What the tests of the knowledge base share: the database without the application around it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from kb.auth import Passwords
from kb.db import Database
from tests.conftest import CHEAPEST, START
from tests.kb import stage


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A database session. Commit before anybody else asks: they see only what is committed."""
    with database.session() as opened:
        yield opened


@pytest.fixture
def passwords() -> Passwords:
    """The cheapest hashing."""
    return Passwords(CHEAPEST)


@pytest.fixture
def now() -> datetime:
    """The moment at which the tests begin."""
    return START


@pytest.fixture
def site(session: Session) -> stage.Stage:
    """An open and a closed portal with something on every kind of page."""
    return stage.build(session)
