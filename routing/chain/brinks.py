"""The brink: before a contact is sent up, the best answer that was not tried yet is shown once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cbr.retrieving import Nearest
from routing.chain.carrying import tried
from routing.models import Contact
from search.answers import Answer, Item, Passage

LIKE_ENOUGH = 0.5
"""What the score of a solved case must be for it to be worth another look."""


@dataclass(frozen=True)
class Brink:
    """What may still help.

    Args:
        passage: what the best article says, where that is certain.
        article: the best article that was not read yet.
        case: the most alike solved case that was not tried yet.
        guide: the guide that fits, where it was not tried yet.
    """

    passage: Passage | None = None
    article: Item | None = None
    case: Nearest | None = None
    guide: Item | None = None


def brink(session: Session, contact: Contact, answer: Answer, nearest: Sequence[Nearest]) -> Brink | None:
    """What may still help with a contact; None where nothing is left that was not tried.

    Args:
        answer: of the one box to its question, as it was proposed.
        nearest: solved cases like it, the best first.
    """
    known = {(one.kind, one.key) for one in tried(session, contact)}

    def is_new(item: Item | None, kind: str) -> bool:
        return item is not None and item.hit is not None and (kind, item.hit.key) not in known

    articles = [item for item in answer.items if item.hit and not item.hit.source and item.kind != "guide"]
    passage = answer.passage if answer.passage and is_new(answer.passage.item, "article") else None
    article = next((item for item in articles if is_new(item, "article")), None)
    case = next(
        (one for one in nearest if one.score >= LIKE_ENOUGH and ("case", one.case.key) not in known), None
    )
    guide = answer.guide if is_new(answer.guide, "guide") else None
    if passage is None and article is None and case is None and guide is None:
        return None
    return Brink(passage, article, case, guide)
