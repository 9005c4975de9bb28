"""What a person typed, as a tree that says what is meant; it knows nothing of any index.

Whoosh's parser reads the syntax: words, ``"phrases"``, ``+must``, ``-not``, ``word*``, ``kind: tag: topic:
title: lang: changed:``, brackets, ``AND OR NOT``. Whatever is typed, there is an answer and never an error: what
makes no sense as syntax is read as words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from whoosh import query as whoosh  # type: ignore[import-untyped, unused-ignore]
from whoosh.qparser import QueryParser, plugins, syntax  # type: ignore[import-untyped, unused-ignore]

from search.analysis import chunks, clean, fold, joined, label
from search.dates import Span, span

LONGEST_QUESTION = 2_000  # characters
MOST_TERMS = 32
MOST_PREFIXES = 4
MOST_WILDCARDS = 20
DEEPEST_BRACKETS = 8
SHORTEST_BEGINNING = 2

TEXTS = ("text", "title")
ATTRIBUTES = {"kind": "kind", "tag": "tag", "topic": "topic", "lang": "language"}
"""What a person can filter by, and the attribute it looks at."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a chunk such as ``a54-5g``, in lower case, anywhere (``text``) or in the ``title``."""

    text: str
    field: str = "text"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side."""

    text: str
    field: str = "text"


@dataclass(frozen=True, slots=True)
class Near:
    """Words that stand near each other, in this order."""

    text: str
    field: str = "text"


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any word that begins so: at least two letters, folded."""

    text: str
    field: str = "text"


@dataclass(frozen=True, slots=True)
class Is:
    """``kind``, ``tag``, ``topic`` or ``language`` has this value (as :func:`search.analysis.label` writes it)."""

    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Last changed within this span."""

    span: Span


@dataclass(frozen=True, slots=True)
class AllOf:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


Text = Word | Phrase | Near | Prefix
Node = Text | Is | Changed | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for.

    ``wanted`` may be given up one by one when nothing has it all. ``quoted`` are phrases: their words may stand further
    apart, and then be given up, only where nothing else is found at all. ``required`` and ``banned`` always count.
    """

    wanted: tuple[Node, ...] = ()
    required: tuple[Node, ...] = ()
    banned: tuple[Node, ...] = ()
    quoted: tuple[Phrase | Near, ...] = ()

    def texts(self) -> tuple[Text, ...]:
        """The words, phrases and prefixes looked for; those to avoid are not among them."""
        return tuple(_texts((*self.wanted, *self.quoted, *self.required)))

    def requires_words(self) -> bool:
        """Whether there are words that a document must have whatever else is given up."""
        return next(_texts((*self.quoted, *self.required)), None) is not None

    def telling(self, common: Collection[str]) -> tuple[Node, ...]:
        """The wanted parts without the words that are so common that they tell nothing; all, if they all are."""
        telling = tuple(node for node in self.wanted if not (isinstance(node, Word) and node.text in common))
        return telling or self.wanted

    def loosened(self) -> Iterator[Question]:
        """As it was asked; then, for as long as nothing is found, with its phrases apart, and as words like others.

        >>> [step.texts() for step in Question(quoted=(Phrase("sim"),)).loosened()][1:]
        [(Near(text='sim', field='text'),), (Word(text='sim', field='text'),)]
        """
        yield self
        if self.quoted:
            yield replace(self, quoted=tuple(Near(phrase.text, phrase.field) for phrase in self.quoted))
            words = (Word(word, phrase.field) for phrase in self.quoted for word in phrase.text.split(" "))
            yield replace(self, quoted=(), wanted=(*self.wanted, *words))

    def unfinished(self) -> Question:
        """With the last wanted word, if it is one, as the beginning of a word."""
        match self.wanted:
            case (*others, Word(text, field)) if text.isalnum() and len(text) >= SHORTEST_BEGINNING:
                return replace(self, wanted=(*others, Prefix(fold(text), field)))
        return self


def _texts(nodes: Iterable[Node]) -> Iterator[Text]:
    for node in nodes:
        match node:
            case AllOf(inner) | AnyOf(inner):
                yield from _texts(inner)
            case Word() | Phrase() | Near() | Prefix():
                yield node


def asks_too_much(typed: str) -> bool:
    """Whether there are so many ``*`` that nobody can mean it; such a question is better refused than half read."""
    return typed.count("*") > MOST_WILDCARDS


def parse(typed: str, *, now: int) -> Question:
    """Read what was typed (of more than 2,000 characters, the first).

    ``now`` is in unix seconds; ``changed:30d`` counts back from it. Never raises.
    """
    text = _tidy(typed)
    if not _SYNTAX.search(text):  # plain words: the parser would say the same, only slowly
        return Question(tuple(Word(chunk) for chunk in chunks(text)[:MOST_TERMS]))
    return _Reading(now).question(_tree(text))


_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'))
_BRACKETS = str.maketrans("()", "  ")
_OPERATORS = re.compile(r'\b(?:AND|OR|NOT)\b|["()*]|(?<!\S)[+-]+')


def _tidy(typed: str) -> str:
    text = " ".join(clean(typed[:LONGEST_QUESTION]).translate(_QUOTES).split())
    depth = deepest = 0
    for bracket in re.findall("[()]", text):
        depth = depth + 1 if bracket == "(" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return text.translate(_BRACKETS) if deepest > DEEPEST_BRACKETS else text


