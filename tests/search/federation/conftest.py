"""What the tests of federation share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.search.federation.elsewhere import Elsewhere, serving


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """A server that is not ours."""
    with serving() as made:
        yield made
