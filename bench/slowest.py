"""The hunt for the slowest question: thousands are made up of what may cost most, and the worst are asked again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.corpus import NOW
from bench.peers import WORD
from bench.tables import Cell, percentile, table
from search.engine import Document, Filters
from search.query import LONGEST_QUESTION
from search.tantivy.engine import TantivyEngine

DOCUMENTS = 10_000
ASKED_AGAIN = 20
COMMON = 200  # of the commonest words
SHOWN = 90  # characters of a question in the table
FIELDS = ("kind:wiki", "tag:sim", "topic:network", "lang:sv", "title:", "changed:30d", "changed:..2y")


class _Asked(NamedTuple):
    """A question, for whom, and what it cost."""

    question: str
    filters: Filters
    ms: float


def measure(documents: Sequence[Document], count: int) -> str:
    """A Markdown table of the slowest questions, of so many made up over these documents."""
    with TemporaryDirectory(prefix="kalauz-bench-") as folder:
        engine = TantivyEngine(Path(folder) / "index")
        engine.apply(deletes=(), documents=documents, position=1)
        asked = [_made_up(documents, Random(number)) for number in range(count)]
        took = [_Asked(*each, _took_ms(engine, *each)) for each in asked]
        worst = sorted(took, key=lambda one: -one.ms)[:ASKED_AGAIN]
        again = [
            one._replace(ms=min(_took_ms(engine, one.question, one.filters) for _ in range(3)))
            for one in worst
        ]
    again.sort(key=lambda one: -one.ms)
    title = f"The slowest of {count:,} questions made up, {len(documents):,} documents, all languages, every article"
    rows: list[list[Cell]] = [[_named(one.question), one.ms, len(one.question)] for one in again[:5]]
    half, most = (percentile([one.ms for one in took], share) for share in (0.5, 0.99))
    rows.append(
        ["(half of all take no longer; 99 in 100 no longer than the last figure)", half, f"{most:.1f}"]
    )
    return table(title, ["question", "processor ms", "characters"], rows)


def _took_ms(engine: TantivyEngine, question: str, filters: Filters) -> float:
    busy = time.process_time()
    engine.search(question, filters, facets=True)
    return (time.process_time() - busy) * 1000


def _named(question: str) -> str:
    shown = question if len(question) <= SHOWN else f"{question[:SHOWN]}..."
    return f"`{shown.replace('|', ' ').replace('`', ' ')}`"


def _made_up(documents: Sequence[Document], chance: Random) -> tuple[str, Filters]:
    """A question of one of several costly sorts, for somebody who may see everything."""
    languages = tuple(dict.fromkeys(document.language for document in documents))
    asked_in = chance.choice([(), languages, languages[:1], chance.sample(languages, len(languages))])
    filters = Filters(
        audiences=frozenset({"public", "customer", "agent"}), now=NOW, languages=tuple(asked_in)
    )
    make = chance.choice([_common, _prefixes, _sentence, _operators, _typos, _noise])
    question = make(documents, chance)[:LONGEST_QUESTION]
    if chance.random() < 0.1:
        filters = replace(filters, portal_topics=frozenset(t for d in documents[:300] for t in d.topics))
    return question, filters


_counted: dict[int, list[str]] = {}


def _words(documents: Sequence[Document]) -> list[str]:
    """The commonest words, the commonest first."""
    if id(documents) not in _counted:
        counts = Counter(
            word for document in documents[:1000] for word in WORD.findall(document.body.lower())
        )
        _counted.clear()
        _counted[id(documents)] = [word for word, _ in counts.most_common(COMMON)]
    return _counted[id(documents)]


def _common(documents: Sequence[Document], chance: Random) -> str:
    return " ".join(chance.choices(_words(documents), k=chance.randint(1, 60)))


def _prefixes(documents: Sequence[Document], chance: Random) -> str:
    return " ".join(
        f"{word[: chance.randint(1, 3)]}*"
        for word in chance.choices(_words(documents), k=chance.randint(1, 30))
    )


def _sentence(documents: Sequence[Document], chance: Random) -> str:
    return chance.choice(documents).body


def _operators(documents: Sequence[Document], chance: Random) -> str:
    pieces = [*chance.choices(_words(documents), k=20), *FIELDS, *'+-()"*']
    signs = (" ", " OR ", " AND ", " NOT ", " ", ' "', "(", ") ", " +", " -")
    return "".join(chance.choice(pieces) + chance.choice(signs) for _ in range(chance.randint(2, 120)))


def _typos(documents: Sequence[Document], chance: Random) -> str:
    def spoilt(word: str) -> str:
        at = chance.randrange(len(word))
        return word[:at] + chance.choice("abcdefgö") + word[at + chance.randint(0, 1) :]

    longer = [word for word in WORD.findall(chance.choice(documents).body.lower()) if len(word) > 3] or [
        "word"
    ]
    return " ".join(map(spoilt, chance.choices(longer, k=chance.randint(1, 40))))


def _noise(_documents: Sequence[Document], chance: Random) -> str:
    sorts: list[Callable[[], str]] = [
        lambda: chr(chance.randrange(1, 0x3000)),
        lambda: chance.choice("()\"'*+-:&"),
        lambda: chance.choice(("a", "и", " ", "é", "5g ", "a-b-c-")),
    ]
    make = chance.choice(sorts)
    return "".join(make() for _ in range(chance.randint(1, LONGEST_QUESTION)))
