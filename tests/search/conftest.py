"""What the tests of search share."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.tantivy.engine import TantivyEngine
from tests.kb.admin.conftest import statements  # noqa: F401 - a fixture


@pytest.fixture
def engine(tmp_path: Path) -> TantivyEngine:
    return TantivyEngine(tmp_path / "index")