_NAMES = "|".join((*TEXTS[1:], *ATTRIBUTES, "changed"))
_SYNTAX = re.compile(rf'["()*]|(?<!\S)[+-]|\b(?:AND|OR|NOT)\b|(?<![^\s+-])(?i:{_NAMES}):')


def _tree(text: str) -> Any:
    """Whoosh's tree. Operators without anything to work on (``NOT NOT``) break its parser: then all are dropped."""
    try:
        return _parser().parse(text, normalize=False)
    except (AssertionError, AttributeError, IndexError, NotImplementedError):
        return _parser().parse(_OPERATORS.sub(" ", text), normalize=False)


class _Signs(plugins.PlusMinusPlugin):  # type: ignore[misc, unused-ignore]
    """``+`` and ``-`` also within brackets, which the stock plugin leaves unread."""

    def do_plusminus(self, parser: Any, group: Any) -> Any:
        for at, node in enumerate(group):
            if isinstance(node, syntax.GroupNode):
                group[at] = self.do_plusminus(parser, node)
        return super().do_plusminus(parser, group)


@cache
def _parser() -> Any:
    return QueryParser(
        "text",
        None,
        plugins=[
            plugins.PhrasePlugin(),
            plugins.FieldsPlugin(rf"(?<![^\s(+-])(?P<text>(?i:{_NAMES})):(?=[^\s)])"),
            plugins.GroupPlugin(),
            plugins.OperatorsPlugin(AndNot=None, AndMaybe=None, Require=None),
            _Signs(r"(?<![^\s(])\+(?=[^\s)])", r"(?<![^\s(])-(?=[^\s)])"),
            plugins.PrefixPlugin(r'(?P<text>[^\s"()*]{2,40})\*(?=[\s)]|$)'),
        ],
    )


class _Reading:
    """One pass over Whoosh's tree; it counts, so that nobody can ask for too much at once."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._terms = MOST_TERMS
        self._prefixes = MOST_PREFIXES
        self._wanted: list[Node] = []
        self._required: list[Node] = []
        self._banned: list[Node] = []
        self._quoted: list[Phrase] = []

    def question(self, tree: Any) -> Question:
        self._sort(tree)
        return Question(tuple(self._wanted), tuple(self._required), tuple(self._banned), tuple(self._quoted))

    def _sort(self, tree: Any) -> None:
        """Put the top level's parts where they belong."""
        match tree:
            case whoosh.And():
                for part in tree:
                    self._sort(part)
            case whoosh.AndMaybe():
                self._required += self._nodes(tree.a)
                self._sort(tree.b)
            case whoosh.AndNot():
                self._sort(tree.a)
                self._banned += self._one(AnyOf, tree.b)
            case whoosh.Not():
                self._banned += self._one(AllOf, tree.query)
            case _:
                for node in self._nodes(tree):
                    if isinstance(node, Phrase):
                        self._quoted.append(node)
                    else:
                        (self._required if _firm(node) else self._wanted).append(node)

    def _nodes(self, tree: Any) -> list[Node]:
        """What a part of the tree asks for; all of it is meant."""
        match tree:
            case whoosh.Or():
                choices = tuple(choice for part in tree for choice in self._one(AllOf, part))
                return [AnyOf(choices)] if len(choices) > 1 else list(choices)
            case whoosh.And():
                return [node for part in tree for node in self._nodes(part)]
            case whoosh.AndMaybe():
                return self._nodes(tree.a) + self._nodes(tree.b)
            case whoosh.AndNot():
                return self._nodes(tree.a) + [Not(node) for node in self._one(AnyOf, tree.b)]
            case whoosh.Not():
                return [Not(node) for node in self._one(AllOf, tree.query)]
            case whoosh.Term() | whoosh.Prefix() | whoosh.Phrase():
                return self._leaf(tree, tree.fieldname.lower())
        return []

    def _one(self, group: type[AllOf] | type[AnyOf], tree: Any) -> list[Node]:
        """The part as one node, or none where nothing is left of it."""
        nodes = tuple(self._nodes(tree))
        return [group(nodes)] if len(nodes) > 1 else list(nodes)

    def _leaf(self, leaf: Any, field: str) -> list[Node]:
        phrase = isinstance(leaf, whoosh.Phrase)
        text = " ".join(leaf.words) if phrase else leaf.text
        if field in ATTRIBUTES:
            value = label(text)
            return [Is(ATTRIBUTES[field], value)] if value else []
        if field == "changed":
            if within := span(text, now=self._now):
                return [Changed(within)]
            field = "text"
        return self._text(text, field, phrase, prefix=isinstance(leaf, whoosh.Prefix))

    def _text(self, text: str, field: str, phrase: bool, prefix: bool) -> list[Node]:
        """Words, a phrase of them, or words of which the last stands for all that begin like it."""
        found = chunks(text)[: self._terms]
        self._terms -= len(found)
        if phrase:
            return [Phrase(" ".join(found), field)] if found else []
        nodes: list[Node] = [Word(chunk, field) for chunk in found]
        if prefix and found and len(found[-1]) > 1 and self._prefixes:
            self._prefixes -= 1
            nodes[-1] = Prefix(fold(joined(found[-1])), field)
        return nodes


def _firm(node: Node) -> bool:
    """Whether it was said precisely enough never to be given up: filters and phrases."""
    match node:
        case Word() | Prefix():
            return False
        case AllOf(nodes) | AnyOf(nodes):
            return all(map(_firm, nodes))
        case Not(inner):
            return _firm(inner)
        case _:
            return True
