"""Pages that are topics: the tree that they make, and where the other pages lie in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.importing.records import Place, TopicRef
from authoring.importing.topic_pages import Outline, TopicPages
from tests.authoring.importing.sources import Read, read_jsonl

RULES: dict[str, Any] = {
    "topics": {"cut_at": "#", "root": ["index"], "pages": {"field": "type", "equals": "guide"}},
    "defaults": {"language": "en"},
}


def page(key: str, *parents: str | None, **fields: object) -> dict[str, object]:
    return {"key": key, "title": key.upper(), "body": "x", "topics": list(parents), **fields}


def topic(key: str, *parents: str, **fields: object) -> dict[str, object]:
    return {**page(key, *parents, **fields), "type": "guide"}


def read(folder: Path, *pages: object, **topics: object) -> Read:
    return read_jsonl(folder, *pages, rules={**RULES, "topics": {**RULES["topics"], **topics}})


def places(found: Read) -> dict[str, list[str]]:
    return {article.key: [ref.key for ref in article.topics] for article in found.articles}


def test_a_reference_is_cut_and_named_after_its_topic(tmp_path: Path) -> None:
    found = read(
        tmp_path, page("keys", "a11y#mobility", "index", "a11y#vision", None), topic("a11y", "index")
    )
    assert found.faults == []
    assert found.articles[0].topics == (TopicRef("a11y", "A11Y"),)


def test_topics_come_first_and_each_behind_its_parent(tmp_path: Path) -> None:
    found = read(
        tmp_path, page("x"), topic("leaf", "branch"), topic("branch", "trunk#x"), topic("trunk", "index")
    )
    assert [(each.key, each.parent) for each in found.topics] == [
        ("trunk", None),
        ("branch", "trunk"),
        ("leaf", "branch"),
    ]
    assert list(found.items[:3]) == found.topics


def test_a_topic_has_a_name_in_every_language_that_its_page_has(tmp_path: Path) -> None:
    hungarian = {"language": "hu", "title": "Kisegítők"}
    found = read(tmp_path, topic("a11y"), topic("a11y", **hungarian), page("keys", "a11y", **hungarian))
    assert [(each.language, each.name) for each in found.topics] == [("en", "A11Y"), ("hu", "Kisegítők")]
    assert found.articles[-1].topics == (TopicRef("a11y", "Kisegítők"),)


def test_the_page_of_a_topic_lies_in_it_and_in_its_further_parents(tmp_path: Path) -> None:
    found = read(tmp_path, topic("prefs"), topic("hardware"), topic("keyboard", "prefs", "hardware#x"))
    assert places(found)["keyboard"] == ["keyboard", "hardware"]
    assert {each.key: each.parent for each in found.topics}["keyboard"] == "prefs"


def test_the_first_parent_decides_even_when_it_is_the_top_level(tmp_path: Path) -> None:
    found = read(tmp_path, topic("hardware"), topic("keyboard", "index", "hardware"))
    assert {each.key: each.parent for each in found.topics}["keyboard"] is None
    assert places(found)["keyboard"] == ["keyboard", "hardware"]


def test_the_root_page_is_an_article_but_no_topic(tmp_path: Path) -> None:
    found = read(tmp_path, topic("index"))
    assert (found.topics, places(found)) == ([], {"index": []})


def test_a_page_that_is_no_topic_stands_for_the_topics_that_it_lies_in(tmp_path: Path) -> None:
    found = read(
        tmp_path, page("b", "a"), page("a", "color#why", "index"), topic("color"), topic("deep", "b")
    )
    assert places(found)["b"] == ["color"]
    assert {each.key: each.parent for each in found.topics}["deep"] == "color"
    assert found.faults == []


def test_a_reference_that_leads_nowhere_is_reported_beside_the_article(tmp_path: Path) -> None:
    found = read(tmp_path, page("a", "nowhere", "color"), topic("color"))
    assert places(found)["a"] == ["color"]
    assert [(fault.field, fault.reason, fault.kept) for fault in found.faults] == [
        ("topics", "'nowhere' leads to no topic", True)
    ]


def test_a_map_may_let_references_make_topics_beside_those_of_pages(tmp_path: Path) -> None:
    found = read(tmp_path, page("a", "Nowhere yet", "color"), topic("color"), create=True)
    assert found.faults == []
    assert found.articles[0].topics == (TopicRef("nowhere-yet", "Nowhere yet"), TopicRef("color", "COLOR"))


def test_a_page_with_a_fault_defines_its_topic_all_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, topic("color", kind="memo"), page("a", "color"))
    assert ([each.key for each in found.topics], places(found)) == (["color"], {"a": ["color"]})
    assert [fault.field for fault in found.faults] == ["kind"]


@pytest.mark.parametrize("pages", [("ab", "ba"), ("aa",), ("ab", "bc", "ca"), ("ab", "bc", "cb")])
def test_a_loop_is_cut_open_at_the_top_level(tmp_path: Path, pages: tuple[str, ...]) -> None:
    found = read(tmp_path, *(topic(*pair) for pair in pages))
    assert sorted(each.key for each in found.topics) == sorted(pair[0] for pair in pages)
    assert [each.parent for each in found.topics].count(None) == 1


def test_the_way_up_may_be_long_and_forked() -> None:
    refs = [TopicRef(f"{layer}{side}", "") for layer in range(3000) for side in "ab"]
    pages = [
        Outline(ref.key, "en", "x", tuple(refs[number // 2 * 2 + 2 : number // 2 * 2 + 4]), False, Place("x"))
        for number, ref in enumerate(refs[:-2])
    ]
    top = [Outline(ref.key, "en", ref.key.upper(), (), True, Place("x")) for ref in refs[-2:]]
    tree = TopicPages(pages + top)
    assert tree.placed([refs[0]], "en") == ([TopicRef("2999a", "2999A"), TopicRef("2999b", "2999B")], [])


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=3), st.booleans())
    )
)
def test_whatever_refers_to_whatever_the_topics_make_a_tree(
    pages: list[tuple[str, list[str], bool]],
) -> None:
    outlines = [
        Outline(
            key,
            "en",
            key,
            tuple(None if ref == "g" else TopicRef(ref, ref) for ref in refs),
            is_topic,
            Place("x"),
        )
        for key, refs, is_topic in pages
    ]
    tree = TopicPages(outlines)
    seen: list[str | None] = [None]
    for each in tree.records():
        assert each.parent in seen
        seen.append(each.key)
    assert sorted(filter(None, seen)) == sorted({page.key for page in outlines if page.is_topic})
    for outline in outlines:
        found, unknown = tree.placed(outline.parents, "en")
        assert {ref.key for ref in found if ref} <= set(seen)
        assert set(unknown).isdisjoint(seen)
