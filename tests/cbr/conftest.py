"""What most tests of cases begin with."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from cbr.models import CaseTypeRow
from tests.cbr.stage import phones


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    """The case type of phones, as every process sees it."""
    made = phones(session)
    session.commit()
    return made
