"""How many of all answers have each kind, topic, language and tag: counted by the index, over the same query.

What the viewer may not see is no answer, so it is not counted either; nothing has to be taken off afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping

from tantivy import Query, Searcher

FACETS = ("kind", "topic", "language", "tag")
MOST_VALUES = 1_000  # of a facet that are counted
MOST_SHOWN = {"kind": 20, "topic": 500, "language": 50, "tag": 50}

Counts = Mapping[str, tuple[tuple[str, int], ...]]

_ASKED = {name: {"terms": {"field": name, "size": MOST_VALUES, "segment_size": 60_000}} for name in FACETS}


def counted(searcher: Searcher, query: Query) -> Counts:
    """Facet -> its values with the number of answers, the commonest first, equals by name.

    A topic is counted with all below it. An answer may also be placed in topics that its portal does not show: whoever
    knows the tree leaves them out.
    """
    found = searcher.aggregate(query, _ASKED)
    counts: dict[str, tuple[tuple[str, int], ...]] = {}
    for name in FACETS:
        values = [(bucket["key"], int(bucket["doc_count"])) for bucket in found[name]["buckets"]]
        counts[name] = tuple(sorted(values, key=lambda value: (-value[1], value[0]))[: MOST_SHOWN[name]])
    return counts
