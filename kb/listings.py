"""Long lists, a page at a time, and looking for words in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

PAGE_SIZE = 50

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A page of a list.

    Args:
        total: how many rows the whole list has.
        page: counted from 1.
        pages: how many pages there are, at least 1.
    """

    rows: Sequence[T]
    total: int
    page: int
    pages: int

    def having(self, rows: Sequence[U]) -> Listing[U]:
        """The same page with other rows."""
        return Listing(rows, self.total, self.page, self.pages)


def listing(session: Session, query: Select[T], page: int, size: int = PAGE_SIZE) -> Listing[T]:
    """A page of what a query finds, in two queries; a page beyond the end is the last one."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(-(-total // size), 1)
    place = min(max(page, 1), pages)
    rows = session.scalars(query.limit(size).offset((place - 1) * size)).all()
    return Listing(rows, total, place, pages)


def matches(column: Any, words: str) -> ColumnElement[bool]:
    """Whether a text contains these words, whatever their case.

    SQLite folds the case of ASCII letters only, so of other words the usual spellings are tried as well.
    """
    others = [] if words.isascii() else [words.lower(), words.upper(), words.capitalize(), words.title()]
    spellings = dict.fromkeys([words, *others])
    return or_(*(column.icontains(spelling, autoescape=True) for spelling in spellings))
