"""Markdown files with properties at the top."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from authoring.importing.readers import files
from authoring.importing.records import TopicRef
from tests.authoring.importing.sources import read, write

PAGE = """---
title: "SIM: turn it on"
summary: One sentence.
kind: faq            # a comment
topics: [sim-and-esim, devices]
tags: [sim, 2026]
audience: public
publish_at: 2026-03-02
review_by: 2027-03-01
---
Body with [a link](kb:puk-code#where).

---

After a line.
"""


def test_the_properties_are_read_and_the_body_starts_behind_them(tmp_path: Path) -> None:
    write(tmp_path / "activate-sim" / "hu.md", PAGE)
    article = read(tmp_path).article
    assert (article.key, article.language, article.title) == ("activate-sim", "hu", "SIM: turn it on")
    assert (article.kind, article.audience, article.tags) == ("faq", "public", ("sim", "2026"))
    assert article.topics == (TopicRef("sim-and-esim", "sim-and-esim"), TopicRef("devices", "devices"))
    assert (article.publish_at, article.expires_at) == (datetime(2026, 3, 2, tzinfo=UTC), None)
    assert article.body == "Body with [a link](kb:puk-code#where).\n\n---\n\nAfter a line."


@pytest.mark.parametrize(
    ("path", "front", "key", "language"),
    [
        ("puk/hu.md", "", "puk", "hu"),
        ("puk/pt-BR.md", "", "puk", "pt-BR"),
        ("puk.hu.md", "", "puk", "hu"),
        ("sim/puk.sv.markdown", "", "puk", "sv"),
        ("hu/sim/puk.md", "", "puk", "hu"),
        ("sim/puk.md", "language: sv", "puk", "sv"),
        ("sim/puk.md", "lang: RU", "puk", "ru"),
        ("departments/it.md", "language: en", "it", "en"),
        ("puk/no.md", "language: no", "puk", "no"),
        ("sim/x1.md", "language: en\nkey: other-key", "other-key", "en"),
    ],
)
def test_key_and_language_come_from_the_path_or_the_properties(
    tmp_path: Path, path: str, front: str, key: str, language: str
) -> None:
    write(tmp_path / path, f"---\ntitle: T\n{front}\n---\nBody")
    article = read(tmp_path).article
    assert (article.key, article.language) == (key, language)


def test_a_single_file_is_known_by_its_folder(tmp_path: Path) -> None:
    assert read(write(tmp_path / "puk" / "hu.md", "# Title\n\nBody")).article.key == "puk"


def test_a_file_without_any_language_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path / "README.md", "# About\n\nThis folder.")
    assert read(tmp_path).fault.field == "language"


def test_the_first_heading_is_the_title_where_none_is_given(tmp_path: Path) -> None:
    write(tmp_path / "puk.en.md", "\n# Find the *PUK* #\n\nBody\n\n# Another\n")
    article = read(tmp_path).article
    assert (article.title, article.body) == ("Find the *PUK*", "Body\n\n# Another")
    write(tmp_path / "puk.en.md", "---\ntitle: Given\n---\n# Find\n\nBody")
    article = read(tmp_path).article
    assert (article.title, article.body) == ("Given", "# Find\n\nBody")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("---\ntitle: a: b\n---\nx", 2, "put a value with a colon in quotes"),
        ("---\ntitle: T\ntags: [a\n---\nx", 4, "not YAML"),
        ("---\n- a\n---\nx", 1, "no list of names and values"),
        ("---\n" + "[" * 2_000 + "\n---\nx", 1, "not YAML"),
        ("---\nx: " + "y" * 70_000 + "\n---\nx", 1, "more than 64 K"),
    ],
)
def test_properties_that_cannot_be_read_are_a_fault(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    write(tmp_path / "puk" / "hu.md", text)
    fault = read(tmp_path).fault
    assert (fault.field, fault.place.line) == ("record", line)
    assert reason in fault.reason


def test_empty_properties_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    write(tmp_path / "puk" / "hu.md", b"---\r\n---\r\n# T\r\n\r\nBody\r\n")
    assert (read(tmp_path).article.title, read(tmp_path).article.body) == ("T", "Body")


def test_links_to_other_files_become_links_to_their_articles(tmp_path: Path) -> None:
    body = "[a](../no-signal/hu.md#start) [b](en.md) [c](../../x/en.md) [d](https://x.org/a.md) [e](/a.md) [f](a.pdf)"
    write(tmp_path / "puk" / "hu.md", f"# T\n\n{body}")
    assert read(tmp_path).article.body == (
        "[a](kb:no-signal#start) [b](kb:puk) [c](../../x/en.md) [d](https://x.org/a.md) [e](/a.md) [f](a.pdf)"
    )


def test_pictures_beside_the_file_come_along(tmp_path: Path) -> None:
    write(tmp_path / "puk" / "hu.md", "# T\n\n![Card](card.png) ![Gone](gone.png)")
    write(tmp_path / "puk" / "card.png", b"\x89PNG\r\n\x1a\n")
    found = read(tmp_path)
    (article,) = found.articles
    assert article.body == "![Card](attachment:card.png) ![Gone](gone.png)"
    assert [image.name for image in article.images] == ["card.png"]
    assert [(fault.kept, fault.reason) for fault in found.faults] == [
        (True, "the picture gone.png is not in the folder")
    ]


def test_names_of_the_properties_can_be_mapped(tmp_path: Path) -> None:
    write(tmp_path / "puk" / "hu.md", "---\nname: T\nlabels: [a]\n---\nBody")
    rules = {"source": {"format": "markdown"}, "fields": {"title": "name", "tags": "labels"}}
    article = read(tmp_path, rules=rules).article
    assert (article.title, article.tags, article.body) == ("T", ("a",), "Body")


def test_a_file_that_is_too_large_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 10)
    assert "is larger than" in read(write(tmp_path / "puk" / "hu.md", PAGE)).fault.reason


def test_a_file_that_is_not_text_is_a_fault(tmp_path: Path) -> None:
    assert (
        "is not in the encoding" in read(write(tmp_path / "puk" / "hu.md", b"# T\n\n\xff\xfe")).fault.reason
    )
