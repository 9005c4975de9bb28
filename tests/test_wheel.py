"""The wheel: installed anywhere, it serves what the checkout serves.

The wheel's environment borrows the libraries of the tests' own, so that what is tested is our packaging.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.server import running

NOT_PACKAGED = ("*.egg-info", ".*", "__pycache__", "build", "dist", "instance")
STATIC_FILES = ("base.css", "kalauz.svg", "tokens.css")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout: nothing left over from earlier can hide a gap."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = shutil.copytree(ROOT, folder / "source", ignore=shutil.ignore_patterns(*NOT_PACKAGED))
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, copy)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The programs of an environment into which the wheel is installed."""
    folder = wheel.with_name("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
    )
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def addresses(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where the installed wheel answers, started from an empty folder, and where the checkout does."""
    folder = tmp_path_factory.mktemp("served")
    (empty := folder / "empty").mkdir()
    command = [installed / "kalauz"]
    with running(folder / "wheel", command=command, cwd=empty):
        pass  # the wheel has made the instance and filled it with its demonstration
    shutil.copytree(folder / "wheel", folder / "checkout")
    with (
        running(folder / "wheel", command=command, cwd=empty) as wheel_url,
        running(folder / "checkout") as checkout_url,
    ):
        yield wheel_url, checkout_url
    assert list(empty.iterdir()) == []


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server
        content: bytes = answer.read()
        return content


def _lasting(page: bytes) -> bytes:
    """What remains of a page when its form token and its server's address are taken out."""
    return re.sub(rb'name="csrf_token"[^>]*|http://127\.0\.0\.1:\d+', b"", page)


def test_the_code_that_answers_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    place = _run(installed / "python", "-c", "import kb; print(kb.__file__)", cwd=tmp_path)
    assert Path(place).is_relative_to(installed.parent)


def test_the_wheel_has_every_page_and_file_of_the_checkout(installed: Path) -> None:
    kb = next(installed.parent.rglob("site-packages/kb"))
    missing = [
        path
        for name in ("demo", "static", "templates", "kb/translations")
        for path in _files(ROOT / name) - _files(kb / name.removeprefix("kb/"))
    ]
    assert missing == []


def _files(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in files}


def test_the_wheel_has_neither_tests_nor_benchmarks(installed: Path) -> None:
    packages = next(installed.parent.rglob("site-packages"))
    ours = {"authoring", "cbr", "kb", "routing", "search", "widgets"}
    metadata = {path.name for path in packages.glob("kalauz-*.dist-info")}
    assert {path.name for path in packages.iterdir()} == {*ours, *metadata, "borrowed.pth"}


def test_the_wheel_serves_the_page_of_the_checkout(addresses: tuple[str, str]) -> None:
    from_wheel, from_checkout = (_lasting(_get(f"{url}/")) for url in addresses)
    assert b"<h1" in from_checkout
    assert from_wheel == from_checkout


@pytest.mark.parametrize("path", STATIC_FILES)
def test_the_wheel_serves_static_files(path: str, addresses: tuple[str, str]) -> None:
    from_wheel, _ = addresses
    assert _get(f"{from_wheel}/static/{path}") == (ROOT / "static" / path).read_bytes()
