"""The help widget is weighed and timed in a real browser; here with few questions, and without npm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench import embed
from bench.texts import Texts
from tests.bench.test_bench import ARTICLE, figures, rows


@pytest.fixture
def few(tmp_path: Path) -> Texts:
    """Two articles that anybody may read."""
    for key, title in (("new-sim", "Turn on a new SIM"), ("puk-code", "Where the PUK code is")):
        path = tmp_path / "articles" / key / "en.md"
        path.parent.mkdir(parents=True)
        path.write_text(ARTICLE.format(title=title, audience="public", minutes=len(key)))
    return Texts((tmp_path / "articles",), None, "two articles")


def measured(texts: Texts, sizes: embed.Sizes) -> str:
    """What is measured in a thread of its own: the one of the tests may have another browser already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(embed.measure, texts, sizes).result()


def test_the_widget_is_weighed_and_timed(few: Texts) -> None:
    said = measured(few, embed.Sizes(openings=2, questions=2, packages=()))
    weights = rows(said, "What the widget weighs")
    assert list(weights) == ["Kalauz, before anybody wants help: the loader", "Kalauz, the panel is open"]
    (one, loader), (four, panel) = map(figures, weights.values())
    assert (one, four) == (1, 4)
    assert 0 < loader < panel
    times = rows(said, "The widget on another site's page, two articles")
    assert list(times) == [
        "from the click to the search box",
        "from the last key to the answers; aim: p95 up to 100",
        "of it, after the panel has asked",
    ]
    assert all(figure > 0 for cells in times.values() for figure in figures(cells))
    assert [cells[0] for cells in times.values()] == ["2", "2", "2"]
    _opened, answered, waited = times.values()
    assert figures(answered)[1] > figures(waited)[1]
    felt = rows(said, "What the page feels")
    assert list(felt) == [
        "layout shift of a visit at most; aim: 0",
        "tasks over 50 ms; aim: none",
        "the longest of them, ms",
    ]
    assert all(figure >= 0 for cells in felt.values() for figure in figures(cells))
    assert "Not fetched" not in said


def test_without_npm_it_is_said_what_was_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    weights, said = embed._weights([["ours", 1, 2.5]], embed.PACKAGES[:2])
    assert list(rows(weights, "What the widget weighs")) == ["ours"]
    assert said == "Not fetched: @docsearch/js (FileNotFoundError)."
