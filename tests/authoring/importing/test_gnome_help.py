"""The whole of a real help system, read with the map of the demo."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from authoring.importing import maps, readers
from authoring.importing.records import TopicRef
from tests.authoring.importing.sources import NOW, Read

PROJECT = Path(__file__).parents[3]
DATA = PROJECT.parent / "shared" / "data" / "gnome-help"
LANGUAGES = ("en", "hu", "sv", "ru")
FILES = [DATA / f"{language}.jsonl" for language in LANGUAGES]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the help pages are not at {DATA}")


@pytest.fixture(scope="module")
def help_pages() -> Read:
    rules = maps.load(PROJECT / "demo" / "maps" / "gnome-help.toml")
    return Read(list(readers.read(FILES, rules, now=NOW)))


def test_every_page_becomes_an_article_without_a_fault(help_pages: Read) -> None:
    assert help_pages.faults == []
    assert Counter(article.language for article in help_pages.articles) == dict.fromkeys(LANGUAGES, 317)
    assert readers.count(FILES, maps.ImportMap()) == 1268


def test_states_follow_the_last_revision(help_pages: Read) -> None:
    expected = {"published": 230, "in_review": 78, "draft": 9}
    found = Counter((article.language, article.state) for article in help_pages.articles)
    assert found == {
        (language, state): number for language in LANGUAGES for state, number in expected.items()
    }


def test_the_outdated_page_is_due_for_review_since_its_last_change(help_pages: Read) -> None:
    due = [article for article in help_pages.articles if article.review_by]
    assert {(article.key, article.state) for article in due} == {("files-disc-write", "published")}
    assert {article.review_by for article in due} == {datetime(2020, 6, 10, tzinfo=UTC)}


def test_index_pages_are_topics_and_the_tree_has_no_gaps(help_pages: Read) -> None:
    assert Counter(topic.language for topic in help_pages.topics) == dict.fromkeys(LANGUAGES, 46)
    names = {(topic.key, topic.language): topic.name for topic in help_pages.topics}
    assert [names["a11y", language] for language in LANGUAGES] == [
        "Accessibility",
        "Akadálymentesítés",
        "Hjälpmedel",
        "Специальные возможности",
    ]
    parents = {topic.key: topic.parent for topic in help_pages.topics}
    assert (parents["a11y"], parents["keyboard"], parents["printing-booklet"]) == (None, "prefs", "printing")
    assert {parent for parent in parents.values() if parent} <= parents.keys()
    assert "index" not in parents


def test_pages_lie_in_the_topics_of_their_parents(help_pages: Read) -> None:
    page = {article.key: article for article in help_pages.articles if article.language == "hu"}
    assert page["a11y-bouncekeys"].topics == (
        TopicRef("a11y", "Akadálymentesítés"),
        TopicRef("keyboard", "Billentyűzet"),
    )
    assert [ref.key for ref in page["keyboard"].topics] == ["keyboard", "hardware"]
    assert page["index"].topics == ()
    assert [ref.key for ref in page["color-why-calibrate"].topics] == ["color"]
    parents_that_are_no_topics = [
        "color-gettingprofiles",
        "color-why-calibrate",
        "status-icons",
        "shell-notifications",
    ]
    topics = {ref.key for article in help_pages.articles for ref in article.topics}
    assert topics == {topic.key for topic in help_pages.topics}
    assert topics.isdisjoint(parents_that_are_no_topics)


def test_bodies_summaries_and_related_pages_are_clean(help_pages: Read) -> None:
    page = {article.key: article for article in help_pages.articles if article.language == "en"}
    assert page["a11y-braille"].summary == "Use the Orca screen reader with a refreshable Braille display."
    assert page["a11y-braille"].related == ("a11y-screen-reader",)
    assert page["clock-world"].related == ()
    assert "(kb:a11y-icon)" in page["a11y-bouncekeys"].body
    everything = [text for article in help_pages.articles for text in (article.summary, article.body)]
    assert not [text for text in everything if "****" in text]
    keys = {key for article in help_pages.articles for key in article.related}
    assert keys <= page.keys()
