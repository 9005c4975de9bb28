"""A tree as plain data and as JSON: what the editor and the API carry; pure.

What is the usual is left out, so that what is written can be read by people, too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from cbr.plain import Plain, Reader
from cbr.trees.conditions import NAME, Condition, Relation, make_condition, read_bound
from cbr.trees.lines import WORDLESS, one_line, tidy, unfit
from cbr.trees.tree import (
    MOST_CONDITIONS,
    MOST_NODES,
    MOST_WAYS,
    NODE_ID,
    POINTING,
    RANGED,
    TEXT_LIMIT,
    TITLE_LIMIT,
    WAY_KEY,
    Kind,
    Node,
    Tree,
    Way,
    usual_kind,
    with_keys,
)
from kb.errors import N_, Invalid

MOST_CHARACTERS = 8_000_000
NAME_LIMIT = 128
FARTHEST = 10_000_000

_TREE_SETTINGS = frozenset({"nodes", "start", "intro"})
_NODE_SETTINGS = frozenset(Node.__dataclass_fields__)
_WAY_SETTINGS = frozenset(Way.__dataclass_fields__)
_KINDS = tuple(kind.value for kind in Kind)


def to_plain(tree: Tree) -> dict[str, Plain]:
    """A tree as plain data; `read_tree` reads it back."""
    written: dict[str, Plain] = {"nodes": [_node_to_plain(node) for node in tree.nodes]}
    if tree.start:
        written["start"] = tree.start
    if tree.intro:
        written["intro"] = tree.intro
    return written


def read_tree(data: Plain) -> Tree:
    """A tree from plain data. Raises `Invalid`: place (such as "nodes[2].ways[0].target") -> sentence.

    Only what could not be kept is refused: what could not be played is for :mod:`cbr.trees.checks` to say.
    """
    reader = Reader(data)
    reader.only(_TREE_SETTINGS)
    listed = reader.data.get("nodes", [])
    if isinstance(listed, list) and len(listed) > MOST_NODES:
        raise Invalid({"nodes": N_("A guide has at most %(most)s steps.", most=MOST_NODES)})
    nodes = tuple(_read_node(entry) for entry in reader.each("nodes"))
    tree = Tree(nodes, read_id(reader, "start"), tidy(long_text(reader, "intro", TEXT_LIMIT)))
    if tree.start and tree.first is None:
        reader.fault("start", N_("There is no step %(key)s.", key=tree.start))
    if fault := unfit(tree.intro, is_intro=True):
        reader.fault("intro", fault)
    reader.check()
    return tree


def write_json(tree: Tree) -> str:
    """A tree as JSON that people can read."""
    return json.dumps(to_plain(tree), ensure_ascii=False, indent=2) + "\n"


def read_json(text: str) -> Tree:
    """A tree from JSON. Raises `Invalid`: line or place -> sentence."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid({"line 1": N_("At most %(most)s characters can be read.", most=MOST_CHARACTERS)})
    try:
        data = json.loads(text)
    except json.JSONDecodeError as fault:
        raise Invalid({f"line {fault.lineno}": N_("This is not JSON.")}) from None
    except (RecursionError, ValueError):  # nested without end, or a number of a million digits
        raise Invalid({"line 1": N_("This is not JSON.")}) from None
    return read_tree(data)


def _node_to_plain(node: Node) -> dict[str, Plain]:
    written: dict[str, Plain] = {"id": node.id, "kind": node.kind.value}
    for name in ("title", "text", "attribute", "unit", "subject", "afresh"):
        if value := getattr(node, name):
            written[name] = value
    if node.at is not None:
        written["at"] = list(node.at)
    if node.ways:
        written["ways"] = [_way_to_plain(way) for way in node.ways]
    return written


def _way_to_plain(way: Way) -> dict[str, Plain]:
    fields = ("key", "target", "text", "low", "high")
    written: dict[str, Plain] = {name: value for name in fields if (value := getattr(way, name))}
    if way.when:
        written["when"] = [
            {"attribute": one.attribute, "relation": one.relation.value, "values": list(one.values)}
            for one in way.when
        ]
    return written


