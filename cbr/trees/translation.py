"""A tree and its translation: the same steps and ways, other words; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cbr.trees.checks import Finding
from cbr.trees.tree import Node, Tree


def translated(source: Tree, translation: Tree) -> Tree:
    """The source with the words of its translation; its own words where that has none."""
    nodes = (_in_words_of(node, translation.by_id.get(node.id)) for node in source.nodes)
    return replace(source, nodes=tuple(nodes), intro=translation.intro or source.intro)


def _in_words_of(node: Node, other: Node | None) -> Node:
    if other is None:
        return node
    words = {way.key: way.text for way in other.ways}
    ways = tuple(replace(way, text=words.get(way.key) or way.text) for way in node.ways)
    return replace(node, title=other.title or node.title, text=other.text or node.text, ways=ways)


def compare(source: Tree, translation: Tree) -> Sequence[Finding]:
    """What a translation lacks of its source: steps, ways and words; and what stands in the translation only.

    Words that are the same in both languages are a warning where there are many of them: names often are.
    """
    found: list[Finding] = []
    for key, node in source.by_id.items():
        other = translation.by_id.get(key)
        if other is None:
            found.append(Finding("missing-step", key))
            continue
        for name in ("title", "text"):
            if getattr(node, name) and not getattr(other, name):
                found.append(Finding("missing-translation", key, values={"what": name}))
        if node.text and node.text == other.text and node.title == other.title:
            found.append(Finding("untranslated", key))
        found += _compare_ways(node, other)
    found += [Finding("extra-step", key) for key in translation.by_id if key not in source.by_id]
    return found


def _compare_ways(node: Node, other: Node) -> Iterator[Finding]:
    theirs = {way.key: way for way in other.ways}
    for way in node.ways:
        same = theirs.pop(way.key, None)
        if same is None or same.target != way.target:
            yield Finding("missing-way", node.id, way.key, {"text": way.text, "target": way.target})
        elif way.text and not same.text:
            yield Finding("missing-translation", node.id, way.key, {"what": "text"})
    for key in theirs:
        yield Finding("extra-way", node.id, key)
