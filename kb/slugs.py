"""Slugs: the last part of an article's address, one of a kind in its language, now and for ever."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.models import OldSlug, Translation

Slug = InstrumentedAttribute[str]


def free(session: Session, language: str, wanted: str) -> str:
    """The slug itself, or with a number behind it where a translation has it or once had it."""
    if not _taken(session, language, lambda slug: slug == wanted):
        return wanted
    taken = _taken(session, language, lambda slug: slug.startswith(f"{wanted}-", autoescape=True))
    return next(slug for slug in (f"{wanted}-{n}" for n in count(2)) if slug not in taken)


def _taken(session: Session, language: str, wanted: Callable[[Slug], ColumnElement[bool]]) -> set[str]:
    """The slugs that translations in a language have or once had."""
    held = select(Translation.slug).where(Translation.language == language, wanted(Translation.slug))
    once = select(OldSlug.slug).where(OldSlug.language == language, wanted(OldSlug.slug))
    return set(session.scalars(held.union(once)))
