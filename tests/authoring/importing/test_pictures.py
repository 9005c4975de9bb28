"""Pictures: found beside the file, never outside of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from authoring.importing import pictures
from authoring.importing.pictures import Pictures
from tests.authoring.importing.sources import read_page, write

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "help" / "img" / "my light.png", PNG)
    write(tmp_path / "help" / "other" / "my light.png", PNG + b"2")
    write(tmp_path / "help" / "notes.txt", "text")
    write(tmp_path / "secret.png", PNG + b"3")
    return tmp_path / "help"


def test_a_picture_beside_the_file_is_kept_once(folder: Path) -> None:
    found = Pictures(folder, folder)
    assert found.keep("img/my%20light.png?v=2#x") == "attachment:my-light.png"
    assert found.keep("img/my light.png") == "attachment:my-light.png"
    assert [(image.name, image.media_type, image.data) for image in found.images] == [
        ("my-light.png", "image/png", PNG)
    ]


def test_two_pictures_of_one_name_get_two_names(folder: Path) -> None:
    found = Pictures(folder, folder)
    assert [found.keep(f"{place}/my light.png") for place in ("img", "other")] == [
        "attachment:my-light.png",
        "attachment:my-light-2.png",
    ]


@pytest.mark.parametrize(
    "address", ["../secret.png", "img/../../secret.png", "%2e%2e/secret.png", "link.png"]
)
def test_nothing_outside_of_the_folder_is_read(folder: Path, address: str) -> None:
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    found = Pictures(folder, folder)
    assert found.keep(address) == address
    assert found.images == ()
    assert "is not in the folder" in found.notes[0]


def test_an_absolute_path_is_not_read(folder: Path) -> None:
    found = Pictures(folder, folder)
    assert found.keep(str(folder.parent / "secret.png")).startswith("/")
    assert found.images == ()


@pytest.mark.parametrize(
    "address", ["https://example.org/a.png", "//example.org/a.png", "attachment:7", "#top", ""]
)
def test_addresses_of_elsewhere_stay(folder: Path, address: str) -> None:
    found = Pictures(folder, folder)
    assert (found.keep(address), found.images, found.notes) == (address, (), [])


def test_what_is_no_picture_and_what_is_too_large_is_noted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Pictures(folder, folder)
    assert found.keep("notes.txt") == "notes.txt"
    monkeypatch.setattr(pictures, "LARGEST", 10)
    assert found.keep("img/my light.png") == "img/my light.png"
    assert found.images == ()
    assert ["cannot be kept" in found.notes[0], "is larger than" in found.notes[1]] == [True, True]


def test_a_picture_inside_the_text_becomes_an_attachment(tmp_path: Path) -> None:
    body = '<p><img alt="Light" src="data:image/png;base64,iVBORw0KGgo="> and <img src="img/far.png" alt="Far"></p>'
    article = read_page(tmp_path, body=body, format="html").article
    assert article.body.startswith("![Light](attachment:image-1.png) and")
    assert [image.data for image in article.images] == [b"\x89PNG\r\n\x1a\n"]


def test_a_picture_that_cannot_be_kept_is_reported_beside_the_article(tmp_path: Path) -> None:
    found = read_page(tmp_path, body="![x](data:image/x-emf;base64,AAAA)")
    (fault,) = found.faults
    assert (fault.field, fault.kept, len(found.articles)) == ("images", True, 1)
    assert "image/x-emf" in fault.reason
