"""Questions of which somebody has said what answers them; read from beside the project, where they are.

The sets are of different kinds on purpose: sentences that describe a page, questions as people ask them, words as they
type them into a box. None of them may be tuned on alone.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bench import duplicates
from bench.programs import ROOT
from kb import content
from search.analysis import analyzer, chunks
from search.engine import FOREVER, Document

DATA = ROOT.parent / "shared" / "data"
LANGUAGES = ("en", "hu", "sv", "ru")
KEYWORDS = 3
"""So many words of a description are a look-up by keywords: those that the fewest descriptions have."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question.

    Args:
        right: the ids of the documents that answer it; all others do not.
        languages: in which the answers are looked for.
        topic: the only one in which they are looked for, None for all.
    """

    text: str
    right: frozenset[str]
    languages: tuple[str, ...]
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A set of questions.

    Args:
        name: what is asked, in the table.
        language: that of the questions.
        collection: the documents that are asked, by the name of their loader in `COLLECTIONS`.
    """

    name: str
    language: str
    collection: str
    asked: Sequence[Asked]

    @property
    def is_elsewhere(self) -> bool:
        """Whether the answers are in other languages than the questions."""
        return any(self.language not in one.languages for one in self.asked)


def document(name: str, language: str, title: str, body: str, topic: str = "") -> Document:
    """A document that everybody may see, always."""
    return Document(
        id=name,
        article=name,
        key=name,
        kind="faq",
        language=language,
        slug=name,
        title=title,
        summary="",
        body=body,
        headings=(),
        tags=(),
        topics=(topic,) if topic else (),
        audience="public",
        visible_from=0,
        visible_until=FOREVER,
        changed_at=0,
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """A help page of GNOME: its topics have a title, a description of one sentence, and a text."""

    key: str
    language: str
    title: str
    description: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.key}/{self.language}"


@cache
def _pages() -> tuple[_Page, ...]:
    pages = []
    for language in LANGUAGES:
        for line in (DATA / "gnome-help" / f"{language}.jsonl").read_text("utf-8").splitlines():
            page = json.loads(line)
            if page["type"] == "topic" and page["desc"].strip():
                said = content.render(page["body_md"])
                pages.append(
                    _Page(page["id"], language, page["title"], content.inline_text(page["desc"]), said.text)
                )
    return tuple(pages)


def _gnome_documents() -> list[Document]:
    """The description is what is asked, and stays out."""
    return [document(page.id, page.language, page.title, page.text) for page in _pages()]


def _gnome() -> Iterator[Judged]:
    for language in LANGUAGES:
        pages = [page for page in _pages() if page.language == language]
        asked = [Asked(page.description, frozenset({page.id}), (language,)) for page in pages]
        yield Judged("gnome-help: description", language, "gnome-help", asked)
    for language in LANGUAGES:
        pages = [page for page in _pages() if page.language == language]
        telling = _telling(language, [page.description for page in pages])
        asked = [
            Asked(words, frozenset({page.id}), (language,))
            for words, page in zip(telling, pages, strict=True)
        ]
        yield Judged("gnome-help: keywords", language, "gnome-help", asked)
    for language in LANGUAGES:
        others = tuple(other for other in LANGUAGES if other != language)
        asked = [
            Asked(page.description, frozenset(f"{page.key}/{other}" for other in others), others)
            for page in _pages()
            if page.language == language
        ]
        yield Judged("gnome-help: description, in the other languages", language, "gnome-help", asked)


def _telling(language: str, texts: Sequence[str]) -> Iterator[str]:
    """The words of each text that the fewest of the texts have, in the order in which they stand there."""
    common = analyzer(language).common
    words = [[word for word in dict.fromkeys(chunks(text)) if word not in common] for text in texts]
    having = Counter(word for found in words for word in found)
    for found in words:
        rarest = set(sorted(found, key=lambda word: (having[word], -len(word)))[:KEYWORDS])
        yield " ".join(word for word in found if word in rarest)


@dataclass(frozen=True, slots=True)
class _FaqQuestion:
    """A question of an authority's FAQ, and where among the answers of its category the right one stands."""

    category: str
    text: str
    answers: Sequence[str]
    right: int


def _faq_questions() -> list[_FaqQuestion]:
    lines = (DATA / "swefaq" / "swefaq_dev.jsonl").read_text("utf-8").splitlines()
    return [
        _FaqQuestion(str(row["category_id"]), row["question"], row["candidate_answers"], row["label"])
        for row in map(json.loads, lines)
    ]


def _swefaq_documents() -> list[Document]:
    categories = {one.category: one.answers for one in _faq_questions()}
    return [
        document(f"{category}/{place}", "sv", "", answer, topic=category)
        for category, answers in categories.items()
        for place, answer in enumerate(answers)
    ]


def _swefaq() -> Iterator[Judged]:
    for name, within in (("its category", True), ("all", False)):
        asked = [
            Asked(
                one.text,
                frozenset({f"{one.category}/{one.right}"}),
                ("sv",),
                one.category if within else None,
            )
            for one in _faq_questions()
        ]
        yield Judged(f"swefaq: answer among those of {name}", "sv", "swefaq", asked)


def _covid_documents() -> list[Document]:
    return [document(title, "en", title, "") for title in duplicates.read().titles]


def _covid() -> Iterator[Judged]:
    asked = [Asked(typed, titles, ("en",)) for typed, titles in duplicates.read().same.items()]
    yield Judged("covid-faq: the same question", "en", "covid-faq", asked)


COLLECTIONS: Mapping[str, Callable[[], list[Document]]] = {
    "gnome-help": _gnome_documents,
    "swefaq": _swefaq_documents,
    "covid-faq": _covid_documents,
}
_SETS: Mapping[str, Callable[[], Iterable[Judged]]] = {
    "gnome-help": _gnome,
    "swefaq": _swefaq,
    "covid-faq": _covid,
}


def judged() -> tuple[list[Judged], list[str]]:
    """All sets that are beside the project, and the names of the folders of those that are not."""
    there = [name for name in _SETS if (DATA / name).is_dir()]
    return [one for name in there for one in _SETS[name]()], [name for name in _SETS if name not in there]


def out_of_domain(most: int) -> list[str]:
    """Sentences of customers of a bank, evenly from all intents; none where they are not beside the project."""
    path = DATA / "banking77" / "train.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        sentences = [row["text"].strip() for row in csv.DictReader(file)]
    return sentences[:: max(1, len(sentences) // most)][:most]