def _read_node(reader: Reader) -> Node:
    reader.only(_NODE_SETTINGS)
    listed = reader.data.get("ways", [])
    if isinstance(listed, list) and len(listed) > MOST_WAYS:
        reader.fault("ways", N_("At most %(most)s ways lead on from a step.", most=MOST_WAYS))
        return Node("", Kind.OUTCOME)
    kind = Kind(reader.one_of("kind", _KINDS, usual_kind(bool(listed))))
    node = Node(
        id=read_id(reader, "id", is_needed=True),
        kind=kind,
        title=one_line(long_text(reader, "title", TITLE_LIMIT)),
        text=tidy(long_text(reader, "text", TEXT_LIMIT)),
        ways=with_keys(kind, [_read_way(entry, kind) for entry in reader.each("ways")]),
        attribute=_name(reader, "attribute"),
        unit=one_line(long_text(reader, "unit", NAME_LIMIT)),
        afresh=reader.flag("afresh", False),
        subject=_name(reader, "subject"),
        at=_read_place(reader),
    )
    if fault := unfit(node.text):
        reader.fault("text", fault)
    if node.subject and node.kind not in POINTING:
        reader.fault("subject", N_("A step of this kind is about nothing else."))
    return node


def _read_way(reader: Reader, kind: Kind) -> Way:
    reader.only(_WAY_SETTINGS)
    key = one_line(long_text(reader, "key", NAME_LIMIT))
    if key and not WAY_KEY.fullmatch(key):
        reader.fault("key", N_("A key has letters, digits, - and _, at most %(most)s.", most=64))
    words = one_line(long_text(reader, "text", TITLE_LIMIT))
    return Way(
        key=key,
        target=read_id(reader, "target"),
        text="" if words == WORDLESS else words,
        low=_read_bound(reader, "low", kind),
        high=_read_bound(reader, "high", kind),
        when=_read_when(reader),
    )


def _read_bound(reader: Reader, name: str, kind: Kind) -> str:
    raw = reader.data.get(name)
    if raw is None or raw == "":
        return ""
    is_written = isinstance(raw, str) or (isinstance(raw, int | float) and not isinstance(raw, bool))
    bound = read_bound(str(raw)[:NAME_LIMIT], is_day=kind == Kind.DATE) if is_written else None
    if bound is None or kind not in RANGED:
        is_day = kind == Kind.DATE
        reader.fault(
            name, N_("A day belongs here.") if is_day else N_("Only the ways of a number have ends.")
        )
        return ""
    return bound


def _read_when(reader: Reader) -> tuple[Condition, ...]:
    listed = reader.data.get("when", [])
    if isinstance(listed, list) and len(listed) > MOST_CONDITIONS:
        reader.fault("when", N_("A list of at most %(most)s belongs here.", most=MOST_CONDITIONS))
        return ()
    found: list[Condition] = []
    for entry in reader.each("when"):
        entry.only({"attribute", "relation", "values"})
        values = entry.data.get("values", [])
        if not isinstance(values, list) or not all(isinstance(one, str | int | float) for one in values):
            entry.fault("values", N_("A list of values belongs here."))
            continue
        try:
            found.append(
                make_condition(
                    _name(entry, "attribute"),
                    entry.one_of("relation", tuple(Relation), Relation.IS),
                    [str(value) for value in values],
                )
            )
        except Invalid as refused:
            entry.fault("values", refused.fields[""])
    return tuple(found)


def _read_place(reader: Reader) -> tuple[int, int] | None:
    raw = reader.data.get("at")
    if raw is None:
        return None
    fits = isinstance(raw, Sequence) and not isinstance(raw, str) and len(raw) == 2
    if fits and all(isinstance(one, int | float) and abs(one) <= FARTHEST for one in raw):
        right, down = raw
        return round(right), round(down)
    reader.fault("at", N_("Two numbers belong here: to the right, and down."))
    return None


def read_id(reader: Reader, name: str, *, is_needed: bool = False) -> str:
    """The id of a node; "" where none is needed."""
    found = one_line(long_text(reader, name, NAME_LIMIT))
    if (found or is_needed) and not NODE_ID.fullmatch(found):
        reader.fault(name, N_("A name has letters, digits, - and _, at most %(most)s.", most=60))
        return ""
    return found


def _name(reader: Reader, name: str) -> str:
    found = one_line(long_text(reader, name, NAME_LIMIT))
    if found and not NAME.fullmatch(found):
        reader.fault(name, N_("A key is one word, at most %(most)s characters.", most=NAME_LIMIT))
        return ""
    return found


def long_text(reader: Reader, name: str, most: int) -> str:
    """A text of at most so many characters; "" where there is none."""
    value = reader.data.get(name)
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= most:
        return value
    reader.fault(name, N_("A text of at most %(most)s characters belongs here.", most=most))
    return ""
