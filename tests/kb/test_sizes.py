"""Sizes of files are written as the reader writes them."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale

from kb.templating import file_size


@pytest.mark.parametrize(
    ("language", "count", "written"),
    [
        ("en", 0, "0 byte"),
        ("en", 1_540, "1.5 kB"),
        ("hu", 1_540, "1,5 kB"),
        ("sv", 320_400, "320 kB"),
        ("ru", 12_345_678, "12 МБ"),
    ],
)
def test_a_size_is_written_as_the_reader_writes_it(
    app: Flask, language: str, count: int, written: str
) -> None:
    with app.test_request_context("/"), force_locale(language):
        assert file_size(count) == written
