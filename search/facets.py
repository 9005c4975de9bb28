"""What answers can be narrowed down to in a portal: the counts of the index, and those of what only means the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from kb.context import head, session, structure
from kb.models import Revision
from kb.structure import PortalSite
from search.analysis import label
from search.answers import Facet
from search.engine import Hit
from search.places import places

Counts = Mapping[str, Sequence[tuple[str, int]]]
SHOWN_WITH = {"topic": "topics", "tag": "tags"}
"""Facet -> the feature of a portal without which it is not offered."""


def facets_of(
    counted: Counts, beyond: Sequence[Hit], site: PortalSite | None
) -> dict[str, tuple[Facet, ...]]:
    """Facet -> its values, the commonest first, equals by name; of topics those alone that the portal shows.

    Args:
        counted: what the index counted of the answers that have the words.
        beyond: the other answers.
        site: the portal; None for none, where everything is offered.
    """
    if not counted:
        return {}
    counts = _added(counted, beyond) if beyond else counted
    return {
        facet: tuple(Facet(value, count) for value, count in values if _is_shown(facet, value, site))
        for facet, values in counts.items()
    }


def _added(counted: Counts, beyond: Sequence[Hit]) -> Counts:
    sums = {facet: Counter(dict(values)) for facet, values in counted.items()}
    for facet, value in _values(beyond):
        sums[facet][value] += 1
    return {facet: sorted(sums[facet].items(), key=lambda one: (-one[1], one[0])) for facet in sums}


def _is_shown(facet: str, value: str, site: PortalSite | None) -> bool:
    if site and SHOWN_WITH.get(facet, "search") not in site.features:
        return False
    if facet != "topic":
        return True
    topic = structure().topics.get(value)
    return topic is not None and (site is None or site.topic_ids is None or topic.id in site.topic_ids)


def _values(hits: Sequence[Hit]) -> Iterator[tuple[str, str]]:
    """(facet, value) as the index has them: a topic stands for all above it too."""
    for hit in hits:
        yield "kind", hit.kind
        yield "language", label(hit.language)
    topics = structure().topics_by_id
    for placed in places().of(session(), head(), [int(hit.article) for hit in hits]).values():
        above = {node.key for topic_id in placed if topic_id in topics for node in topics[topic_id].path}
        yield from (("topic", label(key)) for key in above)
    query = select(Revision.tags).where(Revision.id.in_([int(hit.id) for hit in hits]))
    for tags in session().scalars(query):
        yield from (("tag", label(tag)) for tag in set(tags))
