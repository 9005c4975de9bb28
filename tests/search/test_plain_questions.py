"""Plain words are read without the parser, and just as the parser would read them."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import query
from search.query import parse

PLAIN = st.text(max_size=80) | st.lists(
    st.sampled_from(
        [
            "sim",
            "and",
            "or",
            "'s",
            "é",
            "~2",
            "[a TO b]",
            "^3",
            "on-screen",
            "10:30",
            "FORM",
            "x-tag:y",
            "c++",
        ]
    )
).map(" ".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(PLAIN)
def test_plain_words_are_read_as_the_parser_reads_them(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    quickly = parse(typed, now=0)
    with monkeypatch.context() as patched:
        patched.setattr(query, "_SYNTAX", re.compile(""))
        assert parse(typed, now=0) == quickly
