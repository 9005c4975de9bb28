"""The benchmarks run and measure what they say; here with three articles, so that it is the words that count."""

from __future__ import annotations

import doctest
import re
import shutil
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import (
    authoring,
    duplicates,
    imports,
    machine,
    pages,
    programs,
    search_pages,
    search_speed,
    slowest,
    tables,
)
from bench.corpus import NOW, corpus, questions
from bench.fts5 import Fts5
from bench.instances import Instance
from bench.loads import load
from bench.peers import Peer
from bench.postgres_text import PostgresText
from bench.texts import Texts
from bench.whoosh_index import WhooshIndex
from search.engine import Document, Filters
from search.tantivy.engine import TantivyEngine

ARTICLE = """---
title: {title}
summary: {title}, step by step.
audience: {audience}
kind: faq
topics: [sim]
---
## First

{title}: take the card out and put it in again.

## Then

Wait for {minutes} minutes.
"""


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    """Three articles, one of them in two languages and one not for everybody."""
    folder = tmp_path_factory.mktemp("few") / "articles"
    for key, language, title, audience in (
        ("new-sim", "en", "Turn on a new SIM", "public"),
        ("new-sim", "hu", "Az új SIM bekapcsolása", "public"),
        ("puk-code", "en", "Where the PUK code is", "public"),
        ("goodwill", "en", "How much goodwill", "agent"),
    ):
        path = folder / key / f"{language}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ARTICLE.format(title=title, audience=audience, minutes=len(key)))
    return Texts((folder,), None, "three articles")


@pytest.fixture(scope="module")
def full(few: Texts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance that has the articles."""
    folder = tmp_path_factory.mktemp("full") / "instance"
    folder.mkdir()
    made = Instance(folder)
    made.fill(few)
    made.close()
    return folder


@pytest.fixture
def filled(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance is filled by copying that one: what the commands cost is measured by the test of the imports."""

    def copied(instance: Instance, _texts: Texts) -> None:
        shutil.copytree(full, instance.data, dirs_exist_ok=True)

    monkeypatch.setattr(Instance, "fill", copied)


def rows(markdown: str, title: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    lines = markdown.partition(f"### {title}")[2].partition("###")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {name: figures for name, *figures in cells[2:]}


def figures(cells: list[str]) -> list[float]:
    """What is a figure among the cells."""
    return [float(cell.replace(",", "")) for cell in cells if cell != "-"]


def test_pages_are_measured_for_everybody_for_an_agent_and_beside_the_floor(few: Texts, filled: None) -> None:
    measured = pages.measure(few, pages.Sizes(paths=2, one=3, many=2, uncached=2))
    found = rows(measured, "Pages, three articles")
    assert list(found) == [
        "article, anybody",
        "article, anybody, never asked for before",
        "article, an agent who is logged in",
        "search, anybody",
        "search, an agent who is logged in",
        "the floor: one word from Flask",
    ]
    assert all(figure > 0 for cells in found.values() for figure in figures(cells))
    assert found["the floor: one word from Flask"][3] == "1"
    weights = {name: figures(cells)[0] for name, cells in rows(measured, "What a server").items()}
    assert weights["requests for it"] >= 4  # the page, two stylesheets or more, an icon
    assert 1 < weights["an article page with all it needs, compressed, KB"] < 50
    assert weights["memory (PSS) after the start, MB"] > 20


def test_writing_is_measured_alone_and_by_many_at_once(few: Texts, filled: None) -> None:
    found = rows(authoring.measure(few, saves=1), "Writing")
    assert list(found) == ["open the page", "keep what is typed", "save a revision"]
    assert all(figure > 0 for cells in found.values() for figure in figures(cells))


def test_imports_are_measured_without_what_every_command_costs(few: Texts) -> None:
    found = rows(imports.measure(few), "Imports, 4 texts")
    assert list(found) == [
        "import",
        "import again, nothing has changed",
        "reindex",
        "the start alone, part of each",
    ]
    assert all(figure > 0 for cells in found.values() for figure in figures(cells))


def test_search_is_measured_beside_its_peers(few: Texts) -> None:
    sizes = search_speed.Sizes(documents=(9,), questions=4, rounds=1, whoosh=4, pages=0, slowest=0)
    measured = search_speed.measure(few, sizes)
    alone = [f"tantivy alone, {terms}, nothing shown" for terms in ("the same terms", "one field")]
    ours = ["Kalauz (tantivy)", "Kalauz with facets", *alone, "SQLite FTS5", "PostgreSQL full text"]
    for count, names in ((4, [*ours, "Whoosh's own index"]), (9, ours)):
        found = rows(measured, f"Search, {count} documents")
        assert list(found) == names
        assert all(figure >= 0 for cells in found.values() for figure in figures(cells))
    assert measured.count("Whoosh's own index takes part with up to 4 documents.") == 1


def test_search_pages_are_measured_with_copies_of_the_articles(few: Texts, filled: None) -> None:
    measured = search_pages.measure(few, 10, requests=3, paths=2)
    assert "10 texts" in measured
    found = rows(measured, "Search over HTTP")
    assert list(found)[-1] == "suggestions"
    assert all(figure > 0 for cells in found.values() for figure in figures(cells))


def test_the_slowest_question_is_hunted_for(few: Texts) -> None:
    made = documents(few, 12)
    measured = slowest.measure(made, 40)
    assert "The slowest of 40 questions made up, 12 documents" in measured
    assert measured.count("`") == 10
    assert slowest.measure(made, 40).count("|") == measured.count("|")


def documents(few: Texts, size: int) -> list[Document]:
    return corpus(few.records(), size)


def test_documents_beyond_the_texts_are_mixed_from_those_in_their_language(few: Texts) -> None:
    made = documents(few, 12)
    assert (
        len({document.id for document in made}) == len({document.article for document in made[4:]}) + 4 == 12
    )
    lines = {
        language: {
            line
            for document in made[:4]
            if document.language == language
            for line in document.body.split("\n")
        }
        for language in ("en", "hu")
    }
    assert all(set(document.body.split("\n")) <= lines[document.language] for document in made[4:])
    assert made == documents(few, 12)


def test_all_engines_find_what_may_be_seen_and_nothing_else(few: Texts, tmp_path: Path) -> None:
    model = replace(
        documents(few, 1)[0], audience="public", kind="faq", visible_from=NOW - 10, visible_until=NOW + 10
    )
    shown = replace(model, id="10", article="shown")
    hidden = {
        "audience": replace(model, id="11", article="a", audience="agent"),
        "language": replace(model, id="12", article="b", language="hu"),
        "kind": replace(model, id="13", article="c", kind="guide"),
        "topic": replace(model, id="14", article="d", topics=("other",)),
        "not yet": replace(model, id="15", article="e", visible_from=NOW + 1),
        "no longer": replace(model, id="16", article="f", visible_until=NOW),
    }
    filters = Filters(
        audiences=frozenset({"public", "customer"}),
        now=NOW,
        languages=(model.language,),
        portal_topics=frozenset({"sim"}),
        kinds=frozenset({"wiki", "faq"}),
    )
    tantivy = TantivyEngine(tmp_path / "index")
    tantivy.apply(deletes=(), documents=[shown, *hidden.values()], position=1)
    assert [hit.id for hit in tantivy.search(model.title, filters).hits] == ["10"]
    peers: list[Peer] = [Fts5(tmp_path / "fts5.db"), WhooshIndex(tmp_path / "whoosh"), PostgresText()]
    for peer in peers:
        peer.add([shown, *hidden.values()])
        assert peer.find(model.title, filters) == [10]
        ((title, passage),) = peer.search(f"{model.title} nowhere", filters)
        assert title == model.title
        assert "<" in passage  # a word is marked
        assert peer.search("?!", filters) == []
        assert peer.processor_s() > 0
        peer.close()


def test_questions_are_titles_and_summaries_in_turn(few: Texts) -> None:
    made = documents(few, 4)
    asked = [question for question, _ in questions(made, 4)]
    assert asked == [made[0].title, made[1].summary, made[2].title, made[3].summary]


def test_a_load_is_counted_and_an_error_stops_it(tmp_path: Path) -> None:
    settings = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(programs.ROOT)}
    with programs.serving(pages.floor_arguments(), settings, ready="/") as server:
        found = load(server, ["/"], count=5, clients=2)
        assert len(found.took_s) == 10
        assert found.p50_ms <= found.p95_ms <= found.wall_s * 1000
        with pytest.raises(programs.Failed, match="404"):
            load(server, ["/", "/nowhere"], count=2)


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(programs.Failed, match="No module named nowhere"):
        programs.run(["nowhere"], {})
    with (
        pytest.raises(programs.Failed, match="No module named nowhere"),
        programs.serving(["nowhere"], {}, ready="/"),
    ):
        pass


def test_tables_are_markdown() -> None:
    tried = doctest.testmod(tables)
    assert (tried.failed, tried.attempted > 0) == (0, True)
    assert re.search(r"\| Python \| 3\.\d+\.\d+ \|", tables.table("Here", ["what", "which"], machine.facts()))


def test_percentiles_grow() -> None:
    shares = [0.01, 0.5, 0.9, 0.95, 1.0]
    found = [tables.percentile(range(1, 21), share) for share in shares]
    assert found == [1, 10, 18, 19, 20]
    assert all(low <= high for low, high in pairwise(found))


def test_only_what_there_is_can_be_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "pages", "everything"])
    with pytest.raises(SystemExit):
        bench.main()
    assert "there is no everything" in capsys.readouterr().err


