"""Properties of single values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from authoring.importing.values import article_key, language_tag
from kb.articles import KEY
from kb.languages import is_language


@given(st.text(max_size=200))
def test_every_key_is_one_that_articles_can_have_and_stays_itself(text: str) -> None:
    key = article_key(text)
    assert key == "" or KEY.fullmatch(key)
    assert article_key(key) == key


@given(st.text(max_size=20) | st.from_regex(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,4}){0,2}", fullmatch=True))
def test_every_tag_is_a_language_and_stays_itself(text: str) -> None:
    tag = language_tag(text)
    assert tag is None or (is_language(tag) and language_tag(tag) == tag)
