"""The import map: what it accepts, and that each fault names its key and how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from authoring.importing import maps
from authoring.importing.toml_table import MapError

FIELDS = {"key": "id", "language": "lang", "title": "name", "body": "text"}


@pytest.mark.parametrize(
    ("raw", "key", "hint"),
    [
        ({"field": {}}, "field", "did you mean 'fields'?"),
        ({"fields": "id"}, "fields", "must be a table"),
        ({"fields": {**FIELDS, "titel": "t"}}, "fields.titel", "did you mean 'title'?"),
        ({"fields": {**FIELDS, "zzz": "t"}}, "fields.zzz", "it can be key, language, title"),
        ({"fields": {"language": "lang", "title": "t", "body": "b"}}, "fields.key", "write key ="),
        ({"fields": {"key": "id", "language": "lang", "body": "b"}}, "fields.title", "write title ="),
        ({"fields": {"key": "id", "language": "lang", "title": "t"}}, "fields.body", "write body ="),
        ({"fields": {"key": "id", "title": "t", "body": "b"}}, "fields.language", "[defaults]"),
        ({"fields": {**FIELDS, "summary": 7}}, "fields.summary", "a text, or a list of texts"),
        ({"fields": {**FIELDS, "related": ["a", ""]}}, "fields.related", "a text, or a list of texts"),
        ({"source": {"format": "xml"}}, "source.format", "none of jsonl, csv"),
        ({"source": {"encoding": "klingon"}}, "source.encoding", "try utf-8 or cp1250"),
        ({"source": {"encoding": "hex"}}, "source.encoding", "no encoding of text"),
        ({"source": {"delimiter": ";;"}}, "source.delimiter", "one character"),
        ({"source": {"delimiter": ""}}, "source.delimiter", "in quotes"),
        ({"defaults": {"kind": "memo"}}, "defaults.kind", "none of standard, wiki, faq, guide"),
        ({"defaults": {"language": "klingon"}}, "defaults.language", "not a language code"),
        ({"defaults": {"tags": 3}}, "defaults.tags", "list of texts"),
        (
            {"values": {"state": {"final": "finished"}}},
            "values.state.final",
            "none of published, in_review, draft",
        ),
        ({"values": {"title": {}}}, "values.title", "there is no such entry"),
        ({"body": {"format": "rtf"}}, "body.format", "none of markdown, html, text"),
        ({"topics": {"pages": {"field": "type"}}}, "topics.pages", "needs both"),
        ({"topics": {"pages": {"field": "type", "is": "x"}}}, "topics.pages.is", "it can be field, equals"),
        ({"topics": {"create": "yes"}}, "topics.create", "true or false"),
        ({"links": {"pattern": "("}}, "links.pattern", "no regular expression"),
        ({"links": {"pattern": r"(\w+)\.html"}}, "links.pattern", "(?P<key>...)"),
        ({"dates": {"zone": "Mars/Olympus"}}, "dates.zone", "such as Europe/Budapest"),
        ({"replace": {}}, "replace", "[[replace]]"),
        ({"replace": [{"fields": "body", "with": "x"}]}, "replace[0].pattern", "is required"),
        ({"replace": [{"fields": "key", "pattern": "x"}]}, "replace[0].fields", "body, summary, title"),
        (
            {"replace": [{"fields": "body", "pattern": "x", "with": r"\2"}]},
            "replace[0].with",
            "cannot be used",
        ),
    ],
)
def test_a_fault_in_the_map_names_its_key_and_how_to_mend_it(
    raw: dict[str, Any], key: str, hint: str
) -> None:
    with pytest.raises(MapError) as caught:
        maps.parse(raw)
    assert caught.value.key == key
    assert hint in caught.value.sentence


def test_an_empty_map_expects_our_own_names() -> None:
    rules = maps.parse({})
    assert rules.fields["title"] == ("title",)
    assert rules.explicit == frozenset()
    assert (rules.source.encoding, rules.body_format) == ("utf-8-sig", "markdown")


def test_a_map_for_documents_names_only_what_differs() -> None:
    rules = maps.parse({"source": {"format": "markdown"}, "fields": {"tags": "labels"}})
    assert rules.fields["tags"] == ("labels",)
    assert rules.fields["title"] == ("title",)


def test_a_map_that_defines_topic_pages_does_not_create_topics_from_references() -> None:
    assert maps.parse({}).topics.create
    assert not maps.parse({"topics": {"pages": {"field": "type", "equals": "guide"}}}).topics.create


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text("fields = [", encoding="utf-8")
    with pytest.raises(MapError, match="is not TOML"):
        maps.load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="cannot be read"):
        maps.load(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[3] / "demo" / "maps").glob("*.toml")), ids=str
)
def test_every_map_of_the_demo_is_sound(path: Path) -> None:
    assert maps.load(path).explicit
