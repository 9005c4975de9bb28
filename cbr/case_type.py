"""What cases of one type are made of: attributes with their values, similarity, weight and questions; pure.

A case type is data: it comes from and goes back to plain data, and is refused with every fault named by its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from cbr.measures import read_measure, write_measure
from cbr.plain import Plain, Reader
from cbr.similarity import Exact, Measure
from kb.errors import N_, NotFound

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MOST_ATTRIBUTES = 500
MOST_WEIGHT = 1e6
MOST_LEVELS = 50


class Kind(StrEnum):
    """What the values of an attribute are."""

    BOOLEAN = "boolean"
    CATEGORY = "category"
    ORDINAL = "ordinal"
    NUMBER = "number"
    DATE = "date"
    TAXONOMY = "taxonomy"
    SET = "set"
    TEXT = "text"


class Missing(StrEnum):
    """What holds for a case that has no value of an attribute of which something is known now."""

    NEUTRAL = "neutral"
    """It counts as half alike."""
    DIFFERENT = "different"
    """It counts as not alike."""
    SAME = "same"
    """It counts as alike."""
    SKIP = "skip"
    """The attribute does not count for this case; its weight goes to the others."""


class Answerer(StrEnum):
    """Who can know the value."""

    SYSTEM = "system"
    AGENT = "agent"
    CUSTOMER = "customer"


MISSING_SIMILARITY: Mapping[Missing, float] = {
    Missing.NEUTRAL: 0.5,
    Missing.DIFFERENT: 0.0,
    Missing.SAME: 1.0,
}


@dataclass(frozen=True)
class Choice:
    """One of the values that an attribute can have.

    Args:
        key: the value itself.
        names: language -> what people read.
        parent: the key of the choice above it, in a taxonomy; "" at the top.
        synonyms: language -> other words for it, separated by commas; facts are read out of sentences by them.
    """

    key: str
    names: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    synonyms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Attribute:
    """One thing that can be known of a case.

    Args:
        key: its name in data.
        kind: what its values are.
        names: language -> what people call it.
        unit: of its numbers, such as "GB"; "" for none.
        choices: the values it can have. An ordinal has them in their order, a taxonomy as a tree; a category or a set
            without choices takes any word.
        similarity: compares two values.
        weight: what it counts beside the others; 0 for not at all.
        missing: what holds for a case without a value.
        questions: language -> how to ask for it.
        helps: language -> where to find the answer.
        answerers: who can know it; nobody is asked where this is empty.
        cost: what asking costs, 1 for a question that is answered in a moment.
    """

    key: str
    kind: Kind
    names: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    similarity: Measure = field(default_factory=Exact)
    weight: float = 1.0
    missing: Missing = Missing.NEUTRAL
    questions: Mapping[str, str] = field(default_factory=dict)
    helps: Mapping[str, str] = field(default_factory=dict)
    answerers: frozenset[Answerer] = frozenset({Answerer.AGENT, Answerer.CUSTOMER})
    cost: float = 1.0

    @cached_property
    def levels(self) -> Mapping[str, int]:
        """Choice -> its place, counted from 0."""
        return {choice.key: place for place, choice in enumerate(self.choices)}

    def name(self, language: str) -> str:
        """What people call it in a language, in English or else by its key."""
        return self.names.get(language) or self.names.get("en") or self.key.replace("_", " ")

    def question(self, language: str) -> str:
        """How to ask for it in a language, in English, or else by its name."""
        return self.questions.get(language) or self.questions.get("en") or self.name(language) + "?"


@dataclass(frozen=True)
class CaseType:
    """The attributes of one kind of case, in the order in which people see them.

    Args:
        key: its name in data.
        attributes: each key once.
        names: language -> what people call it.
    """

    key: str
    attributes: tuple[Attribute, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> Mapping[str, Attribute]:
        """Key -> attribute."""
        return {attribute.key: attribute for attribute in self.attributes}

    def attribute(self, key: str) -> Attribute:
        """The attribute of a key. Raises `NotFound`."""
        if key not in self.by_key:
            raise NotFound(N_("There is no attribute %(key)s.", key=key))
        return self.by_key[key]

    def weighted(self, weights: Mapping[str, float]) -> CaseType:
        """The same with other weights, by key; who is not named keeps their own."""
        changed = (replace(one, weight=weights.get(one.key, one.weight)) for one in self.attributes)
        return replace(self, attributes=tuple(changed))

    def with_attribute(self, attribute: Attribute) -> CaseType:
        """The same with this attribute in the place of the one with its key, or else behind all others."""
        if attribute.key not in self.by_key:
            return replace(self, attributes=(*self.attributes, attribute))
        changed = (attribute if one.key == attribute.key else one for one in self.attributes)
        return replace(self, attributes=tuple(changed))

    def without(self, key: str) -> CaseType:
        """The same without an attribute. Raises `NotFound`."""
        gone = self.attribute(key)
        return replace(self, attributes=tuple(one for one in self.attributes if one is not gone))

    def moved(self, key: str, *, up: bool) -> CaseType:
        """The same with an attribute one place earlier or later; the ends stay where they are. Raises `NotFound`."""
        order = list(self.attributes)
        at = order.index(self.attribute(key))
        to = min(max(at + (-1 if up else 1), 0), len(order) - 1)
        order.insert(to, order.pop(at))
        return replace(self, attributes=tuple(order))

    def to_plain(self) -> dict[str, Plain]:
        """As plain data; `read_case_type` reads it back."""
        return {
            "key": self.key,
            "names": dict(self.names),
            "attributes": [_attribute_to_plain(attribute) for attribute in self.attributes],
        }


def read_case_type(data: Plain) -> CaseType:
    """A case type from plain data. Raises `Invalid`: place (such as "attributes[2].weight") -> sentence."""
    reader = Reader(data)
    reader.only({"key", "names", "attributes"})
    key = _key(reader)
    attributes = [_read_attribute(entry) for entry in reader.each("attributes")]
    if len(attributes) > MOST_ATTRIBUTES:
        reader.fault("attributes", N_("A case type has at most %(most)s attributes.", most=MOST_ATTRIBUTES))
    for place, attribute in enumerate(attributes):
        if attribute.key in {other.key for other in attributes[:place]}:
            reader.fault(f"attributes[{place}].key", N_("Another attribute has this key already."))
    read = CaseType(key, tuple(attributes), reader.texts("names"))
    reader.check()
    return read


def read_attribute(data: Plain) -> Attribute:
    """One attribute from plain data. Raises `Invalid`: place -> sentence."""
    reader = Reader(data)
    attribute = _read_attribute(reader)
    reader.check()
    return attribute


ATTRIBUTE_SETTINGS = frozenset(Attribute.__dataclass_fields__)
MISSING_RULES = tuple(rule.value for rule in Missing)
KINDS = tuple(kind.value for kind in Kind)
ANSWERERS = tuple(answerer.value for answerer in Answerer)


def _read_attribute(reader: Reader) -> Attribute:
    reader.only(ATTRIBUTE_SETTINGS)
    kind = Kind(reader.one_of("kind", KINDS, "category"))
    choices = _read_choices(reader, kind)
    weight = reader.number("weight", 1.0)
    if weight > MOST_WEIGHT:
        reader.fault("weight", N_("A number of at most %(most)s belongs here.", most=f"{MOST_WEIGHT:g}"))
    return Attribute(
        key=_key(reader),
        kind=kind,
        names=reader.texts("names"),
        unit=reader.text("unit", ""),
        choices=choices,
        similarity=read_measure(reader, kind, {choice.key: choice.parent for choice in choices}),
        weight=weight,
        missing=Missing(reader.one_of("missing", MISSING_RULES, Missing.NEUTRAL)),
        questions=reader.texts("questions"),
        helps=reader.texts("helps"),
        answerers=frozenset(map(Answerer, reader.some_of("answerers", ANSWERERS, ("agent", "customer")))),
        cost=reader.number("cost", 1.0, above=True),
    )


def _read_choices(reader: Reader, kind: Kind) -> tuple[Choice, ...]:
    choices: dict[str, Choice] = {}
    for entry in reader.each("choices"):
        entry.only({"key", "names", "parent", "synonyms"})
        choice = Choice(
            entry.text("key"), entry.texts("names"), entry.text("parent", ""), entry.texts("synonyms")
        )
        if choice.key in choices:
            entry.fault("key", N_("Another choice has this key already."))
        choices[choice.key] = choice
    if kind in (Kind.ORDINAL, Kind.TAXONOMY) and not choices:
        reader.fault("choices", N_("An attribute of this kind needs its choices."))
    for place, choice in enumerate(choices.values()):
        if choice.parent and kind != Kind.TAXONOMY:
            reader.fault(f"choices[{place}].parent", N_("Only the choices of a taxonomy are a tree."))
        elif choice.parent and choice.parent not in choices:
            reader.fault(f"choices[{place}].parent", N_("There is no choice %(key)s.", key=choice.parent))
    depths = _depths(choices)
    for place, key in enumerate(choices):
        if key not in depths:
            reader.fault(f"choices[{place}].parent", N_("The choices go around in a circle."))
    if max(depths.values(), default=0) > MOST_LEVELS:
        reader.fault("choices", N_("A tree has at most %(most)s levels.", most=MOST_LEVELS))
    return tuple(choices.values())


def _depths(choices: Mapping[str, Choice]) -> Mapping[str, int]:
    """Choice -> how deep it lies, 1 at the top; those from which the way up does not end are left out."""
    depths: dict[str, int] = {}
    circling: set[str] = set()
    for key in choices:
        way: list[str] = []
        at = key
        while at in choices and at not in depths and at not in circling:
            circling.add(at)  # until it is known where its way ends
            way.append(at)
            at = choices[at].parent
        if at in circling:
            continue
        for seen in reversed(way):
            depths[seen] = depths.get(choices[seen].parent, 0) + 1
        circling -= set(way)
    return depths


def _key(reader: Reader) -> str:
    key = reader.text("key")
    if not KEY.fullmatch(key):
        reader.fault("key", N_("A key has small letters, digits, - and _, at most 64."))
    return key


def _attribute_to_plain(attribute: Attribute) -> dict[str, Plain]:
    return {
        "key": attribute.key,
        "kind": attribute.kind.value,
        "names": dict(attribute.names),
        "unit": attribute.unit,
        "choices": [
            {
                "key": choice.key,
                "names": dict(choice.names),
                "parent": choice.parent,
                "synonyms": dict(choice.synonyms),
            }
            for choice in attribute.choices
        ],
        "similarity": write_measure(attribute.similarity),
        "weight": attribute.weight,
        "missing": attribute.missing.value,
        "questions": dict(attribute.questions),
        "helps": dict(attribute.helps),
        "answerers": sorted(answerer.value for answerer in attribute.answerers),
        "cost": attribute.cost,
    }
