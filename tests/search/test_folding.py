"""What is one answer is one line: translations of an article, and articles that say nearly the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.folding import (
    ALIKE,
    Candidate,
    Line,
    are_alike,
    digests_of,
    fingerprint,
    folded,
    likeness,
    worth_comparing,
)
from search.tantivy.engine import TantivyEngine
from tests.search.documents import document, put, seen_by, titles

TEXT = " ".join(f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz") * 4
WORDS = st.text(st.characters(whitelist_categories=["Ll"]), min_size=1, max_size=8)


def changed(text: str, words: int) -> str:
    """So many words of a text replaced, spread over it."""
    parts = text.split()
    for at in range(0, words * 10, 10):
        parts[at] = f"other{'x' * at}"
    return " ".join(parts)


def test_a_text_is_alike_to_itself_with_few_words_changed_and_to_no_other() -> None:
    assert are_alike(TEXT, TEXT.upper())
    assert are_alike(TEXT, changed(TEXT, 1))
    assert likeness(TEXT, changed(TEXT, 9)) < ALIKE
    assert not are_alike(TEXT, changed(TEXT, 9))


def test_texts_with_other_figures_are_never_alike() -> None:
    assert not are_alike(f"{TEXT} It costs 5 euros.", f"{TEXT} It costs 6 euros.")
    assert not are_alike(f"{TEXT} The A54 has it.", f"{TEXT} The A55 has it.")


@given(st.lists(WORDS, max_size=30), st.lists(WORDS, max_size=30))
def test_likeness_is_the_same_both_ways_and_a_fingerprint_never_contradicts_it(
    ours: list[str], theirs: list[str]
) -> None:
    one, other = " ".join(ours), " ".join(theirs)
    assert likeness(one, other) == likeness(other, one)
    prints = [fingerprint(digests_of(text)) for text in (one, ", ".join(ours))]
    assert 0 <= prints[0] < 2**60
    assert likeness(one, one) == 1.0
    assert worth_comparing(prints, [0, 0]) == {1: [0]}


PLACES = st.lists(st.builds(Candidate, st.integers(0, 5), st.integers(0, 3), st.just(0)), max_size=30)


@given(PLACES, st.permutations(range(4)))
def test_every_article_is_in_exactly_one_line_in_the_language_that_is_preferred(
    candidates: list[Candidate], ranks: list[int]
) -> None:
    preferred = dict(enumerate(ranks))
    lines = folded(candidates, preferred, lambda *_: False)
    assert [candidates[line.place].article for line in lines] == list(
        dict.fromkeys(candidate.article for candidate in candidates)
    )
    for line in lines:
        shown = candidates[line.place]
        languages = {one.language for one in candidates if one.article == shown.article}
        assert {shown.language, *line.also_in} == languages
        assert preferred[shown.language] == min(preferred[language] for language in languages)
        assert line.alike == 0


@given(PLACES)
def test_texts_that_all_say_the_same_are_one_line_in_each_language(candidates: list[Candidate]) -> None:
    alone = [Candidate(place, one.language, 0) for place, one in enumerate(candidates)]
    lines = folded(alone, {}, lambda *_: True)
    languages = [one.language for one in alone]
    assert [alone[line.place].language for line in lines] == list(dict.fromkeys(languages))
    assert [line.alike for line in lines] == [
        languages.count(language) - 1 for language in dict.fromkeys(languages)
    ]


def test_nothing_is_folded_where_nothing_is_one() -> None:
    candidates = [Candidate(number, 0, number) for number in range(5)]
    assert folded(candidates, {}, lambda *_: False) == [Line(place) for place in range(5)]


def test_translations_of_an_article_are_one_hit_in_the_preferred_language(engine: TantivyEngine) -> None:
    put(
        engine,
        document("Roaming abroad", article="a", language="en"),
        document("Roaming külföldön", article="a", language="hu"),
        document("Roaming utomlands", article="a", language="sv"),
        document("Roaming prices", article="b", language="en"),
    )
    for languages in (("hu", "en", "sv"), ("sv", "hu", "en")):
        results = engine.search("roaming", seen_by(languages=languages))
        assert results.total == 2
        (hit,) = [hit for hit in results.hits if hit.article == "a"]
        assert (hit.language, hit.also_in) == (languages[0], languages[1:])
    (alone,) = engine.search("roaming", seen_by(languages=("hu",))).hits
    assert alone.also_in == ()


def test_near_duplicates_are_folded_into_the_better_one_and_counted(engine: TantivyEngine) -> None:
    put(
        engine,
        document("Lost card", f"Block it. {TEXT}", article="a"),
        document("Lost card", f"Block it. {changed(TEXT, 1)}", article="b"),
        document("Lost card", "Something quite different about cards.", article="c"),
        document("Lost card", f"Block it. {TEXT}", article="d", audience="agent"),
    )
    results = engine.search("lost card", seen_by())
    assert (results.total, sorted(hit.alike for hit in results.hits)) == (2, [0, 1])
    agents = engine.search("lost card", seen_by("public", "agent"))
    assert (agents.total, sorted(hit.alike for hit in agents.hits)) == (2, [0, 2])


def test_pages_of_folded_hits_follow_one_another_without_gap_or_repeat(engine: TantivyEngine) -> None:
    languages = ("hu", "en", "sv", "ru")
    put(
        engine,
        *(
            document(f"Sim {article}", article=f"a{article}", language=language)
            for article in range(130)
            for language in languages
        ),
    )
    for asked in (languages, ("hu",), ()):
        pages = [
            engine.search("sim", seen_by(languages=asked), offset=offset) for offset in range(0, 560, 10)
        ]
        hits = [hit.id for page in pages for hit in page.hits]
        assert len(hits) == len(set(hits)) == pages[0].total
        assert {page.total for page in pages} == {pages[0].total}
        assert {hit.article for page in pages for hit in page.hits} == {f"a{number}" for number in range(130)}
        whole = engine.search("sim", seen_by(languages=asked), limit=1000)
        assert [hit.id for hit in whole.hits] == hits


def test_in_a_list_by_date_nothing_but_the_date_counts(engine: TantivyEngine) -> None:
    put(engine, document("Old", kind="standard", changed_at=1), document("New", changed_at=2))
    assert titles(engine, "") == ["New", "Old"]
