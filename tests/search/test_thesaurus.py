"""Groups of words that mean the same, and the lines that they are written in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search import synonym_lines
from search.thesaurus import Thesaurus, entry, meant_by, synonyms


def test_every_word_of_a_group_means_the_others() -> None:
    assert synonyms([(["PUK", "Personal  Key", "kód"], False)]) == {
        "puk": ("personal key", "kód"),
        "personal key": ("puk", "kód"),
        "kód": ("puk", "personal key"),
    }


def test_of_a_group_of_one_way_only_the_first_does() -> None:
    assert synonyms([(["phone", "handset"], True)]) == {"phone": ("handset",)}


def test_groups_that_share_a_word_add_up_there_and_only_there() -> None:
    found = synonyms([(["bill", "invoice"], False), (["bill", "act"], False)])
    assert found["bill"] == ("invoice", "act")
    assert found["invoice"] == ("bill",)


def test_other_forms_of_a_word_are_found_as_well() -> None:
    hungarian = Thesaurus("hu", {"számla": ("csekk",)})
    assert hungarian.meanings(["számlát"]) == {"számlát": ["csekk"]}
    assert hungarian.meanings(["szamlat"]) == {"szamlat": ["csekk"]}


def test_hyphens_do_not_matter() -> None:
    assert Thesaurus("en", {"wi-fi": ("wlan",)}).meanings(["wifi"]) == {"wifi": ["wlan"]}


def test_the_longest_entry_counts_where_several_fit() -> None:
    known = Thesaurus(
        "en", {"unblocking key": ("puk",), "key": ("button",), "personal unblocking key": ("code",)}
    )
    assert known.meanings(["my", "personal", "unblocking", "key"]) == {
        "personal": ["code"],
        "unblocking": ["code"],
        "key": ["code"],
    }
    assert known.meanings(["unblocking", "the", "key"]) == {"key": ["button"]}


def test_it_is_a_mapping_of_what_was_given() -> None:
    known = Thesaurus("en", {"a": ("b",)})
    assert (dict(known), len(known), known["a"]) == ({"a": ("b",)}, 1, ("b",))
    assert meant_by(["a"], {"a": ("b",)}, "en") == meant_by(["a"], known, "en")


texts = st.lists(st.text(max_size=20), max_size=6)


@given(st.lists(st.tuples(texts, st.booleans()), max_size=8), texts)
def test_nothing_that_is_written_breaks_it(groups: list[tuple[list[str], bool]], words: list[str]) -> None:
    found = synonyms(groups)
    assert all(one not in others for one, others in found.items())
    asked = [chunk for word in words for chunk in entry(word).split()]
    for word in Thesaurus("hu", found).meanings(asked):
        assert word in asked


def test_lines_are_read_with_their_numbers() -> None:
    read = list(synonym_lines.read("# all\n\nPUK,  personal key,\nphone => mobile , handset\n"))
    assert read == [(3, ("PUK", "personal key"), False), (4, ("phone", "mobile", "handset"), True)]


word = (
    st.text("abcdé -", min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and not text.startswith("#"))
)


@given(st.lists(word, min_size=2, max_size=5), st.booleans())
def test_what_is_written_is_read_again(words: list[str], one_way: bool) -> None:
    line = synonym_lines.written(words, one_way)
    assert [tuple(read) for read in synonym_lines.read(line)] == [(1, tuple(words), one_way)]
