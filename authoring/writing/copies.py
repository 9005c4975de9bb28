"""What a person wants the next revision of a translation to say: the fields of the editing page, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from kb.articles import Text
from kb.errors import N_, Invalid
from kb.models import Article, Revision, State
from kb.validity import Validity

NEVER_SHOWN = frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.REJECTED})
PROPERTIES = ("kind", "audience", "topics")
"""What belongs to the article, and not to one of its texts."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a revision says and when it shows.

    Args:
        tags: as shown.
        publish_at: None for as soon as it is approved.
        change_note: what changed, and why.
        wording_only: no fact differs from what readers get now.
        kind, audience, topics: the article's own, or what is proposed for it; topics by key, the first its breadcrumb.
        made_from_id: the source revision that a translation says the same as; None for what shows at its publication.
    """

    title: str = ""
    summary: str = ""
    body: str = ""
    tags: tuple[str, ...] = ()
    publish_at: datetime | None = None
    expires_at: datetime | None = None
    review_by: datetime | None = None
    change_note: str = ""
    wording_only: bool = False
    kind: str = ""
    audience: str = ""
    topics: tuple[str, ...] = ()
    made_from_id: int | None = None

    def with_fields(self, given: Mapping[str, Any]) -> Copy:
        """The copy with some fields changed.

        Raises:
            Invalid: there is no such field.
        """
        if unknown := sorted(set(given) - NAMES):
            raise Invalid({name: N_("There is no field %(name)s.", name=name) for name in unknown})
        listed = {name: tuple(given[name]) for name in ("tags", "topics") if name in given}
        return replace(self, **{**given, **listed})

    def text(self) -> Text:
        """What it says."""
        return Text(self.title, self.body, self.summary, self.tags, self.change_note)

    def validity(self, now: datetime) -> Validity:
        """When it shows, if it is approved at once."""
        return Validity(self.publish_at or now, self.expires_at, review_by=self.review_by)

    def merged_fields(self) -> dict[str, Any]:
        """What two people can have changed. A note is about one person's change, and is not merged."""
        held = asdict(self)
        return {
            name: held[name] for name in held if name not in {"change_note", "wording_only", "made_from_id"}
        }

    def says_the_same(self, other: Copy) -> bool:
        """Whether nothing would change, a note apart that was not given."""
        return replace(self, change_note=self.change_note or other.change_note) == other


NAMES = frozenset(field.name for field in fields(Copy))


def copy_of(article: Article, topics: Sequence[str], revision: Revision | None, now: datetime) -> Copy:
    """What a revision says, for somebody to go on from; an empty one where there is none.

    What it proposes for the article stands in it as long as it was not published.

    Args:
        topics: keys of those that the article is placed in, the first its breadcrumb.
    """
    properties = Copy(kind=article.kind, audience=article.audience, topics=tuple(topics))
    if revision is None:
        return properties
    unseen = revision.state in NEVER_SHOWN
    proposed = (revision.proposed or {}) if unseen else {}
    said = replace(
        properties,
        title=revision.title,
        summary=revision.summary,
        body=revision.body,
        tags=tuple(revision.tags),
        publish_at=revision.publish_at if revision.publish_at > now else None,
        expires_at=revision.expires_at,
        review_by=revision.review_by,
        wording_only=unseen and revision.wording_only,
        made_from_id=revision.made_from_id,
    )
    return said.with_fields({name: proposed[name] for name in PROPERTIES if name in proposed})
