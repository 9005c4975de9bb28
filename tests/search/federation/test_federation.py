"""All sources side by side, against servers that answer, answer late, or do not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from markupsafe import Markup

from kb.viewers import ANONYMOUS, Viewer
from search.answers import ARTICLES, Failure, Item
from search.federation import adapters
from search.federation import federation as subject
from search.federation.breaker import PAUSE_S
from search.federation.cases import CaseSource
from search.federation.federation import Federation
from search.federation.outside import Outside
from tests.search.federation.elsewhere import JSON, Elsewhere, Told
from tests.search.federation.stage import asking, described
from tests.search.null_engine import NullEngine


class Seconds:
    """A clock that goes only when it is told; what waits for real is not measured by it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """A federation whose sources can be told."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        self.clock = Seconds()
        self.sources: list[Outside] = []
        self.noted: list[tuple[int, str]] = []
        self.released = 0
        self.federation = Federation(
            NullEngine(),
            lambda: self.sources,
            frozenset({elsewhere.host}),
            note=lambda source_id, error: self.noted.append((source_id, error)),
            release=self.release,
            clock=self.clock,
        )

    def release(self) -> None:
        self.released += 1

    def settle(self) -> None:
        """Wait until all threads have done what they had at hand."""
        self.federation.close()


def article(number: int) -> Item:
    return Item(ARTICLES, "", "faq", Markup("A"), Markup(), f"/a/{number}", "en")


def results(*titles: str) -> Told:
    listed = [{"title": title, "url": f"/{title}", "text": f"about {title}"} for title in titles]
    return Told(json.dumps({"results": listed}).encode(), JSON)


@pytest.fixture
def rig(elsewhere: Elsewhere) -> Iterator[Rig]:
    made = Rig(elsewhere)
    yield made
    elsewhere.gate.set()
    elsewhere.closing.set()
    made.federation.close()


@pytest.fixture
def source(elsewhere: Elsewhere) -> Callable[..., Outside]:
    def made(path: str, key: str = "forum", **options: Any) -> Outside:
        return described(key, "json", elsewhere.url(f"{path}?q={{q}}"), **options)

    return made


Make = Callable[..., Outside]


# One list.


def test_articles_keep_their_order_and_the_best_from_outside_stands_below_the_fifth(
    rig: Rig, elsewhere: Elsewhere, source: Make
) -> None:
    elsewhere.told["/s"] = results("x", "y", "z")
    rig.sources = [source("/s")]
    found = rig.federation.ask(asking("router"), [article(n) for n in range(1, 9)])
    places = [item.url if item.source == ARTICLES else str(item.title) for item in found.items]
    assert [place for place in places if place.startswith("/a/")] == [f"/a/{n}" for n in range(1, 9)]
    assert places.index("x") == 5
    assert [place for place in places if not place.startswith("/a/")] == ["x", "y", "z"]
    assert found.failures == ()


def test_each_answer_says_where_it_is_from_and_has_the_words_marked(
    rig: Rig, elsewhere: Elsewhere, source: Make
) -> None:
    elsewhere.told["/s"] = Told(
        json.dumps(
            {"results": [{"title": "<b>Routers</b> & more", "url": "/r", "text": "<script>x"}]}
        ).encode()
    )
    rig.sources = [source("/s")]
    (item,) = rig.federation.ask(asking("router", languages=("hu", "en")), []).items
    assert (item.source, item.source_name, item.kind, item.language) == ("forum", "A forum", "page", "")
    assert item.title == "Routers &amp; more"
    english = rig.federation.ask(asking("routers"), []).items[0]
    assert (english.source_name, english.title) == ("The forum", "<mark>Routers</mark> &amp; more")
    assert "<script" not in english.snippet


def test_what_the_articles_have_already_counts_once(rig: Rig, elsewhere: Elsewhere, source: Make) -> None:
    elsewhere.told["/s"] = results("x")
    rig.sources = [source("/s")]
    own = Item(ARTICLES, "", "faq", Markup("X"), Markup(), elsewhere.url("/x"), "en")
    assert rig.federation.ask(asking("router"), [article(1), own]).items == (article(1), own)


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("", {}),
        ("  ", {}),
        ("router kind:faq", {}),
        ("router", {"kinds": frozenset({"faq"})}),
        ("router", {"topic": "phones"}),
        ("router", {"tags": frozenset({"money"})}),
    ],
)
def test_a_question_that_only_articles_can_answer_stays_here(
    rig: Rig, elsewhere: Elsewhere, source: Make, question: str, filters: dict[str, Any]
) -> None:
    rig.sources = [source("/s")]
    assert rig.federation.ask(asking(question, **filters), [article(1)]).items == (article(1),)
    assert not elsewhere.asked


# Who is asked.


@pytest.mark.parametrize(
    ("options", "viewer", "is_asked"),
    [
        ({"audience": "agent"}, ANONYMOUS, False),
        ({"audience": "agent"}, Viewer(person_id=1, audiences=frozenset({"public", "agent"})), True),
        ({"languages": frozenset({"hu"})}, ANONYMOUS, False),
        ({"languages": frozenset({"hu", "en"})}, ANONYMOUS, True),
        ({"portals": frozenset({"help"})}, ANONYMOUS, False),
    ],
)
def test_a_source_is_asked_only_for_those_it_is_meant_for(
    rig: Rig, elsewhere: Elsewhere, source: Make, options: dict[str, Any], viewer: Viewer, is_asked: bool
) -> None:
    elsewhere.told["/s"] = results("x")
    rig.sources = [source("/s", **options)]
    found = rig.federation.ask(asking("router", viewer=viewer), [])
    assert bool(found.items) == is_asked == bool(elsewhere.asked)
    assert found.failures == ()


# What goes wrong.


@pytest.mark.parametrize(
    "path",
    [
        *("/bad/endless", "/bad/half-closed", "/bad/hanging-up", "/bad/no-http", "/bad/bomb", "/bad/loop"),
        *("/bad/private", "/bad/metadata", "/bad/file", "/missing", "/page", "/nonsense", "/shape"),
    ],
)
def test_whatever_a_source_does_it_is_named_and_the_others_answer(
    rig: Rig, elsewhere: Elsewhere, source: Make, path: str
) -> None:
    elsewhere.told |= {
        "/good": results("x"),
        "/page": Told(b"<h1>Log in</h1>", "text/html"),
        "/nonsense": Told(b"{"),
        "/shape": Told(b'{"results": {"a": 1}}'),
    }
    rig.sources = [source(path, "bad"), source("/good", "good", source_id=2)]
    found = rig.federation.ask(asking("router"), [article(1)])
    assert [item.url for item in found.items] == ["/a/1", elsewhere.url("/x")]
    assert found.failures == (Failure("The bad", late=False),)


@pytest.mark.parametrize("path", ["/bad/silent", "/bad/dripping", "/bad/dripping-head", "/bad/held"])
def test_who_takes_too_long_is_named_as_late(
    rig: Rig, elsewhere: Elsewhere, source: Make, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "LATEST_S", 0.5)
    elsewhere.told["/held"] = results("x")
    rig.sources = [source(path, budget_s=0.05)]
    found = rig.federation.ask(asking("router"), [article(1)])
    assert found.items == (article(1),)
    assert found.failures == (Failure("The forum", late=True),)
    assert rig.released == 1


def test_what_comes_late_is_there_for_the_next_one(rig: Rig, elsewhere: Elsewhere, source: Make) -> None:
    elsewhere.told["/held"] = results("x")
    rig.sources = [source("/bad/held", budget_s=0.05)]
    assert rig.federation.ask(asking("router"), []).failures
    elsewhere.gate.set()
    rig.settle()
    found = rig.federation.ask(asking("Router"), [])
    assert [str(item.title) for item in found.items] == ["x"]
    assert elsewhere.asked["/bad/held"] == 1


def test_a_fault_in_our_own_understanding_breaks_no_page(
    rig: Rig, elsewhere: Elsewhere, source: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> None:
        raise KeyError("title")

    monkeypatch.setattr(adapters, "ask", broken)
    rig.sources = [source("/s")]
    assert rig.federation.ask(asking("router"), []).failures == (Failure("The forum", late=False),)


def test_a_fault_of_a_part_of_this_base_takes_only_that_part(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(CaseSource, "ask", broken)
    assert rig.federation.ask(asking("router"), [article(1)]).items == (article(1),)


# How often.


def test_the_same_question_is_asked_once_while_its_answer_is_good(
    rig: Rig, elsewhere: Elsewhere, source: Make
) -> None:
    elsewhere.told["/s"] = results("x")
    rig.sources = [source("/s", ttl_s=60)]
    for question in ("Frozen  router?", "frozen router", "my frozen router"):
        assert rig.federation.ask(asking(question), []).items
    assert elsewhere.asked["/s"] == 1
    rig.clock.now += 60
    rig.federation.ask(asking("frozen router"), [])
    assert elsewhere.asked["/s"] == 2


def test_another_address_or_language_is_another_question(
    rig: Rig, elsewhere: Elsewhere, source: Make
) -> None:
    elsewhere.told |= {"/s": results("x"), "/t": results("y")}
    rig.sources = [source("/s")]
    rig.federation.ask(asking("router"), [])
    rig.federation.ask(asking("router", languages=("hu",)), [])
    rig.sources = [source("/t", version="2")]
    assert str(rig.federation.ask(asking("router"), []).items[0].title) == "y"
    assert elsewhere.asked == {"/s": 2, "/t": 1}


def test_a_broken_source_is_left_in_peace_and_tried_again(
    rig: Rig, elsewhere: Elsewhere, source: Make
) -> None:
    rig.sources = [source("/s")]
    for number in range(6):
        found = rig.federation.ask(asking(f"router {number}"), [])
        assert found.failures == (Failure("The forum", late=False),)
    assert elsewhere.asked["/s"] == 3
    elsewhere.told["/s"] = results("x")
    assert rig.federation.ask(asking("router"), []).failures
    rig.clock.now += PAUSE_S
    assert rig.federation.ask(asking("router"), []).items
    assert rig.federation.ask(asking("modem"), []).items
    rig.settle()
    assert rig.noted == [(1, "It answered with status 404."), (1, "")]


def test_what_is_remembered_of_a_broken_source_is_still_shown(
    rig: Rig, elsewhere: Elsewhere, source: Make
) -> None:
    elsewhere.told["/s"] = results("x")
    rig.sources = [source("/s")]
    rig.federation.ask(asking("router"), [])
    del elsewhere.told["/s"]
    for number in range(4):
        rig.federation.ask(asking(f"modem {number}"), [])
    assert rig.federation.ask(asking("router"), []).items


def test_trying_a_source_by_hand_asks_it_whatever_it_did_and_lets_all_ask_again(
    rig: Rig, elsewhere: Elsewhere, source: Make
) -> None:
    rig.sources = [source("/s")]
    for number in range(3):
        rig.federation.ask(asking(f"router {number}"), [])
    assert rig.federation.test(rig.sources[0], asking("router")).problem == "It answered with status 404."
    elsewhere.told["/s"] = results("x")
    tried = rig.federation.test(rig.sources[0], asking("router"))
    assert ([str(item.title) for item in tried.items], tried.problem) == (["x"], "")
    assert rig.federation.ask(asking("modem"), []).items
    rig.settle()
    assert rig.noted[-1] == (1, "")


# Many at once.


def test_sources_are_asked_side_by_side(rig: Rig, elsewhere: Elsewhere, source: Make) -> None:
    """Two that are held; the second can only have been asked while the first had not answered."""
    elsewhere.told["/held"] = results("x")
    rig.sources = [source("/bad/held", "one"), source("/bad/held", "two", source_id=2)]
    found: list[Any] = []
    asker = threading.Thread(target=lambda: found.append(rig.federation.ask(asking("router"), [])))
    asker.start()
    while elsewhere.asked["/bad/held"] < 2:
        assert asker.is_alive() or elsewhere.asked["/bad/held"] == 2
        time.sleep(0.001)
    elsewhere.gate.set()
    asker.join()
    assert elsewhere.asked["/bad/held"] == 2


def test_of_many_who_ask_the_same_at_once_one_question_goes_out(
    rig: Rig, elsewhere: Elsewhere, source: Make
) -> None:
    elsewhere.told["/held"] = results("x")
    rig.sources = [source("/bad/held")]
    together = threading.Barrier(9)
    found = []

    def ask() -> None:
        together.wait()
        found.append(rig.federation.ask(asking("router"), []))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    together.wait()
    while not elsewhere.asked["/bad/held"]:
        time.sleep(0.001)
    elsewhere.gate.set()
    for thread in threads:
        thread.join()
    assert elsewhere.asked["/bad/held"] == 1
    assert any(each.items for each in found)


def test_one_source_cannot_keep_all_threads_busy(rig: Rig, elsewhere: Elsewhere, source: Make) -> None:
    elsewhere.told |= {"/held": results("x"), "/s": results("y")}
    rig.sources = [source("/bad/held", "slow", budget_s=0.01)]
    for number in range(20):
        assert rig.federation.ask(asking(f"router {number}"), []).failures
        rig.clock.now += PAUSE_S  # so that it is the number of questions, and not the breaker, that counts
    rig.sources.append(source("/s", "quick", source_id=2))
    assert [str(item.title) for item in rig.federation.ask(asking("modem"), []).items] == ["y"]
    assert elsewhere.asked["/bad/held"] <= subject.MOST_OF_ONE
