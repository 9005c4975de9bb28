"""What an engine must do to be measured beside ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from search.engine import Document, Filters

WORD = re.compile(r"\w+")
TOP = 10


class Peer(Protocol):
    """An index that others use, over the same texts and with the same filters."""

    def add(self, documents: Iterable[Document]) -> None:
        """Put documents in, in one commit."""

    def find(self, question: str, filters: Filters) -> list[int]:
        """The numbers of the ten best documents with all words, or else with some."""

    def search(self, question: str, filters: Filters) -> list[tuple[str, str]]:
        """The ten best documents: (title, passage)."""

    def processor_s(self) -> float:
        """Processor time that it has taken so far, wherever."""

    def close(self) -> None:
        """Let go of everything."""
