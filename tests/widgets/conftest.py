"""What the tests of the surfaces share."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.kb.stage import Stage, build


@pytest.fixture
def site(session: Session) -> Stage:
    """The stage of the page tests."""
    return build(session)
