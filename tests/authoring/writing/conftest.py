"""What the tests of writing begin with: an article, and its author's browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.models import Article, Person, State
from tests import factories
from tests.authoring.writing.scene import BODY


@pytest.fixture
def article(session: Session) -> Article:
    """An article with one draft."""
    made = factories.article(session, "roaming", body=BODY, state=State.DRAFT)
    session.commit()
    return made


@pytest.fixture
def desk(client_of: Callable[[Person], FlaskClient], author: Person) -> FlaskClient:
    """The author's browser."""
    return client_of(author)
