"""What comes from other people lies in static/vendor as its manifest says, and can be made again."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[1] / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
FREE = {"MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC"}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_library_is_the_one_of_the_manifest() -> None:
    assert sha256(VENDOR / MANIFEST["file"]) == MANIFEST["sha256"]


def test_the_recipe_is_the_one_that_made_it() -> None:
    assert {name: sha256(VENDOR / name) for name in MANIFEST["sources"]} == MANIFEST["sources"]


def test_every_package_is_free_pinned_and_has_its_licence_beside_it() -> None:
    pinned = json.loads((VENDOR / "recipe" / "package.json").read_text("utf-8"))["devDependencies"]
    licences = (VENDOR / "licences.txt").read_text("utf-8")
    assert len(MANIFEST["packages"]) > 15
    for package in MANIFEST["packages"]:
        assert package["licence"] in FREE, package["name"]
        assert pinned[package["name"]] == package["version"]
        assert f"{package['name']} {package['version']}\n" in licences


@pytest.mark.parametrize("path", sorted(VENDOR.rglob("*.*")), ids=lambda path: path.name)
def test_nothing_names_the_machine_it_was_made_on(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"registry|/home/|/tmp/|/root/|file://", text)


def test_the_library_stays_small() -> None:
    assert MANIFEST["gzip_bytes"] < 150_000