PAIRS = """question_1,question_2,similar
Where is the router?,Where does the router stand?,1
Where is the router?,How much is it?,0
Reset a password,How do I get a new password?,1
Reset a password,Where does the router stand?,0
Pay an invoice,Paying bills and invoices,1
Pay an invoice,Losing a telephone,0
"""


def test_duplicates_are_measured_beside_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    monkeypatch.setattr(duplicates, "PAIRS", path)
    found = rows(duplicates.measure(Texts((), None, "nothing")), "Duplicate titles")
    assert list(found) == ["same words (Jaccard)", "Kalauz"]
    assert all(
        0 <= figure <= 1 for cells in found.values() for figure in figures([one for one in cells[:4] if one])
    )
    assert figures(found["Kalauz"])[3] > 0
    assert figures(found["Kalauz"])[4] > 0


def test_scores_count_what_is_right_missed_and_wrong(tmp_path: Path) -> None:
    pairs = duplicates.Pairs(["a", "b", "c"], {"x": frozenset({"a", "b"}), "y": frozenset({"c"})})
    warned = {"x": [("a", 0.9), ("c", 0.6)], "y": [("c", 0.4)]}
    assert duplicates.scores(pairs, warned, ["x", "y"], 0.5) == pytest.approx((1 / 2, 1 / 3, 0.4))
    assert duplicates.scores(pairs, warned, ["y"], 0.5) == (0, 0, 0)


def test_without_the_pairs_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "PAIRS", tmp_path / "nothing.csv")
    assert "not measured" in duplicates.measure(Texts((), None, "nothing"))
